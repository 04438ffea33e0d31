"""What a number says of a change: whether something rose or fell, and whether a multiple is a factor or an increase.

Place in the pipeline: base; a part of `quantities`. 1.4 times as large is 40 % more; up by 140 % is 2.4 times as
large; 1.4 times larger is written for either.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .grammars.grammar import Sense
from .lexicon import Lexicon
from .phrases import WORD

_CLAUSE = re.compile(r"[;!?，。；！？\n]|[.,](?!\d)")
_BEHIND = 40
"""Characters looked at before a number."""
_AHEAD = 45
_NEAR = 4
"""Words, or characters, before a number among which one that says it rose or fell makes it a change."""
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


@dataclass(frozen=True, slots=True)
class Change:
    """The sense of a multiple or a change, whether it fell, and whether the number says what was reached."""

    sense: Sense
    falling: bool
    reached: bool


def sense_of(stretch: Stretch, lexicon: Lexicon) -> Change:
    """Return what the words around a number say of a change."""
    text = stretch.text
    clause = _CLAUSE.split(text[max(0, stretch.start - _BEHIND) : stretch.start])[-1].casefold()
    ahead = _CLAUSE.split(text[stretch.end : stretch.end + _AHEAD], maxsplit=1)[0].casefold()
    sign, distance = lexicon.moves.last(clause)
    sign_ahead = _begins(ahead, lexicon)
    falling = sign_ahead < 0 or sign < 0
    moved = bool(sign_ahead or (sign and distance < (_NEAR if lexicon.grammar.spaced else 2 * _NEAR)))
    reached = moved and _directly("to", stretch, lexicon)
    if stretch.unit == "times":
        return Change(_multiple(stretch, lexicon), falling, reached)
    if stretch.unit == "percent" and _is_level(stretch, lexicon):
        return Change("factor", falling, reached)
    added = moved and not reached and (stretch.unit in _CHANGES or _directly("by", stretch, lexicon))
    return Change("increase" if added else "", falling, reached)


def _is_level(stretch: Stretch, lexicon: Lexicon) -> bool:
    """Return whether a percentage is a multiple of something else: 140 % of the level of 2019."""
    before = stretch.text[max(0, stretch.start - _BEHIND) : stretch.start]
    behind = lexicon.patterns["levels"].match(stretch.text, stretch.end)
    return behind is not None or lexicon.patterns["levels before"].search(before) is not None


def _directly(table: str, stretch: Stretch, lexicon: Lexicon) -> bool:
    """Return whether a word of `table` stands before the number or before its qualifier."""
    places = {stretch.begin, stretch.start}
    return any(lexicon.before(table, stretch.text, place, stretch.floor)[1] for place in places)


def _begins(ahead: str, lexicon: Lexicon) -> int:
    """Return the sign of the word with which the words behind begin: 5 % more, 5 % growth, 5%的增长; 0 without."""
    link = lexicon.grammar.change_link
    if not lexicon.grammar.spaced:
        return lexicon.moves.last(ahead[: 2 * _NEAR])[0] if link and ahead.startswith(link) else 0
    word = WORD.search(ahead)
    return lexicon.moves.sign(word[0]) if word else 0


def _multiple(stretch: Stretch, lexicon: Lexicon) -> Sense:
    before = stretch.text[max(0, stretch.start - _BEHIND) : stretch.number]
    behind = stretch.text[stretch.unit_at : stretch.end + _AHEAD]
    fitting = (sense for head, tail, sense in lexicon.senses if head.search(before) and tail.match(behind))
    return next(fitting, "")
