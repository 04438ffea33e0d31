"""Quantities: what is read in running text, what is left alone, and how long reading may take."""

from __future__ import annotations

import csv
import tomllib
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from effort import calls_in
from hypothesis import given
from hypothesis import strategies as st

from generator.knowledge import learn
from generator.language import Words
from generator.model import SCALES, Unit
from generator.periods import Period
from generator.quantities import Quantity, find, language_of, mentions
from generator.workspace import Workspace

UNITS = (
    Unit("enterprise", "enterprise", "enterprises", (("en", ("companies",)), ("zh", ("家企业", "企业")))),
    Unit("tonne", "tonne", "tonnes", (("en", ("tons",)), ("zh", ("吨",)), ("ru", ("тонн",)), ("be", ("тон",)))),
    Unit("TEU", "TEU", "TEU", (("en", ("20-foot standard containers",)),)),
    Unit("BYN", "Belarusian rouble", "Belarusian roubles", (("en", ("Belarusian rubles",)), ("ru", ("белорусских рублей",)), ("be", ("рублёў",)))),
    Unit("batch", "batch", "batches"),
    Unit("visit", "visit", "visits"),
    Unit("frequency", "train a month", "trains a month", (("en", ("times a month",)),)),
    Unit("text", "text", "texts"),
)


def one(text: str, language: str = "en") -> Quantity:
    """Return the only quantity of a text."""
    (quantity,) = find(text, language, UNITS)
    return quantity


def seen(text: str, language: str = "en") -> list[str]:
    return [str(quantity) for quantity in find(text, language, UNITS)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5.08 billion US dollars", "5080000000 USD"),
        ("US $100 million", "100000000 USD"),
        ("US$60.8 million", "60800000 USD"),
        ("$84.4 billion", "84400000000 USD"),
        ("€1.3m", "1300000 EUR"),
        ("34.1 million Belarusian rubles", "34100000 BYN"),
        ("8.93 million yuan", "8930000 CNY"),
        ("a million euros", "1000000 EUR"),
        ("120 GBP", "120 GBP"),
        ("528000 tons", "528000 tonne"),
        ("120,000 TEU", "120000 TEU"),
        ("120000 20-foot standard containers", "120000 TEU"),
        ("33%", "33 percent"),
        ("51.59 percent", "51.59 percent"),
        ("2.5 percentage points", "2.5 percentage point"),
        ("-31.5%", "-31.5 percent"),
        ("1.4 times", "1.4 times"),
        ("two times a month", "2 frequency"),
        ("seven batches", "7 batch"),
        ("two hundred and five companies", "205 enterprise"),
        ("one point five million tons", "1500000 tonne"),
        ("nine consecutive years", "9 year"),
        ("107 newly settled Chinese enterprises", "107 enterprise"),
        ("2000 enterprises", "2000 enterprise"),
        ("13th visit", "13 visit"),
        ("the 7th contest", "7 (no unit)"),
        ("twenty-first visit", "21 visit"),
        ("hundreds of people", "100 (no unit)"),
        ("tens of thousands", "10000 (no unit)"),
        ("10-15 percent", "10 to 15 percent"),
        ("between $1 and $2 billion", "1000000000 to 2000000000 USD"),
    ],
)
def test_english_amounts_are_read_with_scale_and_unit(text: str, expected: str) -> None:
    assert str(one(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5.08亿美元", "508000000 USD"),
        ("52.8万吨", "528000 tonne"),
        ("三点五亿", "350000000 (no unit)"),
        ("百分之三十三", "33 percent"),
        ("增长1.4倍", "1.4 times"),
        ("40多个", "40 (no unit)"),
        ("1亿2000万美元", "120000000 USD"),
        ("三亿五千万", "350000000 (no unit)"),
        ("三万亿元", "3000000000000 CNY"),
        ("5个百分点", "5 percentage point"),
        ("107家企业", "107 enterprise"),
        ("40家入驻企业", "40 enterprise"),
        ("连续9年", "9 year"),
        ("第七届", "7 (no unit)"),
        ("数百名学生", "100 (no unit)"),
        ("10至15万吨", "100000 to 150000 tonne"),
        ("５％", "5 percent"),
    ],
)
def test_chinese_amounts_are_read_with_scale_and_unit(text: str, expected: str) -> None:
    assert str(one(text, "zh")) == expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("5,08 млрд долларов США", "ru", "5080000000 USD"),
        ("34,1 млн белорусских рублей", "ru", "34100000 BYN"),
        ("120 000 тонн", "ru", "120000 tonne"),
        ("120\u00a0000 тонн", "ru", "120000 tonne"),
        ("51,59 процента", "ru", "51.59 percent"),
        ("2 процентных пункта", "ru", "2 percentage point"),
        ("рост в 1,4 раза", "ru", "1.4 times"),
        ("двести двадцать пять тонн", "ru", "225 tonne"),
        ("девять лет подряд", "ru", "9 year"),
        ("13-й визит", "ru", "13 (no unit)"),
        ("сотни студентов", "ru", "100 (no unit)"),
        ("10–15 процентов", "ru", "10 to 15 percent"),
        ("5,08 млрд долараў ЗША", "be", "5080000000 USD"),
        ("34,1 мільёна рублёў", "be", "34100000 BYN"),
        ("120 000 тон", "be", "120000 tonne"),
        ("33 працэнты", "be", "33 percent"),
        ("рост у 1,4 раза", "be", "1.4 times"),
        ("дзвесце дваццаць пяць тон", "be", "225 tonne"),
        ("дзевяць гадоў запар", "be", "9 year"),
        ("сотні студэнтаў", "be", "100 (no unit)"),
    ],
)
def test_russian_and_belarusian_amounts_are_read_with_scale_and_unit(text: str, language: str, expected: str) -> None:
    assert str(one(text, language)) == expected


@pytest.mark.parametrize(
    ("text", "language", "iso"),
    [
        ("December 19, 2022", "en", "2022-12-19"),
        ("19 December 2022", "en", "2022-12-19"),
        ("January 27, 1992", "en", "1992-01-27"),
        ("27th of January 1992", "en", "1992-01-27"),
        ("May 2015", "en", "2015-05"),
        ("Sept. 2015", "en", "2015-09"),
        ("the second half of 2015", "en", "2015-H2"),
        ("Q3 2022", "en", "2022-Q3"),
        ("the last quarter of 2022", "en", "2022-Q4"),
        ("from 2021 to 2022", "en", "2021/2022"),
        ("2021–2022", "en", "2021/2022"),
        ("between 1992 and 2022", "en", "1992/2022"),
        ("January to November 2021", "en", "2021-01/2021-11"),
        ("2019/20", "en", "2019/20"),
        ("the 1990s", "en", "1990/1999"),
        ("2022-11-04", "en", "2022-11-04"),
        ("since 1994", "en", "1994"),
        ("mid-2022", "en", "2022"),
        ("on March 1", "en", "--03-01"),
        ("from June 2nd to 4th", "en", "--06-02/--06-04"),
        ("in November last year", "en", "--11"),
        ("2022年11月4日", "zh", "2022-11-04"),
        ("二〇二二年十一月四日", "zh", "2022-11-04"),
        ("2022年上半年", "zh", "2022-H1"),
        ("2022年第三季度", "zh", "2022-Q3"),
        ("2021年至2022年", "zh", "2021/2022"),
        ("2021年1月至11月", "zh", "2021-01/2021-11"),
        ("2022年", "zh", "2022"),
        ("11月4日", "zh", "--11-04"),
        ("19 декабря 2022 года", "ru", "2022-12-19"),
        ("01.03.2023", "ru", "2023-03-01"),
        ("в мае 2015 года", "ru", "2015-05"),
        ("во второй половине 2015 года", "ru", "2015-H2"),
        ("в первом полугодии 2016 года", "ru", "2016-H1"),
        ("III квартал 2022 года", "ru", "2022-Q3"),
        ("3-й квартал 2022 г.", "ru", "2022-Q3"),
        ("с 2021 по 2022 год", "ru", "2021/2022"),
        ("январь–ноябрь 2021 года", "ru", "2021-01/2021-11"),
        ("в 2022 году", "ru", "2022"),
        ("1 марта", "ru", "--03-01"),
        ("19 снежня 2022 года", "be", "2022-12-19"),
        ("у маі 2015 года", "be", "2015-05"),
        ("у другой палове 2015 года", "be", "2015-H2"),
        ("у першым паўгоддзі 2016 года", "be", "2016-H1"),
        ("з 2021 па 2022 год", "be", "2021/2022"),
        ("у 2022 годзе", "be", "2022"),
        ("у лістападзе", "be", "--11"),
    ],
)
def test_dates_are_read_as_iso(text: str, language: str, iso: str) -> None:
    assert one(text, language).iso == iso


def test_a_date_without_a_year_has_no_period() -> None:
    assert one("on March 1").period is None


def test_a_dated_quantity_has_its_period() -> None:
    period = one("second half of 2015").period

    assert period is not None
    assert str(period) == "2015-H2"


@pytest.mark.parametrize(
    ("text", "language", "qualifier"),
    [
        ("more than US $1.3 billion", "en", "more than"),
        ("exceeded 7,000", "en", "more than"),
        ("at least 40 projects", "en", "at least"),
        ("approximately $660 million", "en", "about"),
        ("nearly 83 times", "en", "almost"),
        ("up to 300 tons", "en", "up to"),
        ("no more than 5%", "en", "up to"),
        ("less than 5%", "en", "less than"),
        ("7,000 or more", "en", "at least"),
        ("100+ companies", "en", "more than"),
        ("5.08 tons", "en", ""),
        ("超过13亿美元", "zh", "more than"),
        ("40多个", "zh", "more than"),
        ("二十多亿元", "zh", "more than"),
        ("不超过5%", "zh", "up to"),
        ("约40%", "zh", "about"),
        ("более 100 млн долларов", "ru", "more than"),
        ("не менее 40 тонн", "ru", "at least"),
        ("около 40%", "ru", "about"),
        ("больш за 100 млн долараў", "be", "more than"),
        ("амаль 40%", "be", "almost"),
        ("5亿美元左右", "zh", "about"),
    ],
)
def test_a_qualifier_belongs_to_its_number(text: str, language: str, qualifier: str) -> None:
    assert one(text, language).qualifier == qualifier


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("5G networks", "en"), ("train X8151", "en"), ("an Il-76 plane", "en"), ("COVID-19", "en"),
        ("at 10:30", "en"), ("version 1.2.3", "en"), ("one of them", "en"), ("the one-China principle", "en"),
        ("two-way trade", "en"), ("no numbers here", "en"), ("", "en"), ("the text", "en"), ("24/7", "en"),
        ("一带一路", "zh"), ("两国", "zh"), ("十分重要", "zh"), ("5G网络", "zh"), ("1" * 200, "en"),
        ("один из них", "ru"), ("поезд Х8151", "ru"), ("сеть 5G", "ru"), ("адзін з іх", "be"), ("у 10:30", "be"),
    ],
)  # fmt: skip
def test_digits_and_words_of_another_kind_are_left_alone(text: str, language: str) -> None:
    assert find(text, language, UNITS) == ()


def test_a_change_is_two_numbers_that_share_their_unit() -> None:
    assert seen("rose from 10 to 15 million dollars") == ["10000000 USD", "15000000 USD"]


def test_numbers_in_a_list_stay_apart() -> None:
    assert seen("6 batches and 2 visits") == ["6 batch", "2 visit"]


def test_a_fall_is_told_by_the_words_before() -> None:
    assert [one(text).falling for text in ("fell by 3.5%", "rose by 3.5%", "Sales fell. Wages rose 3.5%")] == [
        True, False, False,
    ]  # fmt: skip


def test_an_impossible_date_is_no_date() -> None:
    assert "2022-02-30" not in [quantity.iso for quantity in find("30 February 2022", "en")]


def test_a_quantity_tells_where_it_stands() -> None:
    text = "trade reached US$5.08 billion in 2022"

    assert [text[quantity.start : quantity.end] for quantity in find(text, "en")] == ["US$5.08 billion", "2022"]


def test_a_workspace_word_goes_before_a_built_in_one() -> None:
    units = (Unit("BYN", "Belarusian rouble", "Belarusian roubles", (("en", ("rubles",)),)),)

    assert find("5 rubles", "en", units)[0].unit == "BYN"
    assert find("5 rubles", "en")[0].unit == "RUB"


def test_a_unit_is_mentioned_by_whole_words_only() -> None:
    assert mentions("the number of enterprises", "enterprise", "en", UNITS)
    assert not mentions("an enterprising city", "enterprise", "en", UNITS)
    assert not mentions("the number of enterprises", "unknown", "en", UNITS)


def test_a_language_without_grammar_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="language 'xx'; expected one of en, zh, ru, be"):
        find("5", "xx")


def test_a_regional_language_uses_its_base() -> None:
    assert find("52.8万", "zh-Hans")[0].amount == 528000



# --- what is printed is read back -----------------------------------------------------------------

AMOUNTS = st.decimals(min_value="0.01", max_value="999999", places=2)
ENGLISH = {"": 0, " thousand": 3, " million": 6, " billion": 9, " trillion": 12}
CHINESE = {"": 0, "万": 4, "亿": 8, "万亿": 12}


@given(AMOUNTS, st.sampled_from(sorted(ENGLISH)))
def test_an_english_amount_is_read_as_it_was_written(value: Decimal, scale: str) -> None:
    quantity = one(f"about {value:,f}{scale} US dollars in all")

    assert (quantity.value, quantity.amount, quantity.unit) == (value, value.scaleb(ENGLISH[scale]), "USD")


@given(AMOUNTS, st.sampled_from(sorted(CHINESE)))
def test_a_chinese_amount_is_read_as_it_was_written(value: Decimal, scale: str) -> None:
    quantity = one(f"贸易额达{value:f}{scale}美元。", "zh")

    assert (quantity.value, quantity.amount, quantity.unit) == (value, value.scaleb(CHINESE[scale]), "USD")


@given(AMOUNTS, st.sampled_from([("", 0), (" тыс.", 3), (" млн", 6), (" млрд", 9), (" трлн", 12)]))
def test_a_russian_amount_is_read_as_it_was_written(value: Decimal, scale: tuple[str, int]) -> None:
    written = f"{value:,f}".replace(",", "\u00a0").replace(".", ",")

    quantity = one(f"объём составил {written}{scale[0]} долларов США за всё время", "ru")

    assert (quantity.value, quantity.amount, quantity.unit) == (value, value.scaleb(scale[1]), "USD")


SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    " seventeen eighteen nineteen"
)
TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety"


def english_words(number: int) -> str:
    small, tens = SMALL.split(), TENS.split()
    for size, name in ((10**6, "million"), (1000, "thousand"), (100, "hundred")):
        if number >= size:
            rest = english_words(number % size) if number % size else ""
            joint = " and " if size == 100 and rest else " "
            return f"{english_words(number // size)} {name}{joint}{rest}".strip()
    if number < 20:
        return small[number]
    return tens[number // 10] + (f"-{small[number % 10]}" if number % 10 else "")


def chinese_words(number: int) -> str:
    for size, name in ((10**8, "亿"), (10**4, "万"), (1000, "千"), (100, "百"), (10, "十")):
        if number >= size:
            rest = number % size
            zero = "零" if rest and rest < size // 10 else ""
            return chinese_words(number // size) + name + zero + (chinese_words(rest) if rest else "")
    return "零一二三四五六七八九"[number]


@given(st.integers(min_value=2, max_value=999_999_999))
def test_english_number_words_are_read_as_they_were_written(number: int) -> None:
    assert one(f"{english_words(number)} visits").amount == number


@given(st.integers(min_value=10, max_value=999_999_999_999))
def test_chinese_number_words_are_read_as_they_were_written(number: int) -> None:
    assert one(f"{chinese_words(number)}吨", "zh").amount == number


@given(st.dates(min_value=date(1500, 1, 1), max_value=date(2099, 12, 31)))
def test_every_day_is_read_in_english_and_chinese(day: date) -> None:
    english, chinese = f"{day:%B} {day:%d}, {day:%Y}", f"{day:%Y}年{day:%m}月{day:%d}日"

    assert one(english).iso == one(chinese, "zh").iso == str(day)


@given(st.text(max_size=200), st.sampled_from(["en", "zh", "ru", "be"]))
def test_any_text_is_read_without_an_error_and_without_overlap(text: str, language: str) -> None:
    found = find(text, language, UNITS)

    assert all(one.end <= other.start for one, other in pairwise(found))


PIECES = {
    ("en", "zh"): ["1", "1,111", "- ", "one ", "one hundred and ", "万", "May ", " ", "2021 to ", "more than ", "US$", "第",
                   "一", "2022年", "1 b b b b b b", "5 Big big-big-", "1-", "a ", "10 to ", "上", "%", "1.", "five-year "],
    ("ru", "be"): ["1 000 ", "1-", "два ", "больш за ", "мая ", "тысячи ", "сто ", "2021 по ", "10 до ", "5 новых-новых "],
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("piece", "language"),
    [(piece, language) for languages, pieces in PIECES.items() for language in languages for piece in pieces],
)
def test_text_of_any_kind_is_read_in_linear_time(piece: str, language: str) -> None:
    def effort(size: int) -> int:
        text = (piece * size)[:size]
        return calls_in(lambda: find(text, language, UNITS))

    find(piece * 9, language, UNITS)  # the tables of the language are compiled once

    assert effort(20_000) <= 11 * effort(2000)


@pytest.mark.parametrize("language", ["en", "zh", "ru", "be"])
def test_every_fact_of_the_workspace_is_read_back_as_it_is_printed(language: str) -> None:
    root = Path(__file__).resolve().parent.parent
    catalogue = root / f"templates/locales/{language}/LC_MESSAGES/briefing.po"
    assert language == "en" or catalogue.is_file()
    workspace = Workspace(root)
    known = learn(workspace, workspace.topics(), today=date(2026, 11, 22))
    words = Words(language, catalogue.read_bytes() if catalogue.is_file() else None, known.vocabulary)

    facts = [fact for topic in known.topics for fact in topic.facts if not isinstance(fact.value, str)]
    unread = []
    for fact in facts:
        printed = words.quantity(fact.value, fact.unit, fact.scale, fact.qualifier)
        found = find(printed, language, known.vocabulary.units)
        if isinstance(fact.value, Period):
            right = fact.value.text in [quantity.iso for quantity in found]
        else:
            right = any(fact.amount == quantity.amount for quantity in found)
        unread += [] if right else [(fact.id, printed, [str(quantity) for quantity in found])]

    assert len(facts) > 100
    assert unread == []


# --- the figures as received ----------------------------------------------------------------------

COUNTED_BY_THE_READER = {"F136": "the passage lists three measures and does not say 'three'"}


def test_every_numeric_fact_as_received_is_read_in_its_quotation(shared: Path) -> None:
    vocabulary = tomllib.loads((shared.parent / "main/data/vocabulary.toml").read_text("utf-8"))
    units = tuple(
        Unit(id_, unit["one"], unit["other"], tuple((code, tuple(words)) for code, words in unit["words"].items()))
        for id_, unit in vocabulary["units"].items()
    )
    with (shared / "data/facts.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["value"].replace(".", "").isdigit() and row["quote"]]

    unread = set()
    for row in rows:
        scale = next((exponent for word, exponent in SCALES.items() if word and word in row["unit"]), 0)
        found = find(row["quote"], language_of(row["quote"], "en"), units)
        if Decimal(row["value"]).scaleb(scale) not in [quantity.amount for quantity in found]:
            unread.add(row["id"])

    assert len(rows) > 40
    assert unread == set(COUNTED_BY_THE_READER)
