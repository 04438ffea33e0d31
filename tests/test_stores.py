"""Stores: one suite over a folder, S3, SFTP and WebDAV, each with a real server at the other end; then what each may get wrong."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from depots import DEPOTS, SECRET, Depot, folder, free_port, sftp, webdav
from traced import traced

from generator.errors import OutsideError, UsageError
from generator.stores import Settings, Store, checked, open_store

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module", params=DEPOTS)
def depot(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Depot]:
    with DEPOTS[request.param](tmp_path_factory.mktemp(f"{request.param}-depot") / "place") as found:
        yield found


@pytest.fixture
def store(depot: Depot, tmp_path: Path) -> Iterator[Store]:
    with open_store(depot.settings, tmp_path, depot.secrets) as found:
        yield found


def test_a_file_is_created_once_and_never_written_over(store: Store, depot: Depot) -> None:
    assert store.read("economy/first.pdf") is None
    assert store.create("economy/first.pdf", b"one") is True
    assert store.create("economy/first.pdf", b"two") is False

    assert store.read("economy/first.pdf") == b"one"
    assert depot.files()["economy/first.pdf"] == b"one"


def test_a_file_of_many_bytes_arrives_letter_by_letter(store: Store) -> None:
    data = os.urandom(3_000_000)

    store.create("large/large.pdf", data)

    assert store.read("large/large.pdf") == data


def test_an_update_sees_what_is_there_and_leaves_no_part_behind(store: Store, depot: Depot) -> None:
    store.update("feed/a.atom", lambda held: (held or b"") + b"1")
    store.update("feed/a.atom", lambda held: (held or b"") + b"2")

    assert store.read("feed/a.atom") == b"12"
    assert [name for name in depot.files() if ".part" in name] == []


def test_names_are_listed_in_order(store: Store) -> None:
    for name in ("list/b.pdf", "list/a.pdf", "list/deep/c.pdf"):
        store.create(name, b"x")

    assert store.names("list") == ("list/a.pdf", "list/b.pdf", "list/deep/c.pdf")
    assert set(store.names("list")) <= set(store.names())


@pytest.mark.parametrize(
    "name",
    ["../../.ssh/authorized_keys", "/etc/passwd", "a/../b", "a//b", ".hidden", "a/.hidden", "a\\..\\b", "a\x00b", "", "a/ ", "x" * 300, "a\nb"],
)
def test_f25_a_name_that_leads_out_of_the_store_is_refused(store: Store, name: str) -> None:
    with pytest.raises(UsageError, match="no name of a file"):
        store.create(name, b"x")
    with pytest.raises(UsageError):
        checked(name)


# --- a folder -----------------------------------------------------------------------------------------------


def test_a_symbolic_link_in_a_folder_is_not_followed(tmp_path: Path) -> None:
    with folder(tmp_path / "place") as depot, open_store(depot.settings, tmp_path, {}) as store:
        (tmp_path / "place/shelf/first.pdf").symlink_to("/etc/hostname")

        with pytest.raises(OutsideError):
            store.read("first.pdf")


def test_a_folder_that_may_not_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")

    with open_store(Settings(str(tmp_path / "file")), tmp_path, {}) as store, pytest.raises((OutsideError, UsageError)) as told:
        store.create("a.pdf", b"x")

    assert str(tmp_path / "file") in str(told.value)


@pytest.mark.slow
def test_f43_a_kill_at_any_system_call_of_an_update_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    (tmp_path / "shelf").mkdir()
    script = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from pathlib import Path; from generator import stores; from generator.stores import Settings, open_store\n"
        "stores.chance.token_hex = lambda _: '0'\n"  # strace counts the calls of files whose names are known
        f"with open_store(Settings({str(tmp_path / 'shelf')!r}), Path('.'), {{}}) as store:\n"
        "    store.update('feed.atom', lambda held: b'new' * 50_000)\n"
    )
    target, part = tmp_path / "shelf/feed.atom", tmp_path / "shelf/.feed.atom.0.part"
    paths = (tmp_path / "shelf", target, part)
    for call in ("openat", "write", "fsync", "rename", "close"):
        killed = 0
        for number in range(1, 20):
            target.write_bytes(b"old")
            ended = traced(tmp_path / "log", script, calls=call, inject=f"{call}:signal=KILL:when={number}", paths=paths)
            assert target.read_bytes() in (b"old", b"new" * 50_000)
            part.unlink(missing_ok=True)
            if ended.code == 0:
                assert target.read_bytes() == b"new" * 50_000
                break
            assert ended.code in (-9, 137), ended.err
            killed += 1
        assert killed, f"the fault never fired at {call}"


# --- S3 -----------------------------------------------------------------------------------------------------


class Between(threading.Thread):
    """A proxy before a server that loses the answer to the first PUT, or answers instead of the server."""

    def __init__(self, port: int, *, drop: int = 0, answer: bytes = b"", times: int = 0) -> None:
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port, self.target = self.listener.getsockname()[1], port
        self.drop, self.answer, self.times, self.fired = drop, answer, times, 0

    def run(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self.target)) as server:
            while request := self._request(client):
                if self.fired < self.times:
                    self.fired += 1
                    client.sendall(self.answer)
                    return
                # One request a connection: its answer ends where the server closes.
                server.sendall(request.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
                answer = b""
                while part := server.recv(65536):
                    answer += part
                if self.drop and request.startswith(b"PUT"):
                    self.drop, self.fired = self.drop - 1, self.fired + 1
                    return
                client.sendall(answer)
                return

    @staticmethod
    def _request(client: socket.socket) -> bytes:
        data = b""
        while b"\r\n\r\n" not in data:
            part = client.recv(65536)
            if not part:
                return b""
            data += part
        head, _, body = data.partition(b"\r\n\r\n")
        length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0)
        while len(body) < length:
            body += client.recv(65536)
        return head + b"\r\n\r\n" + body


@pytest.fixture
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Depot]:
    with DEPOTS["s3"](tmp_path_factory.mktemp("s3faults") / "faults") as found:
        yield found


def through(depot: Depot, proxy: Between) -> Settings:
    proxy.start()
    return replace(depot.settings, endpoint=f"http://127.0.0.1:{proxy.port}")


def port_of(depot: Depot) -> int:
    return int(depot.settings.endpoint.rpartition(":")[2])


def test_f21_a_put_whose_answer_was_lost_is_known_at_the_next_try_and_not_doubled(s3: Depot, tmp_path: Path) -> None:
    proxy = Between(port_of(s3), drop=1)
    with open_store(through(s3, proxy), tmp_path, s3.secrets) as store:
        created = store.create("a.pdf", b"whole")

        assert proxy.fired == 1
        assert created is False  # it is there since the first try: whoever asks compares what is there
        assert store.read("a.pdf") == b"whole"
    assert s3.files() == {"a.pdf": b"whole"}


@pytest.mark.slow
@pytest.mark.parametrize("status", [b"500 Internal Server Error", b"503 Slow Down", b"429 Too Many Requests"])
def test_f20_a_service_that_is_busy_is_asked_again(s3: Depot, tmp_path: Path, status: bytes) -> None:
    proxy = Between(port_of(s3), answer=b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", times=2)
    with open_store(through(s3, proxy), tmp_path, s3.secrets) as store:
        assert store.create("a.pdf", b"whole") is True

    assert proxy.fired == 2
    assert s3.files() == {"a.pdf": b"whole"}


def test_f20_a_service_that_stays_away_is_an_outside_error_with_the_name(s3: Depot, tmp_path: Path) -> None:
    away = replace(s3.settings, endpoint=f"http://127.0.0.1:{free_port()}", seconds=3)

    with open_store(away, tmp_path, s3.secrets) as store, pytest.raises(OutsideError) as told:
        store.create("a.pdf", b"x")

    assert f"{s3.settings.address}/a.pdf" in str(told.value)


def test_f22_a_key_that_is_refused_is_ours_to_cure_and_not_tried_again(s3: Depot, tmp_path: Path) -> None:
    body = b"<Error><Code>RequestTimeTooSkewed</Code><Message>too skewed</Message></Error>"
    answer = b"HTTP/1.1 403 Forbidden\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(body), body)
    proxy = Between(port_of(s3), answer=answer, times=99)

    with open_store(through(s3, proxy), tmp_path, s3.secrets) as store, pytest.raises(UsageError, match="clock") as told:
        store.create("a.pdf", b"x")

    assert proxy.fired == 1
    assert "wJalr" not in str(told.value)


def test_a_secret_that_is_not_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"{SECRET} is not set"), open_store(Settings("s3://b/c", user="u", secret=SECRET), tmp_path, {}):
        pass


# --- SFTP and WebDAV ----------------------------------------------------------------------------------------


def test_f23_a_host_key_that_is_unknown_or_changed_is_refused_with_the_cure(tmp_path: Path) -> None:
    with sftp(tmp_path / "one") as depot:
        hosts = Path(depot.settings.known_hosts)
        other = tmp_path / "other"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(other)], check=True)
        changed = hosts.read_text().rsplit(" ", 1)[0] + " " + other.with_suffix(".pub").read_text().split()[1] + "\n"
        for known in (changed, ""):
            hosts.write_text(known)
            with open_store(depot.settings, tmp_path, {}) as store, pytest.raises(UsageError, match="known_hosts") as told:
                store.create("a.pdf", b"x")
            assert "Ask who runs the server" in str(told.value)
        assert depot.files() == {}


def test_g09_a_private_key_that_others_may_read_is_refused_before_anybody_is_asked(tmp_path: Path) -> None:
    with sftp(tmp_path / "one") as depot:
        key = Path(depot.settings.key)
        for mode in (0o644, 0o640, 0o604):
            key.chmod(mode)
            with pytest.raises(UsageError, match="others may read it") as told, open_store(depot.settings, tmp_path, {}):
                pass
            assert (told.value.where, told.value.hint) == (str(key), f"chmod 600 {key}")
        key.chmod(0o600)
        with open_store(depot.settings, tmp_path, {}) as store:
            assert store.create("a.pdf", b"x") is True


def test_a_user_who_is_not_let_in_is_ours_to_cure(tmp_path: Path) -> None:
    with sftp(tmp_path / "one") as depot:
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "stranger")], check=True)
        stranger = replace(depot.settings, key=str(tmp_path / "stranger"))
        with open_store(stranger, tmp_path, {}) as store, pytest.raises(UsageError, match="Check `user`"):
            store.create("a.pdf", b"x")
    with webdav(tmp_path / "two") as depot, open_store(depot.settings, tmp_path, {SECRET: "wrong"}) as store:
        with pytest.raises(UsageError, match="Check `user`") as told:
            store.create("a.pdf", b"x")
        assert "wrong" not in str(told.value).replace("is wrong", "")


def test_f24_a_server_without_room_leaves_the_old_file_and_is_tried_again(tmp_path: Path) -> None:
    with webdav(tmp_path / "two") as depot:
        port = int(depot.settings.address.split(":")[2].strip("/"))
        full = Between(port, answer=b"HTTP/1.1 507 Insufficient Storage\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        full.start()
        settings = replace(depot.settings, address=f"webdav://127.0.0.1:{full.port}/")
        with open_store(depot.settings, tmp_path, depot.secrets) as store:
            store.create("feed.atom", b"old")
        full.times = 99
        with open_store(settings, tmp_path, depot.secrets) as store, pytest.raises(OutsideError):
            store.update("feed.atom", lambda _: b"new")
        assert full.fired >= 1
        assert depot.files() == {"feed.atom": b"old"}


class Cut(threading.Thread):
    """A line to a server that is cut once so many bytes were sent over one connection."""

    def __init__(self, port: int, after: int) -> None:
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port, self.target = self.listener.getsockname()[1], port
        self.after, self.fired = after, 0

    def run(self) -> None:
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self.target)) as server:
            back = threading.Thread(target=self._relay, args=(server, client, None), daemon=True)
            back.start()
            self._relay(client, server, self.after)
            back.join()

    def _relay(self, source: socket.socket, sink: socket.socket, left: int | None) -> None:
        with suppress(OSError):
            while part := source.recv(16384):
                sink.sendall(part if left is None else part[:left])
                left = None if left is None else left - len(part)
                if left is not None and left <= 0:
                    self.fired += 1
                    break
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["s3", "sftp", "webdav"])
def test_f20_f24_a_line_that_is_cut_in_the_middle_leaves_the_old_file_and_no_half_one(kind: str, tmp_path: Path) -> None:
    data = random.Random(1).randbytes(400_000)
    with DEPOTS[kind](tmp_path / "one") as depot:
        with open_store(depot.settings, tmp_path, depot.secrets) as store:
            store.create("feed.atom", b"old")
        where = urlsplit(depot.settings.endpoint or depot.settings.address)
        cut = Cut(where.port or 0, 200_000)
        cut.start()
        with open_store(past(depot, cut.port), tmp_path, depot.secrets) as store:
            for change in (lambda: store.create("a.pdf", data), lambda: store.update("feed.atom", lambda _: data)):
                with pytest.raises(OutsideError):
                    change()

        assert cut.fired >= 2
        left = depot.files()
        assert left.pop("feed.atom") == b"old"
        assert all(name.endswith(".part") for name in left)
        with open_store(depot.settings, tmp_path, depot.secrets) as store:
            assert store.names() == ("feed.atom",)
            assert store.create("a.pdf", data) is True
            assert store.read("a.pdf") == data


def past(depot: Depot, port: int) -> Settings:
    """Return the settings of a depot by the line that is cut; its host key is known there too."""
    settings = replace(depot.settings, seconds=6)
    old = str(urlsplit(settings.endpoint or settings.address).port)
    if settings.endpoint:
        return replace(settings, endpoint=settings.endpoint.replace(old, str(port)))
    if settings.known_hosts:
        hosts = Path(settings.known_hosts)
        hosts.write_text(hosts.read_text() + hosts.read_text().replace(old, str(port)))
    return replace(settings, address=settings.address.replace(f":{old}", f":{port}"))


@pytest.mark.slow
def test_a_server_that_says_nothing_ends_at_the_deadline(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings = Settings(f"webdav://127.0.0.1:{silent.getsockname()[1]}/", seconds=1)
        with open_store(settings, tmp_path, {}) as store, pytest.raises(OutsideError, match=r"no answer|timed out"):
            store.create("a.pdf", b"x")
