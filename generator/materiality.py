"""Materiality: whether what a briefing would show now differs enough from what its readers have.

Place in the pipeline: engine. In: the figures of the edition they have, as its record keeps them, those of now, and a
schedule's thresholds; out: the changes that are material, in words. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation

from .schedules import EVERY_OTHER

Figures = Mapping[str, Mapping[str, str]]
"""By name ("trade.cn.2022", "gdp 2023"): `metric`, `value`, `unit`."""


def material_changes(had: Figures, has: Figures, thresholds: Sequence[tuple[str, Decimal]]) -> list[str]:
    """Return each figure that is new, withdrawn or changed by its metric's threshold or more."""
    limits = dict(thresholds)
    return [
        said
        for name in sorted({*had, *has})
        if (limit := _limit(had.get(name) or has[name], limits)) is not None
        and (said := next(_difference(name, had.get(name), has.get(name), limit), None))
    ]


def _limit(figure: Mapping[str, str], limits: Mapping[str, Decimal]) -> Decimal | None:
    return limits.get(figure["metric"], limits.get(EVERY_OTHER))


def _difference(
    name: str, had: Mapping[str, str] | None, has: Mapping[str, str] | None, limit: Decimal
) -> Iterator[str]:
    if had is None or has is None:
        yield f"{name} is {'new' if had is None else 'withdrawn'}"
        return
    if had["value"] == has["value"] and had["unit"] == has["unit"]:
        return
    try:
        before, after = Decimal(had["value"]), Decimal(has["value"])
    except InvalidOperation:  # a date or a text: any other one is a change
        yield f"{name} was {had['value']} and is {has['value']}"
        return
    change = abs(after - before) / abs(before) if before else None
    if had["unit"] != has["unit"] or change is None or change >= limit:
        moved = f" ({change:.1%})" if change is not None else ""
        yield f"{name} was {before:f} {had['unit']} and is {after:f} {has['unit']}{moved}"
