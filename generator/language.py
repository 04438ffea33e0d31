"""Words, numbers, dates and periods in the page's language.

Place in the pipeline: base; used by every step that prints. Babel stands in this room only. Forms
of numbers and dates are CLDR's (https://cldr.unicode.org); catalogues are gettext PO files
(https://www.gnu.org/software/gettext/manual/html_node/PO-Files.html). Every pattern below is a
msgid, so that a translator decides on order, spacing and words, and a language is a catalogue.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from .catalogues import OPTIONAL, OWN_WORDS, PROGRAM_WORDS, locale_of, msgid, msgids, read_catalogue
from .model import SCALES, Fact, Unit, Vocabulary
from .periods import Period, parse_period
from .scaling import counted_by, elided, scale_forms

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

MINUS = "\u2212"
UNSCALED = ("percent", "percentage point", "times", "year")
"""Units whose numbers are never counted in millions."""
_BRACES = re.compile(r"\{\w+\}")
_SIGNIFICANT = 3
# The scale words of a language with their powers of ten; a catalogue may say "万=4 亿=8 万亿=12".
_SCALE_WORDS = msgid("thousand=3 million=6 billion=9 trillion=12")
_CODED = msgid("{code} {number}")
_SCALED = msgid("{scaled} {unit}")
"""A unit behind a scale word, where it stands otherwise than behind a number: 12,5 millions de mètres."""
_ELISION = msgid("elision=")
"""A word, how it is shortened, and before which letters; a catalogue may say "de d’=aeiouy"."""
_GENITIVE = msgid("genitive=0 1 2")
"""Which plural form stands in the genitive of each: Russian says "21 day", but "more than 21 days" by another form."""
SIGNED = (msgid("USD"), msgid("EUR"), msgid("CNY"), msgid("RUB"), msgid("GBP"), msgid("JPY"), msgid("BYN"))
"""Currencies whose sign the program's catalogues tell; of any other, a workspace's may."""
_HALVES = (msgid("first half of {year}"), msgid("second half of {year}"))
_QUARTERS = (
    msgid("first quarter of {year}"),
    msgid("second quarter of {year}"),
    msgid("third quarter of {year}"),
    msgid("fourth quarter of {year}"),
)
_IN_TEXT = {
    _HALVES[0]: msgid("the first half of {year}"),
    _HALVES[1]: msgid("the second half of {year}"),
    _QUARTERS[0]: msgid("the first quarter of {year}"),
    _QUARTERS[1]: msgid("the second quarter of {year}"),
    _QUARTERS[2]: msgid("the third quarter of {year}"),
    _QUARTERS[3]: msgid("the fourth quarter of {year}"),
}
_QUALIFIERS = {
    "more than": msgid("more than {value}"),
    "at least": msgid("at least {value}"),
    "about": msgid("about {value}"),
    "almost": msgid("almost {value}"),
    "up to": msgid("up to {value}"),
}


class Words:
    """The words of one language: a catalogue of translations over the workspace's own words."""

    def __init__(
        self, language: str, catalogue: bytes | None, vocabulary: Vocabulary, own: bytes | None = None
    ) -> None:
        """Read the PO bytes of the program's words and of the workspace's own, which go before.

        None: the program's own English, no words of the workspace. UsageError on an unknown language.
        """
        self.language = language
        self._catalogues = (catalogue, own)
        self._locale = locale_of(language)
        self._messages, self._plural = read_catalogue(catalogue, language, PROGRAM_WORDS)
        if own is not None:
            said, plural = read_catalogue(own, language, OWN_WORDS)
            self._messages |= {id_: text for id_, text in said.items() if text}
            self._plural = self._plural if catalogue is not None else plural
        self._vocabulary = vocabulary
        self._asked: dict[str, str] = {}
        self._missing: dict[str, None] = {}
        self._own: set[str] = set()

    def __reduce__(self) -> tuple[type[Words], tuple[str, bytes | None, Vocabulary, bytes | None]]:
        """Travel to another process as what it was made from."""
        catalogue, own = self._catalogues
        return Words, (self.language, catalogue, self._vocabulary, own)

    # --- the catalogue ----------------------------------------------------------------------------

    def gettext(self, msgid: str) -> str:
        """Return the translation, or the msgid itself where there is none."""
        if msgid in self._own:
            return msgid
        self._asked.setdefault(msgid, "")
        found = self._messages.get(msgid) if msgid else None
        said = found if isinstance(found, str) else found[0] if found else ""
        if said:
            self.own(said)
        else:
            self._miss(msgid)
        return said or msgid

    def own(self, text: str) -> str:
        """Return a text that is in the page's language already, and is no msgid although it may be looked up."""
        if text not in self._asked:
            self._own.add(text)
        return text

    @property
    def translated(self) -> bool:
        """Whether there is a catalogue of the program's words."""
        return self._catalogues[0] is not None

    @property
    def english(self) -> bool:
        """Whether the program's own words are in this language."""
        return self._locale.language == "en"

    def _miss(self, msgid: str) -> None:
        if msgid in self._missing:
            return
        words = _BRACES.sub("", msgid)
        if any(letter.isalpha() for letter in words) and not OPTIONAL.match(msgid):
            self._missing[msgid] = None

    @property
    def missing(self) -> tuple[str, ...]:
        """The msgids that were asked for and have no translation; signs and patterns without words need none."""
        return tuple(self._missing)

    @property
    def asked(self) -> dict[str, str]:
        """What a catalogue needs for all that was asked: each msgid with its plural, "" where it has none."""
        return {msgid: other for msgid, other in self._asked.items() if msgid}

    def ngettext(self, one: str, other: str, number: Decimal | int, *, genitive: bool = False) -> str:
        """Return the form of `one`/`other` that goes with `number`, a fraction included, or that form's genitive."""
        self._asked[one] = other
        forms = self._messages.get(one)
        if isinstance(forms, tuple) and forms and all(forms):
            form = self._form(Decimal(number), len(forms))
            # A fraction governs the same form in any case.
            if genitive and number == int(number):
                form = self._genitives[min(form, len(self._genitives) - 1)]
            return forms[min(form, len(forms) - 1)]
        self._miss(one)
        return one if abs(number) == 1 else other

    def _form(self, number: Decimal, count: int) -> int:
        """Return which of `count` plural forms goes with a number.

        gettext's rules know integers only: a form more than these need, the last, is that of fractions, as CLDR counts
        forms ("1,5 раза" beside "2 разы").
        """
        rule = self._locale.plural_form
        whole = number == number.to_integral_value()
        if not whole and count == len(rule.tags) + 1 and rule(abs(number)) == "other":
            return count - 1
        return self._plural(self._sample(number))

    @cached_property
    def _genitives(self) -> tuple[int, ...]:
        return tuple(int(digit) for digit in re.findall(r"\d", self.gettext(_GENITIVE)))

    def _sample(self, number: Decimal) -> int:
        """Return an integer of the number's plural class: gettext's expressions know integers only."""
        if number == number.to_integral_value():
            return int(abs(number))
        tag = self._locale.plural_form(abs(number))
        # Fractions have a class of their own in Slavic languages; their noun stands as after 2.
        return next((n for n in (0, 1, 2, 3, 5) if self._locale.plural_form(n) == tag), 2)

    # --- numbers ----------------------------------------------------------------------------------

    def number(self, value: Decimal, digits: int | None = None) -> str:
        """Return a number with the language's separators; `digits` after the point, None: as it is."""
        if digits is not None:
            value = value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN)
        places = max(0, -_exponent(value))
        return self._decimal(value, "#,##0" + ("." + "0" * places if places else ""))

    def _decimal(self, value: Decimal, pattern: str) -> str:
        from babel.numbers import format_decimal

        text = format_decimal(abs(value), pattern, locale=self._locale, decimal_quantization=False)
        return MINUS + text if value < 0 else text

    def scale(self, scale: str, amount: Decimal | None = None) -> tuple[int, str]:
        """Return the power of ten and the word by which this language counts what English calls `scale`.

        The word is the form that goes with the amount, without one that of many.
        """
        power = counted_by(SCALES[scale], amount, self._scale_words)
        forms = self._scale_words.get(power, ("",))
        number = Decimal(5) if amount is None else amount.scaleb(-power)
        return power, forms[min(self._form(number, len(forms)), len(forms) - 1)]

    @cached_property
    def _scale_words(self) -> dict[int, tuple[str, ...]]:
        """The forms of each scale word, by its power of ten."""
        return scale_forms(self.gettext(_SCALE_WORDS))

    def _behind_scale(self, pattern: str, **said: str) -> str:
        """Return a unit behind a scale word: millions de mètres, millions d’euros."""
        return elided(pattern.format(**said).strip(), said["unit"], self.gettext(_ELISION))

    def fitting(self, amount: Decimal, unit: str) -> str:
        """Return the scale in which an amount reads best: `billion` for 5,080,000,000 US dollars."""
        if unit in UNSCALED:
            return ""
        size = amount.copy_abs().adjusted() if amount else 0
        least = 6 if self.is_currency(unit) or abs(amount) >= 10**7 else 10
        powers = [(power, name) for name, power in SCALES.items() if least <= power <= size]
        return max(powers)[1] if powers else ""

    def _of_its_own(self, amount: Decimal, unit: str) -> str:
        """Return the scale in which a language counts that has words of its own for powers of ten: 12000 is 1.2万."""
        powers = [power for power in self._scale_words if power not in SCALES.values()]
        if unit in UNSCALED or not powers or not amount or amount.copy_abs().adjusted() < min(powers):
            return ""
        return max((power, name) for name, power in SCALES.items() if power <= amount.copy_abs().adjusted())[1]

    def wished(self, scale: str, largest: Decimal, unit: str) -> str:
        """Return the scale in which a column or an axis counts whose largest amount this is.

        A declared scale is a wish for languages that count so; others choose by the amount, as all do without a wish.
        """
        if scale and self.scale(scale)[0] == SCALES[scale]:
            return scale
        if largest < 10**5 or not self.fitting(Decimal(10) ** 12, unit):
            return ""
        fitting = (name for name in ("million", "billion", "trillion") if self.scale(name)[0] <= largest.adjusted())
        return max(fitting, key=SCALES.__getitem__, default="")

    def observed(self, amount: Decimal, unit: str, qualifier: str = "", *, scale: str = "") -> str:
        """Return a series' value: scaled, by what fits it or as told, and rounded to three digits of more than four."""
        scale = scale or self.fitting(amount, unit)
        value = amount.scaleb(-SCALES[scale])
        if scale or unit in ("percent", "percentage point", "times"):
            value = _readable(value)
        return self.quantity(_plain(value), unit, scale, qualifier)

    def quantity(self, value: Decimal | Period | str, unit: str, scale: str = "", qualifier: str = "") -> str:
        """Return a value with unit, scale and qualifier: `more than US$100 million`."""
        if isinstance(value, Period):
            return self.qualified(self.period(value), qualifier)
        if isinstance(value, str):
            return self.qualified(self.gettext(value), qualifier)
        text = self._measured(value, unit, scale)
        if not qualifier:
            return text
        pattern = self.gettext(_QUALIFIERS[qualifier])
        genitive = self._measured(value, unit, scale, genitive=True) if "{genitive}" in pattern else text
        return pattern.format(value=text, genitive=genitive)

    def fact(self, fact: Fact) -> str:
        """Return a fact's value in words; a calculated one without the zeros that arithmetic leaves."""
        value = _plain(fact.value) if fact.formula and isinstance(fact.value, Decimal) else fact.value
        return self.quantity(value, fact.unit, fact.scale, fact.qualifier)

    def around_value(self, qualifier: str) -> tuple[str, str]:
        """Return the words of a qualifier before and after its value: "more than" and ""."""
        before, _, after = self.qualified("\0", qualifier).partition("\0")
        return before.strip(), after.strip()

    def qualified(self, text: str, qualifier: str) -> str:
        """Return a printed value with its qualifier: `more than 7,000`."""
        return self.gettext(_QUALIFIERS[qualifier]).format(value=text, genitive=text) if qualifier else text

    def _measured(self, value: Decimal, unit: str, scale: str, *, genitive: bool = False) -> str:
        if unit == "year" and not scale:
            return str(value)
        if not scale and len(value.normalize().as_tuple().digits) <= _SIGNIFICANT + 1:
            # 59000000 with no scale, as a formula gives it, reads as 59 million; no digit is lost.
            scale = self.fitting(value, unit) or self._of_its_own(value, unit)
            value = _plain(value.scaleb(-SCALES[scale])) if scale else value
        amount = value.scaleb(SCALES[scale])
        power, word = self.scale(scale, amount)
        number = self.number(abs(value) if power == SCALES[scale] else _plain(abs(amount).scaleb(-power)))
        if word:
            number = self.gettext("{number} {scale}").format(number=number, scale=word)
        text = self._with_unit(number, unit, amount, scaled=bool(word), genitive=genitive)
        return self.gettext("{minus}{quantity}").format(minus=MINUS, quantity=text) if value < 0 else text

    def _with_unit(self, number: str, unit: str, amount: Decimal, *, scaled: bool, genitive: bool) -> str:
        apart = scaled and self.gettext(_SCALED) != _SCALED
        if unit == "percent":
            return self.gettext("{number}%").format(number=number)
        if self.is_currency(unit):
            symbol = self.symbol(unit, amount)
            pattern = self.gettext(_CODED if symbol.rstrip(".")[-1:].isalpha() else msgid("{symbol}{number}"))
            if not (apart and pattern.startswith("{number}") and "{code}" in pattern):
                return pattern.format(code=symbol, symbol=symbol, number=number)
            name = symbol
        elif not unit:
            return number
        else:
            name = self.unit(unit, amount, genitive=genitive)
        if apart:
            return self._behind_scale(self.gettext(_SCALED), scaled=number, unit=name)
        return self.gettext("{number} {unit}").format(number=number, unit=name)

    # --- units ------------------------------------------------------------------------------------

    def _unit(self, unit: str) -> Unit:
        return self._units.get(unit) or Unit(unit, unit, unit)

    @cached_property
    def _units(self) -> dict[str, Unit]:
        own = {
            "times": Unit("times", *msgids("times", "times")),
            "percentage point": Unit("percentage point", *msgids("percentage point", "percentage points")),
            "percent": Unit("percent", *msgids("percent", "percent")),
            "year": Unit("year", *msgids("year", "years")),
        }
        return own | {unit.id: unit for unit in self._vocabulary.units}

    def is_currency(self, unit: str) -> bool:
        """Return whether the unit is a currency of ISO 4217, as CLDR lists them (TEU is none)."""
        from babel.numbers import list_currencies

        return len(unit) == 3 and unit in list_currencies()

    def unit(self, unit: str, amount: Decimal = Decimal(5), *, genitive: bool = False) -> str:
        """Return a unit's word as it goes with the amount: `enterprise`, `enterprises`."""
        words = self._unit(unit)
        return self.ngettext(words.one, words.other, amount, genitive=genitive)

    def symbol(self, currency: str, amount: Decimal = Decimal(5)) -> str:
        """Return a currency's sign as the catalogue translates its code, else CLDR's.

        Where the number goes before the code, a currency without a sign of its own is named: `5 млн польских злотых`.
        """
        from babel.numbers import get_currency_name, get_currency_symbol

        said = self.gettext(currency)
        if said != currency:
            return said
        if self.gettext(_CODED).startswith("{number}"):
            return get_currency_name(currency, amount, locale=self._locale)
        return get_currency_symbol(currency, locale=self._locale)

    def counted_in(self, unit: str, scale: str = "") -> str:
        """Return what an axis or a column counts: `billion US dollars`, `enterprises`, `percent`."""
        from babel.numbers import get_currency_name

        _, word = self.scale(scale)
        if not self.is_currency(unit):
            name = self.unit(unit)
        elif self.gettext(_CODED) == "{number}{code}":
            # Written close to its number, a sign is a word and needs no other in a head.
            name = self.symbol(unit)
        else:
            name = get_currency_name(unit, 5, locale=self._locale)
        return self._behind_scale(self.gettext("{scale} {unit}"), scale=word, unit=name) if word else name

    # --- change -----------------------------------------------------------------------------------

    def change(self, new: Decimal, old: Decimal, unit: str) -> str:
        """Return the change: `+33.1%` of an amount, `+1.2 percentage points` of a percentage.

        "" where one of two amounts is not above zero: a deficit that doubles has neither risen nor fallen by 100%.
        """
        if unit == "percent":
            difference = new - old
            digits = 1 if abs(difference) < 100 else 0
            return self._signed(difference, digits, "percentage point")
        if old <= 0 or new < 0:
            return ""
        relative = (new / old - 1) * 100
        return self._signed(relative, 1 if abs(relative) < 100 else 0, "percent")

    def _signed(self, value: Decimal, digits: int, unit: str) -> str:
        rounded = value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN)
        text = self.quantity(abs(rounded), unit)
        sign = "+" if rounded > 0 else MINUS if rounded < 0 else ""
        return f"{sign}{text}"

    def since(self, change: str, before: Period) -> str:
        """Return a change with the period it is measured from: `+33.1% on 2021`."""
        # Elsewhere a period in running text stands in a case of its own.
        period = self.period_in_text(before) if self.english else self.period(before)
        return self.gettext("{change} on {period}").format(change=change, period=period)

    # --- dates ------------------------------------------------------------------------------------

    def date(self, day: dt.date) -> str:
        """Return a day: `4 November 2022`. A catalogue may use {month_number} instead of {month}."""
        return self.gettext("{day} {month} {year}").format(
            day=day.day, month=self._month(day), year=day.year, month_number=day.month
        )

    def weekday(self, day: dt.date) -> str:
        """Return a day with the day of the week, as a list of appointments has it."""
        from babel.dates import format_date

        return format_date(day, "full", locale=self._locale)

    def iso(self, text: str) -> str:
        """Return an ISO date or a part of one ("2023-02") in words; as it is where it is neither."""
        try:
            return self.period(parse_period(text)) if text else ""
        except ValueError:
            return text

    def instant(self, text: str) -> str:
        """Return an instant of ISO 8601 in universal time in words; as it is where it is none."""
        import datetime as dt

        try:
            instant = dt.datetime.fromisoformat(text).astimezone(dt.UTC)
        except ValueError:
            return text
        return self.gettext("{date}, {time} UTC").format(date=self.date(instant.date()), time=f"{instant:%H:%M}")

    def _month(self, day: dt.date, context: str = "format") -> str:
        return str(self._locale.months[context]["wide"][day.month])

    def period(self, period: Period) -> str:
        """Return a period in words: `first half of 2022`, `November 2022`, `2021\u20132022`."""
        if period.kind == "undated":
            return self.gettext("undated")
        if period.kind == "interval":
            return self._interval(period)
        if period.kind == "day":
            return self.date(period.start)
        if period.kind == "month":
            return self.gettext("{month} {year}").format(
                month=self._month(period.start, "stand-alone"),
                year=period.start.year,
                month_number=period.start.month,
            )
        return self.gettext(_pattern(period)).format(year=period.start.year, last=f"{period.end.year % 100:02d}")

    def period_in_text(self, period: Period) -> str:
        """Return a period as a sentence says it: `the first half of 2022`, where a table says `first half of 2022`."""
        if period.kind not in ("half", "quarter"):
            return self.period(period)
        pattern = _IN_TEXT[_pattern(period)]
        said = self._messages.get(pattern)
        if self._locale.language != "en" and not said:
            return self.period(period)
        return (said if said and isinstance(said, str) else pattern).format(year=period.start.year)

    def _interval(self, period: Period) -> str:
        first, _, last = period.text.partition("/")
        start, end = parse_period(first), parse_period(last)
        if start.kind == end.kind == "year":
            return self.gettext("{first}\u2013{last}").format(first=start.start.year, last=end.start.year)
        if start.kind == end.kind == "month" and start.start.year == end.start.year:
            return self.gettext("{first}\u2013{last} {year}").format(
                first=self._month(start.start, "stand-alone"), last=self._month(end.start, "stand-alone"),
                year=start.start.year, first_number=start.start.month, last_number=end.start.month,
            )  # fmt: skip
        if start.kind == end.kind == "day" and f"{start.start:%Y-%m}" == f"{end.start:%Y-%m}":
            return self.gettext("{first}\u2013{last} {month} {year}").format(
                first=start.start.day, last=end.start.day, month=self._month(start.start), year=start.start.year,
                month_number=start.start.month,
            )  # fmt: skip
        return self.gettext("{first} \u2013 {last}").format(first=self.period(start), last=self.period(end))

    # --- lists ------------------------------------------------------------------------------------

    def list(self, items: Sequence[str]) -> str:
        """Return an enumeration in the language's manner: `a, b and c`."""
        from babel.lists import format_list

        return format_list(items, locale=self._locale)


def _exponent(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def _plain(value: Decimal) -> Decimal:
    """Return the number without trailing zeros and without an exponent."""
    short = value.normalize()
    return short.quantize(Decimal(1)) if _exponent(short) > 0 else short


def _readable(value: Decimal) -> Decimal:
    short = _plain(value)
    if len(short.as_tuple().digits) <= _SIGNIFICANT + 1:
        return short
    places = max(0, _SIGNIFICANT - 1 - short.adjusted())
    return short.quantize(Decimal(1).scaleb(-min(places, _SIGNIFICANT)), ROUND_HALF_EVEN)


def _pattern(period: Period) -> str:
    if period.kind == "half":
        return _HALVES[period.start.month > 1]
    if period.kind == "quarter":
        return _QUARTERS[(period.start.month - 1) // 3]
    return msgid("{year}/{last}") if period.kind == "split-year" else msgid("{year}")
