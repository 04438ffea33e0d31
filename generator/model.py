"""The values that the stages pass to each other: frozen, plain, comparable.

Place in the pipeline: every step takes and returns these. Terms are SDMX's (observation, period,
unit, basis: https://sdmx.org), Wikidata's (rank: https://www.wikidata.org/wiki/Help:Ranking) and
W3C Web Annotation's (anchor = text quote selector: https://www.w3.org/TR/annotation-model/).
Fractions of the world are `Decimal`; drawing coordinates are `float`; a missing value is None.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from .periods import Period

if TYPE_CHECKING:
    from .gaps import GapSpec
    from .origins import Origin

Severity = Literal["error", "warning", "note"]
Rank = Literal["preferred", "normal", "deprecated"]
Qualifier = Literal["", "more than", "at least", "about", "almost", "up to"]
Status = Literal["normal", "break", "estimated", "provisional", "definition differs", "low reliability", "unvalidated"]
Measure = Literal["flow", "stock", "rate", "index"]
SCALES: dict[str, int] = {"": 0, "thousand": 3, "million": 6, "billion": 9, "trillion": 12}


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A file, relative to the workspace, and a line in it (0: the file as a whole)."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        """Return `file:line`."""
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem: where it is, what was found, what was expected and how to cure it.

    `rule` is a short stable name (`facts.anchor-missing`) that docs and tests refer to.
    An error stops a build; a warning does with `--strict`; a note never does.
    """

    place: Place
    rule: str
    found: str
    expected: str
    cure: str
    severity: Severity = "error"

    def __str__(self) -> str:
        """Return the finding on one line, as the command line prints it."""
        return f"{self.place}: {self.severity}: {self.found}; expected {self.expected}. {self.cure} [{self.rule}]"


@dataclass(frozen=True, slots=True)
class Source:
    """A publication that facts and observations come from.

    `published` and `accessed` are ISO dates or parts of one ("2023", "2023-02"); `published` is ""
    where the publication carries no date. `document` is the file name of the copy as received and
    `sha256` its sum; both are "" where no document is kept; `encoding` is that of a text or web page which is not
    UTF-8 and does not say so itself. `kind` is one of SOURCE_KINDS.
    """

    id: str
    producer: str
    title: str
    kind: str
    accessed: str
    published: str = ""
    url: str = ""
    licence: str = ""
    language: str = ""
    title_language: str = ""
    """The language of `title` where it is not the publication's: a title that was given in another one."""
    document: str = ""
    sha256: str = ""
    encoding: str = ""
    version: str = ""
    """Which of several versions was read: a release, an edition, a commit."""
    note: str = ""
    guessed: tuple[str, ...] = ()
    """The fields that `briefing ingest` took from the document or guessed, and nobody has looked at yet."""
    place: Place = Place("")


SOURCE_KINDS = ("document", "dataset", "web page", "excerpt")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit's words: singular and plural in the workspace's language, and words read in documents."""

    id: str
    one: str
    other: str
    words: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Language and the words that stand for the unit in documents of that language."""


@dataclass(frozen=True, slots=True)
class Metric:
    """What is measured. `tolerance` is the relative difference below which two values agree.

    `growth_of`, `multiple_of`, `part_of` and `after` name another metric, "" where there is none: a change of it in
    percent (or by so many times), its level at the end over that at the start, a level that never exceeds it, an
    event that comes after it. `formula` is arithmetic over metrics that stated values are held to.
    """

    id: str
    label: str
    tolerance: Decimal = Decimal("0.005")
    shelf_life: int | None = None
    """Months after the end of its period in which a figure counts as fresh; None: for ever."""
    growth_of: str = ""
    multiple_of: str = ""
    part_of: str = ""
    after: str = ""
    formula: str = ""
    place: Place = Place("")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The workspace's own words: what is measured, of whom, in what unit, on what basis."""

    metrics: tuple[Metric, ...]
    entities: tuple[tuple[str, str], ...]
    bases: tuple[tuple[str, str], ...]
    units: tuple[Unit, ...]
    names: tuple[str, ...] = ()
    """Names that hold digits and may be typed wherever words are: 5G, Boeing 737."""

    @property
    def unit_ids(self) -> tuple[str, ...]:
        """The ids of the units it declares or has built in; every ISO 4217 code is known beside them."""
        return tuple(unit.id for unit in self.units)

    def has_unit(self, id_: str) -> bool:
        """Whether a unit is declared, built in, or an ISO 4217 currency's code."""
        return id_ in self.unit_ids or (len(id_) == 3 and id_.isascii() and id_.isupper())


@dataclass(frozen=True, slots=True)
class Fact:
    """One checkable statement with its value, unit, period, source and anchor.

    `value` is a Decimal for a number (times 10 to the power of SCALES[scale] in `unit`), a Period where
    `unit` is "date", a str where `unit` is "text". `formula` is "" for a fact taken from a source.
    """

    id: str
    metric: str
    entity: str
    period: Period
    value: Decimal | Period | str
    unit: str
    scale: str = ""
    qualifier: Qualifier = ""
    basis: str = ""
    source: str = ""
    anchor: str = ""
    rank: Rank = "normal"
    formula: str = ""
    reason: str = ""
    note: str = ""
    ref: str = ""
    place: Place = Place("")

    @property
    def amount(self) -> Decimal | None:
        """The number in `unit` itself (5.08 billion as 5080000000); None for dates and texts."""
        return self.value.scaleb(SCALES[self.scale]) if isinstance(self.value, Decimal) else None


@dataclass(frozen=True, slots=True)
class Observation:
    """One value of a series; None is a value that the publisher reports as missing."""

    period: Period
    value: Decimal | None
    unit: str
    basis: str = ""
    source: str = ""
    status: Status = "normal"
    note: str = ""
    qualifier: Qualifier = ""
    rank: Rank = "normal"
    fact: str = ""
    """The id of the fact that carries the value, where the row points at one (source `fact:ID`)."""
    known: str = ""
    """The ISO day since which the publisher has said so, for a value that it may revise; "" for all others."""
    place: Place = Place("")


@dataclass(frozen=True, slots=True)
class Series:
    """Observations of one metric of one entity; several bases may stand side by side in it.

    `measure`: flow (adds up over a period), stock (counted at a date), rate, index.
    """

    id: str
    label: str
    metric: str
    entity: str
    unit: str
    measure: Measure
    observations: tuple[Observation, ...]
    note: str = ""
    formula: str = ""
    place: Place = Place("")
    earlier: tuple[Observation, ...] = ()
    """What the publisher said before it revised it."""
    origins: tuple[Origin, ...] = ()
    """The refreshes that its rows came by, oldest first."""

    def of(self, basis: str | None = None) -> tuple[Observation, ...]:
        """Return the observations that may be drawn, by period: dated, valued, not deprecated."""
        rows = [
            row
            for row in self.observations
            if row.value is not None and row.rank != "deprecated" and row.period.dated
            and (basis is None or row.basis == basis)
        ]
        return tuple(sorted(rows, key=lambda row: (row.period.end, row.period.start)))

    @property
    def bases(self) -> tuple[str, ...]:
        """The bases in the series, in the order of their first observation."""
        return tuple(dict.fromkeys(row.basis for row in self.observations))


@dataclass(frozen=True, slots=True)
class Extract:
    """The text of a document as received, and what the document says of itself.

    `kind` is text, html, pdf or docx. Blocks stand on lines of their own in html and docx, cells of a table are
    separated by tabs. `pages` are the positions at which the pages of a PDF begin, `main` where the article of a web
    page begins and ends. What is not known is "": `published` is an ISO date or a part of one.
    """

    text: str
    kind: str
    encoding: str = ""
    pages: tuple[int, ...] = ()
    main: tuple[int, int] | None = None
    title: str = ""
    producer: str = ""
    published: str = ""
    language: str = ""
    notes: tuple[str, ...] = ()
    """What a reader of the text should know: pages without text, characters that could not be read."""


# --- topics ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LineSpec:
    """One line or set of points of a chart: a series, one basis of it, its label."""

    series: str
    basis: str = ""
    label: str = ""
    place: Place = Place("")
    highlight: bool = False
    """Whether the chart is about this line: it keeps its colour, and those without it are grey."""


@dataclass(frozen=True, slots=True)
class EventSpec:
    """A dated mark on a chart: the fact whose period (or date value) dates it, and a short label."""

    fact: str
    label: str
    place: Place = Place("")


@dataclass(frozen=True, slots=True)
class ChartSpec:
    """A chart as `topic.toml` declares it. `title` is an assertion; it may use `{{ fact(..) }}`."""

    id: str
    kind: str
    title: str
    lines: tuple[LineSpec, ...]
    subtitle: str = ""
    since: str = ""
    until: str = ""
    scale: str = ""
    zero: bool = True
    notes: tuple[str, ...] = ()
    events: tuple[EventSpec, ...] = ()
    place: Place = Place("")


@dataclass(frozen=True, slots=True)
class TableSpec:
    """A table of series side by side, periods down, one column a line."""

    id: str
    title: str
    columns: tuple[LineSpec, ...]
    since: str = ""
    until: str = ""
    scale: str = ""
    notes: tuple[str, ...] = ()
    place: Place = Place("")


@dataclass(frozen=True, slots=True)
class KeyFigureSpec:
    """A key figure: the newest observation of a series' basis, or a fact with or without a series."""

    label: str
    fact: str = ""
    series: str = ""
    basis: str = ""
    place: Place = Place("")


@dataclass(frozen=True, slots=True)
class Topic:
    """One folder of `data/`: titles, order of the page, facts and series. Lists keep their order."""

    id: str
    title: str
    bottom_line: str
    accent: str
    key_figures: tuple[KeyFigureSpec, ...]
    charts: tuple[ChartSpec, ...]
    tables: tuple[TableSpec, ...]
    facts: tuple[Fact, ...]
    series: tuple[Series, ...]
    texts: tuple[tuple[str, str], ...]
    """Language and the text of `text.<lang>.md`."""
    subtitle: str = ""
    gaps: tuple[GapSpec, ...] = ()
    layouts: tuple[str, ...] = ()
    """None: those of the workspace."""
    place: Place = Place("")


# --- evidence -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Checked:
    """How a fact was checked against its source.

    `state`: "now" (the document is at hand and holds the anchor), "locked" (checked on `on` against
    `sha256`, by the lock file), "derived" (recomputed), "unchecked" (no document is kept).
    """

    fact: str
    state: Literal["now", "locked", "derived", "unchecked"]
    on: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One value of a conflict, with every source that gives it; `fact` is "" for a series' row."""

    amount: Decimal | None
    text: str
    """The value in words where `amount` is None: a date as written, or a text."""
    unit: str
    scale: str
    qualifier: Qualifier
    basis: str
    sources: tuple[str, ...]
    rank: Rank
    reason: str
    note: str
    fact: str
    series: str
    place: Place


@dataclass(frozen=True, slots=True)
class Conflict:
    """Values of one metric, entity and period that differ by more than the metric's tolerance."""

    metric: str
    entity: str
    period: Period
    candidates: tuple[Candidate, ...]


# --- coverage -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SetAside:
    """A row of `data/set-aside.csv`: quantities of a document that no fact is to carry, and why.

    `count` is how many quantities stand where the anchor stands, all its places together.
    """

    source: str
    anchor: str
    reason: str
    count: int = 1
    place: Place = Place("")


@dataclass(frozen=True, slots=True)
class Mention:
    """One quantity of a document: where it stands, what it was read as, and what became of it.

    `state`: "carried" (it is the value of `facts`), "period" (it dates them), "repeats" (it says again what they
    carry), "set aside" (`reason`, by the row at `place`), "open". `before` and `after` are the words around it,
    `start` and `end` its place in the document's text. Line and column count from 1, in the text as it was
    extracted; `page` is 0 in a document without pages.
    """

    line: int
    column: int
    before: str
    text: str
    after: str
    reading: str
    state: Literal["carried", "period", "repeats", "set aside", "open"] = "open"
    facts: tuple[str, ...] = ()
    reason: str = ""
    place: Place = Place("")
    compare: str = ""
    """A fact that says another amount in much the same words, where the mention is open."""
    page: int = 0
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Coverage:
    """Every quantity of a source's document; `trouble` says why there is none to be read, "" where it was."""

    source: str
    document: str
    mentions: tuple[Mention, ...] = ()
    trouble: str = ""

    @property
    def open(self) -> tuple[Mention, ...]:
        """The quantities that neither a fact carries nor a row sets aside."""
        return tuple(mention for mention in self.mentions if mention.state == "open")


@dataclass(frozen=True, slots=True)
class Seal:
    """An electronic seal in a PDF. `moment` is ISO 8601: its time stamp's where `stamped`, else its own word.

    `whole`: nothing was changed since it was set. `trusted`: its certificate leads to a root that is trusted here.
    """

    signer: str
    moment: str
    whole: bool
    trusted: bool
    stamped: bool = False
    problem: str = ""


# --- what was made --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition as the archive keeps it; `files` are (language, path, sha256, bytes, pages).

    An edition holds the languages whose pages had changed when it was made.
    """

    id: str
    topic: str
    number: int
    date: str
    digest: str
    languages: tuple[str, ...]
    as_of: str = ""
    """The ISO date after which nothing published was used; "" where there was no such limit."""
    files: tuple[tuple[str, str, str, int, int], ...] = field(default=())
    made_from: tuple[tuple[str, str, str], ...] = ()
    """Language, digest of its page, digest of the files that the page was made from."""
    briefs: tuple[tuple[str, str, str, int, int], ...] = ()
    """The one-page layout of a language, in the form of `files`, where it is made."""
    trace: tuple[str, str, int] | tuple[()] = ()
    """Name, sha256 and bytes of the file that traces its numerals; nothing where none was kept."""

    def digests(self, language: str) -> tuple[str, str]:
        """Return the digests of a language's page and of its files; "" twice where it is not in the edition."""
        return next(((page, files) for each, page, files in self.made_from if each == language), ("", ""))
