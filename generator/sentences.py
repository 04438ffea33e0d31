"""Sentences that are put together from what people wrote and what calls say.

Place in the pipeline: base; titles (step 3) and prose (step 4) are joined here. In: pieces of plain text or safe HTML,
which may hold the signs of `traces`; out: one text, whose full stops and capitals are as if one hand had written it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from .page import Call

_SPOKEN = ("fact", "amount", "value", "period", "year")
"""Calls whose answer may begin with a word of the language, such as a qualifier."""
_SIGNS = "[\U00100000-\U0010fffd]*"
_FULL_STOP = re.compile(rf"\.{_SIGNS}\Z")
"""A full stop at the end, behind which the signs of a trace may stand (traces.py)."""
_MARK_OR_TAG = r"<(\w+) class=\"mark\".*?</\1>|<[^>]*>"
_TAGS = re.compile(_MARK_OR_TAG)
_BLOCK = re.compile(r"<(?:p|li|td|th|dd|blockquote|h\d)(?: [^>]*)?>\s*\Z")
_SENTENCE_ENDS = re.compile(r"(?:(?:\w{5}|[^\w\s.])\.|[!?])[\"'”»)]*\s+\Z")
"""The end of a sentence; a full stop behind a short word may be that of an abbreviation."""
_BEFORE = 300
"""Characters before a call that are looked at."""
_OPENING = re.compile(r"(?P<silent>(?:<[^>]*>|[\U00100000-\U0010fffd])*)(?P<letter>[^\W\d_])")


def write(parts: Iterable[str | Call], answer: Callable[[Call], str], text: Callable[[str], str] = str) -> str:
    """Return parts in one, calls answered: an answer that begins a sentence has a capital, as a writer gives it one.

    `text` makes what was written fit to stand beside the answers, for instance by escaping it.
    """
    said: list[str] = []
    for part in parts:
        if isinstance(part, str):
            said.append(text(part))
            continue
        if part.name == "cite" and said:
            said[-1] = said[-1].rstrip()  # a mark stands close to the word it is for
        answered = answer(part)
        said.append(_capital(answered) if part.name in _SPOKEN and _begins("".join(said)) else answered)
    return joined(said)


def joined(pieces: Iterable[str]) -> str:
    """Return pieces of a sentence in one; the full stop of an abbreviation ("2022 г.") ends the sentence too."""
    said: list[str] = []
    for piece in pieces:
        # A source mark may stand between the value and the full stop, and tags around both.
        ended = bool(said) and _FULL_STOP.search(_TAGS.sub("", said[-1]))
        said.append(piece[1:] if ended and piece.startswith(".") and not piece.startswith("..") else piece)
    return "".join(said)


def _begins(before: str) -> bool:
    """Return whether what follows begins a sentence: a text, a paragraph, or behind the end of another sentence."""
    near = re.sub(r"</?(?:em|strong|span|a)\b[^>]*>", "", before[-_BEFORE:])
    if not near.strip() or _BLOCK.search(near):
        return True
    return _SENTENCE_ENDS.search(re.sub(_SIGNS, "", re.sub(r"<[^>]*>", "", near))) is not None


def _capital(answer: str) -> str:
    opening = _OPENING.match(answer)
    return f"{opening['silent']}{opening['letter'].upper()}{answer[opening.end() :]}" if opening else answer
