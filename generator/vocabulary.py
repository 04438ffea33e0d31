"""The workspace's own words: metrics, entities, bases and units.

Place in the pipeline: step 1 Read. In: `data/vocabulary.toml`; out: a `Vocabulary`. A fact or series that
names something else is refused, so a misspelt metric cannot quietly become a second one.
"""

from __future__ import annotations

import re
from decimal import Decimal

from .model import Metric, Unit, Vocabulary
from .reading import Table

FILE = "data/vocabulary.toml"
BUILT_IN_UNITS = (
    Unit("percent", "percent", "percent"),
    Unit("percentage point", "percentage point", "percentage points"),
    Unit("times", "times", "times"),
    Unit("year", "year", "years"),
    Unit("date", "date", "dates"),
    Unit("text", "text", "texts"),
)
_CURRENCY = re.compile(r"[A-Z]{3}\Z")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%\Z", re.ASCII)


def read_vocabulary(table: Table) -> Vocabulary:
    """Return the vocabulary of a table; what is wrong with it is collected in the table's findings."""
    metrics = tuple(_metric(id_, child) for id_, child in table.table("metrics").named())
    units = tuple(_unit(id_, child) for id_, child in table.table("units").named())
    vocabulary = Vocabulary(
        metrics, _names(table.table("entities")), _names(table.table("bases")), _with_built_in(units)
    )
    table.done()
    return vocabulary


def _names(table: Table) -> tuple[tuple[str, str], ...]:
    return tuple((key, table.label(key)) for key in table.data)


def _metric(id_: str, table: Table) -> Metric:
    tolerance = table.text("tolerance", "0.5%")
    match = _PERCENT.match(tolerance)
    if not match:
        table.refuse("tolerance", f"'{tolerance}'", expected='a percentage such as "2%"', cure="Correct it.")
    shelf_life = table.number("shelf_life")
    metric = Metric(
        id_, table.label("label"), Decimal(match[1]) / 100 if match else Decimal("0.005"), shelf_life
    )
    table.done()
    return metric


def _unit(id_: str, table: Table) -> Unit:
    currency = bool(_CURRENCY.match(id_))
    words = table.table("words")
    unit = Unit(
        id_,
        table.text("one", id_ if currency else None),
        table.text("other", id_ if currency else None),
        tuple((language, words.texts(language)) for language in words.data),
    )
    table.done()
    return unit


def _with_built_in(units: tuple[Unit, ...]) -> tuple[Unit, ...]:
    own = {unit.id for unit in units}
    return (*(unit for unit in BUILT_IN_UNITS if unit.id not in own), *units)
