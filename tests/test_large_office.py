"""The web door of a large office: pages show a part of what there is, lead to the rest, and read no more than they show."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from conftest import PROJECT
from workspaces import branches, edit

from generator import archive
from generator.decisions import list_candidates
from generator.review import FILE as REVIEW
from generator.review import CandidateFact, write_candidates
from generator.web import preview, shelf
from generator.web.app import create_app
from generator.web.builds import Asked, Builds
from generator.web.journal import open_journal
from generator.web.ordering import BUILDS
from generator.web.overview import CARDS, EDITIONS, FINDINGS
from generator.web.settings import Serving
from generator.web.shell import Shell
from generator.workspace import Workspace

TOPICS = [f"t{number:02}" for number in range(30)]
_OPENED: list[list[str]] = []


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open" and _OPENED and isinstance(arguments[0], str | Path):
        _OPENED[-1].append(str(arguments[0]))


sys.addaudithook(_note)


@contextmanager
def opened() -> Iterator[list[str]]:
    """Give the names of the files that are opened meanwhile, by whatever thread."""
    _OPENED.append([])
    try:
        yield _OPENED[-1]
    finally:
        _OPENED.pop()


@dataclass(frozen=True)
class Office:
    """A workspace of thirty topics, and the application that serves it, without a process of its own."""

    folder: Path
    app: Any

    def get(self, address: str) -> str:
        """Return what is answered to a reader on this machine."""
        status, _, text = self.ask("GET", address)
        assert status == 200, (address, text)
        return text

    def post(self, address: str, *, expected: int = 303, **fields: str) -> str:
        """Send a form, and return where its answer leads."""
        status, location, text = self.ask("POST", address, urlencode(fields).encode())
        assert status == expected, (address, text)
        return location

    def ask(self, method: str, address: str, body: bytes = b"") -> tuple[int, str, str]:
        """Return status, where it leads, and text of an answer to a reader on this machine."""
        path, _, query = address.partition("#")[0].partition("?")
        headers = [(b"host", b"localhost"), (b"content-type", b"application/x-www-form-urlencoded")]
        scope = {"type": "http", "http_version": "1.1", "method": method, "path": path, "raw_path": path.encode(),
                 "scheme": "http", "query_string": quote(query, safe="=&+%").encode(), "client": ("127.0.0.1", 1),
                 "headers": [*headers, (b"content-length", str(len(body)).encode())],
                 "server": ("127.0.0.1", 1)}  # fmt: skip
        said: list[dict[str, Any]] = []

        async def send(message: dict[str, Any]) -> None:
            said.append(message)

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        asyncio.run(self.app(scope, receive, send))
        text = b"".join(message.get("body", b"") for message in said[1:]).decode()
        return said[0]["status"], dict(said[0]["headers"]).get(b"location", b"").decode(), text

    def leaves(self, address: str) -> Iterator[str]:
        """Yield the pages of a list, as its links lead from one to the next."""
        while address:
            page = self.get(address)
            yield page
            found = re.search(r'<nav class="parts".*?<a href="([^"]+)" rel="next">', page, re.DOTALL)
            address = unescape(found[1]) if found else ""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    workspace = branches(tmp_path_factory.mktemp("office") / "large", TOPICS)
    edit(workspace.root / "data/t07/topic.toml", 'title = "Branch t07"', 'title = "Überseehäfen & Co."')
    for topic in ("t00", "t01"):
        for number in range(1, 121):
            keep(workspace.reports, topic, number)
    facts = workspace.root / "data/t02/facts.csv"
    odd = "".join(f"t02.odd{number},nothing,t02,2024,1,,reader,,,T02,,normal,,,,\n" for number in range(60))
    facts.write_text(facts.read_text("utf-8") + odd, "utf-8")
    return Office(workspace.root, create_app(workspace, Serving(schedules=False), log=[].append))


def keep(reports: Path, topic: str, number: int) -> None:
    """Keep an edition whose one PDF is a line."""
    name = f"{topic}-2025-01-01.{number}.en.pdf"
    record = {"topic": topic, "edition": f"2025-01-01.{number}", "number": number, "date": "2025-01-01", "as_of": None,
              "digest": "ab" * 32, "languages": ["en"],
              "files": [{"language": "en", "name": name, "sha256": "ab" * 32, "bytes": 4, "pages": 1}]}  # fmt: skip
    archive.keep(reports, record, {name: b"%PDF"})


def records(names: list[str]) -> list[str]:
    """Return which of some files are records of editions: their topics and names."""
    return [f"{Path(name).parts[-3]}/{Path(name).parts[-2]}" for name in names if Path(name).name == archive.RECORD]


def titles(page: str) -> list[str]:
    return re.findall(r"<li class=\"card\">.*?<h2>(?:<a [^>]*>)?([^<]+)<", page, re.DOTALL)


def test_the_start_page_shows_a_page_of_the_topics_and_leads_to_the_others(office: Office) -> None:
    first, second = office.leaves("/")

    assert (len(titles(first)), len(titles(second))) == (CARDS, len(TOPICS) - CARDS)
    assert len(set(titles(first) + titles(second))) == len(TOPICS)
    assert "1 to 24 of 30" in first
    assert "25 to 30 of 30" in second
    assert re.search(r'<a href="/" rel="prev">', second)


@pytest.mark.parametrize(
    ("find", "found"), [("ÜBERSEE", 1), ("co.+überseehäfen", 1), ("t07", 1), ("branch", 29), ("branch+co.", 0), ("", 30)]
)
def test_a_topic_is_found_by_words_of_its_title(office: Office, find: str, found: int) -> None:
    shown = [title for page in office.leaves(f"/?find={find}") for title in titles(page)]

    assert len(shown) == found
    page = office.get(f"/?find={find}")
    assert ("Nothing has these words." in page) == (found == 0)
    assert re.search(r'<input type="search" [^>]*value="' + re.escape(find.replace("+", " ")) + '"', page)


def test_another_language_is_chosen_where_one_is(office: Office) -> None:
    page = office.get("/findings?topic=t02&severity=error&find=nothing&start=50")

    back = unescape(re.findall(r'href="/language/zh\?back=([^"]+)"', page)[0])
    assert all(word in back for word in ("topic%3Dt02", "severity%3Derror", "find%3Dnothing", "start%3D50")), back


def test_the_start_page_reads_only_the_topics_that_it_shows_and_of_each_the_newest_edition(office: Office) -> None:
    office.get("/")

    with opened() as names:
        office.get("/?find=t01")

    assert set(records(names)) == {"t01/2025-01-01.120"}
    assert not [name for name in names if "/data/t05/" in name]


def test_a_topic_shows_a_page_of_its_editions_the_newest_first_and_reads_no_others(office: Office) -> None:
    with opened() as names:
        page = office.get("/topics/t00?start=50")

    shown = re.findall(r'<tr><td><a href="/editions/t00/[^"]+">2025-01-01\.(\d+)<', page)
    assert shown == [str(number) for number in range(70, 20, -1)]
    assert set(records(names)) <= {f"t00/2025-01-01.{number}" for number in [*range(21, 71), 120]}
    assert [len(re.findall("<tr><td>", each)) for each in office.leaves("/topics/t00")] == [EDITIONS, EDITIONS, 20]


def test_an_edition_whose_record_is_broken_hides_no_other(tmp_path: Path) -> None:
    workspace = branches(tmp_path / "small", ["one"])
    for number in (1, 2, 3):
        keep(workspace.reports, "one", number)
    (workspace.reports / "one/2025-01-01.2/record.json").write_text("{", "utf-8")
    office = Office(workspace.root, create_app(workspace, Serving(schedules=False), log=[].append))

    page = office.get("/topics/one")

    assert len(re.findall(r'<a href="/editions/one/2025-01-01\.[13]">', page)) == 2
    assert re.search(r'<tr><td>2025-01-01\.2</td><td colspan="3" lang="en">the record cannot be read', page)


def test_the_api_reads_the_editions_that_it_answers_with_and_counts_all(office: Office) -> None:
    with opened() as names:
        told = json.loads(office.get("/api/v1/editions?limit=3&offset=118"))

    assert [(each["topic"], each["number"]) for each in told["items"]] == [("t00", 119), ("t00", 120), ("t01", 1)]
    assert told["total"] == 240
    assert sorted(records(names)) == ["t00/2025-01-01.119", "t00/2025-01-01.120", "t01/2025-01-01.1"]
    assert json.loads(office.get("/api/v1/editions?topic=t01&limit=1"))["total"] == 120
    assert json.loads(office.get("/api/v1/editions?topic=t05"))["total"] == 0


def test_the_api_looks_up_the_newest_editions_of_the_topics_that_it_answers_with(office: Office) -> None:
    with opened() as names:
        told = json.loads(office.get("/api/v1/topics?limit=1&offset=1"))
        one = json.loads(office.get("/api/v1/topics/t01"))

    assert told["total"] == len(TOPICS)
    assert told["items"] == [one]
    assert set(records(names)) == {"t01/2025-01-01.120"}


def test_findings_come_a_page_at_a_time_and_none_is_lost(office: Office) -> None:
    pages = list(office.leaves("/findings?topic=t02&severity=error"))

    shown = [re.findall(r'<li class="error">\n(.*?)</dl>', page, re.DOTALL) for page in pages]
    assert [len(each) for each in shown[:-1]] == [FINDINGS] * (len(pages) - 1)
    assert len({each for page in shown for each in page}) == sum(map(len, shown)) > 2 * FINDINGS
    assert all(f"{sum(map(len, shown))} errors" in page for page in pages)


def test_findings_are_found_by_their_words_and_their_kind(office: Office) -> None:
    found = office.get("/findings?find=odd59+NOTHING")
    assert "1 error ·" in found
    assert "t02.odd59" in found
    assert "0 errors" in office.get("/findings?find=no-such-word")
    assert "Nothing has these words." in office.get("/findings?find=no-such-word")
    assert 'value="t02" selected' in office.get("/findings?topic=t02")


# --- review ---------------------------------------------------------------------------------------


@pytest.fixture
def desk(tmp_path: Path) -> Office:
    """An office with fifty candidates of two documents that wait for review."""
    workspace = branches(tmp_path / "desk", ["one"])
    rows = [
        CandidateFact(source=("EVEN", "ODD")[number % 2], said=f"{number} readers", anchor=f"there were {number} readers",
                      value=str(number), metric="one_readers", entity="one", period="2024", unit="reader", topic="one")
        for number in range(50)
    ]  # fmt: skip
    (workspace.root / REVIEW).write_text(write_candidates(rows), "utf-8")
    return Office(workspace.root, create_app(workspace, Serving(schedules=False), log=[].append))


def decisions(desk: Office) -> dict[str, str]:
    """Return what was decided on which candidates."""
    return {row.said: row.accept for row in list_candidates(Workspace(desk.folder)) if row.accept}


def said(page: str) -> list[str]:
    return re.findall(r"<h2><q>([^<]+)</q>", page)


def forms(page: str) -> dict[str, tuple[str, dict[str, str]]]:
    """Return address and hidden fields of each form that decides, by what it is about; "" for that of the page."""
    found = {}
    for address, form in re.findall(r'<form method="post" action="(/review/[^"]+)".*?>(.*?)</form>', page, re.DOTALL):
        fields = {name: unescape(value) for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)}
        found[fields.get("said", "")] = unescape(address), fields
    return found


def test_candidates_are_gone_through_by_source_decision_and_words(desk: Office) -> None:
    odd = list(desk.leaves("/review?source=ODD"))

    assert [len(said(page)) for page in odd] == [20, 5]
    assert {int(name.split()[0]) % 2 for page in odd for name in said(page)} == {1}
    assert "EVEN (25)" in odd[0]
    assert said(desk.get("/review?find=READERS+17")) == ["17 readers"]
    assert said(desk.get("/review?state=accepted")) == []
    assert "Nothing has these words." in desk.get("/review?state=accepted")


def test_a_decision_leads_to_the_next_one_of_those_that_are_gone_through(desk: Office) -> None:
    address = "/review?source=ODD&state=undecided"
    for number in range(1, 50, 2):
        assert said(desk.get(address))[0] == f"{number} readers"
        action, fields = forms(desk.get(address))[f"{number} readers"]
        address = desk.post(action, **fields, decision="no")
        page, _, seat = address.partition("#")
        assert page == "/review?source=ODD&state=undecided"
        assert number == 49 or f'<li id="{seat}"' in desk.get(page)

    assert set(decisions(desk).values()) == {"no"}
    assert len(decisions(desk)) == 25
    assert len(said(desk.get("/review?source=EVEN&state=undecided"))) == 20


def test_all_that_a_page_shows_is_decided_at_once_but_for_what_was_decided_before(desk: Office) -> None:
    action, fields = forms(desk.get("/review"))["3 readers"]
    desk.post(action, **fields, decision="yes")
    page = desk.get("/review")
    assert "Reject 19 undecided on this page" in page

    action, fields = forms(page)[""]
    assert desk.post(action, **fields, decision="no") == "/review?start=20"

    assert decisions(desk) == {f"{number} readers": "yes" if number == 3 else "no" for number in range(20)}
    assert desk.post(action, **fields, decision="yes", expected=409) == ""
    assert len(decisions(desk)) == 20, "what is not shown any more is not decided"
    action, fields = forms(desk.get("/review?state=undecided"))[""]
    assert desk.post(action, **fields, decision="yes") == "/review?state=undecided"
    assert len(said(desk.get("/review?state=undecided"))) == 10


def test_a_candidate_is_decided_with_one_step_of_the_keyboard_from_its_head(desk: Office) -> None:
    page = desk.get("/review")

    (card,) = re.findall(r'<li id="c2".*?</li>', page, re.DOTALL)
    focusable = re.findall(r"<(?:input name|input id|button|select)[^>]*", card)
    assert focusable[0] == '<button name="decision" value="yes"'
    assert '<select id="topic' not in card, "a page does not list every topic in each of its forms"


# --- the files of the workspace -------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/", "/topics/t00", "/findings", "/api/v1/topics", "/api/v1/facts?limit=1"])
def test_a_page_looks_at_the_files_of_the_workspace_once(
    office: Office, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    office.get(address)
    looks: list[Path] = []
    look = shelf._stamp

    def counted(root: Path, documents: Path | None) -> Iterator[tuple[str, int, int]]:
        looks.append(root)
        return look(root, documents)

    monkeypatch.setattr(shelf, "_stamp", counted)
    office.get(address)

    assert looks == [office.folder]


def test_a_decision_on_a_candidate_lets_nothing_be_learnt_anew(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    action, fields = forms(desk.get("/review"))["3 readers"]
    learnt: list[Path] = []
    learn = shelf.learn_again

    def counted(workspace: Workspace, *arguments: Any, **options: Any) -> Any:
        learnt.append(workspace.root)
        return learn(workspace, *arguments, **options)

    monkeypatch.setattr(shelf, "learn_again", counted)
    address = desk.post(action, **fields, decision="yes")
    page = desk.get(address)

    assert '<li id="c5" class="candidate accepted">' in page
    assert learnt == []
    edit(desk.folder / "data/one/text.en.md", "Loans rose.", "Loans fell.")
    desk.get(address)
    assert learnt == [desk.folder]


def test_what_changed_between_two_requests_is_seen(tmp_path: Path) -> None:
    workspace = branches(tmp_path / "small", ["one"])
    office = Office(workspace.root, create_app(workspace, Serving(schedules=False), log=[].append))
    assert titles(office.get("/")) == ["Branch one"]

    edit(workspace.root / "data/one/topic.toml", '"Branch one"', '"The first branch"')

    assert titles(office.get("/")) == ["The first branch"]
    assert json.loads(office.get("/api/v1/topics"))["items"][0]["title"] == "The first branch"


def test_documents_are_summed_up_once_until_a_file_changes(tmp_path: Path) -> None:
    workspace = branches(tmp_path / "small", ["one"])
    keep(workspace.reports, "one", 1)
    document = workspace.root / "data/sources/report.txt"
    document.parent.mkdir()
    document.write_text("Words.", "utf-8")
    edit(workspace.root / "data/sources.toml", "[ONE]", '[ONE]\nlanguage = "en"\ndocument = "report.txt"\nsha256 = "' + "ab" * 32 + '"')
    office = Office(workspace.root, create_app(workspace, Serving(schedules=False), log=[].append))
    office.app.state.door.shelf.findings(office.app.state.door.today())
    office.get("/")

    with opened() as again:
        office.get("/")
    document.write_text("Other words.", "utf-8")
    with opened() as changed:
        office.get("/")

    assert str(document) not in again
    assert str(document) in changed


# --- builds, preview ------------------------------------------------------------------------------


def test_the_builds_that_wait_are_listed_the_newest_first_and_lead_to_their_pages(office: Office) -> None:
    door = office.app.state.door
    with open_journal(office.folder / ".briefing") as journal:
        chances = iter(range(100))
        door._held.append(Builds(journal, 100, 600, lambda: datetime.now(UTC), lambda: f"{next(chances):032}"))
        for topic in TOPICS:
            for strict in (False, True):
                door.builds.create(Workspace(office.folder), Asked(topic, strict=strict), "anna")
        door.builds.cancel(f"{5:032}")
        pages = list(office.leaves("/builds"))
        door._held.clear()

    listed = [re.findall(r'<tr><th scope="row"><a href="/builds/0*(\d+)">([^<]+)</a></th><td>([^<]+)</td>', page) for page in pages]
    assert [len(each) for each in listed] == [BUILDS, 10]
    assert [int(number or 0) for page in listed for number, *_ in page] == list(range(59, -1, -1))
    assert listed[0][0][1:] == ("Branch t29", "Waiting")
    assert [row[1:] for row in listed[1] if row[0] == "5"] == [("Branch t02", "Cancelled")]
    assert "Waiting: 59 · Cancelled: 1" in pages[0]


@pytest.mark.parametrize(("topics", "listed", "hidden"), [(12, 12, 0), (13, 1, 12)])
def test_a_preview_of_many_topics_lists_its_own_and_the_others_when_asked(topics: int, listed: int, hidden: int) -> None:
    shell = Shell(Workspace(PROJECT))
    environment = shell._environment
    keys = [(f"t{number}", ["en", "zh"]) for number in range(topics)]
    source = environment.loader.get_source(environment, "preview.html")[0]
    nav = source[source.index("{% macro choice") : source.index("{% block title")]
    nav += source[source.index('<nav id="choices"') : source.index("</nav>")]

    html = environment.from_string(nav).render(
        _=str, keys=keys, few=topics <= preview._FEW, topic="t0", tongue="en"
    )

    before, _, after = html.partition("<details>")
    assert (len(re.findall("<li>", before)), len(re.findall("<li>", after))) == (listed, hidden)
    assert 'href="/preview/t0/en" aria-label="t0 en" aria-current="page"' in before
