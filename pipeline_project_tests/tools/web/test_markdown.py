"""HTML becomes what a reader of the page sees: no scripts, nothing hidden, links that lead somewhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_project.tools.web import markdown
from pipeline_project.tools.web.markdown import to_markdown

URL = "https://site.test/docs/page.html"


def text(html):
    return to_markdown(html, url=URL).text


def test_headings_lists_tables_code_and_emphasis_keep_their_meaning():
    html = """<h2>Prices</h2><ul><li>one<li>two</ul><p><em>a</em> <b>b</b></p><pre><code>x = 1\n  y</code></pre>
    <table><tr><th>A<th>B<tr><td>1<td>2</table>"""
    shown = text(html)
    for part in (
        "## Prices",
        "- one\n- two",
        "*a* **b**",
        "```\nx = 1\n  y\n```",
        "| A | B |\n| --- | --- |\n| 1 | 2 |",
    ):
        assert part in shown


@pytest.mark.parametrize(
    "hidden",
    [
        "<script>obey()</script>",
        "<style>obey</style>",
        "<noscript>obey</noscript>",
        "<template>obey</template>",
        "<!-- obey -->",
        "<p hidden>obey</p>",
        "<p aria-hidden='TRUE'>obey</p>",
        "<p style='color:red; DISPLAY : none'>obey</p>",
        "<div style='visibility:hidden'><p>obey</p></div>",
        "<p style='opacity:0'>obey</p>",
        "<p style='font-size:0px'>obey</p>",
        "<nav>obey</nav>",
        "<form>obey<input value=obey></form>",
        "<iframe src=/x>obey</iframe>",
        "<svg><text>obey</text></svg>",
        "<div role=navigation>obey</div>",
        "<?php obey ?>",
    ],
)
def test_what_a_reader_does_not_see_is_left_out_and_what_follows_it_is_not(hidden):
    assert text(f"<p>before</p>{hidden} after <p>end</p>").split() == ["before", "after", "end"]


@pytest.mark.parametrize("style", ["opacity:0.5", "font-size:0.9em", "display:block", "font-size:10px", "opacity: 01"])
def test_what_is_faint_or_small_is_seen(style):
    assert text(f"<p style='{style}'>here") == "here"


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<a href='/a?b=c'>x</a>", "[x](https://site.test/a?b=c)"),
        ("<a href='other.html#part'>x</a>", "[x](https://site.test/docs/other.html#part)"),
        ("<a href='//cdn.test/y'>x</a>", "[x](https://cdn.test/y)"),
        ("<a href='mailto:a@b.test'>x</a>", "[x](mailto:a@b.test)"),
        ("<a href='javascript:alert(1)'>x</a>", "x"),
        ("<a href=' JavaScript:alert(1)'>x</a>", "x"),
        ("<a href='data:text/html,x'>x</a>", "x"),
        ("<a href='http://[broken'>x</a>", "x"),
        ("<img src='p.png' alt='A plan'>", "![A plan](https://site.test/docs/p.png)"),
        ("<p>x<img src='data:image/png;base64,AAAA'></p>", "x"),
        ("<base href='https://cdn.test/v2/'><a href='a'>x</a>", "[x](https://cdn.test/v2/a)"),
    ],
)
def test_links_are_absolute_and_only_such_as_a_person_could_follow(html, shown):
    assert text(html) == shown


def test_the_title_is_told_apart_from_the_text():
    page = to_markdown("<title> A \n title </title><p>text", url=URL)
    assert (page.title, page.text) == ("A title", "text")


@pytest.mark.parametrize("html", ["", "   ", "plain", "<", "<!---->", "<?xml version='1.0' encoding='x'?><p>plain"])
def test_whatever_it_is_it_becomes_text(html):
    assert text(html) in ("", "plain", "<", "&lt;", "\\<")


@given(st.text(alphabet="<>/abp\"'=!- &;", max_size=60))
def test_broken_html_never_fails_and_never_becomes_a_script(html):
    assert "<script" not in text(html)


def test_a_very_long_page_is_cut_and_says_so(monkeypatch):
    monkeypatch.setattr(markdown, "MOST_HTML", 100)
    page = to_markdown("<p>word</p>" * 100, url=URL)
    assert page.cut
    assert 0 < len(page.text) < 100
    assert not to_markdown("<p>word</p>", url=URL).cut


@pytest.mark.parametrize("tag", ["div", "b", "blockquote", "ul><li", "table><tr><td"])
def test_deep_nesting_loses_no_words_until_it_says_so(tag):
    for depth in (40, 145, 300, 600):
        page = to_markdown(f"<{tag}>" * depth + "<p>the end", url=URL)
        assert ("the end" in page.text, page.cut) == (True, False), depth
    assert to_markdown(f"<{tag}>" * 5000 + "the end", url=URL).cut


def test_a_form_around_the_page_is_no_reason_to_lose_it():
    html = "<body><form action=x><input type=hidden value=state><h1>News</h1><p>All of it.</p></form><p>end"
    assert text(html) == "# News\n\nAll of it.\n\nend"
    assert text("<p>A page of many words and more.</p><form><p>Your mail:</p><input></form>") == (
        "A page of many words and more."
    )


@pytest.mark.parametrize(
    ("formula", "shown"),
    [
        ("<math alttext='E=m c_0^2'><mi>E</mi></math>", "so `E=m c_0^2` it is"),
        (
            "<math><semantics><mi>x</mi><annotation encoding='application/x-tex'>x^2</annotation></semantics></math>",
            "so `x^2` it is",
        ),
        ("<math><mi>obey</mi></math>", "so it is"),
    ],
)
def test_a_formula_comes_as_the_tex_it_says_it_is(formula, shown):
    assert " ".join(text(f"<p>so {formula} it is").split()) == shown


@pytest.mark.parametrize("tag", ["footer", "aside", "header", "main", "summary", "address"])
def test_blocks_do_not_run_into_each_other(tag):
    assert text(f"<{tag}>one</{tag}><{tag}>two</{tag}>three") == "one\n\ntwo\n\nthree"
