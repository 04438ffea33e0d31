"""Strict reading of JSON: C21 of FAULTS.csv, and what publishers send instead of it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from generator.errors import OutsideError
from generator.strict_json import read_json


def test_numbers_keep_every_digit() -> None:
    assert read_json(b'{"a": [1832641364775.52, 9007199254740993, 1e3, null, true]}') == {
        "a": [Decimal("1832641364775.52"), Decimal(9007199254740993), Decimal("1E+3"), None, True]
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": [1, NaN]}', "$.a[1]: 'NaN', which is no number of JSON"),
        ("[-Infinity]", "$[0]: '-Infinity'"),
        ('{"a": {"b": 1, "c": 2, "b": 3}}', "$.a.b: a name that stands twice"),
        ('{"data": [{"value": 1e999}]}', "$.data[0].value: a number out of range, 1e999"),
        ("[1e-400]", "$[0]: a number out of range"),
        (r'["\ud800"]', "$[0]: half a character"),
        (r'{"\udc00": 1}', "$ (a name): half a character"),
        (f"[{'9' * 5000}]", "$[0]: a number of 5000 characters"),
        ("[" * 100_000, "nested too deeply"),
        ("[" * 5000 + "]" * 5000, "nested too deeply"),
    ],
)
def test_c21_hostile_json_is_refused_with_its_place(text: str, said: str) -> None:
    with pytest.raises(OutsideError) as caught:
        read_json(text.encode())

    assert said in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "the answer is empty, where JSON was expected"),
        (b" \n", "the answer is empty"),
        (b"<!DOCTYPE html><title>502 Bad Gateway</title>", "the answer is an HTML page, where JSON was expected: <!DOC"),
        (b"\n<HTML><body>sorry", "the answer is an HTML page"),
        (b"<?xml version='1.0'?><error/>", "the answer is XML"),
        (b'[{"page": 1}, [{"value": 2', "the answer is cut: its JSON ends at line 1"),
        (b'[{"page": 1}, [{"val', "the answer is cut"),
        (b'{"a": 1} trailing', "the answer is no JSON"),
        (b"period,value\n2024,1\n", "the answer is no JSON"),
        ("café".encode("latin-1"), "the answer is no UTF-8: byte 0xe9 at offset 3"),
        ('{"a": 1}'.encode("utf-16"), "the answer is no UTF-8"),
    ],
)
def test_c10_what_is_no_json_is_named(data: bytes, said: str) -> None:
    with pytest.raises(OutsideError) as caught:
        read_json(data)

    assert caught.value.message.startswith(said)
