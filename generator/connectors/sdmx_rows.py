"""Rows of SDMX messages as observations.

Place in the pipeline: a part of the connectors that speak SDMX; it runs in a limited child. In: rows of
`sdmx_messages`; out: a `Reading`. Statuses are those of SDMX's code list CL_OBS_STATUS
(https://sdmx.org/guidelines/code-lists).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from ..errors import OutsideError
from ..model import Observation
from ..periods import Period
from .base import OBS_STATUS, Query, Reading, number_of, publisher_period
from .sdmx_messages import SdmxRow

_POWER = 15
_UNITS = ("UNIT_MEASURE", "UNIT", "CURRENCY")
_BASES = ("BASE_PER", "BASE_YEAR", "REFERENCE_PERIOD", "PRICE_BASE_YEAR")


def time_filter(since: str | None, until: str | None) -> dict[str, str]:
    """Return the parameter by which SDMX 3.0 limits the periods."""
    limits = [f"ge:{since}" if since else "", f"le:{until}" if until else ""]
    told = "+".join(filter(None, limits))
    return {"c[TIME_PERIOD]": told} if told else {}


def read_rows(query: Query, rows: Sequence[SdmxRow], multiplier: str) -> Reading:
    """Return the reading of rows of one series; `multiplier` is the attribute that scales them, "" for none."""
    observations = tuple(filter(None, (_observation(query, row, multiplier) for row in rows)))
    unit = " ".join(filter(None, (_first(rows, _UNITS), _base(_first(rows, _BASES)))))
    return Reading(observations, _first(rows, ("TITLE", "TITLE_COMPL")), unit)


def _observation(query: Query, row: SdmxRow, multiplier: str) -> Observation | None:
    period = _period(row.get("TIME_PERIOD", ""))
    code = (row.get("OBS_STATUS") or row.get("OBS_FLAG") or "A").strip().upper()[:1]
    text = row.get("OBS_VALUE", "").strip()
    if text in ("", "NaN", ":", "-"):
        # SDMX writes a missing value as NaN in XML and as nothing in CSV; Eurostat as a colon.
        return None
    value = number_of(text, f"OBS_VALUE of {period}")
    power = number_of(row.get(multiplier) or 0, f"{multiplier} of {period}") if multiplier else None
    if value is not None and power:
        value = value.scaleb(_whole(power, f"{multiplier} of {period}"))
    return query.observe(period, value, status=OBS_STATUS.get(code, "normal"))


def _whole(power: Decimal, where: str) -> int:
    """Return how many places a point is moved by; OutsideError for what no statistics are scaled by."""
    if power != int(power) or abs(power) > _POWER:
        hint = 'Look at the answer; `multiplier = ""` in [connector] leaves the values as they are.'
        raise OutsideError(f"{where}: '{power}' is no power of ten", hint=hint)
    return int(power)


def _period(text: str) -> Period:
    try:
        return publisher_period(text)
    except ValueError as error:
        raise OutsideError(f"TIME_PERIOD {error}") from error


def _first(rows: Sequence[SdmxRow], names: Sequence[str]) -> str:
    """Return the one value that all rows have under the first of these names that they know; "" where they differ."""
    for name in names:
        found = {row[name] for row in rows if row.get(name)}
        if len(found) == 1:
            return found.pop()
    return ""


def _base(period: str) -> str:
    return f"base {period}" if period else ""
