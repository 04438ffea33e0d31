"""PDFs as received: their text page by page, lines in reading order, cells of tables apart.

Place in the pipeline: a part of `documents`, run in the limited child. In: the bytes of a PDF (ISO 32000-2,
https://www.iso.org/standard/75839.html); out: an `Extract` with the positions of its pages. PDFium gives characters
and their boxes; spaces that are wide as between columns become tabs, so that the numbers of two cells never join.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from statistics import median

import pypdfium2
import pypdfium2.raw as pdfium

from .document_text import clean, garbled
from .errors import DocumentError
from .model import Extract, Finding, Place

MAX_PAGES = 2000
_COLUMN = 1.0
"""Width of a space, in ems, that no line of running text has: it stands between columns."""
_WIDE = 0.5
"""Width of a space that stands between columns where others of the line are half as wide or less."""
_NUMBERS = 0.3
"""Width of a space that stands between two numbers and not within one, where others of the line are narrower."""
_EM = 0.8
"""Size of letters, as a ratio to the height of their line's box."""
_APART = 1.35
"""How much further than usual, as a ratio, lines of two paragraphs stand apart."""
_SMALL = 0.9
"""Size of a raised sign, as a ratio to the text before it, from which on it is a note's mark or a power."""
_BREAK = "\r\n"
_FIXED = "\u00a0\u2007\u202f"
"""Spaces within a number."""
_DATE = re.compile(r"D:(\d{4})(\d\d)?(\d\d)?", re.ASCII)


@dataclass(slots=True)
class _Line:
    """A line of a page: its characters, its ends and base line in points, the size of its first letter."""

    text: list[str] = field(default_factory=list)
    left: float = 0.0
    right: float = 0.0
    base: float = 0.0
    size: float = 0.0
    gaps: list[tuple[int, float]] = field(default_factory=list)
    """Where in `text` a space stands, and how wide it is in ems."""

    def __str__(self) -> str:
        """Return the line with tabs for the spaces between columns."""
        least = min((width for _, width in self.gaps), default=0.0)
        bare = not any(sign.isalpha() for sign in self.text)
        for at, width in self.gaps:
            digits = all(each[:1].isdigit() for each in (*self.text[at - 1 : at], *self.text[at + 1 : at + 2]))
            apart = digits and width > _NUMBERS and (width > 1.3 * least or (bare and width > _WIDE))
            if apart or width > _COLUMN or (width > _WIDE and width > 2 * least):
                self.text[at] = "\t"
        return "".join(self.text).strip()

    def add(self, other: _Line) -> None:
        """Append what stands further right on the same line."""
        width = (other.left - self.right) / (self.size or 1.0)
        if width > 0.1:
            self.gaps.append((len(self.text), width))
            self.text.append(" ")
        self.gaps += [(at + len(self.text), width) for at, width in other.gaps]
        self.text += other.text
        self.right = other.right


def read(data: bytes, name: str) -> Extract:
    """Return the text of a PDF; DocumentError where it is encrypted, corrupt, too long or has no text."""
    try:
        pdf = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise _refused(name, str(error)) from error
    count = len(pdf)
    if count > MAX_PAGES:
        cure = f"Split it, for example: qpdf --pages . 1-{MAX_PAGES} -- {name} part.pdf"
        raise _refusal(name, "document.pages", f"{count} pages", f"at most {MAX_PAGES}", cure)
    pages = [clean(_page(pdf, number)).strip() + "\n" for number in range(count)]
    empty = [str(number) for number, text in enumerate(pages, 1) if not text.strip()]
    if len(empty) == count:
        cure = "OCR it first, for example: ocrmypdf in.pdf out.pdf; then keep out.pdf as the document."
        pictures = f"no text in its {count} page{'' if count == 1 else 's'}, only pictures"
        raise _refusal(name, "document.no-text", pictures, "text", cure)
    text = "".join(pages)
    said = pdf.get_metadata_dict()
    return Extract(
        text,
        "pdf",
        pages=(0, *accumulate(map(len, pages[:-1]))),
        title=_said(said, "Title"),
        producer=_said(said, "Author"),
        published=_day(said.get("CreationDate", "")),
        language=_language(pdf),
        notes=tuple(_notes(text, empty)),
    )


def _refused(name: str, said: str) -> DocumentError:
    if "password" in said.lower():
        cure = "Open it with its password, print it into a new PDF, and keep that one."
        return _refusal(name, "document.encrypted", "it is encrypted", "a PDF without a password", cure)
    found = f"it cannot be read as PDF ({said.rpartition('PDFium: ')[2].rstrip(').')})"
    cure = "It may be cut off: fetch it again, or open and save it in a PDF viewer."
    return _refusal(name, "document.corrupt", found, "a whole PDF", cure)


def _refusal(name: str, rule: str, found: str, expected: str, cure: str) -> DocumentError:
    return DocumentError([Finding(Place(name), rule, found, expected, cure)])


def _notes(text: str, empty: list[str]) -> Iterator[str]:
    if empty:
        shown = ", ".join(empty[:10]) + (f" and {len(empty) - 10} more" if len(empty) > 10 else "")
        yield f"no text on page {shown}: OCR it first if there are figures on it"
    if doubt := garbled(text):
        yield f"the text may be damaged: {doubt}"


def _said(said: dict[str, str], key: str) -> str:
    return " ".join(clean(said.get(key) or "").split())


def _day(said: str) -> str:
    match = _DATE.match(said)
    return "-".join(part for part in match.groups() if part) if match else ""


def _language(pdf: pypdfium2.PdfDocument) -> str:
    size = pdfium.FPDFCatalog_GetLanguage(pdf, None, 0)
    buffer = ctypes.create_string_buffer(size)
    pdfium.FPDFCatalog_GetLanguage(pdf, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), size)
    return re.split("[-_]", buffer.raw.decode("utf-16-le", "replace").strip("\0").lower())[0]


# --- a page ---------------------------------------------------------------------------------------


def _page(pdf: pypdfium2.PdfDocument, number: int) -> str:
    """Return the text of a page: a line each line, an empty one between paragraphs."""
    try:
        page = pdf[number]
    except pypdfium2.PdfiumError:
        # A page that is damaged does not hide the others; it counts as one without text.
        return ""
    try:
        lines = _whole(_lines(page.get_textpage()))
    finally:
        page.close()
    steps = [above.base - below.base for above, below in pairwise(lines) if above.base > below.base]
    usual = median(steps) if steps else 0.0
    parts: list[str] = []
    for index, line in enumerate(lines):
        text = str(line)
        # A table is no part of the paragraph above or below it.
        if index and (_begins(lines[index - 1], line, usual) or ("\t" in text) != ("\t" in parts[-1])):
            parts.append("")
        parts.append(text)
    return "\n".join(parts)


def _whole(pieces: Iterable[_Line]) -> list[_Line]:
    """Return whole lines: PDFium begins a new one behind a raised sign and beyond a wide gap."""
    lines: list[_Line] = []
    for piece in pieces:
        above = lines[-1] if lines else None
        if above and abs(above.base - piece.base) < 0.2 * above.size and piece.left >= above.right:
            above.add(piece)
        else:
            lines.append(piece)
    return lines


def _begins(above: _Line, line: _Line, usual: float) -> bool:
    """Return whether a line begins a paragraph: further down than usual, or in another size."""
    step = above.base - line.base
    return step > _APART * usual or not 1 / 1.15 < line.size / (above.size or 1.0) < 1.15


def _lines(page: pypdfium2.PdfTextPage) -> Iterator[_Line]:
    line, glyphs = _Line(), _Glyphs(page)
    for index in range(page.count_chars()):
        sign = glyphs.sign(index)
        if sign in _BREAK:
            if line.text:
                yield line
                line = _Line()
        elif sign.isspace() and sign not in _FIXED:
            if line.text and line.text[-1] != " ":
                line.gaps.append((len(line.text), glyphs.space(index)))
                line.text.append(" ")
        elif sign:
            _append(line, sign, glyphs, index)
    if line.text:
        yield line


def _append(line: _Line, sign: str, glyphs: _Glyphs, index: int) -> None:
    if not line.text:
        line.left, line.base, line.size = glyphs.place(index)
    elif sign.isdigit() and not line.text[-1].isalpha() and glyphs.raised(index):
        line.text.append(" ")
    line.text.append(sign)
    line.right = glyphs.right(index)


class _Glyphs:
    """The characters of a page with their places, asked for one by one: most are never needed."""

    def __init__(self, page: pypdfium2.PdfTextPage) -> None:
        self._page = page
        self._count = page.count_chars()
        self._box = pdfium.FS_RECTF()
        self._x, self._y = ctypes.c_double(), ctypes.c_double()

    def sign(self, index: int) -> str:
        """Return a character, "" for what is none; the hyphen of a broken line has a sign of its own."""
        code = pdfium.FPDFText_GetUnicode(self._page, index)
        if pdfium.FPDFText_IsHyphen(self._page, index) == 1:
            # PDFium joins some broken words itself.
            joined = index + 1 < self._count and chr(pdfium.FPDFText_GetUnicode(self._page, index + 1)).isalpha()
            return "" if joined else "\u2010"
        return chr(code) if code and not 0xD800 <= code < 0xE000 else ""

    def place(self, index: int) -> tuple[float, float, float]:
        """Return the left end, base line and size of a character, in points."""
        pdfium.FPDFText_GetCharOrigin(self._page, index, self._x, self._y)
        self._measure(index)
        return self._x.value, self._y.value, (self._box.top - self._box.bottom) * _EM

    def right(self, index: int) -> float:
        """Return the right end of a character, in points."""
        self._measure(index)
        return float(self._box.right)

    def space(self, index: int) -> float:
        """Return how wide the space at `index` is, in ems of the character before it."""
        after = index + 1
        while after < self._count and self.sign(after).isspace():
            after += 1
        if not 0 < index < after < self._count:
            return 0.0
        self._measure(index - 1)
        left, size = self._box.right, (self._box.top - self._box.bottom) * _EM
        self._measure(after)
        return (self._box.left - left) / size if size > 0 else 0.0

    def _measure(self, index: int) -> None:
        pdfium.FPDFText_GetLooseCharBox(self._page, index, self._box)

    def raised(self, index: int) -> bool:
        """Return whether a character stands smaller and higher than the one before it."""
        _, before, size = self.place(index - 1)
        _, here, small = self.place(index)
        return small < _SMALL * size and here > before
