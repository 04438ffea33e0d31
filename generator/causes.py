"""One cause, one message: problems that only follow from a file that could not be read are held back and counted.

Place in the pipeline: base; `knowledge` and `inspection` pass their findings through it before they are shown.
In: findings of all steps; out: the same without followers and echoes, and a note at each cause that had some.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from .model import Finding
from .reading import Findings

_UNREAD = re.compile(
    r"file\..*|toml\.syntax|csv\.(?:separator|not-csv|empty|quoting|column-.*)|text\.missing|series\.sidecar"
)
"""Rules that say that a file gives nothing, or only a part of what it holds."""
_ID = re.compile(r"no (?:fact|series|basis) '[^']*'")
_NOTE = "unread.followers"
AS_OF = "topic.as-of"
"""The rule that says that a look back leaves out what was not known on its day."""
UNREAD_FACT = "fact '{}': "
"""How a problem begins that keeps a row of facts.csv from being a fact, with the fact's id."""
_UNREAD_FACT = re.compile(r"fact '([^']*)': ")
_NO_FACT = re.compile(r"no fact '([^']*)'")
_CHART = r"chart\.(?:series|basis|empty|too-few|mixed-bases|units|event)"
_FACT = rf"evidence\.formula|series\.fact|topic\.fact|call\.(?:fact|period|missing|empty|basis|bases)|{_CHART}"
_SERIES = rf"topic\.(?:series|basis)|call\.(?:series|period|missing|empty|basis|bases)|{_CHART}|series\.formula"
_MISSED = rf"{_FACT}|{_SERIES}"
_TEXT = r"text\.missing|context\.unplaced"
_COVERAGE = r"data/(?:set-aside\.csv|sources\.toml)"
_WORDS = r"csv\.(?:metric|entity|basis|unit)|series\.(?:metric|entity|unit)"
_FOLLOWERS: tuple[tuple[str, str, str], ...] = (
    (r"data/vocabulary\.toml", r"data/[^/]+/.*", rf"{_WORDS}|{_FACT}|{_SERIES}"),
    (r"data/sources\.toml", r"data/[^/]+/.*", rf"csv\.source|{_FACT}|{_SERIES}"),
    (r"data/sources\.toml", _COVERAGE, r"coverage\.source"),
    (r"data/vocabulary\.toml", _COVERAGE, r"coverage\..*"),
    (r"data/(?:[^/]+/facts|set-aside)\.csv", _COVERAGE, r"coverage\.(?:open|count)"),
    (r"(data/[^/]+/)facts\.csv", r"{0}.*", _FACT),
    (r"(data/[^/]+/)series/.*", r"{0}.*", _SERIES),
    (r"(data/[^/]+/)text\.[^/]*\.md", r"{0}.*", _TEXT),
)
"""A file that could not be read, where its followers stand ({0}: its topic), and their rules."""


def unread(findings: Iterable[Finding]) -> dict[str, Finding]:
    """Return the files that could not be read, or only in part, each with the first finding that says so."""
    found: dict[str, Finding] = {}
    for finding in findings:
        known = found.get(finding.place.file)
        # That a text is missing follows from a text that is not UTF-8.
        if _UNREAD.fullmatch(finding.rule) and (known is None or known.rule == "text.missing"):
            found[finding.place.file] = finding
    return found


def hold_back(findings: Iterable[Finding]) -> Findings:
    """Return the findings without those that follow from an unread file; a note beside the cause counts them.

    A later step's findings may be added to the result and passed through again: the note then counts all. What misses
    something that a look back leaves out follows from that, which is an error then.
    """
    findings = _look_back(tuple(findings))
    causes, rows = unread(findings), _unread_rows(findings)
    kept, followers = Findings(), Counter[str]()
    for finding in _once(findings):
        if finding.rule == _NOTE:
            at = finding.place.file
            followers[at if at in causes else str(finding.place)] += int(finding.found.partition(" ")[0])
            continue
        cause = next((file for file in causes if _follows(finding, causes[file])), None) or _row_of(finding, rows)
        if cause is None:
            kept.append(finding)
        else:
            followers[cause] += 1
    for cause, number in followers.items():
        noun = "problem follows" if number == 1 else "problems follow"
        kept.add(
            causes[cause].place if cause in causes else rows[cause].place,
            _NOTE,
            f"{number} further {noun} from this one",
            expected="a file that is read whole" if cause in causes else "a row that gives its fact",
            cure="Cure this one first; what is left is told then.",
            severity="note",
        )
    return kept


def _look_back(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return the findings with one error for all that a topic misses on its day, in place of a note and of them."""
    for cause in [each for each in findings if each.rule == AS_OF and each.severity == "note"]:
        folder = cause.place.file.removesuffix("topic.toml")
        missing = [
            each for each in findings
            if each.severity == "error" and each.place.file.startswith(folder) and re.fullmatch(_MISSED, each.rule)
        ]  # fmt: skip
        if missing:
            what = f"{len(missing)} calls, charts and figures miss"
            what = "1 call, chart or figure misses" if len(missing) == 1 else what
            said = replace(
                cause,
                found=f"{cause.found}, and {what} what is left out ({_some(missing)})",
                cure="Look back to a later day, or build the topic as it is now.",
                severity="error",
            )
            findings = tuple(said if each is cause else each for each in findings if each not in missing)
    return findings


def _some(missing: Sequence[Finding]) -> str:
    said = list(dict.fromkeys(each.found for each in sorted(missing, key=lambda one: not _NO_FACT.search(one.found))))
    return "; ".join(said[:3]) + ("; …" if len(said) > 3 else "")


def _unread_rows(findings: Iterable[Finding]) -> dict[str, Finding]:
    """Return the first problem of each row of facts that gives no fact, by its place."""
    rows: dict[str, Finding] = {}
    for finding in findings:
        if finding.place.file.endswith("/facts.csv") and _UNREAD_FACT.match(finding.found):
            rows.setdefault(str(finding.place), finding)
    return rows


def _row_of(finding: Finding, rows: Mapping[str, Finding]) -> str | None:
    """Return the row from whose fact a finding misses something: a topic uses its own facts only."""
    missed = _NO_FACT.search(finding.found)
    if missed is None:
        return None
    for at, row in rows.items():
        topic = row.place.file.removesuffix("facts.csv")
        if finding.place.file.startswith(topic) and row.found.startswith(UNREAD_FACT.format(missed[1])):
            return at
    return None


def _follows(finding: Finding, cause: Finding) -> bool:
    if finding == cause:
        return False
    for file, where, rules in _FOLLOWERS:
        match = re.fullmatch(file, cause.place.file)
        if match and re.fullmatch(where.format(*map(re.escape, match.groups())), finding.place.file):
            return _concerns(finding, cause) and re.fullmatch(rules, finding.rule) is not None
    return False


def _concerns(finding: Finding, cause: Finding) -> bool:
    """Return whether a finding may come from this cause, where it names what it misses."""
    name = cause.place.file.rpartition("/")[2]
    if cause.rule == "series.sidecar":
        # Most are copies that nothing asks for.
        return f"'{name.removesuffix('.csv')}'" in finding.found
    if finding.rule == "text.missing":
        # Of two languages without a text, neither follows from the other.
        return finding.place.file == cause.place.file and cause.rule != "text.missing"
    if finding.rule == "evidence.formula":
        return "no fact '" in finding.found
    return finding.rule != "context.unplaced" or name in finding.found


def _once(findings: Iterable[Finding]) -> Iterable[Finding]:
    """Yield the findings without echoes: a misspelt id told by the topic's reading and again by who uses it."""
    told: set[tuple[object, ...]] = set()
    for finding in dict.fromkeys(findings):
        wrong = _ID.search(finding.found) if finding.rule.startswith(("topic.", "call.", "chart.")) else None
        key = (finding.place, wrong[0]) if wrong else (finding,)
        if key not in told:
            yield finding
        told.add(key)

