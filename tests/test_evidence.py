"""Evidence: an anchor stands in its document and holds the fact's number, or the finding says what it holds."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest

from generator import evidence
from generator.anchors import Document
from generator.documents import Library
from generator.evidence import check_anchors, check_numbers, read_lock, write_lock
from generator.knowledge import learn
from generator.lock import Lock
from generator.model import Checked, Fact, Finding, Place, Source, Unit, Vocabulary
from generator.periods import Period, parse_period
from generator.sandbox import Limits
from generator.workspace import Workspace

UNITS = (
    Unit("enterprise", "enterprise", "enterprises", (("en", ("companies",)),)),
    Unit("company", "company", "companies"),
    Unit("tonne", "tonne", "tonnes"),
    Unit("percent", "percent", "percent"),
    Unit("year", "year", "years"),
    Unit("date", "date", "dates"),
)
EMPTY = Lock()
VOCABULARY = Vocabulary((), (), (), UNITS)
TEXT = """Up to now the number of enterprises has reached 107, with an intended investment
of more than US$1.3 billion. In 2022 trade came to 5.08 billion US dollars, up 33% year on
year. Profit fell 22.6 percent. The plant opened on 4 November 2022, near Minsk."""


def source(text: str = TEXT, **more: str) -> Source:
    digest = hashlib.sha256(text.encode()).hexdigest()
    plain = Source("S", "P", "T", "document", "2026-11-22", language="en", document="s.txt", sha256=digest)
    return replace(plain, place=Place("data/sources.toml", 3), **more)  # type: ignore[arg-type]


def fact(value: str | Period, unit: str, anchor: str, **more: object) -> Fact:
    number = Decimal(value) if isinstance(value, str) and unit != "text" else value
    place = Place("data/t/facts.csv", 12)
    plain = Fact("f", "m", "e", parse_period("2022"), number, unit, source="S", anchor=anchor, place=place)
    return replace(plain, **more)  # type: ignore[arg-type]


def opened(data: bytes | None) -> Callable[[Source], Document | None]:
    """Return what opens documents, over a workspace that has these bytes as every document."""
    return Library(SimpleNamespace(document=lambda _: data), Limits()).open  # type: ignore[arg-type]


def check(
    *facts: Fact, origin: Source | None = None, data: bytes | None = TEXT.encode(), lock: Lock = EMPTY
) -> tuple[tuple[Checked, ...], tuple[Finding, ...]]:
    origin = origin or source()
    checked, found = check_anchors(facts, {"S": origin}, opened(data), lock, "2026-11-22")
    refused, more = check_numbers(facts, {"S": origin}, VOCABULARY, "en")
    return tuple(row for row in checked if row.fact not in refused), (*found, *more)


@pytest.mark.parametrize(
    "good",
    [
        fact("5.08", "USD", "trade came to 5.08 billion US dollars", scale="billion"),
        fact("5080", "USD", "5.08 billion US dollars", scale="million"),
        fact("33", "percent", "up 33% year on year"),
        fact("1.3", "USD", "more than US$1.3 billion", scale="billion", qualifier="more than"),
        fact("107", "enterprise", "number of enterprises has reached 107"),
        fact("-22.6", "percent", "Profit fell 22.6 percent"),
        fact("22.6", "percent", "Profit fell 22.6 percent"),
        fact(parse_period("2022-11-04"), "date", "opened on 4 November 2022"),
        fact(parse_period("2022-11"), "date", "opened on 4 November 2022"),
        fact(parse_period("2022"), "date", "In 2022 trade"),
        fact("near Minsk", "text", "4 November 2022, near Minsk"),
    ],
)
def test_a_fact_whose_anchor_holds_it_is_checked(good: Fact) -> None:
    assert check(good) == ((Checked("f", "now", "2026-11-22", source().sha256),), ())


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (
            fact("34", "percent", "up 33% year on year"),
            "facts.csv:12: error: anchor 'up 33% year on year' holds 33 percent; expected 34 percent. Correct the value or the anchor.",
        ),
        (
            fact("5.08", "USD", "trade came to 5.08 billion US dollars", scale="million"),
            "holds 5080000000 USD; expected 5.08 million USD.",
        ),
        (
            fact("5.08", "EUR", "5.08 billion US dollars", scale="billion"),
            "holds 5080000000 USD; expected 5.08 billion EUR. Correct the value or the anchor. [evidence.anchor-unit]",
        ),
        (fact("33", "times", "up 33% year on year"), "holds 33 percent; expected 33 times"),
        (fact("107", "percent", "number of enterprises has reached 107"), "holds 107 (no unit); expected 107 percent"),
        (
            fact("-33", "percent", "up 33% year on year"),
            "holds 33 percent; expected -33 percent. Correct the value, or anchor words that hold the minus; a deficit or a loss",
        ),
        (fact("7", "enterprise", "the number of enterprises"), "holds no quantity that is read; expected 7 enterprise"),
        (
            fact(parse_period("2022-11-05"), "date", "opened on 4 November 2022"),
            "holds 2022-11-04; expected 2022-11-05. Correct the date or the anchor. [evidence.anchor-date]",
        ),
        (fact(parse_period("2022-11-04"), "date", "In 2022 trade"), "holds 2022; expected 2022-11-04"),
        (
            fact("5.08", "USD", "trade came to 5.08 billion dollars", scale="billion"),
            "does not stand in s.txt; expected words of the document, letter by letter. Did you mean 'trade came to 5.08 billion US' (line 2)?",
        ),
        (fact("x", "text", "Zebra crossing quartz"), "Copy the words from the document."),
        (fact("x", "text", ""), "fact 'f' has no anchor; expected the words of s.txt that hold the figure"),
        (fact("x", "text", "a b c d e f g h i j k l m n o p"), "an anchor of 16 words; expected at most 15"),
        (fact("x", "text", "贸" * 31), "an anchor of 15.5 words; expected at most 15"),
    ],
)
def test_a_fact_that_does_not_stand_says_what_was_found_and_expected(bad: Fact, message: str) -> None:
    checked, findings = check(bad)

    assert checked == ()
    assert any(message in str(finding) and finding.severity == "error" for finding in findings), list(map(str, findings))


@pytest.mark.parametrize(
    ("anchor", "fact_", "rule", "message"),
    [
        ("US$1.3 billion", fact("1.3", "USD", "", scale="billion", qualifier="more than"), "anchor-qualifier",
         "says no qualifier; expected 'more than'"),
        ("more than US$1.3 billion", fact("1.3", "USD", "", scale="billion"), "anchor-qualifier",
         "says 'more than'; expected none"),
        ("has reached 107", fact("107", "enterprise", ""), "unit-unread",
         "holds 107 (no unit); expected 107 enterprise. Lengthen the anchor to the unit, or add the document's word"),
        ("In 2022 trade came to 5.08 billion US dollars",
         fact("5.08", "USD", "", scale="billion", period=parse_period("2021")), "anchor-period",
         "speaks of 2022; expected 2021, as in the column 'period'"),
        ("4 November 2022, near Minsk", fact("near Minsk", "text", "", period=parse_period("2023")), "anchor-period",
         "speaks of 2022-11-04; expected 2023"),
    ],
)  # fmt: skip
def test_what_a_reader_should_look_at_is_a_warning(anchor: str, fact_: Fact, rule: str, message: str) -> None:
    checked, (finding,) = check(replace(fact_, anchor=anchor))

    assert (len(checked), finding.severity, finding.rule) == (1, "warning", f"evidence.{rule}")
    assert message in str(finding)


@pytest.mark.parametrize(
    ("anchor", "year", "told"),
    [
        ("almost 3% more than in 2024", "2025", []),
        ("almost 3% more than in 2024", "2023", ["evidence.anchor-period"]),
        ("almost 3% more in 2024", "2025", ["evidence.anchor-period"]),
    ],
)
def test_a_change_may_name_the_earlier_year_that_it_is_counted_from(anchor: str, year: str, told: list[str]) -> None:
    change = fact("3", "percent", anchor, qualifier="almost", period=parse_period(year))

    _, findings = check(change, origin=source(anchor), data=anchor.encode())

    assert [finding.rule for finding in findings] == told


def test_a_date_whose_year_the_anchor_leaves_out_is_a_note() -> None:
    text = "They met on March 1 in Minsk."
    meeting = fact(parse_period("2023-03-01"), "date", "met on March 1")

    checked, (finding,) = check(meeting, origin=source(text), data=text.encode())

    assert (len(checked), finding.severity, finding.rule) == (1, "note", "evidence.year-missing")


def test_another_day_without_year_is_an_error() -> None:
    text = "They met on March 1 in Minsk."
    meeting = fact(parse_period("2023-03-02"), "date", "met on March 1")

    assert check(meeting, origin=source(text), data=text.encode())[1][0].rule == "evidence.anchor-date"


@pytest.mark.parametrize("unit", ["enterprise", "company"])
def test_a_word_may_stand_for_two_units(unit: str) -> None:
    text = "There are 40 companies."

    assert check(fact("40", unit, text), origin=source(text), data=text.encode())[1] == ()


def test_chinese_anchors_are_read_in_any_document() -> None:
    text = "Summary. 2022年贸易额达50.8亿美元，增长33%。"
    trade = fact("5.08", "USD", "贸易额达50.8亿美元", scale="billion")

    assert check(trade, origin=source(text), data=text.encode())[1] == ()


def test_a_language_whose_numbers_are_not_read_is_a_note_where_its_digits_agree() -> None:
    _, (finding,) = check(fact("33", "percent", "up 33% year on year"), origin=source(language="fi"))

    assert (finding.severity, finding.rule) == ("note", "evidence.language")
    assert finding.found == (
        "numbers in 'fi' are read by digits and scale words only, and those agree in the anchors of f; "
        "units, qualifiers and dates are not checked"
    )
    assert finding.expected == "a language whose numbers are read whole: en, zh, ru, be"


@pytest.mark.parametrize(
    ("words", "value", "severity"),
    [
        ("Es waren 1.234.567 Tonnen", "1234567", "note"),
        ("Es waren 1.234.567,8 Tonnen", "1234567.8", "note"),
        ("Es waren 1'234 Tonnen", "1234", "note"),
        ("Es waren 1.234 Tonnen", "1.234", "note"),
        ("Es waren minus 7,50 Grad", "-7.5", "note"),
        ("Es waren 7,5 Grad am 9.5.2021", "9", "warning"),
        ("Es waren sieben Tonnen", "7", "warning"),
        ("Es waren 1.234.567 Tonnen", "1234", "warning"),
    ],
)
def test_digits_of_a_language_whose_numbers_are_not_read_agree_or_are_doubted(words: str, value: str, severity: str) -> None:
    _, (finding,) = check(fact(value, "tonne", words), origin=source(words, language="de"), data=words.encode())

    assert (finding.rule, finding.severity) == ("evidence.language", severity)
    assert severity == "note" or finding.expected == f"digits of {value}"


@pytest.mark.parametrize(
    ("language", "words", "value", "scale"),
    [
        ("fr", "Le réseau compte 1 234,5 kilomètres", "1234.5", ""),
        ("fr", "Le réseau compte 1\u00a0234,5 kilomètres", "1234.5", ""),
        ("fr", "distribué 12,5 millions de mètres cubes", "12.5", "million"),
        ("es", "gastó 3 mil millones de euros", "3", "billion"),
        ("pt", "R$ 5,2 bilhões", "5.2", "billion"),
        ("ja", "観客数は約123万人", "1.23", "million"),
        ("ja", "売上高は45億円", "4.5", "billion"),
        ("ja", "3億5000万円", "350", "million"),
        ("ko", "1억 2천만 원", "120", "million"),
        ("de", "Mio. Euro: 12,5", "12.5", "million"),
        ("fr", "Portmer 58 740", "58", ""),
    ],
)
def test_scales_and_groups_of_a_language_without_grammar_are_those_of_cldr(language: str, words: str, value: str, scale: str) -> None:
    _, findings = check(fact(value, "tonne", words, scale=scale), origin=source(words, language=language), data=words.encode())

    assert [(finding.rule, finding.severity) for finding in findings] == [("evidence.language", "note")]


@pytest.mark.parametrize(
    ("language", "words", "value", "scale"),
    [
        ("fr", "distribué 12,5 milliards de mètres cubes", "12.5", "million"),
        ("fr", "distribué 12,5 millions de mètres cubes", "125", "million"),
        ("fr", "distribué 12,5 millions de mètres cubes", "12.5", ""),
        ("ja", "観客数は約123万人", "12.3", "million"),
        ("ko", "1억 2천만 원", "12", "million"),
    ],
)
def test_another_scale_in_a_language_without_grammar_is_doubted(language: str, words: str, value: str, scale: str) -> None:
    _, (finding,) = check(fact(value, "tonne", words, scale=scale), origin=source(words, language=language), data=words.encode())

    assert (finding.rule, finding.severity) == ("evidence.language", "warning")
    assert finding.expected == f"digits of {value} {scale}".strip()


def test_facts_of_one_source_whose_digits_agree_are_noted_together() -> None:
    words = "Es waren 12 Boote und 15 Kähne"
    facts = tuple(replace(fact(value, "tonne", anchor), id=f"f{value}") for value, anchor in (("12", "12 Boote"), ("15", "15 Kähne")))

    _, findings = check(*facts, origin=source(words, language="de"), data=words.encode())

    assert ["the anchors of f12, f15;" in finding.found for finding in findings] == [True]


# --- documents ------------------------------------------------------------------------------------

GOOD = fact("33", "percent", "up 33% year on year")
WRONG = fact("34", "percent", "up 33% year on year")


def test_a_changed_document_is_one_error_with_both_sums_and_checks_nothing() -> None:
    checked, (finding,) = check(GOOD, replace(GOOD, id="g"), data=b"another text")

    assert checked == ()
    assert str(finding).startswith("data/sources.toml:3: error: s.txt has the sha256 ")
    assert hashlib.sha256(b"another text").hexdigest() in finding.found
    assert finding.expected == source().sha256


def test_a_document_that_is_no_text_is_an_error() -> None:
    data = "Жодино".encode("cp1251")
    origin = source(sha256=hashlib.sha256(data).hexdigest())

    checked, (finding,) = check(GOOD, origin=origin, data=data)

    assert (checked, finding.rule, finding.place) == ((), "document.encoding", Place("data/sources.toml", 3))
    assert finding.found.startswith("s.txt: it is not UTF-8")


def test_a_document_is_read_once() -> None:
    asked = []

    def document(origin: Source) -> Document:
        asked.append(origin.id)
        return Document(TEXT)

    check_anchors([GOOD, replace(GOOD, id="g")], {"S": source()}, document, Lock(), "2026-11-22")

    assert asked == ["S"]


def test_without_document_and_lock_one_warning_names_the_facts() -> None:
    checked, (finding,) = check(*(replace(GOOD, id=f"f{number}") for number in range(7)), data=None)

    assert (checked, finding.severity, finding.place) == ((), "warning", Place("data/sources.toml", 3))
    assert "does not vouch for f0, f1, f2, f3, f4 and 2 more" in finding.found


def test_without_document_the_lock_vouches_with_its_day() -> None:
    lock = read_lock(write_lock(check(GOOD)[0], [GOOD]))

    checked, findings = check_anchors([GOOD], {"S": source()}, lambda _: None, lock, "2027-05-05")

    assert (checked, findings) == ((Checked("f", "locked", "2026-11-22", source().sha256),), ())


@pytest.mark.parametrize(
    ("changed", "origin"),
    [
        (replace(GOOD, anchor="up 33% year"), source()),
        (replace(GOOD, period=parse_period("2021")), source()),
        (GOOD, source(sha256="0" * 64)),
    ],
)
def test_the_lock_vouches_for_nothing_that_changed(changed: Fact, origin: Source) -> None:
    lock = read_lock(write_lock(check(GOOD)[0], [GOOD]))

    checked, (finding,) = check(changed, origin=origin, data=None, lock=lock)

    assert (checked, finding.rule) == ((), "evidence.document-missing")


def test_the_number_is_checked_where_no_document_is_at_hand() -> None:
    lock = read_lock(write_lock([Checked("f", "now", "2026-11-22", source().sha256)], [WRONG]))

    checked, (finding,) = check(WRONG, data=None, lock=lock)

    assert (checked, finding.rule) == ((), "evidence.anchor-value")


def test_a_second_check_keeps_the_day_and_the_bytes_of_the_lock() -> None:
    first = write_lock(check(GOOD)[0], [GOOD])

    checked, _ = check_anchors([GOOD], {"S": source()}, opened(TEXT.encode()), read_lock(first), "2027-01-01")

    assert checked[0].on == "2026-11-22"
    assert write_lock(checked, [GOOD]) == first


def test_a_changed_statement_gets_the_new_day() -> None:
    lock = read_lock(write_lock(check(GOOD)[0], [GOOD]))
    changed = replace(GOOD, anchor="up 33%")

    checked, _ = check_anchors([changed], {"S": source()}, opened(TEXT.encode()), lock, "2027-01-01")

    assert (checked[0].state, checked[0].on) == ("now", "2027-01-01")


def test_a_source_without_document_is_unchecked_without_a_finding() -> None:
    origin = source(document="", sha256="")

    assert check(replace(GOOD, anchor=""), origin=origin) == ((Checked("f", "unchecked"),), ())


def test_a_derived_fact_is_derived_and_asks_for_no_document() -> None:
    assert check(replace(GOOD, formula="{a} * 2", source="", anchor="")) == ((Checked("f", "derived"),), ())


def test_a_damaged_lock_is_reported() -> None:
    _, findings = check(GOOD, lock=read_lock(b"x = 1"))

    assert [finding.rule for finding in findings] == ["evidence.lock"]


def test_the_room_offers_the_whole_second_step() -> None:
    assert all(hasattr(evidence, name) for name in evidence.__all__)


# --- the reference workspace ----------------------------------------------------------------------


@pytest.fixture
def workspace(shared: Path) -> Workspace:
    return Workspace(Path(__file__).resolve().parent.parent, shared / "sources")


def test_every_anchor_of_the_workspace_stands_in_its_document(workspace: Workspace) -> None:
    known = learn(workspace, workspace.topics(), today=date(2026, 11, 22))

    findings = [str(each) for each in known.findings if each.rule.startswith("evidence.") and each.severity == "error"]
    assert findings == []
    assert sum(row.state == "now" for row in known.checked) > 100


def test_a_wrong_scale_digit_or_unit_of_any_anchored_fact_of_the_workspace_is_found(workspace: Workspace, shared: Path) -> None:
    known = learn(workspace, workspace.topics(), today=date(2026, 11, 22))
    facts = [each for topic in known.topics for each in topic.facts if each.anchor and isinstance(each.value, Decimal)]

    def copy(origin: Source) -> Document:
        return Document((shared / "sources" / origin.document).read_text("utf-8"))

    def problems(changed: Fact) -> tuple[Finding, ...]:
        found = check_anchors([changed], known.sources, copy, Lock(), "2026-11-22")[1]
        return (*found, *check_numbers([changed], known.sources, known.vocabulary, "en")[1])

    missed = []
    for each in facts:
        assert isinstance(each.value, Decimal)
        wrong = [{"value": each.value * 10}, {"value": each.value + 1}, {"value": each.value / 10}, {"unit": "XAU"}]
        missed += [(each.id, change) for change in wrong if not problems(replace(each, **change))]  # type: ignore[arg-type]

    assert len(facts) > 40
    assert missed == []


@pytest.mark.parametrize(
    ("text", "anchor"),
    [
        ("4 to 6 minutes", "a ride takes between 4 and 6 minutes"),
        ("between four and six minutes", "a ride takes between 4 and 6 minutes"),
        ("opened near Minsk on 4 November 2022", "The plant opened on 4 November 2022, near Minsk"),
        ("opened in 2022", "The plant opened on 4 November 2022, near Minsk"),
        ("the largest 5G network", "the largest network"),
        ("one of the best", "the best of all"),
    ],
)
def test_a_text_whose_numbers_stand_in_its_anchor_stands(text: str, anchor: str) -> None:
    told = check(fact(text, "text", anchor), origin=source(anchor), data=anchor.encode())

    assert told[1] == ()


@pytest.mark.parametrize(
    ("text", "anchor", "said"),
    [
        ("5 to 9 minutes", "a ride takes between 4 and 6 minutes", "5 to 9 minute"),
        ("six minutes", "a ride takes 4 minutes", "6 minute"),
        ("opened on 5 November 2022", "The plant opened on 4 November 2022, near Minsk", "2022-11-05"),
    ],
)
def test_a_number_of_a_text_that_its_anchor_does_not_hold_is_an_error(text: str, anchor: str, said: str) -> None:
    checked, findings = check(fact(text, "text", anchor), origin=source(anchor), data=anchor.encode())

    assert (checked, [finding.rule for finding in findings]) == ((), ["evidence.text-number"])
    assert findings[0].found.startswith(f"the text says {said}")


@pytest.mark.parametrize(
    ("language", "anchor"), [("zh-Hant", "\u4e58\u8eca\u9700\u89814\u5206\u9418"), ("en-GB", "a ride takes 4 minutes")]
)
def test_a_variety_of_a_language_is_read_as_the_language(language: str, anchor: str) -> None:
    wrong = fact("5 minutes", "text", anchor)

    checked, findings = check(wrong, origin=source(anchor, language=language), data=anchor.encode())

    assert (checked, [(finding.rule, finding.severity) for finding in findings]) == ((), [("evidence.text-number", "error")])


def test_digits_are_compared_in_a_language_without_grammar_too_but_doubted_only() -> None:
    origin = source("Eine Fahrt dauert 4 Minuten", language="de")
    wrong = fact("5 minutes", "text", "Eine Fahrt dauert 4 Minuten")

    checked, findings = check(wrong, origin=origin, data=b"Eine Fahrt dauert 4 Minuten")

    assert [(finding.rule, finding.severity) for finding in findings] == [("evidence.text-number", "warning")]
    assert len(checked) == 1


def test_thousands_of_a_language_without_grammar_are_read_both_ways() -> None:
    words = "Die Halle hat 1.234 Sitze"
    seats = fact("1,234 seats in the hall", "text", words)

    assert check(seats, origin=source(words, language="de"), data=words.encode())[1] == ()


def test_anchors_of_a_source_without_document_are_named() -> None:
    _, findings = check(fact("33", "percent", "up 33% year on year"), origin=source(document="", sha256=""))

    assert [(finding.rule, finding.severity) for finding in findings] == [("evidence.no-document", "warning")]
    assert "the anchors of f are not looked up" in findings[0].found


def test_a_number_whose_unit_word_is_unknown_names_the_place_for_the_word() -> None:
    _, findings = check(fact("5.08", "BYN", "trade came to 5.08 billion roublets", scale="billion"), data=None)

    assert any("words.en in data/vocabulary.toml" in finding.cure for finding in findings)
