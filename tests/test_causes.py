"""One cause, one message: what follows from a file that could not be read is counted, not listed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from generator.causes import hold_back
from generator.inspection import look_through
from generator.model import Finding, Place
from generator.workspace import Workspace

TOPIC = "data/library"


def told(project: Path) -> list[str]:
    """Return place and rule of what `check` tells of the data."""
    findings, _ = look_through(Workspace(project), date(2025, 2, 3))
    return [f"{each.place.file.removeprefix('data/')} {each.rule}" for each in findings if "templates" not in each.place.file]


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


@pytest.mark.parametrize(("separator", "said"), [(";", "';'"), ("\t", "tabs")])
def test_another_separator_is_the_only_error_of_the_workspace(project: Path, separator: str, said: str) -> None:
    rewrite(project / TOPIC / "facts.csv", ",", separator)

    findings, _ = look_through(Workspace(project), date(2025, 2, 3))
    first, note = [each for each in findings if "templates" not in each.place.file]

    assert (first.rule, first.found) == ("csv.separator", f"the columns are separated by {said}")
    assert first.cure == "Save the table as CSV UTF-8, comma separated."
    assert note.severity == "note"
    assert note.found.endswith("further problems follow from this one")


def test_a_misspelt_column_is_told_once_and_what_follows_is_counted(project: Path) -> None:
    rewrite(project / TOPIC / "facts.csv", ",period,", ",perod,")

    assert told(project) == ["library/facts.csv csv.column-unknown", "library/facts.csv unread.followers"]


@pytest.mark.parametrize("file", ["vocabulary.toml", "sources.toml", "library/series/loans.toml"])
def test_a_broken_toml_file_is_one_error(project: Path, file: str) -> None:
    rewrite(project / "data" / file, " = ", " = = ")

    assert told(project) == [f"{file} toml.syntax", f"{file} unread.followers"]


def test_what_facts_that_were_not_read_leave_open_is_not_told(project: Path) -> None:
    rewrite(project / TOPIC / "facts.csv", "id,metric", "id;metric")
    (project / "data/set-aside.csv").write_text("source;anchor;reason\n", "utf-8")

    rules = told(project)

    assert "sources.toml coverage.open" not in rules
    assert {"library/facts.csv csv.column-unknown", "set-aside.csv csv.separator"} <= set(rules), rules


def test_a_missing_text_brings_no_list_of_what_it_does_not_place(project: Path) -> None:
    (project / TOPIC / "text.en.md").unlink()

    assert told(project) == ["library/text.en.md text.missing", "library/text.en.md unread.followers"]


def test_every_language_without_a_text_is_told(project: Path) -> None:
    rewrite(project / "briefing.toml", 'languages = ["en"]', 'languages = ["en", "de", "it"]')

    errors = [line for line in told(project) if line.endswith("text.missing")]

    assert errors == ["library/text.de.md text.missing", "library/text.it.md text.missing"]


def test_a_text_named_by_a_country_is_to_be_renamed_by_its_language(project: Path) -> None:
    rewrite(project / "briefing.toml", 'languages = ["en"]', 'languages = ["en", "ja"]')
    (project / TOPIC / "text.jp.md").write_bytes((project / TOPIC / "text.en.md").read_bytes())

    (missing,) = [each for each in look_through(Workspace(project), date(2025, 2, 3))[0] if each.rule == "text.missing"]

    assert (missing.place.file, missing.cure) == (f"{TOPIC}/text.ja.md", "Rename text.jp.md: 'jp' is no language.")


def test_a_language_that_is_none_is_told_with_its_line_among_the_rest(project: Path) -> None:
    rewrite(project / "briefing.toml", 'languages = ["en"]', 'languages = ["en", "english", "klingon"]')
    rewrite(project / TOPIC / "topic.toml", "[[charts]]", "[[chart]]")

    findings, _ = look_through(Workspace(project), date(2025, 2, 3))
    said = [(str(each.place), each.found) for each in findings if each.rule == "languages"]

    assert said == [("briefing.toml:4", f"languages: no language '{name}'") for name in ("english", "klingon")]
    assert "toml.unknown" in {each.rule for each in findings}


@pytest.mark.parametrize("file", ["topic.toml", "facts.csv"])
def test_a_topic_that_lost_one_of_its_files_is_an_error_and_not_left_out(project: Path, file: str) -> None:
    (project / TOPIC / file).rename(project / TOPIC / f"{file}.old")

    findings, _ = look_through(Workspace(project), date(2025, 2, 3))

    assert next(each.found for each in findings if str(each.place) == f"{TOPIC}/{file}") == "No such file or directory"
    assert Workspace(project).topics() == ("library",)


def test_what_a_look_back_leaves_out_is_one_error_and_not_taken_for_misspelt() -> None:
    place = Place("data/t/topic.toml", 1)
    left = Finding(place, "topic.as-of", "2 facts and observations were not known on 2025-01-02", "y", "z", "note")
    missing = Finding(Place("data/t/text.en.md", 3), "call.fact", "no fact 'b'", "y", "Did you mean 'c'?")
    empty = Finding(Place("data/t/topic.toml", 9), "chart.empty", "series 's' has no value to draw in 2024", "y", "z")
    typed = Finding(Place("data/t/text.en.md", 5), "text.number", "a typed number", "y", "z")
    elsewhere = Finding(Place("data/u/text.en.md", 3), "call.fact", "no fact 'b'", "y", "z")

    told = hold_back([left, missing, empty, typed, elsewhere])

    assert told[1:] == [typed, elsewhere]
    assert (told[0].place, told[0].severity) == (place, "error")
    assert told[0].found == f"{left.found}, and 2 calls, charts and figures miss what is left out ({missing.found}; {empty.found})"
    assert hold_back([left, typed]) == [left, typed]


def test_a_text_in_another_encoding_is_not_called_missing_too(project: Path) -> None:
    (project / TOPIC / "text.en.md").write_bytes(b"caf\xe9")

    assert told(project) == ["library/text.en.md file.encoding", "library/text.en.md unread.followers"]


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ('fact = "room.cost"', 'fact = "room.cots"', "topic.fact"),
        ('lines = [{ series = "loans"', 'lines = [{ series = "lons"', "topic.series"),
    ],
)
def test_a_misspelt_id_is_told_once(project: Path, old: str, new: str, rule: str) -> None:
    rewrite(project / TOPIC / "topic.toml", old, new)

    assert told(project) == [f"library/topic.toml {rule}"]


def test_a_copy_without_sidecar_is_told_and_holds_nothing_back(project: Path) -> None:
    series = project / TOPIC / "series"
    (series / "rides (1).csv").write_bytes((series / "loans.csv").read_bytes())
    rewrite(project / TOPIC / "topic.toml", "year('loans', '2019')", "year('loans', '2018')")

    assert told(project) == ["library/series/rides (1).csv series.sidecar", "library/topic.toml call.period"]


def test_notes_of_two_passes_are_added_up() -> None:
    cause = Finding(Place("data/t/facts.csv", 1), "csv.separator", "x", "y", "z")
    follower = Finding(Place("data/t/topic.toml", 2), "topic.fact", "no fact 'a'", "y", "z")
    later = Finding(Place("data/t/text.en.md", 3), "call.fact", "no fact 'b'", "y", "z")

    again = hold_back([*hold_back([cause, follower]), later])

    assert [each.found for each in again] == ["x", "2 further problems follow from this one"]


def test_another_topic_is_not_held_back() -> None:
    cause = Finding(Place("data/t/facts.csv", 1), "csv.separator", "x", "y", "z")
    other = Finding(Place("data/u/topic.toml", 2), "topic.fact", "no fact 'a'", "y", "z")

    assert hold_back([cause, other]) == [cause, other]


def test_a_row_that_gives_no_fact_is_named_by_its_fact_and_what_misses_it_is_counted(project: Path) -> None:
    rewrite(project / TOPIC / "facts.csv", "readers.2024,readers,library,2024,12500,", 'readers.2024,readers,library,2024,"12,500",')

    findings, _ = look_through(Workspace(project), date(2025, 2, 3))

    (cause,) = (each for each in findings if each.severity == "error")
    (note,) = (each for each in findings if each.rule == "unread.followers")
    assert (cause.rule, cause.found) == ("csv.number", "fact 'readers.2024': value '12,500'")
    assert (note.place, note.expected) == (cause.place, "a row that gives its fact")
    assert int(note.found.split()[0]) > 2


def test_a_misspelt_fact_is_told_although_another_row_gives_none(project: Path) -> None:
    rewrite(project / TOPIC / "facts.csv", "readers.2024,readers,library,2024,12500,", 'readers.2024,readers,library,2024,"12,500",')
    rewrite(project / TOPIC / "text.en.md", 'fact("growth.2024")', 'fact("growht.2024")')

    assert "library/text.en.md call.fact" in told(project)


def test_an_empty_text_brings_no_list_of_what_it_does_not_place(project: Path) -> None:
    (project / TOPIC / "text.en.md").write_text(" \n", "utf-8")

    lines = [line for line in told(project) if line.startswith("library/")]

    assert lines == ["library/text.en.md file.empty", "library/text.en.md unread.followers"]
