"""The structure tree of what is printed: languages, table heads, reading order, bookmarks, artifacts."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import pikepdf
import pytest
from pages import page

from generator import pipeline
from generator.pdf import print_page
from generator.pipeline import Request
from generator.structure import completed
from generator.workspace import Workspace

PROJECT = Path(__file__).resolve().parent / "project"
TABLE = """<h2>Claims</h2><table><thead><tr><th scope="col">Value</th><th scope="col">Basis</th><th>Remark</th></tr></thead>
<tbody><tr><th scope="rowgroup" colspan="3">Trade</th></tr><tr><th scope="row">Five</th><td>customs</td><td>none</td></tr></tbody>
<tbody><tr><th scope="rowgroup" colspan="3">Visits</th></tr><tr><th scope="row">Two</th><td>press</td><td>none</td></tr></tbody></table>"""


class Element(NamedTuple):
    """An element of the structure tree; "" and () for what it does not say."""

    kind: str
    language: str
    alternative: str
    id: str
    scope: str
    heads: tuple[str, ...]


def elements(pdf: bytes) -> list[Element]:
    """Return the elements of the structure tree in reading order."""

    def below(node: Any) -> Iterator[Element]:
        if "/S" in node:
            table = node.get("/A", {})
            heads = tuple(map(str, table.get("/Headers", ())))
            told = (str(node.get(name, "")) for name in ("/S", "/Lang", "/Alt", "/ID"))
            yield Element(*told, str(table.get("/Scope", "")), heads)
        kids = node.get("/K", ())
        for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
            if isinstance(kid, pikepdf.Dictionary):
                yield from below(kid)

    with pikepdf.open(BytesIO(pdf)) as opened:
        return list(below(opened.Root.StructTreeRoot))


def read_aloud(pdf: bytes, path: Path) -> list[tuple[str, str]]:
    """Return (element, its text) in the order in which a screen reader reads, by poppler."""
    path.write_bytes(pdf)
    run = subprocess.run(["pdfinfo", "-struct-text", path], capture_output=True, text=True, check=True)
    said, stack = [], []
    for line in run.stdout.splitlines():
        depth, content = (len(line) - len(line.lstrip())) // 2, line.strip()
        if content.startswith('"'):
            said.append((next((name for name in reversed(stack[:depth]) if name not in ("Span", "Link", "NonStruct")), ""), content[1:-1]))
        elif not content.startswith("/"):
            stack[depth:] = [content.split(" ")[0].rstrip(":")]
    return said


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return the briefing of the smallest whole workspace."""
    target = tmp_path_factory.mktemp("built") / "project"
    shutil.copytree(PROJECT, target, ignore=shutil.ignore_patterns("reports", ".briefing"))
    (outcome,) = pipeline.build(Workspace(target), Request())
    assert outcome.edition is not None, outcome.error
    return (target / "reports" / "library" / outcome.edition.id / outcome.edition.files[0][1]).read_bytes()


# --- languages ------------------------------------------------------------------------------------


def test_words_in_another_language_carry_it_and_those_in_the_pages_do_not() -> None:
    pdf = print_page(page('<p lang="EN">Same.</p><p>A <span lang="ru">Зубр</span> and <em lang="zh-Hant">北京</em>.</p>')).pdf

    assert [each[:2] for each in elements(pdf) if each.language] == [("/Span", "ru"), ("/NonStruct", "zh-Hant")]


# --- tables ---------------------------------------------------------------------------------------


def test_heads_say_whether_they_lead_a_column_or_a_row() -> None:
    heads = [each for each in elements(print_page(page(TABLE)).pdf) if each.kind == "/TH"]

    assert [each.scope for each in heads] == ["/Column"] * 3 + ["/Row", "/Row"] * 2
    assert len({each.id for each in heads}) == len(heads)


def test_each_cell_names_its_group_its_row_and_its_column() -> None:
    found = elements(print_page(page(TABLE)).pdf)
    names = {each.id: "".join(words) for each, words in zip(
        (each for each in found if each.kind == "/TH"),
        (["Value"], ["Basis"], ["Remark"], ["Trade"], ["Five"], ["Visits"], ["Two"]), strict=True)}  # fmt: skip

    cells = [[names[head] for head in each.heads] for each in found if each.kind == "/TD"]

    assert cells == [["Trade", "Five", "Basis"], ["Trade", "Five", "Remark"], ["Visits", "Two", "Basis"], ["Visits", "Two", "Remark"]]


@pytest.mark.slow
def test_every_cell_of_a_briefing_has_a_head_that_is_there(built: bytes) -> None:
    found = elements(built)
    heads = {each.id for each in found if each.kind == "/TH"}

    for cell in (each for each in found if each.kind == "/TD"):
        assert cell.heads
        assert set(cell.heads) <= heads


# --- what is read, and in which order -------------------------------------------------------------


@pytest.mark.slow
def test_a_briefing_is_read_from_title_to_colophon(built: bytes, tmp_path: Path) -> None:
    said = read_aloud(built, tmp_path / "b.pdf")
    headings = [text for element, text in said if element in ("H1", "H2")]

    assert headings[:3] == ["City Library", "Key figures", "In brief"]
    assert headings[-4:] == ["Facts", "Where sources disagree", "Sources", "About this edition"]
    flat = " ".join(text for _, text in said)
    places = [flat.index(part) for part in ("Example City Office", "City Library", "Key figures", "Figure 1", "In brief")]
    assert places == sorted(places)


@pytest.mark.slow
def test_a_cell_is_read_after_the_head_of_its_row(built: bytes, tmp_path: Path) -> None:
    said = [element for element, _ in read_aloud(built, tmp_path / "b.pdf") if element in ("TH", "TD")]

    assert said[0] == "TH"
    assert "TD" in said
    assert said[said.index("TD") - 1] == "TH"


@pytest.mark.slow
def test_what_is_in_the_margins_is_not_read(built: bytes, tmp_path: Path) -> None:
    aloud = [text for _, text in read_aloud(built, tmp_path / "b.pdf")]
    seen = subprocess.run(["pdftotext", tmp_path / "b.pdf", "-"], capture_output=True, text=True, check=True).stdout
    with pikepdf.open(BytesIO(built)) as pdf:
        streams = [each.Contents.read_bytes() for each in pdf.pages]

    assert re.search(r"Page 2 of \d", seen)
    assert not any("Page 2 of" in text for text in aloud)
    assert all(stream.count(b"/Pagination") >= 1 for stream in streams)


def test_a_link_in_the_margin_is_left_with_its_element() -> None:
    head = "<style>@page { @top-left { content: element(top) } } .top { position: running(top) }</style>"
    pdf = print_page(page('<p class="top"><a href="https://example.org/x">Home</a></p><p>Text.</p>', head=head)).pdf

    with pikepdf.open(BytesIO(pdf)) as opened:
        assert opened.pages[0].Contents.read_bytes().count(b"/Pagination") == 1


@pytest.mark.slow
def test_bookmarks_follow_the_headings(built: bytes, tmp_path: Path) -> None:
    headings = [text for element, text in read_aloud(built, tmp_path / "b.pdf") if element in ("H1", "H2", "H3")]

    with pikepdf.open(BytesIO(built)) as pdf, pdf.open_outline() as outline:
        (title,) = outline.root
        assert [title.title, *(item.title for item in title.children)] == headings


def test_figures_say_what_they_show(built: bytes) -> None:
    figures = [each.alternative for each in elements(built) if each.kind == "/Figure"]

    assert figures
    for said in figures:
        assert re.search(r"rising|falling|up and down|the same|: \S+ \(", said), said
        assert len(re.findall(r"\d", said)) >= 6


# --- bad input ------------------------------------------------------------------------------------


def test_the_printer_is_as_it_was_after_a_page_and_after_a_failure() -> None:
    from weasyprint.pdf import tags

    before = tags._build_box_tree

    def fail() -> None:
        with completed("en"):
            assert tags._build_box_tree is not before
            raise KeyError

    with pytest.raises(KeyError):
        fail()

    assert tags._build_box_tree is before


@pytest.mark.parametrize(
    "body",
    [
        "<table></table>",
        "<table><tbody><tr></tr></tbody></table>",
        '<table><tr><th scope="rowgroup">A</th></tr></table>',
        '<table><caption lang="ru">Да</caption><tr><th scope="odd">A</th><td rowspan="2">B</td></tr><tr><td>C</td></tr></table>',
        '<div style="position: absolute" lang="zh">北</div>',
        '<ul style="list-style: none"><li lang="de">Wort</li></ul>',
        '<p style="display: table" lang="de">Wort</p>',
    ],
)
def test_odd_pages_print_with_a_whole_tree(body: str) -> None:
    found = elements(print_page(page(f"<h2>Odd</h2>{body}")).pdf)

    assert found[0].kind == "/Document"
    assert all(each.scope for each in found if each.kind == "/TH")


def test_the_example_of_the_documentation_has_languages_and_heads() -> None:
    text = (Path(__file__).resolve().parent.parent / "docs/accessibility.md").read_text("utf-8")
    (example,) = re.findall(r"```html\n(.*?)```", text, re.DOTALL)

    found = elements(print_page(page(example)).pdf)

    assert [each.language for each in found if each.language] == ["zh"]
    assert [each.scope for each in found if each.kind == "/TH"] == ["/Column", "/Column", "/Row"]
