"""The connectors: one suite for all of them, over the examples of docs/connectors.md; then each one's own traps.

To add one, add a `Case`: its example is the first block of its section in docs/connectors.md.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from publisher import Publisher, Reply, data
from wired import INDICATOR, LOANS, STORED, files, run, wire, worldbank

from generator.connectors import NAMES
from generator.refresh import Renewal

ROOT = Path(__file__).resolve().parent.parent
DOCS = (ROOT / "docs/connectors.md").read_text("utf-8")
RECORDED = Path(__file__).resolve().parent / "recorded"
HTML = b"<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head><body>502</body></html>\n"


@dataclass(frozen=True)
class Case:
    """An example's publisher: the answers by path, what is asked of each, and the values that are read."""

    name: str
    answers: dict[str, tuple[bytes, str]]
    asked: list[dict[str, str]]
    values: dict[str, str]
    prefix: str = "/v2"
    key: str = ""
    edits: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name


CASES = (
    Case(
        "worldbank",
        {INDICATOR: (worldbank({**STORED, "2025": 45000.5}), "application/json")},
        [{"format": "json", "per_page": "1000"}],
        {"2019": "40000", "2020": "18000", "2021": "25500", "2023": "41250", "2024": "43000", "2025": "45000.5"},
    ),
)
EVERY = pytest.mark.parametrize("case", CASES, ids=str)


def example(name: str) -> str:
    """Return the sidecar of a connector's section."""
    section = re.search(rf"^## {name}: .*?```toml\n(.*?)```", DOCS, re.MULTILINE | re.DOTALL)
    assert section, f"docs/connectors.md has no section '{name}' with an example"
    return "\n" + section[1]


def connect(project: Path, publisher: Publisher, case: Case, reply: Callable[[bytes, str], Reply] = data) -> Path:
    """Connect the loans to a case's publisher."""
    connector = example(case.name)
    for old, new in case.edits.items():
        assert old in connector
        connector = connector.replace(old, new.format(url=publisher.url))
    wire(project, publisher, connector)
    for path, (body, kind) in case.answers.items():
        publisher.on(path, reply(body, kind))
    (project / f"{LOANS}.csv").unlink()
    return project


def refreshed(project: Path) -> Renewal:
    (renewal,) = run(project)
    return renewal


def stored(project: Path) -> dict[str, str]:
    rows = (line.split(",") for line in (project / f"{LOANS}.csv").read_text().splitlines()[1:])
    return {row[0]: row[1] for row in rows}


def test_every_connector_has_a_case_and_a_section() -> None:
    assert sorted(case.name for case in CASES) == sorted(NAMES)
    assert re.findall(r"^## (\w+): ", DOCS, re.MULTILINE) == [case.name for case in CASES]


@EVERY
def test_the_example_asks_and_reads_what_the_docs_say(case: Case, project: Path, publisher: Publisher) -> None:
    connect(project, publisher, case)

    renewal = refreshed(project)

    assert renewal.state == "changed", renewal
    assert [query for path in case.answers for query in publisher.queries(path)] == case.asked
    assert stored(project) == case.values


@EVERY
@pytest.mark.parametrize("status", [200, 500], ids=["HTTP 200", "HTTP 500"])
def test_c10_an_error_page_in_place_of_data_is_named_and_nothing_changes(
    case: Case, status: int, project: Path, publisher: Publisher
) -> None:
    connect(project, publisher, case, lambda *_: data(HTML, "text/html", status))
    before = files(project)

    renewal = refreshed(project)

    assert (renewal.state, renewal.exit_code) == ("failed", 3)
    assert "an HTML page" in renewal.error if status == 200 else "HTTP 500" in renewal.error
    assert publisher.url in renewal.error
    assert files(project) == before


@EVERY
@pytest.mark.parametrize("body", [b"", b'{"error": "rate limit"}'], ids=["empty", "an error in JSON"])
def test_c10_c11_an_answer_without_data_changes_nothing(
    case: Case, body: bytes, project: Path, publisher: Publisher
) -> None:
    connect(project, publisher, case, lambda _, kind: data(body, kind))
    before = files(project)

    renewal = refreshed(project)

    assert (renewal.state, renewal.exit_code) == ("failed", 3), renewal
    assert files(project) == before


@EVERY
@pytest.mark.parametrize("part", [0.2, 0.5, 0.8, 0.95])
def test_c04_an_answer_that_is_cut_changes_nothing(
    case: Case, part: float, project: Path, publisher: Publisher
) -> None:
    connect(project, publisher, case, lambda body, kind: data(body[: int(len(body) * part)], kind))
    before = files(project)

    renewal = refreshed(project)

    assert (renewal.state, renewal.exit_code) == ("failed", 3), renewal
    assert files(project) == before


# --- worldbank ------------------------------------------------------------------------------------------------


def rows(answer: bytes) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(answer)[1]
    return found


BANK = CASES[0]


def answered(project: Path, publisher: Publisher, *answers: bytes) -> Renewal:
    connect(project, publisher, BANK)
    publisher.on(INDICATOR, *(data(answer) for answer in answers))
    return refreshed(project)


def test_worldbank_fetches_every_page(project: Path, publisher: Publisher) -> None:
    pages = [worldbank({str(2020 + page): page}, page=page, pages=3, total=3) for page in (1, 2, 3)]

    answered(project, publisher, *pages)

    assert [query.get("page") for query in publisher.queries(INDICATOR)] == [None, "2", "3"]
    assert stored(project) == {"2021": "1", "2022": "2", "2023": "3"}


@pytest.mark.parametrize(
    ("second", "said"),
    [(worldbank({"2021": 1}, page=1, pages=2, total=2), "pages 1, 1 with 2 rows where 2 were announced"),
     (worldbank({"2020": 1}, page=2, pages=2, total=3), "pages 1, 2 with 2 rows where 2, 3 were announced"),
     (worldbank({}, page=2, pages=2, total=2), "pages 1, 2 with 1 rows where 2 were announced")],
    ids=["the same page again", "another total", "an empty page"],
)  # fmt: skip
def test_worldbank_pages_that_make_no_whole_are_refused(
    project: Path, publisher: Publisher, second: bytes, said: str
) -> None:
    first = worldbank({"2021": 1}, page=1, pages=2, total=2)

    renewal = answered(project, publisher, first, second)

    assert said in renewal.error


def test_c22_endless_pages_are_refused_without_asking_for_them(project: Path, publisher: Publisher) -> None:
    renewal = answered(project, publisher, worldbank({"2021": 1}, pages=100_000, total=10**8))

    assert "it has 100000 pages" in renewal.error
    assert len(publisher.asked) == 1


def test_worldbank_says_in_its_own_words_what_it_refuses_as_http_200(project: Path, publisher: Publisher) -> None:
    renewal = answered(project, publisher, (RECORDED / "worldbank_error_recorded.json").read_bytes())

    assert "the World Bank says: Invalid value: The provided parameter value is not valid" in renewal.error
    assert "Check country and indicator" in renewal.error


def test_worldbank_rows_of_another_country_are_refused(project: Path, publisher: Publisher) -> None:
    renewal = answered(project, publisher, (RECORDED / "worldbank_indicator_recorded.json").read_bytes())

    assert "asked for LIB.LOANS of XYZ, the answer has NY.GDP.MKTP.CD of" in renewal.error
    assert "MEX" in renewal.error


def test_worldbank_reads_the_recorded_shape(project: Path, publisher: Publisher) -> None:
    recorded = json.loads((RECORDED / "worldbank_indicator_recorded.json").read_bytes())
    mexico = [row for row in recorded[1] if row["country"]["id"] == "MX"]
    connector = example("worldbank").replace('"XYZ"', '"MEX"').replace("LIB.LOANS", "NY.GDP.MKTP.CD")
    wire(project, publisher, connector + 'since = "2024"\n')
    (project / f"{LOANS}.csv").unlink()
    path = "/v2/country/MEX/indicator/NY.GDP.MKTP.CD"
    publisher.on(path, data(json.dumps([{**recorded[0], "total": 2}, mexico]).encode()))

    renewal = refreshed(project)

    assert publisher.queries(path) == [{"format": "json", "per_page": "1000", "date": "2024:2026"}]
    assert stored(project) == {"2024": "1830489311088.89", "2025": "1832641364775.52"}
    assert renewal.origin
    assert (renewal.origin.updated, renewal.origin.title) == ("2026-07-13", "GDP (current US$)")


@pytest.mark.parametrize(
    ("value", "said"),
    [("12", "2021"), ("a few", "'a few' is no number"), (True, "'True' is no number"), ({"v": 1}, "is no number")],
)
def test_worldbank_values_are_numbers(project: Path, publisher: Publisher, value: object, said: str) -> None:
    renewal = answered(project, publisher, worldbank({"2021": value}))

    assert said in (renewal.error or str(stored(project)))


@pytest.mark.parametrize("day", ["2021-W07", "last", "2021Q5", "21"])
def test_worldbank_periods_are_periods(project: Path, publisher: Publisher, day: str) -> None:
    assert f"'{day}' is no period" in answered(project, publisher, worldbank({day: 1})).error


@pytest.mark.parametrize(
    ("days", "periods"),
    [(["2021Q1", "2021Q2"], ["2021-Q1", "2021-Q2"]), (["2021M01", "2021M12"], ["2021-01", "2021-12"])],
)
def test_worldbank_quarters_and_months(
    project: Path, publisher: Publisher, days: list[str], periods: list[str]
) -> None:
    answered(project, publisher, worldbank(dict.fromkeys(days, 1)))

    assert list(stored(project)) == periods


@pytest.mark.parametrize(
    "body",
    [b"{}", b"[]", b"[[], []]", b"[1, 2]", b'[{"page": 1}]', b'[{"page": 1, "pages": 1, "total": 1}, [{"date": "2021"}]]',
     b'[{"page": 1, "pages": 1, "total": 1}, [7]]', b'[{"page": "x", "pages": "y"}, []]', b"null", b'"text"'],
)  # fmt: skip
def test_worldbank_other_forms_are_refused(project: Path, publisher: Publisher, body: bytes) -> None:
    renewal = answered(project, publisher, body)

    assert (renewal.state, renewal.exit_code) == ("failed", 3)
    assert "World Bank" in renewal.error or "no number" in renewal.error, renewal.error


def test_worldbank_without_rows_is_empty(project: Path, publisher: Publisher) -> None:
    renewal = answered(project, publisher, b'[{"page":0,"pages":0,"per_page":0,"lastupdated":null,"total":0},null]')

    assert [finding.rule for finding in renewal.findings] == ["refresh.empty"]


@pytest.mark.parametrize("body", [b"[" * 2_000_000, b'{"a":' * 300_000, b'["' + b"x" * 40_000_000 + b'"]'])
def test_c21_a_hostile_answer_ends_in_its_child(project: Path, publisher: Publisher, body: bytes) -> None:
    renewal = answered(project, publisher, body)

    assert (renewal.state, renewal.exit_code) == ("failed", 3)
