"""Several files are written together or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.errors import ArchiveError
from generator.writing import write_together


def test_files_are_there_whole(tmp_path: Path) -> None:
    (tmp_path / "b").write_text("old")

    write_together({tmp_path / "a": b"1", tmp_path / "b": b"2"})

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"1", "b": b"2"}


@pytest.mark.parametrize("old", [b"old", None], ids=["replaced", "new"])
@pytest.mark.parametrize("stop", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=["full", "stopped"])
def test_a_failure_between_two_renames_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: bytes | None, stop: BaseException
) -> None:
    (tmp_path / "b").write_bytes(b"kept")
    if old is not None:
        (tmp_path / "a").write_bytes(old)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    rename = Path.replace
    fired = []

    def replace(self: Path, target: Path) -> Path:
        if target.name == "b" and not fired:
            fired.append(target)
            raise stop
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", replace)

    with pytest.raises((ArchiveError, KeyboardInterrupt)):
        write_together({tmp_path / "a": b"1", tmp_path / "b": b"2"})

    assert fired, "the fault did not fire"
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.slow
def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")

    with pytest.raises(ArchiveError, match="cannot write: Not a directory") as caught:
        write_together({tmp_path / "a": b"1", tmp_path / "a" / "b": b"2"})

    assert caught.value.hint.endswith("Nothing was changed.")
    assert (tmp_path / "a").read_text() == "old"
