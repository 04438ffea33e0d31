"""The pages of `briefing serve` over HTTP: topics, editions with the evidence of every number, findings, builds, review."""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import pytest
from conftest import PROJECT
from patience import await_true
from serving import Answer, Served, serving
from test_ingestion import REPORT, ingest

from generator import pipeline
from generator.exhibit import show_edition
from generator.provenance import Description
from generator.recalls import mark
from generator.starter import start_workspace
from generator.workspace import Workspace

SAID = Description("R25", "City Library", "Report", "2026-01-15", "", "en", "CC0")


def prepare(folder: Path, *, build: bool = True) -> Path:
    """Write a workspace with candidates that wait for review, and build it."""
    shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns("reports", ".briefing"))
    (folder.parent / "report-2025.txt").write_text(REPORT, "utf-8")
    ingest(folder, folder.parent / "report-2025.txt", SAID)
    if build:
        (outcome,) = pipeline.build(Workspace(folder), pipeline.Request())
        assert outcome.state == "built", outcome
    return folder


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve one workspace to the tests that change nothing in it."""
    with serving(prepare(tmp_path_factory.mktemp("pages") / "project"), "--no-schedules") as found:
        yield found


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Served]:
    """Serve a workspace of its own to a test that changes it."""
    with serving(prepare(tmp_path / "project", build=False), "--no-schedules") as found:
        yield found


def send(served: Served, path: str, **fields: str | list[str]) -> Answer:
    body = urlencode(fields, doseq=True).encode()
    return served.ask("POST", path, body, content_type="application/x-www-form-urlencoded")


def edition_of(served: Served) -> str:
    """Return the address of the newest edition."""
    return f"/editions/library/{show_edition(Workspace(served.folder), 'library').edition.id}"


@pytest.mark.slow
def test_an_edition_that_was_called_back_says_so_and_leads_to_the_one_in_its_place(served: Served) -> None:
    path = edition_of(served)
    id_ = path.rpartition("/")[2]
    reports = served.folder / "reports"
    mark(reports, "library", id_, "readers <counted> twice", {"en": "2025-02-03.9"}, datetime(2026, 11, 22, tzinfo=UTC))
    try:
        page, row = served.get(f"{path}/en"), served.get(f"/api/v1{path}").json
    finally:
        (reports / f"library/{id_}.recalled.json").unlink()

    assert 'role="alert">The edition was called back: readers &lt;counted&gt; twice' in page.text
    assert '<a href="/editions/library/2025-02-03.9/en">2025-02-03.9</a>' in page.text
    assert row["recalled"] == "readers <counted> twice"
    assert "called back" not in served.get(f"{path}/en").text


# --- topics ---------------------------------------------------------------------------------------


def test_the_start_page_shows_each_topic_with_its_freshness_and_its_first_page(served: Served) -> None:
    page = served.get("/").text

    assert "City Library" in page
    assert re.search(r"Edition 1 of 3 February 2025 · \d+ days old", page)
    assert "Data read or checked on" in page
    assert "Up to date" in page
    (thumbnail,) = re.findall(r'<img src="([^"]+)"', page)
    answer = served.get(unescape(thumbnail))
    assert (answer.status, answer["content-type"], answer.body[:4]) == (200, "image/png", b"\x89PNG")
    assert "immutable" in answer["cache-control"]
    assert list((served.folder / ".briefing/cache/pictures").glob("*-1-360.png"))


@pytest.mark.slow
def test_a_topic_whose_files_changed_is_not_up_to_date(fresh: Served) -> None:
    pipeline.build(Workspace(fresh.folder), pipeline.Request())
    assert "Up to date" in fresh.get("/topics/library").text

    path = fresh.folder / "data/library/text.en.md"
    path.write_text(path.read_text("utf-8") + "\n# Later\n\nMore is to come.\n", "utf-8")

    assert "Something has changed since" in fresh.get("/topics/library").text


@pytest.mark.parametrize(
    "path",
    ["/topics/libary", "/editions/library/1999-01-01.1", "/editions/libary/x/en", "/findings?topic=libary", "/builds/nothing",
     "/editions/library/../../etc/en", "/editions/library/%2e%2e/record"],
)  # fmt: skip
def test_what_is_not_there_is_said_on_a_page(served: Served, path: str) -> None:
    answer = served.get(path)

    assert answer.status == 404
    assert answer["content-type"].startswith("text/html")


def test_a_page_that_is_not_there_says_so_in_the_readers_language_and_leads_on(served: Served) -> None:
    for path in ("/topics/libary", "/nowhere", "/review/x/y"):
        page = served.get(path, accept_language="ru").text
        assert "В адресе ошибка, страницы больше нет или у вас нет к ней доступа." in page
        assert "Not Found" not in page
        assert '<a href="/">' in page


@pytest.mark.slow
def test_readers_of_a_language_are_led_to_the_newest_edition_that_speaks_it(tmp_path: Path) -> None:
    folder = tmp_path / "port"
    start_workspace(folder)
    text = folder / "data/harbour/text.en.md"
    pipeline.build(Workspace(folder), pipeline.Request())
    text.write_text(text.read_text("utf-8") + "\n# Later\n\nMore is to come.\n", "utf-8")
    pipeline.build(Workspace(folder), pipeline.Request(languages=("en",)))
    first, second = (each.name for each in sorted((folder / "reports/harbour").glob("2*")))

    with serving(folder, "--no-schedules") as served:
        pages = {language: served.get("/", accept_language=language).text for language in ("en", "ru", "zh")}
        older = served.get(f"/editions/harbour/{first}/en").text
        russian = served.get(f"/editions/harbour/{first}/ru").text

    shown = {language: re.findall(r'<h2><a href="/editions/harbour/([^"]+)"', page) for language, page in pages.items()}
    assert shown == {"en": [f"{second}/en"], "ru": [f"{first}/ru"], "zh": [f"{second}/en"]}
    assert f'<a href="/editions/harbour/{second}/en">{second}</a>' in older
    assert "The current edition is another one" not in russian


@pytest.mark.slow
def test_an_edition_in_one_language_of_two_is_up_to_date_in_that_one(tmp_path: Path) -> None:
    folder = tmp_path / "port"
    start_workspace(folder)
    pipeline.build(Workspace(folder), pipeline.Request(languages=("en",)))

    with serving(folder, "--no-schedules") as served:
        page = served.get("/", accept_language="en").text

    assert "Up to date" in page
    assert "Something has changed since" not in page, "nothing has: the Russian page was not asked for"


def test_a_form_that_is_refused_leads_back_to_the_page_it_stood_on(served: Served) -> None:
    form = {"content_type": "application/x-www-form-urlencoded", "referer": f"{served.url}topics/library"}

    page = served.ask("POST", "/topics/library/builds", b"as_of=yesterday", **form).text

    assert '<a href="/topics/library">← Back to the page you came from</a>' in page
    assert "Back to the page" not in served.get("/topics/libary").text


def test_the_language_is_changed_on_the_page_as_it_was_asked_for(served: Served) -> None:
    assert 'href="/language/ru?back=/findings%3Ftopic%3Dlibrary"' in served.get("/findings?topic=library").text

    form = {"content_type": "application/x-www-form-urlencoded", "referer": f"{served.url}topics/library"}
    wrong = served.ask("POST", "/topics/library/builds", b"as_of=yesterday", **form)
    assert wrong.status == 422
    assert 'href="/language/ru?back=/topics/library"' in wrong.text, "an address that takes forms is no page to come back to"
    form["referer"] = "http://elsewhere.example/topics/library"
    assert 'href="/language/ru?back=/"' in served.ask("POST", "/topics/library/builds", b"as_of=yesterday", **form).text


@pytest.mark.slow
def test_what_nobody_can_tell_the_day_of_has_none(fresh: Served) -> None:
    (fresh.folder / "data/sources.toml").write_text("[[", "utf-8")

    page = fresh.get("/").text

    assert "City Library" in page
    assert "Data read or checked on" not in page


def test_findings_are_listed_by_topics_that_have_names(served: Served) -> None:
    page = served.get("/findings?topic=library").text

    assert '<option value="library" selected>City Library</option>' in page
    assert "<title>Findings – City Library</title>" in page


# --- editions -------------------------------------------------------------------------------------


def test_every_number_with_something_behind_it_is_a_link(served: Served) -> None:
    exhibit = show_edition(Workspace(served.folder), "library")
    page = served.get(f"{edition_of(served)}/en").text

    linked = {int(index) for index in re.findall(r"/numbers/(\d+)\"", page)}
    sourced = {index for index, each in enumerate(exhibit.numbers) if each.sources}
    assert len(sourced) > 80
    assert sourced <= linked
    assert not linked & {index for index, each in enumerate(exhibit.numbers) if each.kind == "page-number"}
    assert page.count('<figure class="sheet"') == exhibit.edition.files[0][4]


def test_a_number_leads_to_the_words_of_its_document(served: Served) -> None:
    exhibit = show_edition(Workspace(served.folder), "library")
    index = next(n for n, each in enumerate(exhibit.numbers) if (each.kind, each.of) == ("fact", "readers.2024"))

    page = served.get(f"{edition_of(served)}/en/numbers/{index}").text
    part = served.get(f"{edition_of(served)}/en/numbers/{index}?part=evidence").text

    for text in (page, part):
        assert "<mark>In 2024 the library had 12,500 readers</mark>" in text
        assert "data/library/facts.csv:2" in text
        assert "about 13,000 readers" in text
    assert "<html" in page
    assert "<html" not in part


@pytest.mark.slow
def test_a_value_that_the_edition_before_printed_says_so(fresh: Served) -> None:
    pipeline.build(Workspace(fresh.folder), pipeline.Request())
    loans = fresh.folder / "data/library/series/loans.csv"
    before = loans.read_text("utf-8")
    assert "2024,43000," in before
    loans.write_text(before.replace("2024,43000,", "2024,43900,"), "utf-8")
    pipeline.build(Workspace(fresh.folder), pipeline.Request())
    numbers = show_edition(Workspace(fresh.folder), "library").numbers
    index = next(index for index, each in enumerate(numbers) if (each.kind, each.numeral) == ("former", "43,000"))
    older = re.sub(r"\d+\Z", "1", edition_of(fresh))
    assert f'<a href="{edition_of(fresh)}/en">' in fresh.get(f"{older}/en").text, "an older edition leads to the current one"
    assert "The current edition is another one" not in fresh.get(f"{edition_of(fresh)}/en").text
    assert '<a href="/topics/library">' in fresh.get(f"{older}/en").text

    part = fresh.get(f"{edition_of(fresh)}/en/numbers/{index}?part=evidence").text

    assert "What the edition before printed" in part
    assert "loans 2024" in part


@pytest.mark.parametrize("index", ["99999", "-1", "x", "0"])
def test_a_number_behind_which_nothing_stands_has_no_page(served: Served, index: str) -> None:
    assert show_edition(Workspace(served.folder), "library").numbers[0].kind == "edition"

    assert served.get(f"{edition_of(served)}/en/numbers/{index}").status in (404, 422)


def test_an_edition_is_opened_in_a_language_it_has(served: Served) -> None:
    answer = served.get(edition_of(served), accept_language="zh")

    assert (answer.status, answer["location"]) == (303, f"{edition_of(served)}/en")
    assert served.get(f"{edition_of(served)}/zh").status == 404


@pytest.mark.parametrize(("page", "status"), [("1", 200), ("4", 404), ("0", 422), ("x", 422)])
def test_pages_are_sent_as_pictures(served: Served, page: str, status: int) -> None:
    assert served.get(f"{edition_of(served)}/en/pages/{page}.png").status == status


def test_the_record_is_shown(served: Served) -> None:
    edition = show_edition(Workspace(served.folder), "library").edition
    page = served.get(f"{edition_of(served)}/record").text

    assert edition.files[0][2] in page
    assert edition.digest in page
    assert re.search(r"\d{1,2} \w+ 20\d\d, \d\d:\d\d UTC</time>", page)
    assert f"<td>{edition.files[0][3]:,}</td>" in page
    assert "data/library/facts.csv" in page
    assert "Every file is as it was kept." in page


@pytest.mark.slow
def test_a_damaged_pdf_is_not_shown(fresh: Served) -> None:
    pipeline.build(Workspace(fresh.folder), pipeline.Request())
    edition = show_edition(Workspace(fresh.folder), "library").edition
    (fresh.folder / "reports/library" / edition.id / edition.files[0][1]).write_bytes(b"%PDF-1.7 another")

    assert fresh.get(f"/editions/library/{edition.id}/en").status == 410
    assert 'role="alert"' in fresh.get(f"/editions/library/{edition.id}/record").text


# --- findings -------------------------------------------------------------------------------------


@pytest.mark.slow
def test_findings_are_a_work_list_by_file(fresh: Served) -> None:
    path = fresh.folder / "data/library/text.en.md"
    path.write_text(path.read_text("utf-8") + "\nThere are 77 <b>shelves</b>.\n", "utf-8")

    page = fresh.get("/findings").text

    first = page.index('<section class="file">')
    assert page.index("data/library/text.en.md") > first
    assert page.index("data/library/text.en.md") < page.index("data/candidates.csv"), "what stops a build stands first"
    assert "a typed number, &#39;77&#39;" in page
    assert "<dt>Cure</dt>" in page
    assert "<b>shelves" not in page
    lock = fresh.folder / "data/evidence.lock"
    assert not lock.exists(), "looking changes nothing"


@pytest.mark.slow
def test_what_a_message_quotes_as_code_is_shown_as_code_and_escaped(fresh: Served) -> None:
    vocabulary = fresh.folder / "data/vocabulary.toml"
    vocabulary.write_text(vocabulary.read_text("utf-8") + '\n[metrics.odd]\nlabel = "Odd"\n"`<b>x</b>`" = 1\n', "utf-8")

    page = fresh.get("/findings").text

    assert "<code>&lt;b&gt;x&lt;/b&gt;</code>" in page
    assert "<code>briefing ingest FILE</code>" not in page
    assert "<b>x" not in page


# --- builds ---------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_form_makes_an_edition_and_shows_what_became_of_it(fresh: Served) -> None:
    asked = send(fresh, "/topics/library/builds", languages=["en"])
    assert asked.status == 303
    page = asked["location"]
    assert re.fullmatch(r"/builds/\w+", page)
    first = fresh.get(page).text
    await_true(lambda: "Open edition" in fresh.get(page).text)
    last = fresh.get(page).text

    assert '<meta http-equiv="refresh"' not in last
    (address,) = re.findall(r'class="result" href="([^"]+)"', last)
    assert fresh.get(address).status == 200
    assert "Being made" in first or "Open edition" in first
    again = fresh.get(send(fresh, "/topics/library/builds", languages=["en"])["location"]).text
    assert "nothing has changed" in again


@pytest.mark.slow
def test_a_build_that_fails_shows_why(fresh: Served) -> None:
    path = fresh.folder / "data/library/text.en.md"
    path.write_text(path.read_text("utf-8") + "\nThere are 77 shelves.\n", "utf-8")

    page = send(fresh, "/topics/library/builds")["location"]
    await_true(lambda: "Failed" in fresh.get(page).text)

    shown = fresh.get(page).text
    assert "a typed number" in shown
    assert '<strong class="severity">Error</strong>' in shown
    assert "<dt>Expected</dt>" in shown
    assert "nothing was kept; the findings say why" in shown
    assert "<h1>City Library – Failed</h1>" in shown
    assert shown.count("stopped here") == 1
    assert not (fresh.folder / "reports").exists()


@pytest.mark.parametrize(
    ("fields", "status"),
    [({"as_of": "yesterday"}, 422), ({"as_of": "2999-01-01"}, 409), ({"strict": "perhaps"}, 422), ({"as_of": "2024-02-30"}, 422)],
)
def test_a_form_that_says_what_cannot_be_is_refused(served: Served, fields: dict[str, str], status: int) -> None:
    assert send(served, "/topics/library/builds", **fields).status == status


def test_a_form_of_another_site_moves_nothing(served: Served) -> None:
    answer = served.ask(
        "POST", "/topics/library/builds", b"", content_type="application/x-www-form-urlencoded", sec_fetch_site="cross-site"
    )

    assert answer.status == 403


# --- review ---------------------------------------------------------------------------------------


def candidates(served: Served) -> list[dict[str, str]]:
    text = (served.folder / "data/candidates.csv").read_text("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def line_of(served: Served, metric: str) -> tuple[int, dict[str, str]]:
    """Return the line of the review file that proposes a metric; every row of it is one line."""
    rows = candidates(served)
    index = next(number for number, row in enumerate(rows) if row["metric"] == metric)
    return index + 2, rows[index]


def decide(served: Served, metric: str, decision: str, **cells: str) -> Answer:
    line, row = line_of(served, metric)
    return send(served, f"/review/{line}", said=row["said"], of=row["source"], decision=decision, **cells)


def test_candidates_stand_with_their_words_in_the_document(served: Served) -> None:
    page = served.get("/review").text

    assert len(re.findall(r'<form method="post" action="/review/\d+"', page)) == len(candidates(served))
    assert re.search(r"<mark>[^<]*13,100 readers[^<]*</mark>", page)
    assert 'name="decision" value="yes"' in page
    assert re.search(r"уверенность[^<]*: [01],\d\d<", served.get("/review", accept_language="ru").text)


@pytest.mark.slow
def test_what_is_accepted_corrected_and_rejected_enters_the_workspace_when_it_is_asked_for(fresh: Served) -> None:
    assert decide(fresh, "readers", "yes", basis="own", topic="library").status == 303
    assert decide(fresh, "room_cost", "no", reason="Not  about\r\nthe reading room.").status == 303
    facts = fresh.folder / "data/library/facts.csv"
    before = facts.read_text("utf-8")
    assert [row["accept"] for row in candidates(fresh) if row["accept"]] == ["yes", "no"]

    answer = fresh.ask("POST", "/review", b"", content_type="application/x-www-form-urlencoded")

    assert answer.status == 200
    assert "1 fact was taken, 1 was set aside." in answer.text
    added = facts.read_text("utf-8").removeprefix(before)
    assert "13100" in added
    assert ",own,R25," in added
    assert "Not about the reading room." in (fresh.folder / "data/set-aside.csv").read_text("utf-8")
    assert not [row for row in candidates(fresh) if row["accept"]]


@pytest.mark.slow
def test_what_cannot_be_a_fact_is_told_and_nothing_is_written(fresh: Served) -> None:
    facts = fresh.folder / "data/library/facts.csv"
    before = facts.read_bytes()
    decide(fresh, "readers", "yes", value="99999", topic="library")

    answer = fresh.ask("POST", "/review", b"", content_type="application/x-www-form-urlencoded")

    assert answer.status == 409
    assert "Nothing was taken" in answer.text
    assert "data/candidates.csv" in answer.text
    line, _ = line_of(fresh, "readers")
    assert f'<a class="line" href="/review#c{line}">line {line}</a>' in answer.text
    assert facts.read_bytes() == before


@pytest.mark.slow
def test_a_candidate_that_is_another_one_by_now_is_not_decided(fresh: Served) -> None:
    line, row = line_of(fresh, "readers")
    before = (fresh.folder / "data/candidates.csv").read_bytes()

    for fields in ({"said": "other words", "of": row["source"]}, {"said": row["said"], "of": "OTHER"}, {}):
        told = send(fresh, f"/review/{line}", decision="yes", **fields)
        assert told.status == 409
        assert "the candidate is not in the list any more" in told.text
    assert send(fresh, "/review/999", said=row["said"], of=row["source"], decision="yes").status == 409

    assert (fresh.folder / "data/candidates.csv").read_bytes() == before


def form_at(page: str, metric: str) -> tuple[str, dict[str, str]]:
    """Return address and fields of the form that a page shows for the candidate of a metric."""
    forms = re.findall(r'<form method="post" action="(/review/\d+)".*?</form>', page, re.DOTALL)
    for address in forms:
        (form,) = re.findall(rf'<form method="post" action="{address}".*?</form>', page, re.DOTALL)
        fields = {name: unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form)}
        if fields["metric"] == metric:
            return address, {name: fields[name] for name in ("said", "of", "was", "metric")}
    raise AssertionError(f"no form for {metric}")


@pytest.mark.slow
def test_what_somebody_else_decided_meanwhile_is_not_written_over(fresh: Served) -> None:
    address, fields = form_at(fresh.get("/review").text, "readers")
    assert send(fresh, address, **fields, decision="yes").status == 303
    assert send(fresh, address, **fields, decision="yes").status == 303, "a second click says the same"
    before = (fresh.folder / "data/candidates.csv").read_bytes()

    late = send(fresh, address, **fields, decision="no")

    assert late.status == 409
    assert f"somebody else has changed the candidate “{fields['said']}” since you saw it" in late.text
    assert f'<a href="#c{address.rpartition("/")[2]}">' in late.text
    assert (fresh.folder / "data/candidates.csv").read_bytes() == before
    address, fields = form_at(late.text, "readers")
    assert send(fresh, address, **fields, decision="no").status == 303, "on what is shown now it may be decided"


@pytest.mark.slow
def test_a_candidate_is_found_again_when_those_above_it_were_taken_over(fresh: Served) -> None:
    page = fresh.get("/review").text
    lines = {metric: int(form_at(page, metric)[0].rpartition("/")[2]) for metric in ("readers", "room_cost")}
    first, second = sorted(lines, key=lambda metric: lines[metric])
    decide(fresh, first, "no")
    take = {"content_type": "application/x-www-form-urlencoded"}
    assert fresh.ask("POST", "/review", b"", **take).status == 200
    assert line_of(fresh, second)[0] < lines[second]

    address, fields = form_at(page, second)
    assert send(fresh, address, **fields, decision="no").status == 303

    assert line_of(fresh, second)[1]["accept"] == "no"
    assert fresh.ask("POST", "/review", b"", **take).status == 200
    again = fresh.ask("POST", "/review", b"", **take)
    assert (again.status, again["location"]) == (303, "/review"), "nothing is left to take over: no page says so many facts"


@pytest.mark.slow
def test_a_review_file_that_cannot_be_read_is_told(fresh: Served) -> None:
    (fresh.folder / "data/candidates.csv").write_text("accept;topic\nyes;library\n", "utf-8")

    answer = fresh.get("/review")

    assert answer.status == 409
    assert "data/candidates.csv" in answer.text


@pytest.mark.slow
def test_no_page_puts_western_marks_between_chinese_words(fresh: Served) -> None:
    pipeline.build(Workspace(fresh.folder), pipeline.Request())
    decide(fresh, "room_cost", "no")
    edition = edition_of(fresh)
    pages = {path: fresh.get(path, accept_language="zh").text for path in ("/", "/topics/library", "/findings", "/review", "/status", f"{edition}/record")}
    take = {"content_type": "application/x-www-form-urlencoded", "accept_language": "zh"}
    pages["taken"] = fresh.ask("POST", "/review", b"", **take).text

    western = {path: re.findall(r"[\u4e00-\u9fff] ?\d* ?[,:;.?!](?:\s|<)[^<]*", page) for path, page in pages.items()}
    assert western == {path: [] for path in pages}
