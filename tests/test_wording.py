"""Wordings: English for the command line and the ledger, the reader's language for pages."""

from __future__ import annotations

import copy
import json
import pickle
import re
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from generator.catalogues import msgid
from generator.language import Words
from generator.materiality import material_changes
from generator.model import Vocabulary
from generator.outlook import Outlook
from generator.slots import Calendar, Schedule, next_slots
from generator.timetable import why
from generator.wording import Wording, join, listed, tell

ROOT = Path(__file__).resolve().parent.parent
MINSK = "Europe/Minsk"
WORK = Calendar("work", weekdays=frozenset({5, 6}), days=frozenset({date(2026, 5, 1)}))
APRIL = datetime(2026, 4, 28, tzinfo=ZoneInfo(MINSK))
HELD = Wording(msgid("no material change since edition {edition}"), edition="2026-05-01.1")


def words(language: str) -> Words:
    path = ROOT / f"templates/locales/{language}/LC_MESSAGES/briefing.po"
    return Words(language, path.read_bytes() if path.exists() else None, Vocabulary((), (), (), ()))


def said_of(schedule: Schedule, language: str, after: datetime = APRIL) -> list[str]:
    """Return why each of the next slots is when it is, as a page says it."""
    slots = next_slots(schedule, after, 2)
    return [tell(join(why(Outlook(schedule, slot))), words(language)) for slot in slots]


def test_a_sentence_is_english_wherever_it_is_kept_or_sent() -> None:
    assert HELD == "no material change since edition 2026-05-01.1"
    assert json.dumps([HELD]) == '["no material change since edition 2026-05-01.1"]'
    assert {type(each) for each in (copy.deepcopy(HELD), pickle.loads(pickle.dumps(HELD)))} == {str}


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "would be held: no material change since edition 2026-05-01.1"),
        ("ru", "выпуск не будет готовиться: после выпуска 2026-05-01.1 существенных изменений нет"),
        ("be", "выпуск не будзе рыхтавацца: пасля выпуску 2026-05-01.1 істотных змен няма"),
        ("zh", "将暂不制作：自第2026-05-01.1期以来没有重大变化"),
        ("fr", "would be held: no material change since edition 2026-05-01.1"),
    ],
)
def test_a_sentence_within_a_sentence_is_told_in_the_same_language(language: str, said: str) -> None:
    assert tell(Wording(msgid("would be held: {reason}"), reason=HELD), words(language)) == said


@pytest.mark.parametrize("text", ["", "data/x.toml:1: error: {found}", "due"])
def test_a_text_that_is_no_wording_of_the_program_stays_as_it_is(text: str) -> None:
    assert tell(text, words("ru")) == text


def test_what_stands_for_a_name_is_never_read_as_a_text_with_names() -> None:
    hostile = Wording(msgid("{topics}: {said}"), topics="{said.__class__} {0}", said="<b>{topics}</b>")

    assert tell(hostile, words("zh")) == "{said.__class__} {0}：<b>{topics}</b>"


def test_a_name_that_nothing_stands_for_is_an_error_where_it_is_written() -> None:
    with pytest.raises(KeyError, match="edition"):
        Wording("no material change since edition {edition}")


def test_sentences_are_joined_with_the_marks_of_the_language() -> None:
    assert [join(["", HELD, ""]), join([]), listed(["a", "b", "c"])] == [HELD, "", "a, b, c"]
    assert tell(join([HELD, "x"]), words("zh")) == "自第2026-05-01.1期以来没有重大变化；x"
    assert tell(listed(["a", "b", "c"]), words("zh")) == "a、b、c"


@pytest.mark.parametrize(
    ("language", "reason"),
    [
        ("en", "left out: Friday 2026-05-01 is closed in calendar 'work'"),
        ("ru", "пропускается: пятница, 1 мая 2026\u202fг.\u202f— нерабочий день по календарю «work»"),
        ("be", "прапускаецца: пятніца, 1 мая 2026\u202fг.\u202f— непрацоўны дзень паводле календара «work»"),
        ("zh", "略过：2026年5月1日星期五在日历“work”中为休息日"),
    ],
)
def test_a_page_says_why_a_slot_is_left_out(language: str, reason: str) -> None:
    schedule = Schedule("a", MINSK, "0 7 1 * *", calendar=WORK, holiday="skip")

    assert reason in [each.replace("\u00a0", "\u202f") for each in said_of(schedule, language)]


@pytest.mark.parametrize(
    ("language", "reason"),
    [
        ("en", "when a figure changed: gdp by 0.5%, any other figure by 2%, at the latest after 40 days"),
        ("ru", ("если показатель изменился не менее чем на указанную долю: gdp на 0,5\u00a0%, любой другой показатель на 2\u00a0%, "
                "но не позднее чем через 40\u00a0дн.")),
        ("be", ("калі паказчык змяніўся не менш чым на ўказаную долю: gdp на 0,5\u00a0%, любы іншы паказчык на 2\u00a0%, "
                "але не радзей чым раз на 40\u00a0сут.")),
        ("zh", "数据变化达到以下幅度时：gdp 0.5%、其他任何数据2%，且至少每40天一次"),
    ],
)  # fmt: skip
def test_a_page_says_on_what_condition_something_is_made(language: str, reason: str) -> None:
    limits = (("*", Decimal("0.02")), ("gdp", Decimal("0.005")))
    schedule = Schedule("a", MINSK, "0 7 * * *", when="material", at_latest=40, material=limits)

    assert said_of(schedule, language) == [reason] * 2


@pytest.mark.parametrize("language", ["ru", "be", "zh"])
@pytest.mark.parametrize(
    "schedule",
    [
        Schedule("a", MINSK, "0 7 1 * *", calendar=WORK, holiday="after"),
        Schedule("a", MINSK, "0 7 1 5 *", calendar=Calendar("work", weekdays=frozenset(range(7))), holiday="before"),
        Schedule("a", MINSK, "0 7 1 5 *", calendar=Calendar("work", weekdays=frozenset(range(7))), holiday="after"),
        Schedule("a", MINSK, "0 7 * * *", calendar=WORK, holiday="after"),
        Schedule("a", "Europe/Berlin", "30 2 29 3 *"),
        Schedule("a", MINSK, "0 7 * * *", kind="release"),
        Schedule("a", MINSK, "0 7 * * *", kind="release", connector="imf"),
        Schedule("a", MINSK, "0 7 * * *", kind="release", series=("economy/gdp",), when="changed", at_latest=3),
        Schedule("a", MINSK, "0 7 * * *", when="changed"),
    ],
    ids=["moved", "closed before", "closed after", "together", "summer time", "release", "of a connector", "of series", "changed"],
)
def test_no_reason_of_a_slot_is_left_in_english(language: str, schedule: Schedule) -> None:
    names = re.compile(r"work|imf|economy/gdp|\d{4}-\d\d-\d\dT\d\d:\d\dZ")

    said = [names.sub("", each) for each in said_of(schedule, language, datetime(2027, 3, 1, tzinfo=ZoneInfo(MINSK)))]

    assert said
    assert [each for each in said if re.search("[A-Za-z]", each)] == []


@pytest.mark.parametrize(
    ("had", "has", "english", "russian"),
    [
        (None, "1", "x is new", "новый показатель: x"),
        ("1", None, "x is withdrawn", "показатель снят: x"),
        ("1000.5", "1500.75", "x was 1000.5 loan and is 1500.75 loan (50.0%)",
         "x: было 1\u00a0000,5 loan, стало 1\u00a0500,75 loan (50,0\u00a0%)"),
        ("2026-05-01", "2026-05-02", "x was 2026-05-01 and is 2026-05-02", "x: было 2026-05-01, стало 2026-05-02"),
        ("0", "5", "x was 0 loan and is 5 loan", "x: было 0 loan, стало 5 loan"),
    ],
)  # fmt: skip
def test_a_material_change_is_told_with_the_numbers_of_the_language(
    had: str | None, has: str | None, english: str, russian: str
) -> None:
    figures = [{"x": {"metric": "m", "value": each, "unit": "loan"}} if each else {} for each in (had, has)]

    (said,) = material_changes(*figures, [("m", Decimal("0.05"))])

    assert (said, tell(said, words("ru"))) == (english, russian)
