"""The tables of hard cases in tests/quantities: a text and all that is read in it, names and times included."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from generator.model import Unit
from generator.quantities import Quantity, read

FOLDER = Path(__file__).resolve().parent / "quantities"
GUIDE = Path(__file__).resolve().parent.parent / "docs" / "workspace.md"
LEAST = {"en": 120, "zh": 120, "ru": 80, "be": 80}
UNITS = (
    Unit("person", "person", "people", (
        ("zh", ("人",)), ("ru", ("человек", "человека", "людей")), ("be", ("чалавек", "чалавекі", "людзей")),
    )),
    Unit("company", "company", "companies", (
        ("zh", ("家企业", "企业", "公司")), ("ru", ("компаний", "предприятий")), ("be", ("кампаній", "прадпрыемстваў")),
    )),
    Unit("project", "project", "projects", (
        ("zh", ("个项目", "项目")), ("ru", ("проектов", "проекта")), ("be", ("праектаў", "праекты")),
    )),
    Unit("student", "student", "students", (
        ("zh", ("名学生", "学生")), ("ru", ("студентов", "студента")), ("be", ("студэнтаў", "студэнты")),
    )),
    Unit("country", "country", "countries", (
        ("zh", ("个国家", "国家")), ("ru", ("стран", "страны")), ("be", ("краін", "краіны")),
    )),
)  # fmt: skip


def cases(language: str) -> list[tuple[str, str]]:
    lines = (FOLDER / f"{language}.txt").read_text("utf-8").splitlines()
    rows = [line.partition(" →") for line in lines if line and not line.startswith("#")]
    return [(text, expected.strip()) for text, _, expected in rows]


def shown(quantity: Quantity) -> str:
    """Return a quantity as the tables write it."""
    if quantity.kind == "name":
        return f"name {quantity.text}"
    kind = f"{quantity.kind} " if quantity.kind in ("ordinal", "indefinite") else ""
    said = kind + (str(quantity).removesuffix(" (no unit)") if kind else str(quantity))
    said += " fraction" if quantity.kind == "fraction" else ""
    told = {"falling": quantity.falling, "bare": quantity.bare}
    flags = [quantity.qualifier, quantity.sense, *(name for name, is_so in told.items() if is_so)]
    return said + (f" ({', '.join(filter(None, flags))})" if any(flags) else "")


@pytest.mark.parametrize(("language", "text", "expected"), [(name, *row) for name in LEAST for row in cases(name)])
def test_a_hard_case_is_read_as_a_native_reader_reads_it(language: str, text: str, expected: str) -> None:
    assert "; ".join(map(shown, read(text, language, UNITS))) == expected


@pytest.mark.parametrize("language", LEAST)
def test_each_language_has_its_hard_cases(language: str) -> None:
    texts = [text for text, _ in cases(language)]

    assert len(texts) >= LEAST[language]
    assert len(set(texts)) == len(texts)


def documented() -> list[tuple[str, str, str]]:
    """Return row, language and example of the table of forms in docs/workspace.md."""
    lines = GUIDE.read_text("utf-8").splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("| what | `en` |"))
    languages = re.findall(r"`(\w+)`", lines[first])
    found = []
    for line in lines[first + 2 :]:
        if not line.startswith("|"):
            return found
        what, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        found += [(what, name, text) for name, cell in zip(languages, cells, strict=True) for text in re.findall(r"`([^`]+)`", cell)]
    return found


KINDS = {
    "numbers": "number", "scales": "number", "money": "number", "shares": "number fraction", "points": "number",
    "multiples": "number", "measures": "number", "ranges": "range", "qualifiers": "number", "round numbers": "indefinite",
    "ordinals": "ordinal", "dates": "date range", "periods": "date range", "below zero": "number",
}  # fmt: skip


@pytest.mark.parametrize(("what", "language", "text"), documented())
def test_every_form_that_the_guide_shows_is_read_as_one_quantity(what: str, language: str, text: str) -> None:
    (quantity,) = read(text, language, UNITS)

    assert quantity.kind in KINDS[what].split()
    assert bool(quantity.qualifier) == (what == "qualifiers")
    assert (quantity.unit == "times") == (what == "multiples")
    assert what != "below zero" or (quantity.amount is not None and quantity.amount < 0)
