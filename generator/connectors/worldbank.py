"""The World Bank's indicators, API version 2.

Place in the pipeline: a connector. An answer is a list of two: a head with page, pages, total and lastupdated, and the
rows. Errors come as HTTP 200 with a list of one, `[{"message": [...]}]`. Every year has a row, null where there is no
value. https://datahelpdesk.worldbank.org/knowledgebase/articles/889392
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..answers import Answer, Request
from ..errors import OutsideError
from ..model import Observation
from ..reading import Table
from ..strict_json import read_json
from .base import OBS_STATUS, PAGES, Query, Reading, number_of, publisher_day, publisher_period, take_code

_ROWS = 1000


@dataclass(frozen=True, slots=True)
class _Indicator:
    country: str
    indicator: str


class WorldBank:
    """`country` is an ISO code of two or three letters, `indicator` a code such as NY.GDP.MKTP.CD."""

    address = "https://api.worldbank.org/v2"
    key = ""
    modules = ()

    def take(self, table: Table) -> _Indicator:
        """Take country and indicator."""
        return _Indicator(take_code(table, "country"), take_code(table, "indicator"))

    def requests(self, query: Query) -> Sequence[Request]:
        """Ask for the first page."""
        return (_page(query, 1),)

    def read(self, query: Query, answers: Sequence[Answer]) -> Reading:
        """Ask for the other pages first, then read the rows of all of them."""
        pages = [_take_apart(answer) for answer in answers]
        count = _whole(pages[0][0], "pages")
        if count > PAGES:
            raise OutsideError(f"it has {count} pages, which is too many for one series")
        if len(pages) < count:
            return Reading(more=tuple(_page(query, number) for number in range(2, count + 1)))
        rows = [row for _, page in pages for row in page]
        _check_pages([head for head, _ in pages], len(rows))
        observations = tuple(filter(None, (_observation(query, row) for row in rows)))
        title = str(rows[0]["indicator"].get("value") or "") if rows else ""
        unit = str(rows[0].get("unit") or "") if rows else ""
        return Reading(observations, title, unit, publisher_day(str(pages[0][0].get("lastupdated") or "")))


CONNECTOR = WorldBank()


def _page(query: Query, number: int) -> Request:
    of: _Indicator = query.connection.parameters
    since, until = query.since, query.until
    span = f"{(since or _FIRST).start.year}:{(until.end if until else query.today).year}" if since or until else None
    path = f"country/{of.country}/indicator/{of.indicator}"
    page = number if number > 1 else None
    return Request(query.address(path, format="json", per_page=_ROWS, date=span, page=page), "application/json")


_FIRST = publisher_period("1900")


def _take_apart(answer: Answer) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return head and rows of a page; OutsideError with what the World Bank says where it refuses."""
    value = read_json(answer.path.read_bytes())
    if isinstance(value, list) and value and isinstance(value[0], dict):
        if isinstance(value[0].get("message"), list):
            said = "; ".join(f"{each.get('key')}: {each.get('value')}" for each in value[0]["message"])
            raise OutsideError(f"the World Bank says: {said}", hint="Check country and indicator in the sidecar.")
        if len(value) == 2 and (value[1] is None or isinstance(value[1], list)):
            return value[0], value[1] or []
    raise OutsideError("the answer has another form than the World Bank's", hint="Expected a list of head and rows.")


def _whole(head: dict[str, Any], name: str) -> int:
    """Return a whole number of the head; the World Bank writes some of them in quotes."""
    number = number_of(head.get(name), f"'{name}' of the head")
    return int(number or 0)


def _check_pages(heads: list[dict[str, Any]], rows: int) -> None:
    """Refuse pages that do not make a whole: repeated ones, and a table that changed while it was fetched."""
    numbers, totals = [_whole(head, "page") for head in heads], {_whole(head, "total") for head in heads}
    if not rows and totals == {0}:
        return
    if numbers != list(range(1, len(heads) + 1)) or totals != {rows}:
        told = ", ".join(map(str, sorted(totals)))
        found = f"pages {', '.join(map(str, numbers))} with {rows} rows where {told} were announced"
        raise OutsideError(found, hint="The table may have changed while it was fetched; try again.")


def _observation(query: Query, row: dict[str, Any]) -> Observation | None:
    of: _Indicator = query.connection.parameters
    try:
        country = {row["country"]["id"], row["countryiso3code"]}
        indicator, period, value = row["indicator"]["id"], publisher_period(str(row["date"])), row["value"]
        code = str(row.get("obs_status") or "")
    except (KeyError, TypeError, ValueError) as error:
        raise OutsideError(f"a row has another form than the World Bank's: {error}") from error
    if of.country.upper() not in country or of.indicator != indicator:
        raise OutsideError(f"asked for {of.indicator} of {of.country}, the answer has {indicator} of {country}")
    number = number_of(value, f"{indicator} {period}")
    return None if number is None else query.observe(period, number, status=OBS_STATUS.get(code, "normal"))
