"""Strict reading of JSON that others wrote: numbers as decimals, and nothing that only Python would accept.

Place in the pipeline: base of the connectors, which call it in a limited child. In: bytes; out: plain values. RFC 8259
(https://www.rfc-editor.org/rfc/rfc8259) and what it warns of: NaN, names that stand twice, numbers beyond any range and
lone surrogates are refused with their place, `$.data[3].value`. A child's limits end what is too deep or too long.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .errors import OutsideError

_DIGITS = 40
_EXPONENT = 30
"""A number of more digits, or beyond ten to this power, is none of statistics."""


@dataclass(frozen=True, slots=True)
class _Wrong:
    """What stands where something was refused, until its place is known."""

    found: str


def read_json(data: bytes) -> Any:  # noqa: ANN401 - what the publisher sent
    """Return the value of a JSON text; OutsideError says what it is instead, or where it is wrong."""
    try:
        text = data.decode("utf-8-sig")
        value = json.loads(
            text, parse_float=_number, parse_int=_number, parse_constant=_constant, object_pairs_hook=_object
        )
        wrong = next(_wrong(value, "$"), None)
    except UnicodeDecodeError as error:
        raise OutsideError(f"the answer is no UTF-8: byte {data[error.start]:#04x} at offset {error.start}") from error
    except json.JSONDecodeError as error:
        raise OutsideError(_misfit(text, error)) from error
    except RecursionError as error:
        raise OutsideError("the answer is JSON that is nested too deeply", hint=_CURE) from error
    if wrong:
        raise OutsideError(f"the answer's JSON is wrong at {wrong}", hint=_CURE)
    return value


_CURE = "Tell the publisher; the data kept from before stay as they are."


def looks_like(text: str) -> str:
    """Return what a text is by its beginning, as people say it; "" where it is neither HTML, XML nor JSON."""
    start = text.lstrip("\ufeff \t\r\n")[:400].lower()
    if start.startswith(("<!doctype html", "<html", "<head", "<body", "<title", "<h1")):
        return "an HTML page"
    if start.startswith("<"):
        return "an HTML page" if "<html" in start else "XML"
    return "JSON" if start.startswith(("{", "[")) else ""


def _misfit(text: str, error: json.JSONDecodeError) -> str:
    if not text.strip():
        return "the answer is empty, where JSON was expected"
    kind = looks_like(text)
    if kind and kind != "JSON":
        return f"the answer is {kind}, where JSON was expected: {' '.join(text.split())[:120]}"
    if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
        return f"the answer is cut: its JSON ends at line {error.lineno} column {error.colno}"
    return f"the answer is no JSON: {error}"


def _number(text: str) -> Decimal | _Wrong:
    if len(text) > _DIGITS:
        return _Wrong(f"a number of {len(text)} characters, {text[:20]}…")
    value = Decimal(text)
    if value and abs(value.adjusted()) > _EXPONENT:
        return _Wrong(f"a number out of range, {text}")
    return value


def _constant(name: str) -> _Wrong:
    return _Wrong(f"'{name}', which is no number of JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        found[twice] = _Wrong("a name that stands twice")
    return found


def _wrong(value: object, path: str) -> Iterator[str]:
    """Yield each wrong value with its place."""
    if isinstance(value, _Wrong):
        yield f"{path}: {value.found}"
    elif isinstance(value, str):
        if any("\ud800" <= char <= "\udfff" for char in value):
            yield f"{path}: half a character (a lone surrogate)"
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _wrong(name, f"{path} (a name)")
            yield from _wrong(item, f"{path}.{name[:60]}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _wrong(item, f"{path}[{number}]")
