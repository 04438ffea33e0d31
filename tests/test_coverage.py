"""Coverage: which quantities of a document facts carry, what is said again, what is set aside, what is open."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from effort import calls_in

from generator.anchors import Document
from generator.coverage import Reading, cover, propose, read_set_aside
from generator.knowledge import learn
from generator.mentions import tongue
from generator.model import Coverage, Fact, Place, SetAside, Source, Unit, Vocabulary
from generator.periods import Period, parse_period
from generator.reading import Findings
from generator.survey import count_open
from generator.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
WORDS = (("en", ("firms", "students", "clinics")), ("zh", ("家企业",)), ("ru", ("предприятий",)))
VOCABULARY = Vocabulary(
    (),
    (),
    (),
    (
        Unit("percent", "percent", "percent"),
        Unit("times", "times", "times"),
        Unit("firm", "firm", "firms", (("en", ("firms",)), ("zh", ("家企业",)), ("ru", ("предприятий",)))),
        Unit("student", "student", "students"),
    ),
)
SOURCE = Source("DOC", "Producer", "Title", "document", "2025-01-01", language="en", document="doc.txt", sha256="0")


def fact(id_: str, anchor: str, value: str, unit: str = "text", period: str = "2024") -> Fact:
    """Return a fact anchored in the document; a number is told by its unit."""
    said: Decimal | Period | str
    said = value if unit == "text" else parse_period(value) if unit == "date" else Decimal(value)
    return Fact(id_, "m", "e", parse_period(period), said, unit, source="DOC", anchor=anchor)


def covered(text: str, *facts: Fact, asides: tuple[SetAside, ...] = (), language: str = "en") -> Coverage:
    """Return the coverage of a document; every row of `asides` must fit."""
    source = Source("DOC", "P", "T", "document", "2025-01-01", language=language, document="doc.txt", sha256="0")
    found, findings = cover(source, Reading(Document(text), language, VOCABULARY), facts, asides, VOCABULARY, "en")
    assert findings == []
    return found


def states(coverage: Coverage) -> dict[str, str]:
    """Return by quantity its state and facts: what a reader of the listing sees."""
    return {mention.text: " ".join((mention.state, *mention.facts)) for mention in coverage.mentions}


# --- what facts carry -----------------------------------------------------------------------------


def test_a_quantity_is_carried_where_the_anchor_stands_and_it_is_the_value() -> None:
    text = "In 2024 the zone had 120 firms and 3,500 students. It hopes for 500 firms."

    found = states(covered(text, fact("firms", "the zone had 120 firms and 3,500 students", "120", "firm")))

    assert found == {"2024": "period firms", "120 firms": "carried firms", "3,500 students": "open", "500 firms": "open"}


def test_every_place_of_an_anchor_counts() -> None:
    found = covered("120 firms came. So: 120 firms came. Then 120 firms left.", fact("firms", "120 firms came", "120", "firm"))

    assert [mention.state for mention in found.mentions] == ["carried", "carried", "open"]


@pytest.mark.parametrize(
    ("text", "anchor", "value", "unit"),
    [
        ("Trade was 2.5 million firms.", "Trade was 2.5", "2.5", "firm"),  # the anchor ends before the scale
        ("It grew by 25%.", "It grew by 25%", "25", "times"),
        ("It grew by 25%.", "It grew by 25%", "26", "percent"),
        ("It is 20 to 30% of them.", "It is 20 to 30% of them", "20", "percent"),
        ("Hundreds of students came.", "Hundreds of students came", "100", "student"),
        ("The second of 120 firms.", "The second of 120 firms", "the 2 largest of 120 firms", "text"),
    ],
)
def test_what_only_resembles_the_value_is_not_carried(text: str, anchor: str, value: str, unit: str) -> None:
    found = covered(text, fact("f", anchor, value, unit))

    assert found.mentions[0].state == "open", found.mentions


@pytest.mark.parametrize(
    ("text", "anchor", "value"),
    [
        ("It is the second-largest of its kind.", "the second-largest of its kind", "second-largest"),
        ("Between 4 and 6 years passed.", "Between 4 and 6 years", "between 4 and 6 years"),
        ("They met on 4 November 2022 again.", "met on 4 November 2022", "on 4 November 2022"),
        ("Hundreds of students came.", "Hundreds of students", "hundreds of students"),
    ],
)
def test_the_numbers_of_a_text_are_carried(text: str, anchor: str, value: str) -> None:
    found = covered(text, fact("f", anchor, value, period="2022"))

    assert [mention.state for mention in found.mentions] == ["carried"], found.mentions


def test_two_facts_carry_the_two_ends_of_a_range() -> None:
    text = "The share is from 20 to 30 percent today."
    low, high = fact("low", "The share is from 20", "20", "percent"), fact("high", "30 percent today", "30", "percent")

    both, one = covered(text.replace("from ", ""), *[low, high]), covered(text, low)

    assert [mention.state for mention in one.mentions] == ["carried", "open"], one.mentions
    assert states(both) == {"20 to 30 percent": "open"}
    low = fact("low", "The share is 20", "20", "percent")
    assert states(covered(text.replace("from ", ""), low, high)) == {"20 to 30 percent": "carried low high"}


@pytest.mark.parametrize(
    ("text", "period", "state"),
    [
        ("In 2024 it had 120 firms.", "2024", "period f"),
        ("In 2024 it had 120 firms.", "2023", "open"),
        ("Last September it had 120 firms.", "2024-09", "period f"),
        ("Last September it had 120 firms.", "2024-10", "open"),
        ("Last September it had 120 firms.", "2024-09-15", "period f"),  # the month holds the day
        ("In 2024 it had 120 firms.", "2024-03", "period f"),  # the year holds the month
        ("In March 2024 it had 120 firms.", "2024", "open"),  # the month would be lost
        ("Since 2020 it had 120 firms.", "2020/2024", "period f"),
        ("Since 2020 it had 120 firms.", "2019/2024", "open"),
        ("In 2024 much changed. It had 120 firms.", "2024", "open"),  # another sentence
        ("In 2024 much changed.\n\nIt had 120 firms.", "2024", "open"),
        ("In 2024 it had 120 firms.", "undated", "open"),
    ],
)
def test_a_date_beside_a_fact_is_its_period_or_open(text: str, period: str, state: str) -> None:
    found = covered(text, fact("f", "it had 120 firms" if "it had" in text else "It had 120 firms", "120", "firm", period))

    assert next(iter(states(found).values())) == state


def test_chinese_and_russian_documents_are_covered() -> None:
    chinese = covered(
        "2024年，园区共有一百二十家企业，增长25%。", fact("f", "园区共有一百二十家企业", "120", "firm"), language="zh"
    )
    russian = covered(
        "В 2024 году в парке было 120 предприятий, рост на 25 %.", fact("f", "было 120 предприятий", "120", "firm"), language="ru"
    )

    assert states(chinese) == {"2024年": "period f", "一百二十家企业": "carried f", "25%": "open"}
    assert [mention.state for mention in russian.mentions] == ["period", "carried", "open"]


@pytest.mark.parametrize(
    ("paragraph", "language", "read_in"),
    [
        ("The two countries met.", "zh", "en"),
        ("两国元首会晤。", "en", "zh"),
        ("Две страны встретились.", "en", "ru"),
        ("Дзве краіны сустрэліся.", "be", "be"),
        ("Zwei Länder.", "de", "de"),
        ("2024: 35", "zh", "zh"),
        ("", "ru", "ru"),
        ("SCO成员国元首理事会第二十二次会议举行", "zh", "zh"),
        ("Δύο χώρες", "el", "el"),
    ],
)
def test_a_paragraph_is_read_in_the_language_of_its_letters(paragraph: str, language: str, read_in: str) -> None:
    assert tongue(paragraph, language) == read_in


def test_a_document_that_quotes_is_read_in_both_languages() -> None:
    found = covered("Two firms opened.\n\n共有一百二十家企业。\n\nБыло 35 предприятий.", language="zh")

    assert [mention.reading for mention in found.mentions] == ["2 firm", "120 firm", "35 firm"]


def test_a_page_whose_halves_no_blank_line_parts_is_read_in_both_languages() -> None:
    page = (
        "The two countries met in the capital and agreed on thirty-five further projects\n"
        "in trade and industry; both heads of state signed a joint statement afterwards.\n"
        "两国元首在首都会晤，一致同意在贸易、工业等领域开展三十五个新项目，并签署联合声明，\n共有一百二十家企业参加。"
    )

    found = covered(page, language="zh")

    assert [mention.text for mention in found.mentions] == ["two", "thirty-five", "三十五个", "一百二十家企业"]


def test_in_a_web_page_a_line_is_a_paragraph_and_in_a_pdf_pages_are_told() -> None:
    text = "In 2024\nit had 120 firms.\n"
    facts = (fact("f", "it had 120 firms", "120", "firm"),)

    web, paper = (
        cover(SOURCE, Reading(document, "en", VOCABULARY), facts, (), VOCABULARY, "en")[0].mentions
        for document in (Document(text, unit="paragraph"), Document(text, (0, 8), "paragraph"))
    )

    assert [(mention.state, mention.line, mention.page) for mention in web] == [("open", 1, 0), ("carried", 2, 0)]
    assert [(mention.state, mention.page) for mention in paper] == [("period", 1), ("carried", 2)]


def test_of_a_language_without_a_grammar_digits_are_read_in_both_ways() -> None:
    found = covered("Im Park gab es 1.234 Firmen und zwei Banken.", fact("f", "gab es 1.234 Firmen", "1234", "firm"), language="de")

    assert [(mention.text, mention.reading, mention.state) for mention in found.mentions] == [
        ("1.234", "1.234 or 1234", "carried")
    ]


def test_of_a_language_without_a_grammar_a_fact_carries_its_digits_and_its_year() -> None:
    found = covered(
        "Im Jahr 2024 waren es 1,73 Millionen Tonnen, 38 % davon Holz. Im Jahr 2023 war es weniger.",
        replace(fact("f", "waren es 1,73 Millionen Tonnen", "1.73", "USD"), scale="million"),
        language="de",
    )

    assert [(mention.text, mention.state) for mention in found.mentions] == [
        ("2024", "period"), ("1,73 Millionen", "carried"), ("38 %", "open"), ("2023", "open"),
    ]  # fmt: skip


def test_line_and_column_are_those_of_the_document_as_received() -> None:
    (first, second) = covered("One line\r\n\r\nwith 35 firms\nand\u00a0 7,5").mentions[:2]

    assert (first.line, first.column, first.before, first.after) == (3, 6, "One line with ", " and 7,5")
    assert second.line == 4


@pytest.mark.parametrize("text", ["", "\n\n\n", "no number at all", ". . . .", "\u00ad\u200b"])
def test_a_document_without_quantities_has_no_mentions(text: str) -> None:
    assert covered(text, fact("f", "no number", "1", "firm")).mentions == ()


# --- what is said again ---------------------------------------------------------------------------

TRADE = fact("trade", "trade between both countries reached 5.08 billion dollars", "5080000000", "USD", "2022")
SAID = "The trade between both countries reached 5.08 billion dollars in 2022."


@pytest.mark.parametrize(
    ("again", "state"),
    [
        ("Trade between both countries, 5.08 billion dollars, is large.", "repeats trade"),
        ("In 2022 the countries between them had a trade of 5.08 billion dollars.", "repeats trade"),
        ("In 2019 trade between both countries was 5.08 billion dollars.", "open"),  # another time
        ("The hospital's budget was 5.08 billion dollars.", "open"),  # another thing
        ("Trade between both countries reached 5.08 billion euros.", "open"),  # another unit
    ],
)
def test_the_same_amount_in_much_the_same_words_repeats_a_fact(again: str, state: str) -> None:
    found = covered(f"{SAID}\n\n{again}", TRADE)

    last = found.mentions[-1]
    assert " ".join((last.state, *last.facts)) == state, last


def test_another_amount_in_much_the_same_words_is_held_against_the_fact() -> None:
    found = covered(f"{SAID}\n\nTrade between both countries reached 5.8 billion dollars.\n\nIt cost 7 billion dollars.", TRADE)

    other, stranger = found.open
    assert (other.text, other.compare) == ("5.8 billion dollars", "trade")
    assert (stranger.text, stranger.compare) == ("7 billion dollars", "")


def test_a_single_digit_repeats_nothing() -> None:
    text = "The zone opened with 4 firms from both large neighbours. The zone today has 4 firms from both large neighbours."

    found = covered(text, fact("f", "opened with 4 firms", "4", "firm"))

    assert [mention.state for mention in found.mentions] == ["carried", "open"]


# --- what is set aside: the table -----------------------------------------------------------------


def read(text: str, sources: Mapping[str, Source] | None = None) -> tuple[tuple[SetAside, ...], Findings]:
    findings = Findings()
    known = {"DOC": SOURCE, "WEB": Source("WEB", "P", "T", "web page", "2025-01-01")}
    return read_set_aside(text, known if sources is None else sources, VOCABULARY, findings), findings


def test_a_row_holds_source_anchor_count_and_reason() -> None:
    rows, findings = read('source,anchor,count,reason\nDOC,"two sides, both",3,"Rhetorical: ""the two"""\nDOC,list of 5,,A list.\n')

    assert findings == []
    assert rows == (
        SetAside("DOC", "two sides, both", 'Rhetorical: "the two"', 3, Place("data/set-aside.csv", 2)),
        SetAside("DOC", "list of 5", "A list.", 1, Place("data/set-aside.csv", 3)),
    )


@pytest.mark.parametrize(
    ("row", "rule", "said"),
    [
        ("DOK,two sides,,R", "coverage.source", "Did you mean 'DOC'?"),
        (",two sides,,R", "coverage.source", "source ''"),
        ("WEB,two sides,,R", "coverage.no-document", "names no document"),
        ("DOC,two sides,,", "coverage.reason", "without a reason"),
        ("DOC,two sides,,  ", "coverage.reason", "without a reason"),
        ("DOC,,,R", "coverage.anchor", "an anchor of 0 words"),
        ("DOC,…,,R", "coverage.anchor", "an anchor of 0 words"),
        (f"DOC,{'two ' * 16},,R", "coverage.anchor", "an anchor of 16 words; expected one to 15"),
        ("DOC,both sides,,R", "coverage.no-quantity", "'both sides' holds no quantity"),
        ("DOC,two sides,0,R", "coverage.count", "count '0'"),
        ("DOC,two sides,-1,R", "coverage.count", "count '-1'"),
        ("DOC,two sides,all,R", "coverage.count", "expected a whole number"),
        ("DOC,two sides,1.0,R", "coverage.count", "count '1.0'"),
        ("DOC,two sides,٣,R", "coverage.count", "count '٣'"),
        ("DOC,two sides,R", "csv.row-length", "3 fields"),
    ],
)
def test_a_row_that_is_wrong_is_told_with_its_line_and_sets_nothing_aside(row: str, rule: str, said: str) -> None:
    rows, findings = read(f"source,anchor,count,reason\nDOC,two firms,,R\n{row}\n")

    assert [finding.rule for finding in findings] == [rule]
    assert said in str(findings[0])
    assert findings[0].place == Place("data/set-aside.csv", 3)
    assert len(rows) == 1


def test_all_that_is_wrong_with_a_row_is_told_at_once() -> None:
    _, findings = read(f"source,anchor,count,reason\nDOK,{'two ' * 16},x,\n")

    assert [finding.rule for finding in findings] == [
        "coverage.count", "coverage.source", "coverage.reason", "coverage.anchor",
    ]  # fmt: skip


def test_an_anchor_that_stands_twice_is_told_with_both_lines() -> None:
    rows, findings = read('source,anchor,reason\nDOC,a “two-year” plan of 3,R\nDOC,"a ""two-year""  plan of 3",S\n')

    assert [finding.rule for finding in findings] == ["coverage.twice"]
    assert "data/set-aside.csv:3" in str(findings[0])
    assert "at data/set-aside.csv:2 too" in findings[0].found
    assert [row.reason for row in rows] == ["R"]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "csv.empty"),
        ("source,anchor,reason\n", "csv.empty"),
        ("source;anchor;reason\nDOC;two;R\n", "csv.separator"),
        ("source,anker,reason\nDOC,two,R\n", "csv.column-unknown"),
        ("source,anchor\nDOC,two\n", "csv.column-missing"),
        ("source,anchor,reason\nDOC,two sides,R", "csv.cut"),
    ],
)
def test_a_table_that_is_none_is_told(text: str, rule: str) -> None:
    _, findings = read(text)

    assert findings[0].rule == rule


# --- what is set aside: held to the document ------------------------------------------------------


def misfits(text: str, *rows: SetAside, facts: tuple[Fact, ...] = ()) -> tuple[list[str], list[str]]:
    """Return the states of the mentions and the problems of the rows."""
    found, findings = cover(SOURCE, Reading(Document(text), "en", VOCABULARY), facts, rows, VOCABULARY, "en")
    return [mention.state for mention in found.mentions], [f"{finding.found} | {finding.cure}" for finding in findings]


def aside(anchor: str, count: int = 1, line: int = 2) -> SetAside:
    return SetAside("DOC", anchor, "R", count, Place("data/set-aside.csv", line))


def test_what_is_set_aside_shows_its_reason_and_row() -> None:
    found = covered("The two sides met 3 times.", asides=(aside("The two sides"),))

    mention = found.mentions[0]
    assert (mention.state, mention.reason, str(mention.place)) == ("set aside", "R", "data/set-aside.csv:2")
    assert [each.text for each in found.open] == ["3 times"]


def test_one_row_may_set_aside_what_stands_in_several_places() -> None:
    assert misfits("The two sides met. The two sides parted.", aside("The two sides", 2)) == (["set aside"] * 2, [])


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (aside("The too sides"), "does not stand in the document | Did you mean 'The two sides' (line 1)?"),
        (aside("quite other words"), "does not stand in the document | Copy the words from the document."),
        (aside("parted as friends"), "holds no quantity in the document"),
        (aside("The two sides"), "holds 2 quantities that no fact carries in 2 places"),
        (aside("The two sides", 3), "holds 2 quantities that no fact carries in 2 places"),
        (aside("met with 120 firms"), "is carried by firms"),
        (aside("two sides met with 120 firms", 2), "holds 1 quantity that no fact carries, beside 1 that facts carry"),
    ],
)
def test_a_row_that_does_not_fit_the_document_sets_nothing_aside(row: SetAside, said: str) -> None:
    text = "The two sides met with 120 firms. The two sides parted as friends."

    found, problems = misfits(text, row, facts=(fact("firms", "with 120 firms", "120", "firm"),))

    assert found == ["open", "carried", "open"]
    assert len(problems) == 1
    assert said in problems[0]


def test_of_two_rows_for_one_quantity_the_second_is_told() -> None:
    found, problems = misfits("The two sides met.", aside("The two sides"), aside("two sides met", line=3))

    assert found == ["set aside"]
    assert "sets aside what data/set-aside.csv:2 does" in problems[0]


def test_a_row_wins_over_what_is_taken_for_a_repetition() -> None:
    again = "Trade between both countries, 5.08 billion dollars, is large."
    found = covered(f"{SAID}\n\n{again}", TRADE, asides=(aside("both countries, 5.08 billion dollars"),))

    assert found.mentions[-1].state == "set aside"


# --- proposals ------------------------------------------------------------------------------------

DOCUMENTS = {
    "en": "The two sides met. The two sides met 3 times, on 4 May 2022. A loss of -5.5% and $40 million, US $7m,\n\n"
    "two two two.\n\n- 1\n- 2\n- 3\n\nThe two sides met. \x1b[31m9 firms\x1b[0m =7+1 and hundreds.",
    "zh": "两国元首会晤，三次，2024年5月4日。两国元首会晤，三次。增长25%，共有一百二十家企业。第一，第二。\n\n两个",
    "ru": "В 2024 году было 35 предприятий, в два раза больше. Было 35 предприятий. 5,08 млрд долларов; первый. 2 2 2",
    "de": "Im Jahr 2024 gab es 1.234 Firmen, 1.234 Firmen und 7,5 Prozent. 3 3",
}


@pytest.mark.parametrize("language", DOCUMENTS)
def test_rows_that_are_proposed_close_a_document_once_they_have_reasons(language: str) -> None:
    source = Source("DOC", "P", "T", "document", "2025-01-01", language=language, document="d", sha256="0")
    reading = Reading(Document(DOCUMENTS[language]), language, VOCABULARY)
    found, _ = cover(source, reading, (), (), VOCABULARY, "en")

    rows = propose(source, reading, found.mentions, VOCABULARY)

    closed, findings = cover(source, reading, (), rows, VOCABULARY, "en")
    assert findings == []
    assert (len(found.open) > 4, closed.open) == (True, ())
    assert sum(row.count for row in rows) == len(found.open)
    assert [row.anchor for row in rows if not re.match(r"[\w$]", row.anchor) or not row.anchor.isprintable()] == []


def test_what_no_words_tell_apart_shares_a_row() -> None:
    reading = Reading(Document("\n\n".join(["The two sides met."] * 50)), "en", VOCABULARY)
    found, _ = cover(SOURCE, reading, (), (), VOCABULARY, "en")

    (row, *others) = propose(SOURCE, reading, found.mentions, VOCABULARY)

    assert (row.count, others) in [(50, []), (48, others)], row


# --- work ------------------------------------------------------------------------------------------


def effort(times: int, number: int) -> int:
    text = "\n\n".join(f"{SAID} In town {n} there were {n}00 firms and {n + 3}5 students." for n in range(times))
    facts = [fact(f"f{n}", f"In town {n} there were {n}00 firms", f"{n}00", "firm") for n in range(1, number)]

    def work() -> None:
        reading = Reading(Document(text), "en", VOCABULARY)
        found, _ = cover(SOURCE, reading, (TRADE, *facts), (), VOCABULARY, "en")
        propose(SOURCE, reading, found.mentions, VOCABULARY)

    return calls_in(work)


@pytest.mark.slow
def test_work_grows_with_the_text_and_with_the_facts_and_not_faster() -> None:
    effort(10, 10)

    assert effort(400, 20) < 2.5 * effort(200, 20)
    assert effort(200, 160) < 2.5 * effort(200, 80)


@pytest.mark.slow
@pytest.mark.parametrize(
    "text", ["5 " * 4_000, "a" * 100_000, "." * 100_000, " \n" * 50_000, "5.\n" * 4_000, "двадцать " * 10_000]
)
def test_a_text_without_sentences_is_read_too(text: str) -> None:
    assert calls_in(lambda: covered(text, fact("f", "5", "5", "firm"))) < 150 * len(text)


# --- the command ----------------------------------------------------------------------------------


def run(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "generator", *arguments],
        cwd=cwd, env={**os.environ, "PYTHONPATH": str(ROOT), **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip


TABLE = "data/set-aside.csv"
LISTING = """\
REPORT  report.txt  5 quantities: 5 carried, 0 set aside, 0 open
  3:4   …ibrary: annual report In [2024] the library had 12,500 r…  2024          period of readers.2024, growth.2024
  3:25  …024 the library had [12,500 readers], up 25% on the year…  12500 reader  readers.2024
  3:44  …y had 12,500 readers, up [25%] on the year before. The …   25 percent    growth.2024
  4:27  …reading room cost [1.2 million euros] and opened on 4 M…   1200000 EUR   room.cost
  4:59  … euros and opened on [4 March 2024].                       2024-03-04    room.opening

XINWEN  xinwen.txt  2 quantities: 1 carried, 1 set aside, 0 open
  1:11  图书馆去年共有读者约[1.3万人]， 其中儿童读者四千人。  about 13000 reader  readers.2024.press
  2:7   …约1.3万人， 其中儿童读者[四千人]。                   4000 reader         set aside: The briefing counts readers of every age together.

2 of 2 documents read: 7 quantities: 6 carried, 1 set aside, 0 open
1 source without a document: nothing to look up there
"""


def test_the_listing_shows_each_quantity_its_place_and_what_became_of_it(project: Path) -> None:
    result = run("sources", "coverage", "--strict", cwd=project)

    assert (result.stdout, result.stderr, result.returncode) == (LISTING, "", 0)


def test_what_is_open_is_marked_and_makes_strict_end_with_1(project: Path) -> None:
    (project / TABLE).unlink()

    plain = run("sources", "coverage", "XINWEN", cwd=project)
    strict = run("sources", "coverage", "--open", "--strict", cwd=project)

    assert "\n!  2:7   …约1.3万人， 其中儿童读者[四千人]。                   4000 reader         OPEN\n" in plain.stdout
    assert (plain.returncode, strict.returncode) == (0, 1)
    assert strict.stdout.splitlines()[:3] == [
        "REPORT  report.txt  5 quantities: 5 carried, 0 set aside, 0 open",
        "XINWEN  xinwen.txt  2 quantities: 1 carried, 0 set aside, 1 open",
        "!  2:7  …约1.3万人， 其中儿童读者[四千人]。  4000 reader  OPEN",
    ]


def test_json_holds_every_quantity_whole(project: Path) -> None:
    report, news = json.loads(run("sources", "coverage", "--json", cwd=project).stdout)

    assert (report["source"], report["document"], report["trouble"]) == ("REPORT", "report.txt", "")
    assert report["counts"] == {"period": 1, "carried": 4}
    assert report["quantities"][3] == {
        "page": 0, "line": 4, "column": 27, "before": "The new reading room cost ", "text": "1.2 million euros",
        "after": " and opened on 4 March 2024.", "reading": "1200000 EUR", "state": "carried", "facts": ["room.cost"],
        "reason": "", "compare": "", "row": "",
    }  # fmt: skip
    assert [(each["state"], each["row"]) for each in news["quantities"]] == [("carried", ""), ("set aside", f"{TABLE}:2")]
    assert json.loads(run("sources", "coverage", "--json", "--open", cwd=project).stdout)[1]["quantities"] == []


@pytest.mark.slow
@pytest.mark.parametrize("head", [None, "", "source,anchor,count,reason\n", "reason,source,anchor\n"])
def test_the_rows_that_csv_prints_fit_the_table_they_are_appended_to(project: Path, head: str | None) -> None:
    table = project / TABLE
    table.unlink()
    if head is not None:
        table.write_text(head, "utf-8")
    report = (project / "data/sources/report.txt").read_text("utf-8")
    replace_document(project, "report.txt", f'{report}It lent 7,001 books, "new" ones too, and owns 3 vans.')

    printed = run("sources", "coverage", "--csv", cwd=project).stdout

    text = (head or "") + printed
    rows = list(csv.DictReader(text.splitlines()))
    assert [row["source"] for row in rows] == ["REPORT", "REPORT", "XINWEN"]
    assert {row["reason"] for row in rows} == {""}
    table.write_text(text, "utf-8")
    unreasoned = run("sources", "coverage", "--strict", cwd=project)
    assert unreasoned.stderr.count("[coverage.reason]") == 3
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows({**row, "reason": "Not the subject."} for row in rows)
    closed = run("sources", "coverage", "--strict", cwd=project)
    assert (closed.returncode, closed.stderr) == (0, ""), closed.stdout


@pytest.mark.slow
def test_a_document_that_is_not_at_hand_is_told_with_the_cure_and_is_not_strict(project: Path) -> None:
    (project / "data/sources/report.txt").unlink()

    result = run("sources", "coverage", cwd=project)

    assert result.stdout.splitlines()[0] == (
        "REPORT  report.txt  not at hand: put it in data/sources/, or name its folder in BRIEFING_DOCUMENTS"
    )
    assert "1 of 2 documents read" in result.stdout
    assert (result.returncode, run("sources", "coverage", "--strict", cwd=project).returncode) == (0, 1)


@pytest.mark.parametrize(
    ("data", "said"), [(b"Other words.", "report.txt has the sha256"), (b"\xff\xfe", "report.txt has the sha256")]
)
def test_another_document_than_the_one_received_is_told(project: Path, data: bytes, said: str) -> None:
    (project / "data/sources/report.txt").write_bytes(data)

    result = run("sources", "coverage", "REPORT", "--strict", cwd=project)

    assert result.stdout.startswith(f"REPORT  report.txt  {said}")
    assert "[evidence.document-changed]" in result.stderr
    assert result.returncode == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("XINVEN",), 2, "no source 'XINVEN'\n  cure: Did you mean 'XINWEN'?"),
        (("STATS",), 0, "STATS  names no document: what it says cannot be looked up"),
        (("STATS", "--strict"), 1, "0 of 1 document read: 0 quantities"),
        (("--no-such",), 2, "No such option"),
        (("--csv", "--json"), 2, "Give one of them."),
    ],
)
def test_sources_are_named_by_their_ids(project: Path, arguments: tuple[str, ...], code: int, said: str) -> None:
    result = run("sources", "coverage", *arguments, cwd=project)

    assert said in result.stdout + result.stderr
    assert result.returncode == code
    assert "Traceback" not in result.stderr


def replace_document(project: Path, name: str, text: str) -> None:
    """Put another text in a document's place, with its sum."""
    data = text.encode()
    path = project / "data/sources" / name
    old = hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_bytes(data)
    table = project / "data/sources.toml"
    table.write_text(table.read_text("utf-8").replace(old, hashlib.sha256(data).hexdigest()), "utf-8")


def test_facts_that_cannot_be_read_are_told_beside_what_they_leave_open(project: Path) -> None:
    facts = project / "data/library/facts.csv"
    facts.write_text(facts.read_text("utf-8").replace(",12500,", ",12'500,"), "utf-8")

    result = run("sources", "coverage", "REPORT", cwd=project)

    assert "data/library/facts.csv:2: error: fact 'readers.2024': value '12'500'" in result.stderr
    assert "!  3:25  …024 the library had [12,500 readers], up 25% on the year…  12500 reader  OPEN" in result.stdout


def test_a_web_page_is_covered_like_a_text(project: Path) -> None:
    page = "<!doctype html><title>Report</title><p>In 2024 the library had 12,500 readers<p>and 9,999 mice."
    replace_document(project, "report.txt", page)
    (project / "data/sources/report.txt").rename(project / "data/sources/report.html")
    table = project / "data/sources.toml"
    table.write_text(table.read_text("utf-8").replace("report.txt", "report.html"), "utf-8")

    result = run("sources", "coverage", "REPORT", cwd=project)

    assert result.stdout.startswith("REPORT  report.html  3 quantities: 2 carried, 0 set aside, 1 open"), result.stdout
    assert "[9,999] mice" in result.stdout


def test_what_a_document_holds_never_reaches_the_terminal_unseen(project: Path) -> None:
    replace_document(project, "report.txt", "\x1b]0;evil\x07 \u202e 12 readers \x9b31m came, =1+2 and 7 left\r\n")

    for option in ("--open", "--csv"):
        printed = run("sources", "coverage", "REPORT", option, cwd=project).stdout
        assert "12 readers" in printed
        assert all(character.isprintable() for character in printed.replace("\n", ""))


def test_check_counts_what_is_open_in_a_note_with_the_command(project: Path) -> None:
    (project / TABLE).unlink()

    result = run("check", cwd=project)

    assert (
        "data/sources.toml:12: note: 1 of the 2 quantities of xinwen.txt stand in no fact; expected each in a fact, or in "
        "data/set-aside.csv with a reason. `briefing sources coverage XINWEN --open` lists them. [coverage.open]"
    ) in result.stdout
    assert (result.returncode, "0 errors, 0 warnings, 1 note" in result.stdout) == (0, True)


def told(project: Path) -> list[str]:
    workspace = Workspace(project)
    knowledge = learn(workspace, workspace.topics(), today=date(2025, 2, 3))
    return [f"{finding.place} {finding.found}" for finding in count_open(workspace, knowledge, "program")]


def test_a_document_is_read_again_only_where_something_changed(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / TABLE).unlink()
    first = told(project)
    read: list[str] = []

    def note(document: Document, language: str, vocabulary: Vocabulary) -> Reading:
        read.append(language)
        return Reading(document, language, vocabulary)

    monkeypatch.setattr("generator.coverage.Reading", note)

    again = told(project)
    (project / TABLE).write_text("source,anchor,reason\nXINWEN,其中儿童读者四千人,R\n", "utf-8")
    told(project)

    assert (first, again) == (["data/sources.toml:12 1 of the 2 quantities of xinwen.txt stand in no fact"], first)
    assert read == ["zh"]


def test_what_is_kept_of_a_count_may_be_damaged_or_unwritable(project: Path) -> None:
    (project / TABLE).unlink()
    first = told(project)
    for path in (project / ".briefing/cache/coverage").iterdir():
        path.write_bytes(b"\xff[1")

    assert told(project) == first
    shutil.rmtree(project / ".briefing/cache/coverage")
    (project / ".briefing/cache/coverage").write_text("a file in the folder's place")
    assert told(project) == first


def test_of_many_documents_the_open_quantities_are_summed_up(project: Path) -> None:
    (project / TABLE).unlink()
    table = project / "data/sources.toml"
    text = table.read_text("utf-8")
    other = text[text.index("[XINWEN]") : text.index("[STATS]")]
    table.write_text(text + "".join(other.replace("XINWEN", f"COPY{number}") for number in range(10)), "utf-8")

    assert told(project) == ["data/sources.toml 21 of the 22 quantities of 11 documents stand in no fact"]


@pytest.mark.slow
def test_a_table_that_is_wrong_is_a_warning_of_check_and_stops_no_build(project: Path) -> None:
    (project / TABLE).write_bytes("source,anchor,reason\nXINWEN,其中儿童读者五千人,R\n\xff\n".encode("latin-1", "ignore") + b"\xff\n")

    undecoded = run("check", cwd=project)
    (project / TABLE).write_text("source,anchor,reason\nXINWEN,其中儿童读者五千人,R\n", "utf-8")
    lost = run("check", cwd=project)

    assert f"{TABLE}:3: warning: byte 0xff" in undecoded.stdout
    assert f"{TABLE}:2: warning: anchor '其中儿童读者五千人' of XINWEN does not stand" in lost.stdout
    assert "Did you mean '其中儿童读者四千人' (line 2)?" in lost.stdout
    assert (undecoded.returncode, lost.returncode, run("check", "--strict", cwd=project).returncode) == (0, 0, 1)


def test_without_the_documents_the_table_is_still_read(project: Path) -> None:
    for path in (project / "data/sources").iterdir():
        path.unlink()
    (project / TABLE).write_text("source,anchor,reason\nXINWEN,四千人,\nSTATS,5,R\n", "utf-8")

    result = run("sources", "coverage", cwd=project)

    assert re.findall(r":(\d): warning: .*\[(.*)\]", result.stderr) == [("2", "coverage.reason"), ("3", "coverage.no-document")]


def test_a_source_that_is_not_read_takes_its_rows_with_it(project: Path) -> None:
    (project / "data/sources.toml").write_text("[REPORT\n", "utf-8")

    result = run("check", cwd=project)

    assert "toml.syntax" in result.stdout
    assert "coverage.source" not in result.stdout


def test_the_example_of_the_documentation_is_the_smallest_workspace_s() -> None:
    page = (ROOT / "docs/workspace.md").read_text("utf-8")

    (example,) = re.findall(r"## data/set-aside\.csv\n.*?```csv\n(.*?)```", page, re.DOTALL)

    assert example == (ROOT / "tests/project" / TABLE).read_text("utf-8")
    for word in ("`repeats`", "`set aside`", "`OPEN`", "`period of`", "`compare`"):
        assert word in page


def test_the_documents_as_received_are_covered_whole(shared: Path) -> None:
    result = run("sources", "coverage", "--open", "--strict", cwd=ROOT, BRIEFING_DOCUMENTS=str(shared / "sources"))

    assert result.stderr == ""
    assert "5 of 5 documents read" in result.stdout
    assert " 0 open" in result.stdout.splitlines()[-2]
    assert result.returncode == 0, result.stdout
