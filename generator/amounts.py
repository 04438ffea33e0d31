"""Amounts: a number with what stands around it: sign, currency, scale, unit and qualifier.

Place in the pipeline: base; a part of `quantities`. What comes in: a flattened text and a numeral in it. What goes
out: a `Quantity`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from .digits import Numeral, digits
from .grammars.grammar import CURRENCIES, SHARED_SIGNS, Sense
from .lexicon import Lexicon
from .number_words import numeral_at
from .quantity import Kind, Quantity
from .senses import Stretch, sense_of

_SIGN = re.compile(r"(?:\A|[\s(\[\"'«“:;/=\u2e80-\uffff])[-−–]\Z|[$€£¥₽][-−]\Z|[^\d%]−\Z")
_MONEY_SIGN = re.compile(r"[$€£¥₽][ \u00a0]?\Z")
_REPEATED = re.compile(r"[ \u00a0]?\((\d[\d.,' \u00a0]{0,20}|[^\W\d_][^()\d\n]{0,40})\)")
_COMPOUND = re.compile(r"-([^\W\d_]{3,30})")
_CHAIN = re.compile(r"[ \u00a0零]?(?=\d)")
_FOUR = re.compile(r"\d{4}(?!\d)")
_BARE = 10
"""Up to here a whole number that counts nothing known may merely count words of its sentence."""


@dataclass
class Reading:
    """A quantity in the making: each step takes what it knows from the text around it."""

    text: str
    lexicon: Lexicon
    floor: int
    """Where the quantity before ends."""
    number: int
    numeral: Numeral
    begin: int = 0
    end: int = 0
    value: Decimal = Decimal()
    amount: Decimal = Decimal()
    step: Decimal = Decimal(1)
    """The size of the last scale: what "and a half" is a half of."""
    unit: str = ""
    unit_at: int = 0
    qualifier: str = ""
    kind: Kind = "number"
    scaled: bool = False
    measured: bool = False
    shared: bool = False
    """Whether the unit is a sign of several currencies."""

    def __post_init__(self) -> None:
        self.begin = self.number
        self.end = self.unit_at = self.numeral.end
        self.value = self.amount = self.numeral.value
        self.step = self.numeral.step

    # --- before the number

    def take_sign(self) -> None:
        """Take a minus sign, or the brackets that bookkeepers write for it."""
        behind = self.text[max(0, self.begin - 3) : self.begin]
        if self.begin <= self.floor:
            return
        if behind[-1] in "-−–" and _SIGN.search(behind):
            self.begin, self.value = self.begin - 1, -self.value
        elif behind[-1] == "(" and self.text[self.end : self.end + 1] == ")" and self._booked(behind[:-1]):
            self.begin, self.end, self.value = self.begin - 1, self.end + 1, -self.value
        self.amount = self.value

    def _booked(self, behind: str) -> bool:
        """Return whether brackets around the number are a minus: $(1.2), (31.5) million."""
        if _MONEY_SIGN.search(behind):
            return True
        counted = any(self.lexicon.after(name, self.text, self.end + 1)[1] for name in ("scale", "unit"))
        return counted and (self.value != self.value.to_integral_value() or self.value >= 1000)

    def take_prefix(self) -> None:
        """Take a currency before the number, and a minus sign before that."""
        start, unit = self.lexicon.before("prefix", self.text, self.begin, self.floor)
        if not unit or (self.text[start] == "$" and self.text[start - 1 : start].isalpha()):
            # There are more dollars than are known here: RD$.
            return
        self.shared = self.text[start : self.begin].strip() in SHARED_SIGNS
        self.begin, self.unit = start, unit
        behind = self.text[max(0, start - 2) : start]
        if start > self.floor and behind[-1] in "-−" and self.value > 0 and _SIGN.search(behind):
            self.begin, self.value, self.amount = start - 1, -self.value, -self.value

    def take_minus(self) -> None:
        """Take a word for a minus: minus 3.5 °C, 零下3.5度; not in 10 minus 4, nor in plus or minus 4."""
        start, said = self.lexicon.before("minus", self.text, self.begin, self.floor)
        if said == "-" and self.value > 0 and (not self.floor or self.text[self.floor : start].strip()):
            self.begin, self.value, self.amount = start, -self.value, -self.amount

    # --- behind the number

    def take_repetition(self) -> None:
        """Take the same number in brackets, as contracts have it: three (3) years, 3 (три) года."""
        match = _REPEATED.match(self.text, self.end)
        if match is None:
            return
        said = numeral_at(self.text, match.start(1), self.lexicon.grammar, self.lexicon.numerals)
        if said and said.value == self.value and said.end == match.end(1):
            self.end = match.end()

    def take_half(self, at: int) -> int:
        """Take a half that stands at `at`, behind the number or its unit: two and a half, 两年半; return its end."""
        end, half = self.lexicon.after("half", self.text, at)
        if not half:
            return at
        self.value, self.amount = self.value + self.numeral.step / 2, self.amount + self.step / 2
        return end

    def take_scale(self) -> None:
        """Take the scale and the smaller ones behind it, with a qualifier inside (40多万)."""
        lexicon, text = self.lexicon, self.text
        at, qualifier = lexicon.after("after", text, self.end)
        end, power = lexicon.after("scale", text, at)
        # 千瓦 is a kilowatt and no thousand of 瓦.
        if power and not lexicon.grammar.spaced and lexicon.after("unit", text, at)[0] > end:
            return
        if not power:
            end, power = self._short_scale()
            qualifier = ""
        if power:
            self.end, self.qualifier, self.scaled = end, qualifier, True
            self.amount, self.step = self.value.scaleb(int(power)), Decimal(10) ** int(power)
            self._take_chain(int(power))

    def _short_scale(self) -> tuple[int, str]:
        """Return a scale of one letter: behind money, or before a unit (5m tonnes)."""
        end, power = self.lexicon.tables["short"].after(self.text, self.end, joined=True)
        if power and self.unit not in CURRENCIES:
            known = any(self.lexicon.after(name, self.text, end)[1] for name in ("unit", "counted"))
            return (end, power) if known else (self.end, "")
        return end, power

    def _take_chain(self, power: int) -> None:
        """Add the smaller scales behind a scale: 1亿2000万, 5 млрд 300 млн."""
        while (joint := _CHAIN.match(self.text, self.end)) is not None:
            numeral = digits(self.text, joint.end(), self.lexicon.grammar)
            end, smaller = self.lexicon.after("scale", self.text, numeral.end) if numeral else (0, "")
            four = _FOUR.match(self.text, self.end) if power == 4 and not self.lexicon.grammar.spaced else None
            if numeral and smaller and int(smaller) < power and numeral.value < 10 ** (power - int(smaller)):
                power = int(smaller)
                self.amount, self.end = self.amount + numeral.value.scaleb(power), end
            elif four:
                self.amount, self.end = self.amount + int(four[0]), four.end()
                return
            else:
                return

    def take_compound(self) -> None:
        """Take a unit that is one word with the number: 5-летний, 40-часовой, 10x."""
        match = _COMPOUND.match(self.text, self.end)
        word = match[1].casefold() if match else ""
        unit = next((unit for stem, unit in self.lexicon.grammar.compounds.items() if word.startswith(stem)), "")
        end = match.end() if match and unit else self.end
        if not unit:
            end, unit = self.lexicon.tables["attached"].after(self.text, self.end, joined=True)
        if unit and not self.text[end : end + 2].strip()[:1].isdigit():
            self.unit_at, self.end, self.unit = self.end, end, unit

    def take_unit(self) -> None:
        """Take the unit, and a qualifier before or behind it."""
        lexicon, text = self.lexicon, self.text
        at, qualifier = lexicon.after("after", text, self.take_half(self.end))
        end, unit = lexicon.after("unit", text, at)
        if not unit and not self.unit:
            at, unit, end = self._behind_measure(at)
        if unit and (self.unit in ("", unit) or (self.shared and unit in CURRENCIES)):
            self.unit_at, self.unit = at, unit
            at = self.take_half(end)
        if not qualifier:
            at, qualifier = lexicon.after("after", text, at)
        self.end, self.qualifier = at, self.qualifier or qualifier

    def _behind_measure(self, at: int) -> tuple[int, str, int]:
        """Return where the unit begins, its id and its end: behind a measure word and what describes the things."""
        begin, word = self.lexicon.after("measure", self.text, at)
        self.measured = bool(word)
        if word:
            begin = self.take_half(begin)
        end, unit = self.lexicon.after("unit", self.text, begin)
        if not unit:
            end, unit = self._counted(begin)
        return begin, unit, end

    def take_counted(self) -> None:
        """Take a unit that only stands behind words that describe it."""
        end, unit = self._counted(self.end)
        if unit and not self.unit:
            self.end, self.unit = end, unit

    def _counted(self, at: int) -> tuple[int, str]:
        """Return a counted unit of the workspace behind a few words that describe it: 107 newly settled companies."""
        grammar, position = self.lexicon.grammar, at
        if not self.lexicon.own or not (grammar.spaced or self.measured):
            return at, ""
        for _ in range(grammar.fillers + 1):
            end, unit = self.lexicon.after("counted", self.text, position)
            filler = None if unit else self.lexicon.patterns["filler"].match(self.text, position)
            if filler is None:
                return (end, unit) if unit else (at, "")
            position = filler.end()
        return at, ""

    def take_qualifier(self) -> int:
        """Take the qualifier before the number; return where that begins."""
        start, qualifier = self.lexicon.before("before", self.text, self.begin, self.floor)
        if not qualifier:
            linked, link = self.lexicon.before("link", self.text, self.begin, self.floor)
            start, qualifier = self.lexicon.before("before", self.text, linked, self.floor) if link else (start, "")
        self.qualifier = self.qualifier or qualifier
        return start if qualifier else self.begin

    # --- the whole

    def finished(self, sense: Sense = "") -> Quantity:
        """Return what was read, with a qualifier behind it."""
        self.end, self.qualifier = self.lexicon.after("after", self.text, self.end)
        return self.quantity(sense)

    def quantity(self, sense: Sense = "") -> Quantity:
        """Return what was read; `sense` is known where a word says it by itself."""
        start = self.take_qualifier()
        stretch = Stretch(
            self.text, start, self.begin, self.number, self.unit_at, self.end, self.unit, self.floor
        )  # fmt: skip
        change = sense_of(stretch, self.lexicon)
        if change.reached and self.text[start : self.begin].strip().casefold() in self.lexicon.grammar.to:
            # вырос до 5 says what was reached, до 5 at most how much.
            self.qualifier = ""
        upper = self.numeral.upper
        if upper is not None:
            upper = upper * self.amount / self.value
        return Quantity(
            self.begin, self.end, self.text[self.begin : self.end], self.kind if upper is None else "range",
            self.value, self.amount, self.unit, self.qualifier, upper,
            falling=change.falling, sense=sense or change.sense, bare=self._is_bare(),
        )  # fmt: skip

    def _is_bare(self) -> bool:
        whole = self.kind == "number" and not self.scaled and not self.qualifier
        if not whole or self.value != self.value.to_integral_value() or self.value < 0:
            return False
        if not self.unit:
            return self.value <= _BARE
        # Whatever it counts, one or two in words may merely point: the two countries.
        return self.value <= 2 and self.numeral.worded and self.unit in self.lexicon.own
