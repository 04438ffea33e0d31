"""Clients that dawdle, read nothing, or speak HTTP as few do: they get what RFC 9110 owes them, and nothing for ever."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from conftest import PROJECT
from patience import await_true
from serving import Served, serving
from test_api import BUILDS, WARMED, build
from test_faults_api import heard, tuple_of

PDF = f"/api/v1/editions/library/{WARMED}/pdf/en"
POST = b"POST /api/v1/builds HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve one workspace, with an edition, by a server that waits three seconds."""
    folder = tmp_path_factory.mktemp("hostile") / "project"
    shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns("reports", ".briefing"))
    settings = folder / "briefing.toml"
    settings.write_text(settings.read_text("utf-8") + "\n[serve]\npatience = 3\n", "utf-8")
    with serving(folder, "--no-schedules", "--workers", "1") as found:
        assert build(found, {"topic": "library"})["state"] == "done"
        yield found


def descriptors(served: Served) -> int:
    return len(list(Path(f"/proc/{served.process.pid}/fd").iterdir()))


def connect(served: Served) -> socket.socket:
    """Return a connection that takes few bytes at a time."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.connect(tuple_of(served))
    return line


# --- slow clients ---------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_body_that_drips_is_refused_when_it_should_have_been_there(served: Served) -> None:
    with connect(served) as line:
        line.sendall(POST + b"Content-Length: 100000\r\n\r\n{")
        line.setblocking(False)  # noqa: FBT003 - its own way
        said: list[bytes] = []

        def answered() -> bool:
            """Send one byte more, far sooner than its patience ends, and return whether there is an answer."""
            line.send(b" ")
            with suppress(BlockingIOError):
                said.append(line.recv(4096))
            return bool(said)

        await_true(answered)

    assert said[0].startswith(b"HTTP/1.1 408"), said


@pytest.mark.slow
def test_who_asks_and_reads_nothing_is_let_go(served: Served) -> None:
    before = descriptors(served)
    wanted = f"GET {PDF} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() * 200
    lines = [connect(served) for _ in range(20)]
    for line in lines:
        line.sendall(wanted)
    await_true(lambda: descriptors(served) >= before + 20)

    await_true(lambda: descriptors(served) <= before)
    assert served.get("/api/v1/topics").status == 200
    for line in lines:
        line.close()


@pytest.mark.slow
def test_who_reads_slowly_gets_all_of_it(served: Served) -> None:
    many, size = 150, len(served.get(PDF).body)
    asked = f"GET {PDF} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() * (many - 1)
    last = f"GET {PDF} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
    with connect(served) as line:
        line.settimeout(300)
        line.sendall(asked + last)
        parts = [len(line.recv(4096))]

        def read_a_while() -> bool:
            """Read the next part, until it has taken longer than its patience."""
            parts.append(len(line.recv(4096)))
            return len(parts) > 400

        await_true(read_a_while)
        while part := line.recv(1 << 18):
            parts.append(len(part))

    assert sum(parts) > many * size


# --- methods and addresses ------------------------------------------------------------------------


def test_head_is_answered_wherever_get_is_and_says_the_same_without_a_body(served: Served) -> None:
    paths = ("/", "/topics/library", "/findings", "/review", "/login", "/static/web.css", "/health", "/api/v1/topics",
             "/api/v1/openapi.json", "/nothing", "/api/v1/nothing", PDF, f"/editions/library/{WARMED}/en")  # fmt: skip
    for path in paths:
        get, head = served.get(path), served.ask("HEAD", path)

        assert (head.status, head.body) == (get.status, b""), path
        varying = {"date"}
        assert {k: v for k, v in head.headers.items() if k not in varying} == {
            k: v for k, v in get.headers.items() if k not in varying
        }, path


def test_head_asks_for_no_part_and_ends_before_the_events_come(served: Served) -> None:
    head = served.ask("HEAD", PDF, range="bytes=0-0")
    assert (head.status, head["content-length"]) == (200, str(len(served.get(PDF).body)))
    done = served.post(BUILDS, {"topic": "library"}).json

    events = served.ask("HEAD", done["events"])
    assert (events.status, events.body) == (200, b"")
    assert events["content-type"].startswith("text/event-stream")


@pytest.mark.parametrize(
    ("path", "allow"),
    [("/api/v1/topics", "GET, HEAD"), (BUILDS, "GET, HEAD, POST"), ("/", "GET, HEAD"), ("/logout", "POST"), (PDF, "GET, HEAD")],
)
def test_a_method_that_is_not_served_is_told_those_that_are(served: Served, path: str, allow: str) -> None:
    answer = served.ask("DELETE", path)

    assert (answer.status, answer["allow"]) == (405, allow)


@pytest.mark.parametrize("path", ["/api/v1/topics/", "/topics/library/", "/topics/library%2f", "/findings/"])
def test_an_address_with_a_slash_too_many_is_not_there_and_leads_nowhere(served: Served, path: str) -> None:
    answer = served.get(path)

    assert (answer.status, answer["location"]) == (404, "")


@pytest.mark.parametrize(
    "host", ["localhost:80/static/", "localhost:evil.example", "localhost:80:80", "[::1]evil", "[::1", "localhost:8O", "[]:1"]
)
def test_a_host_that_is_written_as_none_is_refused(served: Served, host: str) -> None:
    assert served.get("/api/v1/topics", host=host).status == 403


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:80", "127.0.0.1:", "[::1]:8321", "[::1]", "192.0.2.7"])
def test_a_host_that_is_an_address_or_this_machine_is_served(served: Served, host: str) -> None:
    assert served.get("/api/v1/topics", host=host).status == 200


@pytest.mark.parametrize(
    ("target", "host", "status"),
    [("http://localhost/api/v1/topics?limit=1", "localhost", 200), ("HTTP://127.0.0.1:80/api/v1/topics", "evil.example", 200),
     ("http://evil.example/api/v1/topics", "localhost", 403), ("http://localhost", "localhost", 200),
     ("http://localhost/api/v1/nothing", "localhost", 404), ("https://localhost/", "localhost", 404), ("http:///x", "localhost", 403)],
)  # fmt: skip
def test_a_target_that_is_a_whole_address_is_that_path_of_that_host(
    served: Served, target: str, host: str, status: int
) -> None:
    assert served.get(target, host=host).status == status


@pytest.mark.parametrize(
    "more", [b"Content-Length: 2\r\nContent-Length: 5\r\n", b"Transfer-Encoding: gzip, chunked\r\n",
             b"Transfer-Encoding : chunked\r\n", b"Content-Length: +2\r\n", b"Content-Length: -2\r\n"],
)  # fmt: skip
def test_a_body_whose_length_is_in_doubt_ends_the_connection(served: Served, more: bytes) -> None:
    with connect(served) as line:
        line.sendall(POST + more + b"\r\n{}abcGET /api/v1/topics HTTP/1.1\r\nHost: localhost\r\n\r\n")
        said = heard(line)

    assert said.startswith(b"HTTP/1.1 400")
    assert said.count(b"HTTP/1.1 ") == 1


def test_what_comes_behind_a_body_of_two_lengths_is_no_request(served: Served) -> None:
    with connect(served) as line:
        line.sendall(
            POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
            b"GET /api/v1/sources HTTP/1.1\r\nHost: localhost\r\n\r\n"
        )
        line.settimeout(300)
        said = b""
        while part := line.recv(65536):
            said += part

    assert said.startswith(b"HTTP/1.1 400"), said
    assert said.count(b"HTTP/1.1 ") == 1, said


# --- conditions and orders ------------------------------------------------------------------------


def test_a_version_of_another_day_is_refused_where_no_etag_decides(served: Served) -> None:
    first = served.get(PDF)
    old = "Thu, 01 Jan 1970 00:00:00 GMT"

    assert served.get(PDF, if_unmodified_since=first["last-modified"]).status == 200
    assert served.get(PDF, if_unmodified_since=old).status == 412
    assert served.get(PDF, if_unmodified_since="yesterday").status == 200
    assert served.get(PDF, if_unmodified_since=old, if_match=first["etag"]).status == 200


@pytest.mark.parametrize(
    ("name", "value"),
    [("as_of", 0), ("as_of", 86400), ("as_of", "86400"), ("as_of", 1.5), ("as_of", True), ("as_of", "2025-01-01T00:00:00"),
     ("as_of", "20250101"), ("as_of", ""), ("as_of", "2025-01-01\n"), ("strict", "yes"), ("strict", 1), ("strict", None)],
)  # fmt: skip
def test_what_the_description_calls_a_day_or_a_truth_value_is_taken_as_nothing_else(
    served: Served, name: str, value: object
) -> None:
    answer = served.post(BUILDS, {"topic": "library", name: value})

    assert (answer.status, answer.json["retry"]) == (422, False), answer.text
    assert f"body.{name}" in answer.json["detail"]


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"topic": ' + b"9" * 5000 + b"}", b'{"topic": "\xe9"}', b"", b"NaN"])
def test_json_that_no_one_can_read_is_the_callers_fault(served: Served, body: bytes) -> None:
    answer = served.ask("POST", BUILDS, body, content_type="application/json")

    assert answer.status in (400, 422), answer.text
    assert answer["content-type"] == "application/problem+json"
    assert "fault:" not in served.log
