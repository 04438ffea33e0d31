"""Materiality: whether what a briefing would show now differs enough from what its readers have.

Place in the pipeline: engine. In: the figures of the edition they have, as its record keeps them, those of now, and a
schedule's thresholds; out: the changes that are material, in words. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation

from .catalogues import msgid
from .schedules import EVERY_OTHER
from .wording import Wording

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
        yield Wording(msgid("{figure} is new") if had is None else msgid("{figure} is withdrawn"), figure=name)
        return
    if had["value"] == has["value"] and had["unit"] == has["unit"]:
        return
    try:
        before, after = Decimal(had["value"]), Decimal(has["value"])
    except InvalidOperation:  # a date or a text: any other one is a change
        text = msgid("{figure} was {before} and is {after}")
        yield Wording(text, figure=name, before=had["value"], after=has["value"])
        return
    change = abs(after - before) / abs(before) if before else None
    if had["unit"] != has["unit"] or change is None or change >= limit:
        text = msgid("{figure} was {before} {unit} and is {after} {new_unit}")
        moved = Wording(text, figure=name, before=before, unit=had["unit"], after=after, new_unit=has["unit"])
        percent = None if change is None else Decimal(f"{change * 100:.1f}")
        yield moved if percent is None else Wording(msgid("{moved} ({percent}%)"), moved=moved, percent=percent)
