"""The one interface of all channels: one message to one address, and what became of it.

Place in the pipeline: step 8 Deliver. In: a `Message`, an address and a promise to write down; out: an `Outcome`.
A channel remembers nothing and tries nothing again: the ledger of deliveries does. It says honestly what is known:
what was surely not taken may be sent again, what may have been taken is `unknown` and nobody sends it again unasked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Literal, Protocol

from ..errors import UsageError
from ..reading import Table
from ..workspace import Network

SENT: Final = "sent"
REFUSED: Final = "refused"
LATER: Final = "later"
UNKNOWN: Final = "unknown"
"""What became of a message: taken; refused for good; not taken now, to be tried again; perhaps taken, perhaps not."""
LONGEST_ANSWER = 300
"""Characters of a server's own words that are kept."""
_SECRET = re.compile(r"BRIEFING_[A-Z0-9_]{1,60}\Z")


@dataclass(frozen=True, slots=True)
class File:
    """What is delivered: a PDF by its name, letter by letter as the archive holds it."""

    name: str
    data: bytes = field(repr=False)
    sha256: str
    media_type: str = "application/pdf"


@dataclass(frozen=True, slots=True)
class Message:
    """One edition in one language for one address, in the words of its language.

    `key` names the delivery: it is the same at every attempt, and no other delivery has it. Where `wrong` is set this
    is an erratum: `wrong` is the edition (`topic/id`) that is called back for `reason`, `edition` the one in its place.
    """

    key: str
    topic: str
    edition: str
    """The edition's id, without its topic: 2026-11-22.3."""
    language: str
    issuer: str
    title: str
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)
    file: File
    moment: datetime
    """When it was decided to send it, in universal time: what a message's own date says, at every attempt the same."""
    name: str = ""
    """The name that belongs to the address, "" for none."""
    link: str = ""
    """Where the PDF is to be had; "" where there is no such place."""
    unsubscribe: str = ""
    """Where the address takes itself off its list with one click; "" where there is no such place."""
    wrong: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt. `wait`: how long the other side asks to be left alone, None where it does not say.

    `said` is what the other side or the machine said, as one line without control characters (`one_line`).
    """

    state: Literal["sent", "refused", "later", "unknown"]
    said: str = ""
    wait: timedelta | None = None
    everybody: bool = False
    """Whether nobody can be reached over this channel now: the fault is not this message's or address's."""


@dataclass(frozen=True, slots=True)
class World:
    """What a channel may use of the world outside: the workspace's folder, secrets, the clock, the network's rules."""

    root: Path
    secrets: Mapping[str, str] = field(repr=False)
    clock: Callable[[], datetime]
    network: Network = field(default_factory=Network)

    def secret(self, name: str) -> str:
        """Return the secret of a variable of the environment; UsageError where it is not set."""
        found = self.secrets.get(name, "")
        if not found:
            raise UsageError(f"{name} is not set", where="the environment", hint=f"Set it: export {name}=…")
        return found


class Channel(Protocol):
    """An open way to deliver. It may keep a connection between messages, and opens another one when that is lost."""

    def deliver(self, message: Message, address: str, commit: Callable[[], None]) -> Outcome:
        """Deliver one message to one address within a deadline, and return what became of it; raise nothing of its own.

        `commit` is called exactly once, right before the first thing that cannot be taken back: the ledger then holds
        the delivery as unknown. What it raises goes through, and nothing may have been delivered then. A message that
        is refused or put off before that never calls it.
        """
        ...


class Kind(Protocol):
    """A kind of channel. Its module has one as KIND; it keeps nothing between calls."""

    recipients: str
    """What an address of it is, in words: "an e-mail address"; "" where the channel itself is its only recipient."""

    def take(self, table: Table) -> object:
        """Return the channel's own settings, taken from [channels.<name>]; problems are collected."""
        ...

    def address(self, text: str) -> str:
        """Return an address in its one form, by which two are the same; ValueError says what is wrong with it."""
        ...

    def open(self, settings: object, world: World) -> AbstractContextManager[Channel]:
        """Return a channel, open from `with` to its end; UsageError where a secret or file of the settings is missing.

        Nobody is spoken to before the first message.
        """
        ...


def take_secret(table: Table, key: str) -> str:
    """Take the name of a variable of the environment that holds a secret, "" where the key is absent.

    What stands there instead is never repeated: it may be the secret itself.
    """
    name = table.text(key, "")
    if name and not _SECRET.match(name):
        table.refuse(
            key,
            "a text that is no such name; if it is the secret itself, change it now",
            expected="the name of a variable of the environment: BRIEFING_ and capital letters, digits and _",
            cure=f'Write {key} = "BRIEFING_…", and set that variable where the program runs.',
            rule="delivery.secret",
        )
        return ""
    return name


def take_whole(table: Table, key: str, default: int, least: int, most: int) -> int:
    """Take a whole number within bounds, the default where there is none; another one is refused."""
    value = table.number(key, default)
    if value is None or not least <= value <= most:
        table.refuse(key, f"{value}", expected=f"a whole number from {least} to {most}", cure="Correct it.")
        return default
    return value


def one_line(text: str | bytes, *secrets: str) -> str:
    """Return another machine's words as one line that may be shown: without control characters, capped, no secret."""
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    said = said[: 20 * LONGEST_ANSWER]
    for secret in filter(None, secrets):
        said = said.replace(secret, "…")
    said = " ".join("".join(letter if letter.isprintable() else " " for letter in said).split())
    return said if len(said) <= LONGEST_ANSWER else f"{said[:LONGEST_ANSWER]}…"
