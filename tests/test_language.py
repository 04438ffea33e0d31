"""Words, numbers, dates and periods in the page's language."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.errors import UsageError, WorkspaceError
from generator.language import Words
from generator.model import Fact, Unit, Vocabulary
from generator.periods import parse_period

VOCABULARY = Vocabulary((), (), (), (Unit("reader", "reader", "readers"), Unit("TEU", "TEU", "TEU", ())))
RUSSIAN = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);\\n"

msgid "reader"
msgid_plural "readers"
msgstr[0] "читатель"
msgstr[1] "читателя"
msgstr[2] "читателей"

msgid "thousand=3 million=6 billion=9 trillion=12"
msgstr "тыс.=3 млн=6 млрд=9 трлн=12"

msgid "USD"
msgstr "долл."

msgid "{code} {number}"
msgstr "{number} {code}"

#, fuzzy
msgid "undated"
msgstr "неверно"
"""
CHINESE = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"

msgid "thousand=3 million=6 billion=9 trillion=12"
msgstr "万=4 亿=8 万亿=12"

msgid "{number} {scale}"
msgstr "{number}{scale}"

msgid "{code} {number}"
msgstr "{number}{code}"

msgid "USD"
msgstr "美元"

msgid "{day} {month} {year}"
msgstr "{year}年{month_number}月{day}日"
"""


@pytest.fixture
def english() -> Words:
    return Words("en", None, VOCABULARY)


@pytest.fixture
def russian() -> Words:
    return Words("ru", RUSSIAN.encode(), VOCABULARY)


@pytest.fixture
def chinese() -> Words:
    return Words("zh", CHINESE.encode(), VOCABULARY)


@pytest.mark.parametrize(
    ("value", "unit", "scale", "qualifier", "printed"),
    [
        ("100", "USD", "million", "more than", "more than US$100 million"),
        ("5.08", "USD", "billion", "", "US$5.08 billion"),
        ("34.1", "BYN", "million", "", "BYN 34.1 million"),
        ("107", "reader", "", "", "107 readers"),
        ("1", "reader", "", "", "1 reader"),
        ("33", "percent", "", "about", "about 33%"),
        ("1.4", "times", "", "", "1.4 times"),
        ("120000", "TEU", "", "", "120,000 TEU"),
        ("-5", "USD", "million", "", "\u2212US$5 million"),
        ("1994", "year", "", "", "1994"),
        ("1.2", "percentage point", "", "", "1.2 percentage points"),
        ("5.10", "USD", "billion", "", "US$5.10 billion"),
        ("59000000", "BYN", "", "", "BYN 59 million"),
        ("3487778700", "USD", "", "", "US$3,487,778,700"),
        ("0", "reader", "", "", "0 readers"),
    ],
)
def test_a_quantity_is_printed_with_unit_scale_and_qualifier(
    english: Words, value: str, unit: str, scale: str, qualifier: str, printed: str
) -> None:
    assert english.quantity(Decimal(value), unit, scale, qualifier) == printed


def test_a_date_and_a_text_are_quantities_too(english: Words) -> None:
    assert english.quantity(parse_period("2022-11-04"), "date") == "4 November 2022"
    assert english.quantity("near the airport", "text") == "near the airport"


def test_a_unit_nobody_declared_is_printed_as_it_is(english: Words) -> None:
    assert english.quantity(Decimal(3), "widget") == "3 widget"


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("2022", "2022"),
        ("2022-H1", "first half of 2022"),
        ("2022-H2", "second half of 2022"),
        ("2022-Q3", "third quarter of 2022"),
        ("2022-11", "November 2022"),
        ("2022-11-04", "4 November 2022"),
        ("2021/2022", "2021\u20132022"),
        ("2021-01/2021-11", "January\u2013November 2021"),
        ("2021-11/2022-02", "November 2021 \u2013 February 2022"),
        ("2024-06-02/2024-06-04", "2\u20134 June 2024"),
        ("2024-06-30/2024-07-02", "30 June 2024 \u2013 2 July 2024"),
        ("2019/20", "2019/20"),
        ("1999/00", "1999/00"),
        ("undated", "undated"),
    ],
)
def test_a_period_is_printed_in_words(english: Words, text: str, printed: str) -> None:
    assert english.period(parse_period(text)) == printed


def test_a_part_of_a_date_is_printed_and_anything_else_left_alone(english: Words) -> None:
    assert [english.iso(text) for text in ("2023-02", "2023", "2023-02-28", "", "last year")] == [
        "February 2023", "2023", "28 February 2023", "", "last year",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("amount", "unit", "printed"),
    [
        ("2832000000", "USD", "US$2.832 billion"),
        ("3487778700", "USD", "US$3.49 billion"),
        ("9178298", "reader", "9,178,298 readers"),
        ("71857000000", "USD", "US$71.9 billion"),
        ("4.8675123", "percent", "4.87%"),
        ("-4.6512", "percent", "\u22124.65%"),
        ("6789.12", "USD", "US$6,789.12"),
        ("0", "percent", "0%"),
    ],
)
def test_an_observation_is_scaled_and_rounded_only_where_it_is_long(
    english: Words, amount: str, unit: str, printed: str
) -> None:
    assert english.observed(Decimal(amount), unit) == printed


def test_a_calculated_fact_loses_the_zeros_that_arithmetic_leaves_and_a_published_one_keeps_its_own(
    english: Words,
) -> None:
    fact = Fact("a", "m", "e", parse_period("2021"), Decimal("3.820000"), "USD", "billion", formula="{b}")

    assert english.fact(fact) == "US$3.82 billion"
    assert english.quantity(Decimal("3.820"), "USD", "billion") == "US$3.820 billion"


@pytest.mark.parametrize(
    ("new", "old", "unit", "printed"),
    [
        ("5.79", "5.1", "USD", "+13.5%"),
        ("5.1", "5.79", "USD", "\u221211.9%"),
        ("16.9", "12.1", "percent", "+4.8 percentage points"),
        ("130", "1", "reader", "+12,900%"),
        ("5", "5", "reader", "0.0%"),
        ("5", "0", "reader", ""),
        ("5", "-5", "USD", ""),
        ("-2", "-4", "USD", ""),
        ("-12.4", "-6.7", "USD", ""),
        ("-2", "4", "USD", ""),
        ("0", "4", "USD", "\u2212100%"),
        ("-2.5", "-4", "percent", "+1.5 percentage points"),
    ],
)
def test_a_change_is_relative_for_amounts_and_in_points_for_percentages(
    english: Words, new: str, old: str, unit: str, printed: str
) -> None:
    assert english.change(Decimal(new), Decimal(old), unit) == printed


def test_a_change_names_the_period_it_is_measured_from(english: Words) -> None:
    assert english.since("+13.5%", parse_period("2021-H1")) == "+13.5% on the first half of 2021"


@pytest.mark.parametrize(
    ("text", "printed"),
    [("2025-H1", "the first half of 2025"), ("2024-Q3", "the third quarter of 2024"), ("2025", "2025")],
)
def test_a_sentence_says_a_half_and_a_quarter_with_their_article(english: Words, text: str, printed: str) -> None:
    assert english.period_in_text(parse_period(text)) == printed


def test_a_language_without_the_pattern_for_sentences_uses_the_one_for_tables(russian: Words) -> None:
    assert russian.period_in_text(parse_period("2025-H1")) == russian.period(parse_period("2025-H1"))


def test_a_msgid_without_a_translation_is_kept_and_signs_codes_and_told_texts_are_not(russian: Words) -> None:
    for msgid in ("Nobody translated this", "{first}\u2013{last}", "USD", ""):
        russian.gettext(msgid)
    russian.gettext(russian.own("Told already"))

    assert russian.missing == ("Nobody translated this",)


def test_an_axis_says_what_it_counts(english: Words) -> None:
    assert english.counted_in("USD", "billion") == "billion US dollars"
    assert english.counted_in("reader") == "readers"
    assert english.counted_in("TEU", "thousand") == "thousand TEU"
    assert english.counted_in("percent") == "percent"


def test_a_list_is_joined_in_the_manner_of_the_language(english: Words, chinese: Words) -> None:
    assert english.list(["a", "b", "c"]) == "a, b and c"
    assert chinese.list(["a", "b"]) == "a和b"


@pytest.mark.parametrize(
    ("value", "printed"),
    [("1", "1 читатель"), ("2", "2 читателя"), ("5", "5 читателей"), ("21", "21 читатель"), ("1.5", "1,5 читателя")],
)
def test_russian_nouns_follow_their_number_fractions_too(russian: Words, value: str, printed: str) -> None:
    assert russian.quantity(Decimal(value), "reader") == printed


BELARUSIAN = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=4; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);\\n"

msgid "reader"
msgid_plural "readers"
msgstr[0] "чытач"
msgstr[1] "чытачы"
msgstr[2] "чытачоў"
msgstr[3] "чытача"

msgid "genitive=0 1 2"
msgstr "genitive=3 2 2 3"

msgid "about {value}"
msgstr "каля {genitive}"
"""


@pytest.mark.parametrize(
    ("value", "qualifier", "printed"),
    [
        ("1", "", "1 чытач"),
        ("3", "", "3 чытачы"),
        ("5", "", "5 чытачоў"),
        ("1.5", "", "1,5 чытача"),
        ("2.0", "", "2,0 чытачы"),
        ("21", "about", "каля 21 чытача"),
        ("3", "about", "каля 3 чытачоў"),
        ("1.5", "about", "каля 1,5 чытача"),
    ],
)
def test_a_form_more_than_the_rule_needs_is_that_of_fractions(value: str, qualifier: str, printed: str) -> None:
    belarusian = Words("be", BELARUSIAN.encode(), VOCABULARY)

    assert belarusian.quantity(Decimal(value), "reader", "", qualifier) == printed


ROMANCE = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=({plural});\\n"

msgid "reader"
msgid_plural "readers"
msgstr[0] "{one}"
msgstr[1] "{other}"

msgid "thousand=3 million=6 billion=9 trillion=12"
msgstr "{scales}"

msgid "{{scaled}} {{unit}}"
msgstr "{{scaled}} de {{unit}}"

msgid "{{scale}} {{unit}}"
msgstr "{{scale}} de {{unit}}"

msgid "{{code}} {{number}}"
msgstr "{{number}} {{code}}"

msgid "elision="
msgstr "{elision}"
"""
FRENCH = ROMANCE.format(
    plural="n > 1", one="habitant", other="habitants", elision="de d’=aeéhiou",
    scales="millier/milliers=3 million/millions=6 milliard/milliards=9",
)  # fmt: skip
SPANISH = ROMANCE.format(
    plural="n != 1", one="lector", other="lectores", elision="",
    scales="mil=3 millón/millones=6 mil_millones=9 billón/billones=12",
)  # fmt: skip


@pytest.mark.parametrize(
    ("language", "catalogue", "value", "unit", "scale", "printed"),
    [
        ("fr", FRENCH, "1.8", "reader", "million", "1,8 million d’habitants"),
        ("fr", FRENCH, "12.5", "reader", "million", "12,5 millions d’habitants"),
        ("fr", FRENCH, "12.5", "TEU", "million", "12,5 millions de TEU"),
        ("fr", FRENCH, "36", "EUR", "million", "36 millions d’euros"),
        ("fr", FRENCH, "-3", "EUR", "billion", "\u22123 milliards d’euros"),
        ("fr", FRENCH, "850", "reader", "", "850 habitants"),
        ("fr", FRENCH, "36", "EUR", "", "36 euros"),
        ("es", SPANISH, "1", "reader", "million", "1 millón de lectores"),
        ("es", SPANISH, "1.5", "reader", "million", "1,5 millones de lectores"),
        ("es", SPANISH, "3", "EUR", "billion", "3 mil millones de euros"),
    ],
)
def test_a_scale_word_has_a_plural_and_may_part_number_and_unit(
    language: str, catalogue: str, value: str, unit: str, scale: str, printed: str
) -> None:
    words = Words(language, catalogue.encode(), VOCABULARY)

    assert words.quantity(Decimal(value), unit, scale) == printed


def test_a_head_counts_in_the_plural_of_the_scale_word() -> None:
    french = Words("fr", FRENCH.encode(), VOCABULARY)

    assert french.counted_in("EUR", "million") == "millions d’euros"
    assert french.counted_in("reader", "billion") == "milliards d’habitants"


def test_a_catalogue_decides_on_scale_words_order_and_symbols(russian: Words, chinese: Words) -> None:
    assert russian.quantity(Decimal("5.08"), "USD", "billion") == "5,08 млрд долл."
    assert chinese.quantity(Decimal("5.08"), "USD", "billion") == "50.8亿美元"
    assert chinese.quantity(Decimal("34.1"), "USD", "million") == "3,410万美元"
    assert chinese.date(date(2022, 11, 4)) == "2022年11月4日"


def test_months_stand_in_the_case_that_the_pattern_needs(russian: Words) -> None:
    assert russian.period(parse_period("2022-11-04")) == "4 ноября 2022"
    assert russian.period(parse_period("2022-11")) == "ноябрь 2022"


def test_a_fuzzy_or_missing_translation_leaves_the_msgid(russian: Words) -> None:
    assert russian.gettext("undated") == "undated"
    assert russian.gettext("never translated") == "never translated"
    assert russian.gettext("") == ""


@pytest.mark.parametrize("language", ["xx", "english", "", "../../etc", "en\n"])
def test_an_unknown_language_is_refused_with_its_name(language: str) -> None:
    with pytest.raises(UsageError, match="no language") as caught:
        Words(language, None, VOCABULARY)

    assert caught.value.exit_code == 2
    assert "CLDR" in caught.value.hint


@pytest.mark.parametrize(
    "catalogue", [b'msgid "a"\nmsgstr "\xff\xfe"\n', b"\x00\x01\x02", b'"orphan string"\n', b'msgid "a\nmsgstr "b"\n']
)
def test_a_catalogue_that_cannot_be_read_is_a_finding_with_its_file(catalogue: bytes) -> None:
    with pytest.raises(WorkspaceError, match=r"templates/locales/ru/LC_MESSAGES/briefing\.po"):
        Words("ru", catalogue, VOCABULARY)


@pytest.mark.parametrize(
    "rule", ["nplurals=2; plural=__import__('os')", "nplurals=2; plural=n**n", "nplurals=x; plural=n"]
)
def test_a_plural_rule_that_is_none_is_a_finding_and_never_run(rule: str) -> None:
    catalogue = f'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Plural-Forms: {rule};\\n"\n'

    with pytest.raises(WorkspaceError, match=r"briefing\.po: error: .* no catalogue"):
        Words("ru", catalogue.encode(), VOCABULARY)


@given(st.decimals(min_value="-1e12", max_value="1e12", places=3))
def test_every_number_can_be_read_back(value: Decimal) -> None:
    text = Words("en", None, VOCABULARY).number(value)

    assert Decimal(text.replace(",", "").replace("\u2212", "-")) == value


@given(st.decimals(min_value="1000", max_value="1e13", places=2))
def test_no_observation_is_printed_further_off_than_half_a_percent(value: Decimal) -> None:
    words = Words("en", None, VOCABULARY)
    printed = words.observed(value, "USD").removeprefix("US$").replace(",", "")
    number, _, scale = printed.partition(" ")

    amount = Decimal(number).scaleb({"": 0, "million": 6, "billion": 9, "trillion": 12}[scale])
    assert abs(amount - value) <= value * Decimal("0.005")


@pytest.mark.parametrize(
    ("value", "unit", "printed"),
    [("12000", "reader", "1.2万readers"), ("9999", "reader", "9,999readers"), ("1245000", "TEU", "124.5万TEU"),
     ("24338", "reader", "24,338readers"), ("35000000", "USD", "3,500万美元"), ("12000", "percent", "12,000%")],
)  # fmt: skip
def test_a_language_with_scales_of_its_own_counts_in_them_where_no_digit_is_lost(
    chinese: Words, value: str, unit: str, printed: str
) -> None:
    assert chinese.quantity(Decimal(value), unit).replace(" ", "") == printed


@pytest.mark.parametrize(
    ("scale", "largest", "chosen"),
    [("million", "5790000000", ("billion", 8)), ("million", "34000000", ("million", 4)), ("thousand", "30", ("", 0)),
     ("billion", "2000000000000", ("trillion", 12)), ("", "5790000000", ("billion", 8))],
)  # fmt: skip
def test_a_declared_scale_is_a_wish_that_chinese_answers_by_the_magnitude(
    chinese: Words, scale: str, largest: str, chosen: tuple[str, int]
) -> None:
    name = chinese.wished(scale, Decimal(largest), "USD")

    assert (name, chinese.scale(name)[0]) == chosen


def test_a_declared_scale_is_taken_where_the_language_counts_so(english: Words, russian: Words) -> None:
    assert english.wished("million", Decimal(5_790_000_000), "USD") == "million"
    assert russian.wished("thousand", Decimal(30), "reader") == "thousand"


@pytest.mark.parametrize(
    ("value", "currency", "printed"),
    [("5000000", "PLN", "5 млн польских злотых"), ("21", "PLN", "21 польский злотый"), ("3", "KZT", "3 казахских тенге"),
     ("1.5", "CHF", "1,5 швейцарского франка"), ("5000000", "USD", "5 млн долл.")],
)  # fmt: skip
def test_a_currency_without_a_form_of_its_own_is_named_as_cldr_names_it(
    russian: Words, value: str, currency: str, printed: str
) -> None:
    assert russian.quantity(Decimal(value), currency).replace("\N{NO-BREAK SPACE}", " ") == printed


def test_currencies_are_named_behind_the_number_in_chinese_and_by_code_before_it_in_english(
    english: Words, chinese: Words
) -> None:
    assert chinese.quantity(Decimal(5), "KZT", "billion") == "50亿哈萨克斯坦坚戈"
    assert english.quantity(Decimal(5), "KZT", "billion") == "KZT 5 billion"
    assert chinese.counted_in("PLN", "million").replace(" ", "") == "万波兰兹罗提"
