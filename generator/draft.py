"""A page before it is printed: its words, charts as planned, and context, for one language.

Place in the pipeline: steps 3 Draw and 4 Write as far as they need no child. In: `Knowledge`; out: a
`Draft` that `workshop` draws and prints, or that `check` only looks at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from itertools import pairwise

from . import context, text
from .calls import Answers
from .catalogues import LISTED, OWN_WORDS, PROGRAM_WORDS, Wanted, meant_language, read_listed, translations
from .chart_plan import plan
from .chart_words import Chosen, course, scale_of, with_unit
from .charts import sparkline
from .context import Composed, Imprint, Material
from .knowledge import Knowledge
from .language import Words
from .look import Look, read_look
from .model import ChartSpec, Finding, KeyFigureSpec, LineSpec, Observation, Place, Topic
from .numbering import Start, number_figures
from .page import Attached, Call, Phrase, PlannedChart, Plot, Script
from .prose import Known, refuse_translated
from .reading import Findings
from .staleness import Ageing
from .traces import plain
from .workspace import Workspace, shipped_templates

KEY_FIGURES = range(3, 6)
_FIRST = Start()
_MSGID = re.compile(r"\b_\(\s*'([^']*)'\s*\)")


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything of one language's page but its drawings; `style` is the charts' style sheet."""

    topic: Topic
    language: str
    words: Words
    composed: Composed
    plots: tuple[Plot, ...]
    sparks: tuple[tuple[str, str], ...]
    """File name and SVG of each sparkline."""
    findings: tuple[Finding, ...]
    material: Material
    names: tuple[str, ...] = ()
    """Names that hold digits and may be typed anywhere."""
    layouts: tuple[str, ...] = ("full",)
    """The layouts that are made of it."""

    @property
    def name(self) -> str:
        """The language, and the layout where it is not the full one: `en`, `en-brief`."""
        layout = self.composed.context.layout
        return self.language if layout == "full" else f"{self.language}-{layout}"

    @property
    def attached(self) -> tuple[Attached, ...]:
        """The files that travel inside the PDF, made when they are asked for."""
        return context.attachments(self.material, self.composed)


def draw_up(
    workspace: Workspace, knowledge: Knowledge, topic: Topic, language: str, imprint: Imprint, start: Start = _FIRST
) -> Draft:
    """Return the draft of a topic's page in one language, with every problem found on the way.

    `start` says where it begins to count that is a part of a combined briefing.
    """
    findings = Findings()
    words = words_of(workspace, language, knowledge, findings)
    known = replace(knowledge.known(topic), language=language)
    script = _script(topic, language, known, findings)
    remarks = _remarks(topic, knowledge)
    titles, problems = text.parse_titles(topic, words, known, remarks=remarks, lines=knowledge.lines)
    findings.extend(problems)
    _refuse_translated(workspace, language, known, findings)
    figures = number_figures(topic, script, start.figures)
    answers = Answers(topic.facts, topic.series, words, figures=figures, phrases=titles)
    look = read_look(workspace.templates("briefing", findings), topic.accent, findings)
    charts = _plan_charts(topic, answers, knowledge.vocabulary.bases, look, findings)
    sparks = tuple(_plan_spark(spec, number, topic, words) for number, spec in enumerate(topic.key_figures, 1))
    if start.anchor:
        charts = {id_: _within(chart, topic) for id_, chart in charts.items()}
        sparks = tuple(spark and (_within(spark[0], topic), spark[1]) for spark in sparks)
    material = Material(
        topic=topic,
        words=words,
        vocabulary=knowledge.vocabulary,
        sources=knowledge.sources_of(topic),
        script=script,
        titles=titles,
        charts=charts,
        sparks=tuple(spark and spark[0] for spark in sparks),
        checked=tuple(each for each in knowledge.checked if each.fact in answers.facts),
        conflicts=knowledge.conflicts.get(topic.id, ()),
        ageing=knowledge.ageing.get(topic.id, Ageing()),
        start=start,
    )
    composed = context.compose(material, imprint)
    _count_key_figures(topic, findings)
    findings.extend((*_refused(titles, answers), *composed.findings))
    look_for_words(workspace, knowledge.settings.languages, words, findings)
    return Draft(
        topic,
        language,
        words,
        composed,
        tuple(chart.plot for chart in charts.values()),
        tuple((f"charts/{spark[0].plot.id}.svg", spark[1]) for spark in sparks if spark),
        tuple(dict.fromkeys(findings)),
        material,
        knowledge.vocabulary.names,
        topic.layouts or knowledge.settings.layouts,
    )


def _count_key_figures(topic: Topic, findings: Findings) -> None:
    """Note a number of key figures that does not fill one row of the first page; none at all is a choice."""
    specs = topic.key_figures
    if specs and len(specs) not in KEY_FIGURES:
        findings.add(
            specs[-1].place,
            "topic.key-figures",
            f"{len(specs)} key figure{'s' if len(specs) > 1 else ''}",
            expected=f"{KEY_FIGURES[0]} to {KEY_FIGURES[-1]}, which fill one row of the first page, or none",
            cure="Add to them, or leave the least important to the text.",
            severity="warning",
        )


def _refused(titles: Mapping[str, Phrase], answers: Answers) -> tuple[Finding, ...]:
    """Return what is wrong with the calls of topic.toml, on the page or not: a misspelt id would print a hole."""
    for phrase in titles.values():
        for part in phrase.parts:
            if isinstance(part, Call):
                answers.plain(part)
    return tuple(answers.findings)


def words_of(workspace: Workspace, language: str, knowledge: Knowledge, findings: Findings) -> Words:
    """Return the words of a language: the program's catalogue, and the workspace's over it."""
    program, own = workspace.catalogues(language, findings)
    return Words(language, program, knowledge.vocabulary, own)


def _refuse_translated(workspace: Workspace, language: str, known: Known, findings: Findings) -> None:
    """Refuse numbers that a catalogue of the workspace adds to what it translates."""
    shipped = Workspace(shipped_templates().parent).catalogues(language, Findings())
    names, own = (PROGRAM_WORDS, OWN_WORDS), workspace.catalogues(language, Findings())
    for name, data, given in zip(names, own, shipped, strict=True):
        place = Place(f"templates/locales/{language}/LC_MESSAGES/{name}")
        for line, msgid, said in translations(data) if data is not None and data != given else ():
            calls = name == OWN_WORDS
            asked = known if calls else replace(known, facts=(), series=())
            findings.extend(refuse_translated(said, msgid, replace(place, line=line), asked, calls=calls))


@cache
def program_texts() -> frozenset[str]:
    """Return the msgids of the program itself, which its own catalogues translate."""
    return frozenset(each.msgid for each in list_words())


def list_words() -> tuple[Wanted, ...]:
    """Return every text of the program, as its catalogues in any language hold it."""
    return read_listed((shipped_templates() / "locales" / LISTED).read_bytes())


def look_for_words(workspace: Workspace, languages: tuple[str, ...], words: Words, findings: Findings) -> None:
    """Tell of words that would stand in English, or in the workspace's language, on a page in another one."""
    if _is_at_home(words, languages):
        return
    for name, data in workspace.templates("briefing", Findings()).items():
        if name.endswith(".html"):
            for said in _MSGID.findall(data.decode("utf-8", "replace")):
                words.gettext(said)
    report_words(languages, words, words.missing, findings)


WORDS_MISSING = ("locale.missing", "locale.untranslated")
"""The rules by which words are told of that would stand in another language than the page's."""


def report_words(languages: tuple[str, ...], words: Words, missing: Sequence[str], findings: Findings) -> None:
    """Tell once a catalogue what the pages in one language miss of it: msgids that they asked for, each once."""
    if not missing or _is_at_home(words, languages):
        return
    language, given = words.language, program_texts()
    first = language == languages[0]
    folder = f"templates/locales/{language}/LC_MESSAGES"
    # The program's words are English themselves.
    ours = () if words.english else tuple(said for said in missing if said in given)
    theirs = () if first else tuple(said for said in missing if said not in given)
    if ours and not words.translated:
        findings.add(
            Place(f"{folder}/{PROGRAM_WORDS}"),
            "locale.missing",
            f"no catalogue for '{language}': the program's own words stand in English",
            expected=f"translations of {_counted(ours)}",
            cure=f"Run `briefing words {language}`, which writes the file, and fill it in.",
            severity="warning" if first else "error",
        )
        ours = ()
    for name, untold in ((PROGRAM_WORDS, ours), (OWN_WORDS, theirs)):
        if untold:
            _report_untranslated(Place(f"{folder}/{name}"), untold, findings)


def _is_at_home(words: Words, languages: tuple[str, ...]) -> bool:
    """Return whether a page is in the language of the program's words and the workspace's own."""
    return words.english and languages[0].partition("-")[0] == "en"


def _report_untranslated(place: Place, missing: tuple[str, ...], findings: Findings) -> None:
    own = place.file.endswith(OWN_WORDS)
    findings.add(
        place,
        "locale.untranslated",
        f"no translation of {_counted(missing)}",
        expected="a translation of each",
        cure=("Run `briefing words` and fill in what is new" if own else "Fill them in")
        + "; a text that stays as it is gets itself as its translation.",
        severity="warning",
    )


def _counted(msgids: tuple[str, ...]) -> str:
    return f"{len(msgids)} text{'' if len(msgids) == 1 else 's'}: {_some(msgids)}"


def _some(msgids: tuple[str, ...]) -> str:
    return ", ".join(f"'{msgid}'" for msgid in msgids[:3]) + (", …" if len(msgids) > 3 else "")


def _script(topic: Topic, language: str, known: Known, findings: Findings) -> Script:
    file = f"data/{topic.id}/text.{language}.md"
    source = dict(topic.texts).get(language)
    if source is None:
        if any(gap.language == language and gap.whole for gap in topic.gaps):
            return Script((), (), Place(file))
        cure = "Write it as a copy of another language's text, or declare the gap: [[gaps]] in topic.toml."
        if named := next((tag for tag, _ in topic.texts if f"'{language}'" in meant_language(tag)), ""):
            cure = f"Rename text.{named}.md: '{named}' is no language."
        findings.add(
            Place(file),
            "text.missing",
            f"no text in '{language}'",
            expected="one text file a language of briefing.toml or --lang",
            cure=cure,
        )
        return Script((), (), Place(file))
    script, problems = text.parse(source, file, known)
    findings.extend(problems)
    return script


def _remarks(topic: Topic, knowledge: Knowledge) -> Iterator[text.Remark]:
    """Yield what people wrote beside the data and a page of the topic may print."""
    yield from (text.Remark(fact.reason, fact.place, aside=True) for fact in topic.facts)
    for conflict in knowledge.conflicts.get(topic.id, ()):
        for side in conflict.candidates:
            yield text.Remark(side.reason or side.note, side.place, aside=True)
    yield from (text.Remark(series.note, series.place) for series in topic.series)
    cited = {fact.source for fact in topic.facts}
    cited |= {row.source for series in topic.series for row in series.observations}
    for id_ in sorted(cited & knowledge.sources.keys()):
        yield text.Remark(knowledge.sources[id_].note, knowledge.sources[id_].place)


def _said(spec: ChartSpec, say: Callable[[str], str]) -> ChartSpec:
    """Return a chart with its words translated and the calls in them answered."""
    return replace(
        spec,
        title=say(spec.title),
        subtitle=say(spec.subtitle),
        notes=tuple(map(say, spec.notes)),
        lines=tuple(replace(line, label=say(line.label)) for line in spec.lines),
        events=tuple(replace(event, label=say(event.label)) for event in spec.events),
    )


def _plan_charts(
    topic: Topic, answers: Answers, bases: tuple[tuple[str, str], ...], look: Look, findings: Findings
) -> Mapping[str, PlannedChart]:
    words, planned = answers.words, {}

    def say(source: str) -> str:
        return words.own(plain(answers.say(source)))

    topic = replace(topic, series=tuple(replace(series, note=say(series.note)) for series in topic.series))
    for declared in topic.charts:
        spec = _said(declared, say)
        chart, problems = plan(
            spec,
            topic,
            words,
            accent=topic.accent,
            palette=look.palette,
            width_mm=look.width,
            title=spec.title,
            bases={id_: words.gettext(name) for id_, name in bases},
            fonts=look.fonts,
        )
        findings.extend(problems)
        if chart:
            planned[spec.id] = chart
    return planned


def _within(chart: PlannedChart, topic: Topic) -> PlannedChart:
    """Return a chart whose drawing has a name of its own among those of other topics."""
    return replace(chart, plot=replace(chart.plot, id=f"{topic.id}/{chart.plot.id}"))


def _plan_spark(
    spec: KeyFigureSpec, number: int, topic: Topic, words: Words
) -> tuple[PlannedChart, str] | None:
    """Return a key figure's sparkline, None where its series has too few values on one basis to draw."""
    series = next((item for item in topic.series if item.id == spec.series), None)
    rows = tuple(row for row in series.of(spec.basis or None) if row.value is not None) if series else ()
    if series is None or len({row.basis for row in rows}) > 1 or len(rows) < 3:
        return None
    values = [(row.period.middle, float(row.value)) for row in rows if row.value is not None]
    label = words.gettext(series.label)
    scale = scale_of([Chosen(LineSpec(series.id), series, rows, label)], "", words)
    counted = with_unit(label, scale.unit, words)
    alt = words.gettext("{label}: {values}.").format(label=counted, values=course(rows, scale, words))
    plot = Plot(f"spark-{number}", "spark", (), alt, 24, 6, topic.accent, (), ())
    chart = PlannedChart(plot, label, "", (), ())
    return chart, sparkline(values, topic.accent, title=alt, joined=_unbroken(rows))


def _unbroken(rows: tuple[Observation, ...]) -> bool:
    """Whether each period begins where the one before ends: only then may a line join them."""
    return all(after.period.start == before.period.end + timedelta(days=1) for before, after in pairwise(rows))
