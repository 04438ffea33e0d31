"""FAULTS.csv, area template: each case provoked in the templates of a whole workspace, and in facts it prints."""

from __future__ import annotations

import csv
import subprocess
from datetime import date
from pathlib import Path

import pikepdf
import pytest
from pages import Canary

from generator import pipeline
from generator.errors import RenderError, WorkspaceError
from generator.knowledge import learn
from generator.language import Words
from generator.model import Vocabulary
from generator.page import Context
from generator.pipeline import Outcome, Request
from generator.template import lint, write
from generator.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ROOT / "templates" / "briefing"


def build(project: Path) -> Outcome:
    (outcome,) = pipeline.build(Workspace(project), Request())
    return outcome


def check(project: Path) -> list[str]:
    return [str(finding) for finding in pipeline.check(Workspace(project), today=date(2025, 2, 3)).findings]


def said(outcome: Outcome) -> str:
    return "\n".join([*map(str, outcome.findings), outcome.error])


def replace_part(project: Path, name: str, old: str, new: str) -> None:
    """Give the workspace a part of its own: the program's, changed."""
    text = (SHIPPED / name).read_text("utf-8")
    assert old in text
    path = project / "templates" / "briefing" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.replace(old, new, 1), "utf-8")


def context(**changes: object) -> Context:
    empty: dict[str, object] = dict.fromkeys(Context.__dataclass_fields__, "")
    lists = dict.fromkeys(("key_figures", "summary", "sections", "facts", "disagreements", "sources"), ())
    return Context(**{**empty, "number": 1, "lead": None, **lists, **changes})  # type: ignore[arg-type]


WORDS = Words("en", None, Vocabulary((), (), (), ()))
HOSTILE = "<img src=http://127.0.0.1:9/x><script>alert(1)</script>"


@pytest.mark.parametrize("name", ["r.html", "r.html.j2", "r.j2", "r.svg", "r.xhtml", "r.txt", "r"])
def test_a02_every_name_of_a_template_escapes(name: str) -> None:
    templates = {"page.html": f"{{% include '{name}' %}}".encode(), name: b"<p>{{ title }}</p>"}

    html = write(context(title=HOSTILE), templates, WORDS)

    assert "<img" not in html
    assert "&lt;img src=http://127.0.0.1:9/x&gt;" in html


@pytest.mark.parametrize(
    "template",
    [
        '<p style="width:{{ title }}px">',
        "<style>p { color: {{ title }} }</style>",
        "<a href={{ title }}>x</a>",
        "<p class={{ title }}>x</p>",
        "<p>{{ title|safe }}</p>",
    ],
)
def test_a03_a_field_where_escaping_does_not_reach_is_refused_with_its_line(template: str) -> None:
    findings = lint({"page.html": f"<html>\n{template}".encode()})

    assert [finding.place.line for finding in findings if finding.severity == "error"] == [2], findings


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wrong", "near"), [("subtitel", "subtitle"), ("issuer.items", "items"), ("titel", "title")]
)
def test_a04_a_misspelt_field_names_template_line_and_the_nearest_and_nothing_is_kept(
    project: Path, wrong: str, near: str
) -> None:
    replace_part(project, "parts/briefing.html", "{{ bottom_line }}", f"{{{{ {wrong} }}}}")

    findings = check(project)
    outcome = build(project)

    assert outcome.state == "failed"
    assert not (project / "reports").exists()
    told = "\n".join([*findings, said(outcome)])
    assert "parts/briefing.html:" in told
    assert near in told


@pytest.mark.slow
def test_a01_html_in_facts_sources_and_titles_is_printed_as_text(project: Path) -> None:
    with Canary() as canary:
        hostile = f"<img src={canary.url()}>"
        path = project / "data/sources.toml"
        path.write_text(path.read_text("utf-8").replace("Statistical Office", hostile), "utf-8")
        path = project / "data/vocabulary.toml"
        named = path.read_text("utf-8").replace("Cost of the reading room", f"Cost {hostile}")
        path.write_text(f"names = ['{hostile}']\n{named}", "utf-8")
        outcome = build(project)
        hits = canary.hits

    assert outcome.edition is not None, said(outcome)
    pdf = project / "reports/library" / outcome.edition.id / outcome.edition.files[0][1]
    text = subprocess.run(["pdftotext", str(pdf), "-"], capture_output=True, text=True, check=True).stdout
    assert text.replace("\n", " ").count("<img src=http://127.0.0.1") >= 2, "the producer or the metric is not printed"
    assert not hits


@pytest.mark.parametrize(
    "expression",
    [
        "{{ facts.to_csv('/tmp/pwned') }}",
        "{{ title.__class__.__mro__ }}",
        "{{ ''.__class__ }}",
        "{{ lipsum.__globals__ }}",
        "{{ cycler.__init__ }}",
        "{{ title|attr('format') }}",
        "{{ '{0.__class__}'.format(title) }}",
        "{{ self._TemplateReference__context }}",
    ],
)
def test_a26_a28_a_template_reaches_values_and_nothing_behind_them(expression: str) -> None:
    templates = {"page.html": expression.encode()}

    findings = lint(templates)

    assert findings or _refused(templates)


def _refused(templates: dict[str, bytes]) -> bool:
    with pytest.raises(RenderError) as caught:
        write(context(title="x"), templates, WORDS)
    return "page.html:1" in caught.value.where


def test_a26_everything_a_template_sees_is_plain_data(project: Path) -> None:
    topic = learn(Workspace(project), ["library"], today=date(2025, 2, 3)).topics[0]

    assert topic.facts
    for fact in topic.facts:
        assert type(fact.note) is str
        with pytest.raises(AttributeError):
            fact.note = "changed"  # type: ignore[misc]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("bomb", "reason"),
    [
        ("{% for a in facts %}" * 12 + "x" + "{% endfor %}" * 12, "needed more than 5 s, its limit"),
        ("{{ 'a' * 500000000 }}", "'*' is not allowed here"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "RecursionError"),
        ("{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}", "no 'range' in the context"),
    ],
)
def test_a27_a_template_bomb_ends_the_page_and_not_the_program(project: Path, bomb: str, reason: str) -> None:
    settings = project / "briefing.toml"
    settings.write_text(settings.read_text() + "\n[limits]\nseconds = 5\nmegabytes = 1024\n")
    replace_part(project, "parts/briefing.html", "{{ bottom_line }}", bomb)

    outcome = build(project)

    assert outcome.state == "failed"
    assert reason in said(outcome)
    assert not (project / "reports").exists()


def test_a29_a_template_outside_the_folder_is_not_there(project: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("TOP SECRET")
    replace_part(project, "parts/briefing.html", "{{ bottom_line }}", "{% include '../../secret.txt' %}")
    link = project / "templates/briefing/parts"
    link.mkdir(exist_ok=True)
    (link / "link.html").symlink_to(tmp_path / "secret.txt")

    told = "\n".join(check(project))

    assert "parts/briefing.html:" in told
    assert "link.html" in told
    with pytest.raises(WorkspaceError, match=r"link\.html"):
        build(project)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("broken", "word"),
    [("{% if lead %}", "endif"), ("{{ title|nosuch }}", "nosuch"), ("{{ 1/0 }}", "ero"), ("{% include 'no.html' %}", "no.html")],
)
def test_a30_a_broken_template_is_told_with_file_and_line(project: Path, broken: str, word: str) -> None:
    replace_part(project, "parts/briefing.html", "{{ bottom_line }}", broken)

    told = "\n".join([*check(project), said(build(project))])

    assert "parts/briefing.html:" in told
    assert word in told
    assert "Traceback" not in told


@pytest.mark.slow
@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", " ="])
def test_c24_no_cell_of_the_attached_tables_is_a_formula(project: Path, start: str) -> None:
    hostile = f"{start}cmd|calc!A1"
    for name, said_now, note in (("facts.csv", "library's own count.,,2", "library's own count.,{},2"), ("series/loans.csv", "closed for", "{} for")):
        path = project / "data/library" / name
        text = path.read_text("utf-8")
        assert said_now in text
        path.write_text(text.replace(said_now, note.format(hostile)), "utf-8")

    outcome = build(project)

    assert outcome.edition is not None, said(outcome)
    with pikepdf.open(project / "reports/library" / outcome.edition.id / outcome.edition.files[0][1]) as pdf:
        for name in ("facts.csv", "series.csv"):
            rows = csv.reader(pdf.attachments[name].get_file().read_bytes().decode().splitlines())
            cells = [cell for row in rows for cell in row]
            assert [cell for cell in cells if "cmd|" in cell], f"{name}: the attack is not in it"
            live = [cell for cell in cells if cell.lstrip()[:1] in "=+@" and cell.strip()]
            assert live == []
            assert not any("cmd|" in cell and not cell.startswith("'") for cell in cells if cell.lstrip().startswith("-"))
