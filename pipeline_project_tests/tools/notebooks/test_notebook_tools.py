"""Notebooks are read by cells with outputs, and edited so that nothing but the one cell changes."""

import base64
import io
import json

import nbformat
import pytest
from PIL import Image


def notebook(minor=5, **more):
    ids = [{"id": name} if minor >= 5 else {} for name in ("first", "second", "third")]
    image = io.BytesIO()
    Image.new("RGB", (2, 2)).save(image, "PNG")
    outputs = [
        {"name": "stdout", "output_type": "stream", "text": ["hello\n", "\u001b[31mred\u001b[0m\n"]},
        {
            "data": {"image/png": base64.b64encode(image.getvalue()).decode(), "text/plain": ["<Figure>"]},
            "metadata": {},
            "output_type": "display_data",
        },
        {"ename": "E", "evalue": "bad", "output_type": "error", "traceback": ["Trace", "E: bad"]},
    ]
    cells = [
        {"cell_type": "markdown", **ids[0], "metadata": {}, "source": ["# Títle\n", "text"]},
        {"cell_type": "code", "execution_count": 3, **ids[1], "metadata": {"tags": ["x"]}, "outputs": outputs,
         "source": ["print(1)\n", "1/0"]},
        {"cell_type": "raw", **ids[2], "metadata": {}, "source": "plain"},
    ]  # fmt: skip
    metadata = {"language_info": {"name": "python"}, **more}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": minor}


def spelled(value, **options):
    return json.dumps(value, **{"indent": 1, "ensure_ascii": False, **options}) + "\n"


@pytest.fixture
def path(desk):
    return desk.file("a.ipynb", spelled(notebook()))


@pytest.mark.parametrize("call", [("Read", "file_path"), ("NotebookRead", "notebook_path")])
def test_cells_come_with_their_outputs(desk, path, call):
    result = desk.call(call[0], **{call[1]: "a.ipynb"})
    assert [block["type"] for block in result.content] == ["text", "text", "image", "text"]
    assert result.content[0]["text"] == '<cell index=0 id="first" type=markdown>\n# Títle\ntext\n</cell>'
    assert result.content[1]["text"] == (
        '<cell index=1 id="second" type=code language=python execution_count=3>\nprint(1)\n1/0\n'
        "<output>\nhello\nred\n</output>\n<output>\n[image]\n</output>\n<output>\nTrace\nE: bad\n</output>\n</cell>"
    )
    assert [cell["cell_id"] for cell in result.structured["cells"]] == ["first", "second", "third"]


def test_one_cell_is_chosen_by_id_or_index(desk, path):
    for chosen in ({"cell_id": "third"}, {"cell_id": "cell-2"}, {"cell_number": 2}, {"cell_number": "2"}):
        assert "plain" in desk.text("NotebookRead", notebook_path="a.ipynb", **chosen)
    assert "there is no cell 'x'. There are: first, second, third." in desk.refusal(
        "NotebookRead", notebook_path="a.ipynb", cell_id="x"
    )
    assert "there is no cell 3. Cells are 0 to 2." in desk.refusal(
        "NotebookRead", notebook_path="a.ipynb", cell_number=3
    )
    assert "cell_id 'first' is cell 0, and cell_number says 1. Give one of them." in desk.refusal(
        "NotebookRead", notebook_path="a.ipynb", cell_id="first", cell_number=1
    )


def edit(desk, **arguments):
    result = desk.call("NotebookEdit", notebook_path="a.ipynb", **arguments)
    assert not result.is_error, result.text
    nbformat.validate(json.loads((desk.folder / "a.ipynb").read_text(encoding="utf-8")))
    return result


def test_replacing_clears_outputs_and_count_and_nothing_else(desk, path):
    desk.text("NotebookRead", notebook_path="a.ipynb")
    result = edit(desk, cell_id="second", new_source="a\nb")
    wanted = notebook()
    wanted["cells"][1] |= {"source": ["a\n", "b"], "outputs": [], "execution_count": None}
    assert path.read_text(encoding="utf-8") == spelled(wanted)
    assert result.text == f"Replaced code cell second (index 1) in {path}. Its outputs and execution count are cleared."
    assert result.written == (path,)
    assert result.structured["patch"]


@pytest.mark.parametrize("options", [
    {}, {"indent": 2}, {"indent": 4}, {"indent": "\t"}, {"indent": None},
    {"indent": None, "separators": (",", ":")}, {"ensure_ascii": True},
])  # fmt: skip
@pytest.mark.parametrize("ending", ["\n", "", "\n\n", "\r\n"])
def test_the_files_own_spelling_is_kept(desk, options, ending):
    def text(value):
        made = spelled(value, **options).rstrip("\n")
        return (made.replace("\n", "\r\n") if ending == "\r\n" else made) + ending

    path = desk.read_file("a.ipynb", text(notebook()))
    edit(desk, cell_number=2, new_source="changed")
    wanted = notebook()
    wanted["cells"][2]["source"] = "changed"
    assert path.read_bytes() == text(wanted).encode()


def test_inserting_puts_a_cell_after_the_named_one_or_at_the_index_or_first(desk, path):
    desk.text("NotebookRead", notebook_path="a.ipynb")
    edit(desk, edit_mode="insert", cell_id="first", cell_type="code", new_source="after first")
    edit(desk, edit_mode="insert", cell_type="markdown", new_source="top")
    edit(desk, edit_mode="insert", cell_number=5, cell_type="raw", new_source="last")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert ["".join(cell["source"]) for cell in cells] == [
        "top", "# Títle\ntext", "after first", "print(1)\n1/0", "plain", "last",
    ]  # fmt: skip
    assert len({cell["id"] for cell in cells}) == 6
    assert cells[2] == {
        "cell_type": "code", "execution_count": None, "id": cells[2]["id"], "metadata": {}, "outputs": [],
        "source": ["after first"],
    }  # fmt: skip


def test_notebooks_below_4_5_get_no_ids(desk):
    path = desk.read_file("a.ipynb", spelled(notebook(minor=4)))
    edit(desk, edit_mode="insert", cell_id="cell-0", cell_type="code", new_source="x")
    assert not [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if "id" in cell]


def test_cells_that_lack_an_id_get_the_one_they_are_shown_under(desk):
    value = notebook()
    for cell in value["cells"]:
        del cell["id"]
    path = desk.file("a.ipynb", spelled(value))
    assert 'id="cell-2"' in desk.text("NotebookRead", notebook_path="a.ipynb")
    edit(desk, cell_id="cell-2", new_source="x")
    assert [cell["id"] for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]] == [
        "cell-0", "cell-1", "cell-2",
    ]  # fmt: skip


def test_deleting_and_changing_the_type(desk, path):
    desk.text("Read", file_path="a.ipynb")
    edit(desk, edit_mode="delete", cell_id="first")
    edit(desk, cell_id="second", cell_type="markdown", new_source="words")
    edit(desk, cell_id="third", cell_type="code", new_source="1")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert [(cell["id"], cell["cell_type"]) for cell in cells] == [("second", "markdown"), ("third", "code")]
    assert cells[0]["metadata"] == {"tags": ["x"]}
    assert "outputs" not in cells[0]


def test_an_unread_or_changed_notebook_is_left_alone(desk, path):
    change = {"notebook_path": "a.ipynb", "cell_number": 0, "new_source": "x"}
    assert "Read it first" in desk.refusal("NotebookEdit", **change)
    desk.text("NotebookRead", notebook_path="a.ipynb")
    path.write_text(spelled(notebook(minor=5, extra=1)), encoding="utf-8")
    assert "has changed since it was read" in desk.refusal("NotebookEdit", **change)


@pytest.mark.parametrize(("arguments", "words"), [
    ({"cell_number": 0}, "new_source is missing, which replace needs"),
    ({"edit_mode": "insert", "new_source": "x"}, "cell_type is missing, which insert needs. Say code or markdown."),
    ({"new_source": "x"}, "names no cell to replace. Give cell_id or cell_number"),
    ({"edit_mode": "delete"}, "names no cell to delete"),
    ({"cell_id": "nope", "new_source": "x"}, "there is no cell 'nope'. There are: first, second, third."),
    ({"edit_mode": "insert", "cell_number": 4, "cell_type": "code", "new_source": "x"}, "there is no cell 4."),
])  # fmt: skip
def test_what_does_not_fit_is_refused_and_the_file_kept(desk, path, arguments, words):
    desk.text("NotebookRead", notebook_path="a.ipynb")
    assert words in desk.refusal("NotebookEdit", notebook_path="a.ipynb", **arguments)
    assert path.read_text(encoding="utf-8") == spelled(notebook())


@pytest.mark.parametrize(("content", "words"), [
    ("{", "is no notebook: not valid JSON"), ("[]", "is no notebook: it has no nbformat"),
    ('{"nbformat": 3}', "is a notebook of version 3, not 4. Convert it first"),
        ('{"nbformat": 4, "metadata": {}, "cells": []}', "is no valid notebook: nbformat_minor is None"),
    ('{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{}]}', "is no valid notebook:"),
])  # fmt: skip
def test_what_is_no_notebook_is_named_and_read_shows_its_text(desk, content, words):
    desk.file("b.ipynb", content)
    assert words in desk.refusal("NotebookRead", notebook_path="b.ipynb")
    text = desk.text("Read", file_path="b.ipynb")
    assert text.startswith(f"1\t{content}\nShown as text: the file {words[:12]}")


def test_other_files_and_missing_ones_are_refused(desk):
    desk.file("a.py", "x")
    assert "is no .ipynb file. Use Read." in desk.refusal("NotebookRead", notebook_path="a.py")
    assert "is no .ipynb file. Use Edit." in desk.refusal("NotebookEdit", notebook_path="a.py", new_source="x")
    assert "there is no such file" in desk.refusal("NotebookRead", notebook_path="b.ipynb")
    assert "there is no such file" in desk.refusal(
        "NotebookEdit", notebook_path="b.ipynb", cell_number=0, new_source="x"
    )
    assert desk.call("NotebookRead", notebook_path="../b.ipynb").code == "permission_denied"


def test_a_long_output_is_shown_as_head_and_tail(desk):
    value = notebook()
    value["cells"][1]["outputs"] = [{"name": "stdout", "output_type": "stream", "text": "a" * 9_000 + "b" * 9_000}]
    desk.file("a.ipynb", spelled(value))
    assert "… [8,000 characters of output left out]" in desk.text("NotebookRead", notebook_path="a.ipynb")


def test_an_output_picture_that_is_damaged_is_said_to_be(desk):
    value = notebook()
    value["cells"][1]["outputs"][1]["data"]["image/png"] = "AAAA"
    desk.file("a.ipynb", spelled(value))
    assert "[an image that cannot be shown:" in desk.text("NotebookRead", notebook_path="a.ipynb")


def test_an_id_that_several_cells_have_is_refused(desk):
    value = notebook()
    value["cells"][2]["id"] = "second"
    file = desk.file("a.ipynb", spelled(value))
    desk.text("Read", file_path="a.ipynb")
    assert "the cells 1, 2 all have the id 'second'. Name the cell by cell_number." in desk.refusal(
        "NotebookEdit", notebook_path="a.ipynb", cell_id="second", new_source="x"
    )
    desk.text("NotebookEdit", notebook_path="a.ipynb", cell_number=2, new_source="x")
    assert json.loads(file.read_text(encoding="utf-8"))["cells"][2]["source"] == "x"


def test_a_cell_without_an_id_gets_one_that_no_other_has(desk):
    value = notebook()
    value["cells"][0]["id"] = "cell-1"
    del value["cells"][1]["id"]
    file = desk.file("a.ipynb", spelled(value))
    desk.text("Read", file_path="a.ipynb")
    desk.text("NotebookEdit", notebook_path="a.ipynb", cell_number=2, new_source="x")
    written = nbformat.read(file, as_version=4)
    assert len({cell["id"] for cell in written["cells"]}) == 3


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (
            {"outputs": [{"output_type": "stream", "name": "stdout"}]},
            "cells[1].outputs[0]: 'text' is a required property",
        ),
        ({"id": "has space"}, "cells[1].id: 'has space' does not match"),
        ({"source": 5}, "cells[1].source: 5 is not valid"),
    ],
)
def test_a_damaged_notebook_is_told_with_the_place_of_the_damage(desk, damage, words):
    value = notebook()
    value["cells"][1] |= damage
    desk.file("a.ipynb", spelled(value))
    said = desk.refusal("NotebookRead", notebook_path="a.ipynb")
    assert words in said
    assert "Repair it with Edit" in said
    assert words in desk.text("Read", file_path="a.ipynb")


def test_a_cell_is_also_named_by_a_number_as_id_and_not_by_an_empty_one(desk, path):
    desk.text("Read", file_path="a.ipynb")
    desk.text("NotebookEdit", notebook_path="a.ipynb", cell_id=0, new_source="x")
    desk.text("NotebookEdit", notebook_path="a.ipynb", cell_id="", cell_number=2, new_source="y")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert (cells[0]["source"], cells[2]["source"]) == (["x"], "y")
