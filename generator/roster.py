"""Who gets an edition, and who does not and why: the lists against the archive and the ledger of deliveries.

Place in the pipeline: engine, before step 8 Deliver. In: the distribution of a workspace; out: an `Entry` a recipient.
What is planned is written down as owed by `postman`; nothing is sent here, so a dry run shows exactly what a run would
do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from . import archive
from .deliveries import OWED, RECALLED, SUPPRESSED, Deliveries, Delivery
from .delivery.base import REFUSED, SENT, UNKNOWN
from .errors import UsageError
from .mailing import file_of
from .model import Edition
from .reading import did_you_mean
from .recalls import recall_of
from .recipients import Cadence, Distribution, Recipient
from .workspace import Workspace


@dataclass(frozen=True, slots=True)
class Entry:
    """A recipient and the delivery that is meant for it; `why` is the reason why it gets nothing now, "" where it does.

    Without an edition in its language the delivery has none.
    """

    recipient: Recipient
    delivery: Delivery
    why: str = ""

    @property
    def gets(self) -> bool:
        """Whether something goes out to it."""
        return not self.why


@dataclass(frozen=True, slots=True)
class Choice:
    """What is to be sent: a topic's newest edition of each language, or the one that is named; to one list, or all."""

    topic: str
    edition: str = ""
    list: str = ""


@dataclass(frozen=True)
class Roster:
    """The lists of a workspace with what is known of their recipients."""

    workspace: Workspace
    distribution: Distribution
    ledger: Deliveries
    _editions: dict[tuple[str, str, str], Edition | None] = field(default_factory=dict, repr=False)
    _faults: dict[tuple[str, str, str], str] = field(default_factory=dict, repr=False)

    def plan(self, choice: Choice) -> tuple[Entry, ...]:
        """Return an entry a recipient of the chosen lists, in their order; UsageError where there is no such list."""
        lists = self.distribution.lists
        if choice.list and choice.list not in lists:
            raise UsageError(f"no list '{choice.list}'", where="briefing.toml", hint=did_you_mean(choice.list, lists))
        wanted = [each for each in self.distribution.recipients if choice.list in ("", each.list)]
        return tuple(self._entries(choice, wanted))

    def plan_given(self, topic: str, given: Mapping[tuple[str, str], str]) -> Iterator[Entry]:
        """Yield what a schedule sends: `given` is an edition of the topic by list and language.

        Who has a cadence of his own in a list's table goes by that.
        """
        for edition in sorted(set(given.values())):
            wanted = [
                each
                for each in self.distribution.recipients
                if given.get((each.list, each.language)) == edition and each.wants(topic) and each.cadence == "manual"
            ]
            yield from self._entries(Choice(topic, edition), wanted)

    def plan_all(self, now: datetime) -> tuple[Entry, ...]:
        """Return what goes out by itself now: of each topic the newest edition, to those whose cadence says so."""
        found: list[Entry] = []
        wanted = [each for each in self.distribution.recipients if each.cadence != "manual"]
        for topic in archive.topics_kept(self.workspace.reports) if wanted else ():
            last = self._last(topic)
            for entry in self._entries(Choice(topic), [each for each in wanted if each.wants(topic)]):
                key = (entry.delivery.channel, entry.delivery.address, entry.delivery.language)
                had = last.get(key)
                if entry.gets and had and _slot(entry.recipient.cadence, had) == _slot(entry.recipient.cadence, now):
                    why = f"{entry.recipient.cadence}: had one on {had:%Y-%m-%d}"
                    found.append(replace(entry, why=why))
                else:
                    found.append(entry)
        return tuple(found)

    def _last(self, topic: str) -> dict[tuple[str, str, str], datetime]:
        """Return when the last edition of a topic was owed to each address."""
        found: dict[tuple[str, str, str], datetime] = {}
        for each in self.ledger.of(topic):
            if not each.wrong and each.state not in (SUPPRESSED, RECALLED):
                key = (each.channel, each.address, each.language)
                found[key] = max(each.moment, found.get(key, each.moment))
        return found

    def _entries(self, choice: Choice, recipients: Iterable[Recipient]) -> Iterator[Entry]:
        known = {each.id: each for each in self.ledger.of(choice.topic)}
        corrected = {
            replace(each, wrong="").id: each
            for each in known.values()
            if each.wrong and each.state in (OWED, SENT, UNKNOWN)
        }
        unwanted = self.ledger.suppressed()
        served: dict[str, str] = {}
        for recipient in recipients:
            entry = self._entry(choice, recipient, known, unwanted)
            if entry.gets and (erratum := corrected.get(entry.delivery.id)):
                entry = replace(entry, why=f"gets it as the erratum for {erratum.wrong}: {erratum.state}")
            first = served.setdefault(entry.delivery.id, recipient.list) if entry.gets else recipient.list
            yield entry if first == recipient.list else replace(entry, why=f"gets it by the list '{first}'")

    def _entry(
        self,
        choice: Choice,
        recipient: Recipient,
        known: Mapping[str, Delivery],
        unwanted: Mapping[tuple[str, str], tuple[str, str]],
    ) -> Entry:
        edition = self._edition(choice, recipient.language)
        name, sha256 = file_of(edition, recipient.language) if edition else ("", "")
        delivery = Delivery(
            choice.topic, edition.id if edition and name else "", recipient.language, recipient.channel,
            recipient.address, recipient.list, recipient.name, file=name, sha256=sha256,
        )  # fmt: skip
        if not recipient.wants(choice.topic):
            return Entry(recipient, delivery, "the topic is not for it")
        if edition is None or not name:
            of = f"the edition has no page in '{recipient.language}'" if choice.edition else ""
            return Entry(recipient, delivery, of or f"there is no edition in '{recipient.language}'")
        if fault := self._fault(edition, recipient.language):
            return Entry(recipient, delivery, fault)
        delivery = known.get(delivery.id, delivery)
        if delivery.state not in (OWED, SUPPRESSED):
            return Entry(recipient, delivery, _SAID[delivery.state](delivery))
        reason = self._unwanted(recipient, unwanted)
        if reason:
            return Entry(recipient, replace(delivery, state=SUPPRESSED, said=reason), f"suppressed: {reason}")
        return Entry(recipient, replace(delivery, state=OWED))

    def _unwanted(self, recipient: Recipient, unwanted: Mapping[tuple[str, str], tuple[str, str]]) -> str:
        for list_ in (recipient.list, ""):
            if (recipient.address, list_) in unwanted:
                reason, since = unwanted[recipient.address, list_]
                return f"{reason} ({since[:10]})"
        told = recipient.address in self.distribution.suppressed
        return "it stands in the table of addresses that get nothing" if told else ""

    def _edition(self, choice: Choice, language: str) -> Edition | None:
        key = (choice.topic, choice.edition, "" if choice.edition else language)
        if key not in self._editions:
            reports = self.workspace.reports
            self._editions[key] = (
                archive.read_edition(reports, choice.topic, choice.edition)
                if choice.edition
                else archive.newest(reports, choice.topic, language=language)
            )
        return self._editions[key]

    def _fault(self, edition: Edition, language: str) -> str:
        key = (edition.topic, edition.id, language)
        if key not in self._faults:
            recall = recall_of(self.workspace.reports, edition.topic, edition.id)
            harm = archive.damage(self.workspace.reports, edition, language)
            self._faults[key] = f"the edition is {recall}" if recall else f"damaged: {harm}" if harm else ""
        return self._faults[key]


_SAID: Mapping[str, Callable[[Delivery], str]] = {
    SENT: lambda had: f"has it, since {had.changed}",
    REFUSED: lambda had: f"was refused: {had.said}",
    UNKNOWN: lambda had: f"perhaps has it: decide, briefing deliveries --decide sent|again {had.id}",
    RECALLED: lambda _had: "it was recalled",
}
"""Why a delivery that the ledger knows does not go out again."""


def _slot(cadence: Cadence, moment: datetime) -> tuple[int, ...] | datetime:
    """Return what two moments have in common where one edition is enough for both; each has its own where every is."""
    if cadence == "daily":
        return (moment.year, moment.month, moment.day)
    if cadence == "weekly":
        return moment.isocalendar()[:2]
    if cadence == "monthly":
        return (moment.year, moment.month)
    return moment
