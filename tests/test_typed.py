"""No source, no number: a numeral is refused wherever a person types what is printed, with line and nearest figure."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import generator
from generator.catalogues import translations
from generator.context import Imprint
from generator.draft import draw_up
from generator.knowledge import learn
from generator.model import Finding, Place
from generator.prose import Known, refuse_translated
from generator.sheets import may_say
from generator.template import lint
from generator.traces import plain
from generator.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
IMPRINT = Imprint("2025-02-03.1", 1, "2025-02-03", "", "program", "Issuer")
TOPIC = "data/library/topic.toml"
CHART = 'title = "Loans are back above their level of {{ year(\'loans\', \'2019\') }}"'
TABLE = 'title = "Loans and their growth"'


def looked(project: Path, language: str = "en") -> list[Finding]:
    """Return what is found in a workspace without a child: everything but the templates' own faults."""
    workspace = Workspace(project)
    knowledge = learn(workspace, ["library"], today=date(2025, 2, 3))
    draft = draw_up(workspace, knowledge, knowledge.topic("library"), language, IMPRINT)
    return [*knowledge.findings, *draft.findings]


def put(project: Path, file: str, old: str, new: str) -> int:
    """Exchange a text in a file, and return the line on which the typed number stands now."""
    path = project / file
    text = path.read_text("utf-8")
    assert old in text
    text = text.replace(old, new, 1)
    path.write_text(text, "utf-8")
    return text.count("\n", 0, text.index("12,480")) + 1


PLACES = [
    ("data/library/text.en.md", "Loans fell when", "Loans of 12,480 readers fell when"),
    ("data/library/text.en.md", "# Loans", "# Loans to 12,480 readers"),
    ("data/library/text.en.md", "- Loans stood", "- With 12,480 readers loans stood"),
    (TOPIC, 'title = "City Library"', 'title = "Library of 12,480 readers"'),
    (TOPIC, 'subtitle = "Readers and loans"', 'subtitle = "12,480 readers"'),
    (TOPIC, 'bottom_line = "The library had', 'bottom_line = "Of 12,480 readers the library had'),
    (TOPIC, 'label = "Reading room"', 'label = "Room for 12,480 readers"'),
    (TOPIC, CHART, 'title = "Loans to 12,480 readers"'),
    (TOPIC, CHART, f'{CHART}\nsubtitle = "12,480 readers"'),
    (TOPIC, CHART, f'{CHART}\nnotes = [\n  "One.",\n  "Two of 12,480 readers.",\n]'),
    (TOPIC, CHART, f'{CHART}\nevents = [{{ fact = "room.opening", label = "12,480 readers" }}]'),
    (TOPIC, 'basis = "own", label = "Readers" }', 'basis = "own", label = "12,480 readers" }'),
    (TOPIC, TABLE, 'title = "Loans to 12,480 readers"'),
    (TOPIC, TABLE, f'{TABLE}\nnotes = ["Of 12,480 readers."]'),
    (TOPIC, 'series = "loans_growth", label = "Growth"', 'series = "loans_growth", label = "Growth to 12,480 readers"'),
    ("data/library/facts.csv", "normal,,,,3", 'normal,,"It had 12,480 readers.",,3'),
    ("data/library/series/loans.toml", 'label = "Loans"', 'label = "Loans to 12,480 readers"'),
    ("data/library/series/loans.toml", "Renewals count", "For 12,480 readers renewals count"),
    ("data/sources.toml", 'language = "en"', 'language = "en"\nnote = "Says 12,480 readers."'),
    ("data/vocabulary.toml", 'label = "Growth of readers"', 'label = "Growth to 12,480 readers"'),
    ("data/vocabulary.toml", 'library = "City Library"', 'library = "Library of 12,480 readers"'),
    ("data/vocabulary.toml", 'press = "press"', 'press = "press with 12,480 readers"'),
    ("data/vocabulary.toml", 'one = "loan"', 'one = "loan to 12,480 readers"'),
    ("data/vocabulary.toml", 'other = "loans"', 'other = "loans to 12,480 readers"'),
    ("briefing.toml", '"Example City Office"', '"Office of 12,480 readers"'),
    ("briefing.toml", '"Sample data, invented"', '"12,480 readers"'),
    ("briefing.toml", '"office@city.example"', '"12,480 readers"'),
]


@pytest.mark.parametrize(("file", "old", "new"), PLACES)
def test_a_typed_number_is_refused_with_its_line_and_the_nearest_fact(
    project: Path, file: str, old: str, new: str
) -> None:
    line = put(project, file, old, new)

    found = [finding for finding in looked(project) if finding.rule == "text.number"]

    assert [(str(finding.place), finding.severity) for finding in found] == [(f"{file}:{line}", "error")]
    assert found[0].found.endswith("a typed number, '12,480'")
    assert 'fact("readers.2024")' in found[0].cure


@pytest.mark.parametrize("typed", ["12,480", "１２,４８０", "٣", "½", "Ⅻ", "它说三十亿", "five billion dollars", "two thirds of 9 percent"])
def test_a_number_of_every_script_is_refused_in_a_note_of_a_source(project: Path, typed: str) -> None:
    sources = project / "data/sources.toml"
    sources.write_text(sources.read_text("utf-8").replace('language = "en"', f'language = "en"\nnote = "It says {typed}."'), "utf-8")

    assert any(finding.rule in ("text.number", "text.amount") for finding in looked(project))


@pytest.mark.parametrize("said", ["Two libraries.", "The first of three rooms.", "One reader in five years."])
def test_a_small_count_in_words_may_stand(project: Path, said: str) -> None:
    path = project / "data/library/text.en.md"
    path.write_text(path.read_text("utf-8").replace("Loans fell", f"{said} Loans fell"), "utf-8")

    assert looked(project) == []


def test_a_note_that_is_not_printed_keeps_its_numbers(project: Path) -> None:
    path = project / "data/library/facts.csv"
    path.write_text(path.read_text("utf-8").replace("normal,,,,4", 'normal,,,"Seen on 3 May 2024.",4'), "utf-8")

    assert looked(project) == []


def test_a_printed_note_of_a_fact_and_of_a_row_may_hold_no_number(project: Path) -> None:
    facts, rows = project / "data/library/facts.csv", project / "data/library/series/loans.csv"
    facts.write_text(facts.read_text("utf-8").replace("library's own count.", "12480 readers."), "utf-8")
    rows.write_text(rows.read_text("utf-8") + "2023,50000,loan,press,XINWEN,,counted with 12480 readers\n", "utf-8")

    found = [str(finding.place) for finding in looked(project) if finding.rule == "text.number"]

    assert sorted(found) == ["data/library/facts.csv:3", "data/library/series/loans.csv:8"]


def test_reasons_and_notes_take_calls_even_of_facts_that_are_set_aside(project: Path) -> None:
    facts, sources = project / "data/library/facts.csv", project / "data/sources.toml"
    text = facts.read_text("utf-8").replace("about,press,XINWEN,共有读者约1.3万人,normal,,", "about,press,XINWEN,共有读者约1.3万人,deprecated,,")
    text = text.replace("library's own count.", "{{ amount('readers.2024') }} to {{ fact('readers.2024.press') }}.")
    facts.write_text(text.replace('"round({readers.2024} / {readers.2024.press}, 3)"', "{growth.2024} / {growth.2024}"), "utf-8")
    sources.write_text(sources.read_text("utf-8").replace('language = "en"', 'language = "en"\nnote = "Of {{ period(\'room.cost\') }}."'), "utf-8")
    body = project / "data/library/text.en.md"
    body.write_text(body.read_text("utf-8").replace(' The press gives {{ fact("readers.2024.press") }}.', ""), "utf-8")

    workspace = Workspace(project)
    knowledge = learn(workspace, ["library"], today=date(2025, 2, 3))
    draft = draw_up(workspace, knowledge, knowledge.topic("library"), "en", IMPRINT)
    context = draft.composed.context

    assert [finding for finding in draft.findings if finding.severity == "error"] == []
    (aside,) = [claim for claim in context.disagreements[0].claims if not claim.preferred]
    assert plain(aside.reason) == "The press rounds the 12,500 readers to about 13,000 readers."
    assert plain(context.sources[0].note) == "Of 2024."


def test_a_list_begins_with_one_and_with_no_year(project: Path) -> None:
    path = project / "data/library/text.en.md"
    path.write_text(path.read_text("utf-8") + "\n2022. Loans rose.\n", "utf-8")

    (found,) = looked(project)

    assert (found.rule, found.found) == ("text.number", "a list that begins with 2022")


# --- names ----------------------------------------------------------------------------------------


def test_a_declared_name_may_stand_anywhere_and_check_tells_where(project: Path) -> None:
    put(project, "data/library/text.en.md", "Loans fell when", "Loans by 5G{# 12,480 #} and {{ name('Il-76') }} fell when")
    vocabulary = project / "data/vocabulary.toml"
    text = vocabulary.read_text("utf-8").replace('label = "Loans"', 'label = "Loans by 5G"')
    vocabulary.write_text(f'names = ["5G", "Boeing 737"]\n{text}', "utf-8")

    notes = generator.check(Workspace(project), today=date(2025, 2, 3)).findings

    assert [(str(note.place), note.rule, note.severity) for note in notes] == [
        ("data/library/text.en.md:13", "name.used", "note"),
        ("data/library/text.en.md:13", "name.used", "note"),
        ("data/vocabulary.toml:1", "name.unused", "note"),
    ]
    assert notes[0].found == "the name '5G' in 2 places: data/library/text.en.md:13, data/vocabulary.toml:23"
    assert notes[1].found == "the name 'Il-76'"
    assert notes[2].found == "the name 'Boeing 737'"


@pytest.mark.parametrize("other", ["5G 2024", "G5G", "5G5", "15G", "5Gs"])
def test_a_name_is_a_whole_word_and_excuses_nothing_beside_it(project: Path, other: str) -> None:
    put(project, "data/library/text.en.md", "Loans fell when", f"Loans by {other}{{# 12,480 #}} fell when")
    vocabulary = project / "data/vocabulary.toml"
    vocabulary.write_text(f'names = ["5G"]\n{vocabulary.read_text("utf-8")}', "utf-8")

    assert [finding.rule for finding in looked(project)] == ["text.number"]


# --- templates and style sheets -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "line"),
    [
        ("<h2>a</h2>\n<p>Since 1993</p>", 2),
        ("<p>\n&#50;024</p>", 2),
        ("<p>{{ _('Since 1993') }}</p>", 1),
        ('<p>{{ "1993" }}</p>', 1),
        ("<p>{% if lead %}a{% else %}\n1993{% endif %}</p>", 2),
        ('<style>\np::before { content: "1993" }</style>', 2),
        ("<li>½ of all</li>", 1),
        ("<p>five billion dollars</p>", 1),
    ],
)
def test_a_number_typed_in_a_template_is_found_with_its_line(page: str, line: int) -> None:
    (found,) = lint({"page.html": page.encode()})

    assert (found.rule in ("text.number", "text.amount"), found.place.line) == (True, line)


@pytest.mark.parametrize(
    "page",
    [
        '<h2 id="a2" class="b3" style="width: 4mm">a</h2>',
        "{% set flag %}1{% endset %}{% set other = '2' %}<p>{% if flag == other %}a{% endif %}</p>",
        "<title>Of 2024</title><!-- 2024 -->{# 2024 #}",
        '<td colspan="{{ 3 if lead else 2 }}">sha256</td>',
    ],
)
def test_numbers_that_a_template_does_not_print_are_none(page: str) -> None:
    assert lint({"page.html": page.encode()}) == ()


@pytest.mark.parametrize(
    ("sheet", "said"),
    [
        ('p::after {\n content: "2024" }', "'2024'"),
        ("p::after {\n content: 'x\\32 024' }", "'2024'"),
        ('h1 {\n string-set: a "in 2024" }', "'2024'"),
        ('@counter-style x {\n symbols: "9" }', "'9'"),
        ("li {\n list-style-type: '7' }", "'7'"),
        ("h2 {\n counter-reset: x 2023 }", "counter-reset with 2023"),
        ("h2 {\n counter-increment: a b 5 }", "counter-increment with 5"),
        ("@page {\n counter-set: page 7 }", "counter-set with 7"),
    ],
)
def test_a_number_typed_in_a_style_sheet_is_found_with_its_line(sheet: str, said: str) -> None:
    files = {"page.html": b'<link rel="stylesheet" href="style.css">', "style.css": sheet.encode()}

    (found,) = lint(files)

    assert (str(found.place), found.rule) == ("templates/briefing/style.css:2", "text.number")
    assert said in found.found
    assert may_say(sheet)


def test_the_look_that_comes_with_the_program_costs_its_pages_no_search_for_numbers() -> None:
    sheets = [path.read_text("utf-8") for path in (ROOT / "templates" / "briefing").glob("*.css")]

    assert sheets
    assert not any(map(may_say, sheets))


def test_numbers_of_a_look_are_no_numbers_of_the_text() -> None:
    sheet = """/* content: "2024" */ @page { margin: 23mm; @bottom-right { content: counter(page) " / " counter(pages) } }
h2 { counter-reset: a 0 b; counter-increment: section 1; font-family: "Source Sans 3"; background: url("a2.png") }"""
    files = {"page.html": b'<link rel="stylesheet" href="style.css">', "style.css": sheet.encode(), "a2.png": b"x"}

    assert lint(files) == ()


# --- catalogues -----------------------------------------------------------------------------------

PO = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'


def translated(project: Path, entries: str, name: str = "workspace.po") -> list[Finding]:
    """Return what is found in the Russian page of a workspace with these translations."""
    folder = project / "templates/locales/ru/LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / name).write_text(PO + entries, "utf-8")
    text = project / "data/library/text.en.md"
    (project / "data/library/text.ru.md").write_text(text.read_text("utf-8"), "utf-8")
    return [finding for finding in looked(project, "ru") if finding.rule in ("text.number", "text.amount")]


@pytest.mark.parametrize(
    ("msgid", "said", "line"),
    [
        ("Readers", "12480 читателей", 6),
        ("Readers", 'Читатели"\n"из 12480', 6),
        ("Readers", "пять миллиардов долларов", 6),
        ("Growth of 25", "Рост 26", 6),
        ("first quarter of {year}", "2-й квартал {year} г.", 6),
        ("Of {{ fact('readers.2024') }}", "{{ fact('readers.2024') }} и 12480", 6),
    ],
)
def test_a_number_that_a_translator_types_is_refused_at_its_line(project: Path, msgid: str, said: str, line: int) -> None:
    found = translated(project, f'msgid "{msgid}"\nmsgstr "{said}"\n')

    assert [str(finding.place) for finding in found] == [f"templates/locales/ru/LC_MESSAGES/workspace.po:{line}"]


@pytest.mark.parametrize(
    "entry",
    [
        'msgid "thousand=3 million=6"\nmsgstr "тыс.=3 млн=6"\n',
        'msgid "Some 25 of 3"\nmsgstr "Около 3 и 25"\n',
        'msgid "the third quarter of {year}"\nmsgstr "3-й квартал {year} г."\n',
        'msgid "second half of {year}"\nmsgstr "2-е полугодие {year} г."\n',
        'msgid "The second bridge"\nmsgstr "2-й мост"\n',
        "msgid \"Of {{ fact('readers.2024') }}\"\nmsgstr \"{{ fact('readers.2024') }} из них {n2}\"\n",
        '#, fuzzy\nmsgid "Readers"\nmsgstr "12480"\n',
        '#~ msgid "Readers"\n#~ msgstr "12480"\n',
    ],
)
def test_a_translation_may_say_the_numbers_of_its_text(project: Path, entry: str) -> None:
    assert translated(project, entry) == []


def test_the_programs_own_catalogue_is_looked_through_where_a_workspace_has_one(project: Path) -> None:
    (found,) = translated(project, 'msgid "Sources"\nmsgstr "10 источников"\n', "briefing.po")

    assert str(found.place) == "templates/locales/ru/LC_MESSAGES/briefing.po:6"
    assert found.cure.startswith("Leave it out;")


@pytest.mark.parametrize("language", ["zh", "ru", "be"])
def test_no_shipped_translation_adds_a_number(language: str) -> None:
    data = (ROOT / "templates/locales" / language / "LC_MESSAGES/briefing.po").read_bytes()
    told = list(translations(data))

    assert len(told) > 100
    assert [found for line, msgid, said in told for found in refuse_translated(said, msgid, Place("po", line), Known())] == []
