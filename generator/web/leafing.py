"""Leafing: the stretch of a long list that a page shows, and the addresses of those before and after it.

Place in the pipeline: a part of the door `web`. In: a list, and where a reader is in it; out: what stands on the page.
All of it is in the address, so that a page can be kept, sent on, and come back to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Stretch(Generic[T]):
    """What a page shows of a list: its rows, how many stand before them, how many there are and how many on a page.

    `path` and `asked` are the address of the list, without the place in it.
    """

    rows: tuple[T, ...]
    start: int
    total: int
    step: int
    path: str
    asked: Mapping[str, str]

    @property
    def first(self) -> int:
        """The number of its first row, counted from 1; 0 where there is none."""
        return min(self.start + 1, self.total)

    @property
    def last(self) -> int:
        """The number of its last row."""
        return self.start + len(self.rows)

    @property
    def before(self) -> str:
        """The address of the stretch before it, "" at the beginning."""
        return self.at(self.start - self.step) if self.start else ""

    @property
    def after(self) -> str:
        """The address of the stretch after it, "" at the end."""
        return self.at(self.last) if self.last < self.total else ""

    def at(self, start: int) -> str:
        """Return the address of the stretch that begins after so many rows."""
        asked = {word: said for word, said in self.asked.items() if said} | ({"start": str(start)} if start else {})
        return f"{self.path}?{urlencode(asked)}" if asked else self.path


def leaf(rows: Sequence[T], start: int, step: int, path: str, asked: Mapping[str, str]) -> Stretch[T]:
    """Return the stretch of a list in which a row stands, the last one for a row beyond its end."""
    begin = max(0, min(start, len(rows) - 1)) // step * step
    return Stretch(tuple(rows[begin : begin + step]), begin, len(rows), step, path, asked)


def says(text: str, words: str) -> bool:
    """Return whether a text holds each of the words that are looked for, in whatever case and order."""
    folded = text.casefold()
    return all(word in folded for word in words.casefold().split())
