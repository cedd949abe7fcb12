import pytest

from pipeline_project.integrations.markdown import to_html


def test_paragraphs_tables_and_line_breaks_become_html():
    html = to_html("# Hi\n\none\ntwo ~~x~~\n\n| a |\n|---|\n| b |\n")
    for part in ("<h1>Hi</h1>", "<p>one<br />\ntwo <s>x</s></p>", "<td>b</td>"):
        assert part in html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"),
        ("<b onclick=x>y</b>", "<p>&lt;b onclick=x&gt;y&lt;/b&gt;</p>\n"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>\n"),
        ("[x](data:text/html,y)", "<p>[x](data:text/html,y)</p>\n"),
        ("[x](file:///etc/passwd)", "<p>[x](file:///etc/passwd)</p>\n"),
        ("[x](//evil.test)", "<p>[x](//evil.test)</p>\n"),
        ("a & b", "<p>a &amp; b</p>\n"),
    ],
)
def test_html_and_unsafe_links_stay_text(text, html):
    assert to_html(text) == html


def test_an_image_is_a_link_so_that_reading_fetches_nothing():
    assert to_html('![a "b"](https://x.test/p.png?a=1&b=2)') == (
        '<p><a href="https://x.test/p.png?a=1&amp;b=2">a &quot;b&quot;</a></p>\n'
    )
    assert ">https://x.test/p.png<" in to_html("![](https://x.test/p.png)")
