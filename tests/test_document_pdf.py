"""PDFs: reading order, broken words, cells of tables, pages, and what no reader should choke on."""

from __future__ import annotations

import os
from io import BytesIO

import pikepdf
import pytest
from papers import pdf

from generator.document_pdf import MAX_PAGES, read
from generator.errors import DocumentError

ENGLISH = (
    "<p>Representatives of the infrastructure administration announced extraordinarily comprehensive "
    "internationalization, which amounted to 5.08 billion US dollars in 2022.</p>"
)
CHINESE = '<p lang="zh">据中方统计，2022年双边贸易额达50.8亿美元，同比增长33%。园区入驻企业达到107家，意向投资额超过13亿美元。</p>'
RUSSIAN = '<p lang="ru">В 2022 году товарооборот составил 5,08 млрд долларов, увеличившись на 33%; экспорт вырос до 1 234 567 тонн.</p>'
TABLE = "<table><tr><th>Год<th>Экспорт<th>Импорт<tr><td>2021<td>12 345<td>678 901<tr><td>2022<td>1 234 567<td>890</table>"


def folded(text: str) -> str:
    return " ".join(text.split())


def test_english_chinese_and_russian_are_read_with_broken_words_joined() -> None:
    text = read(pdf(ENGLISH + CHINESE + RUSSIAN), "x.pdf").text

    assert "comprehensive internationalization, which amounted to 5.08 billion US dollars in 2022" in folded(text)
    assert "据中方统计，2022年双边贸易额达50.8亿美元，同比增长33%。" in text.replace("\n", "")
    assert "товарооборот составил 5,08 млрд долларов, увеличившись на 33%; экспорт вырос до 1 234 567 тонн." in folded(text)


def test_the_numbers_of_neighbouring_cells_never_join() -> None:
    lines = read(pdf(TABLE, "ru"), "x.pdf").text.splitlines()

    assert lines[1:] == ["2021\t12 345\t678 901", "2022\t1 234 567\t890"]


def test_a_number_in_a_justified_line_stays_whole() -> None:
    words = "Товарооборот составил 1 234 567 рублей и ещё 12 345 678 долларов, очень длинное предложение, чтобы выровнять. "

    assert folded(read(pdf(f"<p>{words * 5}", "ru"), "x.pdf").text).count("1 234 567 рублей и ещё 12 345 678 долларов") == 5


def test_columns_are_read_one_after_the_other() -> None:
    words = "left " * 60 + "right " * 60

    text = folded(read(pdf(f'<div style="columns: 2">{words}</div>'), "x.pdf").text)

    assert text.rindex("left") < text.index("right")


def test_raised_marks_stay_apart_from_their_number() -> None:
    text = folded(read(pdf("<p>5.08<sup>2</sup> billion<sup>1</sup> and 33%<sup>3</sup> of 91 km<sup>2</sup></p>"), "x.pdf").text)

    assert text == "5.08 2 billion1 and 33% 3 of 91 km2"


def test_paragraphs_stand_apart_and_lines_of_one_do_not() -> None:
    text = read(pdf(f"<p>{'first word ' * 30}</p><p>{'second word ' * 30}</p>"), "x.pdf").text

    assert [folded(part)[:6] for part in text.strip().split("\n\n")] == ["first ", "second"]


def test_the_places_of_its_pages_are_known() -> None:
    extract = read(pdf('<p>one</p><p style="break-before: page">two</p><p style="break-before: page">three</p>'), "x.pdf")

    assert [extract.text[start:].split()[0] for start in extract.pages] == ["one", "two", "three"]


def test_what_a_pdf_says_of_itself_is_kept() -> None:
    head = '<title>Trade</title><meta name="author" content="Bureau"><meta name="dcterms.created" content="2023-05-04">'

    extract = read(pdf("<p>x</p>", "be", head), "x.pdf")

    assert (extract.title, extract.producer, extract.published, extract.language) == ("Trade", "Bureau", "2023-05-04", "be")


def saved(document: pikepdf.Pdf, **options: object) -> bytes:
    target = BytesIO()
    document.save(target, **options)  # type: ignore[arg-type]
    return target.getvalue()


def test_pages_without_text_are_named() -> None:
    with pikepdf.open(BytesIO(pdf("<p>x 5</p>"))) as document:
        document.add_blank_page()

        extract = read(saved(document), "x.pdf")

    assert extract.notes == ("no text on page 2: OCR it first if there are figures on it",)


def blank(pages: int) -> bytes:
    with pikepdf.new() as document:
        for _ in range(pages):
            document.add_blank_page()
        return saved(document)


def locked(password: str) -> bytes:
    with pikepdf.open(BytesIO(pdf("<p>x 5</p>"))) as document:
        return saved(document, encryption=pikepdf.Encryption(user=password, owner="o"))


@pytest.mark.parametrize(
    ("data", "rule", "found", "cure"),
    [
        (blank(3), "document.no-text", "no text in its 3 pages, only pictures", "OCR it first"),
        (blank(MAX_PAGES + 1), "document.pages", f"{MAX_PAGES + 1} pages", "Split it"),
        (locked("secret"), "document.encrypted", "it is encrypted", "print it into a new PDF"),
        (pdf(ENGLISH)[:2000], "document.corrupt", "it cannot be read as PDF (Data format error)", "fetch it again"),
        (b"%PDF-1.7\n" + os.urandom(5000), "document.corrupt", "it cannot be read as PDF", "fetch it again"),
    ],
)
def test_a_pdf_without_text_to_be_had_is_refused_with_the_cure(data: bytes, rule: str, found: str, cure: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read(data, "x.pdf")

    (finding,) = caught.value.findings
    assert (finding.rule, finding.place.file) == (rule, "x.pdf")
    assert found in finding.found
    assert cure in finding.cure


def test_a_pdf_that_only_forbids_copying_is_read() -> None:
    assert read(locked(""), "x.pdf").text == "x 5\n"
