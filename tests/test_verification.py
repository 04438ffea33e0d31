"""`briefing verify`: what a stranger with a PDF is told, with a workspace at hand and without."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from seals import PASSPHRASE, Authority
from typer.testing import CliRunner

from generator import archive
from generator.cli import app
from generator.errors import OutsideError, UsageError
from generator.pipeline import Request, build, check
from generator.verification import Verdict, verify
from generator.workspace import Workspace

RUNNER = CliRunner()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    with Authority(tmp_path_factory.mktemp("keys")) as started:
        yield started


@pytest.fixture
def sealed(project: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a workspace whose one edition is sealed."""
    monkeypatch.setenv("BRIEFING_SIGN_PASSPHRASE", PASSPHRASE)
    with (project / "briefing.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[sign]\npkcs12 = "{authority.key}"\ntrust = ["{authority.root}"]\n')
    (outcome,) = build(Workspace(project), Request())
    assert outcome.state == "built", outcome.error
    return project


def pdf_of(project: Path) -> Path:
    return next(project.glob("reports/*/*/*.pdf"))


def looked_at(project: Path | None, file: Path) -> Verdict:
    return verify(Workspace(project) if project else None, file)


@pytest.mark.slow
def test_a_sealed_edition_is_ours_whole_and_made_from_what_is_here(sealed: Path) -> None:
    verdict = looked_at(sealed, pdf_of(sealed))

    assert verdict.ours
    assert verdict.lines[0].endswith(f"ours and whole, edition library/{pdf_of(sealed).parent.name}")
    assert "sealed by Common Name: Example Office" in verdict.lines[1]
    assert verdict.lines[1].endswith(": whole")
    assert verdict.says.edition == f"library/{pdf_of(sealed).parent.name}"
    assert len(verdict.says.facts) > 3
    assert verdict.lines[-1] == "  made from what is here now"


@pytest.mark.slow
def test_of_a_large_archive_only_the_record_of_the_edition_that_is_named_is_read(
    sealed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = pdf_of(sealed)
    for number in range(2, 30):
        shutil.copytree(file.parent, file.parent.with_name(f"{file.parent.name[:-1]}{number}"))
    read: list[str] = []
    take = archive.read_edition
    monkeypatch.setattr(archive, "read_edition", lambda reports, topic, name: (read.append(name), take(reports, topic, name))[1])

    assert looked_at(sealed, file).ours
    assert read == [file.parent.name]


@pytest.mark.slow
def test_a_rebuild_compares_what_was_printed_and_not_the_seal(sealed: Path) -> None:
    before = pdf_of(sealed).read_bytes()

    (outcome,) = build(Workspace(sealed), Request(force=True))

    assert (outcome.state, outcome.error) == ("rebuilt", "")
    assert pdf_of(sealed).read_bytes() == before


@pytest.mark.slow
def test_the_record_tells_what_was_printed_apart_from_the_seal(sealed: Path) -> None:
    file = pdf_of(sealed)
    (said,) = archive.read_record(sealed / "reports", "library", file.parent.name)["files"]

    assert said["bytes"] == file.stat().st_size > said["printed"]["bytes"]


@pytest.mark.slow
def test_without_a_workspace_the_file_speaks_and_is_not_trusted(sealed: Path) -> None:
    verdict = looked_at(None, pdf_of(sealed))

    assert not verdict.ours
    assert "no root that is trusted here" in verdict.lines[1]
    assert "says it is edition library/" in verdict.lines[2]


@pytest.mark.slow
def test_a_sealed_copy_is_believed_where_the_archive_does_not_have_it(sealed: Path, tmp_path: Path) -> None:
    copy = tmp_path / "from a mail.pdf"
    copy.write_bytes(pdf_of(sealed).read_bytes())
    (sealed / "reports").rename(tmp_path / "elsewhere")

    verdict = looked_at(sealed, copy)

    assert (verdict.ours, verdict.edition) == (True, "")
    assert verdict.lines[0] == "from a mail.pdf: whole, under a seal that is trusted here"


@pytest.mark.slow
def test_one_changed_byte_is_told_first(sealed: Path, tmp_path: Path) -> None:
    data = bytearray(pdf_of(sealed).read_bytes())
    data[data.index(b"stream") + 30] ^= 1
    copy = tmp_path / "copy.pdf"
    copy.write_bytes(data)

    verdict = looked_at(sealed, copy)

    assert not verdict.ours
    assert verdict.lines[0] == "copy.pdf: CHANGED after it was sealed; do not trust it"


@pytest.mark.slow
def test_a_seal_taken_off_is_noticed_where_the_archive_has_the_edition(sealed: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.pdf"
    (said,) = archive.read_record(sealed / "reports", "library", pdf_of(sealed).parent.name)["files"]
    copy.write_bytes(pdf_of(sealed).read_bytes()[: said["printed"]["bytes"]])

    verdict = looked_at(sealed, copy)

    assert not verdict.ours
    assert "with other bytes" in verdict.lines[0] or "CHANGED" in verdict.lines[0]


@pytest.mark.slow
@pytest.mark.parametrize("data", [b"", b"no PDF", b"%PDF-1.7\n%%EOF", bytes(1000), b"%PDF-1.7 /ByteRange [0 0 0 0]"])
def test_a_file_that_is_no_pdf_of_ours_is_nobodys(project: Path, tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "x.pdf"
    file.write_bytes(data)

    verdict = looked_at(project, file)

    assert not verdict.ours
    assert "it was changed, or it is not ours" in verdict.lines[0] or "CHANGED" in verdict.lines[0]


def test_a_file_that_is_not_there_is_wrong_use(project: Path) -> None:
    with pytest.raises(UsageError, match=r"gone\.pdf: No such file"):
        looked_at(project, Path("gone.pdf"))


@pytest.mark.slow
def test_the_command_answers_people_and_machines(sealed: Path) -> None:
    words = RUNNER.invoke(app, ["-C", str(sealed), "verify", str(pdf_of(sealed))])
    said = RUNNER.invoke(app, ["-C", str(sealed), "verify", "--json", str(pdf_of(sealed))])

    assert words.exit_code == said.exit_code == 0
    assert "ours and whole" in words.stdout.splitlines()[0]
    answer = json.loads(said.stdout)
    assert (answer["ours"], answer["sealed"], answer["seals"][0]["whole"]) == (True, True, True)


@pytest.mark.slow
def test_the_command_works_outside_any_workspace(sealed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = pdf_of(sealed)
    monkeypatch.chdir(tmp_path.parent)

    said = RUNNER.invoke(app, ["verify", str(file)])

    assert said.exit_code == 1
    assert "says it is edition library/" in said.stdout


# --- building under a seal ------------------------------------------------------------------------


@pytest.mark.slow
def test_without_its_passphrase_nothing_is_drawn(sealed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BRIEFING_SIGN_PASSPHRASE")

    with pytest.raises(UsageError, match="the key cannot be opened"):
        build(Workspace(sealed), Request(force=True))


@pytest.mark.slow
def test_an_authority_that_is_gone_keeps_nothing_and_says_so(
    project: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRIEFING_SIGN_PASSPHRASE", PASSPHRASE)
    with (project / "briefing.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[sign]\npkcs12 = "{authority.key}"\nlevel = "B-T"\ntimestamp = "http://127.0.0.1:9/"\n')

    (outcome,) = build(Workspace(project), Request())

    assert (outcome.state, outcome.edition) == ("failed", None)
    assert "could not be sealed" in outcome.error
    assert list(project.glob("reports/*/*")) == []
    assert OutsideError.exit_code == 3


def test_check_tells_of_a_table_that_cannot_seal(project: Path) -> None:
    with (project / "briefing.toml").open("a", encoding="utf-8") as file:
        file.write('\n[sign]\nlevel = "B-T"\n')

    from datetime import date

    found = [str(finding) for finding in check(Workspace(project), today=date(2026, 11, 22)).findings]

    assert sum("sign." in each for each in found) == 2, found
