"""The pipeline: the numbered steps from a workspace's files to editions in the archive.

1 Read · 2 Check · 3 Draw · 4 Write · 5 Print · 6 Inspect · 7 Keep · 8 Deliver. `build` is 1 to 7 and never
delivers. An unchanged edition is recognised by the digest of its inputs before anything heavy is imported.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from . import archive
from .errors import BriefingError, InterruptedBuildError, PreflightError, WorkspaceError
from .model import Edition, Finding
from .orders import PROGRAM, Order, code_digest, plan_orders
from .reading import Findings
from .workspace import SETTINGS, Workspace, processors, read_settings

if TYPE_CHECKING:
    from .draft import Draft
    from .knowledge import Knowledge
    from .page import Document
    from .signing import Sealer
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
    """What became of one topic: "built", "unchanged", "rebuilt" (the same bytes again) or "failed"."""

    topic: str
    state: str
    edition: Edition | None
    findings: tuple[Finding, ...] = ()
    error: str = ""


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
    workspace: Workspace, request: Request, *, tell: Tell = lambda _step, _what: None, now: datetime | None = None
) -> tuple[Outcome, ...]:
    """Build editions and return what became of each topic; a topic that fails never holds up another.

    UsageError where a topic or language is not there, ArchiveError where another process builds here or the
    archive is damaged; every other problem is in the outcomes.
    """
    now = now or datetime.now(UTC)
    # East of Greenwich tomorrow has begun already.
    latest = now.date() + timedelta(days=1)
    orders = plan_orders(
        workspace, request.topics, request.languages, request.as_of, force=request.force, latest=latest
    )
    done = {} if request.force else {order.topic: found for order in orders if (found := _unchanged(workspace, order))}
    waiting = [order for order in orders if order.topic not in done]
    if waiting:
        with archive.locked(workspace.state):
            done |= _make_all(workspace, waiting, request, tell, now)
    return tuple(done[order.topic] for order in orders)


def _unchanged(workspace: Workspace, order: Order) -> Outcome | None:
    as_of = str(order.as_of or "")
    newest = archive.newest(workspace.reports, order.topic, as_of=as_of, languages=order.languages)
    if newest is None or newest.digest != order.digest or archive.damage(workspace.reports, newest):
        return None
    return Outcome(order.topic, "unchanged", newest)


def _make_all(
    workspace: Workspace, orders: list[Order], request: Request, tell: Tell, now: datetime
) -> dict[str, Outcome]:
    from concurrent.futures import ThreadPoolExecutor

    from .signing import read_seal_settings, sealing
    from .workshop import Workshop

    settings = read_settings(workspace, Findings())
    workers = request.workers or settings.workers or processors()
    seal = read_seal_settings(workspace.table(SETTINGS, Findings()))
    with (
        Workshop(workspace.state, settings, workers, code=code_digest(), fresh=request.force) as shop,
        sealing(seal, workspace.root, os.environ) as sealer,
    ):
        # Imported only now, while the children import what they need.
        from .knowledge import learn

        tell(1, ", ".join(order.topic for order in orders))
        # A fact that is checked now bears the edition's date: the clock must not reach the page.
        day = orders[0].date
        knowledge = learn(workspace, [order.topic for order in orders], today=day, as_of=request.as_of)
        tell(2, f"{sum(len(topic.facts) for topic in knowledge.topics)} facts")
        bench = _Bench(workspace, shop, knowledge, request, tell, now, sealer)
        with ThreadPoolExecutor(max_workers=workers + (workers > 1)) as threads:
            # The longest page first: what is begun last ends alone.
            size = {topic.id: len(topic.facts) for topic in knowledge.topics}
            longest_first = sorted(orders, key=lambda order: -size.get(order.topic, 0))
            made = [threads.submit(bench.make, order) for order in longest_first]
            try:
                return {outcome.topic: outcome for outcome in (future.result() for future in made)}
            except KeyboardInterrupt:
                shop.close()
                threads.shutdown(cancel_futures=True)
                # What was under way fails in its own way when its children are gone; that is no news.
                ended = [each.result() for each in made if not each.cancelled() and each.exception() is None]
                names = [f"{out.topic} {out.edition.id}" for out in ended if out.state == "built" and out.edition]
                kept = f"kept before: {', '.join(names)}" if names else "nothing was kept"
                raise InterruptedBuildError(f"interrupted; {kept}") from None


@dataclass(frozen=True, slots=True)
class _Bench:
    """What making one edition needs."""

    workspace: Workspace
    shop: Workshop
    knowledge: Knowledge
    request: Request
    tell: Tell
    now: datetime
    sealer: Sealer | None
    pen: threading.Lock = field(default_factory=threading.Lock)
    """Held while a page is drawn up: one after the other, so that the first can be printed while others are."""

    def make(self, order: Order) -> Outcome:
        """Make and keep one edition; whatever goes wrong is its outcome and nobody else's."""
        findings = Findings(self.knowledge.errors_of(order.topic))
        try:
            self._stop_on(findings)
            with self.pen:
                drafts = [self._write(order, language, findings) for language in order.languages]
            self._stop_on(findings)
            printed = [(draft, self._print(order, draft, findings)) for draft in drafts]
            self._stop_on(findings, PreflightError)
            return self._keep(order, printed, findings)
        except (WorkspaceError, PreflightError):
            return Outcome(order.topic, "failed", None, tuple(findings), "nothing was kept; see the problems above")
        except BriefingError as error:
            return Outcome(order.topic, "failed", None, tuple(findings), str(error))

    def _stop_on(self, findings: Findings, kind: type[WorkspaceError] = WorkspaceError) -> None:
        fatal = [found for found in findings if found.severity == "error" or
                 (self.request.strict and found.severity == "warning")]  # fmt: skip
        if fatal:
            raise kind(fatal)

    def _write(self, order: Order, language: str, findings: Findings) -> Draft:
        from .draft import draw_up

        imprint = order.imprint(self.knowledge.settings)
        draft = draw_up(self.workspace, self.knowledge, self.knowledge.topic(order.topic), language, imprint)
        findings.extend(found for found in draft.findings if found not in findings)
        return draft

    def _print(self, order: Order, draft: Draft, findings: Findings) -> Document:
        templates = self.workspace.templates("briefing", findings)
        what = f"{order.topic} ({draft.language})"
        document = self.shop.make(draft, templates, PROGRAM, lambda step: self.tell(step, what))
        self.tell(6, f"{what}: {document.pages} pages")
        findings.extend(document.findings)
        return document

    def _keep(self, order: Order, printed: list[tuple[Draft, Document]], findings: Findings) -> Outcome:
        from .record import make_record

        files = {order.file(draft.language): document.pdf for draft, document in printed}
        kept = {edition.id: edition for edition in archive.editions(self.workspace.reports, order.topic)}
        if order.edition in kept:
            return self._compare(order, kept[order.edition], files, findings)
        self.tell(7, f"{order.topic} {order.edition}")
        if self.sealer is not None:
            files = {name: self.sealer.seal(pdf, f"{order.topic}/{order.edition}") for name, pdf in files.items()}
        record = make_record(order, printed, files, findings, self.now)
        archive.keep(self.workspace.reports, record, files)
        edition = archive.read_edition(self.workspace.reports, order.topic, order.edition)
        return Outcome(order.topic, "built", edition, tuple(findings))

    def _compare(self, order: Order, newest: Edition, files: dict[str, bytes], findings: Findings) -> Outcome:
        """Compare with what was kept: the same inputs were asked for again, and must make the same bytes."""
        made = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
        record = archive.read_record(self.workspace.reports, order.topic, newest.id)
        # A seal differs each time it is set; what stands before it may not.
        kept = {file["name"]: file.get("printed", file)["sha256"] for file in record["files"]}
        if made == kept:
            return Outcome(order.topic, "rebuilt", newest, tuple(findings))
        return Outcome(
            order.topic,
            "failed",
            None,
            tuple(findings),
            f"{newest.id} was made from the same inputs with other bytes; the fonts or system libraries of this "
            "machine have changed since. The kept edition stays; change an input to make a new one",
        )


def check(workspace: Workspace, *, today: date) -> Checkup:
    """Read, check and write everything without printing; bring data/evidence.lock up to date.

    The lock is written only where every fact whose document is at hand was found in it.
    """
    from .inspection import look_through

    findings, counts = look_through(workspace, today)
    return Checkup(findings, counts)
