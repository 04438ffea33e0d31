"""Catalogues: the program's words in every shipped language, and the workspace's brought up to date."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from generator.catalogues import LISTED, OWN_WORDS, PROGRAM_WORDS, Wanted, read_catalogue, update_catalogue
from generator.errors import WorkspaceError

ROOT = Path(__file__).resolve().parent.parent
LOCALES = ROOT / "templates/locales"
SHIPPED = sorted(path.parent.parent.name for path in LOCALES.glob(f"*/LC_MESSAGES/{PROGRAM_WORDS}"))
KEYWORDS = {"gettext": None, "ngettext": (1, 2), "_": None, "msgid": None, "msgids": (1, 2)}
INSTEAD = {"genitive", "month_number", "first_number", "last_number"}
"""Names that a translation may use although its msgid does not."""


def names(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def said(language: str) -> dict[str, str | tuple[str, ...]]:
    return read_catalogue((LOCALES / language / "LC_MESSAGES" / PROGRAM_WORDS).read_bytes(), language, PROGRAM_WORDS)[0]


# --- the program's words --------------------------------------------------------------------------


def test_every_text_of_the_program_is_listed_for_translators() -> None:
    listed = set(read_catalogue((LOCALES / LISTED).read_bytes(), "en", LISTED)[0])
    methods = [("generator/**.py", "python"), ("templates/briefing/**.html", "jinja2"), ("templates/web/**.html", "jinja2"), ("templates/email/**.*", "jinja2")]

    found = {
        message if isinstance(message, str) else message[0]
        for _, _, message, _, _ in extract_from_dir(ROOT, methods, keywords=KEYWORDS, directory_filter=lambda name: ".venv" not in str(name))
    }

    assert found - {""} == listed, "run `make words`"


@pytest.mark.parametrize("language", ["be", "ru", "zh"])
def test_the_programs_languages_are_shipped(language: str) -> None:
    assert language in SHIPPED


@pytest.mark.parametrize("language", SHIPPED)
def test_a_shipped_catalogue_translates_every_text(language: str) -> None:
    listed = read_catalogue((LOCALES / LISTED).read_bytes(), "en", LISTED)[0]

    translated = said(language)

    assert [text for text in listed if not translated.get(text) or not all(translated[text])] == []
    assert set(translated) == set(listed)


@pytest.mark.parametrize("language", SHIPPED)
def test_a_translation_keeps_the_names_in_braces(language: str) -> None:
    for text, forms in said(language).items():
        for form in [forms] if isinstance(forms, str) else forms:
            lost = names(text) - names(form)
            assert names(form) <= names(text) | INSTEAD, text
            assert not lost or (names(form) & INSTEAD and len(lost) <= 2), text


@pytest.mark.parametrize(("language", "forms"), [("zh", 1), ("ru", 3), ("be", 4)])
def test_plurals_have_the_forms_of_the_language(language: str, forms: int) -> None:
    plurals = [each for each in said(language).values() if isinstance(each, tuple)]

    assert plurals
    assert {len(each) for each in plurals} == {forms}


@pytest.mark.parametrize("language", SHIPPED)
def test_a_translation_is_no_english(language: str) -> None:
    script = {"zh": "[\u4e00-\u9fff]", "ru": "[а-яё]", "be": "[а-яёіў]"}[language]
    settings = re.compile(r"[A-Z]{3}\Z|genitive=|elision=|%\Z")
    for text, forms in said(language).items():
        words = re.sub(r"\{\w+\}", "", text)
        if re.search("[a-z]{3}", words) and not settings.match(text) and text != "percent":
            assert re.search(script, "".join(forms)), text


TYPOGRAPHY = {
    "zh": r"[\u4e00-\u9fff][,;:!?]|[,;!?] ?[\u4e00-\u9fff]|[\u4e00-\u9fff] ?\(|\) ?[\u4e00-\u9fff]|\"",
    "ru": r"\"| - | [\u2013\u2014]|\}%|[\u2018\u201c]",
    "be": r"\"| - | [\u2013\u2014]|\}%|[\u2018\u201c]",
}
"""What a language's typography has not: Western marks in Chinese, straight quotes, a dash that may begin a line."""


@pytest.mark.parametrize("language", SHIPPED)
def test_a_translation_keeps_the_typography_of_its_language(language: str) -> None:
    forms = [form for each in said(language).values() for form in ([each] if isinstance(each, str) else each)]

    assert [form for form in forms if re.search(TYPOGRAPHY[language], form)] == []


# --- brought up to date ---------------------------------------------------------------------------

HEAD = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'


def reread(data: bytes) -> dict[str, str | tuple[str, ...]]:
    return read_catalogue(data, "ru", OWN_WORDS)[0]


def test_a_new_catalogue_holds_each_text_once_with_its_place() -> None:
    made = update_catalogue(None, "ru", [Wanted("Trade", place="metric trade"), Wanted("reader", "readers"), Wanted("Trade")])

    assert reread(made.data) == {"Trade": "", "reader": ("", "", "")}
    assert (made.new, made.gone, made.open) == (2, 0, 2)


def test_a_new_catalogue_has_the_plural_forms_of_the_programs() -> None:
    program = (ROOT / "templates/locales/be/LC_MESSAGES/briefing.po").read_bytes()

    made = update_catalogue(None, "be", [Wanted("reader", "readers")], like=program)

    assert read_catalogue(made.data, "be", OWN_WORDS)[0] == {"reader": ("", "", "", "")}


def test_what_was_translated_stays_and_remarks_with_it() -> None:
    before = (HEAD + '# after the ministry\nmsgid "Trade"\nmsgstr "Торговля"\n\n#, fuzzy\nmsgid "Park"\nmsgstr "Парк"\n').encode()

    made = update_catalogue(before, "ru", [Wanted("Park"), Wanted("Trade"), Wanted("Rail")])

    text = made.data.decode()
    assert "# after the ministry" in text
    assert reread(made.data) == {"Park": "", "Trade": "Торговля", "Rail": ""}
    assert (made.new, made.gone, made.open) == (1, 0, 2)


def test_what_is_gone_is_kept_as_obsolete_and_comes_back() -> None:
    before = (HEAD + 'msgid "Trade"\nmsgstr "Торговля"\n').encode()

    without = update_catalogue(before, "ru", [Wanted("Rail")])
    again = update_catalogue(without.data, "ru", [Wanted("Trade"), Wanted("Rail")])

    assert without.gone == 1
    assert '#~ msgstr "Торговля"' in without.data.decode()
    assert reread(again.data)["Trade"] == "Торговля"


def test_an_update_without_a_change_makes_the_same_bytes() -> None:
    wanted = [Wanted("Trade in {{ amount('x') }}", place="chart trade"), Wanted("reader", "readers")]
    first = update_catalogue(None, "be", wanted).data

    assert update_catalogue(first, "be", wanted).data == first
    assert b"Date" not in first


def test_the_rule_of_plurals_in_a_file_stays() -> None:
    rule = "nplurals=2; plural=(n != 1);"
    before = f'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n"Plural-Forms: {rule}\\n"\n'.encode()

    made = update_catalogue(before, "ru", [Wanted("reader", "readers")])

    assert read_po(io.BytesIO(made.data)).num_plurals == 2


def test_a_text_that_became_a_plural_is_open_again() -> None:
    before = (HEAD + 'msgid "reader"\nmsgstr "читатель"\n').encode()

    made = update_catalogue(before, "ru", [Wanted("reader", "readers")])

    assert (reread(made.data), made.open) == ({"reader": ("", "", "")}, 1)


@pytest.mark.parametrize("damage", [b'msgid "a\nmsgstr "b"\n', b"\xff\xfe", b"<html>"])
def test_a_damaged_catalogue_is_not_overwritten(damage: bytes) -> None:
    with pytest.raises(WorkspaceError, match=r"ru/LC_MESSAGES/workspace\.po"):
        update_catalogue(damage, "ru", [Wanted("Trade")])
