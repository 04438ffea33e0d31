"""Pages as pictures, and every numeral at its place: held against poppler, which knows nothing of us."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from generator import pipeline
from generator.errors import RenderError
from generator.exhibit import Number, show_edition
from generator.facsimile import Area, locate, measure, picture
from generator.traces import digits_of
from generator.workspace import Workspace

PROJECT = Path(__file__).resolve().parent / "project"
WORD = re.compile(r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">([^<]*)</word>')
POINT = 25.4 / 72
Word = tuple[str, float, float, float, float]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, tuple[Number, ...]]:
    """Return the PDF of the smallest workspace and the numerals on its pages."""
    folder = tmp_path_factory.mktemp("built") / "project"
    shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns("reports", ".briefing"))
    (outcome,) = pipeline.build(Workspace(folder), pipeline.Request())
    assert outcome.edition, outcome
    exhibit = show_edition(Workspace(folder), "library")
    return (folder / "reports/library" / exhibit.edition.id / exhibit.edition.files[0][1]).read_bytes(), exhibit.numbers


def words(pdf: bytes) -> list[list[Word]]:
    """Return the words of each page as poppler reads them, with left, top, right and bottom in millimetres."""
    run = subprocess.run(["pdftotext", "-bbox", "-", "-"], input=pdf, capture_output=True, check=True)
    pages = run.stdout.decode().split("<page ")[1:]
    return [[(text, *(float(side) * POINT for side in sides)) for *sides, text in WORD.findall(page)] for page in pages]


def meets(area: Area, word: Word) -> bool:
    left, top, width, height = area
    x, y = left + width / 2, top + height / 2
    return word[1] - 0.5 <= x <= word[3] + 0.5 and word[2] - 0.5 <= y <= word[4] + 0.5


@pytest.mark.slow
def test_every_numeral_stands_where_another_reader_sees_its_digits(built: tuple[bytes, tuple[Number, ...]]) -> None:
    pdf, numbers = built
    seen = words(pdf)

    areas = locate(pdf, [(each.page, each.numeral, each.area) for each in numbers])

    assert len(numbers) > 100
    for each, area in zip(numbers, areas, strict=True):
        there = [digits_of(word[0]) for word in seen[each.page - 1] if meets(area, word)]
        assert any(digits_of(each.numeral) in digits for digits in there), (each, area, there)


def test_no_two_numerals_of_a_page_stand_at_one_place(built: tuple[bytes, tuple[Number, ...]]) -> None:
    pdf, numbers = built

    areas = locate(pdf, [(each.page, each.numeral, each.area) for each in numbers])

    places = [(each.page, area[0], area[1]) for each, area in zip(numbers, areas, strict=True)]
    assert len(set(places)) == len(places)


def test_the_trace_says_in_which_run_of_text_a_numeral_stands(built: tuple[bytes, tuple[Number, ...]]) -> None:
    _, numbers = built

    assert all(len(each.area) == 4 and each.area[2] > 0 and each.area[3] > 0 for each in numbers)
    assert all(0 <= each.area[0] <= 210 and 0 <= each.area[1] <= 297 for each in numbers)


def test_digits_that_are_not_in_the_run_are_shown_by_the_run(built: tuple[bytes, tuple[Number, ...]]) -> None:
    pdf, numbers = built
    run = numbers[0].area

    assert locate(pdf, [(1, "987654321", run), (1, "5", ()), (99, "5", run)]) == (run, (), run)


def test_a_page_is_drawn_as_wide_as_asked(built: tuple[bytes, tuple[Number, ...]]) -> None:
    pdf, _ = built

    image = Image.open(io.BytesIO(picture(pdf, 1, 420)))

    assert (image.format, image.size) == ("PNG", (420, 595))
    assert len(image.getcolors(1 << 20)) > 20
    assert measure(pdf) == ((210.0, 297.0),) * 3
    assert picture(pdf, 1, 420) == picture(pdf, 1, 420)


@pytest.mark.slow
@pytest.mark.parametrize("page", [0, -1, 4])
def test_a_page_that_is_not_there_is_refused(built: tuple[bytes, tuple[Number, ...]], page: int) -> None:
    with pytest.raises(RenderError, match=f"page {page} of 3"):
        picture(built[0], page, 100)


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\n", b"no pdf at all"])
def test_what_is_no_pdf_is_refused(data: bytes) -> None:
    with pytest.raises(RenderError, match="the PDF cannot be read"):
        measure(data)
