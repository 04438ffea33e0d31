"""Passages: in which language a text, or each passage of a mixed document, is written.

Place in the pipeline: base; `quantities` reads numbers by it. What a text's letters say goes before what its source
says, but only where they say it surely: Chinese characters without kana, the letters that only one of the languages
has (ў and і against и, щ, ъ), and the small words of English. All else is in the language that was named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .grammars.grammar import words

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_LATIN = re.compile(r"[A-Za-z]")
_OTHER_CYRILLIC = ("uk", "bg", "sr", "mk", "kk", "ky", "mn", "tg", "tt")
"""Languages whose texts no letter tells from ru or be surely: the source's word counts."""
_ENGLISH = frozenset(words("the of and in to is are was were for that with has have by from on at"))
_SURE = 2
"""Small words that make a language sure."""


def language_of(text: str, language: str) -> str:
    """Return the language of a passage, from its letters where they tell it; `language` ("" not said) otherwise."""
    han, cyrillic, latin = (len(letters.findall(text)) for letters in (_HAN, _CYRILLIC, _LATIN))
    # A Chinese character says as much as a word of a few letters.
    if han and 3 * han >= max(cyrillic, latin):
        # Few words of Japanese have no kana, but they are those that hold figures: 売上高45億円.
        return "ja" if _KANA.search(text) or language.partition("-")[0] == "ja" else _base(language, "zh")
    if cyrillic > latin:
        return _cyrillic(text.casefold(), language)
    named = language.partition("-")[0]
    if latin and named in ("", "zh", "ru", "be", "ja", *_OTHER_CYRILLIC):
        small = sum(word in _ENGLISH for word in re.findall(r"[a-z]+", text.casefold()))
        return "en" if small >= _SURE else language
    return language


def _base(language: str, code: str) -> str:
    """Return `language` where it is a variety of `code` (zh-Hant), else `code`."""
    return language if language.partition("-")[0] == code else code


def _cyrillic(text: str, language: str) -> str:
    if language.partition("-")[0] in _OTHER_CYRILLIC:
        return language
    shared = sum(map(text.count, "іў"))
    russian, ukrainian = sum(map(text.count, "ищъ")), sum(map(text.count, "їєґ"))
    if ukrainian and shared and "ў" not in text:
        return "uk"
    if shared == russian and language.partition("-")[0] in ("ru", "be"):
        return language
    return _base(language, "be") if shared > russian else _base(language, "ru")


def passages(text: str, language: str) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and language of the stretches of lines that are in one language.

    A line that does not tell its language by itself, such as one of a table, goes with the line before.
    """
    start = position = 0
    current = ""
    for line in text.splitlines(keepends=True):
        said = language_of(line, current or language) if any(map(str.isalpha, line)) else current
        if current and said and said != current:
            yield start, position, current
            start = position
        current, position = said or current, position + len(line)
    if position > start:
        yield start, position, current or language
