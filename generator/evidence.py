"""The evidence: anchors checked against their documents, derived figures recomputed, the lock that records it.

Place in the pipeline: step 2 Check. In: facts, sources, the documents at hand, the lock of the last check.
Out: `Checked` for each fact that stands, `Conflict` where sources disagree, and a `Finding` for each fact that
does not stand: what the anchor holds, what was expected, where the document says something alike, the cure.

An anchor's number is checked even where the document is not at hand: one quantity in it must be the fact's amount
in the fact's unit. A number without a unit counts where the unit is a count of the workspace's own and a word of it
stands anywhere in the anchor; otherwise that is a warning. Money, percent and times must carry their unit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from . import quantities
from .agreement import falls_in, is_count, is_read, lacks_year, read, same_amount, same_digits, same_unit, says
from .anchors import LONGEST, Document, comparable, count_words, fold, shorten
from .derivation import derive
from .disagreement import check_rulings, conflicts
from .errors import DocumentError
from .figures import RATES
from .grammars import GRAMMARS
from .lock import FILE as LOCK
from .lock import Lock, lock_dates, read_lock, statement_sum, write_lock
from .model import Checked, Fact, Finding, Severity, Source, Vocabulary
from .periods import Period
from .plausibility import ask
from .quantities import Quantity
from .reading import Findings
from .staleness import Ageing, aged
from .statements import is_compared_with

__all__ = [
    "Ageing", "Lock", "aged", "ask", "check_anchors", "check_numbers", "check_rulings", "conflicts", "derive",
    "lock_dates", "read_lock", "write_lock",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Copy:
    """A source's document: None where it is not at hand, `refused` where it is not what it should be."""

    document: Document | None = None
    refused: bool = False


def check_anchors(
    facts: Iterable[Fact],
    sources: Mapping[str, Source],
    documents: Callable[[Source], Document | None],
    lock: Lock,
    today: str,
) -> tuple[tuple[Checked, ...], tuple[Finding, ...]]:
    """Return how each fact's anchor was looked up, and every problem; `today` is an ISO date.

    `documents` gives a source's document, None where it is not at hand, and raises DocumentError for a wrong one.
    A fact with an error has no `Checked`. The day of one that the lock holds unchanged is the lock's.
    """
    findings = Findings(lock.findings)
    copies: dict[str, _Copy] = {}
    facts, checked, open_facts = tuple(facts), [], dict[str, list[Fact]]()
    for fact in facts:
        source = sources.get(fact.source)
        if fact.formula:
            checked.append(Checked(fact.id, "derived"))
        elif source is not None:
            if source.id not in copies:
                copies[source.id] = _open(source, documents, findings)
            state = _check(fact, source, copies[source.id], findings)
            row = _record(fact, source, state, lock, today) if state else None
            if row is not None:
                checked.append(row)
            elif state == "locked":
                open_facts.setdefault(source.id, []).append(fact)
    for id_, unproven in open_facts.items():
        _report_missing(sources[id_], unproven, findings)
    _report_unfounded(facts, sources, findings)
    return tuple(checked), tuple(findings)


def check_numbers(
    facts: Iterable[Fact], sources: Mapping[str, Source], vocabulary: Vocabulary, language: str
) -> tuple[frozenset[str], tuple[Finding, ...]]:
    """Return the facts whose anchors hold other numbers than they say, and every problem.

    `language` is the workspace's own.
    """
    findings, refused = Findings(), set()
    plain: dict[str, list[Fact]] = {}
    for fact in facts:
        source = sources.get(fact.source)
        if source is None or fact.formula or not fact.anchor:
            continue
        before = len(findings)
        if _check_value(fact, source, vocabulary, findings):
            plain.setdefault(source.id, []).append(fact)
        if not _check_words(fact, source, language, vocabulary, findings) or findings.failed(before):
            refused.add(fact.id)
    for id_, alike in plain.items():
        _report_digits(sources[id_], alike, findings)
    return frozenset(refused), tuple(findings)


def _record(fact: Fact, source: Source, state: str, lock: Lock, today: str) -> Checked | None:
    """Return the record of a check; None for a fact without document that the lock does not hold either."""
    if state == "unchecked":
        return Checked(fact.id, "unchecked")
    entry = lock.entries.get(fact.id)
    same = entry is not None and (entry.statement, entry.document) == (statement_sum(fact), source.sha256)
    if state == "locked" and not same:
        return None
    on = entry.on if entry is not None and same else today
    return Checked(fact.id, "now" if state == "now" else "locked", on, source.sha256)


def _open(source: Source, documents: Callable[[Source], Document | None], findings: Findings) -> _Copy:
    try:
        return _Copy(documents(source))
    except DocumentError as error:
        findings.extend(error.findings)
        return _Copy(refused=True)


def _check(fact: Fact, source: Source, copy: _Copy, findings: Findings) -> str:
    """Return "now", "locked" (to be looked up) or "unchecked"; "" for a fact that does not stand."""
    before = len(findings)
    if fact.anchor:
        _check_length(fact, findings)
    elif source.document:
        findings.add(
            fact.place,
            "evidence.anchor-missing",
            f"fact '{fact.id}' has no anchor",
            expected=f"the words of {source.document} that hold the figure",
            cure="Copy at most fifteen words from the document.",
        )
    if copy.document is not None and fact.anchor:
        _check_place(fact, source, copy.document, findings)
    if copy.refused or findings.failed(before):
        return ""
    if not source.document:
        return "unchecked"
    return "now" if copy.document is not None else "locked"


def _check_length(fact: Fact, findings: Findings) -> None:
    words = count_words(fact.anchor)
    if words > LONGEST:
        findings.add(
            fact.place,
            "evidence.anchor-long",
            f"an anchor of {words:g} words",
            expected=f"at most {LONGEST} (a Chinese character counts half)",
            cure="Keep only the words that hold the figure.",
        )


def _check_place(fact: Fact, source: Source, document: Document, findings: Findings) -> None:
    if document.holds(fact.anchor):
        return
    near = document.nearest(fact.anchor)
    cure = f"Did you mean '{near.text}' ({near.place})?" if near else "Copy the words from the document."
    findings.add(
        fact.place,
        "evidence.anchor-not-found",
        f"anchor '{shorten(fact.anchor)}' does not stand in {source.document}",
        expected="words of the document, letter by letter",
        cure=cure,
    )


def _names(facts: Sequence[Fact]) -> str:
    more = f" and {len(facts) - 5} more" if len(facts) > 5 else ""
    return ", ".join(fact.id for fact in facts[:5]) + more


def _report_unfounded(facts: Iterable[Fact], sources: Mapping[str, Source], findings: Findings) -> None:
    """Warn of each source without document whose facts have anchors, for these are not looked up."""
    anchored: dict[str, list[Fact]] = {}
    for fact in facts:
        if fact.anchor and fact.source in sources and not sources[fact.source].document:
            anchored.setdefault(fact.source, []).append(fact)
    for id_, unfounded in anchored.items():
        findings.add(
            sources[id_].place,
            "evidence.no-document",
            f"source '{id_}' names no document, so the anchors of {_names(unfounded)} are not looked up",
            expected="`document`, `sha256` and `language`",
            cure="Keep the text as UTF-8 and name it, or empty the anchors: the facts then count as unchecked.",
            severity="warning",
        )


def _report_missing(source: Source, facts: Sequence[Fact], findings: Findings) -> None:
    findings.add(
        source.place,
        "evidence.document-missing",
        f"{source.document} is not at hand and {LOCK} does not vouch for {_names(facts)}",
        expected="the document, or a check of it in the lock",
        cure="Put it in data/sources/ or name its folder in BRIEFING_DOCUMENTS; then run `briefing check`.",
        severity="warning",
    )


# --- the number in the anchor ---------------------------------------------------------------------


def _check_value(fact: Fact, source: Source, vocabulary: Vocabulary, findings: Findings) -> bool:
    """Hold a value to its anchor; return whether nothing but digits could be compared, and they agree."""
    anchor = fold(fact.anchor)
    language = quantities.language_of(anchor, source.language)
    try:
        found = quantities.find(anchor, language, vocabulary.units)
    except ValueError:
        compared = source.document and not isinstance(fact.value, str)
        return bool(compared) and _check_digits(fact, read(anchor, language, vocabulary), language, findings)
    if isinstance(fact.value, Period):
        _check_date(fact, fact.value, found, findings)
    elif not isinstance(fact.value, str):
        _check_number(fact, found, language, vocabulary, findings)
    _check_period(fact, [each for each in found if not _is_base(fact, each, anchor, language)], findings)
    return False


def _check_words(fact: Fact, source: Source, language: str, vocabulary: Vocabulary, findings: Findings) -> bool:
    """Return whether each number of a text stands in its anchor too; the other words are an editor's summary."""
    if not isinstance(fact.value, str) or not fact.anchor or comparable(fact.value) in comparable(fact.anchor):
        return True
    # A document may quote in another language than its own.
    held = tuple(
        each
        for tongue in dict.fromkeys((source.language or language, language))
        for each in read(fold(fact.anchor), tongue, vocabulary)
    )
    said = read(fold(fact.value), language, vocabulary)
    readable = is_read(quantities.language_of(fold(fact.anchor), source.language or language))
    strangers = [str(each) for each in said if not any(says(fact, each, other) for other in held)]
    if not strangers:
        return True
    findings.add(
        fact.place,
        "evidence.text-number",
        f"the text says {', '.join(strangers)}, and anchor '{shorten(fact.anchor)}' holds "
        + (", ".join(dict.fromkeys(map(str, held))) or "no number"),
        expected="the numbers of a text among those of its anchor",
        cure="Correct the text, or lengthen the anchor to the words that hold the number."
        if readable
        else f"Compare them by eye: numbers in the language '{source.language}' are read in digits only.",
        severity="error" if readable else "warning",
    )
    return not readable


def _is_base(fact: Fact, quantity: Quantity, anchor: str, language: str) -> bool:
    """Return whether a time in the anchor is the earlier one that the fact's change is counted from."""
    said = quantity.period
    if said is None or fact.unit not in RATES or not fact.period.dated or said.end >= fact.period.start:
        return False
    return is_compared_with(anchor, quantity.start, language)


def _check_period(fact: Fact, found: Sequence[Quantity], findings: Findings) -> None:
    """Warn where the anchor names years or dates and none of them falls into the fact's period: one year off."""
    said = [quantity.period for quantity in found if quantity.period]
    period = fact.period
    if not said or not period.dated or any(each.start <= period.end and period.start <= each.end for each in said):
        return
    findings.add(
        fact.place,
        "evidence.anchor-period",
        f"anchor '{shorten(fact.anchor)}' speaks of {', '.join(map(str, said))}",
        expected=f"{period}, as in the column 'period'",
        cure="Correct the period, or shorten the anchor to the words that hold the figure.",
        severity="warning",
    )


def _check_digits(fact: Fact, found: Sequence[Quantity], language: str, findings: Findings) -> bool:
    """Return whether digits and their scale are the value's, where no more is read of a language; else warn."""
    if isinstance(fact.value, Period):
        agree = any(quantity.value == fact.value.start.year for quantity in found)
    else:
        agree = any(same_digits(fact, quantity) for quantity in found)
    if not agree:
        held = ", ".join(dict.fromkeys(quantity.text for quantity in found)) or "no digits"
        findings.add(
            fact.place,
            "evidence.language",
            f"anchor '{shorten(fact.anchor)}' is in '{language}', of whose numbers only digits are read: {held}",
            expected=f"digits of {fact.value} {fact.scale}".strip(),
            cure="Compare value and anchor by eye; correct `language` in data/sources.toml if it is wrong.",
            severity="warning",
        )
    return agree


def _report_digits(source: Source, facts: Sequence[Fact], findings: Findings) -> None:
    """Note once a source whose anchors were compared by their digits only."""
    findings.add(
        source.place,
        "evidence.language",
        f"numbers in '{source.language}' are read by digits and scale words only, and those agree in the anchors of "
        f"{_names(facts)}; units, qualifiers and dates are not checked",
        expected=f"a language whose numbers are read whole: {', '.join(GRAMMARS)}",
        cure="Compare them by eye; correct `language` in data/sources.toml if it is wrong.",
        severity="note",
    )


def _check_number(
    fact: Fact, found: Sequence[Quantity], language: str, vocabulary: Vocabulary, findings: Findings
) -> None:
    equal = [quantity for quantity in found if same_amount(fact, quantity)]
    fitting = [quantity for quantity in equal if same_unit(fact, quantity, language, vocabulary)]
    if fitting:
        _check_qualifier(fact, fitting, findings)
        return
    counted = is_count(fact.unit) and any(quantity.unit == "" for quantity in equal)
    if counted:
        _refuse(
            fact,
            "evidence.unit-unread",
            found,
            findings,
            cure=f"Lengthen the anchor to the unit, or add the document's word for it to data/vocabulary.toml: "
            f"units.{fact.unit}.words.{language}. Keep cells of a table whose unit stands in its head as a series.",
            severity="warning",
        )
    else:
        rule = "evidence.anchor-unit" if equal else "evidence.anchor-value"
        cure = "Correct the value or the anchor"
        if equal and all(quantity.unit == "" for quantity in equal):
            cure += f", or give the document's word under [units.{fact.unit}] words.{language} in data/vocabulary.toml"
        elif not equal and any(same_amount(_without_sign(fact), quantity) for quantity in found):
            cure = (
                "Correct the value, or anchor words that hold the minus; a deficit or a loss without one is stated as "
                "a plain number under a metric that is called so"
            )
        _refuse(fact, rule, found, findings, cure=f"{cure}.")


def _without_sign(fact: Fact) -> Fact:
    return replace(fact, value=abs(fact.value)) if isinstance(fact.value, Decimal) else fact


def _check_qualifier(fact: Fact, fitting: Sequence[Quantity], findings: Findings) -> None:
    if any(quantity.qualifier == fact.qualifier or quantity.kind == "indefinite" for quantity in fitting):
        return
    said = fitting[0].qualifier
    findings.add(
        fact.place,
        "evidence.anchor-qualifier",
        f"anchor '{shorten(fact.anchor)}' says " + (f"'{said}'" if said else "no qualifier"),
        expected=f"'{fact.qualifier}'" if fact.qualifier else "none, as in the column 'qualifier'",
        cure="Correct the qualifier, or lengthen the anchor to the words that say it.",
        severity="warning",
    )


def _check_date(fact: Fact, value: Period, found: Sequence[Quantity], findings: Findings) -> None:
    dates = [quantity for quantity in found if quantity.iso]
    if any(falls_in(value, quantity) for quantity in dates):
        return
    if any(lacks_year(value, quantity) for quantity in dates):
        findings.add(
            fact.place,
            "evidence.year-missing",
            f"anchor '{shorten(fact.anchor)}' gives no year",
            expected=value.text,
            cure="Lengthen the anchor to the year if the document says it there.",
            severity="note",
        )
        return
    _refuse(fact, "evidence.anchor-date", dates, findings, cure="Correct the date or the anchor.")


def _refuse(
    fact: Fact, rule: str, found: Sequence[Quantity], findings: Findings, *, cure: str, severity: Severity = "error"
) -> None:
    held = ", ".join(dict.fromkeys(str(quantity) for quantity in found)) or "no quantity that is read"
    scaled = f"{fact.value} {fact.scale}".strip()
    findings.add(
        fact.place,
        rule,
        f"anchor '{shorten(fact.anchor)}' holds {held}",
        expected=str(fact.value) if isinstance(fact.value, Period) else f"{scaled} {fact.unit}",
        cure=cure,
        severity=severity,
    )
