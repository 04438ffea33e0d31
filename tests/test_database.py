"""The state database: a damaged file is refused with the command that restores its copy, and nothing is made again."""

from __future__ import annotations

import random
import re
import shutil
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from workspaces import PaperShop, branches

from generator.database import Address, back_up, connect, opened
from generator.errors import OutsideError
from generator.ledger import BUILT, UNCHANGED, Ledger
from generator.service import Service
from generator.slots import Schedule
from generator.workspace import Workspace

NOW = datetime(2026, 11, 22, 10, 20, tzinfo=UTC)
SCHEDULE = Schedule("hourly", "UTC", "0 * * * *", topics=("north",))


def write(address: Address) -> None:
    with opened(address):
        ledger = Ledger(address)
        ledger.sync([SCHEDULE], NOW)
        ledger.turn(NOW, "a" * 64)
        ledger.close()


@pytest.fixture
def address(tmp_path: Path) -> Address:
    """Return the address of a file that was closed in order, with its copy beside it."""
    address = Address(tmp_path / "engine.sqlite")
    write(address)
    back_up(address)
    return address


def refused(address: Address) -> str:
    with pytest.raises(OutsideError) as caught, opened(address):
        pass
    return str(caught.value)


def restore(said: str) -> None:
    (command,) = re.findall(r"left: (cp .*)$", said, re.MULTILINE)
    subprocess.run(["sh", "-c", command], check=True)


def test_what_is_written_is_there_for_the_next_process(address: Address) -> None:
    with opened(address):
        ledger = Ledger(address)
        assert ledger.last_turn() == (NOW.replace(second=0), "a" * 64)
        assert ledger.schedule("hourly") == SCHEDULE
        ledger.close()


def test_d08_one_flipped_bit_anywhere_is_found_in_200_of_200_files_and_the_copy_restores_it(address: Address) -> None:
    assert address.file is not None
    whole = address.file.read_bytes()
    bits = random.Random(7).sample(range(len(whole) * 8), 200)

    found = 0
    for bit in bits:
        data = bytearray(whole)
        data[bit // 8] ^= 1 << bit % 8
        address.file.write_bytes(data)
        try:
            with opened(address):
                shutil.copy(address.file, address.file.with_suffix(".missed"))
        except OutsideError:
            found += 1

    assert found == len(bits)
    restore(refused(address))
    with opened(address):
        ledger = Ledger(address)
        assert ledger.schedule("hourly") == SCHEDULE
        ledger.close()


@pytest.mark.parametrize("cut", [0, 1, 100, 4096, -1])
def test_d08_a_cut_or_empty_file_is_refused(address: Address, cut: int) -> None:
    assert address.file is not None
    address.file.write_bytes(address.file.read_bytes()[:cut])

    said = refused(address)

    assert said.startswith(f"{address.file}: the state database is damaged: ")
    restore(said)
    with opened(address):
        pass


@pytest.mark.parametrize("beside", ["", "engine.sqlite.sum", "engine.sqlite-wal"])
def test_d08_a_file_into_which_nothing_ever_came_is_none(tmp_path: Path, beside: str) -> None:
    """A disk that is full, or a kill, between the making of the file and its first page."""
    new = Address(tmp_path / "engine.sqlite")
    (tmp_path / "engine.sqlite").touch()
    if beside:
        (tmp_path / beside).write_bytes(b"something")
        refused(new)
        return

    write(new)

    with opened(new):
        ledger = Ledger(new)
        assert ledger.schedule("hourly") == SCHEDULE
        ledger.close()


def test_d08_without_a_copy_the_cure_starts_anew(address: Address) -> None:
    assert address.file is not None
    assert address.backup is not None
    address.backup.unlink()
    address.file.write_bytes(b"")

    assert f"mv {address.file} {address.file}.damaged" in refused(address)


def test_d08_a_sound_file_on_a_full_disk_is_not_called_damaged(address: Address) -> None:
    write(address)
    # As on a full disk, no file can grow, and SQLite wants one beside its own.
    code = (
        "import resource, sys\nfrom pathlib import Path\nfrom generator.database import Address, opened\n"
        "from generator.errors import OutsideError\nresource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"
        "try:\n    with opened(Address(Path(sys.argv[1]))): pass\nexcept OutsideError as error: print(error)\n"
    )

    result = subprocess.run([sys.executable, "-c", code, str(address.file)], capture_output=True, text=True, check=True)

    assert "engine.sqlite: the state database cannot be used: disk I/O error" in result.stdout
    assert "Free space on its disk" in result.stdout
    assert "mv " not in result.stdout, "the operator is told to put a sound file away"
    with opened(address):
        pass


def test_a_damaged_copy_is_not_offered(address: Address) -> None:
    assert address.file is not None
    assert address.backup is not None
    address.backup.write_bytes(b"SQLite format 3\0 and nothing more")
    address.file.write_bytes(b"")

    assert "There is no copy" in refused(address)


def test_a_process_that_was_killed_leaves_a_file_that_opens(address: Address) -> None:
    """A kill leaves the log of SQLite and no sum: what was committed is there."""
    assert address.file is not None
    script = (
        "import os, sys\nfrom pathlib import Path\nfrom datetime import datetime, UTC\n"
        "from generator.database import Address, opened\nfrom generator.ledger import Ledger\n"
        "address = Address(Path(sys.argv[1]))\nwith opened(address):\n"
        " Ledger(address).turn(datetime(2026, 12, 1, tzinfo=UTC), 'b' * 64)\n os.kill(os.getpid(), 9)\n"
    )
    result = subprocess.run([sys.executable, "-c", script, str(address.file)], check=False, capture_output=True)

    assert result.returncode == -9, result.stderr.decode()
    with opened(address):
        ledger = Ledger(address)
        assert ledger.last_turn() == (datetime(2026, 12, 1, tzinfo=UTC), "b" * 64)
        ledger.close()


def test_two_processes_share_the_file_and_the_last_one_leaves_the_sum(address: Address) -> None:
    assert address.file is not None
    sum_file = address.file.with_name("engine.sqlite.sum")

    with opened(address):
        assert not sum_file.exists()
        with opened(address):
            pass
        assert not sum_file.exists()

    assert sum_file.exists()


def fill_up(ledger: Ledger) -> None:
    for number in range(5000):
        ledger.alert(f"{number}", "x" * 100, NOW)


@pytest.mark.slow
def test_d03_a_full_database_is_told_with_its_cure_and_the_slot_is_made_once(tmp_path: Path) -> None:
    branches(tmp_path / "w", ("north",))
    with (tmp_path / "w/briefing.toml").open("a", encoding="utf-8") as file:
        file.write('[schedules.hourly]\ncron = "0 * * * *"\nzone = "UTC"\n')
    now = [NOW]

    def turn(limit: int, *, fill: bool = False) -> list[str]:
        with Service(Workspace(tmp_path / "w"), lambda: now[0]) as service:
            service.works._shop = PaperShop()  # type: ignore[assignment]
            @sa.event.listens_for(service.ledger.engine, "connect")
            def _limit(connection: sqlite3.Connection, _record: object) -> None:
                connection.execute(f"PRAGMA max_page_count={limit}")

            service.ledger.engine.dispose()
            if fill:
                with pytest.raises(OutsideError):
                    fill_up(service.ledger)
            return [making.state for making in service.turn().makings]

    turn(1_000_000)
    now[0] += timedelta(hours=1)
    with pytest.raises(OutsideError, match="full") as caught:
        turn(1, fill=True)
    assert "nothing that was decided is lost" in caught.value.hint

    for _ in range(3):
        turn(1_000_000)
        now[0] += timedelta(minutes=5)
    # Whatever was made while the database was full is found, and not made again.
    assert len(list((tmp_path / "w/reports/north").iterdir())) == 1
    with Service(Workspace(tmp_path / "w"), lambda: now[0]) as service:
        assert [making.state in (BUILT, UNCHANGED) for making in service.ledger.latest()] == [True]


def test_an_older_sqlite_tells_the_time_in_milliseconds_as_dbos_asks_it_to(address: Address) -> None:
    before, engine = datetime.now(UTC).timestamp() * 1000, connect(address)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE event (id INTEGER, at INTEGER NOT NULL DEFAULT (unixepoch('subsec') * 1000))")
        connection.exec_driver_sql("INSERT INTO event (id) VALUES (1)")
        said = connection.exec_driver_sql("SELECT at FROM event").scalar()
    engine.dispose()

    assert said is not None
    assert before <= said <= datetime.now(UTC).timestamp() * 1000
