"""A page before it is printed: every call of topic.toml answered, every word in the page's language."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from generator.context import Imprint
from generator.draft import Draft, draw_up
from generator.knowledge import learn
from generator.model import Finding
from generator.pipeline import check
from generator.workspace import Workspace

PROJECT = Path(__file__).resolve().parent / "project"

TODAY = date(2025, 3, 1)
TOPIC = "data/library/topic.toml"


def draft(project: Path, language: str = "en") -> Draft:
    workspace = Workspace(project)
    knowledge = learn(workspace, ["library"], today=TODAY)
    imprint = Imprint("2025-03-01.1", 1, "2025-03-01", "", "briefing 0", "Issuer")
    return draw_up(workspace, knowledge, knowledge.topic("library"), language, imprint)


def change(project: Path, file: str, old: str, new: str) -> None:
    text = (project / file).read_text("utf-8")
    assert old in text
    (project / file).write_text(text.replace(old, new), "utf-8")


def told(found: tuple[Finding, ...], rule: str) -> list[Finding]:
    return [finding for finding in found if finding.rule == rule]


# --- the calls of topic.toml ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('title = "Readers rose to {{ fact(\'readers.2024\') }}"', 'title = "Up to {{ fact(\'raeders.2024\') }}"'),
        ('kind = "columns"', 'kind = "columns"\nsubtitle = "{{ fact(\'raeders.2024\') }}"'),
        ('kind = "columns"', 'kind = "columns"\nnotes = ["{{ fact(\'raeders.2024\') }}"]'),
        ('label = "Readers" }]', 'label = "{{ amount(\'raeders.2024\') }}" }]'),
        ('label = "Readers" }]', 'label = "R" }]\nevents = [{ fact = "room.opening", label = "{{ fact(\'raeders.2024\') }}" }]'),
        ('title = "Loans and their growth"', 'title = "{{ fact(\'raeders.2024\') }}"'),
        ('label = "Growth"', 'label = "{{ fact(\'raeders.2024\') }}"'),
        ('subtitle = "Readers and loans"', 'subtitle = "{{ fact(\'raeders.2024\') }}"'),
    ],
)  # fmt: skip
def test_a_misspelt_id_in_any_text_of_a_topic_is_told_once_at_its_line(project: Path, old: str, new: str) -> None:
    change(project, TOPIC, old, new)

    (finding,) = told(draft(project).findings, "call.fact")

    assert "no fact 'raeders.2024'" in finding.found
    assert finding.place.file == TOPIC
    assert finding.place.line > 0


def test_a_misspelt_id_of_a_chart_that_no_text_places_is_told_too(project: Path) -> None:
    change(project, "data/library/text.en.md", '{{ chart("readers") }}', "Nothing.")
    change(project, TOPIC, "{{ fact('readers.2024') }}\"\nlines", "{{ fact('raeders.2024') }}\"\nlines")

    assert len(told(draft(project).findings, "call.fact")) == 1


def test_a_charts_title_may_name_another_figure(project: Path) -> None:
    change(project, TOPIC, "Readers rose to {{ fact('readers.2024') }}", "Unlike {{ figure('loans') }}")

    assert not [finding for finding in draft(project).findings if finding.severity == "error"]


# --- key figures ----------------------------------------------------------------------------------


def test_a_row_of_key_figures_that_is_not_filled_is_a_warning_and_none_is_a_choice(project: Path) -> None:
    text = (project / TOPIC).read_text("utf-8")
    head, *figures = text.partition("[[charts]]")[0].split("[[key_figures]]")
    rest = text[text.index("[[charts]]") :]

    (project / TOPIC).write_text(head + "[[key_figures]]" + figures[0] + rest, "utf-8")
    (finding,) = told(draft(project).findings, "topic.key-figures")
    (project / TOPIC).write_text(head + rest, "utf-8")

    assert (finding.severity, finding.found) == ("warning", "1 key figure")
    assert told(draft(project).findings, "topic.key-figures") == []


# --- languages ------------------------------------------------------------------------------------


def german(project: Path, catalogue: str | None) -> Draft:
    (project / "data/library/text.de.md").write_bytes((project / "data/library/text.en.md").read_bytes())
    if catalogue is not None:
        file = project / "templates/locales/de/LC_MESSAGES/briefing.po"
        file.parent.mkdir(parents=True)
        file.write_text(catalogue, "utf-8")
    return draft(project, "de")


def test_a_second_language_without_a_catalogue_is_an_error_that_names_the_file(project: Path) -> None:
    (finding,) = told(german(project, None).findings, "locale.missing")

    assert finding.severity == "error"
    assert finding.place.file == "templates/locales/de/LC_MESSAGES/briefing.po"


def test_texts_that_a_catalogue_does_not_have_are_counted_and_the_first_named(project: Path) -> None:
    catalogue = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8"\n\nmsgid "City Library"\nmsgstr "Bibliothek"\n'

    program, own = told(german(project, catalogue).findings, "locale.untranslated")

    assert (program.severity, own.severity) == ("warning", "warning")
    assert program.place.file == "templates/locales/de/LC_MESSAGES/briefing.po"
    assert own.place.file == "templates/locales/de/LC_MESSAGES/workspace.po"
    assert re.match(r"no translation of \d+ texts: '", own.found)
    assert "'City Library'" not in own.found
    assert "briefing words" in own.cure


def test_a_workspace_in_another_language_is_told_that_the_programs_words_are_english(project: Path) -> None:
    change(project, "briefing.toml", 'languages = ["en"]', 'languages = ["de"]')

    (finding,) = told(german(project, None).findings, "locale.missing")

    assert (finding.severity, "program's own words" in finding.found) == ("warning", True)


def test_english_needs_no_catalogue(project: Path) -> None:
    assert [finding for finding in draft(project).findings if finding.rule.startswith("locale.")] == []


# --- damage ---------------------------------------------------------------------------------------

FILES = sorted(path.relative_to(PROJECT).as_posix() for path in PROJECT.rglob("*.*") if path.is_file())
DAMAGE = {
    "empty": lambda _: b"",
    "cut": lambda data: data[: len(data) * 2 // 5],
    "garbage": lambda _: b"\x00\xff\xfe\x93garbage\n" * 3,
    "wrong head": lambda data: b"wrong,head\n" + data.partition(b"\n")[2],
}


@pytest.mark.slow
@pytest.mark.parametrize("how", ["deleted", *DAMAGE])
@pytest.mark.parametrize("file", [file for file in FILES if not file.startswith((".briefing", "reports"))])
def test_a_damaged_file_makes_findings_and_never_a_traceback(project: Path, file: str, how: str) -> None:
    path = project / file
    data = path.read_bytes()
    path.unlink() if how == "deleted" else path.write_bytes(DAMAGE[how](data))

    assert check(Workspace(project), today=TODAY).findings != ()
