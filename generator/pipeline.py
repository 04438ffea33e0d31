"""The pipeline: the numbered steps from a workspace's files to editions in the archive.

1 Read · 2 Check · 3 Draw · 4 Write · 5 Print · 6 Inspect · 7 Keep · 8 Deliver. `build` is 1 to 7 and never
delivers. A page whose files are unchanged is recognised before anything heavy is imported, and one that would show
the same as before although a file changed, before anything is drawn.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from . import archive
from .causes import hold_back
from .errors import (
    BriefingError,
    BusyError,
    InterruptedBuildError,
    LostError,
    OutsideError,
    PreflightError,
    WorkspaceError,
)
from .model import Edition, Finding
from .orders import PROGRAM, Order, Want, code_digest, remember, standing, wanted
from .reading import Findings
from .workspace import SETTINGS, Workspace, processors, read_settings

if TYPE_CHECKING:
    from .draft import Draft
    from .knowledge import Knowledge
    from .manuscript import Manuscript
    from .page import Document
    from .signing import Sealer
    from .succession import Succession
    from .workshop import Workshop

STEPS = ("Read", "Check", "Draw", "Write", "Print", "Inspect", "Keep", "Deliver")
Tell = Callable[[int, str], None]
"""Told of each step: its number, and what it works on."""


@dataclass(frozen=True, slots=True)
class Request:
    """What to build. Nothing named: all topics, the workspace's languages, as of its newest date."""

    topics: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    as_of: date | None = None
    strict: bool = False
    force: bool = False
    workers: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of some languages of a topic: "built", "unchanged", "rebuilt" (the same bytes again) or "failed"."""

    topic: str
    state: str
    edition: Edition | None
    findings: tuple[Finding, ...] = ()
    error: str = ""
    languages: tuple[str, ...] = ()
    retry: bool = False
    """Whether the same may succeed at another time although nothing is changed."""


@dataclass(frozen=True, slots=True)
class Checkup:
    """What `check` found."""

    findings: tuple[Finding, ...]
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        """One line: how many problems, how many facts and how they were checked."""
        return ", ".join(f"{number} {_one(name) if number == 1 else name}" for name, number in self.counts.items())

    def stops(self, *, strict: bool) -> bool:
        """Whether a build would stop."""
        fatal = {"error", "warning"} if strict else {"error"}
        return any(finding.severity in fatal for finding in self.findings)


def _one(plural: str) -> str:
    return plural.removesuffix("s") if plural in ("errors", "warnings", "notes", "topics", "facts") else plural


def build(
    workspace: Workspace,
    request: Request,
    *,
    tell: Tell = lambda _step, _what: None,
    now: datetime | None = None,
    shop: Workshop | None = None,
) -> tuple[Outcome, ...]:
    """Build editions and return what became of each topic; a topic that fails never holds up another.

    A topic has one outcome, or several where its languages are in several editions. UsageError where a topic or
    language is not there, ArchiveError where another process builds one of the topics or the archive is damaged; every
    other problem is in the outcomes. `shop` is a workshop that is open already and stays so.
    """
    from .shared_archive import shared_archive

    now = now or datetime.now(UTC)
    with shared_archive(workspace, os.environ) as shared:
        if shared is None:
            return _build(workspace, request, tell, now, shop)
        known = workspace.topics()
        shared.exchange_all(topic for topic in known if topic in (request.topics or known))
        outcomes = _build(workspace, request, tell, now, shop)
        for topic in dict.fromkeys(outcome.topic for outcome in outcomes if outcome.state == "built"):
            tell(7, f"{topic}: shared archive")
            shared.exchange(topic)
        return outcomes


def _build(
    workspace: Workspace, request: Request, tell: Tell, now: datetime, shop: Workshop | None
) -> tuple[Outcome, ...]:
    # East of Greenwich tomorrow has begun already.
    latest = now.date() + timedelta(days=1)
    wants = wanted(workspace, request.topics, request.languages, request.as_of, latest=latest)
    kept = {} if request.force else {want: edition for want in wants if (edition := standing(workspace, want))}
    waiting = [want for want in wants if want not in kept]
    done: dict[str, tuple[Outcome, ...]] = {}
    if waiting:
        with archive.locked_topics(workspace.state, (want.topic for want in waiting)):
            done = _make_all(workspace, waiting, request, tell, now, shop)
    topics = dict.fromkeys(want.topic for want in wants)
    return tuple(outcome for topic in topics for outcome in (*_unchanged(topic, kept), *done.get(topic, ())))


def _unchanged(topic: str, kept: Mapping[Want, Edition], findings: tuple[Finding, ...] = ()) -> list[Outcome]:
    """Return an outcome an edition that stands; the findings are told with the first."""
    editions: dict[Edition, list[str]] = {}
    for want, edition in kept.items():
        if want.topic == topic:
            editions.setdefault(edition, []).append(want.language)
    return [
        Outcome(topic, "unchanged", edition, () if number else findings, languages=tuple(languages))
        for number, (edition, languages) in enumerate(editions.items())
    ]


def open_workshop(workspace: Workspace, request: Request, *, lasting: bool = False) -> Workshop:
    """Return a workshop for what is to be built; it starts its children at once and is to be closed.

    `lasting`: for many builds, one after the other.
    """
    from .workshop import Workshop

    settings = read_settings(workspace, Findings())
    workers = request.workers or settings.workers or processors()
    return Workshop(workspace.state, settings, workers, code=code_digest(), fresh=request.force, lasting=lasting)


def _make_all(
    workspace: Workspace, wants: list[Want], request: Request, tell: Tell, now: datetime, shop: Workshop | None
) -> dict[str, tuple[Outcome, ...]]:
    from .signing import read_seal_settings, sealing

    with ExitStack() as opened:
        shop = shop or opened.enter_context(open_workshop(workspace, request))
        seal = read_seal_settings(workspace.table(SETTINGS, Findings()))
        sealer = opened.enter_context(sealing(seal, workspace.root, os.environ, now))
        # Imported only now, while the children import what they need.
        from .knowledge import read_up

        topics = tuple(dict.fromkeys(want.topic for want in wants))
        tell(1, ", ".join(topics))
        knowledge = read_up(workspace, topics, as_of=request.as_of)
        number = sum(len(topic.facts) for topic in knowledge.topics)
        tell(2, f"{number} {'fact' if number == 1 else 'facts'}")
        return _Bench(workspace, shop, knowledge, request, tell, now, sealer).make_all(wants)


class _Proof:
    """The check of the numbers, at work while the first page is printed: nothing is kept before its end."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge, self._pen = knowledge, threading.Lock()
        self._proven: Knowledge | None = None

    def begin(self) -> None:
        """Begin in a thread of its own, unless it has begun."""
        if self._proven is None and not self._pen.locked():
            threading.Thread(target=self.result, daemon=True).start()

    def result(self) -> Knowledge:
        """Return what is known, with its numbers checked; whoever asks first does the work."""
        with self._pen:
            if self._proven is None:
                self._proven = self._knowledge.proven()
            return self._proven


@dataclass(frozen=True, slots=True)
class _Bench:
    """What making editions needs."""

    workspace: Workspace
    shop: Workshop
    knowledge: Knowledge
    request: Request
    tell: Tell
    now: datetime
    sealer: Sealer | None
    pen: threading.Lock = field(default_factory=threading.Lock)
    """Held while a page is drawn up: one after the other, so that the first can be printed while others are."""
    proof: _Proof = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "proof", _Proof(self.knowledge))

    def make_all(self, wants: list[Want]) -> dict[str, tuple[Outcome, ...]]:
        """Return what became of each topic."""
        from concurrent.futures import ThreadPoolExecutor

        workers = self.shop.workers
        with ThreadPoolExecutor(max_workers=workers + (workers > 1)) as threads:
            # The longest page first: what is begun last ends alone.
            asked = dict.fromkeys(want.topic for want in wants)
            longest_first = sorted(asked, key=lambda topic: -self.knowledge.size(topic))
            made = {
                topic: threads.submit(self.make, topic, [want for want in wants if want.topic == topic])
                for topic in longest_first
            }
            try:
                return {topic: future.result() for topic, future in made.items()}
            except KeyboardInterrupt:
                self.shop.close()
                threads.shutdown(cancel_futures=True)
                # What was under way fails in its own way when its children are gone; that is no news.
                ended = [each for each in made.values() if not each.cancelled() and each.exception() is None]
                outcomes = [outcome for each in ended for outcome in each.result() if outcome.state == "built"]
                names = [f"{outcome.topic} {outcome.edition.id}" for outcome in outcomes if outcome.edition]
                kept = f"kept before: {', '.join(names)}" if names else "nothing was kept"
                raise InterruptedBuildError(f"interrupted; {kept}") from None

    def make(self, topic: str, wants: list[Want]) -> tuple[Outcome, ...]:
        """Make and keep what changed of a topic; whatever goes wrong is its outcome and nobody else's."""
        findings = Findings(self.knowledge.errors_of(topic))
        languages, retry = tuple(want.language for want in wants), False
        try:
            self._stop_on(findings)
            with self.pen:
                pages = [self._write(want, findings) for want in wants]
            self._stop_on(findings)
            return tuple(self._issue(topic, pages, findings))
        except (WorkspaceError, PreflightError):
            error = "nothing was kept; the findings say why"
        except BriefingError as problem:
            error, retry = str(problem), isinstance(problem, (OutsideError, BusyError, LostError))
        self._prove(topic, findings)
        return (Outcome(topic, "failed", None, tuple(hold_back(findings)), error, languages, retry),)

    def _prove(self, topic: str, findings: Findings) -> None:
        """Put in what the proof found about a topic, before what its pages told; a second time nothing changes."""
        proven, read = self.proof.result().errors_of(topic), self.knowledge.errors_of(topic)
        findings[:] = [*proven, *(found for found in findings if found not in proven and found not in read)]

    def _stop_on(self, findings: Findings, kind: type[WorkspaceError] = WorkspaceError) -> None:
        fatal = [found for found in findings if found.severity == "error" or
                 (self.request.strict and found.severity == "warning")]  # fmt: skip
        if fatal:
            raise kind(fatal)

    def _write(self, want: Want, findings: Findings) -> Manuscript:
        from .manuscript import write_up

        page = write_up(self.workspace, self.knowledge, want)
        findings.extend(found for found in page.draft.findings if found not in findings)
        return page

    def _same(self, page: Manuscript) -> Edition | None:
        """Return the newest edition with the page's language if it shows this very page and is whole."""
        want, reports = page.want, self.workspace.reports
        newest = archive.newest(reports, want.topic, as_of=str(want.as_of or ""), language=want.language)
        if newest is None or newest.digests(want.language)[0] != page.digest:
            return None
        return newest if not archive.damage(reports, newest, want.language) else None

    def _issue(self, topic: str, pages: list[Manuscript], findings: Findings) -> Iterator[Outcome]:
        """Yield what becomes of a topic's pages: those that changed make one edition."""
        same = {page.want: edition for page in pages if (edition := self._same(page))}
        if self.request.force:
            numbers = {page.want: same[page.want].number if page.want in same else 0 for page in pages}
            for number in sorted(set(numbers.values())):
                yield self._print(topic, [page for page in pages if numbers[page.want] == number], number, findings)
            return
        changed = [page for page in pages if page.want not in same]
        printed = [self._print(topic, changed, 0, findings)] if changed else []
        self._prove(topic, findings)
        self._stop_on(findings)
        yield from _unchanged(topic, same, tuple(findings))
        if not findings.above_notes:
            for page in pages:
                remember(self.workspace.state, page.want, page.digest)
        yield from printed

    def _print(self, topic: str, pages: list[Manuscript], number: int, findings: Findings) -> Outcome:
        """Print pages and keep them as an edition of this number; 0: the next."""
        order = Order(
            topic,
            self.knowledge.days[topic],
            self.request.as_of,
            number or archive.next_number(self.workspace.reports, topic),
            tuple((page.want, page.digest) for page in pages),
        )
        from .brief import in_layouts

        drafts = [page.numbered(order.edition, order.number) for page in pages]
        succession = self._follow(order, drafts, again=bool(number))
        drafts = [succession.tell(draft) for draft in drafts]
        order = replace(order, since=succession.since)
        layouts = [draft for full in drafts for draft in in_layouts(full)]
        printed = self._press_all(order, layouts, findings)
        self._prove(order.topic, findings)
        self._stop_on(findings, PreflightError)
        return self._keep(order, printed, findings)

    def _follow(self, order: Order, drafts: list[Draft], *, again: bool) -> Succession:
        """Return the editions that the pages follow; a look back follows none."""
        from .record import make_substance
        from .succession import Succession, follow, follow_again

        reports = self.workspace.reports
        if order.as_of:
            return Succession()
        if again:
            return follow_again(reports, order.topic, order.edition)
        return follow(reports, order.topic, order.languages, make_substance(order, drafts))

    def _press_all(self, order: Order, drafts: list[Draft], findings: Findings) -> list[tuple[Draft, Document]]:
        """Return pages printed, side by side where there are workers; what is found is told in the pages' order."""
        from concurrent.futures import ThreadPoolExecutor

        workers = self.shop.workers
        with ThreadPoolExecutor(max_workers=min(len(drafts), workers + (workers > 1))) as threads:
            printed = []
            for draft, document in zip(drafts, threads.map(partial(self._press, order), drafts), strict=True):
                findings.extend(document.findings)
                printed.append((draft, document))
            return printed

    def _press(self, order: Order, draft: Draft) -> Document:
        templates = self.workspace.templates("briefing", Findings())
        what = f"{order.topic} ({draft.name})"

        def tell(step: int) -> None:
            self.tell(step, what)
            if step == 5:
                self.proof.begin()

        document = self.shop.make(draft, templates, PROGRAM, tell)
        self.tell(6, f"{what}: {document.pages} page{'' if document.pages == 1 else 's'}")
        return document

    def _keep(self, order: Order, printed: list[tuple[Draft, Document]], findings: Findings) -> Outcome:
        from .record import TRACE, make_record, make_trace

        files = {order.file(draft.name): document.pdf for draft, document in printed}
        if order.edition in archive.folders(self.workspace.reports, order.topic):
            kept = archive.read_edition(self.workspace.reports, order.topic, order.edition)
            return self._compare(order, kept, files, findings)
        self.tell(7, f"{order.topic} {order.edition}")
        if self.sealer is not None:
            files = {name: self.sealer.seal(pdf, f"{order.topic}/{order.edition}") for name, pdf in files.items()}
        files[TRACE] = make_trace(order, printed)
        record = make_record(order, printed, files, findings, self.now)
        archive.keep(self.workspace.reports, record, files)
        edition = archive.read_edition(self.workspace.reports, order.topic, order.edition)
        return Outcome(order.topic, "built", edition, tuple(findings), languages=order.languages)

    def _compare(self, order: Order, newest: Edition, files: dict[str, bytes], findings: Findings) -> Outcome:
        """Compare with what was kept: the same inputs were asked for again, and must make the same bytes."""
        made = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
        record = archive.read_record(self.workspace.reports, order.topic, newest.id)
        # A seal differs each time it is set; what stands before it may not.
        every = [each for file in record["files"] for each in (file, file.get("brief")) if each]
        kept = {file["name"]: file.get("printed", file)["sha256"] for file in every}
        if all(kept.get(name) == sha256 for name, sha256 in made.items()):
            return Outcome(order.topic, "rebuilt", newest, tuple(findings), languages=order.languages)
        return Outcome(
            order.topic,
            "failed",
            None,
            tuple(findings),
            f"{newest.id} was made from the same inputs with other bytes; the fonts or system libraries of this "
            "machine have changed since. The kept edition stays; change an input to make a new one",
            order.languages,
        )


def check(workspace: Workspace, *, today: date) -> Checkup:
    """Read, check and write everything without printing; bring data/evidence.lock up to date.

    The lock is written only where every fact whose document is at hand was found in it.
    """
    from .inspection import look_through

    findings, counts = look_through(workspace, today)
    return Checkup(findings, counts)
