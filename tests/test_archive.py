"""The archive: written once, whole or not at all, and never half."""

from __future__ import annotations

import errno
import hashlib
import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from generator import archive
from generator.errors import ArchiveError, BusyError
from generator.lists import list_editions
from generator.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent


def record(number: int = 1, data: bytes = b"%PDF one") -> dict[str, object]:
    name = f"library-2025-02-03.{number}.en.pdf"
    return {
        "topic": "library",
        "edition": f"2025-02-03.{number}",
        "number": number,
        "date": "2025-02-03",
        "as_of": None,
        "digest": "ab" * 32,
        "languages": ["en"],
        "files": [
            {"language": "en", "name": name, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data), "pages": 1}
        ],
    }


def keep(reports: Path, number: int = 1, data: bytes = b"%PDF one") -> Path:
    return archive.keep(reports, record(number, data), {f"library-2025-02-03.{number}.en.pdf": data})


def test_a_kept_edition_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    keep(tmp_path)

    (edition,) = archive.editions(tmp_path, "library")

    assert (edition.id, edition.number, edition.files[0][3]) == ("2025-02-03.1", 1, 8)
    assert archive.damage(tmp_path, edition) == ""


def test_an_edition_is_written_once(tmp_path: Path) -> None:
    folder = keep(tmp_path)

    with pytest.raises(ArchiveError, match="there already"):
        keep(tmp_path, data=b"%PDF two")

    assert (folder / "library-2025-02-03.1.en.pdf").read_bytes() == b"%PDF one"


def test_editions_are_listed_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for number in (2, 10, 1):
        keep(tmp_path, number)

    assert [edition.number for edition in archive.editions(tmp_path, "library")] == [1, 2, 10]
    newest = archive.newest(tmp_path, "library")
    assert newest is not None
    assert newest.number == 10


def test_a_changed_file_is_told_from_a_whole_one(tmp_path: Path) -> None:
    path = keep(tmp_path) / "library-2025-02-03.1.en.pdf"
    (edition,) = archive.editions(tmp_path, "library")

    path.write_bytes(b"%PDF 1ne")
    assert "has changed" in archive.damage(tmp_path, edition)

    path.unlink()
    assert "is missing" in archive.damage(tmp_path, edition)


def test_a_folder_that_lost_its_record_is_named_and_its_number_not_used_again(tmp_path: Path) -> None:
    keep(tmp_path, 3)
    (tmp_path / "library/2025-02-03.3/record.json").unlink()

    assert archive.editions(tmp_path, "library") == ()
    assert archive.strays(tmp_path, "library") == ("2025-02-03.3",)
    assert archive.next_number(tmp_path, "library") == 4


def test_a_folder_without_rights_is_told_with_the_cure(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")

    with pytest.raises(ArchiveError, match="cannot write") as caught, archive.locked_topics(tmp_path / "state", ["library"]):
        pass

    assert "chown" in caught.value.hint


def test_a_lock_holds_on_a_full_disk_and_says_nothing_of_it(tmp_path: Path) -> None:
    (tmp_path / "library.lock").symlink_to("/dev/full")
    done = []

    with archive.locked(tmp_path, "library", "building"):
        done.append("what is to be written under it says what is wrong")
        with pytest.raises(BusyError), archive.locked(tmp_path, "library", "building"):
            pass

    assert done


@pytest.mark.parametrize("content", ["", "{", "[]", '{"edition": "x"}', "\x00"])
def test_a_damaged_record_is_named_with_its_cure(tmp_path: Path, content: str) -> None:
    (keep(tmp_path) / "record.json").write_text(content)

    with pytest.raises(ArchiveError, match=r"record\.json") as caught:
        archive.editions(tmp_path, "library")

    assert "Restore the folder" in caught.value.hint


@pytest.mark.parametrize(
    ("old", "new"),
    [('"number": 1', '"number": "1"'), ('"number": 1', '"number": [1]'), ('"date": "', '"date": "x'), ('"bytes": ', '"bytes": "x", "was": '),
     ('"name": "library-', '"name": "../../library-'), ('"name": "', '"name": 5, "was": "'), ('"topic": "library"', '"topic": ["library"]')],
)  # fmt: skip
def test_a_record_with_other_values_than_the_program_writes_is_damaged(tmp_path: Path, old: str, new: str) -> None:
    record = keep(tmp_path) / "record.json"
    assert old in record.read_text("utf-8")
    record.write_text(record.read_text("utf-8").replace(old, new, 1), "utf-8")

    with pytest.raises(ArchiveError, match="the record lacks") as caught:
        archive.editions(tmp_path, "library")

    assert "Restore the folder" in caught.value.hint


def test_one_damaged_record_hides_no_other_edition(tmp_path: Path) -> None:
    keep(tmp_path / "reports", 1)
    (keep(tmp_path / "reports", 2) / "record.json").write_text("[" * 60_000)

    listed = list_editions(Workspace(tmp_path))

    assert [(edition.id, bool(damage)) for edition, damage in listed] == [("2025-02-03.1", False), ("2025-02-03.2", True)]


def test_what_a_killed_build_left_is_cleared_and_does_not_show(tmp_path: Path) -> None:
    left = tmp_path / "library" / ".2025-02-03.1.part"
    left.mkdir(parents=True)
    (left / "library-2025-02-03.1.en.pdf").write_bytes(b"%PDF ha")

    assert archive.editions(tmp_path, "library") == ()
    keep(tmp_path)

    assert not left.exists()


def test_d15_a_link_planted_where_the_edition_is_written_is_refused(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / ".2025-02-03.1.part").symlink_to(elsewhere)

    with pytest.raises(ArchiveError, match="symbolic link"):
        keep(tmp_path)

    assert list(elsewhere.iterdir()) == []


def test_d02_a_full_disk_says_needed_and_free_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(tmp_path)

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ArchiveError, match="No space left on device") as caught:
        keep(tmp_path, 2)

    assert "bytes needed" in caught.value.message
    assert [path.name for path in (tmp_path / "library").iterdir()] == ["2025-02-03.1"]


def test_d10_a_second_process_is_told_who_builds(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    told = context.Queue()

    with archive.locked_topics(tmp_path / "state", ["library"]):
        process = context.Process(target=_try_lock, args=(tmp_path / "state", told))
        process.start()
        answer = told.get(timeout=600)
        process.join()

    assert f"process {os.getpid()} is building" in answer


def _try_lock(state: Path, told: multiprocessing.Queue[str]) -> None:
    try:
        with archive.locked_topics(state, ["library"]):
            told.put("got it")
    except ArchiveError as error:
        told.put(str(error))


@pytest.mark.slow
@pytest.mark.parametrize("call", ["openat", "write", "fsync", "rename", "mkdir"])
def test_d01_a_kill_at_any_system_call_leaves_an_edition_whole_or_absent(tmp_path: Path, call: str) -> None:
    script = tmp_path / "keep.py"
    script.write_text(
        textwrap.dedent(f"""
        import sys; sys.path.insert(0, {str(ROOT)!r}); sys.path.insert(0, {str(ROOT / "tests")!r})
        from pathlib import Path
        from test_archive import keep
        keep(Path(sys.argv[1]), 2, b"%PDF" + b"x" * 200_000)
        """)
    )
    killed = 0
    for attempt in range(1, 40):
        reports = tmp_path / f"reports{attempt}"
        keep(reports)
        command = ["strace", "-f", "-o", "/dev/null", "-e", f"inject={call}:signal=KILL:when={attempt}",
                   "-P", str(reports / "library"), "-P", str(reports / "library/.2025-02-03.2.part"),
                   "-P", str(reports / "library/.2025-02-03.2.part/library-2025-02-03.2.en.pdf"),
                   "-P", str(reports / "library/.2025-02-03.2.part/record.json"),
                   sys.executable, str(script), str(reports)]  # fmt: skip
        result = subprocess.run(command, check=False, capture_output=True)
        kept = archive.editions(reports, "library")
        assert [archive.damage(reports, edition) for edition in kept] == [""] * len(kept)
        if result.returncode == 0:
            assert len(kept) == 2
            break
        assert result.returncode in (-signal.SIGKILL, 137), result.stderr.decode()
        killed += 1
        keep_again = subprocess.run([sys.executable, str(script), str(reports)], check=False, capture_output=True)
        assert len(kept) == 2 or keep_again.returncode == 0, keep_again.stderr.decode()
    assert killed > 0, f"the fault never fired at {call}"
