"""Glyphs read back: what a font's table names, run by run, and nothing that is not shown."""

from __future__ import annotations

import pytest

from generator.glyphs import Table, read_runs, read_table

CMAP = b"""/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <0000> <ffff> endcodespacerange
2 beginbfchar
<0011> <0032>
<00aF> <D835DFCF>
endbfchar
2 beginbfrange
<0020> <0022> <0030>
<0030> <0031> [<0041> <00420043>]
endbfrange endcmap"""
FONT = Table({0x11: "2", 0x12: "0", 0x13: " "})


def test_characters_and_ranges_of_a_table_are_read() -> None:
    table = read_table(CMAP)

    assert table.width == 2
    assert table.characters == {0x11: "2", 0xAF: "\U0001d7cf", 0x20: "0", 0x21: "1", 0x22: "2", 0x30: "A", 0x31: "BC"}


def test_a_table_of_one_byte_codes_says_so() -> None:
    assert read_table(b"1 beginbfchar <31> <0031> endbfchar").width == 1


@pytest.mark.parametrize(
    ("content", "runs"),
    [
        (b"BT /F 9 Tf [<0011>3<0012>-2.5<0011>] TJ ET", [("202", b"")]),
        (b"BT /F 9 Tf <00110012> Tj <0011> Tj ET BT /F 1 Tf <0012> Tj ET", [("202", b""), ("0", b"")]),
        (b"/Span <</MCID 1>> BDC BT /F 9 Tf [<0011>] TJ ET EMC", [("2", b"")]),
        (b"BT /F 9 Tf [<0099>] TJ ET", [("\ufffd", b"")]),
        (b"BT /G 9 Tf [<0011>] TJ ET", [("\ufffd", b"")]),
        (b"q /x7 Do Q", [("", b"x7")]),
        (b"q 1 0 0 1 0 0 cm Q", []),
        (b"BT ET", []),
    ],
)
def test_runs_are_read_in_their_order_with_the_drawings_between(content: bytes, runs: list[tuple[str, bytes]]) -> None:
    assert list(read_runs(content, {b"F": FONT})) == runs


def test_one_byte_codes_are_read_one_by_one() -> None:
    assert list(read_runs(b"BT /F 9 Tf <3132> Tj ET", {b"F": Table({0x31: "1", 0x32: "2"}, 1)})) == [("12", b"")]
