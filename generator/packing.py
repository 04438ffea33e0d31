"""Unpacking compressed bytes, never more of them than allowed.

Place in the pipeline: base of `fetching`, and of the connectors that read packed files. A kilobyte can unpack to a
megabyte, and one packed twice to a gigabyte, so what comes out is counted while it comes.
gzip is RFC 1952 (https://www.rfc-editor.org/rfc/rfc1952), deflate RFC 1950 and 1951.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from .errors import OutsideError

_PART = 1 << 16
_GZIP, _RAW = 31, -15
"""How zlib is told what it reads: a gzip head, none."""


def unpack(parts: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Yield a body unpacked, in parts of at most 64 KiB; the caller counts them and stops when it has enough.

    `encoding` is HTTP's Content-Encoding. OutsideError where it is another one than gzip or deflate, and where the
    body is damaged or ends too early.
    """
    name = encoding.strip().lower()
    if name in ("", "identity"):
        yield from parts
    elif name in ("gzip", "x-gzip"):
        yield from gunzip(parts)
    elif name == "deflate":
        yield from _inflate(parts)
    else:
        raise OutsideError(f"the body is packed as '{name[:40]}'", hint="gzip and deflate are understood.")


def gunzip(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the content of a gzip file of one or more members."""
    reader = zlib.decompressobj(_GZIP)
    for part in parts:
        data = part
        while data:
            if reader.eof:
                reader = zlib.decompressobj(_GZIP)
            yield _step(reader, data)
            data = reader.unconsumed_tail or reader.unused_data
    _finish(reader)


def _inflate(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Yield a deflated body; some servers leave out the head that zlib wants (RFC 1950)."""
    reader = None
    for part in parts:
        data = part
        while data:
            if reader is None:
                headed = data[0] & 0x0F == 8
                reader = zlib.decompressobj(zlib.MAX_WBITS if headed else _RAW)
            yield _step(reader, data)
            data = reader.unconsumed_tail
    if reader is not None:
        _finish(reader)


def _step(reader: zlib._Decompress, data: bytes) -> bytes:
    try:
        return reader.decompress(data, _PART)
    except zlib.error as error:
        raise OutsideError(f"the packed body is damaged: {error}") from error


def _finish(reader: zlib._Decompress) -> None:
    if not reader.eof:
        raise OutsideError("the packed body ends too early")
