"""What a grammar of quantities holds: one `Grammar` a language, data only, and what all languages share.

Place in the pipeline: base; compiled by `lexicon`. Currencies are ISO 4217 codes
(https://www.iso.org/iso-4217-currency-codes.html), measures have the symbols of the SI
(https://www.bipm.org/en/publications/si-brochure). The names of both in a language are CLDR's, so that a
grammar adds only what its press writes beside them; a workspace adds words for its own units.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

Sense = Literal["", "factor", "increase", "ambiguous"]
Numbers = Mapping[str, int | Decimal]


def words(text: str) -> tuple[str, ...]:
    """Return the words of a text."""
    return tuple(text.split())


def phrases(text: str) -> tuple[str, ...]:
    """Return phrases with commas between them."""
    return tuple(phrase.strip() for phrase in text.split(",") if phrase.strip())


def either(text: str) -> str:
    """Return a pattern of one of the words; `_` is a space in one."""
    return f"(?:{'|'.join(word.replace('_', ' ') for word in text.split())})"


def forms(table: str) -> dict[str, int]:
    """Return words and numbers from `1 один одна; 2 два две`: every form of a word stands for its number."""
    rows = [row.split() for row in table.split(";")]
    return {word: int(number) for number, *each in rows for word in each}


def meanings(table: str) -> dict[str, str]:
    """Return phrases and what they stand for from `RUB: рублей, рубля; USD: долларов`."""
    rows = [row.partition(":") for row in table.split(";")]
    return {word: meaning.strip() for meaning, _, each in rows for word in phrases(each)}


def declined(table: str) -> dict[str, int]:
    """Return words and numbers from `1 перв ый|ая|ого`: each stem with each of the endings behind it."""
    rows = [row.split() for row in table.split(";")]
    return {stem + end: int(number) for number, stem, ends in rows for end in ends.split("|")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """How one language writes quantities: words and what they stand for.

    Fields named `…_pattern` are regular expressions; all others are words. In `before`, `after`, `units` and the
    like a space stands for any white space. Where a field is left out, the language has nothing of the kind.
    """

    # --- numbers
    spaced: bool = True
    """Whether words have spaces between them."""
    point: str = "."
    """The decimal mark; the other of point and comma groups thousands."""
    plain_spaces: bool = False
    """Whether plain spaces group thousands anywhere; else only before a word or sign: 10 000 people."""
    letters: str = r"[^\W\d_]"
    """The letters that make a name of the digits beside them, as in 5G."""
    cardinals: Numbers
    """Number words that add up."""
    tens: Numbers = field(default_factory=dict)
    """Number words that multiply within a group: hundred, 百."""
    scales: Mapping[str, int]
    """Number words that multiply a group, with their powers of ten."""
    digit_scales: Mapping[str, int] = field(default_factory=dict)
    """Scales behind digits, where they are more than those of number words: 5百万."""
    short_scales: Mapping[str, int] = field(default_factory=dict)
    """Scales that count only directly behind an amount of money, or before a unit: $1.3m."""
    ordinals: Numbers = field(default_factory=dict)
    ordinal_before: str = ""
    ordinal_after_pattern: str = ""
    inflection_pattern: str = ""
    """Endings that digits carry and that change nothing: 5-ти, 3-х."""
    articles: tuple[str, ...] = ()
    """Words that stand for one before hundred or million."""
    plus: tuple[str, ...] = ()
    """The words that may join hundred or thousand with what follows: two hundred and five."""
    points: tuple[str, ...] = ()
    """Words of the decimal mark: point, целых, 点."""
    point_links: tuple[str, ...] = ()
    """What may stand behind it: пять целых и восемь десятых."""
    denominators: Mapping[str, int] = field(default_factory=dict)
    """What makes a fraction of the number before: thirds."""
    fractions: Mapping[str, str] = field(default_factory=dict)
    """Phrases that are a share by themselves, as `1/2`."""
    no_share_pattern: str = r"(?!)"
    """What stands before a phrase of `fractions` that is a part of a year: the first half of."""
    parted: tuple[str, ...] = ()
    """What stands between a denominator and its numerator: 三分之二."""
    tenths_pattern: str = r"(?!)"
    """A unit of ten per cent, with the group `more` for a digit behind: 三成五."""
    out_of: tuple[str, ...] = ()
    """What stands between the numbers of one in four."""
    halves: tuple[str, ...] = ()
    """What adds a half to the number before: and a half."""
    half_before: Mapping[str, str] = field(default_factory=dict)
    """What takes a part of the scale or unit behind, with the part: half a million."""
    half_prefixes: tuple[str, ...] = ()
    """The same as the beginning of a word: полмиллиона."""
    multiples: Mapping[str, str] = field(default_factory=dict)
    """Words that multiply, with their factor: doubled, вдвое, 翻一番; a stem ends in `*`."""
    guards: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Phrases of `fractions` and `multiples` that count only behind one of these words: (a) third of."""
    vague: Mapping[str, int] = field(default_factory=dict)
    """Words for about so many: hundreds."""
    vague_links: tuple[str, ...] = ()
    """What joins two of them: hundreds of thousands."""
    several: tuple[str, ...] = ()
    """Words before hundred, million that leave their number open."""
    alone: tuple[str, ...] = ()
    """Number words that count only with a unit behind them, because they have other uses."""
    # --- units
    prefixes: Mapping[str, str] = field(default_factory=dict)
    """Units that stand before their number."""
    units: Mapping[str, str] = field(default_factory=dict)
    """Units that stand behind their number, beside those of CLDR."""
    attached: Mapping[str, str] = field(default_factory=dict)
    """Units that count only directly behind the digits: 10x."""
    compounds: Mapping[str, str] = field(default_factory=dict)
    """Stems of adjectives behind a number and a hyphen, with their unit: 5-летний."""
    measures: tuple[str, ...] = ()
    """Words between a number and what it counts: 个."""
    filler_pattern: str = r"(?!)"
    """What may stand between a number and a counted unit of the workspace: newly settled."""
    fillers: int = 5
    # --- around a quantity
    minus: Mapping[str, str] = field(default_factory=dict)
    """Words before a number that make it negative, and longer ones with them that do not: minus, plus or minus."""
    before: Mapping[str, str] = field(default_factory=dict)
    after: Mapping[str, str] = field(default_factory=dict)
    links: tuple[str, ...] = ()
    """Small words between a qualifier and its number: более чем на 5 %."""
    between: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What joins the ends of a range, and the words of which one must then stand before the first."""
    change: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What joins the two ends of a change, and the words before the first that tell it from a range."""
    ranging: tuple[str, ...] = ()
    """Words that make a range of it nevertheless: ranging from 3 to 5."""
    rising: tuple[str, ...] = ()
    """Words, or stems with `*`, that say that something rose."""
    falling: tuple[str, ...] = ()
    change_link: str = ""
    """What stands between a number and the noun of its change, in a language without spaces: 5%的增长."""
    to: tuple[str, ...] = ()
    """Words directly before a number that say what was reached."""
    by: tuple[str, ...] = ()
    """Words directly before a number that say by how much."""
    senses: tuple[tuple[str, str, Sense], ...] = ()
    """Of "times": patterns of the words before and behind, and the sense; the first that fits counts."""
    levels_before_pattern: str = r"(?!)"
    """What stands before a percentage that is a factor: 相当于上年的."""
    levels_pattern: str = r"(?!)"
    """What stands behind a percentage that is a factor: 140 % of the level of."""
    # --- names
    labels: tuple[str, ...] = ()
    """Words before digits that make a name of them: Article 5."""
    name_after_pattern: str = r"(?!)"
    """What stands behind such a name: 第5条."""
    number_after_pattern: str = r"(?!)"
    """What makes a name of any number before it: 5号."""
    idioms: tuple[str, ...] = ()
    """Words that begin as a number does and say none: 一带一路."""
    clock_patterns: tuple[str, ...] = ()
    """Times of the day, beside 11:30; groups h and min, and p for the afternoon."""
    # --- dates
    year_before: tuple[str, ...] = ()
    year_after_pattern: str = r"(?!)"
    """What makes a year of the four digits before it, beyond a date."""
    bare_years: bool = True
    """Whether four digits before a noun are a year: the 2022 budget."""
    months: Mapping[str, int]
    numbered: Mapping[str, int] = field(default_factory=dict)
    """Words and signs in dates that are neither month names nor cardinals: first, II, 上."""
    parts: Mapping[str, str]
    """What {year}, {day}, {nth}, {to} and {sp} stand for in `dates`; {month} is every month's name."""
    dates: tuple[str, ...]
    """Dates that begin with a digit, as patterns with the groups of `dates`."""
    worded_dates: tuple[str, ...] = ()
    """Dates that begin with the name of a month or with one of `date_words`."""
    date_words: tuple[str, ...] = ()
    day_first: bool = True
    """Whether 04/11/2022 is surely the fourth of November."""


CURRENCIES = words(
    "USD EUR CNY RUB BYN GBP JPY CHF KZT INR UAH PLN TRY KRW BRL ZAR CAD AUD NZD HKD SGD SEK NOK DKK CZK HUF RON"
    " BGN GEL AMD AZN UZS KGS TJS MDL RSD ILS AED SAR EGP IDR MYR THB VND PHP PKR BDT MXN ARS CLP COP NGN KES"
    " TMT MNT TWD MOP LKR NPR QAR KWD BHD OMR JOD IRR IQD LYD MAD TND DZD ETB GHS UGX TZS RWF AOA ISK BAM MKD PEN UYU"
)
BUILT_IN_UNITS = ("percent", "percentage point", "times", "year", "date", "text")
SYMBOLS = {
    "$": "USD", "US$": "USD", "U.S.$": "USD", "USD$": "USD", "A$": "AUD", "AU$": "AUD", "C$": "CAD", "CA$": "CAD",
    "HK$": "HKD", "MX$": "MXN", "S$": "SGD", "NZ$": "NZD", "NT$": "TWD", "R$": "BRL", "€": "EUR", "£": "GBP",
    "¥": "JPY", "JP¥": "JPY", "CN¥": "CNY", "RMB": "CNY", "RMB¥": "CNY", "₽": "RUB", "₸": "KZT", "₹": "INR",
    "Rs": "INR", "Rs.": "INR", "₩": "KRW", "₴": "UAH", "₺": "TRY", "₾": "GEL", "₼": "AZN", "₪": "ILS", "₫": "VND",
    "₱": "PHP",
    "₦": "NGN", "฿": "THB", "zł": "PLN", "Br": "BYN",
} | {code: code for code in CURRENCIES}  # fmt: skip
SHARED_SIGNS = ("$", "¥", "£")
"""Signs of several currencies: a currency's name behind the number counts more."""
MEASURES = {
    "mm": "length-millimeter", "cm": "length-centimeter", "m": "length-meter", "km": "length-kilometer",
    "m²": "area-square-meter", "km²": "area-square-kilometer", "ha": "area-hectare", "l": "volume-liter",
    "m³": "volume-cubic-meter", "km³": "volume-cubic-kilometer", "kg": "mass-kilogram", "g": "mass-gram",
    "t": "mass-tonne", "W": "power-watt", "kW": "power-kilowatt", "MW": "power-megawatt", "GW": "power-gigawatt",
    "kWh": "energy-kilowatt-hour", "°C": "temperature-celsius", "°F": "temperature-fahrenheit",
    "km/h": "speed-kilometer-per-hour", "MB": "digital-megabyte", "GB": "digital-gigabyte", "TB": "digital-terabyte",
    "MHz": "frequency-megahertz", "GHz": "frequency-gigahertz",
}  # fmt: skip
"""Built-in measures with CLDR's name of each; its long and its short form are read."""
LONG_MEASURES = {
    "mile": "length-mile", "foot": "length-foot", "acre": "area-acre", "square mile": "area-square-mile",
    "square foot": "area-square-foot", "barrel": "volume-barrel", "minute": "duration-minute",
    "hour": "duration-hour", "day": "duration-day", "week": "duration-week", "month": "duration-month",
    "second": "duration-second", "decade": "duration-decade", "century": "duration-century",
}  # fmt: skip
"""The same, whose short forms are words of another kind (dec, in, с): only the long ones are read."""
COMMON_UNITS = {
    "%": "percent", "‰": "per mille", "MWh": "MWh", "GWh": "GWh", "TWh": "TWh", "TW": "TW", "kt": "kt", "Mt": "Mt",
    "mm": "mm", "cm": "cm", "m": "m", "km": "km", "km²": "km²", "m²": "m²", "m³": "m³", "km³": "km³", "ha": "ha",
    "kg": "kg", "kW": "kW", "MW": "MW", "GW": "GW", "kWh": "kWh", "°C": "°C", "℃": "°C", "°F": "°F", "km/h": "km/h",
    "GB": "GB", "TB": "TB", "MB": "MB", "GHz": "GHz", "MHz": "MHz", "kV": "kV",
} | SYMBOLS  # fmt: skip
"""What every language writes behind a number."""
YEAR = r"(?:1[5-9]|20)\d\d(?!\d)"
SHARED_DATES = (
    r"(?<![\d.,/-])(?P<y>{year})-(?P<m>\d\d)-(?P<d>\d\d)(?!\d)(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)?)?",
    r"(?<![\d.,/-])(?P<y>{year})(?P<sep>[/.])(?P<m>0?[1-9]|1[0-2])(?P=sep)(?P<d>[0-3]?\d)(?![\d/]|\.\d)",
    r"(?<![\d.,/-])(?P<d>[0-3]?\d)\.(?P<m>[01]?\d)\.(?P<y>{year})(?![.-]?\d)(?:{sp}{ann})?",
    r"(?<![\d.,/-])(?P<y>{year})-(?P<m>0[1-9]|1[0-2])(?![\d-]|\.\d)(?!{sp}{school})",
    r"(?<![\d.,/-])(?P<a>[0-3]?\d)/(?P<b>[0-3]?\d)/(?P<y>{year})(?![/\d])",
    r"(?<![\d.,/-])(?P<y>{year})[–—/-](?P<y2>{year}){sp}(?P<split>{school})",
    r"(?<![\d.,/-])(?P<y>{year})[–—/-](?P<short>\d\d)(?!\d){sp}(?P<split>{school})",
    r"(?<![\d.,/-])(?P<y>{year})/(?P<y2>{year})(?P<split>)(?![/\d])",
    r"(?<![\d.,/-])(?P<y>{year})/(?P<short>\d\d)(?P<split>)(?![/\d]|[.,]\d|{sp}%)",
    r"(?<![\d.,/-])(?P<y>{year})[–—-](?P<short>\d\d)(?![\d%]|[.,/-]\d)",
    r"(?<![\d.,/-])(?P<y>{year})(?:{sp}|-)?H(?P<h>[12])(?![\dA-Za-z])",
    r"(?<![\d.,/-])(?P<y>{year})(?:{sp}|-)?Q(?P<q>[1-4])(?![\dA-Za-z])",
    r"(?<![\d.,/-])(?P<h>[12])H{sp0}(?P<y>{year})",
    r"(?<![\d.,/-])(?P<q>[1-4])Q{sp0}(?P<y>{year})",
    r"(?<![\d.,/-])(?P<h>[12])H'?(?P<yy>\d\d)(?![\dA-Za-z])",
    r"(?<![\d.,/-])(?P<q>[1-4])Q'?(?P<yy>\d\d)(?![\dA-Za-z])",
)
"""Dates in digits, as ISO 8601 and every country writes them."""
SHARED_WORDED_DATES = (
    r"(?<![A-Za-z])H(?P<h>[12])(?:{sp0}|[-/])(?P<y>{year})",
    r"(?<![A-Za-z])Q(?P<q>[1-4])(?:{sp0}|[-/])(?P<y>{year})",
    r"(?<![A-Za-z])FY(?:{sp}|-)?(?P<y>{year})(?:[–—/-](?P<short>\d\d)(?!\d))?(?P<fiscal>)",
    r"(?<![A-Za-z])FY(?:{sp}|-)?'?(?P<yy>\d\d)(?:[–—/-](?P<short>\d\d)(?!\d))?(?![\dA-Za-z])(?P<fiscal>)",
)
