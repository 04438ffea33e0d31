"""A topic says the same in each of its languages, or names what it leaves out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from workspaces import branches, edit

from generator import template, text
from generator.brief import shorten
from generator.draft import draw_up
from generator.gaps import GapSpec
from generator.inspection import blank_imprint, look_through
from generator.knowledge import learn
from generator.model import Finding, Place, Topic
from generator.page import Script
from generator.parity import compare, compare_translations
from generator.reading import Findings
from generator.workspace import Workspace

TODAY = date(2025, 3, 1)
ENGLISH = """\
- Trade came to {{ fact("trade") }}.
- It grew.

# Trade

Exports were {{ value("exports", "2024") }}, or {{ amount("trade") }}, as {{ figure("lead") }} shows.

# Ports

{{ chart("ports") }}

## Harbours

There are {{ fact("ports") }}.
"""
FRENCH = (
    ENGLISH.replace("Trade came to", "Le commerce :").replace("It grew", "Il croît").replace("# Ports", "# Les ports")
)
TOPIC = Topic("x", "X", "X.", "#0b5d7a", (), (), (), (), (), (("en", ENGLISH), ("fr", FRENCH)))


@cache
def script(source: str, language: str) -> Script:
    read, findings = text.parse(source, f"data/x/text.{language}.md")
    assert not [finding for finding in findings if finding.severity == "error"], findings
    return read


def told(french: str, *gaps: GapSpec, english: str = ENGLISH) -> list[Finding]:
    scripts = {"en": script(english, "en"), "fr": script(french, "fr")}
    return list(compare(replace(TOPIC, gaps=gaps), scripts, ("en", "fr")))


def gap(**what: object) -> GapSpec:
    return GapSpec("fr", "Not yet edited.", place=Place("data/x/topic.toml", 9), **what)  # type: ignore[arg-type]


def test_a_text_with_the_same_calls_and_headings_is_at_parity() -> None:
    assert told(FRENCH) == []


def test_the_order_of_calls_is_the_languages_own() -> None:
    turned = FRENCH.replace(
        '{{ value("exports", "2024") }}, or {{ amount("trade") }}',
        '{{ amount("trade") }} : {{ value("exports", "2024") }}',
    )

    assert turned != FRENCH
    assert told(turned) == []


@pytest.mark.parametrize(
    ("old", "new", "rule", "line", "found"),
    [
        ('{{ value("exports", "2024") }}', "that", "parity.missing", 4, 'no {{ value("exports", "2024") }}, which data/x/text.en.md calls in line 6'),
        ('{{ fact("trade") }}', "that", "parity.missing", 0, 'no {{ fact("trade") }}, which data/x/text.en.md calls in line 1'),
        ('{{ chart("ports") }}', "", "parity.missing", 8, 'no {{ chart("ports") }}, which data/x/text.en.md calls in line 10'),
        ('{{ figure("lead") }}', "that", "parity.missing", 4, 'no {{ figure("lead") }}'),
        ("There are", '{{ cite("ports") }} There are', "parity.additional", 14, '{{ cite("ports") }}, which data/x/text.en.md does not call'),
        ("There are", '{{ fact("ports") }} There are', "parity.additional", 14, "in line 14; data/x/text.en.md calls it 1 time"),
        ("- Il croît.\n", "", "parity.summary", 0, "1 summary point, 2 in data/x/text.en.md"),
        ("## Harbours\n", "", "parity.heading", 8, "0 headings under 'Les ports', 1 under 'Ports' at data/x/text.en.md:8"),
        ("# Les ports", "## Les ports", "parity.heading", 0, "1 section, 2 in data/x/text.en.md: 'Trade' (line 4), 'Ports' (line 8)"),
    ],
)  # fmt: skip
def test_what_one_language_lacks_or_adds_is_told(old: str, new: str, rule: str, line: int, found: str) -> None:
    assert old in FRENCH

    (finding,) = told(FRENCH.replace(old, new))

    assert (finding.rule, finding.severity) == (rule, "warning")
    assert finding.place == Place("data/x/text.fr.md", line)
    assert found in finding.found
    assert finding.cure


def test_a_call_that_stands_less_often_is_counted() -> None:
    twice = ENGLISH.replace("It grew.", 'It grew to {{ fact("trade") }}.')

    (finding,) = told(FRENCH, english=twice)

    assert 'no {{ fact("trade") }} more than 1 time, which data/x/text.en.md calls in line 1, 2' in finding.found


def test_calls_that_a_gap_names_are_a_note_with_its_reason() -> None:
    french = FRENCH.replace('{{ value("exports", "2024") }}', "that")

    (finding,) = told(french, gap(calls=(("value", ("exports", "2024")),)))

    assert (finding.rule, finding.severity, finding.place.line) == ("parity.gap", "note", 9)
    assert 'leaves out {{ value("exports", "2024") }}: Not yet edited.' in finding.found


def test_a_section_that_a_gap_names_takes_its_calls_with_it() -> None:
    french = FRENCH.partition("# Les ports")[0]

    (finding,) = told(french, gap(section="Ports"))

    assert (finding.severity, finding.found) == (
        "note",
        "the text in 'fr' leaves out the section 'Ports': Not yet edited.",
    )


@pytest.mark.parametrize(
    ("what", "found"),
    [
        ({"section": "Port"}, "a gap for the section 'Port', which is not there"),
        ({"section": "Ports"}, "a gap that is none: data/x/text.fr.md has as many sections as data/x/text.en.md"),
        ({"calls": (("chart", ("ports",)),)}, 'a gap that is none: data/x/text.fr.md lacks no {{ chart("ports") }}'),
        ({}, "a gap that is none: there is a text in 'fr'"),
    ],
)
def test_a_gap_that_is_none_is_told(what: dict[str, object], found: str) -> None:
    findings = [finding for finding in told(FRENCH, gap(**what)) if finding.severity == "warning"]

    assert [(finding.rule, finding.found) for finding in findings] == [("parity.gap", found)]


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_gap_of_a_language_that_has_none_is_told(language: str) -> None:
    (finding,) = told(FRENCH, replace(gap(section="Ports"), language=language))

    assert (finding.found, finding.expected) == (f"a gap in '{language}'", "fr")


@pytest.mark.parametrize(
    ("said", "differs"),
    [
        ("Le commerce : {{ fact('trade') }}, {{ period( \\\"trade\\\" ) }}", ""),
        ("", ""),
        ("Le commerce : {{ fact('trade') }}", 'lacks {{ period("trade") }}'),
        (
            "Le commerce : {{ fact('imports') }}, {{ period('trade') }}",
            'lacks {{ fact("trade") }}, adds {{ fact("imports") }}',
        ),
    ],
)
def test_a_translation_calls_what_it_translates(said: str, differs: str) -> None:
    catalogue = f"msgid \"Trade: {{{{ fact('trade') }}}}, {{{{ period('trade') }}}}\"\nmsgstr \"{said}\"\n"

    findings = list(compare_translations(catalogue.encode(), Place("fr/workspace.po")))

    assert [finding.place.line for finding in findings] == ([2] if differs else [])
    assert all(differs in finding.found for finding in findings)


# --- a workspace ----------------------------------------------------------------------------------


def looked_through(folder: Path) -> list[tuple[str, str, int, str]]:
    findings, _ = look_through(Workspace(folder), TODAY)
    return [
        (each.severity, each.place.file, each.place.line, each.found)
        for each in findings
        if each.rule.startswith(("parity", "text.", "context"))
    ]


@pytest.mark.slow
def test_check_compares_the_texts_of_a_topic_and_the_translations_of_its_titles(tmp_path: Path) -> None:
    branches(tmp_path, ("north",), ("en", "de"))
    assert looked_through(tmp_path) == []

    edit(tmp_path / "data/north/text.de.md", "{{ fact('north.cost') }}", "{{ fact('north.readers') }}")
    edit(
        tmp_path / "templates/locales/de/LC_MESSAGES/workspace.po",
        "msgstr \"It had {{ fact('north.readers') }}.\"",
        'msgstr "Viele."',
    )

    missing, additional, translation = looked_through(tmp_path)
    assert missing == (
        "warning",
        "data/north/text.de.md",
        0,
        'no {{ fact("north.cost") }}, which data/north/text.en.md calls in line 1',
    )
    assert additional == (
        "warning",
        "data/north/text.de.md",
        1,
        '{{ fact("north.readers") }}, which data/north/text.en.md does not call',
    )
    assert translation[:2] == ("warning", "templates/locales/de/LC_MESSAGES/workspace.po")
    assert 'lacks {{ fact("north.readers") }}' in translation[3]


@pytest.mark.slow
def test_a_missing_text_is_an_error_and_a_declared_one_a_note_that_readers_see(tmp_path: Path) -> None:
    branches(tmp_path, ("north",), ("en", "de"))
    (tmp_path / "data/north/text.de.md").unlink()

    assert ("error", "data/north/text.de.md", 0, "no text in 'de'") in looked_through(tmp_path)

    reason = "The German text is being written."
    topic = tmp_path / "data/north/topic.toml"
    topic.write_text(topic.read_text("utf-8") + f'\n[[gaps]]\nlanguage = "de"\nreason = "{reason}"\n', "utf-8")
    (note,) = looked_through(tmp_path)
    assert (note[0], note[3]) == ("note", f"the text in 'de' leaves out the whole text: {reason}")
    workspace = Workspace(tmp_path)
    knowledge = learn(workspace, ["north"], today=TODAY)
    pages = {
        language: draw_up(workspace, knowledge, knowledge.topics[0], language, blank_imprint(knowledge))
        for language in ("en", "de")
    }
    assert {language: page.composed.context.gaps for language, page in pages.items()} == {"en": (), "de": (reason,)}
    assert reason in pages["de"].words.missing
    templates = workspace.templates("briefing", Findings())
    for draft in (pages["de"], shorten(pages["de"])):
        html = template.write(draft.composed.context, templates, draft.words)
        assert html.count(f"Not complete in this language: {reason}") == 1, draft.composed.context.layout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ('language = "de"', "gaps[0].reason: is missing"),
        ('reason = "So."', "gaps[0].language: is missing"),
        ('language = "de"\nreason = ""', "gaps[0].reason: is empty"),
        ('language = "de"\nreason = "So."\ncalls = ["north.cost"]', "gaps[0].calls: 'north.cost'"),
        ('language = "de"\nreason = "So."\ncalls = ["fact(north)"]', "gaps[0].calls: 'fact(north)'"),
        (
            'language = "de"\nreason = "So."\ncalls = ["fact(\'a\')"]\nsection = "Loans"',
            "gaps[0].section: stands beside calls",
        ),
        ('language = "de"\nreason = "So."\nsections = "Loans"', "gaps[0].sections"),
        ('language = "de"\nreason = "Over 9000."', "a typed number, '9000'"),
    ],
)
def test_a_gap_that_is_not_as_described_is_refused_with_its_line(tmp_path: Path, lines: str, found: str) -> None:
    branches(tmp_path, ("north",), ("en", "de"))
    topic = tmp_path / "data/north/topic.toml"
    topic.write_text(topic.read_text("utf-8") + f"\n[[gaps]]\n{lines}\n", "utf-8")

    findings, _ = look_through(Workspace(tmp_path), TODAY)

    told = [finding for finding in findings if found in finding.found]
    assert told, [str(finding) for finding in findings]
    assert told[0].place.file == "data/north/topic.toml"
    assert told[0].place.line >= 9
