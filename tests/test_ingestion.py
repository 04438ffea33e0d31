"""Ingesting: a document becomes a source and candidates; nothing enters, and the same bytes change nothing."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from papers import pdf, word
from publisher import Publisher, data, fail, publishing, redirect

import generator
from generator.errors import ArchiveError, DocumentError, OutsideError, UsageError, WorkspaceError
from generator.ingestion import Ingested
from generator.knowledge import learn
from generator.provenance import Description
from generator.reading import Findings
from generator.review import read_candidates
from generator.workspace import Workspace, find_workspace

ROOT = Path(__file__).resolve().parent.parent
TODAY = date(2026, 11, 22)
REPORT = """City Library: annual report for 2025

15 January 2026

In 2025 the library had 13,100 readers, up 4.8% on the year before. Loans rose to 51,300 in 2025.
The new heating cost 0.2 million euros. The two branches stayed open on Sundays.
"""
CHINESE = "<h1>图书馆年度报告</h1><p>2025年，图书馆共有读者1.31万人，同比增长4.8%。新暖气耗资20万欧元。</p>"
RUSSIAN = "<h1>Отчёт библиотеки</h1><p>В 2025 году в библиотеке было 13 100 читателей, что на 4,8% больше, чем годом ранее. Отопление обошлось в 0,2 млн евро.</p>"


def ingest(root: Path, origin: Path | str, said: Description | None = None, **options: object) -> Ingested:
    return generator.ingest(Workspace(root), str(origin), said, today=TODAY, **options)  # type: ignore[arg-type]


def tree(root: Path) -> dict[str, str]:
    """Return the sums of all files of a workspace but its caches."""
    files = (path for path in sorted(root.rglob("*")) if path.is_file() and ".briefing" not in path.parts)
    return {path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "report-2025.txt"
    path.write_text(REPORT, "utf-8")
    return path


def values(found: Ingested) -> list[tuple[str, str, str]]:
    return [(each.value, each.scale, each.unit) for each in found.candidates]


# --- what is written ------------------------------------------------------------------------------


def test_a_document_in_a_language_whose_numbers_are_not_read_becomes_candidates_with_what_is_read(project: Path, tmp_path: Path) -> None:
    path = tmp_path / "rapport.txt"
    path.write_text(
        "Rapport de la bibliothèque\n\nLa bibliothèque comptait 13 100 lecteurs en 2025, soit 4,8 % de plus en un an.\n"
        "Le nouveau chauffage a coûté 0,2 million d'euros à la ville et à ses habitants.\n", "utf-8",
    )  # fmt: skip

    found = ingest(project, path, Description(language="fr"))

    assert values(found) == [("13100", "", ""), ("4.8", "", "percent"), ("0.2", "million", "")]
    assert [each.period for each in found.candidates][:2] == ["2025", "2025"]


def test_a_text_becomes_a_source_and_candidates(project: Path, report: Path) -> None:
    before = (project / "data/sources.toml").read_bytes()

    found = ingest(project, report)

    assert found.state == "added"
    assert values(found) == [("13100", "", "reader"), ("4.8", "", "percent"), ("51300", "", "loan"), ("0.2", "million", "EUR")]
    assert [each.metric for each in found.candidates] == ["readers", "reader_growth", "loans", "room_cost"]
    assert {each.period for each in found.candidates} == {"2025"}
    assert {each.entity for each in found.candidates} == {"library"}
    assert found.changed == ("data/sources/report-2025.txt", "data/candidates.csv", "data/sources.toml")
    listed = (project / "data/sources.toml").read_bytes()
    assert listed.startswith(before)
    added = tomllib.loads(listed.decode())["CITY_LIBRARY_ANNUAL_REPORT_FOR_2025"]
    assert added.pop("sha256") == hashlib.sha256(report.read_bytes()).hexdigest()
    assert added == {
        "producer": "[not stated]", "title": "City Library: annual report for 2025", "kind": "document",
        "accessed": TODAY, "published": "2026-01-15", "language": "en", "document": "report-2025.txt",
        "guessed": ["title", "producer", "published", "language"],
    }  # fmt: skip


@pytest.mark.slow
def test_nothing_enters_unreviewed(project: Path, report: Path) -> None:
    facts = (project / "data/library/facts.csv").read_bytes()
    generator.build(Workspace(project), generator.Request())

    ingest(project, report)

    assert (project / "data/library/facts.csv").read_bytes() == facts
    findings = learn(Workspace(project), ["library"], today=TODAY).findings
    assert [(each.severity, each.rule) for each in findings] == [("note", "sources.guessed")]


def test_anchors_hold_number_unit_and_subject_and_stand_once(project: Path, report: Path) -> None:
    anchors = [each.anchor for each in ingest(project, report).candidates]

    assert anchors == [
        "In 2025 the library had 13,100 readers", "up 4.8% on the year before", "Loans rose to 51,300 in 2025",
        "The new heating cost 0.2 million euros",
    ]  # fmt: skip
    assert all(REPORT.replace("\n", " ").count(anchor) == 1 for anchor in anchors)


def test_the_review_file_is_a_table_that_spreadsheets_read(project: Path, report: Path) -> None:
    found = ingest(project, report)

    written = (project / "data/candidates.csv").read_bytes()
    assert written.startswith(b"\xef\xbb\xbfaccept,topic,id,metric,")
    read = read_candidates(written.decode("utf-8-sig"), Findings())
    assert [replace(each, place=found.candidates[0].place) for each in read] == list(found.candidates)


def test_what_is_said_of_a_document_is_not_guessed(project: Path, report: Path) -> None:
    said = Description("R25", "City Library", "Report", "2026", "https://library.example/r", "en", "CC0")

    source = ingest(project, report, said).source

    assert source.guessed == ()
    assert "guessed" not in (project / "data/sources.toml").read_text("utf-8")
    assert (source.id, source.producer, source.title, source.published, source.licence) == ("R25", "City Library", "Report", "2026", "CC0")


def test_a_topic_is_given_to_candidates_whose_metric_does_not_tell_it(project: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The town of nowhere has 4.2 million euros in the bank, says the mayor of the town.\n")

    (only,) = ingest(project, tmp_path / "a.txt", topic="library").candidates

    assert (only.metric, only.topic) == ("", "library")


# --- kinds of documents ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "page", "expected"),
    [
        ("en", f"<p>{REPORT.replace(chr(10) * 2, '</p><p>')}", [("13100", "", "reader"), ("4.8", "", "percent"), ("51300", "", "loan"), ("0.2", "million", "EUR")]),
        ("zh", CHINESE, [("13100", "", "reader"), ("4.8", "", "percent"), ("200000", "", "EUR")]),
        ("ru", RUSSIAN, [("13100", "", ""), ("4.8", "", "percent"), ("0.2", "million", "EUR")]),
    ],
)  # fmt: skip
def test_pdfs_in_three_languages_are_read_by_page(
    project: Path, tmp_path: Path, language: str, page: str, expected: list[tuple[str, str, str]]
) -> None:
    (tmp_path / "report.pdf").write_bytes(pdf(page, language))

    found = ingest(project, tmp_path / "report.pdf")

    assert (values(found), found.source.language, found.source.document) == (expected, language, "report.pdf")
    assert {each.at for each in found.candidates} == {"page 1"}
    assert all(each.anchor for each in found.candidates)


def test_a_word_document_is_read_by_paragraph(project: Path, tmp_path: Path) -> None:
    parts = REPORT.split("\n\n")
    (tmp_path / "report.docx").write_bytes(word(lambda document: [document.add_paragraph(part) for part in parts]))

    found = ingest(project, tmp_path / "report.docx")

    assert [(each.said, each.at) for each in found.candidates][:2] == [("13,100 readers", "paragraph 3"), ("4.8%", "paragraph 3")]


NEWS = """<!DOCTYPE html><html lang="en"><head><title>Readers up | City News</title><meta property="og:title" content="Readers up">
<meta property="og:site_name" content="City News"><meta property="article:published_time" content="2026-01-16T08:00Z"></head>
<body><nav>12 stories</nav><aside><a href="/x">Rents rose 9% in 2025, say tenants of the town.</a></aside>
<article><h1>Readers up</h1><p>The City Library had <b>13,100</b> readers in 2025.</p>
<table><tr><th>Year</th><th>Loans</th></tr><tr><td>2024</td><td>48 200</td></tr></table></article><footer>3 editors</footer></body></html>"""


def test_a_page_of_a_newspaper_gives_its_article_only(project: Path, tmp_path: Path) -> None:
    (tmp_path / "news.html").write_text(NEWS, "utf-8")

    found = ingest(project, tmp_path / "news.html")

    assert [each.said for each in found.candidates] == ["13,100 readers"]
    source = found.source
    assert (source.title, source.producer, source.published, source.kind) == ("Readers up", "City News", "2026-01-16", "web page")


@pytest.mark.parametrize(("codec", "label"), [("cp1251", "windows-1251"), ("koi8-r", "koi8-r"), ("utf-16", ""), ("utf-8-sig", "")])
def test_the_encoding_of_a_text_is_told_with_a_sample_and_declared(project: Path, tmp_path: Path, codec: str, label: str) -> None:
    words = "В 2025 году в библиотеке было 13 100 читателей, что на 4,8% больше, чем годом ранее.\n"
    (tmp_path / "old.txt").write_bytes(words.encode(codec))

    found = ingest(project, tmp_path / "old.txt")

    assert (found.source.encoding, found.source.language, values(found)[1]) == (label, "ru", ("4.8", "", "percent"))
    assert found.notes == ((f"read as {label}: 'В 2025 году в библиотеке было 13 100 читателей, что на 4,8% …'. If that is not how it reads, name another: --encoding",) if label else ())
    assert not learn(Workspace(project), ["library"], today=TODAY).findings.errors


def test_a_declared_encoding_is_taken(project: Path, tmp_path: Path) -> None:
    (tmp_path / "old.txt").write_bytes("В 2025 году было 13 100 читателей.\n".encode("cp866"))

    assert ingest(project, tmp_path / "old.txt", Description(encoding="ibm866")).source.encoding == "ibm866"


# --- again ----------------------------------------------------------------------------------------


def test_the_same_bytes_again_change_not_one_byte(project: Path, report: Path, tmp_path: Path) -> None:
    ingest(project, report)
    before = tree(project)
    (tmp_path / "elsewhere").mkdir()
    other = tmp_path / "elsewhere/copy.txt"
    shutil.copy(report, other)

    for again in (report, other):
        found = ingest(project, again, Description(id="ANOTHER", title="Another"))
        assert (found.state, found.candidates, found.changed, found.waiting) == ("known", (), (), 4)

    assert tree(project) == before


def test_what_facts_carry_is_no_candidate(project: Path) -> None:
    before = tree(project)

    found = ingest(project, project / "data/sources/report.txt")

    assert (found.source.id, found.candidates, found.changed) == ("REPORT", (), ())
    assert dict(found.passed)["carried by facts"] >= 4
    assert tree(project) == before


def test_what_is_set_aside_is_no_candidate(project: Path) -> None:
    found = ingest(project, project / "data/sources/xinwen.txt")

    assert (found.candidates, dict(found.passed)["set aside"]) == ((), 1)


def test_a_document_that_changed_is_a_new_source_that_names_the_earlier(project: Path, report: Path) -> None:
    first = ingest(project, report).source
    report.write_text(REPORT.replace("13,100", "13,105"), "utf-8")

    found = ingest(project, report)

    assert found.state == "added"
    assert found.earlier == first.id == "CITY_LIBRARY_ANNUAL_REPORT_FOR_2025"
    assert found.source.id == f"{first.id}_2"
    assert found.source.document == f"report-2025-{found.source.sha256[:8]}.txt"
    assert not learn(Workspace(project), ["library"], today=TODAY).findings.errors


def test_a_document_in_the_folder_of_documents_is_left_there(project: Path, report: Path, tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    shutil.copy(report, folder / "kept.txt")
    workspace = find_workspace(project, str(folder))

    found = generator.ingest(workspace, str(report), today=TODAY)

    assert found.source.document == "kept.txt"
    assert not (project / "data/sources/kept.txt").exists()
    assert "data/sources/kept.txt" not in found.changed


def test_a_document_that_was_away_is_put_in_its_place(project: Path, tmp_path: Path) -> None:
    shutil.move(project / "data/sources/report.txt", tmp_path / "found.txt")

    assert ingest(project, tmp_path / "found.txt").changed == ("data/sources/report.txt",)


@pytest.mark.slow
@pytest.mark.parametrize("call", [1, 2, 3])
def test_d01_whoever_is_killed_between_two_files_runs_the_command_again(project: Path, report: Path, tmp_path: Path, call: int) -> None:
    whole = tmp_path / "whole"
    shutil.copytree(project, whole)
    ingest(whole, report)
    killed = (
        "import datetime, os, pathlib, sys\nimport generator\nfrom generator.workspace import Workspace\n"
        "rename, count = pathlib.Path.replace, []\n"
        "def replace(self, target):\n"
        "    count.append(target)\n"
        f"    if len(count) == {call}: os._exit(137)\n"
        "    return rename(self, target)\n"
        "pathlib.Path.replace = replace\n"
        f"generator.ingest(Workspace(pathlib.Path({str(project)!r})), {str(report)!r}, today=datetime.date(2026, 11, 22))"
    )

    run = subprocess.run([sys.executable, "-c", killed], cwd=ROOT, capture_output=True, text=True, check=False)

    assert run.returncode == 137, run.stderr
    assert not learn(Workspace(project), ["library"], today=TODAY).findings.errors
    ingest(project, report)
    left = {name: total for name, total in tree(project).items() if not name.endswith(".part")}
    assert left == tree(whole)


# --- the web --------------------------------------------------------------------------------------


@pytest.fixture
def web(project: Path) -> Publisher:
    with publishing() as publisher:
        settings = project / "briefing.toml"
        settings.write_text(settings.read_text("utf-8") + f'\n[network]\nseconds = 5\nprivate = ["{publisher.host}"]\n', "utf-8")
        yield publisher


def test_an_address_is_fetched_and_kept_as_the_url(project: Path, web: Publisher) -> None:
    web.on("/news/readers", data(NEWS.encode(), "text/html; charset=utf-8"))

    found = ingest(project, f"{web.url}/news/readers")

    source = found.source
    assert (source.url, source.document, source.kind, source.accessed) == (f"{web.url}/news/readers", "readers.html", "web page", "2026-11-22")
    assert (project / "data/sources/readers.html").read_bytes() == NEWS.encode()
    before = tree(project)
    assert ingest(project, f"{web.url}/news/readers").changed == ()
    assert tree(project) == before


def test_a_new_version_at_an_address_is_a_new_source(project: Path, web: Publisher) -> None:
    web.on("/n.html", data(NEWS.encode(), "text/html"), data(NEWS.replace("13,100", "13,200").encode(), "text/html"))

    first, second = (ingest(project, f"{web.url}/n.html") for _ in range(2))

    assert (second.earlier, second.source.url, second.source.document) == (first.source.id, first.source.url, f"n-{second.source.sha256[:8]}.html")


def test_the_content_type_decides_the_kind(project: Path, web: Publisher) -> None:
    web.on("/download.php", data(pdf(f"<p>{REPORT}"), "application/pdf"))

    assert ingest(project, f"{web.url}/download.php?id=7").source.document == "download.pdf"


def test_an_encoding_that_only_the_server_says_is_declared(project: Path, web: Publisher) -> None:
    page = "<html><body><p>В 2025 году в библиотеке было 13 100 читателей, что на 4,8% больше.</p></body></html>"
    web.on("/a", data(page.encode("cp1251"), "text/html; charset=windows-1251"))

    found = ingest(project, f"{web.url}/a")

    assert (found.source.encoding, found.source.language) == ("windows-1251", "ru")
    assert not learn(Workspace(project), ["library"], today=TODAY).findings.errors


def test_c10_an_error_page_in_place_of_a_pdf_is_refused(project: Path, web: Publisher) -> None:
    web.on("/r.pdf", data(b"<!DOCTYPE html><html><body>Rate limit</body></html>", "application/pdf"))
    before = tree(project)

    with pytest.raises(DocumentError, match=r"its content is html; expected pdf"):
        ingest(project, f"{web.url}/r.pdf")

    assert tree(project) == before


def test_c22_a_publisher_that_fails_is_told_with_its_address(project: Path, web: Publisher) -> None:
    web.on("/gone", fail(404)).on("/loop", redirect("/loop"))

    for path, message in (("/gone", "HTTP 404"), ("/loop", "more than 5 redirects")):
        with pytest.raises(OutsideError, match=message) as caught:
            ingest(project, f"{web.url}{path}")
        assert caught.value.where == f"{web.url}{path}"


def test_a09_a_private_address_is_refused_unless_it_is_named(project: Path) -> None:
    with publishing() as publisher:
        publisher.on("/a", data(NEWS.encode(), "text/html"))

        with pytest.raises(UsageError, match="public"):
            ingest(project, f"{publisher.url}/a")

        assert publisher.asked == []


# --- what is refused ------------------------------------------------------------------------------


def missing(folder: Path) -> Path:
    return folder / "away.txt"


def a_folder(folder: Path) -> Path:
    return folder


def a_pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe.txt")
    return folder / "pipe.txt"


def a_device(folder: Path) -> Path:
    return Path("/dev/zero")


def huge(folder: Path) -> Path:
    with (folder / "huge.txt").open("wb") as file:
        file.truncate(100 << 20)
    return folder / "huge.txt"


def empty(folder: Path) -> Path:
    (folder / "empty.txt").touch()
    return folder / "empty.txt"


def scanned(folder: Path) -> Path:
    (folder / "scan.pdf").write_bytes(pdf('<svg width="9" height="9"><rect width="9" height="9"/></svg>'))
    return folder / "scan.pdf"


def disguised(folder: Path) -> Path:
    (folder / "report.docx").write_bytes(pdf("<p>x 5</p>"))
    return folder / "report.docx"


def wordless(folder: Path) -> Path:
    (folder / "numbers.txt").write_text("qwrtz 123 xxyy 456\n" * 9)
    return folder / "numbers.txt"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (missing, "No such file or directory"),
        (a_folder, "a folder, pipe or device, not a file"),
        (a_pipe, "a folder, pipe or device, not a file"),
        (a_device, "a folder, pipe or device, not a file"),
        (huge, f"{100 << 20} bytes; at most"),
        (empty, "an empty file"),
        (scanned, "OCR it first"),
        (disguised, "its content is pdf; expected docx, as its name says"),
        (wordless, "the language of the document cannot be told"),
    ],
)
def test_c20_what_cannot_be_ingested_is_told_and_changes_nothing(project: Path, tmp_path: Path, make: object, message: str) -> None:
    before = tree(project)

    with pytest.raises((UsageError, DocumentError)) as caught:
        ingest(project, make(tmp_path))  # type: ignore[operator]

    assert message in str(caught.value)
    assert tree(project) == before


@pytest.mark.parametrize(
    ("said", "options", "message"),
    [
        (Description(id="REPORT"), {}, "source 'REPORT' is there already, with another document"),
        (Description(id="my report"), {}, "--as my report: no id of a source"),
        (None, {"topic": "libary"}, "no topic 'libary'"),
        (Description(encoding="klingon"), {}, "encoding 'klingon'"),
        (Description(published="soon"), {}, "--published soon: no date up to"),
        (Description(published="2027-01-01"), {}, "--published 2027-01-01: no date up to 2026-11-22"),
        (Description(url="library"), {}, "--url library: no address of the web"),
    ],
)
def test_what_is_wrongly_said_is_told_and_changes_nothing(
    project: Path, report: Path, said: Description | None, options: dict[str, object], message: str
) -> None:
    before = tree(project)

    with pytest.raises((UsageError, DocumentError)) as caught:
        ingest(project, report, said, **options)

    assert message in str(caught.value)
    assert tree(project) == before


@pytest.mark.parametrize(
    ("file", "old", "new", "place"),
    [
        ("data/library/facts.csv", "12500", "12,500", "data/library/facts.csv:2"),
        ("data/sources.toml", "[XINWEN]", "[XINWEN", "data/sources.toml:"),
        ("data/vocabulary.toml", 'one = "reader"', "one = 5", "data/vocabulary.toml:"),
    ],
)  # fmt: skip
def test_a_workspace_that_cannot_be_read_is_cured_first(project: Path, report: Path, file: str, old: str, new: str, place: str) -> None:
    path = project / file
    path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")
    before = tree(project)

    with pytest.raises(WorkspaceError) as caught:
        ingest(project, report)

    assert any(str(finding.place).startswith(place) for finding in caught.value.findings)
    assert tree(project) == before


def test_a_review_file_that_cannot_be_read_is_not_written_over(project: Path, report: Path) -> None:
    (project / "data/candidates.csv").write_text("something,else\n1,2\n")

    with pytest.raises(WorkspaceError, match=r"data/candidates\.csv:1: error: unknown column 'something'"):
        ingest(project, report)

    assert (project / "data/candidates.csv").read_text() == "something,else\n1,2\n"


def test_d10_only_one_process_changes_the_data_at_a_time(project: Path, report: Path) -> None:
    from generator.archive import locked

    with locked(project / ".briefing", "data", "changing the data"), pytest.raises(ArchiveError, match="is changing the data in this workspace"):
        ingest(project, report)


def test_c24_hostile_words_of_a_document_stay_words(project: Path, tmp_path: Path) -> None:
    title = 'X"]\n[EVIL]\nproducer = "=cmd|calc'
    page = f"<html lang=en><head><meta property='og:title' content='{title}'></head><body><p>=1+1 the library had 13,100 readers, \u202e@sum +5% \x1b[31m more than in 2024.</p></body></html>"
    (tmp_path / "evil.html").write_text(page, "utf-8")

    found = ingest(project, tmp_path / "evil.html")

    listed = tomllib.loads((project / "data/sources.toml").read_text("utf-8"))
    assert "EVIL" not in listed
    assert listed[found.source.id]["title"] == 'X"] [EVIL] producer = "=cmd|calc'
    assert not learn(Workspace(project), ["library"], today=TODAY).findings.errors
    cells = [cell for each in found.candidates for cell in (each.anchor, each.said)]
    assert cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@")) or not cell.isprintable()]
