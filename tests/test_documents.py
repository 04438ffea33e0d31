"""Documents of every kind: told apart by content, read in a limited child, read once, and looked up by `check`."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from papers import package, pdf, word

from generator.documents import Library, as_document, kind_of
from generator.errors import DocumentError
from generator.knowledge import learn
from generator.model import Extract, Finding, Place, Source
from generator.reading import MAX_BYTES
from generator.sandbox import Limits
from generator.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
PAGE = '<!DOCTYPE html><html lang="en"><body><p>Loans rose to 48,200 in 2024.</p></body></html>'
WORDS = "Loans rose to 48,200 in 2024."


def finding_of(error: pytest.ExceptionInfo[DocumentError]) -> Finding:
    (finding,) = error.value.findings
    return finding


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (b"plain 5", "a.txt", "text"),
        (b"plain 5", "a", "text"),
        (b"plain 5", "report.2022", "text"),
        (PAGE.encode(), "a.html", "html"),
        (PAGE.encode(), "download", "html"),
        (b"\xef\xbb\xbf\n<?xml version='1.0'?>\n<!-- saved -->\n<HTML>", "a.xhtml", "html"),
        (b"<p>a piece</p>", "a.htm", "html"),
        (pdf("<p>x</p>"), "A.PDF", "pdf"),
        (b"\n\n" + pdf("<p>x</p>"), "download", "pdf"),
        (word(lambda document: document.add_paragraph("x")), "a.docx", "docx"),
    ],
)
def test_the_content_says_what_kind_a_document_is(data: bytes, name: str, kind: str) -> None:
    assert kind_of(data, name) == kind


@pytest.mark.parametrize(
    ("data", "name", "message"),
    [
        (b"", "a.txt", "a.txt: error: an empty file; expected a document. Fetch or save it again. [document.empty]"),
        (b" \n\t ", "a.pdf", "an empty file"),
        (PAGE.encode(), "a.pdf", "its content is html; expected pdf, as its name says. It may be an error page"),
        (PAGE.encode(), "a.txt", "If it is sound, end its name in .html"),
        (pdf("<p>x</p>"), "a.txt", "its content is pdf; expected text, as its name says"),
        (b"plain", "a.docx", "its content is text; expected docx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 99, "a.docx", "it is an old Office file, or one with a password"),
        (package({"xl/workbook.xml": "<x/>"}), "a.xlsx", "it is a ZIP archive that holds no Word document"),
        (b"{\\rtf1 x}", "a.rtf", "it is RTF; expected text, HTML, PDF or Word (.docx). Save it as .docx or PDF."),
        (b"\x89PNG\r\n\x1a\n", "scan.png", "it is a picture; expected text, HTML, PDF or Word (.docx). OCR it first"),
        (b"\xff\xd8\xff\xe0", "scan.jpg", "OCR it first"),
        (b"\x1f\x8b\x08", "a.txt.gz", "it is gzip"),
        (b"x" * (MAX_BYTES + 1), "a.txt", f"{MAX_BYTES + 1} bytes; expected at most {MAX_BYTES}"),
    ],
)
def test_c10_c17_what_is_no_document_is_refused_with_the_cure(data: bytes, name: str, message: str) -> None:
    with pytest.raises(DocumentError) as caught:
        kind_of(data, name)

    assert message in str(finding_of(caught))


@pytest.fixture
def library(tmp_path: Path) -> Library:
    (tmp_path / "briefing.toml").write_text('issuer = "B"\n')
    with Library(Workspace(tmp_path), Limits(seconds=20, megabytes=1024)) as opened:
        yield opened


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (WORDS.encode(), "a.txt"),
        (PAGE.encode(), "a.html"),
        (pdf(f"<p>{WORDS}</p>"), "a.pdf"),
        (word(lambda document: document.add_paragraph(WORDS)), "a.docx"),
    ],
)
def test_every_kind_gives_its_text(library: Library, data: bytes, name: str) -> None:
    assert library.read(data, name).text.strip() == WORDS


def test_what_was_extracted_is_kept_and_given_again_as_it_was(tmp_path: Path, library: Library) -> None:
    data = pdf(f'<p>{WORDS}</p><p style="break-before: page">two</p>')

    first = library.read(data, "a.pdf")

    (kept,) = (tmp_path / ".briefing/cache/documents").iterdir()
    kept.write_text(kept.read_text("utf-8").replace("48,200", "77,777"), "utf-8")
    again = library.read(data, "b.pdf")
    assert again == replace(first, text=first.text.replace("48,200", "77,777"))
    assert hash(again)
    assert library.read(PAGE.encode(), "a.html").text.strip() == WORDS


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"text": 1, "unknown": 2}'])
def test_d08_a_damaged_cache_is_read_anew(tmp_path: Path, library: Library, damage: str) -> None:
    first = library.read(PAGE.encode(), "a.html")
    (kept,) = (tmp_path / ".briefing/cache/documents").iterdir()
    sound = kept.read_bytes()
    kept.write_text(damage)

    assert library.read(PAGE.encode(), "a.html") == first
    assert kept.read_bytes() == sound, "the damage was not met"


def test_without_room_for_the_cache_a_document_is_read_all_the_same(tmp_path: Path, library: Library) -> None:
    (tmp_path / ".briefing/cache").mkdir(parents=True)
    (tmp_path / ".briefing/cache/documents").write_text("a file in the way")

    assert library.read(PAGE.encode(), "a.html").text.strip() == WORDS


@pytest.mark.parametrize(
    ("data", "name", "rule"),
    [
        ("Жодино, 33%".encode("cp1251") * 9, "a.txt", "document.encoding"),
        ('<html><meta charset="klingon"><p>Жодино'.encode("cp1251"), "a.html", "document.encoding"),
        (b"<html><script>var x = 5</script></html>", "a.html", "document.no-text"),
        (word(lambda _: None), "a.docx", "document.no-text"),
        (b"%PDF-1.7\n" + os.urandom(999), "a.pdf", "document.corrupt"),
        (package({"word/document.xml": b" " * (70 << 20)}), "a.docx", "document.bomb"),
    ],
)
def test_c25_hostile_documents_end_in_a_finding(library: Library, data: bytes, name: str, rule: str) -> None:
    with pytest.raises(DocumentError) as caught:
        library.read(data, name)

    assert (finding_of(caught).rule, finding_of(caught).place) == (rule, Place(name))


def test_d13_a_document_that_needs_too_much_memory_is_refused(tmp_path: Path) -> None:
    page = b"<html>" + b"<p>a <b>b</b> <i>c</i></p>" * 1_500_000

    with Library(Workspace(tmp_path), Limits(seconds=60, megabytes=400)) as small, pytest.raises(DocumentError) as caught:
        small.read(page, "large.html")

    assert (finding_of(caught).rule, "MB of memory" in finding_of(caught).found) == ("document.limit", True)
    assert "[limits] of briefing.toml" in finding_of(caught).cure


def test_the_parts_of_an_extract_become_places() -> None:
    text = "one\ntwo\n"

    assert as_document(Extract(text, "text")).where(5) == "line 2"
    assert as_document(Extract(text, "docx")).where(5) == "paragraph 2"
    assert as_document(Extract(text, "pdf", pages=(0, 4))).where(5) == "page 2"


# --- in a workspace -------------------------------------------------------------------------------


def replaced(project: Path, data: bytes, name: str, more: str = "") -> None:
    """Put another document in the place of the report that the project's facts come from."""
    (project / f"data/sources/{name}").write_bytes(data)
    sources = project / "data/sources.toml"
    text = sources.read_text("utf-8")
    old = hashlib.sha256((project / "data/sources/report.txt").read_bytes()).hexdigest()
    text = text.replace("report.txt", name).replace(old, hashlib.sha256(data).hexdigest())
    sources.write_text(text.replace('language = "en"\n', f'language = "en"\n{more}', 1), "utf-8")


def report(project: Path) -> str:
    return (project / "data/sources/report.txt").read_text("utf-8")


def told(project: Path) -> list[Finding]:
    return [each for each in learn(Workspace(project), ["library"], today=date(2025, 2, 3)).findings if each.severity != "note"]


@pytest.mark.parametrize("name", ["report.html", "report.pdf", "report.docx"])
def test_anchors_are_found_in_documents_of_every_kind(project: Path, name: str) -> None:
    parts = report(project).split("\n\n")
    page = "".join(f"<p>{part}</p>" for part in parts)
    data = {
        "report.html": f"<!DOCTYPE html><html><body>{page}</body></html>".encode(),
        "report.pdf": pdf(page),
        "report.docx": word(lambda document: [document.add_paragraph(part) for part in parts]),
    }[name]

    replaced(project, data, name)

    assert told(project) == []


@pytest.mark.parametrize("codec", ["utf-16le", "koi8-r", "gb18030"])
def test_a_document_in_another_encoding_needs_it_declared(project: Path, codec: str) -> None:
    data = (report(project) + "\nГород Жодино\n").encode(codec)

    replaced(project, data, "old.txt", f'encoding = "{codec}"\n')

    assert told(project) == []


def test_an_undeclared_encoding_is_an_error_at_the_source_with_the_line_to_write(project: Path) -> None:
    replaced(project, (report(project) + "\nГород Жодино стоит в часе езды\n").encode("cp1251"), "old.txt")

    (finding,) = told(project)

    assert (finding.place, finding.rule) == (Place("data/sources.toml", 1), "document.encoding")
    assert finding.found.startswith("old.txt: it is not UTF-8; it looks like windows-1251: '")
    assert 'encoding = "windows-1251"' in finding.cure


def test_a_wrong_anchor_in_a_pdf_names_the_page_where_something_alike_stands(project: Path) -> None:
    replaced(project, pdf(f'<p>Front page</p><p style="break-before: page">{report(project)}</p>'), "report.pdf")
    facts = project / "data/library/facts.csv"
    anchor = next(line for line in facts.read_text("utf-8").splitlines() if "REPORT" in line)
    words = anchor.split(",REPORT,")[1].split('"')[1] if '"' in anchor.split(",REPORT,")[1] else anchor.split(",REPORT,")[1].split(",")[0]
    facts.write_text(facts.read_text("utf-8").replace(words, f"{words} indeed", 1), "utf-8")

    found = [each for each in told(project) if each.rule == "evidence.anchor-not-found"]

    assert len(found) == 1
    assert "(page 2)?" in found[0].cure


def test_a_scanned_document_is_told_once_at_its_source(project: Path) -> None:
    replaced(project, pdf('<svg width="9" height="9"><rect width="9" height="9"/></svg>'), "scan.pdf")

    (finding,) = told(project)

    assert (finding.place, finding.rule) == (Place("data/sources.toml", 1), "document.no-text")
    assert finding.found == "scan.pdf: no text in its 1 page, only pictures"


def test_a_document_of_a_hundred_megabytes_is_refused_before_it_is_read(project: Path) -> None:
    with (project / "data/sources/report.txt").open("wb") as file:
        file.truncate(100 << 20)

    found = [each for each in told(project) if each.rule == "document.size"]

    assert len(found) == 1
    assert f"{100 << 20} bytes" in found[0].found


def test_a_check_of_plain_documents_starts_no_child_and_imports_no_reader(project: Path) -> None:
    script = (
        "import sys, datetime, pathlib\nfrom generator.knowledge import learn\nfrom generator.workspace import Workspace\n"
        f"learn(Workspace(pathlib.Path({str(project)!r})), ['library'], today=datetime.date(2025, 2, 3))\n"
        "print([name for name in ('lxml', 'pypdfium2', 'charset_normalizer') if name in sys.modules])"
    )

    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "[]"
    assert not (project / ".briefing").exists()


def test_a_source_without_its_document_at_hand_is_opened_as_none(library: Library) -> None:
    assert library.open(Source("S", "P", "T", "document", "2026-11-22", document="away.txt", sha256="0" * 64)) is None
