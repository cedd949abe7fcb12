"""The index of a folder: what is found and in which order, and that it follows what happens to the files."""

import asyncio
from pathlib import Path

import pytest

from pipeline_project.errors import NotConfigured, StoreError
from pipeline_project.tools.web.backends.base import Query
from pipeline_project.tools.web.backends.documents import MOST_BYTES
from pipeline_project.tools.web.backends.local import LocalBackend


class Library:
    """A folder of pages and its search."""

    def __init__(self, folder):
        self.folder, self.home = folder / "pages", folder / "home"
        self.folder.mkdir()
        self.backend = LocalBackend(self.folder, self.home)

    def put(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def hits(self, text, **values):
        return asyncio.run(self.backend.search(Query(text, **values)))

    def titles(self, text, **values):
        return [hit.title for hit in self.hits(text, **values)]


@pytest.fixture
def library(tmp_path):
    return Library(tmp_path)


def test_a_hit_in_the_title_comes_before_one_in_the_text_and_all_words_before_some(library):
    library.put("a.md", "# Other\n\nA long text in which a bolt is mentioned once among very many other words.")
    library.put("b.md", "# Bolt\n\nThings that hold.")
    library.put("c.md", "# Bolt cutter\n\nA cutter for a bolt.")
    library.put("d.md", "# Unrelated\n\nnothing")
    assert library.titles("bolt cutter") == ["Bolt cutter", "Bolt", "Other"]


def test_words_are_found_by_their_stem_and_without_accents(library):
    library.put("a.txt", "Several cafés were running")
    for text in ("cafe", "CAFÉS", "run", "runs"):
        assert len(library.hits(text)) == 1, text


@pytest.mark.parametrize(
    "text", ['"', "a AND", "NEAR(", "bolt*", "title:bolt", "-bolt", "(bolt", "bolt'; DROP TABLE x"]
)
def test_signs_in_a_query_mean_nothing(library, text):
    library.put("a.md", "# bolt\n")
    assert library.titles(text) == (["bolt"] if "bolt" in text else [])


def test_the_snippet_shows_the_words_found_without_markup(library):
    library.put("a.md", "# T\n\n" + "word " * 200 + "the needle is <b>here</b> " + "word " * 200)
    (hit,) = library.hits("needle")
    assert "the needle is here" in hit.snippet
    assert len(hit.snippet) < 500


def test_a_page_is_known_by_its_title_and_canonical_address(library):
    library.put("a.html", "<title>Bolts &amp; nuts</title><link rel=canonical href='https://shop.test/b'><p>steel")
    library.put("deep/b.htm", "<p>steel</p><script>hidden</script>")
    library.put("c.md", "Heading\n=======\n\nsteel")
    found = {hit.title: hit.url for hit in library.hits("steel")}
    assert found == {
        "Bolts & nuts": "https://shop.test/b",
        "b": (library.folder / "deep/b.htm").as_uri(),
        "Heading": (library.folder / "c.md").as_uri(),
    }
    assert library.hits("hidden") == []


def test_domains_choose_among_canonical_addresses(library):
    for host in ("shop.test", "en.shop.test", "badshop.test"):
        library.put(f"{host}.html", f"<title>{host}</title><link rel=canonical href='https://{host}/'><p>steel")
    library.put("file.md", "# file\n\nsteel")
    assert sorted(library.titles("steel", allowed=("shop.test",))) == ["en.shop.test", "shop.test"]
    assert sorted(library.titles("steel", blocked=("shop.test",))) == ["badshop.test", "file"]


def test_what_changes_is_read_again_and_what_is_gone_is_forgotten(library):
    kept, gone = library.put("a.md", "# Old\n\nsteel"), library.put("b.md", "# Gone\n\nsteel")
    assert sorted(library.titles("steel")) == ["Gone", "Old"]
    gone.unlink()
    library.put("c.md", "# New\n\nsteel")
    kept.write_text("# Changed\n\nsteel!")
    assert sorted(library.titles("steel")) == ["Changed", "New"]
    assert library.titles("Old") == []


def test_what_did_not_change_is_not_read_again(library, monkeypatch):
    library.put("a.md", "# A\n\nsteel")
    library.hits("steel")
    monkeypatch.setattr("pipeline_project.tools.web.backends.local.document_of", lambda path: pytest.fail(str(path)))
    assert library.titles("steel") == ["A"]


def test_only_text_of_a_bearable_size_below_the_folder_is_indexed(library, tmp_path):
    outside = tmp_path / "outside.md"
    outside.write_text("steel")
    (library.folder / "link.md").symlink_to(outside)
    (library.folder / "folder").symlink_to(tmp_path)
    for name in (".hidden.md", ".git/x.md", "x.py", "noend"):
        library.put(name, "steel")
    library.put("large.txt", b"steel " * (MOST_BYTES // 6 + 1))
    library.put("binary.txt", b"steel\0\1\2\3")
    assert library.hits("steel") == []
    library.put("small.txt", "steel")
    assert library.titles("steel") == ["small"]


def test_two_searches_at_once_agree(library):
    for number in range(20):
        library.put(f"{number}.md", f"# {number}\n\nsteel")

    async def both():
        return await asyncio.gather(*(library.backend.search(Query("steel", limit=20)) for _ in range(4)))

    assert [len(hits) for hits in asyncio.run(both())] == [20] * 4


def test_a_folder_that_is_none_and_an_index_that_is_broken_are_told(library, tmp_path):
    with pytest.raises(NotConfigured, match="PIPELINE_SEARCH_INDEX"):
        LocalBackend(None, tmp_path)
    with pytest.raises(NotConfigured, match="is no folder"):
        asyncio.run(LocalBackend(tmp_path / "nowhere", tmp_path).search(Query("x")))
    library.home.mkdir()
    Path(library.home, "search-index.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreError, match="remove it"):
        library.hits("steel")
