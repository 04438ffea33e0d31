"""The lexicon: a grammar compiled, with the workspace's own units and CLDR's names of measures and currencies.

Place in the pipeline: base; `quantities` and its parts look words up in it. Built once a language and vocabulary.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from .cldr import currency_names, measure_names
from .digits import VULGAR
from .grammars import GRAMMARS
from .grammars.grammar import (
    BUILT_IN_UNITS,
    COMMON_UNITS,
    CURRENCIES,
    LONG_MEASURES,
    MEASURES,
    Grammar,
    Sense,
)
from .model import Unit
from .number_words import Vocabulary, vocabulary
from .phrases import WORD, Moves, Phrases, compile_moves, compile_phrases, flatten, head_of, parted, pattern_of

_NO_UNITS = ("date", "text")
_ADDRESS = ("http", "https", "ftp", "www")
_YEAR_GROUPS = ("y", "decade", "bc")
_BEHIND = ("half", "after", "scale", "short", "unit", "attached", "measure", "denominator", "parted", "out of")
_STEM = 4
"""Letters by which stems are found: a stem has as many at least."""


@dataclass(frozen=True)
class Dates:
    """Patterns of dates in the order of trying; compiled when a text first has what may be one: they are long."""

    texts: tuple[str, ...]

    @cached_property
    def any_date(self) -> re.Pattern[str]:
        """One pattern that fits wherever one of them does."""
        unnamed = (re.sub(r"\(\?P<\w+>", "(?:", text).replace("(?P=sep)", "[/.]") for text in self.texts)
        return re.compile("|".join(f"(?:{text})" for text in unnamed) or r"(?!)", re.IGNORECASE)

    @cached_property
    def patterns(self) -> tuple[re.Pattern[str], ...]:
        """Each by itself."""
        return tuple(re.compile(text, re.IGNORECASE) for text in self.texts)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """A grammar as the readers use it."""

    grammar: Grammar
    hits: re.Pattern[str]
    """Where a quantity may begin: digits, and words or characters to be looked up."""
    roles: Mapping[str, tuple[str, ...]]
    """What may begin with a word, or a character of a language without spaces, in the order of trying."""
    stems: frozenset[str]
    """The first letters of words that multiply."""
    numerals: Vocabulary
    tables: Mapping[str, Phrases]
    behind: frozenset[str]
    """The first words of all that may stand behind a number and belong to it."""
    multiples: Mapping[str, str]
    guards: Mapping[str, Phrases]
    patterns: Mapping[str, re.Pattern[str]]
    year_dates: Dates
    """Dates that begin with four digits."""
    day_dates: Dates
    """Dates that begin with fewer."""
    worded_dates: Dates
    clocks: tuple[re.Pattern[str], ...]
    senses: tuple[tuple[re.Pattern[str], re.Pattern[str], Sense], ...]
    moves: Moves
    units: Mapping[str, tuple[str, ...]]
    """By unit: the words that stand for it."""
    own: frozenset[str]
    """The workspace's units that count things."""

    def follows(self, text: str, position: int) -> bool:
        """Return whether something may stand behind the number that ends at `position` that belongs to it."""
        if text[position : position + 2].lstrip()[:1] in ("-", "("):
            return True
        return head_of(text, position, spaced=self.grammar.spaced) in self.behind

    def after(self, name: str, text: str, position: int) -> tuple[int, str]:
        """Return the end of a phrase of the table `name` behind `position` and its meaning."""
        return self.tables[name].after(text, position)

    def before(self, name: str, text: str, position: int, floor: int) -> tuple[int, str]:
        """Return the start of a phrase of the table `name` that ends before `position`, and its meaning."""
        return self.tables[name].before(text, position, floor)

    def guarded(self, text: str, start: int, end: int, floor: int) -> bool:
        """Return whether a phrase has one of the words before it without which it means another thing."""
        guards = self.guards.get(" ".join(text[start:end].casefold().split()))
        return guards is None or bool(guards.before(text, start, floor)[1])

    def begun(self, word: str) -> tuple[str, ...]:
        """Return what may begin with a word of folded case."""
        return self.roles.get(word, ()) or (("multiple",) if word[:_STEM] in self.stems else ())

    def role(self, text: str, position: int) -> str:
        """Return what the number word at `position` does: ordinal, scale, ten, cardinal; "" where there is none."""
        word = WORD.match(text, position)
        return self.numerals.get(word[0].casefold(), ("", 0))[0] if word else ""

    def mentions(self, text: str, unit: str) -> bool:
        """Return whether a word of `unit` stands anywhere in a flattened text."""
        found = (match for word in self.units.get(unit, ()) for match in pattern_of(word).finditer(text))
        return any(parted(text, match.start()) and parted(text, match.end()) for match in found)


@lru_cache(maxsize=32)
def lexicon_of(language: str, units: tuple[Unit, ...]) -> Lexicon:
    """Return the lexicon of a language; ValueError names the languages there are."""
    grammar = GRAMMARS.get(language.partition("-")[0])
    if grammar is None:
        raise ValueError(f"no grammar of numbers for language '{language}'; expected one of {', '.join(GRAMMARS)}")
    named = [(flatten(word), unit.id) for unit in units if unit.id not in _NO_UNITS for word in _words(unit, language)]
    known = _known(language.partition("-")[0], units, dict(named))
    words: dict[str, list[str]] = {}
    for word, unit_id in (*known.items(), *grammar.prefixes.items(), *named):
        words.setdefault(unit_id, []).append(word)
    counted = {word: unit for word, unit in named if unit not in (*CURRENCIES, *BUILT_IN_UNITS)}
    numerals = vocabulary(grammar)
    roles = _roles(grammar, numerals)
    tables = _tables(grammar, known, counted)
    return Lexicon(
        grammar=grammar,
        hits=_hits(grammar, roles),
        roles=roles,
        stems=frozenset(stem[:_STEM] for stem in grammar.multiples if stem.endswith("*")),
        numerals=numerals,
        tables=tables,
        behind=frozenset(word for name in _BEHIND for word in tables[name].heads),
        multiples={stem[:-1]: factor for stem, factor in grammar.multiples.items() if stem.endswith("*")},
        guards={phrase: compile_phrases(each, spaced=grammar.spaced) for phrase, each in grammar.guards.items()},
        patterns=_patterns(grammar),
        year_dates=_dates([each for each in grammar.dates if _first_group(each) in _YEAR_GROUPS], grammar),
        day_dates=_dates([each for each in grammar.dates if _first_group(each) not in ("y", "decade")], grammar),
        worded_dates=_dates(grammar.worded_dates, grammar),
        clocks=tuple(re.compile(pattern, re.IGNORECASE) for pattern in grammar.clock_patterns),
        senses=tuple(
            (re.compile(before, re.IGNORECASE), re.compile(rf"[\s-]{{0,3}}(?:{behind})", re.IGNORECASE), sense)
            for before, behind, sense in grammar.senses
        ),
        moves=compile_moves(grammar.rising, grammar.falling, spaced=grammar.spaced),
        units={unit: tuple(each) for unit, each in words.items()},
        own=frozenset(counted.values()),
    )


# --- units ----------------------------------------------------------------------------------------


def _words(unit: Unit, language: str) -> tuple[str, ...]:
    own = dict(unit.words)
    words = own.get(language) or own.get(language.partition("-")[0]) or ()
    return tuple(word for word in (unit.one, unit.other, *words) if word.strip())


@lru_cache(maxsize=16)
def _built_in(language: str) -> Mapping[str, str]:
    """Return the words of built-in units: CLDR's names of currencies and measures, and the grammar's own."""
    long = measure_names(language, LONG_MEASURES, short=False)
    named = {**currency_names(language), **measure_names(language, MEASURES, short=True), **long}
    return {flatten(word): unit for word, unit in {**named, **COMMON_UNITS, **GRAMMARS[language].units}.items()}


def _known(language: str, units: tuple[Unit, ...], own: Mapping[str, str]) -> dict[str, str]:
    """Return every word of a unit. A workspace's unit that shares a word with a built-in measure is that measure."""
    built_in, english = _built_in(language), _built_in("en")
    taken: dict[str, str] = {}
    for unit in units:
        if unit.id in (*CURRENCIES, *BUILT_IN_UNITS):
            continue
        for word in {*_words(unit, language), *_words(unit, "en")}:
            measure = built_in.get(flatten(word)) or english.get(flatten(word))
            if measure and measure not in (*CURRENCIES, *BUILT_IN_UNITS):
                taken.setdefault(measure, unit.id)
    return {**{word: taken.get(unit, unit) for word, unit in built_in.items()}, **own}


# --- tables ---------------------------------------------------------------------------------------


def _tables(grammar: Grammar, known: Mapping[str, str], counted: Mapping[str, str]) -> dict[str, Phrases]:
    joints = (*grammar.between.values(), *grammar.change.values())
    own: dict[str, Mapping[str, str] | tuple[str, ...]] = {
        "unit": known,
        "counted": counted,
        "attached": grammar.attached,
        "scale": {word: str(power) for word, power in (grammar.digit_scales or grammar.scales).items()},
        "short": {word: str(power) for word, power in grammar.short_scales.items()},
        "prefix": grammar.prefixes,
        "minus": grammar.minus,
        "before": grammar.before,
        "after": grammar.after,
        "link": grammar.links,
        "joint": tuple({*grammar.between, *grammar.change}),
        "joined before": tuple({word for words in joints for word in words}),
        "year before": grammar.year_before,
        "label": grammar.labels,
        "idiom": grammar.idioms,
        "measure": grammar.measures,
        "half": grammar.halves,
        "part": grammar.half_before,
        "share": grammar.fractions,
        "denominator": {word: str(size) for word, size in grammar.denominators.items()},
        "parted": grammar.parted,
        "out of": grammar.out_of,
        "vague": {word: str(size) for word, size in grammar.vague.items()},
        "multiple": {word: factor for word, factor in grammar.multiples.items() if not word.endswith("*")},
        "article": grammar.articles,
        "several": grammar.several,
        "vague link": grammar.vague_links,
        "ordinal before": tuple(filter(None, [grammar.ordinal_before])),
        "to": grammar.to,
        "by": grammar.by,
    }
    return {name: compile_phrases(table, spaced=grammar.spaced, exact=name == "label") for name, table in own.items()}


def _patterns(grammar: Grammar) -> dict[str, re.Pattern[str]]:
    texts = {
        "ordinal after": grammar.ordinal_after_pattern or r"(?!)",
        "inflection": grammar.inflection_pattern or r"(?!)",
        "filler": grammar.filler_pattern,
        "number after": grammar.number_after_pattern,
        "name after": grammar.name_after_pattern,
        "year after": grammar.year_after_pattern,
        "levels before": rf"(?:{grammar.levels_before_pattern})\Z",
        "levels": grammar.levels_pattern,
        "tenths": grammar.tenths_pattern,
        "no share": grammar.no_share_pattern,
    }
    return {name: re.compile(text, re.IGNORECASE) for name, text in texts.items()}


def _roles(grammar: Grammar, numerals: Vocabulary) -> dict[str, tuple[str, ...]]:
    """Return what may begin with each word, or with each character where there are no spaces."""
    halves = tuple(prefix + word for prefix in grammar.half_prefixes for word in (*grammar.scales, *grammar.units))
    begun: dict[str, tuple[str, ...]] = {
        "idiom": grammar.idioms,
        "address": _ADDRESS,
        "date": (*grammar.months, *grammar.date_words, *(grammar.ordinals if grammar.spaced else numerals)),
        "part": (*grammar.half_before, *halves),
        "share": tuple(grammar.fractions),
        "multiple": tuple(grammar.multiples),
        "vague": tuple(grammar.vague),
        "numeral": tuple(numerals),
    }
    found: dict[str, tuple[str, ...]] = {}
    for role, phrases in begun.items():
        for phrase in phrases:
            head = re.match(r"[^\W\d_]+" if grammar.spaced else r"[A-Za-z]+|.", phrase)
            word = head[0].casefold() if head else phrase
            found[word] = tuple(dict.fromkeys((*found.get(word, ()), role)))
    return found


def _hits(grammar: Grammar, roles: Mapping[str, tuple[str, ...]]) -> re.Pattern[str]:
    characters = "".join(sorted(word for word in roles if len(word) == 1 and not word.isascii()))
    words = r"[^\W\d_]+" if grammar.spaced else rf"[A-Za-z]+|[{characters}]"
    return re.compile(rf"[0-9]+|[{VULGAR}]|{words}")


def _dates(patterns: Iterable[str], grammar: Grammar) -> Dates:
    """Return a grammar's patterns with their parts filled in."""
    # A month's capital tells May and March from the verbs.
    names = sorted({*grammar.months, *(name.upper() for name in grammar.months)}, key=len, reverse=True)
    parts = {**grammar.parts, "month": f"(?-i:{'|'.join(names)})"}
    return Dates(tuple(_filled(pattern, parts) for pattern in patterns))


def _first_group(pattern: str) -> str:
    return pattern.partition("(?P<")[2].partition(">")[0]


def _filled(pattern: str, parts: Mapping[str, str]) -> str:
    # A part may hold parts itself.
    for _ in range(3):
        pattern = re.sub(r"\{([a-z]\w*)\}", lambda name: f"(?:{parts[name[1]]})", pattern)
    return pattern
