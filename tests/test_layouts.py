"""Both layouts and the combined briefing, as one finds them in the pages, the API and the preview."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from browser import assert_accessible, browsing, page_of
from patience import await_true
from serving import Answer, Served, serving
from workspaces import branches, edit

from generator.exhibit import Exhibit, printings, show_edition
from generator.model import Edition
from generator.web.reader import Book
from generator.workspace import Workspace

BOUND = '[combined]\ntitle = "All branches"\n'
NORTH, SOUTH, ALL = "2025-02-03.1", "2025-02-03.1", "2025-02-03.1"


def house(folder: Path) -> Path:
    """Write a workspace of two topics, of which one is made in both layouts, and their combined briefing."""
    branches(folder, ("north", "south"))
    edit(folder / "data/north/topic.toml", 'title = "Branch north"', 'layouts = ["full", "brief"]\ntitle = "Branch north"')
    with (folder / "briefing.toml").open("a", encoding="utf-8") as file:
        file.write(BOUND)
    return folder


def make(served: Served, asked: dict[str, Any]) -> dict[str, Any]:
    """Ask for a build and return it once it has ended."""
    accepted = served.post("/api/v1/builds", asked)
    assert accepted.status in (200, 202), accepted.text
    await_true(lambda: served.get(accepted["location"]).json["ended"] != "")
    return dict(served.get(accepted["location"]).json)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve one workspace, with an edition of north and of both, to the tests that change nothing in it."""
    with serving(house(tmp_path_factory.mktemp("layouts") / "house"), "--no-schedules", "--workers", "1") as found:
        for topic in ("north", "combined"):
            built = make(found, {"topic": topic})
            assert built["state"] == "done", built
        yield found


def send(served: Served, path: str, **fields: str) -> Answer:
    return served.ask("POST", path, urlencode(fields).encode(), content_type="application/x-www-form-urlencoded")


# --- the brief ------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_pages_of_the_brief_are_shown_beside_the_full_ones_with_its_own_pdf(served: Served) -> None:
    full, brief = (served.get(f"/editions/north/{NORTH}/{name}") for name in ("en", "en-brief"))

    assert (full.status, brief.status) == (200, 200)
    assert f'href="/editions/north/{NORTH}/en-brief">on one page<' in full.text
    assert f'href="/editions/north/{NORTH}/en">full briefing<' in brief.text
    assert brief.text.count('<figure class="sheet"') == 1
    addresses = [unescape(each) for each in re.findall(r'href="([^"]*/pdf/en[^"]*)"', brief.text)]
    assert addresses == [f"/api/v1/editions/north/{NORTH}/pdf/en?layout=brief{end}" for end in ("", "&download=true")]
    shown, saved = map(served.get, addresses)
    assert shown.body == saved.body != served.get(f"/api/v1/editions/north/{NORTH}/pdf/en").body
    assert saved["content-disposition"] == f'attachment; filename="north-{NORTH}.en-brief.pdf"'


def test_a_number_of_the_brief_leads_to_its_evidence_and_back_to_the_brief(served: Served) -> None:
    page = served.get(f"/editions/north/{NORTH}/en-brief").text
    index = re.findall(r'/en-brief/numbers/(\d+)" id="n\d+" aria-label="1,001: north.readers"', page)[0]

    told = served.get(f"/editions/north/{NORTH}/en-brief/numbers/{index}").text

    assert "data/north/facts.csv:2" in told
    assert f'href="/editions/north/{NORTH}/en-brief#n{index}"' in told
    assert served.get(f"/editions/north/{NORTH}/en-brief/pages/1.png").body[:4] == b"\x89PNG"


@pytest.mark.parametrize("name", ["en-full", "en-poster", "de-brief", "en-brief-brief", "brief", "-brief"])
def test_a_layout_that_an_edition_has_not_is_not_there(served: Served, name: str) -> None:
    assert served.get(f"/editions/north/{NORTH}/{name}").status == 404
    assert served.get(f"/editions/north/{NORTH}/{name}/pages/1.png").status == 404
    assert served.get(f"/editions/north/{NORTH}/{name}/numbers/3").status == 404


def test_the_topic_lists_every_pdf_and_the_record_its_sum(served: Served) -> None:
    listed, record = served.get("/topics/north").text, served.get(f"/editions/north/{NORTH}/record").text
    ((_, _, sha256, *_),) = show_edition(Workspace(served.folder), "north").edition.briefs

    assert f'href="/editions/north/{NORTH}/en-brief">en on one page<' in listed
    assert sha256 in record
    assert f"/api/v1/editions/north/{NORTH}/pdf/en?layout=brief" in record


def test_numbers_of_the_api_say_their_layout(served: Served) -> None:
    address = f"/api/v1/editions/north/{NORTH}/numbers?limit=1000"
    both, full, brief = (served.get(address + more).json["items"] for more in ("", "&layout=full", "&layout=brief"))

    assert {each["language"] for each in both} == {"en"}
    assert ({each["layout"] for each in full}, {each["layout"] for each in brief}) == ({"full"}, {"brief"})
    assert len(both) == len(full) + len(brief)
    assert served.get(f"{address}&layout=poster").status == 422


def test_another_language_is_read_in_the_same_layout_where_it_has_it() -> None:
    def file(name: str) -> tuple[str, str, str, int, int]:
        return name, f"north.{name}.pdf", "0" * 64, 1, 1

    edition = Edition("2025-02-03.1", "north", 1, "2025-02-03", "", ("en", "de", "fr"), files=(file("en"), file("de"), file("fr")),
                      briefs=(file("en"), file("fr")))  # fmt: skip
    every = printings(edition)

    assert list(every) == ["en", "en-brief", "de", "fr", "fr-brief"]
    assert [each.name for each in Book(Exhibit(edition, {}), every["en-brief"], (), ()).tongues] == ["en-brief", "de", "fr-brief"]
    assert [each.name for each in Book(Exhibit(edition, {}), every["fr"], (), ()).tongues] == ["en", "de", "fr"]


# --- asking for a layout --------------------------------------------------------------------------


@pytest.mark.parametrize(("layout", "names"), [("", ["en", "en-brief"]), ("full", ["en"]), ("brief", ["en-brief"])])
def test_whoever_asks_for_a_layout_is_led_to_it(served: Served, layout: str, names: list[str]) -> None:
    page = served.get(send(served, "/topics/north/builds", layout=layout)["location"]).text

    assert re.findall(rf'<li><a href="/editions/north/{NORTH}/([^"]+)"', page) == names
    assert f'class="result" href="/editions/north/{NORTH}/{names[0]}"' in page


@pytest.mark.parametrize(("layout", "ends"), [(None, ["/pdf/en", "/pdf/en?layout=brief"]), ("brief", ["/pdf/en?layout=brief"])])
def test_a_build_of_the_api_names_the_pdfs_of_the_layout_that_was_asked_for(
    served: Served, layout: str | None, ends: list[str]
) -> None:
    built = make(served, {"topic": "north", "layout": layout})

    (outcome,) = built["outcomes"]
    assert built["layout"] == (layout or "")
    assert [file["href"].removeprefix(f"/api/v1/editions/north/{NORTH}") for file in outcome["files"]] == ends


@pytest.mark.parametrize(
    ("topic", "cure"), [("south", 'Ask for full, or declare it: layouts = ["full", "brief"] in topic.toml.'), ("combined", "Ask for full.")]
)
def test_a_layout_that_a_topic_does_not_declare_is_refused_with_the_cure(served: Served, topic: str, cure: str) -> None:
    answer = served.post("/api/v1/builds", {"topic": topic, "layout": "brief"})

    assert (answer.status, answer.json["retry"]) == (409, False)
    assert f"'{topic}' is not made in the layout 'brief'" in answer.json["detail"]
    assert answer.json["cure"] == cure
    assert send(served, f"/topics/{topic}/builds", layout="brief").status == 409
    assert 'name="layout"' not in served.get(f"/topics/{topic}").text
    assert served.post("/api/v1/builds", {"topic": topic, "layout": "poster"}).status == 422


# --- the combined briefing ------------------------------------------------------------------------


def test_the_combined_briefing_stands_on_the_start_page_like_a_topic(served: Served) -> None:
    page = served.get("/").text

    assert f'<a href="/editions/combined/{ALL}/en">All branches</a>' in page
    assert f'src="/editions/combined/{ALL}/en/pages/1.png?small=true"' in page
    assert 'href="/topics/combined"' in page
    assert page.count("Up to date") == 2
    row = served.get("/api/v1/topics/combined").json
    assert (row["title"], row["parts"], row["layouts"]) == ("All branches", ["north", "south"], ["full"])
    assert row["newest"] == {"en": ALL}


def test_the_combined_briefing_is_generated_from_its_page(served: Served) -> None:
    assert 'action="/topics/combined/builds"' in served.get("/topics/combined").text
    page = served.get(send(served, "/topics/combined/builds")["location"]).text

    assert f'class="result" href="/editions/combined/{ALL}/en"' in page
    assert served.get("/findings?topic=combined").status == 200


@pytest.mark.parametrize(("of", "file"), [("north.readers", "data/north/facts.csv:2"), ("south.readers", "data/south/facts.csv:2"),
                                          ("south_loans 2024", "data/south/series/south_loans.csv:8")])  # fmt: skip
def test_a_number_of_the_combined_briefing_leads_to_its_topic(served: Served, of: str, file: str) -> None:
    numbers = show_edition(Workspace(served.folder), "combined").numbers
    index = next(index for index, each in enumerate(numbers) if each.of == of)

    assert file in served.get(f"/editions/combined/{ALL}/en/numbers/{index}?part=evidence").text


@pytest.mark.slow
def test_a_workspace_without_a_combined_briefing_shows_none(tmp_path: Path) -> None:
    branches(tmp_path / "house", ("north",))
    with serving(tmp_path / "house", "--no-schedules", "--workers", "1") as found:
        assert "combined" not in found.get("/").text
        assert found.get("/topics/combined").status == 404
        assert found.post("/api/v1/builds", {"topic": "combined"}).status == 404


# --- the preview ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_preview_shows_the_brief_and_the_combined_briefing(tmp_path: Path) -> None:
    with serving(house(tmp_path / "house"), command="preview") as shown:
        links = re.findall(r' <a href="/preview/([^"]+)" aria-label', shown.get("/preview/north/en").text)
        sheets = {}
        for name in ("north/en", "north/en-brief", "combined/en"):
            await_true(lambda name=name: "<figure" in shown.get(f"/preview/{name}").text)  # type: ignore[misc]
            sheets[name] = re.findall(rf'<img src="/preview/{name}/([0-9a-f]+)/', shown.get(f"/preview/{name}").text)

        assert links == ["north/en", "north/en-brief", "south/en", "combined/en"]
        assert len(sheets["north/en-brief"]) == 1 < len(sheets["combined/en"])
        assert len({each for sheet in sheets.values() for each in sheet}) == 3, "three PDFs"
        assert shown.get("/preview/south/en-brief").status == 404


# --- findings while they are being looked for -----------------------------------------------------


@pytest.mark.slow
def test_the_start_page_does_not_wait_for_the_check(tmp_path: Path) -> None:
    folder = house(tmp_path / "house")
    edit(folder / "data/south/text.en.md", "Loans rose.", "Loans rose by 77.")
    with serving(folder, "--no-schedules", "--workers", "1") as found:
        first = found.get("/").text
        await_true(lambda: "being looked for" not in found.get("/").text)
        last = found.get("/").text

        assert first.count('href="/findings?topic=') == 3, "each leads to the list, which waits"
        assert "Findings are being looked for" in first
        assert [page.count('<noscript><meta http-equiv="refresh"') for page in (first, last)] == [1, 0]
        assert re.findall(r'error" href="/findings\?topic=(\w+)">1 error<', last) == ["south", "combined"]
        edit(folder / "data/south/text.en.md", "Loans rose by 77.", "Loans rose.")
        assert "1 error" not in found.get("/").text, "what is not known any more is not shown"
        assert "Nothing is wrong" in found.get("/findings").text


@pytest.mark.slow
@pytest.mark.parametrize("file", ["briefing.toml", "data/vocabulary.toml"])
def test_a_check_that_cannot_begin_leaves_no_trace_of_the_program_in_the_log(tmp_path: Path, file: str) -> None:
    folder = house(tmp_path / "house")
    with serving(folder, "--no-schedules", "--workers", "1") as found:
        (folder / file).write_text("this is = not [toml", "utf-8")
        answers = [found.get("/"), found.get("/findings"), found.get("/")]

        assert {answer.status for answer in answers} <= {200, 409}
        assert file in answers[1].text


# --- in a browser ---------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("width", [390, 1280])
def test_layouts_and_findings_in_a_browser(tmp_path: Path, width: int) -> None:
    folder = house(tmp_path / "house")
    with serving(folder, "--no-schedules") as found, browsing() as browser, page_of(browser, viewport={"width": width, "height": 844}) as page:
        page.goto(found.url)
        page.wait_for_selector(".badge.waiting", state="detached")
        assert_accessible(page)
        page.goto(f"{found.url}topics/north")
        page.get_by_role("radio", name="on one page").check()
        assert_accessible(page)
        page.get_by_role("button", name="Generate").click()
        page.wait_for_selector("a.result")
        assert_accessible(page)
        page.locator("a.result").click()
        page.wait_for_selector(".sheet img")
        assert page.url.endswith("/en-brief")
        assert page.locator(".sheet").count() == 1
        assert_accessible(page)
        page.get_by_role("link", name="full briefing").click()
        page.wait_for_selector("a[aria-current]:text('full briefing')")
        assert page.url.endswith("/en")
