"""Quantities in running text: numbers with unit, scale and qualifier, ordinals, years, dates.

Place in the pipeline: base; `evidence` reads anchors with it (step 2), `ingest` and coverage read documents.
What comes in: text as people write it. What goes out: `Quantity` values in the order of the text.
What a language looks like stands in `grammars`; every pattern is bounded, so reading takes linear time.
Dates are written as in ISO 8601, those without a year as in XML Schema, `--11-04`
(https://www.w3.org/TR/xmlschema-2/#gMonthDay).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from math import prod
from typing import Literal

from .grammars import BUILT_IN_UNITS, CURRENCIES, GRAMMARS, Grammar
from .model import Unit
from .periods import Period, parse_period

Kind = Literal["number", "ordinal", "indefinite", "range", "year", "date"]
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d\Z")
_HAN = re.compile(r"[\u3400-\u9fff]")
_GAPS = " \t\n\r\u00a0\u2009\u202f\u3000-"
_NO_UNITS = ("date", "text")
_LETTERS = {"k": 3, "m": 6, "b": 9}
_LONGEST = 28
"""Characters of a number in digits: as many as decimal arithmetic keeps; a longer run is no quantity."""
_BEHIND = 40
"""Characters looked at before a number for a word that says it fell."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """One quantity as it stands in a text at `start` to `end`.

    `value` is the number as written, `amount` the same with its scale (5.08 billion as 5080000000);
    both are None for dates. `unit` is an id ("" unknown). `kind` indefinite is "hundreds" (amount 100),
    range has `upper` beside `amount`. `iso` writes years and dates, `--11-04` where the year is not said.
    `qualifier` is one of model.Qualifier, or "less than". `falling`: the words before say that it fell.
    """

    start: int
    end: int
    text: str
    kind: Kind
    value: Decimal | None = None
    amount: Decimal | None = None
    unit: str = ""
    qualifier: str = ""
    upper: Decimal | None = None
    iso: str = ""
    falling: bool = False

    @property
    def period(self) -> Period | None:
        """The period of a year, date or range of dates; None where no year is said."""
        return parse_period(self.iso) if self.iso and not self.iso.startswith("--") else None

    def __str__(self) -> str:
        """Return the quantity as a message names it: `5080000000 USD`, `2022-11`."""
        if self.iso:
            return self.iso
        upper = f" to {self.upper:f}" if self.upper is not None else ""
        return f"{self.amount:f}{upper} {self.unit or '(no unit)'}"


def find(text: str, language: str, units: tuple[Unit, ...] = ()) -> tuple[Quantity, ...]:
    """Return the quantities of `text` in order; ValueError names the languages there are.

    A unit is recognised by its words in `language`, by `one` and by `other`; a workspace's word goes
    before a built-in one. Digits inside a name (5G, Il-76, COVID-19) are no quantity.
    """
    lexicon = _lexicon(language, units)
    dates = sorted(_dates(text, lexicon), key=lambda quantity: quantity.start)
    covered = bytearray(len(text))
    for quantity in dates:
        covered[quantity.start : quantity.end] = b"\1" * (quantity.end - quantity.start)
    found = sorted([*dates, *_numbers(text, lexicon, covered)], key=lambda quantity: quantity.start)
    return tuple(_joined(text, found, lexicon))


def mentions(text: str, unit: str, language: str, units: tuple[Unit, ...] = ()) -> bool:
    """Return whether a word of the unit with the id `unit` stands anywhere in `text`."""
    return _lexicon(language, units).word_of(unit).search(text) is not None


def language_of(text: str, language: str) -> str:
    """Return "zh" for a text in Chinese characters, else `language`: documents mix languages."""
    return "zh" if len(_HAN.findall(text)) * 4 > len(text) else language


# --- the table, compiled --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Lexicon:
    grammar: Grammar
    patterns: Mapping[str, re.Pattern[str]]
    dates: tuple[re.Pattern[str], ...]
    ids: Mapping[str, Mapping[str, str]]
    """By pattern: what the word stands for that the pattern found."""
    words: Mapping[str, tuple[str, ...]]
    """By unit: the words that stand for it."""
    reach: Mapping[str, tuple[int, frozenset[str]]]
    """By pattern that ends at a number: how many characters before it are looked at, and its last letters."""

    def word_of(self, unit: str) -> re.Pattern[str]:
        """Return the pattern of the words of `unit`."""
        return re.compile(_either(self.words.get(unit, ()), bounded=self.grammar.spaced), re.IGNORECASE)

    def at(self, name: str, text: str, position: int) -> tuple[int, str]:
        """Return the end of pattern `name` at `position` and what it stands for; (position, "") without."""
        match = self.patterns[name].match(text, position)
        return (match.end(), self._meaning(name, match)) if match else (position, "")

    def ending(self, name: str, text: str, position: int) -> tuple[int, str]:
        """Return the start of pattern `name` that ends at `position`, and what it stands for."""
        reach, last = self.reach[name]
        offset = max(0, position - reach)
        behind = text[offset:position]
        # Most numbers have no such word before them: its last letter tells so without a search.
        match = self.patterns[name].search(behind) if behind.rstrip(_GAPS)[-1:].casefold() in last else None
        return (offset + match.start(), self._meaning(name, match)) if match else (position, "")

    def _meaning(self, name: str, match: re.Match[str]) -> str:
        return self.ids[name][_key(match["word"])] if name in self.ids else match[0]


def _key(word: str) -> str:
    return re.sub(r"\s", "", word).casefold()


def _either(words: Iterable[str], *, bounded: bool) -> str:
    """Return an alternation, longest first, white space loose, whole words only where `bounded`."""

    def one(word: str) -> str:
        inner = re.sub(r"(?:\\?\s)+", lambda _: r"\s{1,3}", re.escape(word))
        inner = re.sub(r"(?<=[A-Za-z.])(\\\$|¥)", lambda sign: r"\s?" + sign[0], inner)
        head = r"(?<![^\W\d_])" if bounded and word[:1].isalpha() else ""
        return head + inner + (r"(?![^\W\d_])" if bounded and word[-1:].isalpha() else "")

    return "|".join(one(word) for word in sorted(set(words), key=lambda word: (-len(word), word))) or r"(?!)"


@lru_cache(maxsize=32)
def _lexicon(language: str, units: tuple[Unit, ...]) -> _Lexicon:
    grammar = GRAMMARS.get(language.partition("-")[0])
    if grammar is None:
        raise ValueError(f"no grammar of numbers for language '{language}'; expected one of {', '.join(GRAMMARS)}")
    named = [(word, unit.id) for unit in units if unit.id not in _NO_UNITS for word in _unit_words(unit, language)]
    own = dict(named)
    known = {**grammar.units, **own}
    words: dict[str, list[str]] = {}
    for word, unit_id in (*grammar.units.items(), *grammar.prefixes.items(), *named):
        words.setdefault(unit_id, []).append(word)
    tables = {"unit": known, "loose": own, "prefix": grammar.prefixes, "before": grammar.before, "after": grammar.after}
    ids = {name: {_key(word): meaning for word, meaning in table.items()} for name, table in tables.items()}
    patterns = {name: re.compile(text, re.IGNORECASE) for name, text in _patterns(grammar, known, own).items()}
    dates = tuple(re.compile(_date_pattern(pattern, grammar), re.IGNORECASE) for pattern in grammar.dates)
    return _Lexicon(grammar, patterns, dates, ids, {id_: tuple(each) for id_, each in words.items()}, _reach(grammar))


def _reach(grammar: Grammar) -> dict[str, tuple[int, frozenset[str]]]:
    words: dict[str, Iterable[str]] = {
        "prefix": grammar.prefixes,
        "before": grammar.before,
        "joined_before": (*grammar.change, *grammar.between.values()),
        "year_before": grammar.year_before,
        "ordinal_before": (grammar.ordinal_before,),
    }
    found = {}
    for name, each in words.items():
        known = [word for word in each if word]
        longest = max((len(word) for word in known), default=0)
        found[name] = (longest + 4, frozenset(word[-1].casefold() for word in known))
    return found


def _unit_words(unit: Unit, language: str) -> tuple[str, ...]:
    own = dict(unit.words)
    words = own.get(language) or own.get(language.partition("-")[0]) or ()
    return tuple(word for word in (unit.one, unit.other, *words) if word.strip())


def _patterns(grammar: Grammar, known: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    def either(words: Iterable[str]) -> str:
        return _either(words, bounded=grammar.spaced)

    gap = r"[\s-]{0,3}" if grammar.spaced else r"\s?"
    scale = rf"{gap}(?P<word>{either(grammar.scales)})"
    counted = either([word for word in own if own[word] not in (*CURRENCIES, *BUILT_IN_UNITS)])
    stops = either([*grammar.stops, *grammar.cardinals, *grammar.ordinals])
    filler = rf"(?:[\s-]{{1,3}}(?!{stops})[^\W\d][\w’'-]{{0,30}}){{1,5}}?[\s-]{{1,3}}"
    return {
        "number": _number_pattern(grammar),
        "scale": scale,
        "letter": rf"(?P<word>[{grammar.letters}])(?!\w)" if grammar.letters else r"(?!)",
        "chain": r"(?!)" if grammar.spaced else rf"(?P<digits>\d{{1,4}}(?:\.\d{{1,9}})?){scale}",
        "prefix": rf"(?P<word>{either(grammar.prefixes)})\s?\Z",
        "unit": rf"{gap}(?P<word>{either(known)})",
        "measure": rf"{gap}(?:{either(grammar.measures)})",
        "loose": rf"{filler if grammar.spaced else '[^0-9，。、；和与及]{0,6}?'}(?P<word>{counted})",
        "before": rf"(?P<word>{either(grammar.before)})\s{{0,3}}\Z",
        "after": rf"\s{{0,2}}(?P<word>{either(grammar.after)})",
        "joined_before": rf"(?P<word>{either(filter(None, [*grammar.change, *grammar.between.values()]))})\s{{0,3}}\Z",
        "falling": either(grammar.falling),
        "year_before": rf"(?:{either(grammar.year_before)})[\s-]{{1,3}}\Z",
        "ordinal_before": rf"(?:{grammar.ordinal_before})\s?\Z" if grammar.ordinal_before else r"(?!)",
        "ordinal_after": grammar.ordinal_after or r"(?!)",
    }


def _number_pattern(grammar: Grammar) -> str:
    digits = rf"(?:\d{{1,3}}(?:[{grammar.grouping}]\d{{3}}){{1,9}}(?!\d)|\d+)(?:{grammar.point}\d+)?"
    sign = r"(?:(?<![\w)%.,])[-−](?=\d))?"
    vague = grammar.vague_pattern.replace("{vague}", "|".join(grammar.vague)).replace("{sp}", grammar.parts["sp"])
    words = _spaced_numeral(grammar) if grammar.spaced else _unspaced_numeral(grammar)
    return rf"(?P<vague>{vague})|(?P<digits>(?<!\d)(?<!\d[.,]){sign}{digits})|(?P<words>{words})"


def _spaced_numeral(grammar: Grammar) -> str:
    large = [*grammar.tens, *grammar.scales]
    start = rf"\b(?:{'|'.join(grammar.articles)})\s(?:{_either(large, bounded=True)})" if grammar.articles else r"(?!)"
    plus = "".join(rf"|(?<={word})\s{grammar.plus}\s" for word in large)
    every = _either([*grammar.cardinals, *large], bounded=True)
    ordinal = _either(grammar.ordinals, bounded=True)
    cardinal = rf"(?:{start}|{_either(grammar.cardinals, bounded=True)})"
    # Most letters begin no numeral: one look at the first one spares the whole list of words.
    first = "".join(sorted({word[0] for word in (*grammar.cardinals, *large, *grammar.ordinals, *grammar.articles)}))
    joined = rf"(?:[\s-]|\s{grammar.point_word}\s{plus})(?:{every})"
    return rf"(?<![^\W\d_])(?=[{first}])(?:{cardinal}(?:{joined}){{0,20}}(?:-(?:{ordinal}))?|{ordinal})"


def _unspaced_numeral(grammar: Grammar) -> str:
    every = "".join(sorted({*"".join([*grammar.cardinals, *grammar.tens, *grammar.scales])}))
    return rf"[{every}]{{1,30}}(?:{grammar.point_word}[{''.join(grammar.cardinals)}]{{1,20}})?"


def _date_pattern(pattern: str, grammar: Grammar) -> str:
    # A month's capital tells May and March from the verbs.
    month = "(?-i:" + "|".join(sorted(grammar.months, key=len, reverse=True)) + ")"
    for name, part in {"month": month, **grammar.parts}.items():
        pattern = pattern.replace("{" + name + "}", f"(?:{part})")
    return pattern


# --- dates ----------------------------------------------------------------------------------------


def _dates(text: str, lexicon: _Lexicon) -> Iterator[Quantity]:
    covered = bytearray(len(text))
    for pattern in lexicon.dates:
        for match in pattern.finditer(text):
            start, end = match.span()
            iso = "" if any(covered[start:end]) else _iso(match.groupdict(), lexicon.grammar)
            if iso:
                covered[start:end] = b"\1" * (end - start)
                value = Decimal(iso) if iso.isdigit() else None
                split = "split" in match.re.groupindex
                kind: Kind = "year" if value else "range" if "/" in iso and not split else "date"
                yield Quantity(start, end, match[0], kind, value, value, iso=iso)


def _iso(groups: Mapping[str, str | None], grammar: Grammar) -> str:
    """Return the ISO form of a date's parts; "" where the calendar has no such date."""
    parts = {name: value for name, value in groups.items() if value}
    if "decade" in parts:
        return f"{parts['decade']}0/{parts['decade']}9"
    if "split" in parts:
        return _valid(parts["split"])
    first = _end_iso(parts, "", grammar)
    ranged = any(name + "2" in parts for name in "ymd")
    return _valid(f"{first}/{_end_iso(parts, '2', grammar)}" if ranged else first)


def _end_iso(parts: Mapping[str, str], suffix: str, grammar: Grammar) -> str:
    """Return one end of an interval; what the second end does not say is taken from the first."""

    def part(name: str) -> str:
        return parts.get(name + suffix) or parts.get(name, "")

    year = "".join(str(grammar.numbered.get(digit, digit)) for digit in part("y"))
    for name in "hq":
        if name in parts:
            return f"{year}-{name.upper()}{_small(parts[name], grammar)}"
    month = f"-{_small(part('m'), grammar):02}" if part("m") else ""
    day = f"-{_small(part('d'), grammar):02}" if part("d") else ""
    return f"{year or '-'}{month}{day}"


def _small(word: str, grammar: Grammar) -> int:
    if digits := re.match(r"\d+", word):
        return int(digits[0])
    named = grammar.months.get(word) or grammar.numbered.get(word) or grammar.numbered.get(word.casefold())
    return named or int(_worded(word, grammar) or 0)


def _valid(iso: str) -> str:
    # A date without a year is tried in a leap year.
    dated = "/".join("2024" + part[1:] if part.startswith("--") else part for part in iso.split("/"))
    try:
        parse_period(dated)
    except ValueError:
        return ""
    return iso


# --- numbers --------------------------------------------------------------------------------------


def _numbers(text: str, lexicon: _Lexicon, covered: bytearray) -> Iterator[Quantity]:
    position = 0
    for match in lexicon.patterns["number"].finditer(text):
        if match.start() < position or covered[match.start()] or len(match["digits"] or "") > _LONGEST:
            continue
        quantity = _quantity(text, match, lexicon)
        if quantity is not None:
            position = quantity.end
            yield quantity


def _quantity(text: str, match: re.Match[str], lexicon: _Lexicon) -> Quantity | None:
    value = _value(match, lexicon.grammar)
    start, unit = lexicon.ending("prefix", text, match.start())
    if value is None or (match["digits"] and not unit and _inside_name(text, match, lexicon)):
        return None
    span = _ordinal(text, match, lexicon)
    if span is not None:
        return Quantity(*span, text[slice(*span)], "ordinal", value, value, lexicon.at("unit", text, span[1])[1])
    if not unit and _is_year(text, match, lexicon):
        return Quantity(*match.span(), match[0], "year", value, value, iso=match[0])
    amount, end, inner = _scaled(text, match.end(), value, lexicon, money=bool(unit))
    tail, unit, behind = _tail(text, end, lexicon, unit)
    if tail == match.end() and not unit and _stray(text, match, lexicon):
        return None
    qualifier = inner or behind or lexicon.ending("before", text, start)[1]
    falling = lexicon.patterns["falling"].search(_clause(text, start)) is not None
    kind: Kind = "indefinite" if match["vague"] else "number"
    return Quantity(start, tail, text[start:tail], kind, value, amount, unit, qualifier, falling=falling)


def _value(match: re.Match[str], grammar: Grammar) -> Decimal | None:
    if match["vague"]:
        names = re.findall("|".join(sorted(grammar.vague, key=len, reverse=True)), match["vague"].casefold())
        return Decimal(prod(grammar.vague[name] for name in names))
    if match["digits"]:
        bare = re.sub(f"[{grammar.grouping}]", "", match["digits"]).replace("−", "-")
        return Decimal(re.sub(grammar.point, ".", bare))
    return _worded(match["words"], grammar)


def _worded(numeral: str, grammar: Grammar) -> Decimal | None:
    """Return what number words say; None where they are no number together (two two)."""
    known = {*grammar.cardinals, *grammar.tens, *grammar.scales, *grammar.ordinals, grammar.point_word}
    parts = re.split(r"[\s-]+", numeral.casefold()) if grammar.spaced else list(numeral)
    tokens = [token for token in parts if token in known]
    if grammar.point_word in tokens:
        at = tokens.index(grammar.point_word)
        digits = "".join(str(grammar.cardinals[token]) for token in tokens[at:] if token in grammar.cardinals)
        whole, scale = _summed(tokens[:at], grammar), sum(grammar.scales.get(token, 0) for token in tokens[at:])
        return None if whole is None else Decimal(f"{whole}.{digits}").scaleb(scale)
    if not grammar.spaced and len(tokens) > 1 and all(token in grammar.cardinals for token in tokens):
        return Decimal("".join(str(grammar.cardinals[token]) for token in tokens))
    total = _summed(tokens, grammar)
    return None if total is None else Decimal(total)


def _summed(tokens: Sequence[str], grammar: Grammar) -> int | None:
    total = group = current = 0
    for token in tokens:
        if token in grammar.tens:
            group, current = group + (current or 1) * grammar.tens[token], 0
        elif token in grammar.scales:
            factor = 10 ** grammar.scales[token]
            # 三万亿 multiplies what stands before; 三亿五千万 adds to it.
            multiplied = total and total < factor
            total = (total + group + current) * factor if multiplied else total + (group + current or 1) * factor
            group = current = 0
        else:
            number = grammar.cardinals.get(token, grammar.ordinals.get(token, 0))
            if current and number >= _room(current):
                return None
            current += number
    return total + group + current


def _room(number: int) -> int:
    """Return below what a number word must stay that follows a number: 10 after twenty, 100 after двести."""
    digits = str(number)
    return 1 if number == 10 else int(10 ** (len(digits) - len(digits.rstrip("0"))))


def _inside_name(text: str, match: re.Match[str], lexicon: _Lexicon) -> bool:
    """Return whether the digits belong to a name, a time, a fraction or a version: X8151, 10:30, 1.2.3."""
    start, end = match.span()
    letter = r"[^\W\d_]" if lexicon.grammar.spaced else r"[A-Za-z]"
    if re.match(r"[.:/]\d", text[end : end + 2]) or re.match(r"\d[:/]", text[max(0, start - 2) : start]):
        return True
    if lexicon.ending("year_before", text, start)[1]:
        return False
    return re.search(rf"{letter}-?\Z", text[max(0, start - 2) : start]) is not None


def _ordinal(text: str, match: re.Match[str], lexicon: _Lexicon) -> tuple[int, int] | None:
    start, end = match.span()
    last = re.split(r"[\s-]", match[0].casefold())[-1]
    before, named = lexicon.ending("ordinal_before", text, start)
    behind, _ = lexicon.at("ordinal_after", text, end) if match["digits"] else (end, "")
    return (before, behind) if named or behind > end or last in lexicon.grammar.ordinals else None


def _is_year(text: str, match: re.Match[str], lexicon: _Lexicon) -> bool:
    if not _YEAR.match(match[0]):
        return False
    end = match.end()
    counted = any(lexicon.at(name, text, end)[0] > end for name in ("scale", "unit", "measure", "after"))
    return not counted or bool(lexicon.ending("year_before", text, match.start())[1])


def _scaled(text: str, end: int, value: Decimal, lexicon: _Lexicon, *, money: bool) -> tuple[Decimal, int, str]:
    """Return the amount with its scale, where that ends, and a qualifier inside (40多万)."""
    at, qualifier = lexicon.at("after", text, end)
    scales = {**lexicon.grammar.scales, **_LETTERS}
    match = lexicon.patterns["scale"].match(text, at)
    if match is None and money:
        match = lexicon.patterns["letter"].match(text, end)
    if match is None:
        return value, end, ""
    exponent = scales[match["word"].casefold()]
    amount, at = value.scaleb(exponent), match.end()
    while (more := lexicon.patterns["chain"].match(text, at)) and scales[more["word"]] < exponent:
        exponent = scales[more["word"]]
        amount, at = amount + Decimal(more["digits"]).scaleb(exponent), more.end()
    return amount, at, qualifier


def _tail(text: str, end: int, lexicon: _Lexicon, unit: str) -> tuple[int, str, str]:
    """Return where the quantity ends, its unit and a qualifier behind it."""
    at, qualifier = lexicon.at("after", text, end)
    behind, found = lexicon.at("unit", text, at)
    if not found and not unit:
        at, measured = lexicon.at("measure", text, at)
        behind, found = lexicon.at("unit", text, at)
        if not found and (measured or lexicon.grammar.spaced):
            behind, found = lexicon.at("loose", text, at)
    if found and unit in ("", found):
        at, unit = behind, found
    if not qualifier:
        at, qualifier = lexicon.at("after", text, at)
    return at, unit, qualifier


def _stray(text: str, match: re.Match[str], lexicon: _Lexicon) -> bool:
    """Return whether a number without scale and unit is a word of another kind: 5G, one of, two-way."""
    if match["digits"]:
        return re.match(r"[A-Za-z_]", text[match.end() : match.end() + 1]) is not None
    alone = match[0].casefold() in lexicon.grammar.alone
    return alone or (lexicon.grammar.spaced and re.match(r"-\w", text[match.end() : match.end() + 2]) is not None)


def _clause(text: str, end: int) -> str:
    return re.split(r"[.,;!?，。；！？]", text[max(0, end - _BEHIND) : end])[-1]


# --- ranges ---------------------------------------------------------------------------------------


def _joined(text: str, found: Iterable[Quantity], lexicon: _Lexicon) -> list[Quantity]:
    """Join two numbers to a range, or give the first the unit and scale of the second (from 3 to 5 million)."""
    result: list[Quantity] = []
    for quantity in found:
        result[-1:] = _pair(text, result[-1], quantity, lexicon) if result else [quantity]
    return result


def _pair(text: str, first: Quantity, second: Quantity, lexicon: _Lexicon) -> list[Quantity]:
    needed = lexicon.grammar.between.get(text[first.end : second.start].strip().casefold())
    plain = first.kind == second.kind == "number" and first.value == first.amount
    if needed is None or not plain or second.value is None or not (first.unit in ("", second.unit) or not second.unit):
        return [first, second]
    before = lexicon.ending("joined_before", text, first.start)[1].strip().casefold()
    if needed and before != needed:
        return [first, second]
    unit = first.unit or second.unit
    factor = second.amount / second.value if second.amount and second.value else Decimal(1)
    first = replace(first, unit=unit, amount=first.amount * factor if first.amount is not None else None)
    second = replace(second, unit=unit)
    if before in lexicon.grammar.change:
        return [first, second]
    start = first.start
    return [replace(first, end=second.end, text=text[start : second.end], kind="range", upper=second.amount)]
