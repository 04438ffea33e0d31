"""The page's context: everything a template may see, numbered in the order in which it is read.

Place in the pipeline: step 4 Write. In: a topic with its script, planned charts, evidence and sources,
and the edition's data; out: a `Context`, the ids of what it prints (for the record) and every problem.
Sources, figures and tables get their numbers in the order of the page, so this order is written
once, in `compose`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from .apparatus import Apparatus, age_in_words, credit
from .attachments import attach
from .calls import MARKED, Answers
from .language import Words
from .marks import Marks
from .model import (
    ChartSpec,
    Checked,
    Conflict,
    Fact,
    Finding,
    KeyFigureSpec,
    Place,
    Series,
    Source,
    TableSpec,
    Topic,
    Vocabulary,
)
from .numbering import Start, number_figures, number_tables
from .page import (
    Attached,
    Block,
    Call,
    Chart,
    Context,
    Credit,
    KeyFigure,
    Label,
    Mark,
    Passage,
    Phrase,
    PlannedChart,
    Script,
    ScriptSection,
    Section,
    Table,
    Trace,
)
from .reading import Findings, did_you_mean
from .sentences import write
from .spread import lay_table, previous
from .staleness import Ageing, name_of
from .traces import Traces, plain

_SHORT = 110
"""Letters of prose that take hardly more than a line."""
_PLAIN = re.compile("<[^>]*>|[\U00100000-\U0010fffd]")
_UNIT = re.compile("\u00a0(?=[^\\W\\d_])")
"""The space before a unit that is a word: in the narrow columns of key figures a line may end there."""


@dataclass(frozen=True, slots=True)
class Imprint:
    """What identifies the edition: from the archive and briefing.toml. `date` and `as_of` are ISO dates.

    `as_of` is the day by which everything shown was published; "" where nothing was left out.
    """

    edition: str
    number: int
    date: str
    digest: str
    program: str
    issuer: str
    tagline: str = ""
    contact: str = ""
    as_of: str = ""


@dataclass(frozen=True, slots=True)
class Material:
    """Everything a page is made from.

    `facts` and `series` are the whole workspace's (formulas computed; the topic's own where empty), so
    that a topic may cite another's. `charts` are planned by id; `sparks` has one entry a key figure, in
    order, None where there is no sparkline. The page fetches both as charts/<plot.id>.svg.
    """

    topic: Topic
    words: Words
    vocabulary: Vocabulary
    sources: Mapping[str, Source]
    script: Script
    titles: Mapping[str, Phrase]
    charts: Mapping[str, PlannedChart]
    sparks: tuple[PlannedChart | None, ...] = ()
    checked: tuple[Checked, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    facts: tuple[Fact, ...] = ()
    series: tuple[Series, ...] = ()
    ageing: Ageing = Ageing()
    start: Start = Start()


@dataclass(frozen=True, slots=True)
class Composed:
    """A page's context, the ids of facts, series and sources it prints, and what is wrong with it."""

    context: Context
    facts: tuple[str, ...]
    series: tuple[str, ...]
    sources: tuple[str, ...]
    findings: tuple[Finding, ...]
    traces: tuple[Trace, ...] = ()
    """What the numerals of the context are signed with, by number."""
    drawn: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """For each drawing's file the texts that it may show, signed."""


def compose(material: Material, imprint: Imprint) -> Composed:
    """Return what a template may see; problems are collected, never raised."""
    page = _Page(material, date.fromisoformat(imprint.date))
    topic, words = material.topic, material.words
    bottom_line = page.phrase_html(topic.bottom_line)
    key_figures = tuple(page.key_figure(spec, spark) for spec, spark in page.key_figure_specs())
    lead = page.chart(topic.charts[0]) if topic.charts else None
    summary = tuple(page.passage(point) for point in material.script.summary)
    sections = tuple(page.section(section) for section in material.script.sections)
    page.refuse_unplaced()
    apparatus = Apparatus(page.answers, page.marks, material.vocabulary, material.sources)
    facts = apparatus.fact_rows(topic.facts, material.conflicts, material.ageing.latest, page.day)
    disagreements = apparatus.disagreements(topic, material.conflicts)
    context = Context(
        language=words.language,
        issuer=words.gettext(imprint.issuer),
        tagline=words.gettext(imprint.tagline),
        contact=imprint.contact,
        topic=topic.id,
        accent=topic.accent,
        title=page.answers.say(topic.title),
        subtitle=page.answers.say(topic.subtitle),
        edition=imprint.edition,
        number=imprint.number,
        date=words.iso(imprint.date),
        iso_date=imprint.date,
        bottom_line=bottom_line,
        key_figures=key_figures,
        lead=lead,
        summary=summary,
        sections=sections,
        facts=facts,
        disagreements=disagreements,
        sources=apparatus.source_rows(material.checked, imprint.date, as_of=imprint.as_of),
        digest=imprint.digest,
        program=imprint.program,
        as_of=words.iso(imprint.as_of),
        gaps=page.gaps(),
        anchor=material.start.anchor,
    )
    return Composed(
        context,
        tuple(page.answers.printed_facts),
        tuple(page.answers.printed_series),
        page.marks.sources,
        (*page.findings, *page.answers.findings, *page.marks.findings),
        page.answers.traces.all,
        tuple(page.drawn.items()),
    )


def attachments(material: Material, composed: Composed) -> tuple[Attached, ...]:
    """Return facts.csv, facts.json, series.csv and a CSV a chart of what the edition shows."""
    facts = {fact.id: fact for fact in material.facts or material.topic.facts}
    series = {item.id: item for item in material.series or material.topic.series}
    return attach(
        [facts[id_] for id_ in composed.facts if id_ in facts],
        [series[id_] for id_ in composed.series if id_ in series],
        [material.sources[id_] for id_ in composed.sources if id_ in material.sources],
        material.checked,
        [plan for plan in material.charts.values() if _file(plan) in dict(composed.drawn)],
    )


class _Page:
    """The page while it is composed: the numbers given so far, and the answers to calls."""

    def __init__(self, material: Material, day: date) -> None:
        self.material = material
        self.day = day
        self.words = material.words
        self.findings = Findings()
        start = material.start
        traces = Traces(start.traces)
        self.marks = Marks(material.sources, traces, start.sources)
        topic = material.topic
        self.chart_specs = {spec.id: spec for spec in topic.charts}
        self.table_specs = {spec.id: spec for spec in topic.tables}
        self.anchor = start.anchor
        self.figures = number_figures(topic, material.script, start.figures)
        self.tables = number_tables(topic, material.script, start.tables)
        self.done: set[tuple[str, str]] = set()
        self.drawn: dict[str, tuple[str, ...]] = {}
        self.answers = Answers(
            material.facts or topic.facts,
            material.series or topic.series,
            material.words,
            figures=self.figures,
            phrases=material.titles,
            traces=traces,
        )

    # --- text -------------------------------------------------------------------------------------

    def phrase_html(self, source: str) -> str:
        """Return a sentence of topic.toml as safe HTML with source marks."""
        return write(self.answers.parts(source), self._answer, html.escape)

    def passage(self, passage: Passage) -> str:
        """Return prose as safe HTML with its calls answered."""
        return write(passage.parts, self._answer)

    def _answer(self, call: Call) -> str:
        text = html.escape(self.answers.signed(call))
        if call.name == "figure" and text:
            return f'<a class="figure" href="#figure-{html.escape(self.anchor + call.args[0])}">{text}</a>'
        if call.name in MARKED:
            marks = self.marks.of(self.answers.sources(call))
            text += _marked(marks)
        # The class keeps number, unit and mark on one line.
        return f'<span class="fact">{text}</span>' if self.answers.measured(call) else text

    # --- key figures ------------------------------------------------------------------------------

    def key_figure_specs(self) -> Iterator[tuple[KeyFigureSpec, PlannedChart | None]]:
        """Yield each key figure with its sparkline."""
        sparks = self.material.sparks
        for index, spec in enumerate(self.material.topic.key_figures):
            yield spec, sparks[index] if index < len(sparks) else None

    def key_figure(self, spec: KeyFigureSpec, spark: PlannedChart | None) -> KeyFigure:
        """Return a key figure: a fact's value, or the newest observation of a series' basis."""
        call = self._key_call(spec)
        change, compared = self._change(spec, call)
        value, qualifier = self.answers.bare(call)
        before, after = self.words.around_value(qualifier)
        sign = self.answers.traces.sign
        return KeyFigure(
            label=self.answers.say(spec.label),
            value=sign(_UNIT.sub(" ", value), self.answers.trace(call)) if value else "",
            before=before,
            after=after,
            period=sign(self.answers.dated(call), self.answers.trace(_period_of(call))) if value else "",
            age=sign(*self._age(spec, call)),
            dated=name_of(spec, self.material.topic) in self.material.ageing.latest | self.material.ageing.dated,
            change=sign(change, compared),
            direction="up" if change[:1] == "+" else "down" if change[:1] == "\u2212" else "flat" if change else "",
            spark=_file(spark) if spark else "",
            spark_alt=sign(spark.plot.alt, Trace("chart", spec.series)) if spark else "",
            marks=self.marks.of(self.answers.sources(call)),
        )

    def _key_call(self, spec: KeyFigureSpec) -> Call:
        if spec.fact:
            return Call("fact", (spec.fact,), spec.place)
        series = self.answers.series.get(spec.series)
        rows = series.of(spec.basis or None) if series else ()
        basis = (rows[-1].basis,) if rows else (spec.basis,) if spec.basis else ()
        return Call("value", (spec.series, "latest", *basis), spec.place)

    def _age(self, spec: KeyFigureSpec, call: Call) -> tuple[str, Trace]:
        """Return how old a figure is that has a shelf life, and from what; "" for one that does not age."""
        said = self.answers.facts.get(spec.fact) or self.answers.series.get(spec.series)
        lives = {metric.id for metric in self.material.vocabulary.metrics if metric.shelf_life is not None}
        period = self.answers.period_of(call)
        if said is None or said.metric not in lives or period is None:
            return "", Trace("age")
        latest = name_of(spec, self.material.topic) in self.material.ageing.latest
        age = age_in_words(period, self.day, self.words, latest=latest)
        return age, Trace("age", said.id, f"{period.text} to {self.day}")

    def _change(self, spec: KeyFigureSpec, call: Call) -> tuple[str, Trace]:
        """Return the change on the period before, and what it is computed from; "" where there is none."""
        series, nothing = self.answers.series.get(spec.series), ("", Trace("change"))
        fact = self.answers.facts.get(spec.fact)
        if series is None:
            return nothing
        self.answers.printed_series[series.id] = None
        if fact is None:
            rows = series.of(call.args[2]) if len(call.args) > 2 else ()
            current = rows[-1] if rows else None
            found = (current.period, current.value, current.unit, current.qualifier) if current else None
        else:
            found = (fact.period, fact.amount, fact.unit, fact.qualifier)
        if found is None or found[1] is None or found[3]:
            return nothing
        basis = call.args[2] if fact is None else spec.basis or fact.basis
        before = previous(series, found[0], found[2], basis)
        if before is None or before.value is None or before.qualifier:
            return nothing
        change = self.words.change(found[1], before.value, found[2])
        if not change:
            return nothing
        inputs = (self.answers.trace(call), self.answers.of_row(series, before))
        return self.words.since(change, before.period), _computed("change", *inputs)

    # --- charts and tables ------------------------------------------------------------------------

    def chart(self, spec: ChartSpec) -> Chart | None:
        """Return a chart with its number, source line and marks; None where its planning failed."""
        plan = self.material.charts.get(spec.id)
        self.done.add(("chart", spec.id))
        if plan is None:
            return None
        self.answers.printed_series |= dict.fromkeys(line.series for line in spec.lines)
        labels = (*(line.label for line in spec.lines), *(event.label for event in spec.events))
        said = [spec.title, spec.subtitle, *spec.notes, *labels]
        sources = (
            *plan.sources,
            *self._sources_of_computed(spec),
            *(source for text in said for source in self._sources_of_title(text)),
        )
        notes = (series.note for line in spec.lines if (series := self.answers.series.get(line.series)))
        # What a person wrote is signed call by call, what was made from the data as a whole.
        written = {plain(text): text for text in map(self.answers.say, filter(None, (*said, *notes)))}
        made = Trace("chart", spec.id, ", ".join(dict.fromkeys(line.series for line in spec.lines)), plan.sources)

        def sign(text: str) -> str:
            return written[text] if text in written else self.answers.traces.sign(text, made)

        axis = replace(made, kind="axis")
        drawn = (self._label(label, axis) for label in plan.labels)
        self.drawn[_file(plan)] = (*drawn, *(self.answers.say(text) for text in labels))
        return Chart(
            id=self.anchor + spec.id,
            number=self.figures[spec.id],
            title=sign(plan.title),
            subtitle=sign(plan.subtitle),
            file=_file(plan),
            alt=sign(plan.plot.alt),
            notes=tuple(map(sign, plan.notes)),
            credits=self._credits(sources),
            width=plan.plot.width,
            height=plan.plot.height,
        )

    def _label(self, label: Label, axis: Trace) -> str:
        """Return a text of a drawing, signed with the observation whose value it is, or as an axis' tick."""
        series = self.answers.series.get(label.series)
        trace = self.answers.of_row(series, label.row) if series and label.row else axis
        return self.answers.traces.sign(label.text, trace)

    def _credits(self, sources: Iterable[str]) -> tuple[Credit, ...]:
        return credit(sources, self.material.sources, self.marks, self.answers)

    def _sources_of_computed(self, spec: ChartSpec) -> Iterator[str]:
        """Yield the sources of what the chart's derived series are computed from: their rows name none."""
        for series in (self.answers.series.get(line.series) for line in spec.lines):
            for row in series.of() if series and series.formula else ():
                yield from self.answers.sources_of_row(series, row) if series else ()

    def _sources_of_title(self, text: str) -> Iterable[str]:
        """Return the sources behind a title, whose calls are printed and so belong to the record."""
        self.answers.say(text)
        calls = (part for part in self.answers.parts(text) if isinstance(part, Call))
        return [source for call in calls for source in self.answers.sources(call)]

    def table(self, spec: TableSpec) -> Table:
        """Return a table of series side by side, with its number, source line and marks."""
        self.done.add(("table", spec.id))
        self.answers.printed_series |= dict.fromkeys(line.series for line in spec.columns)
        labels = [self.answers.say(column.label) for column in spec.columns]
        spread = lay_table(spec, labels, self.answers, self.marks)
        return Table(
            id=self.anchor + spec.id,
            number=self.tables[spec.id],
            title=self.answers.say(spec.title),
            head=spread.head,
            rows=spread.rows,
            notes=(*(self.answers.say(note) for note in spec.notes), *spread.notes),
            credits=self._credits(spread.sources),
            subtitle=spread.unit,
            hanging=spread.hanging,
        )

    # --- sections ---------------------------------------------------------------------------------

    def section(self, section: ScriptSection) -> Section:
        """Return a section with its prose answered and its charts and tables in place."""
        title = write(section.title.parts, self.answers.signed)
        blocks = (self._block(block) for block in section.blocks)
        return Section(self.anchor + section.id, title, tuple(block for block in blocks if block))

    def _block(self, block: Passage | Call) -> Block | None:
        if isinstance(block, Passage):
            said = self.passage(block)
            return Block(html=said, short=len(_PLAIN.sub("", said)) < _SHORT)
        specs: Mapping[str, ChartSpec | TableSpec] = self.chart_specs if block.name == "chart" else self.table_specs
        spec = specs.get(block.args[0])
        if spec is None:
            self._refuse(
                block, f"context.{block.name}", f"no {block.name} '{block.args[0]}'", did_you_mean(block.args[0], specs)
            )
            return None
        if (block.name, spec.id) in self.done:
            self._refuse_again(block, spec)
            return None
        if isinstance(spec, TableSpec):
            return Block(table=self.table(spec))
        chart = self.chart(spec)
        return Block(chart=chart) if chart else None

    def _refuse(self, call: Call, rule: str, found: str, cure: str) -> None:
        self.findings.add(call.place, rule, found, expected=f"a {call.name} of topic.toml", cure=f"Correct it. {cure}")

    def _refuse_again(self, call: Call, spec: ChartSpec | TableSpec) -> None:
        lead = call.name == "chart" and spec.id == next(iter(self.chart_specs))
        self.findings.add(
            call.place,
            "context.twice",
            f"chart '{spec.id}' stands on the first page, as the first of topic.toml"
            if lead
            else f"{call.name} '{spec.id}' is placed twice",
            expected="a call of each other chart" if lead else f"one call of each {call.name}",
            cure="Take this call out, or put another chart first in topic.toml." if lead else "Take one of them out.",
        )

    def gaps(self) -> tuple[str, ...]:
        """Return why the text in this language leaves something out; () where it does not."""
        declared = (gap for gap in self.material.topic.gaps if gap.language == self.words.language)
        return tuple(self.answers.say(gap.reason) for gap in declared)

    def refuse_unplaced(self) -> None:
        """Note charts and tables that topic.toml declares and no text places; `parity` tells what a gap leaves out."""
        if self.gaps():
            return
        for kind, specs in (("chart", self.chart_specs), ("table", self.table_specs)):
            for id_, spec in specs.items():
                if (kind, id_) not in self.done:
                    self._unplaced(kind, id_, spec.place)

    def _unplaced(self, kind: str, id_: str, place: Place) -> None:
        self.findings.add(
            place,
            "context.unplaced",
            f"{kind} '{id_}' is declared and not placed in text.{self.words.language}.md",
            expected=f'{{{{ {kind}("{id_}") }}}} in a paragraph of its own',
            cure="Place it, or remove it from topic.toml.",
            severity="warning",
        )


def _period_of(call: Call) -> Call:
    """Return the call that asks for the period of what a call prints."""
    return replace(call, name="period" if call.name == "fact" else "year")


def _computed(kind: str, *inputs: Trace) -> Trace:
    """Return the trace of what is computed from others."""
    sources = dict.fromkeys(source for each in inputs for source in each.sources)
    return Trace(kind, "; ".join(each.of for each in inputs), "; ".join(each.value for each in inputs), tuple(sources))


def _marked(marks: Sequence[Mark]) -> str:
    """Return source marks as HTML: [1], or [1, 2] where several sources stand behind one figure."""
    if len(marks) == 1:
        return f'<a class="mark" href="#source-{int(marks[0].number)}">[{marks[0].number}]</a>'
    links = ", ".join(f'<a href="#source-{int(mark.number)}">{mark.number}</a>' for mark in marks)
    return f'<span class="mark">[{links}]</span>' if links else ""


def _file(plan: PlannedChart) -> str:
    return f"charts/{plan.plot.id}.svg"
