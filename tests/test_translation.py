"""`briefing words`: the workspace's own texts, as a translator gets them."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from workspaces import branches

from generator.errors import UsageError, WorkspaceError
from generator.inspection import look_through
from generator.translation import Words, update_words
from generator.workspace import Workspace

TOPIC = "data/library/topic.toml"


def with_language(project: Path, *languages: str) -> Workspace:
    settings = project / "briefing.toml"
    listed = ", ".join(f'"{language}"' for language in ("en", *languages))
    settings.write_text(settings.read_text("utf-8").replace('languages = ["en"]', f"languages = [{listed}]"), "utf-8")
    for language in languages:
        (project / f"data/library/text.{language}.md").write_bytes((project / "data/library/text.en.md").read_bytes())
    return Workspace(project)


def file_of(project: Path, language: str) -> Path:
    return project / f"templates/locales/{language}/LC_MESSAGES/workspace.po"


def test_the_catalogue_holds_every_text_that_a_page_would_miss(project: Path) -> None:
    workspace = with_language(project, "ru")

    (made,) = update_words(workspace, ())

    assert (made.language, made.new, made.gone) == ("ru", made.texts, 0)
    assert made.texts == made.untranslated > 20
    findings, _ = look_through(workspace, date(2026, 11, 22))
    (told,) = [finding for finding in findings if finding.rule.startswith(("locale.", "parity."))]
    assert told.place.file == "templates/locales/ru/LC_MESSAGES/workspace.po"
    assert f"{made.texts} texts" in told.found


def test_a_workspace_translated_in_full_is_told_nothing(project: Path) -> None:
    workspace = with_language(project, "ru")
    update_words(workspace, ("ru",))
    file = file_of(project, "ru")
    lines = file.read_text("utf-8").splitlines()
    text = "\n".join(
        line.replace('""', f'"{"я" * 3}"') if line.startswith("msgstr") and number > 8 else line
        for number, line in enumerate(lines)
    )
    file.write_text(text + "\n", "utf-8")

    findings, _ = look_through(workspace, date(2026, 11, 22))

    assert [finding for finding in findings if finding.rule.startswith("locale.")] == []
    assert update_words(workspace, ()) == (
        Words("ru", file.relative_to(project).as_posix(), len(texts(file)), 0, 0, 0),
    )


def texts(file: Path) -> list[object]:
    return [message.id for message in read_po(io.BytesIO(file.read_bytes())) if message.id]


def test_the_programs_own_words_are_not_asked_of_the_workspace(project: Path) -> None:
    update_words(with_language(project, "zh"), ())

    asked = texts(file_of(project, "zh"))
    assert "Where sources disagree" not in asked
    assert "{number} {unit}" not in asked
    assert any(isinstance(text, tuple) for text in asked)


def test_a_second_run_changes_nothing(project: Path) -> None:
    workspace = with_language(project, "be")
    update_words(workspace, ())
    before = file_of(project, "be").read_bytes()

    (made,) = update_words(workspace, ())

    assert file_of(project, "be").read_bytes() == before
    assert (made.new, made.gone) == (0, 0)


def test_a_changed_title_is_new_and_the_old_one_gone(project: Path) -> None:
    workspace = with_language(project, "ru")
    update_words(workspace, ())
    topic = project / TOPIC
    topic.write_text(topic.read_text("utf-8").replace('"Readers and loans"', '"Readers, loans"'), "utf-8")

    (made,) = update_words(Workspace(project), ())

    assert (made.new, made.gone) == (1, 1)


def test_the_first_language_has_no_catalogue_of_its_own_words(project: Path) -> None:
    with pytest.raises(UsageError, match="written in 'en' already"):
        update_words(Workspace(project), ("en",))


def test_a_workspace_with_one_language_is_told_how_to_get_another(project: Path) -> None:
    with pytest.raises(UsageError, match=r"no language beside its first.*") as caught:
        update_words(Workspace(project), ())

    assert "briefing words ru" in caught.value.hint


def test_a_language_that_nobody_knows_is_refused(project: Path) -> None:
    with pytest.raises(UsageError, match="no language 'xx'"):
        update_words(Workspace(project), ("xx",))


def test_where_one_catalogue_cannot_be_read_none_is_written(project: Path) -> None:
    workspace = with_language(project, "be", "ru")
    file_of(project, "ru").parent.mkdir(parents=True)
    file_of(project, "ru").write_bytes(b'msgid "torn\n')

    with pytest.raises(WorkspaceError, match=r"ru/LC_MESSAGES/workspace\.po"):
        update_words(workspace, ())

    assert not file_of(project, "be").exists()


# --- a language that the program does not speak ---------------------------------------------------


def test_it_gets_the_programs_words_too_those_of_the_pages_first(project: Path) -> None:
    workspace = with_language(project, "de")

    program, own = update_words(workspace, ())

    assert [Path(each.file).name for each in (program, own)] == ["briefing.po", "workspace.po"]
    read = read_po(io.BytesIO((project / program.file).read_bytes()))
    messages = [message for message in read if message.id]
    marked = ["on the pages" in message.auto_comments for message in messages]
    assert (program.new, program.untranslated) == (len(messages), len(messages))
    assert 40 < sum(marked) < len(marked)
    assert marked == sorted(marked, reverse=True)
    assert (read.num_plurals, program.texts > 300) == (2, True)
    assert [each.new for each in update_words(workspace, ())] == [0, 0]


def test_a_catalogue_that_translates_nothing_yet_is_as_good_as_none(project: Path) -> None:
    workspace = with_language(project, "de")
    before, _ = look_through(workspace, date(2026, 11, 22))
    program, _ = update_words(workspace, ())
    after, _ = look_through(workspace, date(2026, 11, 22))
    file = project / program.file
    file.write_text(file.read_text("utf-8").replace('msgid "Sources"\nmsgstr ""', 'msgid "Sources"\nmsgstr "Quellen"'), "utf-8")
    begun, _ = look_through(Workspace(project), date(2026, 11, 22))

    for findings in (before, after):
        (told,) = [finding for finding in findings if finding.rule == "locale.missing"]
        assert (told.severity, told.place.file) == ("error", program.file)
        assert "briefing words de" in told.cure
    assert [finding.place.file for finding in begun if finding.rule.startswith("locale.")] == [program.file, file_of(project, "de").relative_to(project).as_posix()]


def test_the_first_language_gets_the_programs_words_alone_and_english_needs_none(project: Path) -> None:
    settings = project / "briefing.toml"
    with_language(project, "de")
    settings.write_text(settings.read_text("utf-8").replace('["en", "de"]', '["de", "en"]'), "utf-8")

    made = update_words(Workspace(project), ())

    assert [(each.language, Path(each.file).name) for each in made] == [("de", "briefing.po"), ("en", "workspace.po")]
    findings, _ = look_through(Workspace(project), date(2026, 11, 22))
    told = [(finding.place.file.split("/")[2], finding.rule, finding.severity) for finding in findings if finding.rule.startswith("locale.")]
    assert told == [("de", "locale.missing", "warning"), ("en", "locale.untranslated", "warning")]


def test_a_text_of_two_topics_is_asked_for_once(tmp_path: Path) -> None:
    branches(tmp_path, ("north", "south"))
    workspace = with_two(tmp_path)

    (told,) = [finding for finding in look_through(workspace, date(2026, 11, 22))[0] if finding.rule == "locale.untranslated"]

    (made,) = update_words(workspace, ())
    assert told.found.startswith(f"no translation of {made.texts} texts: ")


def with_two(folder: Path) -> Workspace:
    settings = folder / "briefing.toml"
    settings.write_text(settings.read_text("utf-8").replace('["en"]', '["en", "ru"]'), "utf-8")
    for text in folder.glob("data/*/text.en.md"):
        text.with_name("text.ru.md").write_bytes(text.read_bytes())
    return Workspace(folder)
