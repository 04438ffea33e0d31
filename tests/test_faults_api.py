"""FAULTS.csv, areas api, log and secret of the web door: each case provoked on the loopback, with its required outcome.

G01 fuzzed with a token, G02 floods, slow clients and large bodies, G03 the same order twice and a kill between,
G05, G06 in test_access.py and test_web.py, G07 lines in the log, G08 a secret in the environment, G12 long life
(test_warm.py, `make bench ARGS=serve`), G13 no network.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from patience import await_true
from served import family, kilobytes
from serving import ROOT, Answer, Served, serving
from test_access import briefing, new_token
from test_api import BUILDS, LIBRARY, ended, fuzz
from workspaces import branches

CANARY = "c4n4ry-s3cret-9f2e"


@pytest.mark.slow
def test_g01_fuzzed_with_a_token_it_keeps_its_description_and_lets_nobody_in_without(project: Path) -> None:
    token = new_token(project, "fuzzer", "--role", "editor")
    with serving(project, "--no-schedules", "--workers", "1", "--host", "0.0.0.0") as served:
        here = Served(f"http://127.0.0.1:{served.netloc.rpartition(':')[2]}/", served.process, project, served.log_file)
        assert ended_with(here, token)["state"] == "done"
        result = fuzz(here, "--max-examples", "8", "-H", f"Authorization: Bearer {token}")

        let_in = [line for line in here.log.splitlines() if " fuzzer " in line and re.search(r" 2\d\d \d+ ms$", line)]
        assert len(let_in) > 50, "the token was not used"
        assert here.get("/api/v1/topics").status == 401
        assert "not_a_server_error" not in result.stdout
        assert result.returncode == 0, result.stdout[-9000:]
        assert "Traceback" not in here.log


def ended_with(served: Served, token: str) -> dict[str, object]:
    head = {"authorization": f"Bearer {token}"}
    accepted = served.post(BUILDS, LIBRARY, **head)
    await_true(lambda: served.get(accepted["location"], **head).json["ended"] != "")
    found: dict[str, object] = served.get(accepted["location"], **head).json
    return found


@pytest.mark.slow
def test_g02_more_builds_than_may_wait_are_told_to_try_again_and_the_rest_is_made(tmp_path: Path) -> None:
    names = [f"branch_{letter}" for letter in "abcdefgh"]
    root = branches(tmp_path / "w", names).root
    (root / "briefing.toml").write_text((root / "briefing.toml").read_text("utf-8") + "\n[serve]\nqueue = 3\n", "utf-8")
    with serving(root, "--no-schedules", "--workers", "1") as served:
        with ThreadPoolExecutor(16) as crowd:
            answers = list(crowd.map(lambda number: served.post(BUILDS, {"topic": names[number % 8]}), range(64)))

        assert {answer.status for answer in answers} <= {200, 202, 429}
        refused = [answer for answer in answers if answer.status == 429]
        assert refused, "the flood did not fill the queue"
        assert {(answer["retry-after"], answer.json["retry"]) for answer in refused} == {("5", True)}
        assert served.get("/api/v1/topics").status == 200
        assert briefing(root, "facts", "branch_a").returncode == 0
        for answer in answers:
            if answer.status == 202:
                assert ended(served, answer)["state"] == "done"


def test_g02_a_body_over_the_limit_is_refused_whether_its_sender_waits_for_an_answer_or_not(project: Path) -> None:
    head = b"POST /api/v1/builds HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    megabytes = 40
    with serving(project, "--no-schedules", "--workers", "1") as served:
        for length in (b"Transfer-Encoding: chunked\r\n\r\n", b"Content-Length: %d\r\n\r\n" % (megabytes << 20)):
            with socket.create_connection(tuple_of(served)) as line:
                line.sendall(head + length)
                for _ in range(megabytes << 4):
                    line.sendall((b"10000\r\n%b\r\n" if b"chunked" in length else b"%b") % (b" " * 65536))
                if b"chunked" in length:
                    line.sendall(b"0\r\n\r\n")
                answer = line.recv(4096)

            assert answer.startswith(b"HTTP/1.1 413"), answer


def test_g02_a_body_over_the_limit_is_refused_while_it_comes_in_parts(project: Path) -> None:
    with serving(project, "--no-schedules", "--workers", "1") as served:
        served.get("/api/v1/topics")
        before = kilobytes(served.process.pid)
        with socket.create_connection(tuple_of(served)) as line:
            line.sendall(b"POST /api/v1/builds HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
            part = b"10000\r\n" + b" " * 65536 + b"\r\n"
            answer = b""
            line.settimeout(0.0)
            sent = 0
            while not answer and sent < 500 << 20:
                try:
                    sent += line.send(part[sent % len(part) :])
                except BlockingIOError:
                    pass
                except OSError:
                    break
                try:
                    answer = line.recv(4096)
                except OSError:
                    answer = b""

        assert answer.startswith(b"HTTP/1.1 413"), (answer, sent)
        assert served.get("/api/v1/topics").status == 200
        assert kilobytes(served.process.pid) < before + (64 << 10)


def tuple_of(served: Served) -> tuple[str, int]:
    host, _, port = served.netloc.rpartition(":")
    return host, int(port)


@pytest.mark.slow
def test_g02_clients_that_never_end_their_requests_are_let_go_and_nobody_waits_for_them(project: Path) -> None:
    settings = project / "briefing.toml"
    settings.write_text(settings.read_text("utf-8") + "\n[serve]\npatience = 2\n", "utf-8")
    with serving(project, "--no-schedules", "--workers", "1") as served:
        heads = [socket.create_connection(tuple_of(served)) for _ in range(100)]
        bodies = [socket.create_connection(tuple_of(served)) for _ in range(100)]
        for line in heads:
            line.sendall(b"GET /api/v1/topics HTTP/1.1\r\nHost: local")
        for line in bodies:
            line.sendall(b"POST /api/v1/builds HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{")

        assert served.get("/api/v1/topics").status == 200
        assert {heard(line) for line in heads} == {b""}
        assert {heard(line).partition(b"\r\n")[0] for line in bodies} == {b"HTTP/1.1 408 Request Timeout"}
        assert served.get("/api/v1/topics").status == 200


def heard(line: socket.socket) -> bytes:
    """Return what the server said before it closed the connection, or the beginning of it."""
    with line:
        line.settimeout(300)
        try:
            return line.recv(65536)
        except ConnectionResetError:
            return b""


@pytest.mark.slow
def test_g03_an_order_that_was_accepted_is_made_once_although_the_server_is_killed_between(project: Path) -> None:
    accepted = killed_after(project, lambda served: served.post(BUILDS, LIBRARY, idempotency_key="once"))
    assert accepted.status == 202
    assert not list(project.rglob("record.json")), "the fault did not fire: it was made before the kill"

    with serving(project, "--no-schedules", "--workers", "1") as served:
        again = served.post(BUILDS, LIBRARY, idempotency_key="once")
        other = served.post(BUILDS, {**LIBRARY, "languages": ["en"]}, idempotency_key="once")
        build = ended(served, again)

        assert again.json["id"] == accepted.json["id"]
        assert other.status == 422
        assert build["state"] == "done"
        assert served.get("/api/v1/editions").json["total"] == 1


def killed_after(project: Path, ask: Callable[[Served], Answer]) -> Answer:
    """Kill a server right after it has answered."""
    answers = []
    try:
        with serving(project, "--no-schedules", "--workers", "1") as served:
            answers.append(ask(served))
            served.process.kill()
            served.process.wait()
    except AssertionError:
        pass
    assert served.process.returncode == -signal.SIGKILL
    return answers[0]


@pytest.mark.slow
def test_g07_a_hostile_name_makes_no_second_line_in_the_log(project: Path) -> None:
    with serving(project, "--no-schedules", "--workers", "1") as served:
        served.get("/first")
        await_true(lambda: "/first" in served.log)
        before = len(served.log.splitlines())
        hostile = ("%0A127.0.0.1 admin GET / 200", "%0D%0A", "%1B[2J", "%E2%80%A8", "%E2%80%AE", "x" * 30000, "%00", "%C2%85")
        for name in hostile:
            served.ask("GET", "/" + name.replace(" ", "%20"))
        await_true(lambda: len(served.log.splitlines()) >= before + len(hostile))

        lines = served.log.splitlines()[before:]
        assert len(lines) == len(hostile)
        assert all(line.startswith("127.0.0.1 ") for line in lines)
        assert all(line.isprintable() for line in lines)
        assert max(map(len, lines)) < 400


@pytest.mark.slow
def test_g08_a_secret_of_the_environment_is_nowhere_but_there(project: Path) -> None:
    """The key of a publisher and a token go through every kind of answer and fault, and stay out of all that is written."""
    text = project / "data/library/text.en.md"
    text.write_text(text.read_text("utf-8") + '\n{{ nonsense("x") }}\n', "utf-8")
    token = new_token(project, "anna", "--role", "editor")
    secrets = {"BRIEFING_KEY_WORLDBANK": CANARY, "PGPASSWORD": CANARY}
    with serving(project, "--workers", "1", **secrets) as served:
        paths = ("/", "/api/v1/topics", "/api/v1/findings", "/nothing", "/api/v1/openapi.json", "/status", f"/?token={token}")
        bodies = [served.get(path, authorization=f"Bearer {token}").body for path in paths]
        failed = ended(served, served.post(BUILDS, LIBRARY, authorization=f"Bearer {token}"))
        assert failed["state"] == "failed"
        bodies.append(json.dumps(failed).encode())
        lines = [Path(f"/proc/{each}/cmdline").read_bytes() for each in family(served.process.pid)]
        environments = [Path(f"/proc/{each}/environ").read_bytes() for each in family(served.process.pid)]
        log = served.log

    assert any(CANARY.encode() in each for each in environments), "the secret was not there to be leaked"
    written = b"".join(path.read_bytes() for path in project.rglob("*") if path.is_file()) + log.encode()
    for secret in (CANARY, token.split("_", 2)[2]):
        assert secret.encode() not in written
        assert not any(secret.encode() in each for each in (*bodies, *lines))


@pytest.mark.slow
def test_g13_without_any_network_the_loopback_is_served_and_builds_are_made(project: Path) -> None:
    unshare = shutil.which("unshare")
    if unshare is None or subprocess.run([unshare, "-rn", "true"], check=False, capture_output=True).returncode:
        pytest.skip("no network namespaces here")
    script = (
        "import subprocess, sys; from pathlib import Path; sys.path[:0] = ['tests', '.']\n"
        "subprocess.run(['ip', 'link', 'set', 'lo', 'up'], check=True)\n"
        "from serving import serving; from test_api import LIBRARY, build\n"
        "with serving(Path(sys.argv[1]), '--no-schedules', '--workers', '1') as served:\n"
        "    print(build(served, LIBRARY)['state'])\n"
    )
    if shutil.which("ip") is None:
        pytest.skip("no command `ip` to raise the loopback with")

    result = subprocess.run(
        [unshare, "-rn", sys.executable, "-c", script, str(project)], cwd=ROOT, env=dict(os.environ),
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert result.stdout == "done\n", result.stderr[-3000:]
