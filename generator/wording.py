"""Wordings: sentences of the program that know how they are put together, so that a page can say them in its language.

Place in the pipeline: base of the engine, which says why something is due, or is made for nobody. In: a text that is
marked for the catalogues, with names in braces, and what stands for the names; out: an English text, which the command
line prints and the ledger keeps, and the same in the words of a page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import reduce
from typing import TYPE_CHECKING, Self

from .catalogues import msgid

if TYPE_CHECKING:
    from .language import Words

Part = str | int | Decimal | date
"""What stands for a name: a name or a wording, a number, a day."""
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Wording(str):
    """A sentence in English, with how it is put together; a copy of it, as one that is kept, is the English alone."""

    __slots__ = ("parts", "text")
    text: str
    parts: Mapping[str, Part]

    def __new__(cls, text: str, **parts: Part) -> Self:
        """Put a text together; KeyError where a name in braces has nothing to stand for it."""
        said = super().__new__(cls, text.format_map({name: _plain(part) for name, part in parts.items()}))
        said.text, said.parts = text, parts
        return said

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        """Be kept, sent and copied as the English text."""
        return str, (str(self),)

    def told(self, words: Words) -> str:
        """Return it in the language of a page."""
        parts = {name: _told(part, words) for name, part in self.parts.items()}
        return words.gettext(self.text).format_map(parts)


def tell(said: str, words: Words) -> str:
    """Return a sentence in the language of a page; a text that is none of the program's stays as it is."""
    return said.told(words) if isinstance(said, Wording) and not words.english else said


def join(sentences: Iterable[str]) -> str:
    """Return sentences in one, "" where there is none; empty ones are left out."""
    return _joined(msgid("{first}; {second}"), sentences)


def listed(parts: Iterable[str]) -> str:
    """Return parts of a sentence in a row, "" where there is none."""
    return _joined(msgid("{first}, {second}"), parts)


def _joined(text: str, parts: Iterable[str]) -> str:
    found = [part for part in parts if part]
    return reduce(lambda first, second: Wording(text, first=first, second=second), found) if found else ""


def _plain(part: Part) -> str:
    if isinstance(part, date):
        return f"{_WEEKDAYS[part.weekday()]} {part}"
    return f"{part:f}" if isinstance(part, Decimal) else str(part)


def _told(part: Part, words: Words) -> str:
    if isinstance(part, date):
        return words.weekday(part)
    if isinstance(part, Decimal):
        return words.number(part)
    return tell(part, words) if isinstance(part, str) else str(part)
