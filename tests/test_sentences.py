"""Sentences: what people wrote and what calls say, joined as if one hand had written them."""

from __future__ import annotations

import pytest

from generator.page import Call
from generator.sentences import joined, write

CALL = Call("fact", ("crew",))


@pytest.mark.parametrize(
    ("pieces", "said"),
    [
        (["on ", "4 March 2024", "."], "on 4 March 2024."),
        (["до ", "2022 г.", "."], "до 2022 г."),
        (["до ", '2022 г.<sup class="mark">[1]</sup>', ". Затем"], 'до 2022 г.<sup class="mark">[1]</sup> Затем'),
        (['<span class="fact">2022 г.</span>', ". Затем"], '<span class="fact">2022 г.</span> Затем'),
        (["до ", "2022 г.", ", затем"], "до 2022 г., затем"),
        (["and so on", "..."], "and so on..."),
        (["г.", "..."], "г...."),
        ([], ""),
    ],
)
def test_the_full_stop_of_an_abbreviation_ends_the_sentence_too(pieces: list[str], said: str) -> None:
    assert joined(pieces) == said


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ("", "More than 5 people"),
        ("<p>", "More than 5 people"),
        ('<p>One.</p>\n<ul class="x"><li><strong>', "More than 5 people"),
        ("The fleet shrank. ", "More than 5 people"),
        ("Why? ", "More than 5 people"),
        ("It fell to 7%. ", "More than 5 people"),
        ('It fell to 7<sup class="mark">[1]</sup>. ', "More than 5 people"),
        ("They said “fewer”. ", "More than 5 people"),
        ("Among them ", "more than 5 people"),
        ("incl. ", "more than 5 people"),
        ("In 2025 г. ", "more than 5 people"),
        ("On board: ", "more than 5 people"),
        ("<p>On board <em>", "more than 5 people"),
    ],
)
def test_a_qualifier_that_begins_a_sentence_has_a_capital(before: str, said: str) -> None:
    assert write([before, CALL, " work"], lambda _: "more than 5 people") == f"{before}{said} work"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("более 5 человек", "Более 5 человек"),
        (
            '<span class="fact">\U00100020more than 5\U0010fffd</span>',
            '<span class="fact">\U00100020More than 5\U0010fffd</span>',
        ),
        ("5 people", "5 people"),
        ("€5 million", "€5 million"),
        ("超过5人", "超过5人"),
        ("", ""),
    ],
)
def test_only_a_letter_at_the_very_beginning_is_raised(answer: str, said: str) -> None:
    assert write([CALL], lambda _: answer) == said


def test_a_name_stays_as_it_is_declared_and_a_mark_stands_close_to_its_word() -> None:
    answers = {"name": "e5 ferry", "cite": "[1]"}

    assert (
        write([Call("name", ("e5",)), " sails ", Call("cite", ("x",)), "."], lambda call: answers[call.name])
        == "e5 ferry sails[1]."
    )
