"""Patterns: none repeats without bound of those that quantities are read with, and no other backs up through a long text (G15)."""

from __future__ import annotations

import ast
import itertools
import re
import signal
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
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


# --- G15 ------------------------------------------------------------------------------------------

PACKAGE = Path(amounts.__file__).parent
LONG = 50_000
FLAGS = ("VERBOSE", "MULTILINE", "IGNORECASE", "DOTALL", "ASCII")


def names() -> list[str]:
    """Return every module of the program."""
    paths = (path.relative_to(PACKAGE.parent).with_suffix("") for path in PACKAGE.rglob("*.py"))
    return sorted(".".join(path.parts) for path in paths if not path.name.startswith("__"))


def inline(name: str) -> Iterator[re.Pattern[str] | re.Pattern[bytes]]:
    """Yield the patterns that a module hands to `re` where it uses them."""
    for node in ast.walk(ast.parse((PACKAGE.parent / f"{name.replace('.', '/')}.py").read_text("utf-8"))):
        if isinstance(node, ast.Call) and re.fullmatch(r"re\.[a-z]+", ast.unparse(node.func)) and node.args:
            first, said = node.args[0], ast.unparse(node)
            if isinstance(first, ast.Constant) and isinstance(first.value, str | bytes):
                yield re.compile(first.value, sum(int(getattr(re, flag)) for flag in FLAGS if f"re.{flag}" in said))


def letters_of(tree: object) -> Iterator[str]:
    """Yield a letter for each thing that a parsed pattern takes."""
    if isinstance(tree, parser.SubPattern | list):
        for part in tree:
            yield from letters_of(part)
    elif isinstance(tree, tuple):
        kind, value = str(tree[0]), tree[1] if len(tree) == 2 else None
        if kind == "LITERAL":
            yield chr(value)
        elif kind == "RANGE":
            yield chr(value[0])
        elif kind == "CATEGORY":
            yield {"CATEGORY_DIGIT": "0", "CATEGORY_SPACE": "\n"}.get(str(value), "a")
        else:
            for part in tree:
                yield from letters_of(part)


def attacks(pattern: re.Pattern[str] | re.Pattern[bytes]) -> Iterator[str | bytes]:
    """Yield long texts of what a pattern takes, alone and in pairs, each of them followed by what it does not take."""
    letters = sorted({" ", "a", *letters_of(parser.parse(pattern.pattern, pattern.flags))})[:8]
    for one, two in itertools.combinations_with_replacement(letters, 2):
        text = (one + two) * (LONG // 2) + "\x01"
        yield text if isinstance(pattern.pattern, str) else text.encode("utf-8", "replace")


class BacksUpError(Exception):
    """A pattern was given a second of the processor, a thousand times what it takes, and had not ended."""


def backs_up(pattern: re.Pattern[str] | re.Pattern[bytes]) -> bool:
    """Tell whether a pattern goes back and forth in a long text instead of through it; the processor's time counts, not the clock's."""

    def stop(*_: object) -> None:
        raise BacksUpError

    before = signal.signal(signal.SIGVTALRM, stop)
    try:
        for text in attacks(pattern):
            signal.setitimer(signal.ITIMER_VIRTUAL, 1)
            pattern.match(text)  # type: ignore[arg-type]
    except BacksUpError:
        return True
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
    return False


@pytest.mark.slow
@pytest.mark.parametrize("pattern", [r"(?:a+)+b", r"\s*-?\s*x", r"(?:a|a)*\Z", rb"(?:[a-z]+ ?)*\Z"])
def test_g15_a_pattern_that_backs_up_is_seen(pattern: str | bytes) -> None:
    assert backs_up(re.compile(pattern))


@pytest.mark.slow
def test_g15_no_pattern_of_the_program_backs_up_from_where_it_begins() -> None:
    found = {}
    for name in names():
        for pattern in {*patterns_of(import_module(name)), *inline(name)}:
            if any(unbounded(parser.parse(pattern.pattern, pattern.flags))):
                found[name, pattern.pattern] = backs_up(pattern)

    assert len(found) > 150, "they were not found"
    assert [where for where, slow in found.items() if slow] == []
