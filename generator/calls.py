"""What a call in prose or in a title says: `{{ fact("trade.cn.2022") }}`, `{{ value("gdp", "2023") }}`.

Place in the pipeline: base; the charts' titles (step 3) and the page (step 4) ask it. In: the
workspace's facts and series, formulas computed. Out: plain text in the page's language, the sources
behind it, and a finding for everything that cannot be answered. The calls are listed in
docs/workspace.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from .formula import ingredients
from .language import Words
from .model import Fact, Finding, Observation, Series
from .page import Call, Phrase, Trace
from .periods import Period
from .reading import Findings, did_you_mean
from .sentences import write
from .traces import Traces

# Name, least and most arguments. Chart and table stand alone in a paragraph; the page places them.
CALLS: Mapping[str, tuple[int, int]] = {
    "fact": (1, 1),
    "amount": (1, 1),
    "period": (1, 1),
    "cite": (1, 1),
    "value": (2, 3),
    "year": (2, 3),
    "name": (1, 1),
    "chart": (1, 1),
    "table": (1, 1),
    "figure": (1, 1),
}
PLACED = ("chart", "table")
MARKED = ("fact", "cite", "value")
_INGREDIENT = re.compile(r"\{([^{}]+)\}")
_RANKS = {"preferred": 0, "normal": 1, "deprecated": 2}


class Answers:
    """Answers calls from facts and series in the page's language, and notes every problem once.

    `printed_facts` and `printed_series` are the ids that were asked for, in order.
    """

    def __init__(
        self,
        facts: Iterable[Fact],
        series: Iterable[Series],
        words: Words,
        *,
        figures: Mapping[str, int] | None = None,
        phrases: Mapping[str, Phrase] | None = None,
        traces: Traces | None = None,
    ) -> None:
        """Keep what may be asked for.

        `figures` are the numbers of the charts by their ids, `phrases` titles and remarks by their text in the file;
        `traces` are what answers are signed with.
        """
        self.facts = {fact.id: fact for fact in facts}
        self.series = {item.id: item for item in series}
        self.words = words
        self.figures = figures or {}
        self.phrases = phrases or {}
        self.traces = traces or Traces()
        self._rows: dict[tuple[str, Observation], Trace] = {}
        self.findings = Findings()
        self.printed_facts: dict[str, None] = {}
        self.printed_series: dict[str, None] = {}

    def say(self, source: str) -> str:
        """Return a title, label or remark in the page's language, its calls answered without marks, and signed."""
        return write(self.parts(source), self.signed)

    def parts(self, source: str) -> tuple[str | Call, ...]:
        """Return a title, label or remark in the page's language, cut at its calls."""
        phrase = self.phrases.get(source)
        return phrase.parts if phrase else (self.words.gettext(source),)

    def signed(self, call: Call) -> str:
        """Return what the call prints, without source mark, its numerals signed."""
        text = self.plain(call)
        return self.traces.sign(text, self.trace(call)) if text else ""

    def plain(self, call: Call) -> str:
        """Return what the call prints, without source mark; "" with a finding where there is no answer."""
        return self._say[call.name](call) if call.name in self._say else ""

    @property
    def _say(self) -> Mapping[str, Callable[[Call], str]]:
        return {
            "fact": self._quantity,
            "amount": self._quantity,
            "period": self._period,
            "cite": self._nothing,
            "value": self._value,
            "year": self._year,
            "name": lambda call: call.args[0],
            "figure": self._figure,
        }

    def measured(self, call: Call) -> bool:
        """Return whether the call prints a number with its unit or a period, which is not to be broken over lines."""
        if call.name in ("value", "year", "period"):
            return True
        fact = self.facts.get(call.args[0]) if call.name in ("fact", "amount") else None
        return fact is not None and not isinstance(fact.value, str)

    def sources(self, call: Call) -> tuple[str, ...]:
        """Return the ids of the sources behind the call, those of a derived figure's ingredients included."""
        if call.name in ("fact", "amount", "period", "cite"):
            fact = self.facts.get(call.args[0])
            return self.sources_of(fact) if fact else ()
        if call.name in ("value", "year"):
            series = self.series.get(call.args[0])
            row = self._observation(call) if series else None
            return self.sources_of_row(series, row) if series and row else ()
        return ()

    # --- traces -----------------------------------------------------------------------------------

    def trace(self, call: Call) -> Trace:
        """Return where the numerals come from that a call prints; it must have been answered."""
        if call.name in ("fact", "amount", "period", "cite"):
            return self.of_fact(self.facts[call.args[0]], period=call.name == "period")
        row = self._observation(call) if call.name in ("value", "year") else None
        if row is not None:
            return self.of_row(self.series[call.args[0]], row, period=call.name == "year")
        return Trace("name", call.args[0]) if call.name == "name" else Trace("figure-number")

    def of_fact(self, fact: Fact, *, period: bool = False) -> Trace:
        """Return a fact as the trace of its value, or of its period."""
        if period:
            return Trace("fact-period", fact.id, fact.period.text, self.sources_of(fact))
        said = f"{fact.qualifier} {fact.value} {fact.scale}".strip()
        computed = f" = {fact.formula}" if fact.formula else ""
        return Trace("fact", fact.id, f"{said} {fact.unit}{computed}", self.sources_of(fact))

    def of_row(self, series: Series, row: Observation, *, period: bool = False) -> Trace:
        """Return an observation as the trace of its value or of its period; the fact where it points at one."""
        if row.fact in self.facts:
            return self.of_fact(self.facts[row.fact], period=period)
        trace = self._rows.get((series.id, row))
        if trace is None:
            name = " ".join(filter(None, (series.id, row.period.text, row.basis)))
            value = "" if row.value is None else f"{row.qualifier} {row.value:f} {row.unit}".strip()
            trace = Trace("observation", name, value, self.sources_of_row(series, row))
            self._rows[series.id, row] = trace
        return replace(trace, kind="observation-period", value=row.period.text) if period else trace

    # --- facts ------------------------------------------------------------------------------------

    def _fact(self, call: Call) -> Fact | None:
        fact = self.facts.get(call.args[0])
        if fact is None:
            self._refuse(call, "call.fact", f"no fact '{call.args[0]}'", "a fact's id", self.facts)
        elif fact.rank == "deprecated" and not call.aside:
            self._refuse(
                call,
                "call.deprecated",
                f"'{fact.id}' is set aside ({fact.reason or 'deprecated'})",
                "a fact that may be printed",
                [other.id for other in self.facts.values() if _same_question(fact, other)],
            )
        else:
            self.printed_facts[fact.id] = None
            return fact
        return None

    def _quantity(self, call: Call) -> str:
        fact = self._fact(call)
        if fact is not None and isinstance(fact.value, Period):
            return self.words.qualified(self.words.period_in_text(fact.value), fact.qualifier)
        return self.words.fact(fact) if fact else ""

    def _period(self, call: Call) -> str:
        fact = self._fact(call)
        return self.words.period_in_text(fact.period) if fact else ""

    def _nothing(self, call: Call) -> str:
        self._fact(call)
        return ""

    def sources_of(self, fact: Fact) -> tuple[str, ...]:
        """Return a fact's source, or those of the facts its formula uses, in the formula's order."""
        found: dict[str, None] = {}
        waiting, seen = [fact], set[str]()
        while waiting:
            current = waiting.pop(0)
            if current.id in seen:
                continue
            seen.add(current.id)
            if current.source:
                found[current.source] = None
            ids = _INGREDIENT.findall(current.formula)
            waiting += [self.facts[id_.strip()] for id_ in ids if id_.strip() in self.facts]
        return tuple(found)

    # --- observations -----------------------------------------------------------------------------

    def _observation(self, call: Call) -> Observation | None:
        series = self.series.get(call.args[0])
        if series is None:
            self._refuse(call, "call.series", f"no series '{call.args[0]}'", "a series' id", self.series)
            return None
        basis = call.args[2] if len(call.args) > 2 else None
        if basis is not None and basis not in series.bases:
            found = f"'{series.id}' has no basis '{basis}'"
            self._refuse(call, "call.basis", found, "one of its bases", series.bases, wanted=basis)
            return None
        rows = series.of(basis)
        if not rows:
            filled = [other.id for other in self.series.values() if other.of()]
            self._refuse(call, "call.empty", f"'{series.id}' has no values to print", "a series with values", filled)
            return None
        return self._choose(call, rows)

    def _choose(self, call: Call, rows: tuple[Observation, ...]) -> Observation | None:
        wanted = rows[-1].period.text if call.args[1] == "latest" else call.args[1]
        found = sorted((row for row in rows if row.period.text == wanted), key=lambda row: _RANKS[row.rank])
        if not found:
            periods = [row.period.text for row in rows]
            missing = f"'{call.args[0]}' has no observation for '{wanted}'"
            if (empty := self._empty(call)) is not None:
                missing = f"'{call.args[0]}' is empty (missing) for '{wanted}' at {empty.place}"
            self._refuse(call, "call.period", missing, "a period it has", periods, wanted=wanted)
            return None
        bases = dict.fromkeys(row.basis for row in found)
        if len(bases) > 1:
            self._refuse(
                call,
                "call.bases",
                f"'{call.args[0]}' has {len(bases)} values for '{wanted}'",
                "a basis as third",
                bases,
            )
            return None
        return found[0]

    def _empty(self, call: Call) -> Observation | None:
        """Return the row of the wanted period where it is there and its value missing."""
        rows = (row for row in self.series[call.args[0]].observations if row.period.text == call.args[1])
        return next((row for row in rows if row.value is None and row.basis in (*call.args[2:], row.basis)[:1]), None)

    def _value(self, call: Call) -> str:
        row = self._observation(call)
        if row is None or row.value is None:
            return ""
        self.printed_series[call.args[0]] = None
        return self.printed(row)

    def dated(self, call: Call) -> str:
        """Return the period of what fact() or value() prints, as it stands alone: `first half of 2022`."""
        period = self.period_of(call)
        return self.words.period(period) if period else ""

    def period_of(self, call: Call) -> Period | None:
        """Return the period of what fact() or value() prints; None where there is no answer."""
        said = self._fact(call) if call.name == "fact" else self._observation(call)
        return said.period if said else None

    def bare(self, call: Call) -> tuple[str, str]:
        """Return what fact() or value() prints without its qualifier, and the qualifier; "" twice with a finding."""
        if not self.plain(call):
            return "", ""
        row = self._observation(call) if call.name == "value" else None
        fact = self.facts.get(row.fact if row else call.args[0])
        if fact is not None:
            return self.words.fact(replace(fact, qualifier="")), fact.qualifier
        return (self.printed(replace(row, qualifier="")), row.qualifier) if row else ("", "")

    def printed(self, row: Observation) -> str:
        """Return an observation as printed: as its fact says it where it has one; "" where it is missing."""
        fact = self.facts.get(row.fact)
        if fact is not None:
            return self.words.fact(fact)
        return self.words.observed(row.value, row.unit, row.qualifier) if row.value is not None else ""

    def _year(self, call: Call) -> str:
        row = self._observation(call)
        return self.words.period_in_text(row.period) if row else ""

    def sources_of_row(self, series: Series, row: Observation) -> tuple[str, ...]:
        """Return an observation's sources: its own, its fact's, or those of the series' ingredients."""
        if row.source in ("", f"fact:{row.fact}") and row.fact in self.facts:
            return self.sources_of(self.facts[row.fact])
        if row.source:
            return (row.source,)
        found: dict[str, None] = {}
        for id_ in _INGREDIENT.findall(series.formula):
            other = self.series.get(id_.strip())
            rows = other.of() if other and other.id != series.id else ()
            for ingredient in rows:
                if other and ingredient.period == row.period:
                    found |= dict.fromkeys(self.sources_of_row(other, ingredient))
        return tuple(found)

    # --- figures and problems ---------------------------------------------------------------------

    def _figure(self, call: Call) -> str:
        if call.args[0] not in self.figures:
            self._refuse(call, "call.chart", f"no chart '{call.args[0]}'", "a chart on this page", self.figures)
            return ""
        return self.words.gettext("Figure {number}").format(number=self.figures[call.args[0]])

    def _refuse(
        self, call: Call, rule: str, found: str, expected: str, choices: Iterable[str], *, wanted: str = ""
    ) -> None:
        """Note a problem once; `wanted` is the argument that is wrong, by default the first."""
        near = did_you_mean(wanted or call.args[0], choices)
        cure = f"Correct it. {near}"
        finding = Finding(call.place, rule, found, expected, cure)
        if finding not in self.findings:
            self.findings.append(finding)


def _same_question(fact: Fact, other: Fact) -> bool:
    return other.rank != "deprecated" and (fact.metric, fact.entity, fact.period) == (
        other.metric,
        other.entity,
        other.period,
    )


def calculations(shown: Iterable[Series], known: Iterable[Series], words: Words) -> list[str]:
    """Return a note for each derived series: that it was computed here, and how."""
    labels = {series.id: words.gettext(series.label) for series in known}
    notes = []
    for series in shown:
        inputs = [labels.get(id_, id_) for id_ in ingredients(series.formula)]
        if inputs:
            note = words.gettext("{label}: own calculation from {inputs}.")
            notes.append(note.format(label=words.gettext(series.label), inputs=words.gettext("; ").join(inputs)))
    return list(dict.fromkeys(notes))
