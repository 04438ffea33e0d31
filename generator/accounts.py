"""What commands tell of outcomes, editions and findings: lines for people, values for machines.

Place in the pipeline: a part of the door `cli`. In: what the pipeline and the archive return; out: text, and plain
values that become JSON.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .contrast import Contrast
    from .model import Edition, Finding
    from .pipeline import Outcome


def outcome_lines(outcome: Outcome) -> list[str]:
    """Return the files that a build made or left as they are, or that it failed."""
    if outcome.edition is None:
        return [f"{outcome.topic}: failed, nothing was kept; the last good edition stays"]
    folder = f"reports/{outcome.topic}/{outcome.edition.id}"
    kept = (*outcome.edition.files, *outcome.edition.briefs)
    files = [file for file in kept if file[0] in (outcome.languages or outcome.edition.languages)]
    return [f"{folder}/{file[1]}  {outcome.state}" for file in files]


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """Return what became of a topic."""
    return {
        "topic": outcome.topic,
        "state": outcome.state,
        "languages": list(outcome.languages),
        "edition": edition_json(outcome.edition) if outcome.edition else None,
        "findings": [finding_json(finding) for finding in outcome.findings],
        "error": outcome.error,
    }


def edition_json(edition: Edition) -> dict[str, Any]:
    """Return an edition with the paths of its files."""
    folder = f"reports/{edition.topic}/{edition.id}"
    keys = ("language", "path", "sha256", "bytes", "pages")
    files, briefs = (
        [dict(zip(keys, (file[0], f"{folder}/{file[1]}", *file[2:]), strict=True)) for file in kept]
        for kept in (edition.files, edition.briefs)
    )
    return {**asdict(edition), "folder": folder, "files": files, "briefs": briefs}


def contrast_json(contrast: Contrast) -> dict[str, Any]:
    """Return what differs between two editions, language-neutral."""
    return {
        "topic": contrast.topic,
        "before": contrast.before,
        "after": contrast.after,
        "differences": [asdict(each) for each in contrast.differences],
        "aspects": list(contrast.aspects),
    }


def edition_line(edition: Edition, damage: str, recall: str = "") -> str:
    """Return an edition on one line."""
    files = " ".join(f"{language}:{pages}p:{size}B" for language, _, _, size, pages in edition.files)
    state = ", ".join(filter(None, (damage or "whole", recall)))
    return f"{edition.topic}/{edition.id}  {files}  {edition.digest[:12]}  {state}"


def finding_json(finding: Finding) -> dict[str, Any]:
    """Return a finding, its place in two parts."""
    return {**asdict(finding), "place": {"file": finding.place.file, "line": finding.place.line}}
