"""The reference workspace's long series are wired to their publishers: what is asked, and how it is read.

The loopback answers in the recorded shapes of tests/recorded with the values that are stored, one of them revised and
a newer year behind them.
"""

from __future__ import annotations

import json
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from publisher import Publisher, data
from wired import outside

from generator.connectors import connector
from generator.connectors.base import Connection, Query
from generator.errors import OutsideError
from generator.fetching import Fetcher
from generator.holdings import read_series, series_names
from generator.inquiry import World
from generator.knowledge import learn, read_common
from generator.model import Series
from generator.network import Gate
from generator.reading import Findings
from generator.refresh import Renewal, Wishes, refresh
from generator.renewals import complaints, exit_code
from generator.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
RECORDED = Path(__file__).resolve().parent / "recorded"
TODAY = date(2026, 12, 1)
WIRED = {
    "economy": {
        "gdp", "gdp_china", "gdp_constant", "gdp_per_capita", "population", "exports_gdp", "imports_gdp", "goods_trade_gdp",
        "fdi_gdp", "trade_balance", "exports_china", "imports_china",
    },
    "education": {"tertiary_enrolment"},
}  # fmt: skip


def recorded(name: str) -> object:
    return json.loads((RECORDED / name).read_bytes())


@pytest.fixture
def reference(tmp_path: Path) -> Path:
    """Return a copy of the workspace that this repository is."""
    for name in ("data", "templates"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("sources"))
    shutil.copy(ROOT / "briefing.toml", tmp_path)
    return tmp_path


def test_without_a_network_each_publisher_is_told_in_one_line_and_nothing_changes(reference: Path) -> None:
    before = {path: path.read_bytes() for path in (reference / "data").rglob("*") if path.is_file()}
    asked: list[str] = []

    def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        raise OutsideError(f"no address for '{host}': the network is down", hint="Check the name and the network.")

    world = World(Fetcher(reference / ".briefing", Gate(resolve=resolve)), TODAY, {})
    found = refresh(Workspace(reference), Wishes(), world)

    assert exit_code(found) == 3
    lines = [complaint.splitlines()[0] for complaint in complaints(found)]
    hosts = sorted(set(asked))
    assert len(lines) == len(hosts) == 3
    assert all(any(f"no address for '{host}'" in line for line in lines) for host in hosts)
    assert len(asked) <= 2 * len(hosts), "a publisher is left alone after two failures"
    assert {path: path.read_bytes() for path in before} == before


def connected(root: Path) -> dict[str, tuple[Series, Connection]]:
    """Return every connected series as it is stored."""
    workspace, findings = Workspace(root), Findings()
    _, vocabulary, sources = read_common(workspace, findings)
    found = {}
    for topic in workspace.topics():
        for name in series_names(workspace, f"data/{topic}"):
            series, connection = read_series(workspace, name, vocabulary, sources, findings)
            if series and connection:
                found[f"{topic}/{series.id}"] = (series, connection)
    assert findings == []
    return found


def test_the_long_series_are_wired(reference: Path) -> None:
    found = connected(reference)

    assert set(found) == {f"{topic}/{id_}" for topic, ids in WIRED.items() for id_ in ids}


def test_each_asks_the_publisher_itself(reference: Path) -> None:
    asked = {}
    for name, (series, connection) in connected(reference).items():
        which = connector(connection.name)
        query = Query(series.id, series.unit, connection, which.address, TODAY)
        asked[name] = [request.address for request in which.requests(query)]

    assert asked["economy/gdp"] == [
        "https://api.worldbank.org/v2/country/BLR/indicator/NY.GDP.MKTP.CD?format=json&per_page=1000"
    ]
    assert asked["education/tertiary_enrolment"] == [
        "https://api.uis.unesco.org/api/public/data/indicators?indicator=GER.5T8&geoUnit=BLR"
    ]
    assert [address.partition("?")[0] for address in asked["economy/imports_china"]] == [
        "https://comtradeapi.un.org/public/v1/preview/C/A/HS"
    ] * 2
    assert asked["economy/imports_china"][0].endswith(
        "?period=2014,2015,2016,2017,2018,2019,2020,2021,2022,2023,2024,2025"
        "&reporterCode=112&partnerCode=156&flowCode=M&cmdCode=TOTAL&partner2Code=0&customsCode=C00&motCode=0"
    )
    assert all(address.startswith("https://") for addresses in asked.values() for address in addresses)


def told(series: Series, connection: Connection) -> dict[int, Decimal]:
    """Return what the publisher says now: what is stored, the last value a little higher, and a year more."""
    sources = {connection.source, *connection.replaces}
    values = {
        row.period.start.year: row.value
        for row in series.observations
        if row.value is not None and row.basis == connection.basis and row.source in sources
    }
    last = max(values)
    return {**values, last: values[last] * Decimal("1.01"), last + 1: values[last] * Decimal("1.03")}


def answer(publisher: Publisher, connection: Connection, values: dict[int, Decimal]) -> None:
    """Let the loopback say these values in the publisher's recorded shape."""
    of = connection.parameters
    if connection.name == "worldbank":
        head, (row, *_) = recorded("worldbank_indicator_recorded.json")  # type: ignore[misc]
        rows = [
            {**row, "indicator": {"id": of.indicator, "value": of.indicator}, "countryiso3code": of.country,
             "country": {"id": of.country[:2], "value": of.country}, "date": str(year), "value": float(value)}
            for year, value in values.items()
        ]  # fmt: skip
        body: object = [{**head, "total": len(rows)}, rows]
        publisher.on(f"/worldbank/country/{of.country}/indicator/{of.indicator}", data(json.dumps(body).encode()))
    elif connection.name == "uis":
        shape = recorded("uis_data_indicators_recorded.json")
        record = shape["records"][0]  # type: ignore[index]
        rows = [{**record, "indicatorId": of.indicator, "geoUnit": of.country, "year": year, "value": float(value)}
                for year, value in values.items()]  # fmt: skip
        publisher.on("/uis/data/indicators", data(json.dumps({**shape, "records": rows}).encode()))  # type: ignore[dict-item]


def answer_trade(publisher: Publisher, found: dict[str, tuple[Series, Connection]]) -> None:
    """Answer both flows at the one address that Comtrade has, by what is asked."""
    shape = recorded("comtrade_preview_recorded.json")
    flows = {connection.parameters.flow: told(series, connection) for series, connection in found.values()
             if connection.name == "comtrade"}  # fmt: skip

    def reply(handler: object) -> None:
        query = publisher.asked[-1].query
        flow, periods = query["flowCode"][0], query["period"][0].split(",")
        row = next(row for row in shape["data"] if row["flowCode"] == flow)  # type: ignore[index]
        rows = [
            {**row, "reporterCode": 112, "partnerCode": 156, "period": period, "primaryValue": float(flows[flow][int(period)])}
            for period in periods if int(period) in flows[flow]
        ]  # fmt: skip
        data(json.dumps({**shape, "data": rows, "count": len(rows)}).encode())(handler)  # type: ignore[arg-type,dict-item]

    publisher.on("/comtrade/public/v1/preview/C/A/HS", reply)


@pytest.fixture
def refreshed(reference: Path, publisher: Publisher) -> tuple[Path, tuple[Renewal, ...]]:
    found = connected(reference)
    for series, connection in found.values():
        answer(publisher, connection, told(series, connection))
    answer_trade(publisher, found)
    settings = reference / "briefing.toml"
    mirrors = "".join(
        f'\n[connectors.{name}]\nurl = "{publisher.url}/{name}"\n' for name in ("worldbank", "uis", "comtrade")
    )
    settings.write_text(f'{settings.read_text()}\n[network]\nprivate = ["{publisher.host}"]\n{mirrors}')
    return reference, refresh(Workspace(reference), Wishes(), outside(reference, TODAY))


def test_one_command_brings_them_up_to_date(refreshed: tuple[Path, tuple[Renewal, ...]]) -> None:
    root, renewals = refreshed

    assert {renewal.series: renewal.state for renewal in renewals} == dict.fromkeys(
        (f"{topic}/{id_}" for topic, ids in sorted(WIRED.items()) for id_ in sorted(ids)), "changed"
    ), [renewal for renewal in renewals if renewal.state != "changed"]
    for renewal in renewals:
        assert [len(renewal.difference.of(kind)) for kind in ("new", "revised", "vanished")] == [1, 1, 0], renewal
    findings = learn(Workspace(root), Workspace(root).topics(), today=TODAY).findings
    assert [finding for finding in findings if finding.severity == "error"] == []


def test_what_editors_ruled_stays(refreshed: tuple[Path, tuple[Renewal, ...]]) -> None:
    root, _ = refreshed

    table = (root / "data/economy/series/imports_china.csv").read_text()

    (line,) = [line for line in table.splitlines() if line.startswith("2014,")]
    assert line.endswith("deprecated,2026-03-04")
    assert "low reliability" in line
    assert "Suspect: less than half of 2015" in line


def test_a_look_back_is_built_from_what_was_stored_before(reference: Path, publisher: Publisher) -> None:
    day = date(2026, 5, 1)

    def gdp() -> dict[str, Decimal | None]:
        topics = learn(Workspace(reference), ["economy"], today=TODAY, as_of=day).topics
        (series,) = [each for each in topics[0].series if each.id == "gdp"]
        return {row.period.text: row.value for row in series.observations}

    before = gdp()
    series, connection = connected(reference)["economy/gdp"]
    answer(publisher, connection, told(series, connection))
    settings = reference / "briefing.toml"
    settings.write_text(
        f'{settings.read_text()}\n[network]\nprivate = ["{publisher.host}"]\n'
        f'\n[connectors.worldbank]\nurl = "{publisher.url}/worldbank"\n'
    )
    (renewal,) = refresh(Workspace(reference), Wishes(("gdp",)), outside(reference, TODAY))

    assert renewal.state == "changed"
    assert gdp() == before
