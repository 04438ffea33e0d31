"""Refreshed series as people and machines are shown them.

Place in the pipeline: a door; `briefing refresh` prints it. In: `Renewal` values; out: lines, or values for JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from .comparison import Change, Kind
from .refresh import Renewal

_KINDS: tuple[Kind, ...] = ("new", "revised", "status", "vanished")


def exit_code(renewals: Iterable[Renewal]) -> int:
    """Return 1 where somebody must decide or correct something, else 3 where a publisher failed, else 0."""
    codes = {renewal.exit_code for renewal in renewals}
    return 1 if 1 in codes else max(codes, default=0)


def lines(renewal: Renewal) -> Iterator[str]:
    """Yield a line that sums the series up, then one a change."""
    yield f"{renewal.series}: {_summary(renewal)}"
    yield from (f"  {_change(change)}" for change in renewal.difference.changes)
    yield from (f"  {what:<8}  '{old}' -> '{new}'" for what, old, new in renewal.difference.said)
    yield from (f"  note      {note}" for note in renewal.notes)


def complaints(renewals: Iterable[Renewal]) -> Iterator[str]:
    """Yield why series failed: a line a series, or one for all for which a publisher gave no answer in the same way."""
    alike: dict[tuple[str, str], list[Renewal]] = {}
    last: dict[str, tuple[str, str]] = {}
    for renewal in renewals:
        if renewal.error:
            key = (renewal.publisher or renewal.series, renewal.reason)
            if renewal.publisher and not renewal.reason:
                key = last.get(renewal.publisher, key)
            last[renewal.publisher] = key
            alike.setdefault(key, []).append(renewal)
    for (publisher, reason), found in alike.items():
        first = found[0]
        if len(found) == 1:
            yield f"{first.series}: {first.error}"
            continue
        _, line, cure = first.error.partition("\n")
        names = ", ".join(each.series for each in found)
        yield f"{publisher}: {reason}; {len(found)} series keep what is stored: {names}{line}{cure}"


def _summary(renewal: Renewal) -> str:
    counts = [f"{len(found)} {kind}" for kind in _KINDS if (found := renewal.difference.of(kind))]
    counts += [f"another {what}" for what, _, _ in renewal.difference.said]
    updated = f" (as published on {renewal.origin.updated})" if renewal.origin and renewal.origin.updated else ""
    if renewal.state == "changed" and not renewal.written:
        return f"would change: {', '.join(counts)}{updated}; nothing is written"
    if renewal.state in ("failed", "held back"):
        return f"{renewal.state}, nothing is written; what is stored stays{': ' if counts else ''}{', '.join(counts)}"
    return f"{renewal.state}{': ' if counts else ''}{', '.join(counts)}{updated}"


def _change(change: Change) -> str:
    old, new = _number(change.old), _number(change.new)
    if change.kind == "revised":
        ruled = f"; an editor's ruling stands: {change.ruling}" if change.ruling else ""
        return f"revised   {change.period}  {old} -> {new}{_percent(change)}{ruled}"
    if change.kind == "status":
        return f"status    {change.period}  {change.old_status} -> {change.new_status}"
    status = f" ({change.new_status})" if change.new_status != "normal" else ""
    return f"{change.kind:<8}  {change.period}  {new if change.kind == 'new' else old}{status}"


def _number(value: Decimal | None) -> str:
    return "missing" if value is None else f"{value:f}"


def _percent(change: Change) -> str:
    if not change.old or change.new is None:
        return ""
    return f"  ({(change.new / change.old - 1) * 100:+.2f} %)"


def as_json(renewal: Renewal) -> dict[str, Any]:
    """Return a series' outcome as plain values; numbers are texts, so that no digit is lost."""
    return {
        "series": renewal.series,
        "state": renewal.state,
        "written": renewal.written,
        "changes": [
            {**asdict(change), "period": change.period.text, "old": _text(change.old), "new": _text(change.new)}
            for change in renewal.difference.changes
        ],
        "said": [{"what": what, "old": old, "new": new} for what, old, new in renewal.difference.said],
        "origin": asdict(renewal.origin) if renewal.origin else None,
        "findings": [asdict(finding) for finding in renewal.findings],
        "notes": list(renewal.notes),
        "error": renewal.error,
        "publisher": renewal.publisher,
    }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"
