"""Channels, lists and recipients: what is read, and what is told of what is wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from generator.reading import Findings
from generator.recipients import Distribution, Offered, read_distribution
from generator.workspace import Workspace

OFFERED = Offered(("economy", "library"), ("en", "ru"), "atlas")
CHANNEL = '[channels.post]\nkind = "memory"\n'


def read(folder: Path, settings: str, **files: str) -> tuple[Distribution, list[str]]:
    """Read settings, with tables beside them, and return what they say and every finding as text."""
    (folder / "briefing.toml").write_text(f'issuer = "City"\n{settings}', "utf-8")
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, "utf-8")
    findings = Findings()
    return read_distribution(Workspace(folder), OFFERED, findings), [str(each) for each in findings]


def test_a_list_gives_each_of_its_recipients_what_it_says(tmp_path: Path) -> None:
    found, told = read(tmp_path, f'{CHANNEL}[[lists]]\nname = "city"\nchannel = "post"\nlanguage = "ru"\ntopics = ["library"]\n'
                       'cadence = "weekly"\nrecipients = ["a@example.org", "b@example.org"]\n')  # fmt: skip

    assert told == []
    assert [(each.address, each.language, each.topics, each.cadence, each.channel, each.list) for each in found.recipients] == [
        (f"{who}@example.org", "ru", ("library",), "weekly", "post", "city") for who in "ab"
    ]
    assert (found.recipients[0].wants("library"), found.recipients[0].wants("economy")) == (True, False)


def test_without_more_words_a_list_is_for_every_topic_in_the_first_language_by_hand(tmp_path: Path) -> None:
    found, told = read(tmp_path, f'{CHANNEL}[[lists]]\nname = "city"\nchannel = "post"\nrecipients = ["a@example.org"]\n')

    assert told == []
    assert (found.recipients[0].language, found.recipients[0].cadence) == ("en", "manual")
    assert found.recipients[0].wants("economy")


def test_the_combined_briefing_is_for_those_alone_whose_list_names_it(tmp_path: Path) -> None:
    found, told = read(
        tmp_path,
        f'{CHANNEL}[[lists]]\nname = "city"\nchannel = "post"\nrecipients = ["a@x.org"]\n'
        '[[lists]]\nname = "board"\nchannel = "post"\ntopics = ["atlas"]\nfile = "board.csv"\n',
        board="address,topics\nb@x.org,\nc@x.org,atlas economy\n",
    )

    assert told == []
    wanted = [[topic for topic in ("economy", "library", "atlas") if each.wants(topic)] for each in found.recipients]
    assert wanted == [["economy", "library"], ["atlas"], ["economy", "atlas"]]


def test_a_table_says_what_is_different_for_a_recipient(tmp_path: Path) -> None:
    rows = 'address,name,language,topics,cadence\na@x.org,"Smith, Ann",ru,library economy,each\nb@x.org,,,,\n'

    found, told = read(tmp_path, f'{CHANNEL}[[lists]]\nname = "city"\nchannel = "post"\nfile = "city.csv"\n', city=rows)

    assert told == []
    ann, other = found.recipients
    assert (ann.name, ann.language, ann.topics, ann.cadence) == ("Smith, Ann", "ru", ("library", "economy"), "each")
    assert (other.name, other.language, other.topics, other.cadence) == ("", "en", ("economy", "library"), "manual")
    assert str(other.place) == "city.csv:3"


def test_every_problem_of_a_table_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    rows = "address,language,topics,cadence,channel\na b,en,,,\nb@x.org,de,,,\nc@x.org,,librery,,\nd@x.org,,,dayly,\ne@x.org,,,,past\n"

    found, told = read(tmp_path, f'{CHANNEL}[[lists]]\nname = "city"\nchannel = "post"\nfile = "city.csv"\n', city=rows)

    assert found.recipients == ()
    for line, words in enumerate(("a text without blanks", "language 'de'", "topic 'librery'", "cadence 'dayly'", "channel 'past'"), 2):
        assert any(f"city.csv:{line}:" in each and words in each for each in told), (line, words, told)
    assert any("Did you mean 'library'?" in each for each in told)


def test_f09_a_recipient_twice_in_a_list_is_one(tmp_path: Path) -> None:
    found, told = read(
        tmp_path, f'{CHANNEL}[[lists]]\nname = "city"\nchannel = "post"\nrecipients = ["a@x.org", "b@x.org", "a@x.org"]\n'
    )

    assert [each.address for each in found.recipients] == ["a@x.org", "b@x.org"]
    assert "warning: 'a@x.org' a second time" in told[0]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ('[channels.post]\nkind = "pigeon"\n', "channels.post.kind: 'pigeon'; expected "),
        ('[channels.Post]\nkind = "memory"\n', "the name 'Post'; expected lower-case letters"),
        ('[channels.post]\nkind = "memory"\ncolour = "red"\n', "channels.post.colour: is unknown"),
        ("[channels.post]\n", "channels.post.kind: is missing"),
        (f'{CHANNEL}[[lists]]\nname = "city"\nchannel = "poste"\nrecipients = ["a@x.org"]\n', "channel: 'poste'"),
        (f'{CHANNEL}[[lists]]\nname = "city"\nchannel = "post"\n', "lists[0].recipients: are missing, and `file` too"),
        (f'{CHANNEL}[[lists]]\nchannel = "post"\nrecipients = ["a@x.org"]\n', "lists[0].name: is missing"),
        (f'{CHANNEL}[[lists]]\nname = "city"\nchannel = "post"\nrecipients = ["a@x.org"]\nlangauge = "en"\n', "Did you mean 'language'?"),
        (f'{CHANNEL}[[lists]]\nname = "city"\nchannel = "post"\nrecipients = ["a@x.org"]\nlanguage = "de"\n', "lists[0].language: 'de'"),
        (f'{CHANNEL}[[lists]]\nname = "city"\nchannel = "post"\nfile = "none.csv"\n', "none.csv"),
        (f'{CHANNEL}[[lists]]\nname = "city"\nchannel = "post"\nfile = "/etc/hostname"\n', "not a regular file inside the workspace"),
        ('[delivery]\naddress = "http://x.org"\nsecret = "BRIEFING_X"\n', "delivery.address: 'http://x.org'; expected where the web door"),
        ('[delivery]\naddress = "https://x.org"\n', "delivery.secret: is missing"),
        ('[delivery]\nsecret = "k3y"\n', "delivery.secret: a text that is no such name"),
        ('[delivery]\nsuppressed = "none.csv"\n', "none.csv"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_what_was_expected(tmp_path: Path, settings: str, words: str) -> None:
    told = read(tmp_path, settings)[1]

    assert any(words in each for each in told), told
    assert len(told) <= 2, told


def test_a_secret_that_is_typed_in_is_refused_and_never_repeated(tmp_path: Path) -> None:
    told = read(tmp_path, '[delivery]\nsecret = "hunter2-in-the-open"\n')[1]

    assert "change it now" in told[0]
    assert "hunter2" not in "".join(told)


def test_one_wrong_channel_spoils_no_other_and_is_told_once(tmp_path: Path) -> None:
    lists = "".join(f'[[lists]]\nname = "{name}"\nchannel = "{name}"\nrecipients = ["a@x.org"]\n' for name in ("good", "bad"))

    found, told = read(tmp_path, f'[channels.good]\nkind = "memory"\n[channels.bad]\nkind = "pigeon"\n{lists}')

    assert [each.list for each in found.recipients] == ["good"]
    assert len(told) == 1


def test_addresses_that_want_nothing_are_read_in_the_form_of_their_channel(tmp_path: Path) -> None:
    found, told = read(
        tmp_path, f'[delivery]\nsuppressed = "gone.csv"\n{CHANNEL}', gone="address,reason\na@x.org,moved away\nb@x.org,\n"
    )

    assert told == []
    assert found.suppressed == {"a@x.org", "b@x.org"}


def test_the_example_of_the_documentation_is_sound(tmp_path: Path) -> None:
    text = (Path(__file__).resolve().parent.parent / "docs/distribution.md").read_text("utf-8")
    example = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)[0]
    (tmp_path / "data").mkdir()
    (tmp_path / "data/suppressed.csv").write_text("address,reason\ngone@example.org,\n")
    (tmp_path / "data/ministry.csv").write_text("address,name\nc@example.org,C\n")

    found, told = read(tmp_path, example)

    assert told == []
    assert (len(found.recipients), found.lists, found.suppressed) == (3, ("ministry",), {"gone@example.org"})


def test_the_examples_of_channels_in_the_documentation_are_sound(tmp_path: Path) -> None:
    text = (Path(__file__).resolve().parent.parent / "docs/distribution.md").read_text("utf-8")
    examples = [each for each in re.findall(r"```toml\n(.*?)```", text, re.DOTALL)[1:] if "[channels." in each]

    for example in examples:
        found, told = read(tmp_path, example)
        assert told == [], example
        assert len(found.channels) == 1
    assert len(examples) >= 1
