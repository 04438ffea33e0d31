"""The patterns that quantities are read with: none of them repeats without bound, so that reading is linear."""

from __future__ import annotations

import re
from collections.abc import Iterator
from re import _parser as parser  # type: ignore[attr-defined]
from types import ModuleType

import pytest

from generator import amounts, dates, designations, digits, number_words, numbers, phrases, quantities, senses, shares
from generator.grammars import GRAMMARS
from generator.lexicon import lexicon_of
from generator.phrases import Moves, Phrases, pattern_of

MODULES = (amounts, dates, designations, digits, number_words, numbers, phrases, quantities, senses, shares)


def unbounded(tree: object) -> Iterator[object]:
    """Yield each repetition without an upper bound of a parsed pattern."""
    if isinstance(tree, parser.SubPattern | tuple | list):
        parts = list(tree)
        if len(parts) == 3 and isinstance(parts[1], int) and parts[1] is parser.MAXREPEAT:
            yield parts
        for part in parts:
            yield from unbounded(part)


def repeats(pattern: re.Pattern[str]) -> bool:
    return any(unbounded(parser.parse(pattern.pattern, pattern.flags)))


def patterns_of(module: ModuleType) -> Iterator[re.Pattern[str]]:
    for value in vars(module).values():
        yield from (each for each in (value if isinstance(value, tuple) else (value,)) if isinstance(each, re.Pattern))


def patterns_in(language: str) -> Iterator[re.Pattern[str]]:
    lexicon = lexicon_of(language, ())
    yield from (*lexicon.patterns.values(), *lexicon.clocks, lexicon.moves.any_word)
    for dated in (lexicon.year_dates, lexicon.day_dates, lexicon.worded_dates):
        yield from (dated.any_date, *dated.patterns)
    for before, behind, _ in lexicon.senses:
        yield from (before, behind)
    for point in (".", ","):
        yield digits._digits(point, plain_spaces=True, fours=True)


def test_a_repetition_without_bound_is_seen_wherever_it_stands() -> None:
    seen = [text for text in (r"a+", r"(?:a|b*)c", r"(?=x{2,})", r"a{1,9}b?", r"a++") if repeats(re.compile(text))]

    assert seen == [r"a+", r"(?:a|b*)c", r"(?=x{2,})", r"a++"]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_no_pattern_of_a_module_repeats_without_bound(module: ModuleType) -> None:
    assert [pattern.pattern for pattern in patterns_of(module) if repeats(pattern)] == []


@pytest.mark.slow
@pytest.mark.parametrize("language", GRAMMARS)
def test_no_pattern_of_a_grammar_repeats_without_bound(language: str) -> None:
    assert [pattern.pattern for pattern in patterns_in(language) if repeats(pattern)] == []


@pytest.mark.parametrize("language", GRAMMARS)
def test_no_phrase_repeats_without_bound(language: str) -> None:
    tables = lexicon_of(language, ()).tables.values()
    said = {phrase for table in tables for entries in table.heads.values() for phrase, _ in entries}

    assert len(said) > 500
    assert [phrase for phrase in said if repeats(pattern_of(phrase))] == []


def test_what_stands_at_a_place_is_found_without_trying_every_phrase() -> None:
    table: Phrases = phrases.compile_phrases({f"unit{n}": str(n) for n in range(1000)} | {"square mile": "m"}, spaced=True)
    moves: Moves = phrases.compile_moves(["grew", "increas*"], ["fell"], spaced=True)

    assert table.after("5 square\nmiles", 1) == (1, "")
    assert table.after("5 square\nmile", 1) == (13, "m")
    assert table.before("some square mile 5", 17) == (5, "m")
    assert len(table.heads["square"]) == 1
    assert moves.last("it increased while it fell by") == (-1, 1)
