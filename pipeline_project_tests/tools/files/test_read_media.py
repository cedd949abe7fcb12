"""Images and PDFs come as blocks that a model takes; what is damaged or a bomb is refused."""

import base64
import io
import random
import subprocess
import sys

import pytest
from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from pipeline_project.tools.files import media
from pipeline_project.tools.files.pdf import pages_of


def picture(kind, size=(8, 6), mode="RGB", **options):
    buffer = io.BytesIO()
    Image.new(mode, size, 200).save(buffer, kind, **options)
    return buffer.getvalue()


def noise(side):
    buffer = io.BytesIO()
    Image.frombytes("RGB", (side, side), random.Random(1).randbytes(3 * side * side)).save(buffer, "PNG")
    return buffer.getvalue()


def pdf(*texts, password=None):
    """A PDF with a page for each text; None is a page without one."""
    writer = PdfWriter()
    for text in texts:
        page = writer.add_blank_page(200, 200)
        if text is not None:
            font = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
            named = DictionaryObject({NameObject(key): NameObject(value) for key, value in font.items()})
            fonts = DictionaryObject({NameObject("/F1"): named})
            page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
            stream = DecodedStreamObject()
            stream.set_data(f"BT /F1 12 Tf 10 100 Td ({text}) Tj ET".encode())
            page[NameObject("/Contents")] = writer._add_object(stream)
    if password is not None:
        writer.encrypt(password, algorithm="RC4-128")
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(("kind", "name"), [("PNG", "png"), ("JPEG", "jpeg"), ("GIF", "gif"), ("WEBP", "webp")])
def test_an_image_is_known_by_its_bytes_and_passed_on_as_they_are(desk, kind, name):
    content = picture(kind)
    desk.file("a.txt", content)
    words, block = desk.call("Read", file_path="a.txt").content
    assert words["text"] == f"a.txt: image/{name}, 8x6 pixels"
    assert block["source"]["media_type"] == f"image/{name}"
    assert base64.b64decode(block["source"]["data"]) == content


def test_an_image_that_is_too_wide_is_made_smaller(desk):
    desk.file("wide.png", picture("PNG", (9_000, 90)))
    result = desk.call("Read", file_path="wide.png")
    assert result.content[0]["text"] == "wide.png: image/png, 9000x90 pixels, shown at 2000x20"
    shown = Image.open(io.BytesIO(base64.b64decode(result.content[1]["source"]["data"])))
    assert shown.size == (2_000, 20)


def test_an_image_of_too_many_bytes_is_made_smaller(desk):
    desk.file("noise.png", noise(1_500))
    result = desk.call("Read", file_path="noise.png")
    assert len(result.content[1]["source"]["data"]) <= media.MOST_BASE64


def test_a_bomb_is_refused_by_its_header(desk):
    desk.file("bomb.png", picture("PNG", (20_000, 20_000), "1"))
    words = desk.refusal("Read", file_path="bomb.png")
    assert "the image unpacks to 20000x20000 pixels, more than the 89,478,485 that are opened" in words


def test_damaged_images_are_refused(desk):
    content = noise(100)
    desk.file("half.png", content[: len(content) // 2])
    desk.file("head.png", b"\x89PNG\r\n\x1a\n\0")
    assert "the image is damaged (" in desk.refusal("Read", file_path="half.png")
    assert "the image has no readable header" in desk.refusal("Read", file_path="head.png")


def test_media_beyond_the_limit_and_ranges_of_them_are_refused(desk_with):
    desk = desk_with(media_bytes=50)
    desk.file("a.png", picture("PNG"))
    assert "more than the 50 of such a file that are read. Make it smaller" in desk.refusal("Read", file_path="a.png")
    assert "offset and limit are for lines of text" in desk.refusal("Read", file_path="a.png", offset=1)


def test_an_image_read_may_be_replaced(desk):
    desk.read_file("a.png", picture("PNG"))
    desk.text("Write", file_path="a.png", content="text")


def test_a_pdf_comes_page_by_page(desk):
    desk.file("a.pdf", pdf("First page", "Second page"))
    result = desk.call("Read", file_path="a.pdf")
    assert [block["text"] for block in result.content] == [
        "a.pdf: PDF, 2 pages", "Page 1:\nFirst page", "Page 2:\nSecond page",
    ]  # fmt: skip
    assert desk.call("Read", file_path="a.pdf", pages="2").structured["pages"] == [2]


def test_pages_without_text_come_as_a_document(desk):
    desk.file("scan.pdf", pdf("Cover", None))
    result = desk.call("Read", file_path="scan.pdf")
    assert result.structured["pages_without_text"] == [2]
    assert result.content[-1]["type"] == "document"
    assert base64.b64decode(result.content[-1]["source"]["data"]).startswith(b"%PDF-")


def test_a_pdf_with_many_pages_asks_for_pages(desk):
    desk.file("long.pdf", pdf(*["x"] * 25))
    assert 'the PDF has 25 pages. Name at most 20 of them with pages, such as pages="1-10"' in desk.refusal(
        "Read", file_path="long.pdf"
    )
    assert desk.call("Read", file_path="long.pdf", pages="1-3,25").structured["pages"] == [1, 2, 3, 25]
    assert "25 pages, at most 20 at once" in desk.refusal("Read", file_path="long.pdf", pages="1-")


def test_protected_and_damaged_pdfs_are_refused(desk):
    desk.file("locked.pdf", pdf("x", password="secret"))
    desk.file("broken.pdf", b"%PDF-1.7 nothing more")
    assert "the PDF is protected by a password. Remove the password first" in desk.refusal(
        "Read", file_path="locked.pdf"
    )
    assert "the PDF is damaged (" in desk.refusal("Read", file_path="broken.pdf")


@pytest.mark.parametrize(("text", "words"), [
    ("0", "0 is not in the PDF. Pages are 1 to 9."), ("3-2", "is not in the PDF"), ("8-12", "is not in the PDF"),
    ("x", "'x' is no page or range"), ("1,,2", "'' is no page or range"), ("-3", "is no page or range"),
])  # fmt: skip
def test_pages_that_are_none_are_named(text, words):
    with pytest.raises(Exception, match="pages:") as caught:
        pages_of(text, 9, where="a.pdf")
    assert words in str(caught.value)


def test_pages_are_sorted_and_named_once():
    assert pages_of(" 5 - 7, 6,1 ", 9, where="a.pdf") == [1, 5, 6, 7]
    assert pages_of("8-", 9, where="a.pdf") == [8, 9]


def test_pages_may_be_a_number_or_nothing(desk):
    desk.file("a.pdf", pdf("one", "two"))
    assert "Page 2" in desk.text("Read", file_path="a.pdf", pages=2)
    assert "Page 1" in desk.text("Read", file_path="a.pdf", pages="")
    desk.file("b.pdf", pdf("one"))
    assert desk.text("Read", file_path="b.pdf").startswith("b.pdf: PDF, 1 page\n")
    desk.file("a.txt", "x")
    assert desk.text("Read", file_path="a.txt", pages="") == "1\tx"


def test_a_damaged_pdf_says_nothing_behind_the_result(desk):
    path = desk.file("a.pdf", b"%PDF-1.4\n")
    program = (
        "import sys, pathlib; from pipeline_project.tools.files.pdf import shown; path = pathlib.Path(sys.argv[1])\n"
    )
    program += "try: shown(path.read_bytes(), path, None)\nexcept Exception as error: print(type(error).__name__)"
    ended = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, timeout=60, check=True
    )
    assert (ended.stdout, ended.stderr) == ("InvalidDocument\n", "")
