"""The workspace's own words: metrics, entities, bases and units.

Place in the pipeline: step 1 Read. In: `data/vocabulary.toml`; out: a `Vocabulary`. A fact or series that
names something else is refused, so a misspelt metric cannot quietly become a second one.
"""

from __future__ import annotations

import re
from decimal import Decimal

from .formula import FormulaError, ingredients, references
from .model import Metric, Unit, Vocabulary
from .reading import Table, did_you_mean

FILE = "data/vocabulary.toml"
RELATIONS = ("growth_of", "multiple_of", "part_of", "after")
"""Fields of a metric that name another one."""
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
    _check_relations(metrics, table.table("metrics"))
    units = tuple(_unit(id_, child) for id_, child in table.table("units").named())
    vocabulary = Vocabulary(
        metrics, _labels(table.table("entities")), _labels(table.table("bases")), _with_built_in(units), _names(table)
    )
    table.done()
    return vocabulary


def _names(table: Table) -> tuple[str, ...]:
    """Return the declared names; one without a letter would let any number pass."""
    names = table.texts("names")
    for name in names:
        if not any(letter.isalpha() for letter in name):
            cure = 'A number comes from a fact; a name is written with its words: "decree No. 326".'
            table.refuse("names", f"'{name}'", expected="a name with letters", cure=cure, rule="vocabulary.name")
    return tuple(name for name in names if any(letter.isalpha() for letter in name))


def _labels(table: Table) -> tuple[tuple[str, str], ...]:
    return tuple((key, table.label(key)) for key in table.data)


def _metric(id_: str, table: Table) -> Metric:
    tolerance = table.text("tolerance", "0.5%")
    match = _PERCENT.match(tolerance)
    if not match:
        table.refuse("tolerance", f"'{tolerance}'", expected='a percentage such as "2%"', cure="Correct it.")
    shelf_life = table.number("shelf_life")
    if shelf_life is not None and shelf_life < 1:
        table.refuse("shelf_life", f"{shelf_life}", expected="months, 1 or more", cure="Correct it, or leave it out.")
    metric = Metric(
        id=id_,
        label=table.label("label"),
        tolerance=Decimal(match[1]) / 100 if match else Decimal("0.005"),
        shelf_life=shelf_life,
        **{key: table.text(key, "") for key in RELATIONS},
        formula=table.text("formula", ""),
        place=table.place(),
    )
    _check_formula(metric, table)
    table.done()
    return metric


def _check_relations(metrics: tuple[Metric, ...], table: Table) -> None:
    """Refuse a relation to a metric that there is not, or to the metric itself."""
    ids = {metric.id: metric for metric in metrics}
    for id_, child in table.named():
        metric = ids[id_]
        for key in RELATIONS:
            other = getattr(metric, key)
            if other and (other not in ids or other == id_):
                cure = did_you_mean(other, [each for each in ids if each != id_])
                child.refuse(key, f"'{other}'", expected="the id of another metric", cure=cure)
        for other in ingredients(metric.formula):
            if other not in ids or other == id_:
                child.refuse("formula", f"'{other}'", expected="ids of other metrics", cure=did_you_mean(other, ids))


def _check_formula(metric: Metric, table: Table) -> None:
    try:
        references(metric.formula) if metric.formula else ()
    except FormulaError as error:
        table.refuse("formula", error.found, expected=error.expected, cure=error.cure)


def _unit(id_: str, table: Table) -> Unit:
    currency = bool(_CURRENCY.match(id_))
    words = table.table("words")
    unit = Unit(
        id_,
        table.label("one", id_ if currency else None),
        table.label("other", id_ if currency else None),
        tuple((language, words.texts(language)) for language in words.data),
    )
    table.done()
    return unit


def _with_built_in(units: tuple[Unit, ...]) -> tuple[Unit, ...]:
    own = {unit.id for unit in units}
    return (*(unit for unit in BUILT_IN_UNITS if unit.id not in own), *units)
