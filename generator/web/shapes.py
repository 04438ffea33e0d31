"""The shapes of the API's answers, as its OpenAPI description tells them.

Place in the pipeline: a part of the door `web`. Values are plain: decimals are texts, so that no digit is lost in a
float; a day is ISO 8601; what is not there is "" or null.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

T = TypeVar("T")
_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)


class Shape(BaseModel):
    """An object with exactly these members."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Listed(Shape, Generic[T]):
    """A part of a list: how many there are in all, and the address of the next part, "" at the end."""

    items: list[T]
    total: int
    next: str


class PlaceShape(Shape):
    """A file of the workspace and a line in it, 0 for the file as a whole."""

    file: str
    line: int


class FindingShape(Shape):
    """A problem: where, what was found, what was expected, how to cure it."""

    place: PlaceShape
    rule: str
    found: str
    expected: str
    cure: str
    severity: Literal["error", "warning", "note"]


class ProblemShape(BaseModel):
    """RFC 9457. With `retry` the same request may succeed after `Retry-After` seconds; without it never does."""

    type: str
    title: str
    status: int
    detail: str
    cure: str
    retry: bool
    findings: list[FindingShape] = []


class KindShape(Shape):
    """A kind of problem."""

    kind: str
    status: int
    title: str
    retry: bool


class FileShape(Shape):
    """A PDF of an edition: the full layout of a language, or its one-page brief."""

    language: str
    layout: Literal["full", "brief"]
    href: str
    sha256: str
    bytes: int
    pages: int


class EditionShape(Shape):
    """An edition of a topic; `as_of` is the day that it looks back to, "" for a current one."""

    topic: str
    id: str
    number: int
    date: str
    as_of: str
    digest: str
    languages: list[str]
    href: str
    damage: str = Field(description='What is wrong with its files, "" where they are as they were kept.')
    recalled: str = Field(description='Why it was called back, "" where it was not.')
    files: list[FileShape]


class NumberShape(Shape):
    """A numeral on a page and where it comes from: `of` names the fact, the observation or the source."""

    language: str
    page: int
    numeral: str
    kind: str
    of: str
    value: str
    sources: list[str]
    layout: Literal["full", "brief"]


class TopicShape(Shape):
    """A topic, or the combined briefing of several, with its newest current edition of each language."""

    id: str
    title: str
    parts: list[str] = Field(description="The topics of the combined briefing; none of a topic.")
    languages: list[str]
    layouts: list[Literal["full", "brief"]]
    facts: int
    series: int
    date: str
    newest: dict[str, str] = Field(description="The newest edition by language; a language without one is not there.")


class FactShape(Shape):
    """A fact as `briefing facts` lists it, with its observation and anchor."""

    id: str
    topic: str
    use: Literal["printed", "lower-ranked", "set aside"]
    value: str
    unit: str
    period: str
    source: str
    check: str
    reason: str
    ref: str
    metric: str
    entity: str
    basis: str
    rank: str
    anchor: str
    note: str
    place: PlaceShape


class SeriesShape(Shape):
    """A series as `briefing series` lists it."""

    id: str
    topic: str
    unit: str
    measure: str
    bases: str
    observations: int
    drawn: int
    first: str
    last: str
    formula: str


class ObservationShape(Shape):
    """One value of a series; null where the publisher reports none."""

    period: str
    value: str | None
    unit: str
    basis: str
    source: str
    status: str
    note: str
    known: str


class SeriesWhole(SeriesShape):
    """A series with its observations."""

    label: str
    metric: str
    entity: str
    rows: list[ObservationShape]


class SourceShape(Shape):
    """A source as `briefing sources` lists it."""

    id: str
    kind: str
    published: str
    accessed: str
    document: str
    facts: int
    observations: int
    producer: str
    title: str
    url: str
    licence: str


def _written_day(value: object) -> object:
    """Return a day as it was written; pydantic would take 86400 and a time for one too."""
    if value is not None and not (isinstance(value, str) and _DAY.match(value)):
        raise ValueError("write a day as 2026-11-22")
    return value


class AskShape(Shape):
    """What to build."""

    topic: str = Field(max_length=100, description="A topic of `/api/v1/topics`.", examples=["economy"])
    languages: list[Annotated[str, Field(max_length=35)]] = Field(
        default=[], max_length=20, description="None: the workspace's.", examples=[["en"]]
    )
    as_of: Annotated[date | None, BeforeValidator(_written_day)] = Field(
        default=None, description="Leaves out what was published later.", examples=["2024-06-30"]
    )
    strict: bool = Field(default=False, strict=True, description="Warnings stop the build too.")
    layout: Literal["full", "brief"] | None = Field(
        default=None, description="Whose PDF the outcomes name, of those that the topic declares; none: every one."
    )


class StepShape(Shape):
    """A step that was reached: its number in the pipeline, 0 while another process builds the topic."""

    number: int
    name: str
    what: str


class OutcomeShape(Shape):
    """What became of some languages: the edition that was made, or that is there already."""

    state: Literal["built", "unchanged", "rebuilt", "failed"]
    languages: list[str]
    edition: str
    href: str
    files: list[FileShape]


class BuildShape(Shape):
    """A build."""

    id: str
    state: Literal["waiting", "running", "done", "failed", "cancelled"]
    topic: str
    languages: list[str]
    as_of: str
    strict: bool
    layout: str
    created: str
    started: str
    ended: str
    steps: list[StepShape]
    outcomes: list[OutcomeShape]
    findings: list[FindingShape]
    error: str
    retry: bool
    href: str
    events: str


Record = dict[str, Any]
