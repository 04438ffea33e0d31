"""Candidates: which quantities of a document may be facts, of when, of what, and in which words."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from generator.anchors import Document, count_words
from generator.candidate_anchors import Quotes
from generator.candidate_metrics import Guesser
from generator.candidate_periods import Calendar
from generator.candidate_words import Families, words_of
from generator.candidates import figures, nominate, scaled
from generator.mentions import Reading
from generator.model import Fact, Metric, Series, Source, Topic, Unit, Vocabulary
from generator.periods import parse_period
from generator.quantities import Quantity

UNITS = (
    Unit("enterprise", "enterprise", "enterprises", (("en", ("companies", "residents")), ("zh", ("家企业",)), ("ru", ("предприятий",)))),
    Unit("student", "student", "students", (("ru", ("студентов",)),)),
    Unit("country", "country", "countries", (("zh", ("国",)),)),
    Unit("tonne", "tonne", "tonnes", (("en", ("tons",)),)),
    Unit("percent", "percent", "percent"), Unit("times", "times", "times"), Unit("year", "year", "years"), Unit("date", "date", "dates"),
)  # fmt: skip
METRICS = (
    Metric("trade", "Trade in goods"), Metric("trade-growth", "Growth of trade in goods on the year before"),
    Metric("park-residents", "Registered residents of the park"), Metric("students", "Students from abroad"),
    Metric("exports-share", "Exports as a share of GDP"), Metric("opening", "Opening of the bridge"),
)  # fmt: skip
VOCABULARY = Vocabulary(METRICS, (("land", "Landia"), ("park", "River Park (Old Mill)"), ("pair", "Landia and Seeland")), (), UNITS)


def reading(text: str, language: str = "en") -> Reading:
    return Reading(Document(text), language, VOCABULARY)


def said(text: str, language: str = "en") -> list[str]:
    found = reading(text, language)
    return [found.spots[each.number].quantity.text for each in figures(found, VOCABULARY)]


# --- which quantities -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("In 2022 trade rose by 33% to US$5.08 billion.", ["33%", "US$5.08 billion"]),
        ("There were 107 enterprises in the park.", ["107 enterprises"]),
        ("The number of students has exceeded 7,000 since then.", ["7,000"]),
        ("The two countries signed. The heads of the two countries met.", []),
        ("Two countries signed it.", ["Two countries"]),
        ("Both of the three countries agreed.", []),
        ("It was the first and the second of its kind.", []),
        ("On the first day one of the enterprises was sold in the second year of the plan.", []),
        ("It was the seventh year of the plan, and the 13th year of the town.", ["seventh", "13th"]),
        ("See chapter 3 and the notes [12].", []),
        ("1. Introduction of the matter\n2. Trade of the pair", []),
        ("Year\tTrade\n2021\t3812\n2022\t5080", []),
        ("Year\tGrowth\n2022\t33%", ["33%"]),
        ("218", []),
        ("In May 2015 the president opened the bridge in the capital.", ["In May 2015"[3:]]),
        ("In 2022 the park had 107 enterprises.", ["107 enterprises"]),
        ("Annual report of the office for 2022", []),
        ("12 May 2022", []),
    ],
)
def test_figures_are_told_from_dates_marks_and_words(text: str, expected: list[str]) -> None:
    assert said(text) == expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("园区入驻企业107家企业，投资额达13亿美元。", "zh", ["107家企业", "13亿美元"]),
        ("В парке работают 107 предприятий; товарооборот вырос на 33%.", "ru", ["107 предприятий", "33%"]),
    ],
)
def test_figures_are_found_in_other_languages(text: str, language: str, expected: list[str]) -> None:
    assert said(text, language) == expected


def test_a_unit_that_stands_apart_is_the_nearest_before_the_number() -> None:
    found = reading("Of all companies the number of students has exceeded 7,000 since then.")

    assert [each.unit for each in figures(found, VOCABULARY)] == ["student"]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("US$5.08 billion", "en", ("5.08", "billion")),
        ("528,000 tons", "en", ("528000", "")),
        ("50.8亿美元", "zh", ("5.08", "billion")),
        ("1.3万家企业", "zh", ("13000", "")),
        ("5,08 млрд долларов", "ru", ("5.08", "billion")),
        ("three million dollars", "en", ("3", "million")),
        ("fell by 22.6 percent", "en", ("-22.6", "")),
        ("up 5.50%", "en", ("5.50", "")),
    ],
)
def test_values_are_written_as_facts_csv_writes_them(text: str, language: str, expected: tuple[str, str]) -> None:
    (spot,) = reading(f"Trade {text}" if language == "en" else text, language).spots

    assert scaled(spot.quantity) == expected


def test_a_range_is_a_text() -> None:
    assert scaled(Quantity(0, 1, "4 to  6 minutes", "range", Decimal(4), Decimal(4), upper=Decimal(6))) == ("4 to 6 minutes", "")


# --- of when --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("In 2022 trade came to 5 billion dollars.", ("2022", "clause")),
        ("In 2022, under the plan, trade came to 5 billion dollars.", ("2022", "sentence")),
        ("The year 2022 was good. Trade came to 5 billion dollars.", ("2022", "paragraph")),
        ("Trade came to 5 billion dollars.", ("2023", "document")),
        ("Trade came to 5 billion dollars in 2022, compared to 2021.", ("2022", "clause")),
        ("In 2022 we had many more, 7% more than in 2021.", ("2022", "sentence")),
        ("In 2019 it was otherwise; in 2022 trade came to 5 billion dollars.", ("2022", "clause")),
        ("Trade came to 5 billion dollars last year.", ("2022", "clause")),
        ("By the end of January trade came to 5 billion dollars.", ("2023-01", "clause")),
        ("As of February this year, there were 107 enterprises.", ("2023-02", "sentence")),
        ("In November last year it made 5 million dollars.", ("2022-11", "clause")),
        ("In December it made 5 million dollars.", ("2022-12", "clause")),
        ("From January to May 2022 trade came to 5 billion dollars.", ("2022-01/2022-05", "clause")),
    ],
)  # fmt: skip
def test_a_period_is_taken_from_what_stands_nearest(text: str, expected: tuple[str, str]) -> None:
    found = reading(text)
    number = next(at for at, spot in enumerate(found.spots) if not spot.quantity.iso)

    dating = Calendar(found, "2023-03-05").period_of(number)

    assert (dating.period.text, dating.by) == expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("去年双边贸易额达50亿美元。", "zh", "2022"),
        ("В прошлом году товарооборот составил 5 млрд долларов.", "ru", "2022"),
        ("Тавараабарот у мінулым годзе склаў 5 млрд долараў.", "be", "2022"),
    ],
)
def test_years_are_counted_from_the_document_in_every_language(text: str, language: str, expected: str) -> None:
    found = reading(text, language)
    number = next(at for at, spot in enumerate(found.spots) if not spot.quantity.iso)

    assert Calendar(found, "2023").period_of(number).period.text == expected


def test_without_any_date_the_period_is_undated() -> None:
    dating = Calendar(reading("Trade came to 5 billion dollars last year."), "").period_of(0)

    assert (dating.period.text, dating.by) == ("undated", "")


# --- of what --------------------------------------------------------------------------------------


def fact(metric: str, unit: str, entity: str = "pair", anchor: str = "") -> Fact:
    return Fact(metric, metric, entity, parse_period("2020"), Decimal(1), unit, anchor=anchor)


def topic(*facts: Fact, id_: str = "economy", series: tuple[Series, ...] = ()) -> Topic:
    return Topic(id_, "T", "B", "#000000", (), (), (), facts, series, ())


def guesser(*facts: Fact, translate: object = lambda _: ()) -> Guesser:
    return Guesser(VOCABULARY, [topic(*facts)], translate)  # type: ignore[arg-type]


def context(text: str) -> dict[str, float]:
    return {word: 1.0 for word, _, _ in words_of(text)}


@pytest.mark.parametrize(
    ("text", "unit", "metric"),
    [
        ("the volume of trade between Landia and Seeland", "USD", "trade"),
        ("traded goods grew on the year before", "percent", "trade-growth"),
        ("registered residents", "enterprise", "park-residents"),
        ("foreign students who came from abroad", "student", "students"),
        ("exports as a share of GDP", "percent", "exports-share"),
        ("the weather was nice in the hills", "USD", ""),
        ("it grew year on year", "percent", ""),
    ],
)
def test_a_metric_is_known_by_its_label(text: str, unit: str, metric: str) -> None:
    assert guesser().guess(context(text), {}, unit).metric == metric


def test_a_metric_whose_figures_have_another_unit_does_not_fit() -> None:
    known = guesser(fact("trade", "USD"), fact("trade-growth", "percent"))

    assert known.guess(context("trade in goods"), {}, "percent").metric != "trade"
    assert known.guess(context("trade in goods"), {}, "USD").metric == "trade"


def test_words_of_a_unit_are_one_word() -> None:
    assert guesser(fact("park-residents", "enterprise")).guess(context("enterprises registered in the park"), {}, "enterprise").metric == "park-residents"


def test_the_anchors_of_facts_teach_words_that_labels_lack() -> None:
    anchor = "turnover of commerce climbed to 5 billion dollars"

    assert guesser().guess(context("the turnover of commerce climbed"), {}, "EUR").metric in ("", "trade")
    assert guesser(fact("exports-share", "USD", anchor=anchor)).guess(context("commerce climbed"), {}, "USD").metric == "exports-share"


def test_translated_labels_are_known() -> None:
    translate = {"Students from abroad": ["留学生人数"]}

    known = guesser(translate=lambda label: translate.get(label, ()))

    assert known.guess(context("留学生的人数"), {}, "student").metric == "students"


def test_where_words_say_nothing_the_only_metric_that_counts_in_a_unit_is_meant() -> None:
    known = guesser(fact("students", "student"), fact("trade", "USD"))

    assert known.guess(context("外语 слова"), {}, "student").metric == "students"
    assert known.guess(context("外语 слова"), {}, "USD").metric == ""


def test_the_entity_is_that_whose_whole_name_stands_near() -> None:
    known = guesser(fact("park-residents", "enterprise", "park"), fact("park-residents", "enterprise", "land"))

    assert known.guess(context("registered residents"), context("Old Mill"), "enterprise").entity == "park"
    assert known.guess(context("registered residents of Landia"), {}, "enterprise").entity == "land"


def test_words_of_a_name_do_not_make_a_metric() -> None:
    found = reading("In Old Mill 33% of it was sold.")

    (candidate,) = nominate(Source("S", "P", "T", "document", "2026-01-01", language="en"), found, figures(found, VOCABULARY), guesser(), VOCABULARY)

    assert (candidate.metric, candidate.entity) == ("", "park")


def test_a_guess_does_not_depend_on_the_order_of_words() -> None:
    words = ["volume", "of", "trade", "in", "goods", "between", "Landia", "and", "Seeland", "grew", "on", "the", "year", "before"]

    assert len({guesser().guess(context(" ".join(order)), {}, "percent") for order in (words, words[::-1], sorted(words))}) == 1


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("investment", "investors", True), ("trade", "trading", True), ("инвестиции", "инвестиций", True), ("growth", "рост", True),
        ("贸易", "trade", True), ("party", "partition", False), ("china", "chinese", True),
    ],
)  # fmt: skip
def test_words_of_a_family_have_one_name(one: str, other: str, same: bool) -> None:
    families = Families([one, other])

    assert (families.name(one) == families.name(other)) is same


# --- in which words -------------------------------------------------------------------------------

LONG = "It is said that " + "the honourable member for the northern district of the lower river " * 2 + "paid 34.1 million dollars for it"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Up to now, the number of enterprises in the park has reached 107, of all kinds.", "the number of enterprises in the park has reached 107"),
        ("In July 2022, the account of the pavilion was opened by both.", "In July 2022, the account of the pavilion was opened by both"),
        ("Trade rose by 5%. Then trade rose by 5% again.", "Trade rose by 5%"),
        ("=5% of it was sold", "5% of it was sold"),
        ("@home 5% of it was sold", "home 5% of it was sold"),
    ],
)  # fmt: skip
def test_an_anchor_is_the_clause_that_holds_the_quantity(text: str, expected: str) -> None:
    found = reading(text)
    first = next(iter(figures(found, VOCABULARY)))

    assert Quotes(found, "en", VOCABULARY).anchor(first.number, first.unit) == expected


def test_an_anchor_has_at_most_fifteen_words_and_never_a_whole_long_sentence() -> None:
    found = reading(LONG + ".")

    anchor = Quotes(found, "en", VOCABULARY).anchor(0, "USD")

    assert 8 <= count_words(anchor) <= 15
    assert "34.1 million dollars" in anchor


def test_what_nothing_tells_apart_has_no_anchor() -> None:
    found = reading("It rose by 5%.\n\n" * 20)

    assert [each.anchor for each in nominate(replace(Source("S", "P", "T", "d", "2026-01-01"), language="en"), found, figures(found, VOCABULARY), guesser(), VOCABULARY)] == [""] * 20
