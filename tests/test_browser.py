"""A person's way through `briefing serve` in a real browser: by mouse, by keyboard alone, without script, in Chinese."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import assert_accessible, browsing, page_of
from conftest import PROJECT
from playwright.sync_api import Browser, Page
from serving import Served, serving
from test_access import new_token
from test_reader_pages import edition_of, prepare

pytestmark = pytest.mark.slow
HOSTILE = "<svg onload=alert(1)>\"'><script>alert(2)</script>"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as found:
        yield found


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve one workspace to the tests that change nothing in it."""
    with serving(prepare(tmp_path_factory.mktemp("browser") / "project"), "--no-schedules") as found:
        yield found


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Served]:
    """Serve a workspace of its own, without an edition, to a test that changes it."""
    with serving(prepare(tmp_path / "project", build=False), "--no-schedules") as found:
        yield found


def walk(page: Page, until: str, *, most: int = 80) -> None:
    """Press Tab until the focus is on what the selector names."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", until):
            return
    raise AssertionError(f"{most} times Tab, and the focus is not on {until}")


# --- making and reading ---------------------------------------------------------------------------


def test_an_edition_is_generated_watched_and_read(fresh: Served, browser: Browser) -> None:
    with page_of(browser) as page:
        page.goto(fresh.url)
        assert "not built yet" in page.locator(".card").inner_text()
        page.get_by_role("link", name="Generate, editions").click()
        page.get_by_role("button", name="Generate").click()
        page.wait_for_selector(".steps")
        assert page.locator(".steps .step").all_inner_texts() == ["Read", "Check", "Draw", "Write", "Print", "Inspect", "Keep"]
        assert_accessible(page)
        page.wait_for_selector("a.result")
        assert_accessible(page)
        page.locator("a.result").click()

        page.wait_for_selector(".sheet img")
        assert page.locator("h1").inner_text() == "City Library"
        assert page.evaluate("document.querySelector('.sheet img').decode().then(() => true)")
        page.locator(".sheet a[aria-label='12,500: readers.2024']").first.click()
        page.wait_for_selector("#evidence mark")
        told = page.locator("#evidence").inner_text()
        assert page.locator("#evidence mark").inner_text() == "In 2024 the library had 12,500 readers"
        assert "about 13,000 readers" in told
        assert "data/library/facts.csv:2" in told
        assert page.locator(".sheet a.chosen").count() == 1
        assert_accessible(page)


def test_steps_come_while_a_build_runs(fresh: Served, browser: Browser) -> None:
    with page_of(browser) as page:
        page.add_init_script(
            "addEventListener('DOMContentLoaded', () => { const steps = document.getElementById('steps'); if (!steps) return;"
            " const seen = new Set(JSON.parse(sessionStorage.seen || '[]'));"
            " new MutationObserver(() => { for (const each of steps.querySelectorAll('.now')) seen.add(each.dataset.step);"
            " sessionStorage.seen = JSON.stringify([...seen]); }).observe(steps, {attributes: true, subtree: true}); })"
        )
        page.goto(f"{fresh.url}topics/library")
        page.get_by_role("button", name="Generate").click()
        page.wait_for_selector("a.result")

        seen = page.evaluate("JSON.parse(sessionStorage.seen || '[]')")
        assert len(seen) >= 3, "steps were shown while the build ran"


def test_the_keyboard_alone_leads_from_the_start_to_the_evidence(served: Served, browser: Browser) -> None:
    with page_of(browser) as page:
        page.goto(served.url)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        walk(page, ".card h2 a")
        page.keyboard.press("Enter")
        page.wait_for_selector(".sheet img")
        page.wait_for_load_state()
        walk(page, ".leafing a[href='#page-1']")
        page.keyboard.press("Enter")
        walk(page, ".sheet a[aria-label='12,500: readers.2024']")
        page.keyboard.press("Enter")

        page.wait_for_selector("#evidence mark")
        assert "12,500" in page.locator("#evidence").inner_text()


def test_without_script_everything_but_live_progress_works(fresh: Served, browser: Browser) -> None:
    with page_of(browser, java_script_enabled=False) as page:
        page.goto(f"{fresh.url}topics/library")
        page.get_by_role("button", name="Generate").click()
        page.wait_for_selector("a.result")  # the page loads itself anew
        page.locator("a.result").click()
        page.locator(".sheet a[aria-label='12,500: readers.2024']").first.click()

        page.wait_for_selector("article.evidence mark")
        assert page.locator("article.evidence mark").first.inner_text() == "In 2024 the library had 12,500 readers"
        page.locator("main a").first.click()
        assert "/en#n" in page.url


@pytest.fixture
def house(tmp_path: Path) -> Iterator[tuple[Served, Any]]:
    """Serve a workspace for which a token is needed, and give an editor's cookie."""
    folder = prepare(tmp_path / "project")
    with (folder / "briefing.toml").open("a", encoding="utf-8") as settings:
        settings.write('\n[serve]\nhosts = ["briefing.example"]\n')
    token = new_token(folder, "anna", "--role", "editor")
    with serving(folder, "--no-schedules") as found:
        yield found, {"name": "briefing_token", "value": token, "url": found.url}


def test_who_is_signed_in_sees_how_to_sign_out_and_is_asked_in_anew_after_it(house: tuple[Served, Any], browser: Browser) -> None:
    served, cookie = house
    with page_of(browser) as page:
        page.context.add_cookies([cookie])
        page.goto(f"{served.url}review?start=0")
        assert_accessible(page)
        page.goto(served.url.rstrip("/") + edition_of(served) + "/en")
        assert_accessible(page)

        page.context.clear_cookies()
        page.locator(".sheet a[aria-label='12,500: readers.2024']").first.click()
        page.wait_for_selector("#token")
        assert page.locator("main").count() == 1, "the form does not stand beside the sheets"
        assert_accessible(page)
        page.fill("#token", cookie["value"])
        page.keyboard.press("Enter")
        page.wait_for_selector("article.evidence mark")
        assert page.locator("h1").inner_text() == "12,500"
        assert_accessible(page)


def test_a_build_whose_server_is_gone_says_so(tmp_path: Path, browser: Browser) -> None:
    folder = prepare(tmp_path / "project", build=False)
    with page_of(browser, watched=False) as page, serving(folder, "--no-schedules", "--workers", "1") as served:
        page.route("**/events", lambda route: route.abort())
        page.goto(f"{served.url}topics/library")
        page.get_by_role("button", name="Generate").click()
        page.wait_for_selector("#step:text('The program has ended or cannot be reached.')")


# --- review ---------------------------------------------------------------------------------------


def test_candidates_are_reviewed_by_keyboard(fresh: Served, browser: Browser) -> None:
    facts = fresh.folder / "data/library/facts.csv"
    before = facts.read_text("utf-8")
    with page_of(browser) as page:
        page.goto(f"{fresh.url}review")
        assert_accessible(page)
        readers = page.locator("li.candidate", has=page.locator("input[name=metric][value=readers]"))
        readers.locator("input[name=basis]").focus()
        page.keyboard.type("own")
        walk(page, "button[value=yes]")
        page.keyboard.press("Enter")
        page.wait_for_selector("li.candidate.accepted")
        heating = page.locator("li.candidate", has=page.locator("input[name=metric][value=room_cost]"))
        heating.locator("input[name=reason]").fill("Not about the reading room.")
        heating.get_by_role("button", name="Reject").last.click()
        page.wait_for_selector("li.candidate.rejected")
        page.get_by_role("button", name="Take over what was decided").click()

        page.wait_for_selector(".result-box")
        assert "1 fact was taken, 1 was set aside." in page.locator(".result-box").inner_text()
        assert_accessible(page)
    (row,) = csv.reader(io.StringIO(facts.read_text("utf-8").removeprefix(before)))
    assert row[1:3] == ["readers", "library"]
    assert "own" in row


# --- everywhere -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "width"), [("en-GB", 1280), ("en-GB", 390), ("zh-CN", 1280), ("be-BY", 390)])
def test_every_page_can_be_read_by_everybody(served: Served, browser: Browser, language: str, width: int) -> None:
    edition = edition_of(served)
    with page_of(browser, locale=language, viewport={"width": width, "height": 844}) as page:
        for path in ("/", "/topics/library", "/findings", "/builds", "/review", "/status", f"{edition}/en", f"{edition}/record", f"{edition}/en/numbers/5"):
            page.goto(served.url.rstrip("/") + path)
            assert page.locator("html").get_attribute("lang") == language[:2]
            assert_accessible(page)


def test_g04_what_others_wrote_runs_nothing(tmp_path: Path, browser: Browser) -> None:
    """Titles, producers, names of files and what a template says: all of it is read on the pages, and none of it runs."""
    assert dialogs_of(browser, HOSTILE) == ["1"], "this browser would not have told"
    folder = tmp_path / "project"
    shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns("reports", ".briefing"))
    title = re.sub(r"\d", "", HOSTILE)  # a numeral of a title would need a source
    for name, was, text in (("sources.toml", "Annual report", HOSTILE), ("library/topic.toml", "City Library", title)):
        replace_in(folder / "data" / name, f'"{was}"', json.dumps(text))
    with serving(folder, "--no-schedules") as served, page_of(browser) as page:
        page.goto(f"{served.url}topics/library")
        assert title in shown(page)
        page.get_by_role("button", name="Generate").click()
        page.wait_for_selector("a.result")
        page.locator("a.result").click()
        assert title in shown(page)
        page.locator(".sheet a[aria-label='12,500: readers.2024']").first.click()
        page.wait_for_selector("#evidence mark")
        assert HOSTILE in page.locator("#evidence").inner_text()
        page.goto(served.url)
        assert title in shown(page)

        (folder / "data/library" / NAMED).write_text("x", "utf-8")
        replace_in(folder / "data/library/text.en.md", "# ", '{{ nonsense("<svg onload=alert(4)>") }}\n\n# ')
        page.goto(f"{served.url}findings")
        assert NAMED in shown(page)
        page.goto(f"{served.url}topics/library")
        page.get_by_role("button", name="Generate").click()
        page.wait_for_selector(".fault")
        assert "onload=alert(" in shown(page)


NAMED = "<svg onload=alert(3)>.xlsx"


def shown(page: Page) -> str:
    """Return what a page shows, in which nothing that others wrote may be an element."""
    assert page.locator("[onload], body script:not([src])").count() == 0
    return page.locator("body").inner_text()


def replace_in(path: Path, was: str, becomes: str) -> None:
    text = path.read_text("utf-8")
    assert was in text
    path.write_text(text.replace(was, becomes, 1), "utf-8")


def dialogs_of(browser: Browser, html: str) -> list[str]:
    """Return what a page says in dialogs when the browser takes it as it is."""
    told: list[str] = []
    page = browser.new_page()
    page.on("dialog", lambda dialog: (told.append(dialog.message), dialog.accept()))
    page.set_content(html.partition("<script>")[0])
    page.wait_for_timeout(0)
    page.close()
    return told
