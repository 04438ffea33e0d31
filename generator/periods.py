"""Periods of time as SDMX writes them, and the intervals the press uses.

Place in the pipeline: base; read with facts and series (step 1), printed by `language`.
Grammar (SDMX 3.0 time formats, https://sdmx.org, and ISO 8601 intervals):
`2022` year · `2022-H1` half · `2022-Q3` quarter · `2022-11` month · `2022-11-04` day ·
`2019/20` academic or fiscal year · `2021-01/2021-11` interval, both ends included · `undated`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

_YEAR = re.compile(r"(\d{4})\Z", re.ASCII)
_HALF = re.compile(r"(\d{4})-H([12])\Z", re.ASCII)
_QUARTER = re.compile(r"(\d{4})-Q([1-4])\Z", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])\Z", re.ASCII)
_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)\Z", re.ASCII)
_SPLIT_YEAR = re.compile(r"(\d{4})/(\d\d)\Z", re.ASCII)
EXPECTED = "2022, 2022-H1, 2022-Q3, 2022-11, 2022-11-04, 2019/20, 2021-01/2021-11 or undated"


@dataclass(frozen=True, slots=True)
class Period:
    """A period as it is written, with its kind; compare with `start` and `end`."""

    text: str
    kind: str
    """year, half, quarter, month, day, split-year, interval, undated."""
    start: date = date.min
    end: date = date.min
    """The last day, included."""

    def __str__(self) -> str:
        """Return the period as written."""
        return self.text

    @property
    def dated(self) -> bool:
        """Whether the period has a place on the axis of time."""
        return self.kind != "undated"

    @property
    def middle(self) -> float:
        """The middle of the period in years: 2022.5 for 2022."""
        # The calendar ends with the year 9999.
        after = decimal_year(self.end + timedelta(days=1)) if self.end < date.max else date.max.year + 1.0
        return (decimal_year(self.start) + after) / 2

    def meets(self, other: Period) -> bool:
        """Whether two periods share a day."""
        return self.start <= other.end and other.start <= self.end


UNDATED = Period("undated", "undated")


def decimal_year(day: date) -> float:
    """Return a date as a fraction of years: 1 July 2022 is 2022.496."""
    days = (date(day.year + 1, 1, 1) - date(day.year, 1, 1)).days if day.year < date.max.year else 365
    return day.year + (day - date(day.year, 1, 1)).days / days


def _month_end(year: int, month: int) -> date:
    following = date(year + month // 12, month % 12 + 1, 1)
    return following - timedelta(days=1)


def _simple(text: str) -> Period | None:
    if match := _YEAR.match(text):
        year = int(match[1])
        return Period(text, "year", date(year, 1, 1), date(year, 12, 31))
    if match := _HALF.match(text):
        year, half = int(match[1]), int(match[2])
        return Period(text, "half", date(year, 6 * half - 5, 1), _month_end(year, 6 * half))
    if match := _QUARTER.match(text):
        year, quarter = int(match[1]), int(match[2])
        return Period(text, "quarter", date(year, 3 * quarter - 2, 1), _month_end(year, 3 * quarter))
    if match := _MONTH.match(text):
        year, month = int(match[1]), int(match[2])
        return Period(text, "month", date(year, month, 1), _month_end(year, month))
    if match := _DAY.match(text):
        day = date(int(match[1]), int(match[2]), int(match[3]))
        return Period(text, "day", day, day)
    return None


@lru_cache(maxsize=4096)
def parse_period(text: str) -> Period:
    """Return the period that `text` writes; ValueError says what was expected."""
    if text == "undated":
        return UNDATED
    try:
        period = _simple(text) or _compound(text)
    except ValueError:
        period = None
    if period is None or period.start.year < 1:
        raise ValueError(f"'{text}' is no period; expected {EXPECTED}")
    return period


def last_day(text: str) -> date | None:
    """Return the last day of a date or a part of one ("2023-02"); None for what is none, which its reader refuses."""
    try:
        return parse_period(text).end if text else None
    except ValueError:
        return None


def _compound(text: str) -> Period | None:
    if match := _SPLIT_YEAR.match(text):
        year = int(match[1])
        if (year + 1) % 100 == int(match[2]):
            return Period(text, "split-year", date(year, 9, 1), date(year + 1, 8, 31))
        return None
    first, slash, last = text.partition("/")
    if not slash:
        return None
    start, end = _simple(first), _simple(last)
    if start is None or end is None or start.start > end.end:
        return None
    return Period(text, "interval", start.start, end.end)
