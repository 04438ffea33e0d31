"""The text that a PDF's pages show, read back from their glyphs as a reader's search and copy do.

Place in the pipeline: a part of step 6 Inspect. In: the content of a page or drawing (ISO 32000-2, 9.4) and the tables
by which its fonts name their characters (9.10.3); out: the text of each run. Only what our printer writes is read:
text as hexadecimal strings, in fonts with such a table.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_BLOCK = re.compile(rb"begin(bfchar|bfrange)(.*?)endbf(?:char|range)", re.DOTALL)
_PAIR = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")
_RANGE = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*(?:<([0-9A-Fa-f]+)>|\[([^\]]*)\])")
_CODES = re.compile(rb"<([0-9A-Fa-f]+)>")
_SHOWN = re.compile(
    rb"\bET\b|/([^\s/<>\[\]()]+)\s+[-\d.]+\s+Tf\b|(\[[^\]]*\]|<[0-9A-Fa-f]+>)\s*TJ?j?\b|/([^\s/<>\[\]()]+)\s+Do\b"
)


@dataclass(frozen=True, slots=True)
class Table:
    """The characters of a font by their codes, and how many bytes a code has, one or two."""

    characters: Mapping[int, str] = field(default_factory=dict)
    width: int = 2


def read_table(data: bytes) -> Table:
    """Return the characters that a font's table names."""
    table: dict[int, str] = {}
    width = 2
    for kind, block in _BLOCK.findall(data):
        pairs = _PAIR.findall(block)
        width = len(pairs[0][0]) // 2 if pairs else width
        if kind == b"bfchar":
            table |= {int(code, 16): _characters(named) for code, named in pairs}
            continue
        for first, last, start, listed in _RANGE.findall(block):
            codes = range(int(first, 16), int(last, 16) + 1)
            rising = (b"%0*x" % (len(start), int(start or b"0", 16) + step) for step in range(len(codes)))
            named = zip(codes, _CODES.findall(listed) or rising, strict=False)
            table |= {code: _characters(each) for code, each in named}
    return Table(table, width)


def _characters(named: bytes) -> str:
    return bytes.fromhex(named.decode()).decode("utf-16-be", "replace")


def read_runs(content: bytes, tables: Mapping[bytes, Table]) -> Iterator[tuple[str, bytes]]:
    """Yield the text of each run of a content, or the name of a drawing that it places: one of the two is empty.

    `tables` are the fonts' by their names in the resources. A glyph that stands for nothing known is U+FFFD.
    """
    table, run = Table(), ""
    for match in _SHOWN.finditer(content):
        font, codes, drawing = match.groups()
        if font is not None:
            table = tables.get(font, Table())
        elif codes is not None:
            run += _text(b"".join(_CODES.findall(codes)), table)
        elif drawing is not None:
            yield "", drawing
        else:
            if run:
                yield run, b""
            run = ""


def _text(codes: bytes, table: Table) -> str:
    shown = bytes.fromhex(codes.decode())
    numbers = shown if table.width == 1 else struct.unpack(f">{len(shown) // 2}H", shown[: len(shown) // 2 * 2])
    get = table.characters.get
    return "".join([get(number, "\ufffd") for number in numbers])
