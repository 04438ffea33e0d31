"""Phrases: words of a table found at a place of a text, whatever the table's length.

Place in the pipeline: base; a part of `lexicon`. A phrase is found by its first or last word in a dictionary, and a
pattern is compiled only for a phrase whose word stands there: a long table costs neither start-up nor reading time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from .grammars.grammar import CURRENCIES

_SPACE = r"(?:[ \u00a0]{1,2}\n?[ \u00a0]{0,2}|\n[ \u00a0]{0,2})"
_SPACED_HEAD = re.compile(r"[ \u00a0]{0,2}(?:-(?=[^\W\d_])|\n[ \u00a0]{0,2})?([^\W\d_²³]{1,60}|[0-9]{1,60}|[^\w\s])")
_OTHER_HEAD = re.compile(r"[ \u00a0]?\n?[ \u00a0]?(\S)")
_LAST_WORD = re.compile(r"[^\W\d_]{1,60}\Z")
WORD = re.compile(r"[^\W\d_]{1,60}")
"""A word; bounded, because scripts without spaces write as one what is many."""
_UNSPACED = "\u2e80"
"""The first of the scripts that write no spaces between words."""
_ZEROS = "\u0660\u06f0\u0966\u09e6"
"""The zeros of Arabic-Indic, Persian, Devanagari and Bengali digits."""


def _flat() -> dict[int, str]:
    table = {0xFEE0 + code: chr(code) for code in range(0x21, 0x7F) if chr(code) != ","}
    table |= {ord(zero) + digit: str(digit) for zero in _ZEROS for digit in range(10)}
    table |= dict.fromkeys((0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x3000, 0x09, 0x0D, 0x0B, 0x0C), " ")
    table |= dict.fromkeys((0x2006, 0x2007, 0x2008, 0x2009, 0x200A, 0x202F, 0x205F), "\u00a0")
    table |= dict.fromkeys(map(ord, "‘’ʼ＇"), "'") | dict.fromkeys(map(ord, "‐‑﹣"), "-") | {ord("﹪"): "%"}
    return table | {0x066B: ".", 0x066C: "\u00a0", 0x2028: "\n", 0x2029: "\n", 0x85: "\n"}


_FLAT = _flat()
_WIDE_COMMA = re.compile("(?<=[０-９])，(?=[０-９]{3}(?![０-９]))")


def flatten(text: str) -> str:
    """Return a text of the same length with ASCII digits, two kinds of spaces and plain signs."""
    return _WIDE_COMMA.sub(",", text).translate(_FLAT)


@lru_cache(maxsize=8192)
def pattern_of(phrase: str, *, ending: bool = False, exact: bool = False) -> re.Pattern[str]:
    """Return the pattern of a phrase, white space loose; `ending` a text; `exact` says that its capitals count."""
    inner = re.sub(r"(?:\\?\s)+", lambda _: _SPACE, re.escape(phrase))
    inner = re.sub(r"(?<=[A-Za-z.])(\\\$|¥)", lambda sign: "[ \u00a0]?" + sign[0], inner)
    inner = inner.replace("²", r"(?:²|\^?2)").replace("³", r"(?:³|\^?3)")
    # Symbols and codes mean another thing, or nothing, in other capitals: MW and mW, TRY and try.
    exact = exact or sum(map(str.isalpha, phrase)) <= 2 or phrase in CURRENCIES
    return re.compile(inner + (r"\Z" if ending else ""), re.NOFLAG if exact else re.IGNORECASE)


def parted(text: str, position: int) -> bool:
    """Return whether no word runs across a place; in scripts without spaces none ever does."""
    pair = text[position - 1 : position + 1] if position else ""
    return len(pair) < 2 or not (pair[0].isalpha() and pair[1].isalpha() and max(pair) < _UNSPACED)


@dataclass(frozen=True, slots=True)
class Phrases:
    """Phrases of one kind and what they stand for."""

    spaced: bool
    heads: Mapping[str, tuple[tuple[str, str], ...]]
    tails: Mapping[str, tuple[tuple[str, str], ...]]
    last: frozenset[str]
    reach: int
    exact: bool

    def after(self, text: str, position: int, *, joined: bool = False) -> tuple[int, str]:
        """Return the end of the longest phrase behind `position` and its meaning; (position, "") without.

        White space or a hyphen may stand between; not where it is `joined`.
        """
        head = (_SPACED_HEAD if self.spaced else _OTHER_HEAD).match(text, position) if self.heads else None
        if head is None:
            return position, ""
        entries = self.heads.get(head[1].casefold())
        start = head.start(1)
        if entries is None or (joined and start > position):
            return position, ""
        for phrase, meaning in entries:
            match = pattern_of(phrase, exact=self.exact).match(text, start)
            if match and parted(text, match.end()):
                return match.end(), meaning
        return position, ""

    def before(self, text: str, position: int, floor: int = 0, *, gaps: str = " \n\u00a0") -> tuple[int, str]:
        """Return the start of the longest phrase that ends before `position`, none of it before `floor`."""
        offset = max(floor, position - self.reach)
        behind = text[offset:position].rstrip(gaps)
        # Most numbers have no such word before them: its last letter tells so without a search.
        if not behind or behind[-1] not in self.last:
            return position, ""
        word = _LAST_WORD.search(behind) if self.spaced and behind[-1].isalpha() else None
        for phrase, meaning in self.tails.get((word[0] if word else behind[-1]).casefold(), ()):
            match = pattern_of(phrase, ending=True, exact=self.exact).search(behind)
            if match and parted(text, offset + match.start()):
                return offset + match.start(), meaning
        return position, ""


def compile_phrases(table: Mapping[str, str] | Sequence[str], *, spaced: bool, exact: bool = False) -> Phrases:
    """Return phrases, longest first, by their first and their last word or sign; `exact`: capitals count."""
    pairs = list(table.items()) if isinstance(table, Mapping) else [(phrase, phrase) for phrase in table]
    heads: dict[str, list[tuple[str, str]]] = {}
    tails: dict[str, list[tuple[str, str]]] = {}
    for phrase, meaning in sorted(pairs, key=lambda pair: -len(pair[0])):
        first = (_SPACED_HEAD if spaced else _OTHER_HEAD).match(phrase)
        last = _LAST_WORD.search(phrase) if spaced else None
        heads.setdefault(first[1].casefold() if first else phrase, []).append((phrase, meaning))
        tails.setdefault((last[0] if last else phrase[-1]).casefold(), []).append((phrase, meaning))
    return Phrases(
        spaced,
        {word: tuple(each) for word, each in heads.items()},
        {word: tuple(each) for word, each in tails.items()},
        frozenset(letter for phrase, _ in pairs for letter in (phrase[-1].lower(), phrase[-1].upper())),
        max((len(phrase) for phrase, _ in pairs), default=0) + 6,
        exact,
    )


@dataclass(frozen=True, slots=True)
class Moves:
    """Words, and beginnings of words, that say that something rose (1) or fell (-1)."""

    spaced: bool
    signs: Mapping[str, int]
    stems: tuple[str, ...]
    any_word: re.Pattern[str]
    """One of them, in a language without spaces."""

    def last(self, clause: str) -> tuple[int, int]:
        """Return the sign of the last in a clause of folded case, and how many words or characters stand behind."""
        if not self.spaced:
            found = list(self.any_word.finditer(clause))
            return (self.signs[found[-1][0]], len(clause) - found[-1].end()) if found else (0, 0)
        for distance, word in enumerate(reversed(WORD.findall(clause))):
            if sign := self.sign(word):
                return sign, distance
        return 0, 0

    def sign(self, word: str) -> int:
        """Return whether a word says that something rose, fell, or neither (0)."""
        sign = self.signs.get(word, 0)
        if not sign and word.startswith(self.stems):
            return next(self.signs[stem] for stem in self.stems if word.startswith(stem))
        return sign


def compile_moves(rising: Iterable[str], falling: Iterable[str], *, spaced: bool) -> Moves:
    """Return words, and stems written with `*`, to be looked for."""
    signs = {word.casefold(): 1 for word in rising} | {word.casefold(): -1 for word in falling}
    stems = tuple(word[:-1] for word in signs if word.endswith("*"))
    longest = sorted(signs, key=len, reverse=True)
    table = {word.removesuffix("*"): sign for word, sign in signs.items()}
    return Moves(spaced, table, stems, re.compile("|".join(map(re.escape, longest)) or r"(?!)"))


def head_of(text: str, position: int, *, spaced: bool) -> str:
    """Return the word or sign behind `position`, in folded case."""
    head = (_SPACED_HEAD if spaced else _OTHER_HEAD).match(text, position)
    return head[1].casefold() if head else ""
