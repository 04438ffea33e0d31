"""The postman: owes what is to be sent, delivers what is owed, calls back what was wrong.

Place in the pipeline: step 8 Deliver, in the engine. In: the ledger of deliveries; out: what became of it. One process
at a time delivers on a channel (a seat, which dies with it); if two did, the ledger would let one of them send. A
channel that reaches nobody is left alone until the next turn, one bad address holds up nobody.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from . import archive
from .allotments import Allotment
from .deliveries import OWED, SUPPRESSED, Deliveries, Delivery, TakenError
from .delivery import kind_of
from .delivery.base import SENT, UNKNOWN, Channel, Outcome, World
from .errors import BriefingError, UsageError, WorkspaceError
from .mailing import Mailing, Posting, file_of
from .model import Edition, Finding
from .reading import Findings
from .recalls import Recall, mark, recall_of, recalls
from .recipients import Distribution, Offered, read_distribution
from .roster import Choice, Entry, Roster
from .seats import Seats
from .topics import combined_name
from .workspace import Workspace, read_settings

_STRIKES = 3
"""So many messages in a row that reach nobody, and the channel is left alone until the next turn."""


@dataclass(frozen=True, slots=True)
class Round:
    """What a round of delivering did: the deliveries that were attempted, as they are now, and what is wrong."""

    deliveries: tuple[Delivery, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recalled:
    """A recall: who is newly owed an erratum, and of whom nobody can say whether he holds the edition."""

    recall: Recall
    errata: tuple[Delivery, ...]
    unknown: tuple[Delivery, ...]


@dataclass(frozen=True)
class Postman:
    """Delivers for one workspace; `secrets` is the environment."""

    root: Path
    documents: Path | None
    ledger: Deliveries
    seats: Seats
    clock: Callable[[], datetime]
    secrets: Mapping[str, str] = field(repr=False)
    _over: threading.Event = field(default_factory=threading.Event, repr=False)

    # --- what is owed -------------------------------------------------------------------------------

    def plan(self, choice: Choice) -> tuple[Entry, ...]:
        """Return who would get what, and why not; WorkspaceError where the lists are wrong."""
        workspace, distribution = self._read()
        return Roster(workspace, distribution, self.ledger).plan(choice)

    def owe(self, entries: Iterable[Entry]) -> tuple[Delivery, ...]:
        """Write down what is planned, and return what is new; who wants nothing is written down as suppressed."""
        known = list(entries)
        off = {each.delivery.id: each.delivery for each in known if each.delivery.state == SUPPRESSED}
        # Who is off one list may be on another.
        wanted = off | {each.delivery.id: each.delivery for each in known if each.gets}
        owner = {id_: delivery.list for id_, delivery in wanted.items()}
        meant = [each for each in known if each.delivery.edition and each.recipient.wants(each.delivery.topic)]
        shared = {(each.delivery.id, each.recipient.list) for each in meant}
        shared -= {(each.delivery.id, owner.get(each.delivery.id, each.delivery.list)) for each in meant}
        return self.ledger.owe(wanted.values(), self.clock(), sorted(shared))

    def owe_given(self, topic: str, allotments: Iterable[Allotment]) -> tuple[Delivery, ...]:
        """Owe what a schedule gives to its lists; WorkspaceError where the lists are wrong."""
        given = {(each.list, each.language): each.edition for each in allotments if each.given}
        if not given:
            return ()
        workspace, distribution = self._read()
        return self.owe(Roster(workspace, distribution, self.ledger).plan_given(topic, given))

    def owe_new(self) -> tuple[Delivery, ...]:
        """Owe what goes out by itself; WorkspaceError where the lists are wrong."""
        workspace, distribution = self._read()
        self._call_back_rest(workspace)
        if not distribution.recipients:
            return ()
        return self.owe(Roster(workspace, distribution, self.ledger).plan_all(self.clock()))

    def _read(self) -> tuple[Workspace, Distribution]:
        workspace = Workspace(self.root, self.documents)
        return workspace, lists_of(workspace)

    # --- delivering ---------------------------------------------------------------------------------

    def deliver(self, stop: Callable[[], bool] = lambda: False) -> Round:
        """Deliver what is owed and due, on every channel at the same time, until it is done or `stop` holds.

        UsageError where the key is not at hand by which links are signed: no letter goes out without them.
        """
        workspace = Workspace(self.root, self.documents)
        distribution = _distribution(workspace, Findings())
        channels = self.ledger.channels_due(self.clock())
        if not channels:
            return Round()
        world = World(self.root, self.secrets, self.clock, read_settings(workspace, Findings()).network)
        secret = world.secret(distribution.secret) if distribution.address and distribution.secret else ""
        mailing = Mailing(workspace, distribution, secret)
        self._over.clear()
        with ThreadPoolExecutor(len(channels)) as threads:
            try:
                rounds = list(threads.map(lambda name: self._tour(name, mailing, world, stop), channels))
            except BaseException:
                # Interrupted: what is under way is finished and written down, and nothing more is begun.
                self._over.set()
                raise
        problems = tuple(problem for each in rounds for problem in each.problems)
        return Round(tuple(each for one in rounds for each in one.deliveries), problems)

    def _tour(self, name: str, mailing: Mailing, world: World, stop: Callable[[], bool]) -> Round:
        """Deliver on one channel."""
        distributor = mailing.distribution.channels.get(name)
        if distributor is None:
            return Round((), (f"channel '{name}': deliveries wait, and briefing.toml has no such sound channel",))
        with self.seats.hold(seat(name)) as held:
            if not held:
                return Round()  # another process is at it
            due = self.ledger.due(name, self.clock())
            try:
                with kind_of(distributor.kind).open(distributor.settings, world) as channel:
                    ids, problems = self._deliver_all(channel, due, mailing, lambda: stop() or self._over.is_set())
            except UsageError as error:
                return Round((), (f"channel '{name}': {error}",))
        return Round(self.ledger.some(ids), tuple(f"channel '{name}': {problem}" for problem in problems))

    def _deliver_all(
        self, channel: Channel, due: Iterable[Delivery], mailing: Mailing, stop: Callable[[], bool]
    ) -> tuple[list[str], list[str]]:
        """Deliver one after the other; what became of one is written down with the promise of the next."""
        ids, problems, strikes = list[str](), list[str](), 0
        last: tuple[Delivery, Outcome] | None = None
        try:
            for delivery in due:
                if stop() or strikes == _STRIKES:
                    break
                promise = _Promise(self.ledger, delivery, self.clock, last)
                outcome = _attempt(channel, delivery, mailing, promise)
                if last is not None and not promise.kept:
                    self.ledger.note(*last, self.clock())
                last = (delivery, outcome) if outcome else None
                ids += [delivery.id] if outcome else []
                strikes = strikes + 1 if outcome and outcome.everybody else 0
                if outcome and outcome.everybody and outcome.said not in problems:
                    problems.append(outcome.said)
        finally:
            if last is not None:
                self.ledger.note(*last, self.clock())
        return ids, problems

    def unsubscribe(self, id_: str) -> bool:
        """Take the address of a delivery off its list, as its reader asks; False where there is no such delivery."""
        delivery = self.ledger.one(id_)
        if delivery is not None:
            self.ledger.suppress(delivery.address, delivery.list, "by a click in a letter", self.clock())
        return delivery is not None

    # --- deciding and recalling ---------------------------------------------------------------------

    def decide(self, id_: str, *, sent: bool) -> Delivery:
        """Note a person's decision on an unknown delivery; UsageError where there is none or its sender is at it."""
        delivery = self.ledger.one(id_)
        if delivery is None or delivery.state != UNKNOWN:
            state = f"it is {delivery.state}" if delivery else "there is none"
            raise UsageError(f"no unknown delivery '{id_}': {state}", hint="briefing deliveries --state unknown")
        attempts = self.ledger.attempts(id_)
        if attempts and not attempts[-1].ended and not self.seats.free(seat(delivery.channel)):
            raise UsageError("a sender may be at it just now", where=id_, hint="Wait for it to end, then decide.")
        self.ledger.decide(id_, sent=sent, now=self.clock())
        return self.ledger.one(id_) or delivery

    def recall(self, topic: str, edition: str, reason: str) -> Recalled:
        """Call an edition back: mark it in the archive, and owe an erratum to everybody who holds it.

        UsageError where no newer, whole edition could take its place in a language in which somebody holds it.
        """
        workspace, _ = self._read()
        reports = workspace.reports
        held = self.ledger.of(topic, edition, (SENT, UNKNOWN))
        wrong = archive.read_edition(reports, topic, edition)
        languages = dict.fromkeys([*wrong.languages, *(each.language for each in held)])
        instead = {each: found.id for each in languages if (found := _newer(reports, wrong, each))}
        missing = [each.language for each in held if each.language not in instead]
        if missing or not instead:
            of = f" in '{missing[0]}'" if missing else ""
            raise UsageError(
                f"no newer edition{of} takes its place",
                where=f"{topic}/{edition}",
                hint=f"Correct the data and build it first: briefing build {topic}",
            )
        recall = mark(reports, topic, edition, reason, instead, self.clock())
        errata = self._call_back(workspace, recall)
        return Recalled(recall, errata, tuple(self.ledger.of(topic, edition, (UNKNOWN,))))

    def _call_back_rest(self, workspace: Workspace) -> None:
        """Go on with every recall: what was under way when it was made has arrived meanwhile."""
        for topic in archive.topics_kept(workspace.reports):
            for recall in recalls(workspace.reports, topic):
                if self.ledger.of(topic, recall.edition, (SENT, OWED)):
                    self._call_back(workspace, recall)

    def _call_back(self, workspace: Workspace, recall: Recall) -> tuple[Delivery, ...]:
        wrong = archive.read_edition(workspace.reports, recall.topic, recall.edition)
        unwanted = self.ledger.suppressed()
        errata = []
        for had in self.ledger.of(recall.topic, recall.edition, (SENT,)):
            found = _newer(workspace.reports, wrong, had.language)
            if found is None:
                continue  # nothing takes its place in this language yet: the next turn looks again
            name, sha256 = file_of(found, had.language)
            off = (had.address, had.list) in unwanted or (had.address, "") in unwanted
            erratum = replace(
                had, edition=found.id, wrong=f"{recall.topic}/{recall.edition}", reason=recall.reason, file=name,
                sha256=sha256, state=SUPPRESSED if off else OWED, attempt=0, said="",
            )  # fmt: skip
            errata.append(erratum)
        return self.ledger.call_back(recall.topic, recall.edition, errata, self.clock())


class _Promise:
    """Writes down that a message can no longer be taken back; `kept` says whether it has, with what it had to note."""

    def __init__(
        self,
        ledger: Deliveries,
        delivery: Delivery,
        clock: Callable[[], datetime],
        last: tuple[Delivery, Outcome] | None,
    ) -> None:
        self._ledger, self._delivery, self._clock, self._last = ledger, delivery, clock, last
        self.kept = False

    def __call__(self) -> None:
        try:
            self._ledger.promise(self._delivery, self._clock(), self._last)
        except TakenError:
            self.kept = True  # what the last one came to is written down all the same
            raise
        self.kept = True


def _attempt(channel: Channel, delivery: Delivery, mailing: Mailing, promise: Callable[[], None]) -> Outcome | None:
    """Return what became of a delivery, None where somebody else has it."""
    posting = Posting(
        delivery.id, delivery.topic, delivery.edition, delivery.language, delivery.sha256, delivery.name,
        delivery.address, delivery.moment, delivery.wrong, delivery.reason,
    )  # fmt: skip
    try:
        message = mailing.message(posting)
    except BriefingError as error:
        return Outcome("later", str(error).replace("\n", " "))
    try:
        return channel.deliver(message, delivery.address, promise)
    except TakenError:
        return None


def seat(channel: str) -> str:
    """Return the name of the seat of whoever delivers on a channel."""
    return f"delivery-{channel}"


def lists_of(workspace: Workspace) -> Distribution:
    """Return the lists of a workspace as they are now; WorkspaceError where something is wrong with them."""
    findings = Findings()
    distribution = _distribution(workspace, findings)
    if findings.errors:
        raise WorkspaceError(findings)
    return distribution


def faults(workspace: Workspace) -> tuple[Finding, ...]:
    """Return what is wrong with the lists of a workspace."""
    findings = Findings()
    _distribution(workspace, findings)
    return findings.errors


def _distribution(workspace: Workspace, findings: Findings) -> Distribution:
    settings = read_settings(workspace, findings)
    offered = Offered(workspace.topics(), settings.languages, combined_name(workspace))
    return read_distribution(workspace, offered, findings)


def _newer(reports: Path, wrong: Edition, language: str) -> Edition | None:
    """Return the newest edition that may take the place of a wrong one in a language."""
    for edition in reversed(archive.editions(reports, wrong.topic)):
        fits = edition.number > wrong.number and edition.as_of == wrong.as_of and language in edition.languages
        if fits and not recall_of(reports, wrong.topic, edition.id) and not archive.damage(reports, edition, language):
            return edition
    return None
