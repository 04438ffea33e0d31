"""Who gets what, and how: channels, lists of recipients and the addresses that want nothing, read strictly.

Place in the pipeline: a stage beside step 1 Read; step 8 Deliver goes by it. In: `[delivery]`, `[channels.<name>]` and
`[[lists]]` of briefing.toml and the tables that they name; out: a `Distribution` with every problem found.
docs/distribution.md describes each key. Secrets stand in no file: settings name variables of the environment.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal, cast, get_args
from urllib.parse import urlsplit

from .delivery import NAMES, kind_of
from .delivery.base import Kind, take_secret
from .model import Place
from .reading import Findings, Table, did_you_mean
from .tables import Row, read_rows
from .workspace import SETTINGS, Workspace

Cadence = Literal["manual", "each", "daily", "weekly", "monthly"]
"""How often an edition comes by itself: never, each new one, at most one a day, week or month."""
CADENCES = get_args(Cadence)
COLUMNS = ("name", "language", "topics", "cadence", "channel")
"""Columns that a table of recipients may have beside `address`; an empty cell means what the list says."""
_NAME = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*\Z")
_LONGEST_NAME = 40
_CURE = "Correct it, or take the recipient off the list."


@dataclass(frozen=True, slots=True)
class Distributor:
    """A channel as `[channels.<name>]` describes it; `settings` are its kind's own."""

    name: str
    kind: str
    settings: object
    place: Place


@dataclass(frozen=True, slots=True)
class Recipient:
    """One address of one list, with what it gets: `topics` none for all."""

    address: str
    channel: str
    list: str
    language: str
    topics: tuple[str, ...] = ()
    cadence: Cadence = "manual"
    name: str = ""
    place: Place = field(default=Place(""), compare=False)

    def wants(self, topic: str) -> bool:
        """Whether editions of this topic are for it."""
        return not self.topics or topic in self.topics


@dataclass(frozen=True, slots=True)
class Distribution:
    """All that briefing.toml says of deliveries: channels by name, recipients in their order, each once a list."""

    channels: Mapping[str, Distributor] = field(default_factory=dict)
    recipients: tuple[Recipient, ...] = ()
    suppressed: frozenset[str] = frozenset()
    """Addresses that get nothing, whatever list they are on."""
    address: str = ""
    """Where the web door is to be reached from outside: "https://briefings.example.org"; "" where it is not."""
    secret: str = ""
    """The variable of the environment with the key by which links are signed; "" where there is none."""

    @property
    def lists(self) -> tuple[str, ...]:
        """The names of the lists, in their order."""
        return tuple(dict.fromkeys(recipient.list for recipient in self.recipients))


@dataclass(frozen=True, slots=True)
class Offered:
    """What a list may name: topics and languages of the workspace, and its combined briefing, "" where it has none.

    A list that names no topic is for every topic; the combined briefing, which holds them once more, is to be named.
    """

    topics: tuple[str, ...]
    languages: tuple[str, ...]
    combined: str = ""

    @property
    def briefings(self) -> tuple[str, ...]:
        """All that a list may name as a topic."""
        return (*self.topics, *filter(None, [self.combined]))


def read_distribution(workspace: Workspace, offered: Offered, findings: Findings) -> Distribution:
    """Return who gets what; what is wrong is collected and left out, never guessed at."""
    table = workspace.table(SETTINGS, findings)
    if table is None:
        return Distribution()
    general = table.table("delivery")
    file = general.text("suppressed", "")
    address = _web_address(general)
    secret = take_secret(general, "secret")
    if address and not secret:
        expected = "the name of a variable of the environment, by which links are signed"
        general.refuse("secret", "is missing", expected=expected, cure='Write secret = "BRIEFING_DELIVERY_SECRET".')
    general.done()
    channels = {name: _channel(name, child) for name, child in table.table("channels").named()}
    sound = {name: channel for name, channel in channels.items() if channel is not None}
    lists = _Lists(workspace, offered, frozenset(channels), sound, findings)
    return Distribution(sound, lists.read(table.tables("lists")), lists.suppressed(file), address, secret)


def _web_address(table: Table) -> str:
    address = table.text("address", "").rstrip("/")
    try:
        parts = urlsplit(address)
        fits = parts.scheme == "https" and parts.hostname and not (parts.query or parts.fragment or parts.username)
    except ValueError:
        fits = False
    if address and (not fits or not address.isascii()):
        expected = "where the web door is reached from outside: https://briefings.example.org"
        table.refuse("address", f"'{address}'", expected=expected, cure="Correct it.")
        return ""
    return address


def _channel(name: str, table: Table) -> Distributor | None:
    before = len(table.findings)
    _check_name(table, "name", name)
    kind = _chosen(table, "kind", NAMES)
    settings = kind_of(kind).take(table) if kind else None
    if kind:
        table.done()
    return Distributor(name, kind, settings, table.place()) if len(table.findings) == before else None


def _check_name(table: Table, key: str, name: str) -> None:
    if name and (not _NAME.match(name) or len(name) > _LONGEST_NAME):
        expected = f"lower-case letters a to z and digits, with - or _ between them, at most {_LONGEST_NAME}"
        table.refuse(key, f"the name '{name}'", expected=expected, cure="Rename it: it stands in the ledger.")


def _chosen(table: Table, key: str, choices: Collection[str], default: str | None = None) -> str:
    value = table.text(key, default)
    if value and value not in choices:
        cure = did_you_mean(value, choices)
        expected = " or ".join(f'"{each}"' for each in choices) or "one that is declared"
        table.refuse(key, f"'{value}'", expected=expected, cure=cure)
        return ""
    return value


@dataclass(frozen=True, slots=True)
class _Lists:
    """Reads lists: `declared` are all channels that briefing.toml names, `channels` those in which nothing is wrong."""

    workspace: Workspace
    offered: Offered
    declared: frozenset[str]
    channels: Mapping[str, Distributor]
    findings: Findings

    def read(self, tables: tuple[Table, ...]) -> tuple[Recipient, ...]:
        """Return the recipients of all lists; an address that a list has twice is refused."""
        names: list[str] = []
        found: list[Recipient] = []
        for table in tables:
            name = table.text("name")
            _check_name(table, "name", name)
            if name in names:
                table.refuse("name", f"'{name}' stands twice", expected="each list once", cure="Rename one.")
            names.append(name)
            found += self._list(name, table)
        return tuple(found)

    def _list(self, name: str, table: Table) -> list[Recipient]:
        before = len(self.findings)
        language = _chosen(table, "language", self.offered.languages, self.offered.languages[0])
        topics = table.texts("topics") or self.offered.topics
        for topic in topics:
            if topic not in self.offered.briefings:
                cure = did_you_mean(topic, self.offered.briefings)
                table.refuse("topics", f"no topic '{topic}'", expected="topics of the workspace", cure=cure)
        cadence = _chosen(table, "cadence", CADENCES, "manual")
        channel = _chosen(table, "channel", sorted(self.declared))
        typed, file = table.texts("recipients"), table.text("file", "")
        alone = channel in self.channels and not kind_of(self.channels[channel].kind).recipients
        meant = channel in self.channels and not alone
        if not typed and not file and "recipients" not in table.data and meant:
            expected = "`recipients`, or `file` with a table of them"
            table.refuse("recipients", "are missing, and `file` too", expected=expected, cure="Write them.")
        table.done()
        if len(self.findings) > before:
            return []
        if alone and not typed and not file:
            typed = ("",)
        place = table.place("recipients")
        pattern = Recipient("", channel, name, language, topics, cast("Cadence", cadence), place=place)
        rows = [Row({"address": each}, place) for each in typed] + self._rows(file)
        return self._merged([each for row in rows if (each := self._recipient(row, pattern))])

    def _rows(self, file: str) -> list[Row]:
        text = self.workspace.text(file, self.findings) if file else None
        return list(read_rows(text, file, ("address",), COLUMNS, self.findings)) if text is not None else []

    def _recipient(self, row: Row, pattern: Recipient) -> Recipient | None:
        """Return a row's recipient; None, with findings, where something is wrong with it."""
        before = len(self.findings)
        channel = self._cell(row, "channel", sorted(self.declared), pattern.channel)
        topics = tuple(row["topics"].split()) or pattern.topics
        for topic in topics:
            if topic not in self.offered.briefings:
                self._refuse(row, "topic", topic, self.offered.briefings)
        found = Recipient(
            self._address(row, channel),
            channel,
            pattern.list,
            self._cell(row, "language", self.offered.languages, pattern.language),
            topics,
            cast("Cadence", self._cell(row, "cadence", CADENCES, pattern.cadence)),
            row["name"],
            row.place,
        )
        return None if len(self.findings) > before or channel not in self.channels else found

    def _address(self, row: Row, channel: str) -> str:
        if channel not in self.channels:
            return ""  # what is wrong with it has been told
        return _canonical(row["address"], row.place, kind_of(self.channels[channel].kind), self.findings)

    def _cell(self, row: Row, column: str, choices: Collection[str], default: str) -> str:
        value = row[column] or default
        if value not in choices:
            self._refuse(row, column, value, choices)
        return value

    def _refuse(self, row: Row, column: str, value: str, choices: Collection[str]) -> None:
        cure = did_you_mean(value, choices)
        self.findings.add(row.place, "list.value", f"{column} '{value}'", expected=", ".join(choices), cure=cure)

    def _merged(self, recipients: list[Recipient]) -> list[Recipient]:
        """Return the recipients without those that stand twice: in one language on one channel an address is one."""
        kept: dict[tuple[str, str, str], Recipient] = {}
        for each in recipients:
            key = (each.channel, each.address, each.language)
            if key in kept:
                found = f"'{each.address}' a second time, in the same language (first: {kept[key].place})"
                self.findings.add(
                    each.place, "list.twice", found, expected="each once a list", cure="Remove one.", severity="warning"
                )
            kept.setdefault(key, each)
        return list(kept.values())

    def suppressed(self, file: str) -> frozenset[str]:
        """Return the addresses of the table of those that want nothing, each in the forms that the channels give it."""
        if not file:
            return frozenset()
        text = self.workspace.text(file, self.findings)
        if text is None:
            return frozenset()
        rows = read_rows(text, file, ("address",), ("reason", "since"), self.findings) if text.strip() else ()
        kinds = [kind_of(name) for name in sorted({each.kind for each in self.channels.values()})]
        return frozenset(form for row in rows for form in _forms(row, kinds, self.findings))


def _canonical(text: str, place: Place, kind: Kind, findings: Findings) -> str:
    try:
        return kind.address(text)
    except ValueError as error:
        expected = kind.recipients or "no address: the channel is its only recipient"
        findings.add(place, "list.address", f"'{text}': {error}", expected=expected, cure=_CURE)
        return ""


def _forms(row: Row, kinds: list[Kind], findings: Findings) -> set[str]:
    """Return an address in every form that a channel gives it; one that no channel takes suppresses nobody."""
    found = set()
    for kind in kinds:
        try:
            found.add(kind.address(row["address"]))
        except ValueError:
            continue
    if not found and kinds:
        findings.add(
            row.place, "list.address", f"'{row['address']}'", expected="an address of one of the channels", cure=_CURE
        )
    return found

