"""Findings as a work list: by file, what stops a build first.

Place in the pipeline: a part of the door `web`. In: findings; out: groups that a page shows one after the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from ..model import Finding

_RANK = {severity: rank for rank, severity in enumerate(("error", "warning", "note"))}
Group = tuple[str, list[Finding]]
"""A file, and its findings."""


def grouped(findings: Iterable[Finding]) -> list[Group]:
    """Return findings by file: the file with the worst one first, and in it the worst first, then by line."""
    by_file = sorted(findings, key=lambda each: each.place.file)
    groups = [
        (file, sorted(each, key=lambda one: (_RANK[one.severity], one.place.line)))
        for file, each in groupby(by_file, key=lambda each: each.place.file)
    ]
    return sorted(groups, key=lambda group: _RANK[group[1][0].severity])
