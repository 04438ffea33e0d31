"""Feeds and files: what a reader of feeds, and a program that watches a folder, finds there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import feedparser
import pytest
from depots import DEPOTS
from test_channels import MOMENT, PDF, a_message, a_world

from generator.delivery import kind_of
from generator.delivery.base import REFUSED, SENT, File, Message, Outcome
from generator.delivery.feed import Settings
from generator.reading import Findings, read_toml
from generator.stores import Settings as Place

PUBLIC = "https://example.org/briefings"


def an_edition(number: int, **changes: object) -> Message:
    data = PDF + bytes([number % 256])
    file = File(f"library-2026-11-22.{number}.en.pdf", data, hashlib.sha256(data).hexdigest())
    edition = f"2026-11-22.{number}"
    return a_message(key=f"k{number}", edition=edition, file=file, subject=f"Library: {edition}", **changes)


@pytest.fixture
def publish(tmp_path: Path) -> Callable[..., Outcome]:
    def deliver(message: Message, entries: int = 100) -> Outcome:
        settings = Settings(Place(str(tmp_path / "shelf")), PUBLIC, entries)
        with kind_of("feed").open(settings, a_world(tmp_path)) as channel:
            return channel.deliver(message, "", lambda: None)

    return deliver


def atom(tmp_path: Path) -> feedparser.FeedParserDict:
    found = feedparser.parse((tmp_path / "shelf/library/library.en.atom").read_bytes())
    assert not found.bozo, found.get("bozo_exception")
    return found


def test_a_reader_of_feeds_finds_the_edition_and_its_pdf(publish: Callable[..., Outcome], tmp_path: Path) -> None:
    outcome = publish(an_edition(1, moment=MOMENT))

    found = atom(tmp_path)
    (entry,) = found.entries
    assert (outcome.state, outcome.said) == (SENT, f"{PUBLIC}/library/library.en.atom")
    assert found.feed.title == "Library – City Library"
    assert (entry.title, entry.link) == ("Library: 2026-11-22.1", f"{PUBLIC}/library/library-2026-11-22.1.en.pdf")
    assert "Readers rose." in entry.summary
    assert entry.enclosures[0].type == "application/pdf"
    assert (tmp_path / "shelf" / entry.link.removeprefix(f"{PUBLIC}/")).read_bytes() == an_edition(1).file.data


def test_f42_an_entry_keeps_its_id_and_date_however_often_it_is_delivered(publish: Callable[..., Outcome], tmp_path: Path) -> None:
    publish(an_edition(1))
    before = (tmp_path / "shelf/library/library.en.atom").read_bytes()

    publish(an_edition(1))

    assert (tmp_path / "shelf/library/library.en.atom").read_bytes() == before
    publish(an_edition(2))
    newest, first = atom(tmp_path).entries
    assert newest.title.endswith(".2")
    assert first.id == f"{PUBLIC}/library/library.en#2026-11-22.1"


def test_f40_characters_that_no_xml_may_hold_do_not_break_a_feed(publish: Callable[..., Outcome], tmp_path: Path) -> None:
    publish(an_edition(1, title="Lib\x0brary", text="rose \ud800\x00 & <b>fell</b> ]]>", issuer="City\x1f"))

    (entry,) = atom(tmp_path).entries
    assert "<b>" not in entry.summary
    assert "& <b>fell</b>".replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") in entry.summary


def test_f43_a_feed_of_many_entries_is_capped(publish: Callable[..., Outcome], tmp_path: Path) -> None:
    for number in range(1, 8):
        publish(an_edition(number), entries=5)

    assert [entry.title[-1] for entry in atom(tmp_path).entries] == ["7", "6", "5", "4", "3"]
    assert len(list((tmp_path / "shelf/library").glob("*.pdf"))) == 7


def test_a_recalled_edition_says_so_where_it_stood_and_the_corrected_one_is_there(publish: Callable[..., Outcome], tmp_path: Path) -> None:
    publish(an_edition(1))
    publish(an_edition(2, wrong="library/2026-11-22.1", reason="A figure was ten times too high."))

    newest, wrong = atom(tmp_path).entries
    assert wrong.title == "✗ Library: 2026-11-22.1"
    assert wrong.summary.startswith("<p>A figure was ten times too high.</p>")
    assert newest.title == "Library: 2026-11-22.2"
    before = (tmp_path / "shelf/library/library.en.atom").read_bytes()
    publish(an_edition(2, wrong="library/2026-11-22.1", reason="A figure was ten times too high."))
    assert (tmp_path / "shelf/library/library.en.atom").read_bytes() == before


def test_a_file_that_somebody_else_put_there_is_not_written_over(publish: Callable[..., Outcome], tmp_path: Path) -> None:
    for name, data in (("library-2026-11-22.1.en.pdf", b"mine"), ("library.en.json", b'{"version": "2"}')):
        place = tmp_path / "shelf/library" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)

        outcome = publish(an_edition(1))

        assert outcome.state == REFUSED
        assert name in outcome.said
        assert place.read_bytes() == data
        place.unlink()


def test_topics_and_languages_have_feeds_of_their_own(publish: Callable[..., Outcome], tmp_path: Path) -> None:
    publish(an_edition(1))
    publish(replace(an_edition(1), language="zh", key="z", file=replace(an_edition(1).file, name="library-2026-11-22.1.zh.pdf")))

    assert sorted(path.name for path in (tmp_path / "shelf/library").glob("*.atom")) == ["library.en.atom", "library.zh.atom"]
    assert len(atom(tmp_path).entries) == 1


def test_f25_a_name_that_leads_out_of_the_folder_reaches_no_channel_of_files(publish: Callable[..., Outcome], tmp_path: Path) -> None:
    evil = replace(an_edition(1), file=replace(an_edition(1).file, name="../../.ssh/authorized_keys"))
    with kind_of("storage").open(Place(str(tmp_path / "shelf")), a_world(tmp_path)) as channel:
        outcomes = [channel.deliver(evil, "", lambda: None), publish(evil)]

    assert [outcome.state for outcome in outcomes] == [REFUSED, REFUSED]
    assert not list(tmp_path.parent.rglob("authorized_keys"))


# --- files --------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", DEPOTS)
def test_a_program_that_watches_finds_a_note_beside_each_pdf_and_where_it_was_called_back(name: str, tmp_path: Path) -> None:
    with DEPOTS[name](tmp_path / "place") as depot:
        with kind_of("storage").open(depot.settings, a_world(tmp_path, **depot.secrets)) as channel:
            for message in (an_edition(1), an_edition(1), an_edition(2, wrong="library/2026-11-22.1", reason="Wrong by ten.")):
                assert channel.deliver(message, "", lambda: None).state == SENT
            twisted = replace(an_edition(1), file=replace(an_edition(1).file, data=b"other", sha256=hashlib.sha256(b"other").hexdigest()))
            refused = channel.deliver(twisted, "", lambda: None)
        files = depot.files()

    assert refused.state == REFUSED
    assert "Move it away" in refused.said
    assert sorted(files) == [
        "library/library-2026-11-22.1.en.pdf", "library/library-2026-11-22.1.en.pdf.json",
        "library/library-2026-11-22.1.en.pdf.recalled.json",
        "library/library-2026-11-22.2.en.pdf", "library/library-2026-11-22.2.en.pdf.json",
    ]  # fmt: skip
    note = json.loads(files["library/library-2026-11-22.1.en.pdf.json"])
    assert note["sha256"] == hashlib.sha256(files["library/library-2026-11-22.1.en.pdf"]).hexdigest()
    assert json.loads(files["library/library-2026-11-22.1.en.pdf.recalled.json"]) == {
        "recalled": "library/2026-11-22.1", "reason": "Wrong by ten.", "instead": "library-2026-11-22.2.en.pdf",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ('address = "gopher://x/y"', "s3://bucket/folder"),
        ('address = "sftp://reader:sesame@host/x"', "not repeated here"),
        ('address = "sftp://host/x"', "known_hosts"),
        ('address = "s3:///x"', "s3://bucket/folder"),
        ('address = "shelf"\nseconds = 0', "from 1 to 3600"),
        ('address = "s3://b/x"\nsecret = "wJalrXUtnFEMI"', "no such name"),
    ],
)
def test_wrong_settings_of_a_store_are_told(said: str, told: str) -> None:
    findings = Findings()
    table = read_toml(f"[channels.shelf]\n{said}\n", "briefing.toml", findings)
    assert table

    kind_of("storage").take(table.table("channels").table("shelf"))

    assert any(told in str(each) for each in findings), findings
    assert "sesame" not in str(findings)
    assert "wJalr" not in str(findings)
