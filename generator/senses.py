"""What a number says of a change: whether something rose or fell, and whether a multiple is a factor or an increase.

Place in the pipeline: base; a part of `quantities`. 1.4 times as large is 40 % more; up by 140 % is 2.4 times as
large; 1.4 times larger is written for either.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .grammars.grammar import Sense
from .lexicon import Lexicon
from .phrases import WORD, Stems

_CLAUSE = re.compile(r"[;!?，。；！？\n]|[.,](?!\d)")
_BEHIND = 40
"""Characters looked at before a number."""
_AHEAD = 45
_NEAR = 4
"""Words before a number among which one that says it rose or fell makes it a change."""
_CHANGES = ("percent", "percentage point", "basis point", "per mille")


@dataclass(frozen=True, slots=True)
class Stretch:
    """A number in its text: it begins with its qualifier at `start`, itself at `begin`.

    Its digits or words stand at `number`, its unit at `unit_at`.
    """

    text: str
    start: int
    begin: int
    number: int
    unit_at: int
    end: int
    unit: str
    floor: int


def sense_of(stretch: Stretch, lexicon: Lexicon) -> tuple[Sense, bool]:
    """Return the sense of a multiple or a change, and whether it fell."""
    text, link = stretch.text, lexicon.grammar.change_link
    clause = _CLAUSE.split(text[max(0, stretch.start - _BEHIND) : stretch.start])[-1].casefold()
    ahead = _CLAUSE.split(text[stretch.end : stretch.end + _AHEAD], maxsplit=1)[0].casefold()
    fell_ahead, rose_ahead = (_begins(ahead, stems, link) for stems in (lexicon.falling, lexicon.rising))
    falling = fell_ahead or lexicon.falling.last(clause) > lexicon.rising.last(clause)
    if stretch.unit == "times":
        return _multiple(stretch, lexicon), falling
    if stretch.unit == "percent" and _is_level(stretch, lexicon):
        return "factor", falling
    near = " ".join(WORD.findall(clause)[-_NEAR:]) if lexicon.grammar.spaced else clause[-2 * _NEAR :]
    moved = fell_ahead or rose_ahead or lexicon.rising.last(near) >= 0 or lexicon.falling.last(near) >= 0
    if not moved or _directly("to", stretch, lexicon):
        return "", falling
    return "increase" if stretch.unit in _CHANGES or _directly("by", stretch, lexicon) else "", falling


def _is_level(stretch: Stretch, lexicon: Lexicon) -> bool:
    """Return whether a percentage is a multiple of something else: 140 % of the level of 2019."""
    before = stretch.text[max(0, stretch.start - _BEHIND) : stretch.start]
    behind = lexicon.patterns["levels"].match(stretch.text, stretch.end)
    return behind is not None or lexicon.patterns["levels before"].search(before) is not None


def _directly(table: str, stretch: Stretch, lexicon: Lexicon) -> bool:
    """Return whether a word of `table` stands before the number or before its qualifier."""
    places = {stretch.begin, stretch.start}
    return any(lexicon.before(table, stretch.text, place, stretch.floor)[1] for place in places)


def _begins(ahead: str, stems: Stems, link: str) -> bool:
    """Return whether the words behind begin with one that says so: 5 % more, 5 % growth."""
    if not stems.spaced:
        return bool(link) and ahead.startswith(link) and stems.last(ahead[: 2 * _NEAR]) >= 0
    word = WORD.search(ahead)
    return word is not None and stems.holds(word[0])


def _multiple(stretch: Stretch, lexicon: Lexicon) -> Sense:
    before = stretch.text[max(0, stretch.start - _BEHIND) : stretch.number]
    behind = stretch.text[stretch.unit_at : stretch.end + _AHEAD]
    fitting = (sense for head, tail, sense in lexicon.senses if head.search(before) and tail.match(behind))
    return next(fitting, "")
