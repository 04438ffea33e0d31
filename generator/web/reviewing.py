"""The pages on which candidate facts are accepted, corrected or rejected.

Place in the pipeline: a part of the door `web`. In: the review file; out: forms, and what is decided on them, which is
written into the same file that an editor or a spreadsheet may hold. What was accepted enters facts.csv only when it is
asked for, through the checks that `briefing ingest --accept` makes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any, Literal, get_args

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from ..decisions import Decided, accept, decide, list_candidates
from ..errors import WorkspaceError
from ..knowledge import Knowledge
from ..model import SCALES, Qualifier
from ..review import DECISIONS, FACT_COLUMNS, CandidateFact
from ..testimony import quote
from ..workspace import digest
from .access import Caller
from .answers import Find, Start, TheCaller, TheDoor
from .door import Door
from .leafing import Stretch, leaf, says
from .problems import absent
from .worklist import Group, grouped

router = APIRouter(include_in_schema=False, default_response_class=Response)
SHOWN = 20
"""Candidates on a page."""
STATES = {"": "undecided", "yes": "accepted", "no": "rejected"}
EDITED = tuple(name for name in FACT_COLUMNS if name not in ("formula", "rank", "ref"))
"""Cells that the form may change."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What the cells of a candidate may hold: shown as proposals, checked when it is accepted."""

    metrics: tuple[str, ...]
    entities: tuple[str, ...]
    bases: tuple[str, ...]
    units: tuple[str, ...]
    topics: tuple[str, ...]
    scales: tuple[str, ...] = tuple(SCALES)
    qualifiers: tuple[str, ...] = get_args(Qualifier)


def _choices(knowledge: Knowledge) -> Choices:
    vocabulary = knowledge.vocabulary
    return Choices(
        tuple(metric.id for metric in vocabulary.metrics),
        tuple(id_ for id_, _ in vocabulary.entities),
        tuple(id_ for id_, _ in vocabulary.bases),
        (*vocabulary.unit_ids, "date", "text"),
        tuple(topic.id for topic in knowledge.topics),
    )


def _editor(caller: Caller) -> None:
    """Let those in who may write in every topic: the review file is one for all."""
    caller.must_edit()
    if caller.topics is not None:
        raise absent()


@dataclass(frozen=True, slots=True)
class Sought:
    """Which candidates a reviewer goes through: of a source, undecided ones or not, with some words; "" for all."""

    source: str = ""
    state: str = ""
    find: str = ""

    def holds(self, row: CandidateFact) -> bool:
        """Return whether a candidate is one of them."""
        words = f"{row.said} {row.anchor} {row.topic} {row.metric} {row.entity} {row.period} {row.unit} {row.id}"
        mine = self.source in ("", row.source) and self.state in ("", STATES[row.accept])
        return mine and says(words, self.find)

    def among(self, rows: Iterable[CandidateFact], start: int = 0) -> Stretch[CandidateFact]:
        """Return the page of them that begins with a row, or with the one before it that begins a page."""
        return leaf([row for row in rows if self.holds(row)], start, SHOWN, "/review", asdict(self))

    @property
    def query(self) -> str:
        """What the address of a form ends with, so that its answer leads back to the same candidates."""
        return self.among(()).at(0).removeprefix("/review")


def _sought(
    source: Annotated[str, Query(max_length=300)] = "",
    state: Literal["", "undecided", "accepted", "rejected"] = "",
    find: Find = "",
) -> Sought:
    return Sought(source, state, find)


TheSought = Annotated[Sought, Depends(_sought)]


@router.get("/review")
def show(
    request: Request, door: TheDoor, caller: TheCaller, sought: TheSought,
    start: Annotated[int, Query(ge=-(10**9), le=10**9)] = 0,
) -> Response:  # fmt: skip
    """Show the candidates that wait, each with its words in the document."""
    _editor(caller)
    return _page(request, door, sought, start)


@dataclass(frozen=True, slots=True)
class News:
    """What became of a decision: what was moved, what stands in the way, or that somebody else was there before.

    `stale` is the candidate as somebody else left it; `gone` is whether it is not in the list any more, `moved` whether
    those of a page are not the ones that it showed.
    """

    decided: Decided | None = None
    problems: tuple[Group, ...] = ()
    stale: CandidateFact | None = None
    gone: bool = False
    moved: bool = False

    @property
    def status(self) -> int:
        """The HTTP status of the page that tells it."""
        return 409 if self.problems or self.stale or self.gone or self.moved else 200


def _page(request: Request, door: Door, sought: Sought, start: int = 0, news: News | None = None) -> Response:
    news = news or News()
    rows = list_candidates(door.workspace())
    part = sought.among(rows, start)
    knowledge = door.shelf.knowledge()
    anchors = dict.fromkeys((row.source, row.anchor) for row in part.rows)
    quotations = {(each.source.id, each.anchor): each for each in quote(door.workspace(), knowledge, anchors)}
    values = {
        "part": part, "quotations": quotations, "total": len(rows), "news": news, "sought": sought,
        "choices": _choices(knowledge), "counts": Counter(row.accept for row in rows),
        "sources": Counter(row.source for row in rows), "states": {row.place: _state(row) for row in part.rows},
        "seats": {row.place: _seat(Sought().among(rows, number), row) for number, row in enumerate(rows)}
        if news.problems
        else {},
        "open": _undecided(part), "was": _states(_undecided(part)),
    }  # fmt: skip
    return door.shell.page(request, "review.html", values, news.status)


async def form_of(request: Request) -> FormData:
    """Return the fields of a form, and no file."""
    return await request.form(max_files=0, max_fields=50)


def _undecided(part: Stretch[CandidateFact]) -> list[CandidateFact]:
    return [row for row in part.rows if not row.accept]


def _states(rows: Iterable[CandidateFact]) -> str:
    """Return a digest of what candidates are: whether a page still shows the same."""
    return digest({str(row.place): _state(row) for row in rows})


@router.post("/review/page")
def choose_page(
    request: Request, door: TheDoor, caller: TheCaller, sought: TheSought, form: Annotated[FormData, Depends(form_of)],
    start: Start = 0,
) -> Response:  # fmt: skip
    """Write one decision on all that a page shows and nobody has decided, and lead to the next page."""
    _editor(caller)
    rows = list_candidates(door.workspace())
    part = sought.among(rows, start)
    if form.get("was") != _states(_undecided(part)):
        return _page(request, door, sought, start, News(moved=True))
    decision = str(form.get("decision", ""))
    decide(door.workspace(), [replace(row, accept=decision) for row in _undecided(part) if decision in DECISIONS])
    # Where those that wait are gone through, the next ones have come up to this place.
    return RedirectResponse(part.at(part.start) if sought.state or not part.after else part.after, 303)


@router.post("/review/{line}")
def choose(
    request: Request, door: TheDoor, caller: TheCaller, sought: TheSought,
    line: Annotated[int, Path(ge=1, le=10**7)], form: Annotated[FormData, Depends(form_of)],
) -> Response:  # fmt: skip
    """Write what was decided on a candidate into the review file, and lead to the next one."""
    _editor(caller)
    rows = list_candidates(door.workspace())
    index = _index(rows, line, form)
    if index is None:
        return _page(request, door, sought, news=News(gone=True))
    row, wish = rows[index], _changed(rows[index], form)
    # Who presses twice, or wants what another one wanted before, is not in anybody's way.
    if wish != row and str(form.get("was", _state(row))) != _state(row):
        return _page(request, door, Sought(), index, News(stale=row))
    decide(door.workspace(), [wish])
    rows = (*rows[:index], wish, *rows[index + 1 :])
    following = next((row for row in rows[index + 1 :] if not row.accept and sought.holds(row)), wish)
    before = sum(sought.holds(each) for each in rows[: rows.index(following)])
    return RedirectResponse(_seat(sought.among(rows, before), following), 303)


def _index(rows: Sequence[CandidateFact], line: int, form: FormData) -> int | None:
    """Return which of the rows a form is about, None where it is there no more.

    Lines move up when others before them are taken over: then the candidate is known by its cells.
    """
    same = [
        index for index, row in enumerate(rows) if (row.said, row.source) == (form.get("said"), form.get("of"))
    ]  # fmt: skip
    here = [index for index in same if rows[index].place.line == line]
    moved = [index for index in same if _state(rows[index]) == form.get("was")]
    return here[0] if here else moved[0] if len(moved) == 1 else None


def _state(row: CandidateFact) -> str:
    """Return a digest of a candidate's cells: whether somebody else changed them since a page showed them."""
    return digest({name: getattr(row, name) for name in ("accept", "topic", *EDITED)})


def _seat(part: Stretch[CandidateFact], row: CandidateFact) -> str:
    """Return the address of a candidate's form on the page where it stands."""
    return f"{part.at(part.start)}#c{row.place.line}"


def _changed(row: CandidateFact, form: FormData) -> CandidateFact:
    """Return a candidate with the cells of the form: one line each, for the file is a table."""
    given = {name: " ".join(str(form[name]).split()) for name in ("topic", *EDITED) if name in form}
    decision = str(form.get("decision", ""))
    cells: dict[str, Any] = {**given, "accept": decision if decision in DECISIONS else ""}
    return replace(row, **cells)


@router.post("/review")
def take(request: Request, door: TheDoor, caller: TheCaller) -> Response:
    """Move what was accepted into facts.csv and what was rejected into set-aside.csv, or say what stands in the way."""
    _editor(caller)
    try:
        # Asked for twice, by a second click or by loading the page anew, there is nothing to tell of.
        if not any(row.accept for row in list_candidates(door.workspace())):
            return RedirectResponse("/review", 303)
        decided = accept(door.workspace(), today=door.today())
    except WorkspaceError as error:
        return _page(request, door, Sought(), news=News(problems=tuple(grouped(error.findings))))
    return _page(request, door, Sought(), news=News(decided))
