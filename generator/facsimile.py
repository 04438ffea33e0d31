"""Facsimiles: the pages of a PDF as pictures, and where on them each numeral stands.

Place in the pipeline: beside it; the web pages show editions and proofs with it. In: the bytes of a PDF that the
program printed, and the numerals of its trace; out: PNG files (https://www.w3.org/TR/png-3/), and areas in millimetres
from a page's upper left corner. To be run in a limited child: PDFium is one library for one thread.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from itertools import groupby

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image  # noqa: F401 - pypdfium2 draws through it; imported here so that a fork has it

from .errors import RenderError
from .traces import digits_of, has_digit

_MILLIMETRES = 25.4 / 72
"""A point of a PDF."""
_NEAR = 0.8
"""Millimetres that a glyph may stand beside the box that the printer laid out for its text."""
Area = tuple[float, ...]
"""Left, top, width and height in millimetres; () where it is not known."""
Glyph = tuple[str, float, float, float, float]
"""A digit with its left, top, right and bottom."""


def measure(pdf: bytes) -> tuple[tuple[float, float], ...]:
    """Return width and height of each page in millimetres; RenderError where the PDF cannot be read."""
    with _opened(pdf) as document:
        return tuple(
            (round(width * _MILLIMETRES, 1), round(height * _MILLIMETRES, 1))
            for width, height in map(document.get_page_size, range(len(document)))
        )


def picture(pdf: bytes, page: int, width: int) -> bytes:
    """Return a page, counted from one, as a PNG so many pixels wide; RenderError where there is no such page."""
    with _opened(pdf) as document:
        if not 1 <= page <= len(document):
            raise RenderError(f"page {page} of {len(document)}")
        sheet = document[page - 1]
        drawn = sheet.render(scale=width / sheet.get_width(), rev_byteorder=True).to_pil()
        target = io.BytesIO()
        # A page is paper and a few inks: the fast level loses a tenth in size and wins nine tenths of the time.
        drawn.convert("RGB").save(target, "PNG", compress_level=1)
        return target.getvalue()


def locate(pdf: bytes, numerals: Sequence[tuple[int, str, Area]]) -> tuple[Area, ...]:
    """Return where each numeral stands, from its page, itself and the area of the run of text that holds it.

    Numerals of one run follow each other. One whose digits are not among the glyphs of its run has the run's area.
    """
    found: dict[int, Area] = {}
    with _opened(pdf) as document:
        order = sorted(range(len(numerals)), key=lambda index: (numerals[index][0], numerals[index][2], index))
        for page, on_page in groupby(order, key=lambda index: numerals[index][0]):
            glyphs = list(_digits(document, page)) if 1 <= page <= len(document) else []
            for area, within in groupby(on_page, key=lambda index: numerals[index][2]):
                indexes = list(within)
                near = [glyph for glyph in glyphs if _is_in(glyph, area)]
                found |= zip(indexes, _follow(near, [numerals[index][1] for index in indexes], area), strict=True)
    return tuple(found[index] for index in range(len(numerals)))


def _opened(pdf: bytes) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError as error:
        hint = "Restore the file from a copy."
        raise RenderError(f"the PDF cannot be read: {error}", hint=hint) from error


def _digits(document: pypdfium2.PdfDocument, page: int) -> Iterator[Glyph]:
    """Yield the digits of a page with their places, in the order in which they were printed."""
    sheet = document[page - 1]
    height = sheet.get_height()
    text = sheet.get_textpage()
    for index in range(text.count_chars()):
        # Asked for as a number: a character as text costs twenty times as much, and a page has thousands.
        sign = chr(pdfium.FPDFText_GetUnicode(text, index))
        for digit in digits_of(sign) if has_digit(sign) else "":
            left, bottom, right, top = text.get_charbox(index, loose=True)
            sides = (left, height - top, right, height - bottom)
            yield digit, *(side * _MILLIMETRES for side in sides)


def _is_in(glyph: Glyph, area: Area) -> bool:
    if not area:
        return False
    left, top, width, height = area
    x, y = (glyph[1] + glyph[3]) / 2, (glyph[2] + glyph[4]) / 2
    return left - _NEAR <= x <= left + width + _NEAR and top - _NEAR <= y <= top + height + _NEAR


def _follow(glyphs: Sequence[Glyph], numerals: Sequence[str], area: Area) -> Iterator[Area]:
    """Yield the area of each numeral among the glyphs of its run, one after the other."""
    text, at = "".join(glyph[0] for glyph in glyphs), 0
    for numeral in numerals:
        digits = digits_of(numeral)
        start = text.find(digits, at)
        start = text.find(digits) if start < 0 else start
        if start < 0 or not digits:
            yield area
            continue
        at = start + len(digits)
        yield _around(glyphs[start:at])


def _around(glyphs: Sequence[Glyph]) -> Area:
    left, top = min(glyph[1] for glyph in glyphs), min(glyph[2] for glyph in glyphs)
    right, bottom = max(glyph[3] for glyph in glyphs), max(glyph[4] for glyph in glyphs)
    return tuple(round(side, 2) for side in (left, top, right - left, bottom - top))
