"""The preview as its user meets it: a save is redrawn, a mistake is told and ends nothing, and the place is kept."""

from __future__ import annotations

import http.client
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import assert_accessible, browsing, page_of
from conftest import PROJECT
from patience import await_true
from playwright.sync_api import Browser
from serving import Answer, Served, serving

PAGE = "/preview/library/en"
VERSION = re.compile(r'data-version="(\d+)"')
PICTURE = re.compile(r'src="(/preview/library/en/[0-9a-f]{64}/1\.png)"')


@pytest.fixture
def shown(tmp_path: Path) -> Iterator[Served]:
    folder = tmp_path / "project"
    shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns("reports", ".briefing"))
    with serving(folder, command="preview") as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as found:
        yield found


def version(answer: Answer) -> int:
    found = VERSION.search(answer.text)
    assert found, answer.text
    return int(found[1])


def drawn(shown: Served, least: int) -> Answer:
    """Return the page once so many proofs of it have been pulled."""
    await_true(lambda: version(shown.get(PAGE)) >= least)
    return shown.get(PAGE)


def text_of(shown: Served) -> Path:
    return shown.folder / "data/library/text.en.md"


def add(path: Path, said: str) -> None:
    path.write_text(path.read_text("utf-8") + said, "utf-8")


# --- over HTTP ------------------------------------------------------------------------------------


@pytest.mark.slow
def test_it_leads_to_the_first_topic(shown: Served) -> None:
    answer = shown.get("/")

    assert (answer.status, answer["location"]) == (303, PAGE)


@pytest.mark.slow
def test_a_save_a_mistake_and_its_cure_are_redrawn(shown: Served) -> None:
    first = drawn(shown, 1)
    good = text_of(shown).read_text("utf-8")

    add(text_of(shown), "\n# Later\n\nMore is to come.\n")
    second = drawn(shown, version(first) + 1)
    add(text_of(shown), "\nThere are 77 shelves.\n")
    wrong = drawn(shown, version(second) + 1)
    text_of(shown).write_text(good, "utf-8")
    cured = drawn(shown, version(wrong) + 1)

    pictures = [PICTURE.findall(each.text) for each in (first, second, wrong, cured)]
    assert all(len(each) == 1 for each in pictures)
    assert pictures[0] != pictures[1] == pictures[2]
    assert pictures[3] == pictures[0], "the same inputs make the same page"
    assert "Nothing is wrong with this page." in first.text
    assert 'class="desk old"' in wrong.text
    assert "data/library/text.en.md" in wrong.text
    assert "a typed number, &#39;77&#39;" in wrong.text
    assert 'class="desk"' in cured.text


@pytest.mark.slow
@pytest.mark.parametrize("name", ["briefing.toml", "data/library/topic.toml", "data/vocabulary.toml"])
def test_a_file_that_is_broken_and_mended_ends_nothing(shown: Served, name: str) -> None:
    path = shown.folder / name
    before, first = path.read_bytes(), drawn(shown, 1)

    path.write_text("this is = not [toml", "utf-8")
    wrong = drawn(shown, version(first) + 1)
    path.unlink()
    gone = drawn(shown, version(wrong) + 1)
    path.write_bytes(before)
    cured = drawn(shown, version(gone) + 1)

    assert 'class="desk old"' in wrong.text
    assert name in wrong.text
    assert 'class="desk old"' in gone.text
    assert 'class="desk"' in cured.text


@pytest.mark.slow
def test_a_style_sheet_of_the_workspace_is_seen_from_its_first_save_on(shown: Served) -> None:
    first = drawn(shown, 1)
    style = Path(__file__).resolve().parent.parent / "templates/briefing/style.css"

    folder = shown.folder / "templates/briefing"
    folder.mkdir(parents=True)
    second = drawn(shown, version(first) + 1)
    (folder / "style.css").write_text(style.read_text("utf-8") + "\nh1 { letter-spacing: 2mm }\n", "utf-8")
    await_true(lambda: PICTURE.findall(shown.get(PAGE).text) not in ([], PICTURE.findall(first.text)))

    assert version(second) > version(first)


@pytest.mark.slow
def test_pictures_are_png_and_old_ones_are_gone(shown: Served) -> None:
    (picture,) = PICTURE.findall(drawn(shown, 1).text)

    answer = shown.get(picture)
    other = shown.get(picture.replace("/1.png", "/9.png"))
    old = shown.get(re.sub("[0-9a-f]{64}", "0" * 64, picture))
    pdf = shown.get(picture.removesuffix("/1.png") + ".pdf")

    assert (answer.status, answer["content-type"], answer.body[:4]) == (200, "image/png", b"\x89PNG")
    assert (other.status, old.status) == (404, 410)
    assert pdf.body.startswith(b"%PDF-")


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/preview/libary/en", "/preview/library/xx", "/preview/../etc/en", "/preview/library/en/x/1.png", "/nothing"])
def test_what_is_not_there_is_said(shown: Served, path: str) -> None:
    assert 400 <= shown.get(path).status < 500


@pytest.mark.slow
def test_it_ends_in_good_order_although_a_page_is_open(shown: Served) -> None:
    connection = http.client.HTTPConnection(shown.netloc, timeout=300)
    connection.request("GET", f"{PAGE}/events")
    stream = connection.getresponse()
    assert stream.readline().startswith(b"data: ")

    shown.process.send_signal(signal.SIGTERM)
    shown.process.wait(timeout=300)

    stream.read()
    connection.close()
    assert (shown.process.returncode, shown.log) == (0, "")


@pytest.mark.slow
def test_nothing_is_kept(shown: Served) -> None:
    drawn(shown, 1)

    assert not (shown.folder / "reports").exists()


def test_a_misspelt_topic_is_answered_with_the_right_one(project: Path) -> None:
    command = [sys.executable, "-m", "generator", "-C", str(project), "preview", "libary"]
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).resolve().parent.parent)

    assert run.returncode == 2
    assert "no topic 'libary'" in run.stderr
    assert "Did you mean 'library'" in run.stderr


# --- in a browser ---------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_page_redraws_itself_and_keeps_its_place(shown: Served, browser: Browser) -> None:
    good = text_of(shown).read_text("utf-8")
    with page_of(browser) as page:
        page.goto(shown.url)
        page.wait_for_selector('.desk[data-version="1"] .sheet img')
        assert_accessible(page)
        page.evaluate("scrollTo(0, 600)")

        add(text_of(shown), "\n# Later\n\nMore is to come.\n")
        page.wait_for_selector('.desk[data-version="2"] .sheet img')
        assert page.evaluate("scrollY") == 600
        assert page.evaluate("document.querySelector('.sheet img').naturalWidth") == 1240

        add(text_of(shown), "\nThere are 77 <script>alert(1)</script> shelves.\n")
        page.wait_for_selector(".desk.old .findings .error")
        assert page.evaluate("scrollY") == 600
        assert page.locator("#progress").inner_text() == "A mistake stops the page"
        assert "data/library/text.en.md" in page.locator(".findings-pane").inner_text()
        assert_accessible(page)

        text_of(shown).write_text(good, "utf-8")
        page.wait_for_selector(".desk:not(.old) .sheet img")
        assert page.locator("#progress").inner_text() == "Up to date"


@pytest.mark.slow
def test_without_script_the_page_comes_again_by_itself(shown: Served, browser: Browser) -> None:
    with page_of(browser, java_script_enabled=False, viewport={"width": 390, "height": 844}) as page:
        page.goto(shown.url)
        page.wait_for_selector(".sheet img")

        add(text_of(shown), "\nThere are 77 shelves.\n")
        page.wait_for_selector(".desk.old")


@pytest.mark.slow
def test_the_preview_speaks_the_reader_s_language(shown: Served, browser: Browser) -> None:
    drawn(shown, 1)
    with page_of(browser, locale="zh-CN") as page:
        page.goto(shown.url)
        assert page.locator("html").get_attribute("lang") == "zh"
        assert "Findings" not in page.locator("main").inner_text()
        assert_accessible(page)


@pytest.mark.slow
def test_a_topic_that_comes_goes_or_is_renamed_is_seen_without_loading_the_page(shown: Served, browser: Browser) -> None:
    data = shown.folder / "data"
    with page_of(browser) as page:
        page.goto(shown.url)
        page.wait_for_selector('.desk[data-version="1"] .sheet img')
        page.locator(".findings-pane").focus()

        shutil.copytree(data / "library", data / "museum")
        page.wait_for_selector('#choices a[href="/preview/museum/en"]')
        assert page.evaluate("document.activeElement.className") == "findings-pane", "whoever reads the findings stays there"
        (data / "library").rename(data / "archive")
        page.wait_for_selector('#choices a[href="/preview/archive/en"]')
        page.wait_for_selector(".desk.old .fault")
        assert "no topic 'library'" in page.locator(".fault").inner_text()
        assert_accessible(page)
        (data / "archive").rename(data / "library")
        page.wait_for_selector(".desk:not(.old) .sheet img")


@pytest.mark.slow
def test_a_page_that_could_not_be_printed_yet_says_so_and_leaves_no_hole(shown: Served, browser: Browser) -> None:
    good = text_of(shown).read_text("utf-8")
    add(text_of(shown), "\nThere are 77 shelves.\n")
    with page_of(browser) as page:
        page.goto(shown.url)
        page.wait_for_selector(".findings .error")
        assert "No page could be printed yet; these mistakes stop it." in page.locator(".findings-pane").inner_text()
        assert page.locator(".pages").count() == 0
        assert page.locator("#pdf").is_hidden()
        assert_accessible(page)

        text_of(shown).write_text(good, "utf-8")
        page.wait_for_selector(".sheet img")
        assert page.locator("#pdf").is_visible()


@pytest.mark.slow
def test_no_link_of_the_preview_leads_to_a_page_of_serve(shown: Served) -> None:
    drawn(shown, 1)
    for path in (PAGE, "/preview/libary/en", "/nothing"):
        links = set(re.findall(r'href="(/[^"]*)"', shown.get(path).text))
        assert links
        assert [link for link in links if shown.get(link).status >= 400] == [], path


@pytest.mark.slow
def test_a_mistake_is_told_once_with_the_file_that_has_it(shown: Served) -> None:
    first = drawn(shown, 1)
    settings = shown.folder / "briefing.toml"
    before = settings.read_bytes()
    settings.write_bytes(before + b"\nlanguages = [\n")
    broken = drawn(shown, version(first) + 1)
    settings.write_bytes(before)
    cured = drawn(shown, version(broken) + 1)
    style = shown.folder / "templates/briefing/own.css"
    style.parent.mkdir(parents=True)
    style.write_text("h1 { colr: red }\n", "utf-8")
    drawn(shown, version(cured) + 1)
    await_true(lambda: "colr" in shown.get(PAGE).text)

    assert broken.text.count("toml.syntax") == 1
    assert "<code>templates/briefing/own.css</code>" in shown.get(PAGE).text
