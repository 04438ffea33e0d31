"""The topics: what a briefing shows and in which order.

Place in the pipeline: step 1 Read. In: `data/<topic>/topic.toml` with the topic's facts, series and
texts; out: a `Topic`. Ids that are used but not declared are refused here, with their line.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace

from .colours import LEAST_CONTRAST, PATTERN, contrast, legible
from .gaps import GapSpec, Said, read_call
from .model import (
    ChartSpec,
    EventSpec,
    Fact,
    KeyFigureSpec,
    LineSpec,
    Place,
    Series,
    TableSpec,
    Topic,
)
from .periods import parse_period
from .reading import Findings, Table, did_you_mean
from .workspace import SETTINGS, Workspace, read_layouts, read_settings

_ID = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*\Z")
DEFAULT_ACCENT = "#0b5d7a"
COMBINED = "combined"
"""The table of briefing.toml that declares a combined briefing, and the name of its editions where it gives none."""


@dataclass(frozen=True, slots=True)
class Volume:
    """A combined briefing: several topics, in their order, bound into one PDF under a cover."""

    name: str
    title: str
    subtitle: str
    accent: str
    topics: tuple[str, ...]
    place: Place


def read_volume(workspace: Workspace, findings: Findings) -> Volume | None:
    """Return the combined briefing that `[combined]` of briefing.toml declares, None where it declares none.

    All topics are bound where it names none.
    """
    settings = workspace.table(SETTINGS, findings)
    if settings is None or COMBINED not in settings.data:
        return None
    table, topics = settings.table(COMBINED), workspace.topics()
    volume = Volume(
        name=table.text("name", COMBINED),
        title=table.label("title"),
        subtitle=table.label("subtitle", ""),
        accent=_accent(table),
        topics=tuple(dict.fromkeys(table.texts("topics"))) or tuple(topics),
        place=table.place(),
    )
    table.done()
    for topic in volume.topics:
        if topic not in topics:
            cure = f"Correct it. {did_you_mean(topic, topics)}"
            table.refuse("topics", f"no topic '{topic}'", expected="folders of data/", cure=cure, rule="combined.topic")
    if volume.name in topics or not _ID.match(volume.name):
        taken = volume.name in topics
        table.refuse(
            "name",
            f"'{volume.name}'{', which is a topic' if taken else ''}",
            expected="a name of lower-case letters and digits that no folder of data/ has",
            cure="Give `name` another one.",
            rule="combined.name",
        )
    return volume


def read_topic(
    id_: str, table: Table, facts: tuple[Fact, ...], series: tuple[Series, ...], texts: tuple[tuple[str, str], ...]
) -> Topic:
    """Return the topic of a table; what is wrong with it is collected in the table's findings."""
    topic = Topic(
        id=id_,
        title=table.phrase("title"),
        subtitle=table.phrase("subtitle", ""),
        bottom_line=table.phrase("bottom_line"),
        accent=_accent(table),
        key_figures=tuple(_key_figure(child) for child in table.tables("key_figures")),
        charts=tuple(_chart(child) for child in table.tables("charts")),
        tables=tuple(_table(child) for child in table.tables("tables")),
        facts=facts,
        series=series,
        texts=texts,
        layouts=read_layouts(table),
        gaps=tuple(_gap(child) for child in table.tables("gaps")),
        place=table.place(),
    )
    table.done()
    if not _ID.match(id_):
        _refuse_folder(id_, table)
    _check_references(topic, table)
    return topic


def parts_of(volume: Volume | None, name: str) -> tuple[str, ...]:
    """Return the topics that a briefing is made from: those of the combined one, or the topic itself."""
    return volume.topics if volume and name == volume.name else (name,)


def briefings(workspace: Workspace) -> tuple[str, ...]:
    """Return the names of all that is built: the topics, and the combined briefing where one is declared."""
    return (*workspace.topics(), *filter(None, [combined_name(workspace)]))


def combined_name(workspace: Workspace) -> str:
    """Return the name of the combined briefing, "" where none is declared."""
    volume = read_volume(workspace, Findings())
    return volume.name if volume else ""


def has_briefing(workspace: Workspace, name: str) -> bool:
    """Whether something of this name is built, as `briefings` lists it."""
    volume = read_volume(workspace, Findings())
    return workspace.has_topic(name) or (volume is not None and volume.name == name)


def layouts_of(workspace: Workspace, name: str) -> tuple[str, ...]:
    """Return the layouts in which a briefing is made, as the topic or briefing.toml declares them."""
    if not workspace.has_topic(name):
        return ("full",)
    table = workspace.table(f"data/{name}/topic.toml", Findings())
    own = read_layouts(table) if table else ()
    return own or read_settings(workspace, Findings()).layouts


def bind(volume: Volume, topics: Iterable[Topic]) -> Topic:
    """Return the facts and series of a volume's topics as those of one, series by the name of their topic too."""
    chosen = {topic.id: topic for topic in topics}
    parts = [chosen[id_] for id_ in volume.topics if id_ in chosen]
    return Topic(
        id=volume.name,
        title=volume.title,
        subtitle=volume.subtitle,
        bottom_line="",
        accent=volume.accent,
        key_figures=(),
        charts=(),
        tables=(),
        facts=tuple({fact.id: fact for part in parts for fact in part.facts}.values()),
        series=tuple(replace(each, id=in_volume(part.id, each.id)) for part in parts for each in part.series),
        texts=(),
        place=volume.place,
    )


def in_volume(topic: str, series: str) -> str:
    """Return the name of a topic's series in a combined briefing."""
    return f"{topic}/{series}"


def _refuse_folder(id_: str, table: Table) -> None:
    bare = "".join(each for each in unicodedata.normalize("NFKD", id_.lower()) if not unicodedata.combining(each))
    plain = re.sub(r"[^a-z0-9]+", "-", bare).strip("-")
    table.findings.add(
        table.place(),
        "topic.folder",
        f"the folder is named '{id_}'",
        expected="lower-case letters a to z and digits, with - or _ between them",
        cure=f"Rename it {plain}." if plain else "Rename it.",
    )


def _accent(table: Table) -> str:
    accent = table.text("accent", DEFAULT_ACCENT)
    if not PATTERN.match(accent):
        expected = "# and six hexadecimal digits, such as #0b5d7a"
        table.refuse("accent", f"'{accent}'", expected=expected, cure="Correct it.")
        return DEFAULT_ACCENT
    if (ratio := contrast(accent)) < LEAST_CONTRAST:
        table.refuse(
            "accent",
            f"'{accent}' has a contrast of {ratio:.2f}:1 with white paper",
            expected=f"at least {LEAST_CONTRAST}:1 (WCAG 2.2, 1.4.3): words are printed in it",
            cure=f"The nearest colour that can be read is {legible(accent)}.",
            rule="topic.contrast",
        )
    return accent


def _key_figure(table: Table) -> KeyFigureSpec:
    spec = KeyFigureSpec(
        label=table.phrase("label"),
        fact=table.text("fact", ""),
        series=table.text("series", ""),
        basis=table.text("basis", ""),
        place=table.place(),
    )
    if not spec.fact and not spec.series:
        table.refuse("fact", "is missing", expected="a fact, a series, or both", cure="Name one.", rule="toml.missing")
    table.done()
    return spec


def _window(table: Table, key: str) -> str:
    value = table.text(key, "")
    if value:
        try:
            parse_period(value)
        except ValueError as error:
            table.refuse(key, f"'{value}'", expected=str(error).partition("expected ")[2], cure="Correct it.")
            return ""
    return value


def _scale(table: Table) -> str:
    scale = table.text("scale", "")
    known = ("", "thousand", "million", "billion", "trillion")
    if scale not in known:
        table.refuse("scale", f"'{scale}'", expected=", ".join(known[1:]), cure=did_you_mean(scale, known[1:]))
        return ""
    return scale


def _chart(table: Table) -> ChartSpec:
    spec = ChartSpec(
        id=table.text("id"),
        kind=table.text("kind"),
        title=table.phrase("title"),
        lines=tuple(_line(child) for child in table.tables("lines")),
        subtitle=table.phrase("subtitle", ""),
        since=_window(table, "since"),
        until=_window(table, "until"),
        scale=_scale(table),
        zero=table.flag("zero", default=True),
        notes=table.phrases("notes"),
        events=tuple(_event(child) for child in table.tables("events")),
        place=table.place(),
    )
    _finish(table, spec.id, spec.lines, "lines")
    return spec


def _table(table: Table) -> TableSpec:
    spec = TableSpec(
        id=table.text("id"),
        title=table.phrase("title"),
        columns=tuple(_column(child) for child in table.tables("columns")),
        since=_window(table, "since"),
        until=_window(table, "until"),
        scale=_scale(table),
        notes=table.phrases("notes"),
        place=table.place(),
    )
    _finish(table, spec.id, spec.columns, "columns")
    return spec


def _finish(table: Table, id_: str, lines: tuple[LineSpec, ...], key: str) -> None:
    if id_ and not _ID.match(id_):
        table.refuse("id", f"'{id_}'", expected="lower-case letters, digits, - and _", cure="Rename it.")
    if not lines:
        table.refuse(key, "is empty", expected=f"at least one: {key} = [{{ series = '…' }}]", cure="Add it.")
    table.done()


def _line(table: Table) -> LineSpec:
    highlight = table.flag("highlight", default=False)
    return replace(_column(table), highlight=highlight)


def _column(table: Table) -> LineSpec:
    spec = LineSpec(table.text("series"), table.text("basis", ""), table.phrase("label", ""), table.place())
    table.done()
    return spec


def _event(table: Table) -> EventSpec:
    spec = EventSpec(table.text("fact"), table.phrase("label"), table.place())
    table.done()
    return spec


def _gap(table: Table) -> GapSpec:
    calls = tuple(filter(None, (_read_call(table, said) for said in table.texts("calls"))))
    spec = GapSpec(table.text("language"), table.phrase("reason"), table.text("section", ""), calls, table.place())
    if spec.section and "calls" in table.data:
        expected, cure = "a section, calls, or neither: the whole text", "Make two gaps of it."
        table.refuse("section", "stands beside calls", expected=expected, cure=cure)
    table.done()
    return spec


def _read_call(table: Table, said: str) -> Said | None:
    call = read_call(said)
    if call is None:
        cure = "Write it as the text does, with the other quotation marks."
        table.refuse("calls", f"'{said}'", expected="calls such as chart('trade')", cure=cure)
    return call


def _check_references(topic: Topic, table: Table) -> None:
    series = {item.id: item for item in topic.series}
    facts = {fact.id: fact for fact in topic.facts}
    lines = [line for spec in topic.charts for line in spec.lines]
    lines += [line for spec in topic.tables for line in spec.columns]
    owners: list[LineSpec | KeyFigureSpec] = [*lines, *topic.key_figures]
    for line in owners:
        _check_known(table, line.place, "series", line.series, series)
        if line.basis and line.series in series and line.basis not in series[line.series].bases:
            _check_known(table, line.place, "basis", line.basis, filter(None, series[line.series].bases))
    for figure in topic.key_figures:
        _check_known(table, figure.place, "fact", figure.fact, facts)
    for event in (event for spec in topic.charts for event in spec.events):
        _check_known(table, event.place, "fact", event.fact, facts)
    _check_twice(topic, table)


def _check_known(table: Table, place: Place, kind: str, id_: str, known: Iterable[str]) -> None:
    choices = list(known)
    if id_ and id_ not in choices:
        table.findings.add(
            place,
            f"topic.{kind}",
            f"no {kind} '{id_}'",
            expected=f"a {kind} of {'the series' if kind == 'basis' else 'this topic'}",
            cure=did_you_mean(id_, choices),
        )


def _check_twice(topic: Topic, table: Table) -> None:
    seen: dict[str, ChartSpec | TableSpec] = {}
    specs: list[ChartSpec | TableSpec] = [*topic.charts, *topic.tables]
    for spec in specs:
        if spec.id in seen:
            table.findings.add(
                spec.place,
                "topic.id-twice",
                f"id '{spec.id}' stands at line {seen[spec.id].place.line} too",
                expected="each id once",
                cure="Rename one.",
            )
        seen.setdefault(spec.id, spec)
