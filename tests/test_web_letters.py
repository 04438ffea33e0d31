"""The links of letters at the web door: one click, the PDF, and every way to guess, change and outlive them."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from conftest import PROJECT
from serving import Served, serving

from generator import links
from generator.mailing import DOWNLOAD, UNSUBSCRIBE, linked_file
from generator.recalls import mark
from generator.service import Service
from generator.workspace import Workspace

KEY = "a-long-secret"
EDITION = "2025-02-03.1"
NAME = f"library-{EDITION}.en.pdf"
PDF = b"%PDF-1.7 the briefing of the library"
SETTINGS = (
    '\n[delivery]\naddress = "https://briefings.example.org"\nsecret = "BRIEFING_DELIVERY_SECRET"\n'
    '[channels.shelf]\nkind = "memory"\n[[lists]]\nname = "city"\nchannel = "shelf"\nrecipients = ["a@x", "b@x"]\n'
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve a workspace with an edition that was sent to two readers."""
    import hashlib

    folder = tmp_path_factory.mktemp("letters") / "project"
    shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns("reports", ".briefing"))
    with (folder / "briefing.toml").open("a", encoding="utf-8") as file:
        file.write(SETTINGS)
    edition = folder / "reports/library" / EDITION
    edition.mkdir(parents=True)
    (edition / NAME).write_bytes(PDF)
    kept = {"language": "en", "name": NAME, "sha256": hashlib.sha256(PDF).hexdigest(), "bytes": len(PDF), "pages": 1}
    record = {"edition": EDITION, "topic": "library", "number": 1, "date": "2025-02-03", "digest": "", "languages": ["en"], "as_of": None,
              "files": [kept], "facts": []}  # fmt: skip
    (edition / "record.json").write_text(json.dumps(record), "utf-8")
    with serving(folder, "--no-schedules", BRIEFING_DELIVERY_SECRET=KEY) as found:
        yield found


def token(purpose: str, *words: str, key: str = KEY, ends: timedelta = timedelta(days=1)) -> str:
    return links.sign(purpose, words, key, datetime.now(UTC) + ends)


def owed(served: Served) -> dict[str, str]:
    """Owe the edition and return the ids of the deliveries by address."""
    from generator.roster import Choice

    with Service(Workspace(served.folder), lambda: datetime.now(UTC)) as service:
        service.postman.owe(service.postman.plan(Choice("library")))
        return {each.address: each.id for each in service.deliveries.of()}


def suppressed(served: Served) -> set[tuple[str, str]]:
    with Service(Workspace(served.folder), lambda: datetime.now(UTC)) as service:
        return set(service.deliveries.suppressed())


@pytest.mark.slow
def test_one_click_takes_its_reader_off_its_list_and_looking_at_the_page_does_not(served: Served) -> None:
    ids = owed(served)
    path = f"/unsubscribe/{links.sign(UNSUBSCRIBE, (ids['a@x'],), KEY)}"

    page = served.get(path)
    assert (page.status, suppressed(served)) == (200, set())
    assert "<button" in page.text

    click = served.ask("POST", path, b"List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
    assert (click.status, suppressed(served)) == (200, {("a@x", "city")})
    assert "no more letters" in click.text
    assert served.ask("POST", path, b"").status == 200, "a second click is no error"
    assert path.rpartition("/")[2] not in served.log


@pytest.mark.slow
def test_a_reader_of_a_letter_is_led_to_no_page_that_asks_for_a_token(served: Served) -> None:
    ids = owed(served)
    path = f"/unsubscribe/{links.sign(UNSUBSCRIBE, (ids['b@x'],), KEY)}"
    done = served.ask("POST", path, b"", content_type="application/x-www-form-urlencoded", accept_language="ru").text

    for page in (served.get(path).text, done, served.get("/file/x").text, served.get("/unsubscribe/x").text):
        assert set(re.findall(r'href="(/[a-z]*)', page)) == {"/static", "/language"}
    assert f'href="/language/be?back={path}"' in done, "another language is the same page in it"


def test_a_link_brings_the_pdf_letter_by_letter(served: Served) -> None:
    answer = served.get(f"/file/{token(DOWNLOAD, 'library', EDITION, NAME)}")

    assert (answer.status, answer["content-type"], answer.body) == (200, "application/pdf", PDF)
    assert answer["cache-control"] == "private, no-store"
    assert answer["referrer-policy"] == "no-referrer"


def test_f52_every_wrong_link_gets_the_same_answer(served: Served) -> None:
    sound = token(DOWNLOAD, "library", EDITION, NAME)
    body, key, seal = sound.split(".")
    wrong = [sound[:number] + ("A" if sound[number] != "A" else "B") + sound[number + 1 :] for number in range(0, len(sound), 7)]
    wrong += [token(DOWNLOAD, "library", EDITION, NAME, ends=timedelta(seconds=-1)), token(DOWNLOAD, "library", EDITION, NAME, key="another")]
    wrong += [token(UNSUBSCRIBE, "library", EDITION, NAME), body, f"{body}.{key}", f"{body}.{key}.", "x", "%00", "a" * 5000, f"{body}.{key}.{seal}x"]

    # The page's links to its other languages lead back to where one is.
    answers = {(answer.status, re.sub(rb'href="/language/[^"]*"', b"", answer.body)) for each in wrong if (answer := served.get(f"/file/{each}"))}

    assert {status for status, _ in answers} == {403}
    assert len(answers) == 1
    assert served.ask("POST", f"/file/{sound}", b"").status == 405
    assert sound not in served.log


@pytest.mark.parametrize(
    "path",
    ["/file/../../etc/passwd", "/file/..%2f..%2fetc%2fpasswd", "/file/%2e%2e/%2e%2e/briefing.toml", "/file/%252e%252e", "/file/..%5c..%5cx",
     "/file/a%00b", "/file//etc/passwd", "/file/.hidden", f"/file/{'x' * 300}/", "/unsubscribe/../briefing.toml"],
)  # fmt: skip
def test_f50_no_path_comes_from_an_address(served: Served, path: str) -> None:
    answer = served.get(path)

    assert answer.status in (307, 401, 403, 404)
    assert b"issuer" not in answer.body
    assert b"root:" not in answer.body


@pytest.mark.parametrize(
    "words",
    [("library", EDITION, "record.json"), ("library", EDITION, "../../../briefing.toml"), ("..", "..", "briefing.toml"), ("library", "..", NAME),
     ("", "", ""), ("library", EDITION, ""), ("library", EDITION, "/etc/passwd"), ("other", EDITION, NAME)],
)  # fmt: skip
def test_f50_even_a_link_of_ours_opens_nothing_but_a_file_of_the_record(served: Served, words: tuple[str, str, str]) -> None:
    assert served.get(f"/file/{token(DOWNLOAD, *words)}").status in (404, 410)
    assert linked_file(served.folder / "reports", *words) is None


def test_f51_a_link_in_the_file_system_or_a_changed_file_is_not_sent(tmp_path: Path, served: Served) -> None:
    shutil.copytree(served.folder / "reports", tmp_path / "reports")
    path = tmp_path / "reports/library" / EDITION / NAME
    assert linked_file(tmp_path / "reports", "library", EDITION, NAME) == PDF

    copy = tmp_path / "copy.pdf"
    path.rename(copy)
    path.symlink_to(copy)
    assert linked_file(tmp_path / "reports", "library", EDITION, NAME) is None
    path.unlink()
    path.write_bytes(PDF + b" ")
    assert linked_file(tmp_path / "reports", "library", EDITION, NAME) is None


def test_f53_without_a_link_nobody_sees_anything(served: Served) -> None:
    for path in ("/file/1", f"/file/{EDITION}", "/file/library", "/file/", "/unsubscribe/", "/unsubscribe/1"):
        assert served.get(path, x_forwarded_for="203.0.113.9").status in (401, 403, 404), path
    sound = token(DOWNLOAD, "library", EDITION, NAME)
    assert served.get("/", x_forwarded_for="203.0.113.9").status in (303, 401), "behind a proxy everything else wants a token"
    assert served.get(f"/file/{sound}", x_forwarded_for="203.0.113.9").status == 200


def test_a_link_to_a_recalled_edition_says_what_takes_its_place(served: Served, tmp_path: Path) -> None:
    mark(served.folder / "reports", "library", EDITION, "counted twice", {"en": "2025-02-03.2"}, datetime.now(UTC))
    try:
        answer = served.get(f"/file/{token(DOWNLOAD, 'library', EDITION, NAME)}")
    finally:
        (served.folder / f"reports/library/{EDITION}.recalled.json").unlink()

    assert answer.status == 410
    assert "counted twice; instead of it: library/2025-02-03.2" in answer.text


def test_f52_links_of_the_old_key_are_good_until_it_is_taken_away() -> None:
    now = datetime.now(UTC)
    old = links.sign("file", ("a", "ü", ""), "old")

    assert links.read("file", old, "new old", now) == ("a", "ü", "")
    assert links.read("file", links.sign("file", ("b",), "new old"), "new", now) == ("b",)
    assert links.read("file", old, "new", now) is None
    assert links.read("file", old, "", now) is None


@pytest.mark.slow
def test_f52_a_link_ends_at_its_moment() -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    found = links.sign("file", ("a",), "k", now)

    assert links.read("file", found, "k", now - timedelta(seconds=1)) == ("a",)
    assert links.read("file", found, "k", now) is None
