"""Dates and periods in running text, as ISO 8601 writes them.

Place in the pipeline: base; a part of `quantities`. What comes in: a flattened text and the place where a date may
begin. What goes out: `Dated`, or None. Dates without a year begin with two hyphens as in XML Schema, `--11-04`
(https://www.w3.org/TR/xmlschema-2/#gMonthDay), and halves and quarters without one the same way, `--H1`. A date that
the calendar does not have (31 February) is `Dated` without `iso`. Patterns stand in `grammars`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from .lexicon import Dates, Lexicon
from .number_words import worded
from .periods import parse_period

_DIGITS = re.compile(r"[0-9]{1,5}")
_CENTURY_BREAK = 70
"""Years of two digits below are of this century, the others of the last, as POSIX reads them."""


@dataclass(frozen=True, slots=True)
class Dated:
    """A date up to `end`; `plain` says that it is nothing but a calendar year."""

    end: int
    iso: str
    ranged: bool = False
    plain: bool = False


def _dates(text: str, start: int, lexicon: Lexicon) -> Dates | None:
    digits = _DIGITS.match(text, start)
    if digits is None:
        return lexicon.worded_dates
    size = digits.end() - start
    return lexicon.year_dates if size == len("2022") else lexicon.day_dates if size < len("2022") else None


def read_date(text: str, start: int, lexicon: Lexicon) -> Dated | None:
    """Return the date that begins at `start`; None where there is none."""
    dates, false = _dates(text, start, lexicon), None
    if dates is None or not dates.any_date.match(text, start):
        return None
    for pattern in dates.patterns:
        match = pattern.match(text, start)
        if match is None:
            continue
        parts = {name: value for name, value in match.groupdict().items() if value is not None}
        iso = _iso(parts, lexicon)
        if iso and (false is None or match.end() >= false.end):
            ranged = "/" in iso and "split" not in parts
            return Dated(match.end(), iso, ranged, plain=iso.isdigit() and "fiscal" not in parts)
        if "bc" in parts or ("d" in parts and "m" in parts and false is None):
            false = Dated(match.end(), "")
    return false


def _iso(parts: dict[str, str], lexicon: Lexicon) -> str:
    """Return the ISO form of a date's parts; "" where the calendar has no such date."""
    parts = _resolved(parts, lexicon)
    if "decade" in parts:
        return f"{parts['decade']}0/{parts['decade']}9"
    if "c" in parts:
        century = _small(parts["c"], lexicon)
        return f"{century - 1:02}01/{century:02}00" if 0 < century < 22 else ""
    if "n" in parts or "nq" in parts:
        return _from_january(parts, lexicon)
    first = _end(parts, "", lexicon)
    if "split" in parts:
        last = parts.get("y2", "")[-2:] or parts.get("short", "")
        return _valid(f"{first}/{last}") if first else ""
    if "short" in parts:
        return _short_range(first, parts["short"])
    ranged = any(name + "2" in parts for name in "ymdqh")
    return _valid(f"{first}/{_end(parts, '2', lexicon)}" if ranged else first)


def _resolved(parts: dict[str, str], lexicon: Lexicon) -> dict[str, str]:
    """Return the parts with four-digit years, and with day and month where slashes leave their order open."""
    if "yy" in parts:
        parts["y"] = ("20" if int(parts["yy"]) < _CENTURY_BREAK else "19") + parts["yy"]
    if "tens" in parts:
        century = _small(parts["cent"], lexicon) - 1 if "cent" in parts else 19
        parts["decade"] = f"{century}{_small(parts['tens'], lexicon)}"
    if "y" not in parts and "y2" in parts:
        parts["y"] = parts["y2"]
    if "a" in parts:
        first, second = int(parts["a"]), int(parts["b"])
        parts |= {"d": parts["a"], "m": parts["b"]} if first > 12 or first == second else {}
        parts |= {"d": parts["b"], "m": parts["a"]} if second > 12 else {}
    return parts


def _from_january(parts: Mapping[str, str], lexicon: Lexicon) -> str:
    """Return the first so many months or quarters of a year: 2021-01/2021-11."""
    year = _year(parts.get("y", ""), lexicon) or "-"
    last = _small(parts["n"], lexicon) if "n" in parts else 3 * _small(parts["nq"], lexicon)
    return _valid(f"{year}-01/{year}-{last:02}") if last > 1 else _valid(f"{year}-01")


def _short_range(year: str, short: str) -> str:
    """Return 2019/20 for a split year, 2010/2015 for 2010–15."""
    split = _valid(f"{year}/{short}")
    return split or _valid(f"{year}/{year[:2]}{short}")


def _end(parts: Mapping[str, str], suffix: str, lexicon: Lexicon) -> str:
    """Return one end of an interval; what the second end does not say is taken from the first."""

    def part(name: str) -> str:
        return parts.get(name + suffix) or parts.get(name, "")

    year = _year(part("y"), lexicon)
    for name in "hq":
        if name in parts:
            return f"{year or '-'}-{name.upper()}{_small(part(name), lexicon)}"
    month = f"-{_small(part('m'), lexicon):02}" if part("m") else ""
    day = f"-{_small(part('d'), lexicon):02}" if part("d") else ""
    if day and not month:
        return f"---{day[1:]}"
    return f"{year or '-'}{month}{day}"


def _year(said: str, lexicon: Lexicon) -> str:
    year = "".join(str(lexicon.grammar.cardinals.get(digit, digit)) for digit in said)
    return year.zfill(4) if year else ""


def _small(word: str, lexicon: Lexicon) -> int:
    if digits := re.match(r"\d+", word):
        return int(digits[0])
    folded, months, numbered = word.casefold(), lexicon.grammar.months, lexicon.grammar.numbered
    named = months.get(word) or months.get(word.capitalize()) or months.get(folded)
    named = named or numbered.get(word) or numbered.get(folded)
    if named:
        return named
    numeral = worded(word, 0, lexicon.grammar, lexicon.numerals)
    return int(numeral.value) if numeral else 0


def _valid(iso: str) -> str:
    """Return the date if there is such a one; one without a year is tried in a leap year."""
    if iso.startswith("---"):
        return iso if 1 <= int(iso[3:5]) <= 31 else ""
    dated = "/".join("2024" + part[1:] if part.startswith("--") else part for part in iso.split("/"))
    try:
        parse_period(dated)
    except ValueError:
        return ""
    return iso
