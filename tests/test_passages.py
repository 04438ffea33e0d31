"""Passages: which language a text is in, by its letters where they tell it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.passages import language_of, passages


@pytest.mark.parametrize(
    ("text", "named", "language"),
    [
        ("增长1.4倍", "en", "zh"),
        ("增長1.4倍", "zh-Hant", "zh-Hant"),
        ("5.08 billion (亿)", "en", "en"),
        ("GDP 5%", "zh", "zh"),
        ("2022", "ru", "ru"),
        ("売上高は1.4倍に増えた", "ja", "ja"),
        ("売上高は1.4倍に増えた", "zh", "ja"),
        ("рост в 1,4 раза", "ru", "ru"),
        ("рост у 1,4 раза", "be", "be"),
        ("Рост составил 5 млрд", "be", "ru"),
        ("у ліпені рост склаў 5 млрд", "ru", "be"),
        ("рост составил 5 млрд", "", "ru"),
        ("рост склаў 5 млрд", "", "be"),
        ("рост составил 5 млрд", "en", "ru"),
        ("5 млрд", "be", "be"),
        ("5 млрд", "ru", "ru"),
        ("5 млрд", "", "ru"),
        ("зростання їхнє і наше", "ru", "uk"),
        ("ръстът е 5 млрд", "bg", "bg"),
        ("The trade of the two countries", "zh", "en"),
        ("The trade of the two countries", "", "en"),
        ("Le commerce des deux pays", "", ""),
        ("Le commerce des deux pays", "fr", "fr"),
        ("Der Handel wuchs", "de", "de"),
        ("", "be", "be"),
    ],
)
def test_letters_tell_the_language_where_they_surely_do(text: str, named: str, language: str) -> None:
    assert language_of(text, named) == language


def test_a_mixed_document_is_cut_where_its_language_changes() -> None:
    text = "The trade of the two countries\ngrew by 5%.\n\n贸易额增长5%。\n2022  5,0\nОбъём вырос на 5%.\nАб'ём вырас ў 2 разы.\n"

    found = [(text[start:end], language) for start, end, language in passages(text, "en")]

    assert found == [
        ("The trade of the two countries\ngrew by 5%.\n\n", "en"),
        ("贸易额增长5%。\n2022  5,0\n", "zh"),
        ("Объём вырос на 5%.\n", "ru"),
        ("Аб'ём вырас ў 2 разы.\n", "be"),
    ]


def test_what_tells_nothing_is_in_the_language_that_was_named() -> None:
    assert list(passages("2022\n5,0\n", "be")) == [(0, 9, "be")]
    assert list(passages("", "be")) == []


@given(st.text(max_size=200), st.sampled_from(["", "en", "zh", "ru", "be", "fr"]))
def test_passages_hold_every_character_once(text: str, language: str) -> None:
    found = list(passages(text, language))

    assert "".join(text[start:end] for start, end, _ in found) == text
