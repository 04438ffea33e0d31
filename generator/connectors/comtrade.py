"""UN Comtrade's annual and monthly trade values.

Place in the pipeline: a connector. With a key the data interface is asked, without one the preview, which gives at most
500 rows an answer; both take at most twelve periods a request. Totals stand among rows of single modes of transport,
customs procedures and second partners, so these are asked for by their codes of the total, and checked.
https://comtradedeveloper.un.org
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from ..answers import Answer, Request
from ..errors import OutsideError
from ..model import Observation
from ..periods import Period, parse_period
from ..reading import Table
from ..strict_json import read_json
from .base import Query, Reading, choose, number_of, publisher_period, take_code

_PERIODS = 12
_ROWS = {"preview": 500, "get": 100_000}
_TOTALS = {"partner2Code": "0", "customsCode": "C00", "motCode": "0"}


@dataclass(frozen=True, slots=True)
class _Flow:
    reporter: str
    partner: str
    flow: str
    commodity: str
    classification: str
    frequency: str

    @property
    def codes(self) -> dict[str, str]:
        """What is asked for, by the names that the interface and its rows have for it."""
        return {
            "reporterCode": self.reporter,
            "partnerCode": self.partner,
            "flowCode": self.flow,
            "cmdCode": self.commodity,
            **_TOTALS,
        }


class Comtrade:
    """`reporter` and `partner` are UN Comtrade's codes of countries, `flow` X or M, `commodity` a code or TOTAL."""

    address = "https://comtradeapi.un.org"
    key = "COMTRADE"
    modules = ()

    def take(self, table: Table) -> _Flow:
        """Take the codes; `since` must be there, because periods are asked for one by one."""
        if "since" not in table.data:
            table.refuse(
                "since", "is missing", expected='the first period: "2010"', cure="Add it.", rule="toml.missing"
            )
        return _Flow(
            reporter=take_code(table, "reporter"),
            partner=take_code(table, "partner"),
            flow=choose(table, "flow", ("X", "M", "RX", "RM"), "X"),
            commodity=take_code(table, "commodity", "TOTAL"),
            classification=take_code(table, "classification", "HS"),
            frequency=choose(table, "frequency", ("A", "M"), "A"),
        )

    def requests(self, query: Query) -> Sequence[Request]:
        """Ask for twelve periods at a time."""
        periods = list(_periods(query))
        return tuple(
            _request(query, periods[start : start + _PERIODS]) for start in range(0, len(periods), _PERIODS)
        )

    def read(self, query: Query, answers: Sequence[Answer]) -> Reading:
        """Read the rows of all answers."""
        rows = [row for answer in answers for row in _rows(answer)]
        observations = tuple(_observation(query, row) for row in rows)
        title = next((str(row.get("cmdDesc") or "") for row in rows), "")
        return Reading(observations, title, "USD")


CONNECTOR = Comtrade()


def _periods(query: Query) -> Iterator[str]:
    """Yield each period from the first to the last, as the interface writes it: 2024, 202401."""
    of: _Flow = query.connection.parameters
    since = query.since
    day = since.start if since else query.today
    last = query.until.end if query.until else query.today
    while day <= last:
        if of.frequency == "A":
            yield f"{day.year}"
            day = date(day.year + 1, 1, 1)
        else:
            yield f"{day:%Y%m}"
            day = (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _request(query: Query, periods: list[str]) -> Request:
    of: _Flow = query.connection.parameters
    way = "data/v1/get" if query.key else "public/v1/preview"
    path = f"{way}/C/{of.frequency}/{of.classification}"
    address = query.address(path, period=",".join(periods), **of.codes)
    secrets = (("Ocp-Apim-Subscription-Key", query.key),) if query.key else ()
    return Request(address, "application/json", secrets)


def _rows(answer: Answer) -> list[dict[str, Any]]:
    value = read_json(answer.path.read_bytes())
    if isinstance(value, dict) and (said := value.get("error") or value.get("message")):
        raise OutsideError(f"UN Comtrade says: {str(said)[:300]}", hint="Check the codes in the sidecar, and the key.")
    if not isinstance(value, dict) or not isinstance(value.get("data"), list) or "count" not in value:
        raise OutsideError("the answer has another form than UN Comtrade's", hint="Expected count, data and error.")
    rows: list[dict[str, Any]] = value["data"]
    limit = _ROWS["preview" if "/preview/" in answer.address else "get"]
    count = number_of(value["count"], "'count'")
    if count != len(rows) or len(rows) >= limit:
        raise OutsideError(f"{len(rows)} rows, {count} announced, at most {limit} given: the answer is not whole")
    return rows


def _observation(query: Query, row: dict[str, Any]) -> Observation:
    of: _Flow = query.connection.parameters
    try:
        told = {name: str(row[name]) for name in of.codes}
        period, value = _period(str(row["period"])), row["primaryValue"]
        frequency = str(row["freqCode"])
    except (KeyError, TypeError, ValueError) as error:
        raise OutsideError(f"a row has another form than UN Comtrade's: {error}") from error
    wrong = {name: value for name, value in told.items() if value != of.codes[name]}
    if wrong or frequency != of.frequency:
        found = ", ".join(f"{name} {value}" for name, value in {**wrong, "freqCode": frequency}.items())
        raise OutsideError(f"a row is of something else than asked for: {found}")
    return query.observe(period, number_of(value, f"primaryValue of {period}"))


def _period(text: str) -> Period:
    return parse_period(f"{text[:4]}-{text[4:]}") if len(text) == 6 else publisher_period(text)
