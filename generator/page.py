"""The values of a page: what is drawn, written, shown to a template, and printed.

Place in the pipeline: steps 3 Draw to 6 Inspect return these. Like those of `model` they are frozen, plain
and comparable; drawing coordinates are `float`, everything printed is text in the page's language.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .layout import Layout
from .model import Finding, Observation, Place

# --- where numerals come from ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class Trace:
    """Where a numeral comes from: a kind of `traces.KINDS`, and which thing of that kind.

    `of` names the thing: a fact's id; a series, a period and a basis; a source's id. `value` is what is stored of it,
    as `5.08 billion USD`, and `sources` are the ids of the sources behind it; all are "" or empty where there is none.
    """

    kind: str
    of: str = ""
    value: str = ""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Numeral:
    """A numeral as it stands on a page, pages counted from one, and where it comes from.

    `area` is left, top, width and height, in millimetres from the page's upper left corner, of the run of text or the
    drawing that holds it; () where the printer did not say it.
    """

    page: int
    text: str
    trace: Trace
    area: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Point:
    """A mark: x in years (2022.5 is the middle of 2022), y in the panel's unit, its printed label.

    `label` is "" where the mark carries no text; `hollow` marks estimates and provisional values;
    `open_ended` marks "more than" (drawn with a short upward tick).
    """

    x: float
    y: float
    label: str = ""
    hollow: bool = False
    open_ended: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """Marks of one series on one basis. `joined` False draws points only: press figures."""

    label: str
    points: tuple[Point, ...]
    joined: bool = True
    breaks: tuple[float, ...] = ()
    """x positions at which the method changed: the line is interrupted there and marked."""
    gaps: tuple[float, ...] = ()
    """x positions at which nothing was observed: the line is interrupted there."""
    level: bool = False
    """Counts at dates: the value holds until the next mark, so that no slope is drawn between them."""
    highlight: bool = False
    """The line that the chart is about, where it is about some of its lines: the others are drawn in grey."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One pair of axes. `ticks` are (x, label) and (y, label), already in the page's language."""

    title: str
    lines: tuple[Line, ...]
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]
    events: tuple[tuple[float, str], ...] = ()
    zero: bool = True


@dataclass(frozen=True, slots=True)
class Plot:
    """Everything the drawing child needs, in words of the page's language; no library's types.

    `width` and `height` are in millimetres. `accent` is the topic's colour as #rrggbb, `palette` the
    colours of further lines, `fonts` the families in order.
    """

    id: str
    kind: str
    panels: tuple[Panel, ...]
    alt: str
    width: float
    height: float
    accent: str
    palette: tuple[str, ...]
    fonts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Label:
    """A text that a drawing may show: the value of a series' observation, or a tick of an axis."""

    text: str
    series: str = ""
    row: Observation | None = None


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a line of a chart draws: its name on the page, its series, and the observations in their order."""

    label: str
    series: str
    rows: tuple[Observation, ...]


@dataclass(frozen=True, slots=True)
class PlannedChart:
    """A chart ready to be drawn, and the words around it, in the page's language.

    `sources` are the ids behind its data, `labels` the texts with numerals that its drawing may show, `data` what it
    draws.
    """

    plot: Plot
    title: str
    subtitle: str
    notes: tuple[str, ...]
    sources: tuple[str, ...]
    labels: tuple[Label, ...] = ()
    data: tuple[Drawn, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """A call in prose or in a title, such as `fact("trade.cn.2022")`, and where it stands."""

    name: str
    args: tuple[str, ...]
    place: Place = Place("")
    aside: bool = False
    """Whether it may name a fact that is set aside: in a remark that says why it is."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A title or label: plain text with calls in it."""

    parts: tuple[str | Call, ...]


@dataclass(frozen=True, slots=True)
class Passage:
    """Prose: safe HTML with calls in it, each to be replaced by safe HTML."""

    parts: tuple[str | Call, ...]


@dataclass(frozen=True, slots=True)
class ScriptSection:
    """A section as written; a block that is a Call is a chart or a table placed there."""

    id: str
    title: Phrase
    blocks: tuple[Passage | Call, ...]
    place: Place = Place("")


@dataclass(frozen=True, slots=True)
class Script:
    """What a topic's text file says: the summary points, then the sections."""

    summary: tuple[Passage, ...]
    sections: tuple[ScriptSection, ...]
    place: Place = Place("")


# --- what a template sees -------------------------------------------------------------------------
# Every `html` field is safe HTML made by `text.py`; every other field is plain text.


@dataclass(frozen=True, slots=True)
class Mark:
    """A source mark: the number printed in brackets and the anchor of its entry in the list."""

    number: int
    source: str


@dataclass(frozen=True, slots=True)
class Credit:
    """A producer behind a chart or table, or how many there are, with the marks of its publications."""

    name: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """One key figure: label, printed value, period, change on the period before, sparkline's file.

    `before` and `after` are the qualifier's words on either side of the value: "more than" and "".
    `age` is how old a figure with a shelf life is; `dated`: it is past it.
    """

    label: str
    value: str
    period: str
    change: str
    direction: Literal["up", "down", "flat", ""]
    spark: str
    spark_alt: str
    marks: tuple[Mark, ...]
    before: str = ""
    after: str = ""
    age: str = ""
    dated: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawn chart as the page shows it; `file` is the name under which the page fetches it."""

    id: str
    number: int
    title: str
    subtitle: str
    file: str
    alt: str
    notes: tuple[str, ...]
    credits: tuple[Credit, ...]
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Cell:
    """A table's cell: printed text, and whether it is a number (set flush right on its decimals).

    `flag` is the letter under which the table's notes say what is special about the value: provisional, a break.
    """

    text: str
    numeric: bool = False
    marks: tuple[Mark, ...] = ()
    flag: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a section: heads (first: the period), rows, notes."""

    id: str
    number: int
    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...]
    credits: tuple[Credit, ...]
    subtitle: str = ""
    """The unit and scale that all columns share; "" where they differ."""
    hanging: bool = False
    """Whether cells carry marks or flags, which hang in the margin of their column."""


@dataclass(frozen=True, slots=True)
class Block:
    """Prose, a chart or a table: exactly one is there. `short`: prose of hardly a line, to stay with what follows."""

    html: str = ""
    chart: Chart | None = None
    table: Table | None = None
    short: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A section of prose, charts and tables under one heading."""

    id: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class FactRow:
    """A row of the fact table."""

    id: str
    label: str
    detail: str
    """Basis, qualifier or note that a reader needs beside the label; "" where there is none."""
    value: str
    period: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """One source's value in a disagreement."""

    value: str
    basis: str
    marks: tuple[Mark, ...]
    preferred: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Values of one metric, entity and period that do not agree, and what was ruled."""

    label: str
    period: str
    claims: tuple[Claim, ...]
    ruling: str


@dataclass(frozen=True, slots=True)
class Change:
    """A figure that differs from the edition before: printed values, "" where there was or is none.

    `name` is the fact's id, or series, period and basis. Of the values of a series the newest is told; `detail` says
    how many more there are.
    """

    label: str
    detail: str
    period: str
    before: str
    after: str
    name: str
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeGroup:
    """The changes of one kind of `differences.KINDS`, and how many more there are, in words."""

    kind: str
    title: str
    changes: tuple[Change, ...]
    more: str = ""


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed since the edition before, by its name and date; `remark` says so where no figure did."""

    edition: str
    date: str
    groups: tuple[ChangeGroup, ...]
    remark: str = ""


@dataclass(frozen=True, slots=True)
class SourceRow:
    """An entry of the numbered list of sources, in printed form; "" where nothing is known."""

    number: int
    id: str
    producer: str
    title: str
    published: str
    accessed: str
    age: str
    url: str
    licence: str
    checked: str
    """How its figures were checked, with date and sha256, or why they could not be."""
    version: str = ""
    note: str = ""
    language: str = ""
    """The language of the title, where it is known and another than the page's."""


@dataclass(frozen=True, slots=True)
class Context:
    """All that a template may see."""

    language: str
    issuer: str
    tagline: str
    contact: str
    topic: str
    accent: str
    title: str
    subtitle: str
    edition: str
    """The edition's name, such as 2026-11-22.1."""
    number: int
    date: str
    iso_date: str
    bottom_line: str
    """Safe HTML."""
    key_figures: tuple[KeyFigure, ...]
    lead: Chart | None
    summary: tuple[str, ...]
    """Safe HTML, one a point."""
    sections: tuple[Section, ...]
    facts: tuple[FactRow, ...]
    disagreements: tuple[Disagreement, ...]
    sources: tuple[SourceRow, ...]
    digest: str
    """sha256 of the inputs, hexadecimal: what a rebuild is compared with."""
    program: str
    as_of: str = ""
    """The day, in words, by which everything shown was published; "" for an edition of all that is known."""
    gaps: tuple[str, ...] = ()
    """Why the text leaves something out that other languages have, one reason a gap."""
    changes: Changes | None = None
    """None in a language's first edition, and in a look back."""
    layout: Literal["full", "brief"] = "full"
    more: str = ""
    """The titles of what only the full page has, listed, on a brief."""
    anchor: str = ""
    """What the anchors of a part of a combined briefing begin with; "" elsewhere."""
    parts: tuple[Part, ...] = ()
    """The topics of a combined briefing, in their order; none in a topic's own."""


@dataclass(frozen=True, slots=True)
class Part:
    """A topic in a combined briefing: what its own page would see, and the HTML of it."""

    page: Context
    body: str = ""
    """Safe HTML, made by parts/briefing.html when the page is written."""


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that travels inside the PDF."""

    name: str
    data: bytes
    media_type: str
    description: str


@dataclass(frozen=True, slots=True)
class Page:
    """Everything the printing child gets: it sees no other file, and no network.

    `assets` are (name, bytes) of style sheets, images and charts; the HTML names them as relative
    URLs. `date` is the edition's ISO date and stands in the metadata instead of the clock.
    """

    html: str
    assets: tuple[tuple[str, bytes], ...]
    attached: tuple[Attached, ...]
    title: str
    author: str
    subject: str
    language: str
    date: str
    program: str
    identifier: str = ""
    """`topic/edition` and the digest of its inputs, for the metadata; "" for none."""
    traces: tuple[Trace, ...] = ()
    """What the numerals of the HTML are signed with, by number."""
    drawn: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """For each drawing's name the texts that it may show, signed."""
    names: tuple[str, ...] = ()
    """Names that hold digits and may stand anywhere."""
    largest: int = 0
    """Bytes that the file may have for mail to take it; 0: any number."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What a PDF says of itself: the edition (`topic/edition`), the digest of its inputs, who issued it, its facts."""

    edition: str = ""
    digest: str = ""
    issuer: str = ""
    facts: tuple[str, ...] = ()
    """The ids in the attached facts.csv."""


@dataclass(frozen=True, slots=True)
class Document:
    """A printed PDF: its bytes, number of pages, what was noticed while printing, and every numeral on its pages."""

    pdf: bytes
    pages: int
    findings: tuple[Finding, ...] = ()
    numerals: tuple[Numeral, ...] = ()
    layout: tuple[Layout, ...] = ()
    """What stands where on each page, until it was inspected."""
