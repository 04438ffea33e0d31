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
from tables_made import sqlite
from wired import INDICATOR, LOANS, STORED, files, outside, run, wire, worldbank

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
    edits: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name


def recorded(name: str) -> bytes:
    return (RECORDED / name).read_bytes()


def only(answer: bytes, **codes: str) -> bytes:
    """Return a recorded Comtrade answer with the rows of these codes."""
    value = json.loads(answer)
    value["data"] = [row for row in value["data"] if all(str(row[name]) == code for name, code in codes.items())]
    return json.dumps({**value, "count": len(value["data"])}).encode()


def of_counterpart(answer: bytes, code: str) -> bytes:
    """Return a recorded IMF answer with the series of one counterpart."""
    series = re.findall(rb"<Series .*?</Series>", answer, re.DOTALL)
    others = [each for each in series if f'COUNTERPART_COUNTRY="{code}"'.encode() not in each]
    assert len(others) == len(series) - 1
    for other in others:
        answer = answer.replace(other, b"")
    return answer


COMTRADE = "/v2/public/v1/preview/C/A/HS"
IMF = "/v2/data/dataflow/IMF.STA/IMTS/1.0.0/USA.XG_FOB_USD.G001.A"
UIS = "/v2/data/indicators"
SDMX = "/service/data/LIB/A.MAIN.LOANS"
SDMX_CSV = (
    b"DATAFLOW,FREQ,BRANCH,SUBJECT,TIME_PERIOD,OBS_VALUE,OBS_STATUS,UNIT_MEASURE,UNIT_MULT\r\n"
    b"EX:LIB(1.0),A,MAIN,LOANS,2021,25.5,A,LOANS,3\r\n"
    b"EX:LIB(1.0),A,MAIN,LOANS,2022,,M,LOANS,3\r\n"
    b"EX:LIB(1.0),A,MAIN,LOANS,2023,41.25,E,LOANS,3\r\n"
    b"EX:LIB(1.0),A,MAIN,LOANS,2023,7,A,HOURS,0\r\n"
)
GERMAN = (
    "Stadtbücherei: Ausleihen\n\nJahr;Haus;Art;Ausleihen;Status;Bemerkung\n2021;MAIN;Buch;10.000,5;;\n"
    "2021;MAIN;Heft;15.499,5;;\n2021;EAST;Buch;7;;\n2021;MAIN;Film;99;;\n2022;MAIN;Buch;12;;\n2022;MAIN;Heft;:;;\n"
    "davon Romane;MAIN;Buch;5;;\n2023;MAIN;Buch;41.250,5;;\n\nQuelle: Stadtbücherei; 22.11.2026\n"
)
ENROLMENT = json.loads(recorded("uis_data_indicators_recorded.json"))["records"]
CASES = (
    Case(
        "worldbank",
        {INDICATOR: (worldbank({**STORED, "2025": 45000.5}), "application/json")},
        [{"format": "json", "per_page": "1000"}],
        {"2019": "40000", "2020": "18000", "2021": "25500", "2023": "41250", "2024": "43000", "2025": "45000.5"},
    ),
    Case(
        "comtrade",
        {COMTRADE: (only(recorded("comtrade_preview_recorded.json"), flowCode="M"), "application/json")},
        [{"period": "2023,2024,2025,2026", "reporterCode": "842", "partnerCode": "392", "flowCode": "M", "cmdCode": "TOTAL",
          "partner2Code": "0", "customsCode": "C00", "motCode": "0"}],
        {"2023": "151580564290"},
    ),
    Case(
        "imf",
        {IMF: (of_counterpart(recorded("imf_imts_sdmx3_recorded.xml"), "G001"), "application/xml")},
        [{"c[TIME_PERIOD]": "ge:2023"}],
        {"2023": "2019551635133", "2024": "2065411250609"},
    ),
    Case(
        "uis",
        {UIS: (recorded("uis_data_indicators_recorded.json"), "application/json")},
        [{"indicator": "CR.1", "geoUnit": "CHE"}],
        {str(each["year"]): str(each["value"]) for each in ENROLMENT},
    ),
    Case(
        "sdmx",
        {SDMX: (SDMX_CSV, "application/vnd.sdmx.data+csv")},
        [{"startPeriod": "2021"}],
        {"2021": "25500", "2023": "41250"},
        edits={"https://data.example.org": "{url}"},
        keys={"BRIEFING_KEY_DATA_EXAMPLE": "s3cret"},
    ),
    Case(
        "file",
        {"/loans.csv": (GERMAN.encode("latin-1"), "text/csv")},
        [{}],
        {"2021": "25500", "2023": "41250.5"},
        edits={"https://data.example.org": "{url}"},
    ),
    Case("sql", {}, [], {"2021": "25500", "2023": "41250"}),
)  # fmt: skip
EVERY = pytest.mark.parametrize("case", CASES, ids=str)
PUBLISHED = pytest.mark.parametrize("case", [case for case in CASES if case.answers], ids=str)


def example(name: str, number: int = 0) -> str:
    """Return a sidecar of a connector's section."""
    section = re.search(rf"^## {name}: .*?(?=^## |\Z)", DOCS, re.MULTILINE | re.DOTALL)
    assert section, f"docs/connectors.md has no section '{name}'"
    return "\n" + re.findall(r"```toml\n(.*?)```", section[0], re.DOTALL)[number]


def connect(project: Path, publisher: Publisher, case: Case, reply: Callable[[bytes, str], Reply] = data) -> Path:
    """Connect the loans to a case's publisher."""
    connector = example(case.name)
    for old, new in case.edits.items():
        assert old in connector
        connector = connector.replace(old, new.format(url=publisher.url))
    wire(project, publisher, connector)
    for path, (body, kind) in case.answers.items():
        publisher.on(path, reply(body, kind))
    if case.name == "sql":
        sqlite(project / "data/sources/library.sqlite")
    (project / f"{LOANS}.csv").unlink()
    return project


def refreshed(project: Path, case: Case | None = None) -> Renewal:
    (renewal,) = run(project, world=outside(project, **(case.keys if case else {})))
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

    renewal = refreshed(project, case)

    assert renewal.state == "changed", renewal
    assert [query for path in case.answers for query in publisher.queries(path)] == case.asked
    assert stored(project) == case.values


@PUBLISHED
@pytest.mark.parametrize("status", [200, 500], ids=["HTTP 200", "HTTP 500"])
def test_c10_an_error_page_in_place_of_data_is_named_and_nothing_changes(
    case: Case, status: int, project: Path, publisher: Publisher
) -> None:
    connect(project, publisher, case, lambda *_: data(HTML, "text/html", status))
    before = files(project)

    renewal = refreshed(project, case)

    assert (renewal.state, renewal.exit_code) == ("failed", 3)
    assert "an HTML page" in renewal.error if status == 200 else "HTTP 500" in renewal.error
    assert publisher.url in renewal.error
    assert files(project) == before


@pytest.mark.slow
@PUBLISHED
@pytest.mark.parametrize("body", [b"", b'{"error": "rate limit"}'], ids=["empty", "an error in JSON"])
def test_c10_c11_an_answer_without_data_changes_nothing(
    case: Case, body: bytes, project: Path, publisher: Publisher
) -> None:
    connect(project, publisher, case, lambda _, kind: data(body, kind))
    before = files(project)

    renewal = refreshed(project, case)

    assert (renewal.state, renewal.exit_code) == ("failed", 3), renewal
    assert {each.path for each in publisher.asked} & set(case.answers), "the fault did not fire: nobody asked for it"
    assert files(project) == before


@pytest.mark.slow
@PUBLISHED
@pytest.mark.parametrize("part", [0.2, 0.45, 0.8, 0.95])
def test_c04_an_answer_that_is_cut_changes_nothing(
    case: Case, part: float, project: Path, publisher: Publisher
) -> None:
    def cut(body: bytes, kind: str) -> object:
        # What stands below the row that ends the table may be cut: no value is lost with it.
        table = body.partition(b"Quelle")[0]
        return data(table[: int(len(table) * part)].rstrip(), kind)

    connect(project, publisher, case, cut)
    before = files(project)

    renewal = refreshed(project, case)

    assert (renewal.state, renewal.exit_code) == ("failed", 3), renewal
    assert {each.path for each in publisher.asked} & set(case.answers), "the fault did not fire: nobody asked for it"
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


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.parametrize("body", [b"[" * 2_000_000, b'{"a":' * 300_000, b'["' + b"x" * 40_000_000 + b'"]'])
def test_c21_a_hostile_answer_ends_in_its_child(project: Path, publisher: Publisher, body: bytes) -> None:
    renewal = answered(project, publisher, body)

    assert (renewal.state, renewal.exit_code) == ("failed", 3)
    assert publisher.sent >= len(body)
    assert "nested too deeply" in renewal.error or "the answer has another form" in renewal.error, renewal.error


# --- what all of them do with another answer ---------------------------------------------------------------------


def by(name: str) -> Case:
    return next(case for case in CASES if case.name == name)


def told(case: Case, project: Path, publisher: Publisher, *answers: bytes, more: str = "", **keys: str) -> Renewal:
    """Refresh the loans from a case's publisher that answers something else."""
    wire(project, publisher, (example(case.name) + more).replace("https://data.example.org", publisher.url))
    (project / f"{LOANS}.csv").unlink()
    for path, (_, kind) in case.answers.items():
        publisher.on(path, *(data(answer, kind) for answer in answers))
    (renewal,) = run(project, world=outside(project, **{**case.keys, **keys}))
    return renewal


# --- comtrade ----------------------------------------------------------------------------------------------------


def trade(**edits: object) -> bytes:
    value = json.loads(CASES[1].answers[COMTRADE][0])
    value["data"][0].update(edits)
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    ("code", "other"),
    [("flowCode", "X"), ("partnerCode", 156), ("reporterCode", 156), ("cmdCode", "27"), ("motCode", 2100),
     ("customsCode", "C01"), ("partner2Code", 156), ("freqCode", "M")],
)  # fmt: skip
def test_comtrade_rows_of_anything_else_are_refused(
    project: Path, publisher: Publisher, code: str, other: object
) -> None:
    renewal = told(by("comtrade"), project, publisher, trade(**{code: other}))

    assert f"a row is of something else than asked for: {code} {other}" in renewal.error


def test_comtrade_asks_twelve_periods_at_a_time(project: Path, publisher: Publisher) -> None:
    wire(project, publisher, example("comtrade").replace('since = "2023"', 'since = "2001"'))
    publisher.on(COMTRADE, data(b'{"count": 0, "data": [], "error": ""}'))

    refreshed(project)

    asked = [query["period"].split(",") for query in publisher.queries(COMTRADE)]
    assert [len(periods) for periods in asked] == [12, 12, 2]
    assert [period for periods in asked for period in periods] == [str(year) for year in range(2001, 2027)]


def test_comtrade_months(project: Path, publisher: Publisher) -> None:
    monthly = example("comtrade").replace('since = "2023"', 'since = "2025-11"\nuntil = "2026-02"').replace('"A"', '"M"')
    wire(project, publisher, monthly)
    (project / f"{LOANS}.csv").unlink()
    path = COMTRADE.replace("/A/", "/M/")
    publisher.on(path, data(trade(freqCode="M", period="202511")))

    refreshed(project)

    assert publisher.queries(path)[0]["period"] == "202511,202512,202601,202602"
    assert stored(project) == {"2025-11": "151580564290"}


def test_comtrade_with_a_key_asks_the_data_interface(project: Path, publisher: Publisher) -> None:
    path = "/v2/data/v1/get/C/A/HS"
    connect(project, publisher, by("comtrade"))
    publisher.on(path, data(trade()))

    (renewal,) = run(project, world=outside(project, BRIEFING_KEY_COMTRADE="s3cret"))

    assert renewal.state == "changed"
    assert [asked.headers["ocp-apim-subscription-key"] for asked in publisher.asked] == ["s3cret"]
    assert "s3cret" not in (project / f"{LOANS}.origin.toml").read_text()
    assert not any(b"s3cret" in file.read_bytes() for file in project.rglob("*") if file.is_file())


@pytest.mark.parametrize(
    ("answer", "said"),
    [(b'{"count": 2, "data": [{}], "error": ""}', "1 rows, 2 announced"),
     (json.dumps({"count": 500, "data": [{}] * 500}).encode(), "at most 500 given: the answer is not whole"),
     (b'{"statusCode": 429, "message": "Rate limit is exceeded."}', "UN Comtrade says: Rate limit is exceeded."),
     (b'{"count": 0, "data": null, "error": "Too many records"}', "UN Comtrade says: Too many records"),
     (b'{"count": 1, "data": [{"period": "2023"}], "error": ""}', "another form than UN Comtrade's"),
     (b"[]", "another form"), (trade(primaryValue="much"), "'much' is no number")],
)  # fmt: skip
def test_comtrade_answers_that_are_not_whole_are_refused(
    project: Path, publisher: Publisher, answer: bytes, said: str
) -> None:
    assert said in told(by("comtrade"), project, publisher, answer).error


def test_comtrade_needs_a_first_period(project: Path) -> None:
    wire(project, connector=example("comtrade").replace('since = "2023"', ""))

    (renewal,) = run(project)

    assert [finding.found for finding in renewal.findings] == ["connector.since: is missing"]


# --- imf ---------------------------------------------------------------------------------------------------------


def test_imf_values_are_in_full_whatever_scale_says(project: Path, publisher: Publisher) -> None:
    case = by("imf")
    assert b'SCALE="6"' in case.answers[IMF][0]
    direction_of_trade = json.loads(recorded("imf_dots_compactdata_recorded_openbb.json"))["CompactData"]["DataSet"]["Series"]
    world = next(each for each in direction_of_trade if each["@COUNTERPART_AREA"] == "W00")
    same = {each["@TIME_PERIOD"]: each["@OBS_VALUE"] for each in world["Obs"]}["2023"]

    connect(project, publisher, case)
    refreshed(project)

    assert stored(project)["2023"] == str(round(float(same) * 10 ** int(world["@UNIT_MULT"])))


def test_imf_the_unit_stands_in_a_group(project: Path, publisher: Publisher) -> None:
    connect(project, publisher, by("imf"))

    renewal = refreshed(project)

    assert renewal.origin
    assert renewal.origin.unit == "USD"


def test_imf_rows_of_another_counterpart_are_refused(project: Path, publisher: Publisher) -> None:
    renewal = told(by("imf"), project, publisher, recorded("imf_imts_sdmx3_recorded.xml"))

    assert "asked for USA.XG_FOB_USD.G001.A, the answer has USA.XG_FOB_USD.G998.A" in renewal.error


def test_imf_months_are_asked_for_in_its_own_way(project: Path, publisher: Publisher) -> None:
    monthly = example("imf").replace('since = "2023"', 'since = "2024-03"\nuntil = "2024-05"').replace('"A"', '"M"')
    wire(project, publisher, monthly)

    refreshed(project)

    assert publisher.queries(IMF[:-1] + "M") == [{"c[TIME_PERIOD]": "ge:2024-M03+le:2024-M05"}]


@pytest.mark.parametrize("where", ["before", "inside"])
def test_c15_xml_with_a_document_type_is_refused(project: Path, publisher: Publisher, where: str) -> None:
    laughs = "".join(f'<!ENTITY a{n} "&a{n - 1};&a{n - 1};&a{n - 1};&a{n - 1};&a{n - 1};">' for n in range(1, 20))
    dtd = f'<!DOCTYPE lolz [<!ENTITY a0 "lol">{laughs}<!ENTITY x SYSTEM "file:///etc/hostname">]>'.encode()
    answer = by("imf").answers[IMF][0]
    head, _, body = answer.partition(b"?>")
    bomb = head + b"?>" + dtd + body.replace(b"IDREF1833", b"&a19;" if where == "inside" else b"&x;")

    renewal = told(by("imf"), project, publisher, bomb)

    assert "declares a document type, which is refused" in renewal.error


def test_imf_a_refusal_in_xml_is_told_in_its_own_words(project: Path, publisher: Publisher) -> None:
    error = (
        b'<mes:Error xmlns:mes="urn:m" xmlns:com="urn:c"><mes:ErrorMessage code="100">'
        b"<com:Text>NoRecordsFound</com:Text></mes:ErrorMessage></mes:Error>"
    )

    assert "the publisher says: NoRecordsFound" in told(by("imf"), project, publisher, error).error


# --- uis ---------------------------------------------------------------------------------------------------------


def test_uis_an_answer_without_records_is_empty(project: Path, publisher: Publisher) -> None:
    renewal = told(by("uis"), project, publisher, recorded("uis_empty_recorded.json"))

    assert [finding.rule for finding in renewal.findings] == ["refresh.empty"]
    assert renewal.exit_code == 3


def test_uis_hints_are_told(project: Path, publisher: Publisher) -> None:
    renewal = told(by("uis"), project, publisher, recorded("uis_unknown_geounit_recorded.json"))

    assert "the institute says: The geoUnit could not be found, XXX" in renewal.error


@pytest.mark.parametrize(("field", "other"), [("geoUnit", "FRA"), ("indicatorId", "CR.2")])
def test_uis_records_of_anything_else_are_refused(
    project: Path, publisher: Publisher, field: str, other: str
) -> None:
    value = json.loads(recorded("uis_data_indicators_recorded.json"))
    value["records"][3][field] = other

    assert "asked for CR.1 of CHE, the answer has" in told(by("uis"), project, publisher, json.dumps(value).encode()).error


def test_uis_years_that_were_ignored_are_noticed(project: Path, publisher: Publisher) -> None:
    answer = recorded("uis_data_indicators_recorded.json")

    renewal = told(by("uis"), project, publisher, answer, more='since = "2015"\nuntil = "2018"\n')

    assert publisher.queries(UIS) == [{"indicator": "CR.1", "geoUnit": "CHE", "start": "2015", "end": "2018"}]
    assert "asked for 2015 to 2018, the answer has 2006: the years were ignored" in renewal.error


def test_uis_estimates_are_marked(project: Path, publisher: Publisher) -> None:
    value = json.loads(recorded("uis_data_indicators_recorded.json"))
    value["records"][0]["qualifier"], value["records"][1]["magnitude"] = "UIS_EST", "NIL"

    told(by("uis"), project, publisher, json.dumps(value).encode())

    rows = (project / f"{LOANS}.csv").read_text().splitlines()
    assert rows[1].startswith("2006,97.72,loan,,STATS,estimated,,")
    assert rows[2].startswith("2007,97.82,loan,,STATS,,NIL,")


# --- sdmx --------------------------------------------------------------------------------------------------------

GENERIC = b"""<?xml version="1.0"?>
<message:GenericData xmlns:message="urn:m" xmlns:g="urn:g"><message:DataSet><g:Series>
<g:SeriesKey><g:Value id="FREQ" value="A"/><g:Value id="BRANCH" value="MAIN"/><g:Value id="SUBJECT" value="LOANS"/></g:SeriesKey>
<g:Attributes><g:Value id="UNIT_MULT" value="3"/><g:Value id="UNIT_MEASURE" value="LOANS"/></g:Attributes>
<g:Obs><g:ObsDimension value="2021"/><g:ObsValue value="25.5"/><g:Attributes><g:Value id="OBS_STATUS" value="P"/></g:Attributes></g:Obs>
<g:Obs><g:ObsDimension value="2022"/><g:ObsValue value="NaN"/></g:Obs>
<g:Obs><g:ObsDimension value="2023"/><g:ObsValue value="41.25"/></g:Obs>
</g:Series></message:DataSet></message:GenericData>"""
STRUCTURED = b"""<?xml version="1.0"?>
<m:StructureSpecificData xmlns:m="urn:m" xmlns:ss="urn:s"><m:DataSet ss:dataScope="DataStructure">
<Series FREQ="A" BRANCH="MAIN" SUBJECT="LOANS" UNIT_MULT="3" UNIT_MEASURE="LOANS">
<Obs TIME_PERIOD="2021" OBS_VALUE="25.5" OBS_STATUS="P"/><Obs TIME_PERIOD="2022" OBS_VALUE="NaN"/>
<Obs TIME_PERIOD="2023" OBS_VALUE="41.25"/></Series></m:DataSet></m:StructureSpecificData>"""
FLAT = b"""<m:StructureSpecificData xmlns:m="urn:m"><m:DataSet>
<Obs FREQ="A" BRANCH="MAIN" SUBJECT="LOANS" UNIT_MULT="3" UNIT_MEASURE="LOANS" TIME_PERIOD="2021" OBS_VALUE="25.5" OBS_STATUS="P"/>
<Obs FREQ="A" BRANCH="MAIN" SUBJECT="LOANS" UNIT_MULT="3" UNIT_MEASURE="LOANS" TIME_PERIOD="2023" OBS_VALUE="41.25"/>
</m:DataSet></m:StructureSpecificData>"""
CSV_2 = (
    b"STRUCTURE,STRUCTURE_ID,ACTION,FREQ,BRANCH,SUBJECT,TIME_PERIOD,OBS_VALUE,UNIT_MEASURE,UNIT_MULT,OBS_STATUS\n"
    b"dataflow,EX:LIB(1.0),I,A,MAIN,LOANS,2021,25.5,LOANS,3,P\n"
    b"dataflow,EX:LIB(1.0),I,A,MAIN,LOANS,2023,41.25,LOANS,3,A\n"
)


@pytest.mark.parametrize("answer", [GENERIC, STRUCTURED, FLAT, CSV_2], ids=["generic", "specific", "flat", "csv 2.0"])
def test_sdmx_reads_every_form_alike(project: Path, publisher: Publisher, answer: bytes) -> None:
    told(by("sdmx"), project, publisher, answer)

    rows = (project / f"{LOANS}.csv").read_text().splitlines()
    assert rows[1:] == ["2021,25500,loan,,STATS,provisional,,2026-11-22", "2023,41250,loan,,STATS,,,2026-11-22"]


def test_sdmx_3_has_another_path(project: Path, publisher: Publisher) -> None:
    connector = example("sdmx").replace('"2.1"', '"3.0"').replace('"LIB"', '"EX,LIB,1.0"').replace('"csv"', '"xml"')
    wire(project, publisher, connector.replace("https://data.example.org", publisher.url) + 'until = "2025"\n')

    refreshed(project, by("sdmx"))

    path = "/service/data/dataflow/EX/LIB/1.0/A.MAIN.LOANS"
    assert publisher.queries(path) == [{"c[TIME_PERIOD]": "ge:2021+le:2025"}]
    assert publisher.asked[0].headers["accept"] == "application/vnd.sdmx.data+xml;version=3.0.0"
    assert publisher.asked[0].headers["x-api-key"] == "s3cret"


def test_sdmx_without_its_key_says_which_variable_to_set(project: Path, publisher: Publisher) -> None:
    connect(project, publisher, by("sdmx"))

    renewal = refreshed(project)

    assert (renewal.exit_code, publisher.asked) == (1, [])
    assert "BRIEFING_KEY_DATA_EXAMPLE is not set" in renewal.error


def test_sdmx_a_base_period_is_part_of_the_unit_and_its_change_is_held_back(project: Path, publisher: Publisher) -> None:
    def based(year: str) -> bytes:
        return STRUCTURED.replace(b'UNIT_MULT="3"', f'UNIT_MULT="3" BASE_PER="{year}"'.encode())

    told(by("sdmx"), project, publisher, based("2015"))
    publisher.on(SDMX, data(based("2020")))

    renewal = refreshed(project, by("sdmx"))

    assert renewal.state == "held back"
    assert "the unit was 'LOANS base 2015', now 'LOANS base 2020'" in renewal.findings[0].found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (SDMX_CSV.replace(b"MAIN", b"EAST"), "asked for 'MAIN', the answer has rows without it"),
        (SDMX_CSV.replace(b"HOURS", b"LOANS"), "refused"),
        (SDMX_CSV.replace(b"41.25", b"1,234"), "line 4: 10 fields, the head has 9"),
        (SDMX_CSV.replace(b"41.25", b"1.234.5"), "OBS_VALUE of 2023: '1.234.5' is no number"),
        (SDMX_CSV.replace(b"41.25", b"inf"), "'inf' is no number"),
        (SDMX_CSV.replace(b"41.25", b"1e999"), "'1e999' is out of range"),
        (SDMX_CSV.replace(b"LOANS,3", b"LOANS,999999999"), "UNIT_MULT of 2021: '999999999' is no power of ten"),
        (SDMX_CSV.replace(b"LOANS,3", b"LOANS,0.5"), "UNIT_MULT of 2021: '0.5' is no power of ten"),
        (SDMX_CSV.replace(b"2023", b"2023-W07"), "TIME_PERIOD '2023-W07' is no period"),
        (SDMX_CSV.replace(b"OBS_VALUE", b"VALUE"), "no columns TIME_PERIOD and OBS_VALUE among DATAFLOW, FREQ"),
        (SDMX_CSV.replace(b"UNIT_MEASURE", b"FREQ"), "column 'FREQ' stands 2 times"),
        (SDMX_CSV.rstrip(), "the last line does not end with a line feed"),
        (SDMX_CSV.replace(b"MAIN", "Mitte-S\u00fcd".encode("latin-1")), "is not UTF-8 (it looks like latin-1)"),
        (STRUCTURED[:-30], "the answer is cut"),
        (b"<a><b></a>", "the answer is no XML: mismatched tag"),
    ],
)
def test_sdmx_answers_that_are_wrong_are_named(project: Path, publisher: Publisher, answer: bytes, said: str) -> None:
    renewal = told(by("sdmx"), project, publisher, answer)

    assert renewal.exit_code == 3
    assert said in renewal.error


def test_sdmx_a_publisher_that_never_ends_its_last_line_can_be_declared(project: Path, publisher: Publisher) -> None:
    connector = example("sdmx").replace("final_newline = true", "final_newline = false")
    wire(project, publisher, connector.replace("https://data.example.org", publisher.url))
    (project / f"{LOANS}.csv").unlink()
    publisher.on(SDMX, data(SDMX_CSV.rstrip(), "text/csv"))

    assert refreshed(project, by("sdmx")).state == "changed"
