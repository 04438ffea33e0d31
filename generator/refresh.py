"""Refresh: series are fetched from their publishers, checked, compared with what is stored, and only then written.

Place in the pipeline: before step 1, on demand. In: the workspace's series that name a connector; out: a `Renewal` for
each, which says what changed, and the files of those that passed. A series is written whole or not at all: the origin
of its new rows first, then its table; a refresh that is ended between the two has left an origin that no row refers
to, which does not count.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Literal

from . import archive
from .acceptance import examine
from .comparison import Difference, compare, known_day, merge
from .connectors import NAMES
from .errors import BriefingError, UsageError, WorkspaceError
from .holdings import connected, read_series
from .inquiry import Heard, Holding, Inquiry, Silent, World
from .knowledge import read_common
from .model import Finding, Observation
from .origins import Origin, write_origins
from .reading import Findings, decode, did_you_mean
from .series import read_observations, write_observations
from .workspace import ORIGIN, Workspace
from .writing import write_together

State = Literal["changed", "unchanged", "held back", "failed"]
Tell = Callable[[str], None]
"""Told of each address that is asked."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What to refresh: names of series, none for all that are connected; whether to write, and what is held back."""

    series: tuple[str, ...] = ()
    dry_run: bool = False
    accept: bool = False


@dataclass(frozen=True, slots=True)
class Renewal:
    """What became of one series: `series` is `topic/series`, `written` whether its files hold the changes now.

    `exit_code`: 0 done, 1 somebody must decide or correct something, 3 the publisher failed and what is stored stays.
    """

    series: str
    state: State
    difference: Difference = field(default_factory=Difference)
    findings: tuple[Finding, ...] = ()
    error: str = ""
    exit_code: int = 0
    written: bool = False
    origin: Origin | None = None
    """Where the answer came from; None where there is none."""
    notes: tuple[str, ...] = ()
    publisher: str = ""
    """The host that gave no answer, "" where one came; `reason` is why, "" where it was not asked any more."""
    reason: str = ""


def refresh(
    workspace: Workspace, wishes: Wishes, world: World, *, tell: Tell = lambda _what: None
) -> tuple[Renewal, ...]:
    """Bring series up to date and return what became of each, by name.

    A series that fails holds up no other and keeps what is stored. UsageError where a name is no connected series,
    WorkspaceError where the workspace's common files are wrong, ArchiveError where another process refreshes here.
    """
    if wishes.accept and not wishes.series:
        raise UsageError("--accept needs the names of series", hint="Name those whose changes you have looked at.")
    with ExitStack() as held:
        for connector in _connectors(workspace, wishes.series):
            # A connector's series are brought up to date by one process at a time, others' meanwhile.
            held.enter_context(archive.locked(workspace.state, f"refresh-{connector}", "refreshing"))
        stock = _Stock(workspace)
        chosen = stock.choose(wishes.series)
        with Inquiry(workspace, stock.settings, world, tell) as inquiry:
            heard = inquiry.ask([each for each in chosen if isinstance(each, Holding)])
        return tuple(
            each if isinstance(each, Renewal) else _renew(stock, each, heard[each.name], wishes, world)
            for each in chosen
        )


def _connectors(workspace: Workspace, wanted: tuple[str, ...]) -> list[str]:
    """Return the connectors of the series that are wished for; a name that is none has a lock with all its like."""
    found = {
        connector
        for name, (_, connector) in connected(workspace).items()
        if not wanted or name in wanted or name.partition("/")[2] in wanted
    }
    return sorted({name if name in NAMES else "other" for name in found})


class _Stock:
    """The workspace as far as a refresh needs it; WorkspaceError where its common files are wrong."""

    def __init__(self, workspace: Workspace) -> None:
        findings = Findings()
        self.workspace = workspace
        self.settings, self.vocabulary, self.sources = read_common(workspace, findings)
        if findings.errors:
            raise WorkspaceError(findings)

    def choose(self, wanted: tuple[str, ...]) -> list[Holding | Renewal]:
        """Return the connected series that are named, all where none is; a Renewal for one whose files are wrong."""
        connected = self._connected()
        names = [self._named(word, connected) for word in wanted] if wanted else sorted(connected)
        return [self._hold(name, connected[name]) for name in dict.fromkeys(names)]

    def _connected(self) -> dict[str, str]:
        return {name: stem for name, (stem, _) in connected(self.workspace).items()}

    def _named(self, word: str, connected: Mapping[str, str]) -> str:
        matching = [name for name in connected if word in (name, name.partition("/")[2])]
        if len(matching) == 1:
            return matching[0]
        if matching:
            raise UsageError(f"series '{word}' is in several topics", hint=f"Say which: {' or '.join(matching)}.")
        file = f"series/{word.rpartition('/')[2]}.toml"
        if any(self.workspace.has(f"data/{topic}/{file}") for topic in self.workspace.topics()):
            hint = "Add [connector] to its .toml; docs/connectors.md shows how."
            raise UsageError(f"series '{word}' names no connector", hint=hint)
        hint = did_you_mean(word, [name.partition("/")[2] for name in connected])
        raise UsageError(f"no connected series '{word}'", hint=hint)

    def _hold(self, name: str, stem: str) -> Holding | Renewal:
        findings = Findings()
        series, connection = read_series(self.workspace, stem, self.vocabulary, self.sources, findings)
        if findings.errors or series is None or connection is None:
            error = "its files must be corrected first"
            return Renewal(name, "failed", findings=tuple(findings), error=error, exit_code=1)
        return Holding(name, stem, series, connection)


    def problems(self, holding: Holding, table: bytes) -> tuple[Finding, ...]:
        """Return what would be wrong with a series' table: a publisher's note can hold anything."""
        findings = Findings()
        file = f"{holding.stem}.csv"
        text = decode(table, file, findings)
        if text is not None:
            bases = [id_ for id_, _ in self.vocabulary.bases]
            empty = replace(holding.series, observations=(), earlier=())
            read_observations(empty, text, file, bases=bases, sources=self.sources, findings=findings)
        return findings.errors


def _renew(
    stock: _Stock, holding: Holding, heard: Heard | Silent | BriefingError, wishes: Wishes, world: World
) -> Renewal:
    """Compare, check and write one series."""
    if isinstance(heard, Silent):
        reason = heard.error.message if heard.asked else ""
        return replace(_failed(holding, heard.error), publisher=heard.publisher, reason=reason)
    if isinstance(heard, BriefingError):
        return _failed(holding, heard)
    series, connection, reading = holding.series, holding.connection, heard.reading
    difference = compare(series, connection, reading)
    findings = examine(series, connection, reading, difference, world.today)
    today = world.today.isoformat()
    known = known_day(series, connection, reading, sources=stock.sources, today=today)
    answers = tuple((answer.address, answer.sha256) for answer in heard.answers)
    origin = Origin(known, today, connection.source, answers, reading.updated, reading.title, reading.unit)
    found = Renewal(holding.name, "unchanged", difference, findings, origin=origin, notes=reading.notes)
    if any(finding.severity == "error" for finding in findings):
        return replace(found, state="failed", error="the answer is refused; what is stored stays", exit_code=3)
    if findings and not wishes.accept:
        return replace(found, state="held back", exit_code=1)
    if not difference or wishes.dry_run:
        return replace(found, state="changed" if difference else "unchanged")
    rows = merge(series, connection, reading, known=known, sources=stock.sources)
    return _keep(stock, holding, found, rows)


def _failed(holding: Holding, error: BriefingError) -> Renewal:
    return Renewal(holding.name, "failed", error=str(error), exit_code=3 if error.exit_code == 3 else 1)


def _keep(stock: _Stock, holding: Holding, found: Renewal, rows: tuple[Observation, ...]) -> Renewal:
    """Write what was accepted, if it can be read again."""
    if problems := stock.problems(holding, write_observations(rows)):
        error = "the answer would make a table that cannot be read; what is stored stays"
        return replace(found, state="failed", findings=(*found.findings, *problems), error=error, exit_code=3)
    try:
        _write(stock.workspace, holding, rows, found.origin)
    except BriefingError as error:
        return replace(found, state="failed", error=str(error), exit_code=error.exit_code)
    return replace(found, state="changed", written=True)


def _write(workspace: Workspace, holding: Holding, rows: tuple[Observation, ...], origin: Origin | None) -> None:
    """Write table and origin together: first what nothing refers to yet, then what refers to it."""
    known = {row.known for row in rows}
    # Where values only changed their source, the answer vouches for what was known before.
    vouched = [replace(each, known=each.known if each.known in known else max(known)) for each in (origin,) if each]
    table = f"{holding.stem}.csv"
    files = {
        f"{holding.stem}{ORIGIN}": write_origins((*holding.series.origins, *vouched), table.rpartition("/")[2]),
        table: write_observations(rows),
    }
    write_together({workspace.root / name: data for name, data in files.items()})
    workspace.forget(files)
