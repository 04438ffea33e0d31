"""Signs: every numeral says where it comes from, through joining, escaping and filters, and nothing else does."""

from __future__ import annotations

import html
import pickle
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.model import Place
from generator.names import Names, whole_words
from generator.page import Trace
from generator.prose import is_digit
from generator.template import Said
from generator.traces import FURNITURE, KINDS, Traces, count, digits_of, has_digit, numerals, plain, unsigned

FACT, OTHER = Trace("fact", "a", "5.08 billion USD", ("S1",)), Trace("observation", "gdp 2023")
NAMES = whole_words(["5G", "Boeing 737", "sha256"])


def read(text: str, traces: Traces) -> list[tuple[str, Trace | None]]:
    return [(found.text, found.trace) for found in numerals(text, traces.all, NAMES)[1]]


def test_a_signed_text_tells_the_trace_of_each_numeral_and_what_stands_beside_it_has_none() -> None:
    traces = Traces()

    text = f"In 2022 {traces.sign('US$5.08 billion', FACT)}, {traces.sign('71.9', OTHER)}."

    assert read(text, traces) == [("2022", None), ("5.08", FACT), ("71.9", OTHER)]
    assert plain(text) == "In 2022 US$5.08 billion, 71.9."


def test_digits_of_two_traces_that_touch_are_two_numerals() -> None:
    traces = Traces()

    assert read(traces.sign("20", FACT) + traces.sign("24", OTHER) + "7", traces) == [("20", FACT), ("24", OTHER), ("7", None)]


def test_the_innermost_sign_counts() -> None:
    traces = Traces()

    assert read(traces.sign(f"+3% on {traces.sign('2021', OTHER)}", FACT), traces) == [("3", FACT), ("2021", OTHER)]


def test_a_text_without_numerals_is_not_signed() -> None:
    assert Traces().sign("more than", FACT) == "more than"


def test_the_same_trace_has_one_number_and_every_kind_of_furniture_has_its_own() -> None:
    traces = Traces()
    traces.sign("1", FACT)
    traces.sign("2", FACT)

    assert traces.all == (*(Trace(kind) for kind in FURNITURE), FACT)
    assert set(FURNITURE) < set(KINDS)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1 234", ["1 234"]),
        ("1\u00a0234\u202f567,5", ["1\u00a0234\u202f567,5"]),
        ("12,500.75", ["12,500.75"]),
        ("2019, 2020", ["2019", "2020"]),
        ("2013\u20132017", ["2013", "2017"]),
        ("2026-11-22.1", ["2026", "11", "22.1"]),
        ("km² and ½ of ٣ and ２", ["²", "½", "٣", "２"]),
        ("Ⅻ 二〇二二", ["Ⅻ", "〇"]),
        ("5G, G5, Boeing 737 and sha256", ["5", "5", "737", "256"]),
    ],
)
def test_numerals_of_every_script_are_seen(text: str, found: list[str]) -> None:
    assert [each.text for each in numerals(text.replace("1 234", "1\u00a0234"), (), NAMES)[1]] == [
        each.replace("1 234", "1\u00a0234") for each in found
    ]


def test_a_numeral_inside_a_name_is_the_names() -> None:
    found = read("5G, G5, Boeing  737, 737 and sha256", Traces())

    assert [trace and (trace.kind, trace.of) for _, trace in found] == [
        ("name", "5G"), None, ("name", "Boeing  737"), None, ("standard", "sha256"),
    ]  # fmt: skip


@given(st.text(st.characters(categories=["Nd"]), min_size=1, max_size=8))
def test_every_decimal_digit_is_a_digit_here_and_there(text: str) -> None:
    assert all(map(is_digit, text))
    assert has_digit(text)
    assert digits_of(text).isascii()


def test_what_prose_refuses_in_common_blocks_is_seen_on_pages_too() -> None:
    letters = (chr(code) for code in (*range(0xA0, 0x1000), *range(0x2000, 0x3300)))
    numeric = [letter for letter in letters if unicodedata.category(letter) in ("Nd", "Nl", "No")]

    assert [letter for letter in numeric if not has_digit(letter)] == []


# --- what templates make of it --------------------------------------------------------------------


def test_a_text_compares_and_sorts_as_it_is_read_and_prints_its_sign() -> None:
    traces = Traces()
    one, other = Said(traces.sign("2022", FACT)), Said(traces.sign("2022", OTHER))

    assert one == other == "2022"
    assert len(one) == 4
    assert sorted([Said(traces.sign("2023", FACT)), one]) == ["2022", "2023"]
    assert read(str(one), traces) == [("2022", FACT)]
    assert read(f"{other}", traces) == [("2022", OTHER)]


@pytest.mark.parametrize("change", [Said.upper, Said.lower, Said.capitalize, Said.strip])
def test_changed_letters_keep_the_sign(change: object) -> None:
    traces = Traces()
    said = Said(" " + traces.sign("about 7 km", FACT) if change is Said.strip else traces.sign("about 7 km", FACT))

    assert read(str(change(said)), traces) == [("7", FACT)]  # type: ignore[operator]


def test_capitals_stand_where_a_reader_looks() -> None:
    traces = Traces()

    assert Said(traces.sign("about 7 KM", FACT)).capitalize() == "About 7 km"
    assert Said(f"  {traces.sign('7', FACT)} ").strip() == "7"


def test_a_number_of_the_page_counts_as_a_number_and_prints_its_kind() -> None:
    number = pickle.loads(pickle.dumps(count(3, "figure-number")))

    assert (number == 3, number + 1, number < 4) == (True, 4, True)
    assert read(f"{number}", Traces()) == [("3", Trace("figure-number"))]


# --- what nobody signed for -----------------------------------------------------------------------


def test_typed_numerals_of_a_page_are_told_with_the_words_around_them() -> None:
    traces = Traces()
    page = f"<style>a1</style><h1 id='s1'>5G {traces.sign('2022', FACT)}</h1><!-- 9 --><p title=\"8\">Founded &#49;993 in <b>7</b></p>"

    found = [(number, around) for _, number, around in unsigned(page, traces.all, NAMES)]

    assert found == [("1993", "Founded 1993 in"), ("7", "7")]


def test_escaping_leaves_signs_alone() -> None:
    traces = Traces()
    text = html.escape(traces.sign("<7>", FACT))

    assert list(unsigned(f"<p>{text}</p>", traces.all, NAMES)) == []


# --- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["5G", "(5G)", "5G网络", "“5G”", "the 5G-network", "via 5G."])
def test_a_name_is_found_as_a_word(text: str) -> None:
    names = Names(["5G"])

    assert not has_digit(names.hide(text, Place("x", 1)))
    assert len(names.hide(text, Place("x", 1))) == len(text)


def test_the_longest_name_counts_and_its_use_is_noted_once_a_place() -> None:
    names = Names(["Boeing", "Boeing 737"])
    for _ in range(2):
        names.hide("A Boeing 737 and a Boeing\n737.", Place("x", 1))

    (note, unused) = names.notes(Place("v", 2))

    assert (note.found, str(note.place), note.severity) == ("the name 'Boeing 737'", "x:1", "note")
    assert (unused.found, str(unused.place), unused.rule) == ("the name 'Boeing'", "v:2", "name.unused")
