"""Word documents: paragraphs, tables, notes, what is hidden or deleted, and bombs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from papers import W, package, word, word_body

from generator.document_word import read
from generator.errors import DocumentError


def report(document: Any) -> None:
    document.core_properties.title = "Отчёт"
    document.core_properties.author = "Бюро"
    document.core_properties.language = "ru-RU"
    document.core_properties.created = datetime(2023, 5, 4, tzinfo=UTC)
    document.add_heading("Итоги 2022 года", 1)
    paragraph = document.add_paragraph("Товарооборот 5,08")
    paragraph.add_run("2").font.superscript = True
    paragraph.add_run(" млрд долл")
    paragraph.add_run("аров")
    paragraph.add_run(" тайна 99").font.hidden = True
    table = document.add_table(rows=2, cols=3)
    for row, cells in enumerate([["Год", "12 345", "678"], ["2022", "", "9"]]):
        for column, cell in enumerate(cells):
            table.cell(row, column).text = cell
    document.sections[0].header.paragraphs[0].text = "Бюро, 2023"
    document.sections[0].footer.paragraphs[0].text = "страница"
    document.add_paragraph("贸易额达50.8亿美元")


def test_a_word_document_is_read_paragraph_by_paragraph() -> None:
    assert read(word(report), "x.docx").text.splitlines() == [
        "Итоги 2022 года", "Товарооборот 5,08 2 млрд долларов", "Год\t12 345\t678", "2022\t\t9",
        "贸易额达50.8亿美元", "страница", "Бюро, 2023",
    ]  # fmt: skip


def test_what_it_says_of_itself_is_kept() -> None:
    extract = read(word(report), "x.docx")

    assert (extract.title, extract.producer, extract.published, extract.language) == ("Отчёт", "Бюро", "2023-05-04", "ru")


def run(text: str) -> str:
    return f"<w:r><w:t>{text}</w:t></w:r>"


CELL = "<w:tc><w:tcPr><w:gridSpan w:val='2'/></w:tcPr><w:p>{}</w:p></w:tc>"


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        (f"<w:p>{run('now 5')}<w:del><w:r><w:delText>old 4</w:delText></w:r></w:del><w:ins>{run(' more')}</w:ins></w:p>", "now 5 more"),
        (f"<w:p>{run('a')}<w:r><w:tab/></w:r>{run('b')}<w:r><w:br/></w:r>{run('c')}</w:p>", "a\tb\nc"),
        ("<w:p><w:r><w:t>co</w:t><w:softHyphen/><w:t>op</w:t><w:noBreakHyphen/><w:t>x</w:t></w:r></w:p>", "coop\u2011x"),
        (f"<w:p><w:pPr><w:tabs><w:tab w:val='left'/></w:tabs></w:pPr>{run('5')}</w:p>", "5"),
        (f"<w:tbl><w:tr>{CELL.format(run('1'))}{CELL.format(run('2'))}</w:tr></w:tbl>", "1\t\t2"),
        (f"<w:sdt><w:sdtContent><w:p>{run('inside')}</w:p></w:sdtContent></w:sdt>", "inside"),
        ("<w:p><w:r><w:instrText>PAGE 7</w:instrText></w:r></w:p><w:p><w:r><w:t>8</w:t></w:r></w:p>", "8"),
    ],
)  # fmt: skip
def test_pieces_of_a_word_document(xml: str, expected: str) -> None:
    assert read(word_body(xml), "x.docx").text == expected + "\n"


def test_footnotes_follow_the_text() -> None:
    note = f'<w:footnotes {W}><w:footnote w:type="separator"><w:p>{run("--")}</w:p></w:footnote><w:footnote><w:p>{run("note 7")}</w:p></w:footnote></w:footnotes>'
    body = f"<w:document {W}><w:body><w:p>{run('text')}</w:p></w:body></w:document>"

    assert read(package({"word/document.xml": body, "word/footnotes.xml": note}), "x.docx").text == "text\nnote 7\n"


@pytest.mark.parametrize(
    ("data", "rule", "found"),
    [
        (package({"word/document.xml": b" " * (70 << 20)}), "document.bomb", "unpacks to more than 64 MB"),
        (package({"word/document.xml": f'<!DOCTYPE x [<!ENTITY a "aaa">]><w:document {W}>&a;</w:document>'}), "document.bomb", "declares entities"),
        (package({"word/document.xml": "<a"}), "document.corrupt", "is no XML"),
        (package({"word/document.xml": "<a>" * 9999}), "document.corrupt", "is no XML"),
        (package({"a": "b"}), "document.corrupt", "word/document.xml"),
        (word(report)[:5000], "document.corrupt", "it cannot be unpacked"),
        (b"PK\3\4" + b"x" * 500, "document.corrupt", "it cannot be unpacked"),
    ],
)  # fmt: skip
def test_c13_c15_bombs_and_damaged_packages_are_refused(data: bytes, rule: str, found: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read(data, "x.docx")

    (finding,) = caught.value.findings
    assert (finding.rule, finding.place.file, found in finding.found) == (rule, "x.docx", True), str(finding)
