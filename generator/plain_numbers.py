"""Numbers of a language that has no grammar: its digits, with the scale words that CLDR has for it.

Place in the pipeline: base; `agreement` reads with it what `quantities` cannot. In: a text and its language; out: a
`Quantity` for each way to read a number, `value` as its digits say it and `amount` with its scale (12,5 millions,
123万, 1억 2천만). Digits are those of any script (१२, ๑๒, ١٢). Of units per cent is read, of dates years; qualifiers
are not. The scales are those of CLDR's compact numbers
(https://unicode.org/reports/tr35/tr35-numbers.html#Compact_Number_Formats).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache

from .cldr import percent_leads, scale_words
from .digits import LONGEST
from .quantity import Quantity

_BLANKS = " \u00a0\u202f"
_DIGITS = re.compile(
    rf"(?<!\w)(?:(?:1[89]|20)\d\d/\d\d(?![\d/])|\d{{1,3}}(?P<gap>['’{_BLANKS}])\d{{3}}(?:(?P=gap)\d{{3}}){{0,8}}(?:[.,]\d{{1,20}})?(?![.,'’{_BLANKS}]?\d)"
    rf"|\d{{1,2}}(?:,\d\d){{1,8}},\d{{3}}(?:\.\d{{1,20}})?(?![.,]?\d)"
    rf"|\d{{1,3}}(?:[.,]\d{{3}})+(?:[.,]\d{{1,2}})?(?![.,]?\d)|\d+(?:[.,]\d+)?)(?!\w)",
    re.ASCII,
)
"""A number in digits, whole or in groups of three or India's, whatever parts them: 1.234.567,8, 1 234,5, 12,34,567."""
_GROUP = 3
_PERCENT = re.compile(rf"[{_BLANKS}]?[%％٪](?![{_BLANKS}]?\d)")
_PERCENT_BEFORE = re.compile(rf"(?<!\d)(?<!\d[{_BLANKS}])[%％٪][{_BLANKS}]?\Z")
_FOREIGN_DIGIT = re.compile(r"(?![0-9])\d")
_FOREIGN_MARKS = {ord("٫"): ".", ord("٬"): ",", ord("．"): "."}
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\U0003ffff]\Z")
"""A letter of a script that leaves no blank between words: Thai, Lao, Burmese, Khmer, Chinese; Korean's numbers too."""
_YEAR = re.compile(r"(?:1[89]|20)\d\d", re.ASCII)
_PARTS = re.compile(rf"['’{_BLANKS}]")


def find(text: str, language: str) -> tuple[Quantity, ...]:
    """Return the numbers, years and split years of a text; two of one place are two ways to read it: 1.234 or 1234."""
    written, text, leads = text, _in_ascii(text), percent_leads(language)
    found: list[Quantity] = []
    for match in _DIGITS.finditer(text):
        if "/" in match[0]:
            found += _slashed(text, match.start())
            continue
        values = _values(_PARTS.sub("", match[0]))
        end, power = _scale(text, match.end(), language)
        percent = _PERCENT_BEFORE.search(text, max(0, match.start() - 3), match.start()) if leads else None
        readings = [_quantity(text, match.start(), end, value, power) for value in values]
        if percent:
            readings = [_led(each, text, percent.start()) for each in readings]
        whole = found[-1] if found and power < _power(found[-1]) else None
        if whole and len(readings) == 1 and _joins(text[whole.end : match.start()], power):
            found[-1] = replace(
                whole,
                end=end,
                text=text[whole.start : end],
                amount=(whole.amount or Decimal(0)) + (readings[0].amount or Decimal(0)),
            )
        else:
            found += readings
    return tuple(replace(each, text=written[each.start : each.end]) for each in found)


def _in_ascii(text: str) -> str:
    """Return a text with ASCII's digits and marks for those of other scripts, each in its place."""
    return _FOREIGN_DIGIT.sub(lambda match: str(unicodedata.decimal(match[0])), text.translate(_FOREIGN_MARKS))


def _led(quantity: Quantity, text: str, start: int) -> Quantity:
    """Return a number with the sign for per cent that stands before it: %5."""
    return replace(quantity, start=start, text=text[start : quantity.end], kind="number", unit="percent", iso="")


def parts(quantity: Quantity) -> Iterator[Decimal]:
    """Yield what the digits of a number are where its spaces part numbers and not thousands: cells of a table."""
    if quantity.iso:
        return
    for match in _DIGITS.finditer(re.sub(rf"[{_BLANKS}]", "\n", _in_ascii(quantity.text))):
        yield from _values(_PARTS.sub("", match[0]))


def _slashed(text: str, start: int) -> list[Quantity]:
    """Return the split year at `start`, 2024/25, or a year and a number, 2001/83."""
    year, slash, end = int(text[start : start + 4]), start + 4, start + 7
    if (year + 1) % 100 == int(text[slash + 1 : end]):
        return [Quantity(start, end, text[start:end], "range", iso=text[start:end])]
    return [
        _quantity(text, first, last, Decimal(text[first:last]), 0) for first, last in ((start, slash), (slash + 1, end))
    ]


def _quantity(text: str, start: int, end: int, value: Decimal, power: int) -> Quantity:
    if _YEAR.fullmatch(text, start, end):
        return Quantity(start, end, text[start:end], "year", value, value, iso=text[start:end])
    percent = _PERCENT.match(text, end)
    end = percent.end() if percent else end
    return Quantity(start, end, text[start:end], "number", value, value.scaleb(power), "percent" if percent else "")


def _power(quantity: Quantity) -> int:
    """Return the power of ten of a number's last scale."""
    if not quantity.value or not quantity.amount:
        return 0
    return quantity.amount.adjusted() - quantity.value.adjusted()


def _joins(between: str, power: int) -> bool:
    """Return whether a smaller scale goes on with the number before it: 3億5000万, 1억 2천만, 1万2345."""
    return between == "" or (between == " " and power > 0)


def _scale(text: str, start: int, language: str) -> tuple[int, int]:
    """Return where the scale words behind a number end, and their power of ten; several multiply: 5천만."""
    pattern, words = _pattern(language.partition("-")[0])
    end = start
    power = 0
    while pattern is not None and (match := pattern.match(text, end)):
        end = match.end()
        power += words[match[1].casefold()]
    return (end, power) if power <= LONGEST else (start, 0)


@lru_cache(maxsize=32)
def _pattern(language: str) -> tuple[re.Pattern[str] | None, dict[str, int]]:
    words = {word.casefold(): power for word, power in scale_words(language).items()}
    if not words:
        return None, words
    # A letter of a script with spaces ends no word.
    ways = "|".join(
        re.escape(word) + ("" if _UNSPACED.search(word) else r"(?!\w)") for word in sorted(words, key=len, reverse=True)
    )
    return re.compile(rf"[{_BLANKS}]?({ways})", re.IGNORECASE), words


def _values(digits: str) -> list[Decimal]:
    """Return the ways to read digits: with the last point or comma before decimals, or all of them between groups."""
    whole, marks = re.sub(r"[.,]", "", digits), re.findall(r"[.,]", digits)
    if not marks or (len(marks) > 1 and len(set(marks)) == 1):
        return [Decimal(whole)]
    before, *_, behind = re.split(r"[.,]", digits)
    parted = Decimal(whole).scaleb(-len(behind))
    grouped = len(behind) == _GROUP and len(before) <= _GROUP and before != "0"
    return [parted, Decimal(whole)] if grouped else [parted]
