"""What a file is by its first bytes, whatever its name says.

Place in the pipeline: a part of the connectors `file` and `sql`. Formats that can hold programs (pickle, joblib,
NumPy's object arrays) are named so that they are refused, and never opened.
"""

from __future__ import annotations

import codecs

from ..errors import OutsideError
from ..strict_json import looks_like

_MAGIC = (
    (0, b"PAR1", "parquet", "a Parquet file"),
    (0, b"PK\x03\x04", "zip", "a ZIP archive"),
    (0, b"PK\x05\x06", "zip", "an empty ZIP archive"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole", "an old Office file, or one with a password"),
    (0, b"SQLite format 3\x00", "sqlite", "a SQLite database"),
    (0, b"\x1f\x8b", "gzip", "a gzip file"),
    (0, b"BZh", "", "a bzip2 file"),
    (0, b"\xfd7zXZ", "", "an xz file"),
    (0, b"7z\xbc\xaf", "", "a 7z archive"),
    (0, b"\x28\xb5\x2f\xfd", "", "a Zstandard file"),
    (0, b"%PDF-", "", "a PDF"),
    (0, b"\x93NUMPY", "", "a NumPy file, which can hold programs"),
    (0, b"\x89HDF", "", "an HDF5 file"),
    (0, b"\x89PNG", "", "a picture"),
    (0, b"\xff\xd8\xff", "", "a picture"),
    (8, b"DUCK", "duckdb", "a DuckDB database"),
    (257, b"ustar", "", "a tar archive"),
)


def what_is(head: bytes) -> tuple[str, str]:
    """Return the format of a file by its first thousand bytes, "" where it is none that is read, and its name."""
    head = head.removeprefix(codecs.BOM_UTF8)
    for start, magic, form, name in _MAGIC:
        if head[start : start + len(magic)] == magic:
            return form, name
    if head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return "", "a Python pickle, which can hold programs"
    wide = head[:2] in (b"\xff\xfe", b"\xfe\xff")
    if kind := looks_like(head.decode("utf-16" if wide else "latin-1", "replace")):
        return ("json" if kind == "JSON" else ""), kind
    return ("", "a binary file") if b"\0" in head and not wide else ("text", "text")


def expect(head: bytes, wanted: tuple[str, ...], words: str) -> str:
    """Return the format of a file that must be one of `wanted`; OutsideError says what it is instead."""
    if not head.strip():
        raise OutsideError(f"the file is empty, where {words} was expected")
    form, name = what_is(head)
    if form in wanted:
        return form
    shown = " ".join(head[:120].decode("utf-8", "replace").split()) if name in ("an HTML page", "XML", "JSON") else ""
    hint = "Unpack it first." if "archive" in name or (name.endswith("file") and form == "") else ""
    raise OutsideError(
        f"the answer is {name}, where {words} was expected{': ' if shown else ''}{shown}",
        hint=hint or "Check the address, and `format` in [connector].",
    )
