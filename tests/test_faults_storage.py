"""Faults of disks and processes while editions are kept and the state is written. Every test shows that its fault fired.

| fault | where it is tried |
|---|---|
| D01 kill at every system call of publishing | test_archive `test_d01_…` (keeping an edition); here: a whole turn, with the ledger |
| D02 disk full while publishing | here, by the kernel's own answer at each call; test_archive `test_d02_…` (the message) |
| D03 disk full in the state database | test_database `test_d03_…` |
| D04 fsync fails once | here |
| D05 bytes lost although the call succeeds | here |
| D06 other file system, read-only, no permission, long name | here |
| D07 power cut | here: nothing is named before all of it is on the disk |
| D08 state database damaged | test_database `test_d08_…`; here: its log cut, its index gone |
| D09 leftovers and stale locks | here; test_archive `test_what_a_killed_build_left_…` |
| D10 two processes publish the same | here; test_archive `test_d10_…`; test_service `test_e01_…` |
| D11 kill between render, ledger, send, mark | here, also of a schedule with a list; test_postman and test_circulation (send and mark) |
| D12 signals | test_status `test_d12_…` |
| D13 out of memory | test_sandbox, test_documents; here: tried again, then dead with the limit's name, and no other topic is late |
| D14 retention | no edition is ever deleted; test_service `test_d14_…`: the engine's own notes, and not those in use |
| D15 planted links | test_archive `test_d15_…` |
| F20 to F25 the areas `store` | test_stores and test_shared_archive `test_f20_…` to `test_f25_…` |
"""

from __future__ import annotations

import multiprocessing
import os
import re
import sqlite3
import textwrap
from datetime import timedelta
from pathlib import Path

import pytest
from office import HOURLY, ROOT, Clock, Office
from test_archive import keep, record
from traced import Traced, traced

from generator import archive
from generator.database import Address, opened
from generator.delivery.base import SENT, UNKNOWN
from generator.errors import ArchiveError, LimitError
from generator.ledger import BUILT, DEAD, FAILED, UNCHANGED, Ledger
from generator.service import Service
from generator.slots import unstamp
from generator.workspace import Workspace

HEAD = f"import sys; sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / 'tests')!r}]\n"
KEEP = HEAD + textwrap.dedent("""
    from pathlib import Path
    from generator.errors import ArchiveError
    from test_archive import keep
    try:
        keep(Path(sys.argv[1]), 2, b"%PDF" + b"x" * 200_000)
    except ArchiveError as error:
        sys.exit(f"{error}")
""")


def paths_of(reports: Path) -> tuple[Path, ...]:
    """Return the paths that keeping edition 2 touches."""
    part = reports / "library/.2025-02-03.2.part"
    return (reports / "library", part, part / "library-2025-02-03.2.en.pdf", part / "record.json")


def faulty_keep(tmp_path: Path, inject: str, calls: str = "all") -> tuple[Path, Traced]:
    """Keep a second edition beside a good one while a fault is put into its calls."""
    reports = tmp_path / "reports"
    keep(reports)
    result = traced(tmp_path / "log", KEEP, str(reports), calls=calls, inject=inject, paths=paths_of(reports))
    assert result.fired, (inject, result.calls)
    return reports, result


def only_the_first_stands(reports: Path) -> None:
    assert [path.name for path in (reports / "library").iterdir()] == ["2025-02-03.1"]
    (edition,) = archive.editions(reports, "library")
    assert archive.damage(reports, edition) == ""


REFUSALS = [
    ("d02", "mkdir:error=ENOSPC", "No space left on device"),
    ("d02", "openat:error=ENOSPC:when=1", "No space left on device"),
    ("d02", "write:error=ENOSPC:when=1", "No space left on device"),
    ("d02", "write:error=EDQUOT:when=2", "Disk quota exceeded"),
    ("d02", "fsync:error=ENOSPC:when=2", "No space left on device"),
    ("d04", "fsync:error=EIO:when=1", "Input/output error"),
    ("d04", "fsync:error=EIO:when=3", "Input/output error"),
    ("d05", "write:retval=100:when=1", "what was written is not what is read back"),
    ("d06", "rename:error=EXDEV", "Invalid cross-device link"),
    ("d06", "mkdir:error=EROFS", "Read-only file system"),
    ("d06", "openat:error=EACCES:when=1", "Permission denied"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("fault", "inject", "said"), REFUSALS, ids=[f"{case[0]} {case[1]}" for case in REFUSALS])
def test_d02_d04_d05_d06_a_call_that_fails_keeps_nothing_says_why_and_leaves_the_good_edition(
    tmp_path: Path, fault: str, inject: str, said: str
) -> None:
    call = inject.partition(":")[0]
    reports, result = faulty_keep(tmp_path, inject, call)

    assert result.code == 1
    assert said in result.err
    assert "cure: " in result.err
    if fault == "d02" and "ENOSPC" in inject:
        assert re.search(r"\(\d+ bytes needed, \d+ free\)", result.err)
    only_the_first_stands(reports)
    again = traced(tmp_path / "log", KEEP, str(reports), calls="none")
    assert (again.code, len(archive.editions(reports, "library"))) == (0, 2), again.err


def test_d04_a_folder_whose_sync_fails_after_the_rename_is_no_success_and_the_number_is_not_used_again(
    tmp_path: Path,
) -> None:
    reports, result = faulty_keep(tmp_path, "fsync:error=EIO:when=4", "fsync")

    assert (result.code, "Input/output error" in result.err) == (1, True)
    # The rename has happened and may or may not last; it is whole either way, and the next edition is another one.
    assert all(archive.damage(reports, edition) == "" for edition in archive.editions(reports, "library"))
    assert archive.next_number(reports, "library") == 3


def test_d06_a_name_too_long_for_the_disk_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    name = f"{'n' * 300}.pdf"

    with pytest.raises(ArchiveError, match="File name too long") as caught:
        archive.keep(tmp_path, record(), {name: b"%PDF"})

    assert caught.value.hint
    assert list((tmp_path / "library").iterdir()) == []


def test_d07_nothing_is_named_before_all_of_it_is_on_the_disk(tmp_path: Path) -> None:
    """Replay the calls: what is not synced counts as lost, so a file must be synced when its folder gets its name."""
    reports = tmp_path / "reports"
    keep(reports)
    result = traced(tmp_path / "log", KEEP, str(reports), calls="openat,write,fsync,rename,mkdir", paths=paths_of(reports))
    assert result.code == 0, result.err
    part, pdf, json_ = paths_of(reports)[1:]

    unsynced: set[str] = set()
    renamed = False
    for call in result.calls:
        touched = re.findall(r"[<\"](/[^>\"]+)[>\"]", call)
        if call.startswith("mkdir"):
            unsynced.add(str(reports / "library"))
        elif call.startswith("openat") and "O_CREAT" in call:
            unsynced |= {touched[-1], str(part)}
        elif call.startswith("write"):
            unsynced.add(touched[0])
        elif call.startswith("fsync"):
            unsynced.discard(touched[0])
        elif call.startswith("rename"):
            assert unsynced <= {str(reports / "library")}, f"not on the disk when it got its name: {unsynced}"
            unsynced.add(str(reports / "library"))
            renamed = True

    written = {str(pdf), str(json_)}
    assert renamed
    assert written <= {path for call in result.calls for path in re.findall(r"<(/[^>]+)>", call) if call.startswith("write")}
    assert unsynced == set(), "success was told before the name was on the disk"


@pytest.mark.parametrize("harm", ["the log cut", "the log gone", "the index gone", "a bit of the log"])
def test_d08_a_log_or_index_that_was_harmed_after_a_kill_costs_no_more_than_the_last_changes(tmp_path: Path, harm: str) -> None:
    file = tmp_path / "engine.sqlite"
    address, clock = Address(file), Clock("2026-11-22T10:00")
    ledger = Ledger(address)
    ledger.turn(clock(), "a" * 64)
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    ledger.turn(clock() + timedelta(days=1), "b" * 64)
    # As a kill leaves it: copied while the log is still needed.
    killed = tmp_path / "killed.sqlite"
    for end in ("", "-wal", "-shm"):
        killed.with_name(killed.name + end).write_bytes(file.with_name(file.name + end).read_bytes())
    ledger.close()
    log = killed.with_name("killed.sqlite-wal")
    assert len(log.read_bytes()) > 4096
    if harm == "the log cut":
        log.write_bytes(log.read_bytes()[:1000])
    elif harm == "the log gone":
        log.unlink()
    elif harm == "the index gone":
        killed.with_name("killed.sqlite-shm").unlink()
    else:
        data = bytearray(log.read_bytes())
        data[len(data) // 2] ^= 1
        log.write_bytes(data)

    with opened(Address(killed)):
        found = Ledger(Address(killed))
        last = found.last_turn()
        found.close()

    assert last in ((clock(), "a" * 64), (clock() + timedelta(days=1), "b" * 64))
    assert harm != "the index gone" or (last is not None and last[1] == "b" * 64)
    assert harm not in ("the log cut", "the log gone") or last == (clock(), "a" * 64), "nothing was lost: the harm did not fire"


def test_d09_a_lock_is_the_kernels_so_a_foreign_process_named_in_its_file_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "locks").mkdir()
    (tmp_path / "locks/library.lock").write_text(f"process {os.getppid()}")

    with archive.locked_topics(tmp_path, ["library"]):
        held = (tmp_path / "locks/library.lock").read_text()

    assert held == f"process {os.getpid()}"


def _race(folder: Path, rounds: int, gate: multiprocessing.synchronize.Event, told: multiprocessing.Queue[tuple[int, int]]) -> None:
    gate.wait()
    kept = refused = 0
    for _ in range(rounds):
        try:
            with archive.locked_topics(folder / "state", ["library"]):
                number = archive.next_number(folder / "reports", "library")
                keep(folder / "reports", number, f"%PDF {os.getpid()} {number}".encode())
                kept += 1
        except ArchiveError:
            refused += 1
    told.put((kept, refused))


@pytest.mark.slow
def test_d10_three_processes_that_keep_editions_in_a_loop_mix_none(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    told, gate = context.Queue(), context.Event()
    processes = [context.Process(target=_race, args=(tmp_path, 100, gate, told)) for _ in range(3)]
    for process in processes:
        process.start()
    gate.set()
    counts = [told.get(timeout=600) for _ in processes]
    for process in processes:
        process.join()

    kept = archive.editions(tmp_path / "reports", "library")
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert [edition.number for edition in kept] == list(range(1, sum(kept for kept, _ in counts) + 1))
    assert all(archive.damage(tmp_path / "reports", edition) == "" for edition in kept)
    assert sum(refused for _, refused in counts) > 0, "they never met"


TURN = HEAD + textwrap.dedent("""
    from pathlib import Path
    from office import Clock
    from workspaces import PaperShop
    from generator.service import Service
    from generator.workspace import Workspace
    with Service(Workspace(Path(sys.argv[1])), Clock(sys.argv[2])) as service:
        service.works._shop = PaperShop()
        service.turn()
""")


@pytest.mark.slow
@pytest.mark.parametrize("call", ["fdatasync", "fsync", "rename", "pwrite64"])
def test_d01_d11_a_turn_that_is_killed_at_a_system_call_is_finished_by_the_next_and_nothing_is_there_twice(
    tmp_path: Path, call: str
) -> None:
    killed = 0
    for nth in (1, 2, 3, 5, 8, 13, 21, 34):
        office = Office(tmp_path / f"w{nth}", HOURLY, topics=("north",))
        office.turn()
        office.clock.pass_(minutes=40)
        at = office.clock().strftime("%Y-%m-%dT%H:%M")
        result = traced(
            tmp_path / "log", TURN, str(office.folder), at, calls=call, inject=f"{call}:signal=KILL:when={nth}"
        )
        if result.code not in (-9, 137):
            assert result.code == 0, result.err
            break
        killed += 1
        # Nobody lends a hand: the next turns find what is open, and finish it.
        for _ in range(8):
            office.clock.pass_(minutes=1)
            office.turn()
        with Service(Workspace(office.folder), office.clock) as service:
            (making,) = service.ledger.latest()
            assert service.ledger.open_slots() == ()
        assert making.state in (BUILT, UNCHANGED), (nth, making)
        (edition,) = archive.editions(office.folder / "reports", "north")
        assert archive.damage(office.folder / "reports", edition) == ""
        assert set(making.editions.values()) == {edition.id}
    assert killed > 1, f"the fault never fired at {call}"


@pytest.mark.slow
@pytest.mark.parametrize("call", ["fsync", "rename", "pwrite64"])
def test_d11_a_turn_with_a_list_that_is_killed_anywhere_owes_everybody_once_and_sends_nobody_two(
    tmp_path: Path, call: str
) -> None:
    killed = set()
    for nth in (1, 2, 3, 6, 10, 16, 24, 34):
        office = Office(tmp_path / f"w{nth}", HOURLY + 'lists = ["city"]\n' + outbox(tmp_path / f"out{nth}"), topics=("north",))
        office.turn()
        office.clock.pass_(minutes=40)
        at = office.clock().strftime("%Y-%m-%dT%H:%M")
        result = traced(
            tmp_path / "log", TURN, str(office.folder), at, calls=call, inject=f"{call}:signal=KILL:when={nth}"
        )
        if result.code not in (-9, 137):
            assert result.code == 0, result.err
            break
        killed.add(nth)
        for _ in range(8):
            office.clock.pass_(minutes=1)
            office.turn()
        with Service(Workspace(office.folder), office.clock) as service:
            (making,) = service.ledger.latest()
            (delivery,) = service.deliveries.of()
            if delivery.state == UNKNOWN:
                # Its sender died while nobody could say whether it had arrived: held until a person decides.
                service.postman.decide(delivery.id, sent=False)
                service.postman.deliver()
                (delivery,) = service.deliveries.of()
        (edition,) = archive.editions(office.folder / "reports", "north")
        assert making.state in (BUILT, UNCHANGED), (nth, making)
        assert (delivery.state, delivery.edition) == (SENT, edition.id), (nth, delivery)
        (arrived,) = (tmp_path / f"out{nth}").rglob("*.pdf")
        assert arrived.read_bytes() == (office.folder / "reports/north" / edition.id / delivery.file).read_bytes()
    assert len(killed) > 1, f"the fault never fired at {call}"


def outbox(folder: Path) -> str:
    """Return a list whose channel is a folder."""
    channel = f'[channels.out]\nkind = "storage"\naddress = "{folder}"\n'
    return f'{channel}[[lists]]\nname = "city"\nchannel = "out"\n'


@pytest.mark.slow
def test_d13_a_page_that_needs_too_much_memory_is_tried_again_then_dead_and_delays_no_other(tmp_path: Path) -> None:
    office = Office(tmp_path / "w", HOURLY.replace("0 * * * *", "0 14 22 11 *"))
    make = office.shop.make

    def hungry(draft: object, *rest: object) -> object:
        if draft.topic.id == "north":  # type: ignore[attr-defined]
            raise LimitError("it needs more than 64 MB: the memory limit")
        return make(draft, *rest)

    office.shop.make = hungry  # type: ignore[method-assign, assignment]
    office.turn()
    office.clock.pass_(minutes=40)
    report = office.turn()
    assert office.states(report) == {"north": FAILED, "south": BUILT}
    while report.makings and report.makings[0].state == FAILED:
        office.clock.now = unstamp(report.makings[0].next_try)
        report = office.turn()

    assert (report.makings[0].state, report.makings[0].attempt) == (DEAD, 5)
    assert "memory limit" in report.makings[0].error
