"""The shared archive, in a folder and on S3: every edition is there once and whole, whichever machine made it and died."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import depots
import pytest
from depots import SECRET, Depot
from office import HOURLY, briefing
from patience import await_true
from workspaces import PaperShop, branches, edit

from generator import archive, pipeline
from generator.errors import ArchiveError, OutsideError, WorkspaceError
from generator.operation import read_operation
from generator.pipeline import Outcome, Request
from generator.reading import Findings
from generator.shared_archive import SharedArchive, shared_archive
from generator.stores import open_store
from generator.turning import Turning
from generator.workspace import Workspace

NOW = datetime(2025, 2, 5, 12, tzinfo=UTC)


@pytest.fixture(params=["folder", "bucket"])
def depot(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Depot]:
    with getattr(depots, request.param)(tmp_path / "depot") as found:
        monkeypatch.setenv(SECRET, found.secrets.get(SECRET, ""))
        yield found


def table(depot: Depot) -> str:
    """Return the table [engine.archive] that opens a depot."""
    kept = {name: getattr(depot.settings, name) for name in ("address", "user", "secret", "endpoint", "seconds")}
    return "[engine.archive]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in kept.items() if value)


def machine(folder: Path, depot: Depot, topics: tuple[str, ...] = ("north",), more: str = "") -> Path:
    """Make one machine's copy of a workspace."""
    branches(folder, topics)
    with (folder / "briefing.toml").open("a", encoding="utf-8") as file:
        file.write(more + table(depot))
    return folder


def build(folder: Path) -> tuple[list[str], tuple[Outcome, ...]]:
    shop = PaperShop()
    return shop.made, pipeline.build(Workspace(folder), Request(), now=NOW, shop=shop)  # type: ignore[arg-type]


def whole(folder: Path, topic: str = "north") -> list[str]:
    """Return the editions of a machine's copy, after looking at every file."""
    kept = archive.editions(folder / "reports", topic)
    assert [archive.damage(folder / "reports", edition) for edition in kept] == [""] * len(kept)
    return [edition.id for edition in kept]


def test_what_one_machine_made_another_has_and_does_not_make_again(tmp_path: Path, depot: Depot) -> None:
    first, second = (machine(tmp_path / name, depot) for name in ("first", "second"))

    assert build(first)[0] == ["north.en"]
    made, (outcome,) = build(second)

    assert (made, outcome.state) == ([], "unchanged")
    assert whole(first) == whole(second) == ["2025-02-03.1"]
    there = {name for name in depot.files() if name.startswith("north/")}
    assert there == {f"north/2025-02-03.1/{path.name}" for path in (first / "reports/north/2025-02-03.1").iterdir()}
    for path in (first / "reports/north/2025-02-03.1").iterdir():
        assert (second / "reports/north/2025-02-03.1" / path.name).read_bytes() == path.read_bytes()


def test_numbers_go_on_over_all_machines(tmp_path: Path, depot: Depot) -> None:
    first, second = (machine(tmp_path / name, depot) for name in ("first", "second"))
    build(first)
    edit(second / "data/north/facts.csv", "2024,1001,", "2024,1002,")

    made, (outcome,) = build(second)

    assert outcome.edition is not None
    assert (made, outcome.edition.number) == (["north.en"], 2)
    build(first)
    assert whole(first)[:2] == whole(second) == ["2025-02-03.1", "2025-02-03.2"]


@pytest.mark.slow
def test_a_server_brings_what_other_machines_made(tmp_path: Path, depot: Depot) -> None:
    first, second = (machine(tmp_path / name, depot) for name in ("first", "second"))
    build(first)

    with Turning(Workspace(second), 0.05, lambda: datetime.now(UTC), lambda: None):
        await_true((second / "reports/north/2025-02-03.1").is_dir)

    assert whole(second) == ["2025-02-03.1"]


class Dying:
    """A store of a machine that dies after some files."""

    def __init__(self, store: Any, after: int) -> None:
        self._store, self._left = store, after

    def create(self, name: str, data: bytes) -> bool:
        if self._left == 0:
            raise OutsideError("the power went")
        self._left -= 1
        return self._store.create(name, data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


@pytest.mark.slow
@pytest.mark.parametrize("after", [0, 1, 2, 3])
@pytest.mark.parametrize("changed", [False, True])
def test_a_machine_that_dies_while_it_puts_an_edition_leaves_none_and_the_next_one_puts_it_whole(
    tmp_path: Path, depot: Depot, after: int, *, changed: bool
) -> None:
    first, second = (machine(tmp_path / name, depot) for name in ("first", "second"))
    toml = (first / "briefing.toml").read_text("utf-8")
    (first / "briefing.toml").write_text(toml.replace(table(depot), ""), "utf-8")
    build(first)
    (first / "briefing.toml").write_text(toml, "utf-8")
    with open_store(depot.settings, first, depot.secrets) as store:
        dying = SharedArchive(first / "reports", first / ".briefing", Dying(store, after))
        if after < 3:
            with pytest.raises(OutsideError, match="the power went"):
                dying.exchange("north")
        else:
            dying.exchange("north")
    if changed:
        edit(second / "data/north/facts.csv", "2024,1001,", "2024,1002,")

    build(second)
    build(first)

    there = depot.files()
    records = [name for name in there if name.endswith("record.json")]
    for name in records:
        for file in json.loads(there[name])["files"]:
            assert there[name.replace("record.json", file["name"])]
    # Whatever each machine had begun, both have the same editions now, and no reader could see a half one.
    assert set(whole(second)) <= set(whole(first))
    assert sorted(name.split("/")[1] for name in records) == whole(first)


def test_an_edition_that_another_machine_was_first_with_is_set_aside_and_made_under_the_next_number(
    tmp_path: Path, depot: Depot
) -> None:
    first, second = (machine(tmp_path / name, depot) for name in ("first", "second"))
    toml = (first / "briefing.toml").read_text("utf-8")
    (first / "briefing.toml").write_text(toml.replace(table(depot), ""), "utf-8")
    edit(first / "data/north/facts.csv", "2024,1001,", "2024,1007,")
    build(first)
    build(second)
    (first / "briefing.toml").write_text(toml, "utf-8")

    made, (outcome,) = build(first)

    assert outcome.edition is not None
    assert (made, outcome.edition.number) == (["north.en"], 2)
    assert whole(first) == ["2025-02-03.1", "2025-02-03.2"]
    ours, theirs = (folder / "reports/north/2025-02-03.1/record.json" for folder in (first, second))
    assert ours.read_bytes() == theirs.read_bytes()
    (aside,) = (first / "reports/north").glob(".2025-02-03.1.unshared-*")
    assert (aside / "record.json").is_file()


def test_a_file_that_is_not_what_its_record_says_is_refused_and_nothing_is_brought(tmp_path: Path, depot: Depot) -> None:
    first, second = (machine(tmp_path / name, depot) for name in ("first", "second"))
    build(first)
    with open_store(depot.settings, first, depot.secrets) as store:
        store.update("north/2025-02-03.1/north-2025-02-03.1.en.pdf", lambda _: b"%PDF-other")

    with pytest.raises(ArchiveError, match="not what its record says") as caught:
        build(second)

    assert "Restore the file" in caught.value.hint
    assert archive.folders(second / "reports", "north") == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["../../../escaped", "..", ".hidden", "a/b", ""])
def test_f25_a_record_whose_files_lead_out_of_their_folder_is_refused(tmp_path: Path, depot: Depot, name: str) -> None:
    folder = machine(tmp_path / "first", depot)
    record = {"files": [{"name": name, "sha256": "0" * 64}]}
    with open_store(depot.settings, folder, depot.secrets) as store:
        store.create("north/2025-02-03.1/record.json", json.dumps(record).encode())

    with pytest.raises(ArchiveError, match="the record cannot be read"):
        build(folder)

    assert not list(tmp_path.rglob("*escaped*"))


def test_f25_what_is_no_edition_in_the_store_is_left_there(tmp_path: Path, depot: Depot) -> None:
    folder = machine(tmp_path / "first", depot)
    strangers = {"north/x/record.json", "north/2025-02-03.1/notes.txt", "elsewhere/2025-02-03.1/record.json"}
    with open_store(depot.settings, folder, depot.secrets) as store:
        for name in strangers:
            store.create(name, b"{")

    assert build(folder)[1][0].state == "built"
    assert {name for name, data in depot.files().items() if data == b"{"} == strangers


def test_f20_a_store_that_is_away_is_told_and_the_edition_is_put_there_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with depots.bucket(tmp_path / "depot") as depot:
        monkeypatch.setenv(SECRET, depot.secrets[SECRET])
        folder = machine(tmp_path / "first", depot)
        toml = (folder / "briefing.toml").read_text("utf-8")
        away = toml.replace(depot.settings.endpoint, "http://127.0.0.1:1").replace("seconds = 30", "seconds = 2")
        (folder / "briefing.toml").write_text(away, "utf-8")

        with pytest.raises(OutsideError) as caught:
            build(folder)
        (folder / "briefing.toml").write_text(toml, "utf-8")

        assert "s3://" in caught.value.where
        assert build(folder)[1][0].state == "built"
        assert any(name.endswith("record.json") for name in depot.files())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('archive = "s3://bucket"', "archive"),
        ('archive = { address = "ftp://x/y" }', "ftp://x/y"),
        ('archive = { address = "s3://user:word@bucket/x" }', "not repeated here"),
        ('archive = { address = "s3://b/x", secret = "hunter2" }', "the name of a variable"),
        ('archive = { adress = "s3://b/x" }', "adress"),
        ('archive = { address = "sftp://h/x" }', "known_hosts"),
    ],
)
def test_wrong_settings_are_told_with_their_line_and_no_secret(tmp_path: Path, text: str, said: str) -> None:
    branches(tmp_path / "w", ("north",))
    with (tmp_path / "w/briefing.toml").open("a", encoding="utf-8") as file:
        file.write(f"[engine]\n{text}\n")
    findings = Findings()

    read_operation(Workspace(tmp_path / "w"), findings)

    assert findings.errors
    assert said in " ".join(map(str, findings.errors))
    assert all(finding.place.line for finding in findings.errors)
    assert "hunter2" not in str(findings.errors)
    assert "word@" not in str(findings.errors)
    with pytest.raises(WorkspaceError), shared_archive(Workspace(tmp_path / "w"), {}):
        pass


@pytest.mark.slow
def test_two_machines_share_a_batch_and_one_is_killed_every_edition_is_in_the_store_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres: str
) -> None:
    from postgres import database

    topics = tuple(f"branch{letter}" for letter in "abcdefgh")
    url = database(postgres, f"shared_{tmp_path.name[-20:]}")
    with depots.bucket(tmp_path / "depot") as depot:
        monkeypatch.setenv(SECRET, depot.secrets[SECRET])
        more = HOURLY.replace("0 * * * *", "* * * * *") + f'catch_up = "none"\n[engine]\ndatabase = "{url}"\n'
        first = machine(tmp_path / "first", depot, topics, more)
        second = tmp_path / "second"
        shutil.copytree(first, second)

        workers = [briefing(folder, "worker", "--every", "2") for folder in (first, second)]
        try:
            count = lambda: len([name for name in depot.files() if name.endswith("record.json")])  # noqa: E731
            await_true(lambda: count() >= 2 or any(worker.poll() is not None for worker in workers))
            workers[0].kill()
            workers[0].wait()
            assert count() < len(topics), "the kill came too late"
            await_true(lambda: count() >= len(topics) or workers[1].poll() is not None)
        finally:
            for worker in workers:
                worker.terminate()
            said = [worker.communicate(timeout=120) for worker in workers]

        assert workers[1].returncode == 143, said
        records = sorted(name.split("/")[0] for name in depot.files() if name.endswith("record.json"))
        assert records == sorted(topics), said
