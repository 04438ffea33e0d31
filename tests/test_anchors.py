"""Anchors: when words stand in a document, how they are counted, what is proposed in their place."""

from __future__ import annotations

import unicodedata

import pytest
from effort import calls_in
from hypothesis import given
from hypothesis import strategies as st

from generator.anchors import Document, comparable, count_words, fold


@pytest.mark.parametrize(
    ("anchor", "document"),
    [
        ("up 33% year on year", "Trade was up\n  33%\u00a0year on year."),
        ("international co-operation", "in international co- operation and"),
        ("cooperation", "the co-\noperation of both"),
        ("cooperation", "the co\u00adoperation of both"),
        ("the park's plan", "signed the park’s plan"),
        ('the "Belt and Road"', "known as the “Belt and Road”"),
        ("café", "the cafe\u0301 in Minsk"),
        ("文化交流活动", "更多高水平的文化交流 活动,"),
        ("差异，仍然存在", "差异， 仍然存在"),
        ("交流、文化", "双边交流、 文化、科技"),
        ("grew by 5", "it grew by 5."),
        ("5.08 billion", "(5.08 billion)"),
    ],
)
def test_an_anchor_stands_where_people_read_it(anchor: str, document: str) -> None:
    assert Document(document).holds(anchor)


@pytest.mark.parametrize(
    ("anchor", "document"),
    [
        ("up 33%", "up 34%"),
        ("33%", "133%"),
        ("up 3", "up 33%"),
        ("trade of 5", "trade of 5.08 billion"),
        ("08 billion", "5.08 billion"),
        ("120", "120,000 containers"),
        ("port of Minsk", "airport of Minsk"),
        ("Trade grew", "trade grew"),
        ("trade  grew", "trade has grown"),
        ("2021-2022", "20212022"),
        ("", "anything"),
        (" ", "any thing"),
    ],
)
def test_an_anchor_is_not_a_part_of_longer_words_or_numbers(anchor: str, document: str) -> None:
    assert not Document(document).holds(anchor)


def test_a_later_whole_occurrence_counts() -> None:
    assert Document("133% and then 33% more").holds("33% more")


@pytest.mark.parametrize(
    ("text", "words"),
    [("one two  three", 3), ("贸易额达", 2), ("达5.08亿美元", 3), ("a - b", 2), ("", 0), ("China’s 13th", 2)],
)
def test_a_chinese_character_counts_half_a_word(text: str, words: float) -> None:
    assert count_words(text) == words


@pytest.mark.parametrize(
    ("anchor", "text", "found"),
    [
        ("rose 33%", "Trade rose\n 33% and rose  33%.", ["rose\n 33%", "rose  33%"]),
        ("33% more", "133% more, then 33% more", ["33% more"]),
        ("the cooperation", "for the co-\noperation of", ["the co-\noperation"]),
        ("a “Belt”", 'is \u00ada "Belt" and', ['a "Belt"']),
        ("的文化交流活动", " \n水平的文化\n\n交流 活动,", ["的文化\n\n交流 活动"]),
        ("a", "a a\u00ad a", ["a", "a", "a"]),
        ("no such words", "others", []),
        ("", "anything", []),
    ],
)
def test_the_places_of_an_anchor_are_those_of_the_text_as_received(anchor: str, text: str, found: list[str]) -> None:
    assert [text[start:end] for start, end in Document(text).places(anchor)] == found


@given(st.text(alphabet="aB1 \n\t\u00a0\u00ad-\u2010‘”.,贸易，3"))
def test_every_character_of_the_key_comes_from_where_it_stands(raw: str) -> None:
    document = Document(unicodedata.normalize("NFC", raw))

    assert len(document._origins) == len(document.key)
    for character, origin in zip(document.key, document._origins, strict=True):
        stands = document.text[origin]
        assert character == (" " if stands.isspace() else comparable(stands))


def test_the_nearest_passage_is_proposed_with_its_line() -> None:
    document = Document("A first line.\nIn 2022 the trade volume\nrose by 34 percent. The end.")

    passage = document.nearest("the trade volume rose by 33 percent")

    assert passage is not None
    assert (passage.text, passage.place) == ("the trade volume rose by 34 percent", "line 2")


def test_the_nearest_chinese_passage_is_proposed() -> None:
    passage = Document("第一段。两国贸易额去年增长百分之三十四。").nearest("贸易额去年增长百分之三十三")

    assert passage is not None
    assert passage.text == "贸易额去年增长百分之三十四"


@pytest.mark.parametrize("document", ["", "nothing alike in here at all", "..."])
def test_nothing_is_proposed_where_nothing_is_alike(document: str) -> None:
    assert Document(document).nearest("trade rose by 33 percent") is None


def test_a_long_document_is_searched_in_linear_time() -> None:
    def effort(times: int) -> int:
        document = Document("the trade volume of both countries has grown " * times)
        return calls_in(lambda: document.nearest("the trade volume rose by 33 percent in both of the two countries"))

    assert effort(5000) <= 11 * effort(500)


@pytest.mark.parametrize(
    ("document", "place"),
    [
        (Document("one\ntwo\nthree"), "line 3"),
        (Document("one\ntwo\nthree", unit="paragraph"), "paragraph 3"),
        (Document("one\ntwo\nthree", pages=(0, 4)), "page 2"),
        (Document("one\ntwo\nthree", pages=(0, 4, 9)), "page 2"),
    ],
)
def test_a_place_is_named_as_people_find_it_again(document: Document, place: str) -> None:
    assert document.where(8) == place


def test_folding_is_done_once() -> None:
    text = "a \u00a0 b\u00ad c\n"

    assert fold(fold(text)) == fold(text) == "a b c"
    assert comparable(comparable("co- op “x”")) == comparable("co- op “x”")
