"""What an anchor says beside its figure: that something changed, how a multiple is meant, a day of the week.

Place in the pipeline: base of step 2 Check. In: the words of a document that hold a figure; out: `Change` values and
weekdays. A language is an entry of `_SPEECH`; in one without an entry nothing is read from the words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Literal

from . import quantities
from .anchors import fold
from .model import Unit
from .quantities import Quantity

Reading = Literal["change", "multiple", "either"]
_BEFORE, _BEHIND = 40, 24
"""Characters before and behind a number in which the word for the change is looked for."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change that words state: `amount` percent or times; `falling` where it went down.

    `reading`: by so much ("change"), to so many times as much ("multiple"), or either: `an increase of 1.4 times`.
    """

    amount: Decimal
    unit: str
    reading: Reading
    text: str
    falling: bool = False


@dataclass(frozen=True, slots=True)
class _Speech:
    """How a language says that something grew; patterns of words, matched without regard to case."""

    rising: str
    noun: str
    """What may stand behind the number instead: `a 67% rise`."""
    towards: str
    """What stands between word and number where the number is what was reached, not the change."""
    times: Reading
    """How `grew N times` is meant."""
    against: str
    """What stands before the time that a change is counted from: `more than in 2024`."""
    weekdays: tuple[str, ...]
    """Monday first."""
    spaced: bool = True


_SPEECH: Mapping[str, _Speech] = {
    "en": _Speech(
        rising=r"\b(?:up|ris(?:e|es|en|ing)|rose|increas\w*|gr[eo]w\w*|soar\w*|jump\w*|surg\w*|climb\w*|gain\w*|expan\w*)\b",
        noun=r"\b(?:rise|increase|growth|jump|surge|gain|higher|more)\b",
        towards=r"\b(?:to|from|at|of the|as)\s*\Z",
        times="either",
        against=r"\b(?:than|over|on|against|from|versus|compared (?:with|to))(?: (?:in|the|that|those|of|year))*\s*\Z",
        weekdays=("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    ),
    "zh": _Speech(
        rising="增长|增加|上升|上涨|提高|提升|攀升|激增|增幅",
        noun="(?!)",
        towards="(?:到|至|为|达)了?\\s*\\Z",
        times="change",
        against=r"[比较與与]\s*\Z",
        weekdays=("一", "二", "三", "四", "五", "六", "日|天"),
        spaced=False,
    ),
    "ru": _Speech(
        rising=r"\b(?:вы?рос\w*|раст[её]т|рост\w*|увелич\w*|возр[ао]с\w*|прирост\w*|подн\w+лс\w*|повы\w*)",
        noun=r"\b(?:рост|прирост|больше|выше)\b",
        towards=r"\bдо\s*\Z",
        times="multiple",
        against=r"\b(?:чем|против|сравнению с|к|уровн[яю])(?: (?:в|за|показател\w+|уровн\w+))*\s*\Z",
        weekdays=(
            "понедельник", "вторник", "сред[аыу]", "четверг", "пятниц[аыу]", "суббот[аыу]", "воскресень[ея]",
        ),
    ),
    "be": _Speech(
        rising=r"\b(?:вырас\w*|расце|рост\w*|павяліч\w*|узрас\w*|узрос\w*|прырост\w*|павыс\w*|падн\w+с\w*)",
        noun=r"\b(?:рост|прырост|больш|вышэй)\b",
        towards=r"\bда\s*\Z",
        times="multiple",
        against=r"\b(?:чым|супраць|параўнанні з|да|ўзро\w+)(?: (?:у|за|паказчык\w+|ўзро\w+))*\s*\Z",
        weekdays=(
            "панядзел\\w+", "аўтор\\w+", "серад[аыу]", "чацв[её]р\\w*", "пятніц[аыу]", "субот[аыу]", "нядзел[яіюю]",
        ),
    ),
}  # fmt: skip


def changes(anchor: str, language: str, units: tuple[Unit, ...]) -> Iterator[Change]:
    """Yield each change in percent or times that the words state; nothing in a language that is not read."""
    text = fold(anchor)
    tongue = quantities.language_of(text, language)
    speech = _SPEECH.get(tongue.partition("-")[0])
    if speech is None:
        return
    for quantity in quantities.find(text, tongue, units):
        if quantity.unit in ("percent", "times") and quantity.amount is not None and quantity.kind == "number":
            change = _change(text, quantity, speech)
            if change is not None:
                yield change


def _change(text: str, quantity: Quantity, speech: _Speech) -> Change | None:
    amount = quantity.amount or Decimal(0)
    before = re.split(r"[,;:，；。]", text[max(0, quantity.start - _BEFORE) : quantity.start])[-1]
    behind = re.split(r"[,.;，；。]", text[quantity.end : quantity.end + _BEHIND])[0]
    if quantity.falling:
        return Change(amount, quantity.unit, "change", quantity.text, falling=True)
    rising = re.search(speech.rising, before, re.IGNORECASE)
    if (rising is None and not re.search(speech.noun, behind, re.IGNORECASE)) or _reached(before, speech):
        return None
    return Change(amount, quantity.unit, "change" if quantity.unit == "percent" else speech.times, quantity.text)


def _reached(before: str, speech: _Speech) -> bool:
    return re.search(speech.towards, before, re.IGNORECASE) is not None


def is_compared_with(text: str, start: int, language: str) -> bool:
    """Return whether the time named at `start` is the one that a change is counted from, not the one it happened in."""
    speech = _SPEECH.get(quantities.language_of(text, language).partition("-")[0])
    before = text[max(0, start - _BEFORE) : start]
    return speech is not None and re.search(speech.against, before, re.IGNORECASE) is not None


@cache
def _days(language: str) -> tuple[re.Pattern[str], ...]:
    speech = _SPEECH.get(language.partition("-")[0])
    if speech is None:
        return ()
    if speech.spaced:
        return tuple(re.compile(rf"\b(?:{day})\b", re.IGNORECASE) for day in speech.weekdays)
    return tuple(re.compile(rf"(?:星期|周|礼拜)(?:{day})") for day in speech.weekdays)


def weekdays(text: str, language: str) -> tuple[tuple[int, str], ...]:
    """Return the days of the week that words name, Monday as 0, each with the word."""
    patterns = _days(quantities.language_of(text, language))
    return tuple((number, match[0]) for number, pattern in enumerate(patterns) for match in pattern.finditer(text))
