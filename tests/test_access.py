"""Who may come in: tokens, roles, topics, browsers from elsewhere, and what never leaves the server."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import PROJECT
from depots import wait_for
from patience import await_true
from serving import ROOT, Answer, Served, serving
from starlette.requests import HTTPConnection

from generator.errors import UsageError
from generator.web.access import address_of
from generator.web.gate import FAILURES, WINDOW, Gate
from generator.web.problems import Problem
from generator.web.settings import Serving
from generator.web.tokens import Tokens

CHANCE = (lambda n: "ab" * n, lambda n: ("x" * 43)[: 43 if n == 32 else n])


def briefing(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "generator", "-C", str(folder), *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def new_token(folder: Path, name: str, *options: str) -> str:
    made = briefing(folder, "token", "new", name, *options)
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


class House:
    """A workspace with two topics, served to the network, and a token for each kind of caller."""

    def __init__(self, served: Served, tokens: dict[str, str]) -> None:
        self.served, self.tokens = served, tokens

    def get(self, path: str, who: str = "", **headers: str) -> Answer:
        return self.served.get(path, **self._head(who), **headers)

    def post(self, path: str, value: object, who: str = "", **headers: str) -> Answer:
        return self.served.post(path, value, **self._head(who), **headers)

    def _head(self, who: str) -> dict[str, str]:
        return {"authorization": f"Bearer {self.tokens.get(who, who)}"} if who else {}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("access") / "project"
    shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns("reports", ".briefing"))
    shutil.copytree(folder / "data/library", folder / "data/other")
    tokens = {
        "editor": new_token(folder, "editor", "--role", "editor"),
        "viewer": new_token(folder, "viewer"),
        "other": new_token(folder, "other", "--role", "editor", "--topic", "other"),
    }
    with serving(folder, "--no-schedules", "--workers", "1", "--host", "0.0.0.0") as served:
        port = served.netloc.rpartition(":")[2]
        yield House(Served(f"http://127.0.0.1:{port}/", served.process, folder, served.log_file), tokens)


@pytest.mark.slow
def test_who_may_open_nothing_is_led_nowhere(house: House) -> None:
    page = house.get("/login").text

    assert "<h1>Sign in</h1>" in page
    assert set(re.findall(r'href="(/[a-z]*)', page)) == {"/static", "/language"}


@pytest.mark.slow
def test_without_a_token_an_api_says_so_and_a_page_leads_to_the_form(house: House) -> None:
    answer = house.get("/api/v1/topics")
    assert (answer.status, answer["www-authenticate"]) == (401, 'Bearer realm="briefing"')
    assert "library" not in answer.text

    page = house.get("/?x=1")
    assert (page.status, page["location"]) == (303, "/login?back=%2F")
    asked = house.get("/findings?topic=library&x=1")["location"]
    assert asked == "/login?back=%2Ffindings%3Ftopic%3Dlibrary"
    assert house.get("/login").status == 200
    assert house.get("/static/web.css").status == 200


@pytest.mark.slow
def test_a_form_that_is_sent_after_the_token_has_gone_leads_to_the_form_that_asks_for_it(house: House) -> None:
    came = {"content_type": "application/x-www-form-urlencoded", "referer": f"{house.served.url}topics/library"}

    answer = house.served.ask("POST", "/topics/library/builds", b"", **came)

    assert answer.status == 401
    assert '<a href="/login?back=/topics/library">Sign in</a>' in answer.text


@pytest.mark.parametrize("word", ["briefing_00000000_" + "A" * 43, "x", "briefing_", "' OR 1=1 --", "é"])
def test_a_wrong_token_opens_nothing(house: House, word: str) -> None:
    assert house.get("/api/v1/topics", authorization=f"Bearer {word}".encode().decode("latin-1")).status in (401, 429)


def test_a_viewer_reads_and_builds_nothing(house: House) -> None:
    assert house.get("/api/v1/topics", "viewer").json["total"] == 2
    answer = house.post("/api/v1/builds", {"topic": "library"}, "viewer")

    assert answer.status == 404
    assert answer.json == house.get("/api/v1/topics/nothing", "viewer").json


def test_what_one_may_not_see_answers_like_what_is_not_there(house: House) -> None:
    seen = house.get("/api/v1/topics", "other").json
    assert [topic["id"] for topic in seen["items"]] == ["other"]
    assert {fact["topic"] for fact in house.get("/api/v1/facts", "other").json["items"]} == {"other"}
    assert house.get("/api/v1/facts?topic=library", "other").json["total"] == 0
    for path in ("topics/{}", "topics/{}/facts/readers.2024", "topics/{}/series/loans", "editions/{}/2025-02-03.1",
                 "editions/{}/2025-02-03.1/record", "editions/{}/2025-02-03.1/numbers", "editions/{}/2025-02-03.1/pdf/en"):  # fmt: skip
        hidden = house.get("/api/v1/" + path.format("library"), "other")
        missing = house.get("/api/v1/" + path.format("nothing"), "other")
        assert (hidden.status, hidden.body) == (missing.status, missing.body), path
        assert hidden.status == 404
    hidden = house.post("/api/v1/builds", {"topic": "library"}, "other")
    missing = house.post("/api/v1/builds", {"topic": "nothing"}, "other")
    assert (hidden.status, hidden.body) == (missing.status, missing.body) == (404, missing.body)


def test_what_editors_have_answers_a_viewer_like_an_address_that_there_is_not(house: House) -> None:
    for path in ("/review", "/review/1", "/status", "/metrics", "/api/v1/status", "/builds/aa", "/api/v1/builds/aa"):
        for method in ("GET", "POST"):
            who = "other" if "status" in path or path == "/metrics" else "viewer"
            head = {"authorization": f"Bearer {house.tokens[who]}"}
            hidden = house.served.ask(method, path, b"", **head)
            missing = house.served.ask(method, path.replace(path[-2:], "zz"), b"", **head)
            if hidden.status == 405:  # the method, for whoever asks
                continue
            bodies = hidden.text.replace(path, "@"), missing.text.replace(path.replace(path[-2:], "zz"), "@")
            assert hidden.status == missing.status == 404, (method, path)
            assert bodies[0] == bodies[1], (method, path)


@pytest.mark.slow
def test_anothers_build_is_not_there(house: House) -> None:
    mine = house.post("/api/v1/builds", {"topic": "library"}, "editor")
    assert mine.status == 202
    for path in ("", "/events"):
        assert house.get(mine["location"] + path, "other").status == 404
    assert house.post(mine["location"] + "/cancel", {}, "other").status == 404
    assert house.get("/api/v1/builds", "other").json["items"] == []
    await_true(lambda: house.get(mine["location"], "editor").json["ended"] != "")
    assert house.get(mine["location"], "viewer").json["state"] == "done"
    assert re.fullmatch(r"[0-9a-f]{32}", mine.json["id"])


def form(house: House, path: str, values: dict[str, str], **headers: str) -> Answer:
    body = urllib.parse.urlencode(values).encode()
    return house.served.ask("POST", path, body, content_type="application/x-www-form-urlencoded", **headers)


def signed_in(house: House, who: str) -> str:
    answer = form(house, "/login", {"token": house.tokens[who], "back": "/"}, origin=f"http://{house.served.netloc}")
    assert (answer.status, answer["location"]) == (303, "/")
    cookie = answer["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    return cookie.partition(";")[0]


def test_a_browser_signs_in_with_a_cookie_and_out_again(house: House) -> None:
    cookie = signed_in(house, "viewer")
    page = house.get("/", cookie=cookie)

    assert page.status == 200
    assert 'action="/logout"' in page.text
    out = form(house, "/logout", {}, cookie=cookie, origin=f"http://{house.served.netloc}")
    assert (out.status, "Max-Age=0" in out["set-cookie"]) == (303, True)
    wrong = form(house, "/login", {"token": "nonsense", "back": "/"}, origin=f"http://{house.served.netloc}")
    assert wrong.status in (403, 429)
    assert "set-cookie" not in wrong.headers


@pytest.mark.parametrize("back", ["//evil.example/", "https://evil.example/", "/\\evil.example"])
def test_signing_in_leads_to_no_other_site(house: House, back: str) -> None:
    answer = form(house, "/login", {"token": house.tokens["viewer"], "back": back}, origin=f"http://{house.served.netloc}")

    assert answer["location"] == "/"


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:1"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site", "origin": "http://other.example"},
        {},
    ],
)
def test_g05_a_page_from_elsewhere_moves_nothing_with_the_readers_cookie(house: House, headers: dict[str, str]) -> None:
    cookie = signed_in(house, "editor")
    before = house.get("/api/v1/builds", "editor").json["total"]
    answer = house.post("/api/v1/builds", {"topic": "other"}, cookie=cookie, **headers)

    assert answer.status == 403
    assert house.get("/api/v1/builds", "editor").json["total"] == before


def test_our_own_page_moves_something_with_the_readers_cookie(house: House) -> None:
    cookie = signed_in(house, "editor")
    answer = house.post("/api/v1/builds", {"topic": "library"}, cookie=cookie, origin=f"http://{house.served.netloc}")

    assert answer.status in (200, 202)


@pytest.mark.slow
def test_g05_on_the_loopback_a_page_from_elsewhere_moves_nothing_and_a_program_does(project: Path) -> None:
    with serving(project, "--no-schedules", "--workers", "1") as served:
        for headers in ({"origin": "https://evil.example"}, {"sec_fetch_site": "cross-site"}, {"host": "evil.example"}):
            assert served.post("/api/v1/builds", {"topic": "library"}, **headers).status == 403
        assert served.get("/api/v1/builds").json["total"] == 0
        assert served.post("/api/v1/builds", {"topic": "library"}).status == 202


def test_nothing_secret_is_in_the_log_or_at_rest(house: House) -> None:
    signed_in(house, "editor")
    house.get(f"/?token={house.tokens['editor']}", "editor")
    written = house.served.log + "".join(
        path.read_text("utf-8", "replace") for path in (house.served.folder / ".briefing").rglob("*") if path.is_file()
    )
    listed = briefing(house.served.folder, "token", "list")

    assert " editor GET / " in house.served.log
    for token in house.tokens.values():
        secret = token.rpartition("_")[2] if token.count("_") == 2 else token.split("_", 2)[2]
        assert secret not in written + listed.stdout + listed.stderr
    assert "other  editor  other" in re.sub(r" +", "  ", listed.stdout)


@pytest.mark.slow
def test_a_token_that_is_taken_back_opens_nothing_at_once(tmp_path: Path, project: Path) -> None:
    token = new_token(project, "short", "--role", "viewer")
    new_token(project, "stays")
    with serving(project, "--no-schedules", "--workers", "1", "--host", "0.0.0.0") as served:
        here = Served(f"http://127.0.0.1:{served.netloc.rpartition(':')[2]}/", served.process, project, served.log_file)
        assert here.get("/api/v1/topics", authorization=f"Bearer {token}").status == 200
        assert briefing(project, "token", "revoke", "short").returncode == 0
        assert here.get("/api/v1/topics", authorization=f"Bearer {token}").status == 401


@pytest.mark.slow
def test_a_name_of_hosts_is_served_with_a_token_only(project: Path) -> None:
    settings = project / "briefing.toml"
    settings.write_text(settings.read_text("utf-8") + '\n[serve]\nhosts = ["Briefings.example"]\n', "utf-8")
    token = new_token(project, "reader")
    with serving(project, "--no-schedules", "--workers", "1") as served:
        assert served.get("/api/v1/topics", host="briefings.example").status == 401
        assert served.get("/api/v1/topics").status == 401
        allowed = served.get("/api/v1/topics", host="briefings.example:443", authorization=f"Bearer {token}")
        assert allowed.status == 200
        assert served.get("/api/v1/topics", host="evil.example", authorization=f"Bearer {token}").status == 403


# --- tokens ---------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_commands_of_the_documentation_run(project: Path) -> None:
    text = (ROOT / "docs/serve.md").read_text("utf-8")
    shown = [line.partition("#")[0].split()[1:] for line in re.findall(r"^briefing token .+$", text, re.MULTILINE)]

    said = [briefing(project, *line) for line in shown]

    assert [(result.returncode, result.stderr and "shown this once" in result.stderr) for result in said] == [
        (0, True), (0, True), (0, ""), (0, "")
    ]  # fmt: skip
    assert "press  viewer  library" in re.sub(r" +", "  ", said[2].stdout)


def test_tokens_are_kept_hashed_for_their_owner_only(tmp_path: Path) -> None:
    tokens = Tokens(tmp_path)
    (tmp_path / "locks").mkdir()
    text = tokens.make("anna", "editor", ("a",), "2026-11-22", CHANCE)

    assert tokens.path.stat().st_mode & 0o777 == 0o600
    (kept,) = json.loads(tokens.path.read_bytes())
    assert set(kept) == {"id", "name", "role", "topics", "created", "salt", "hash"}
    assert text.rpartition("_")[2] not in tokens.path.read_text("utf-8")
    caller = tokens.check(text)
    assert caller is not None
    assert (caller.name, caller.role, caller.topics) == ("anna", "editor", ("a",))
    assert tokens.known(text) == caller
    for position in range(len(text)):
        changed = text[:position] + ("y" if text[position] != "y" else "z") + text[position + 1 :]
        if position % 9 == 0:
            assert tokens.check(changed) is None, changed


def test_a_token_is_made_once_a_name_and_for_a_role_that_there_is(tmp_path: Path) -> None:
    tokens = Tokens(tmp_path)
    tokens.make("anna", "viewer", (), "2026-11-22", CHANCE)

    for name, role, said in (("anna", "viewer", "there is a token"), ("b\n", "viewer", "a name"), ("b", "editr", "editor")):
        with pytest.raises(UsageError) as told:
            tokens.make(name, role, (), "2026-11-22", CHANCE)
        assert said in str(told.value)
    with pytest.raises(UsageError, match="no token 'ana'"):
        tokens.revoke("ana")


@pytest.mark.parametrize("data", [b"", b"{", b"{}", b"null", b"[1]", b'[{"id": "x"}]', b'{"a": 1}', b"\xff", b"[" * 100_000])
def test_a_file_that_holds_no_tokens_is_told_with_its_cure(tmp_path: Path, data: bytes) -> None:
    tokens = Tokens(tmp_path)
    tokens.path.write_bytes(data)
    tokens.path.chmod(0o600)

    with pytest.raises(UsageError, match="holds no tokens"):
        tokens.read()


@pytest.mark.parametrize(
    ("cell", "value"),
    [("salt", "zz"), ("salt", 5), ("hash", None), ("hash", "é"), ("hash", ""), ("id", 5), ("name", "a\nb"), ("name", 5),
     ("topics", "library"), ("topics", ""), ("topics", None), ("topics", [1]), ("role", "admin"), ("more", 1)],
)  # fmt: skip
def test_a_token_that_this_program_did_not_write_opens_nothing_and_is_told(
    tmp_path: Path, cell: str, value: object
) -> None:
    tokens = Tokens(tmp_path)
    text = tokens.make("anna", "viewer", ("library",), "2026-11-22", CHANCE)
    (row,) = json.loads(tokens.path.read_bytes())
    tokens.path.write_text(json.dumps([{**row, cell: value}]), "utf-8")

    for ask in (tokens.read, lambda: Gate(Serving(), tokens, lambda: 0.0).tokens.check(text)):
        with pytest.raises(UsageError, match=f"it holds no tokens: token 1: {cell}"):
            ask()


@pytest.mark.slow
def test_a_pipe_in_the_place_of_the_tokens_is_not_waited_for(project: Path) -> None:
    new_token(project, "anna")
    (project / ".briefing/tokens.json").unlink()
    os.mkfifo(project / ".briefing/tokens.json", 0o600)

    result = briefing(project, "token", "list")

    assert result.returncode == 2
    assert "holds no tokens" in result.stderr


@pytest.mark.slow
def test_g09_a_file_of_tokens_that_others_may_read_is_refused(project: Path) -> None:
    new_token(project, "anna")
    (project / ".briefing/tokens.json").chmod(0o644)

    result = briefing(project, "serve", "--host", "0.0.0.0", "--port", "0")

    assert result.returncode == 2
    assert "others may read it" in result.stderr
    assert "chmod 600" in result.stderr


@pytest.mark.slow
def test_behind_a_proxy_the_guesses_of_one_client_keep_no_other_out(house: House) -> None:
    guess = {"authorization": f"Bearer briefing_00000000_{'A' * 43}"}
    for _ in range(FAILURES):
        assert house.get("/api/v1/topics", x_forwarded_for="198.51.100.7", **guess).status == 401
    # What a client writes there itself stands before what the proxy adds.
    assert house.get("/api/v1/topics", x_forwarded_for="192.0.2.1, 198.51.100.7", **guess).status == 429
    newcomer = new_token(house.served.folder, "newcomer")

    answer = house.get("/api/v1/topics", newcomer, x_forwarded_for="203.0.113.9")

    assert answer.status == 200, "everybody behind the proxy waits"
    await_true(lambda: "203.0.113.9 newcomer GET /api/v1/topics 200" in house.served.log)


@pytest.mark.parametrize(("peer", "told", "address"), [
    ("127.0.0.1", "2001:DB8::1", "2001:db8::1"), ("127.0.0.1", "198.51.100.7, unknown", "127.0.0.1"), ("::1", "", "::1"),
    ("192.0.2.8", "198.51.100.7", "192.0.2.8"), ("127.0.0.1", "198.51.100.7\x1b[2J", "127.0.0.1"),
])  # fmt: skip
def test_only_a_proxy_of_this_machine_is_believed_where_a_request_comes_from(peer: str, told: str, address: str) -> None:
    head = [(b"x-forwarded-for", told.encode())]

    assert address_of(HTTPConnection({"type": "http", "client": (peer, 1), "headers": head})) == address


@pytest.mark.slow
@pytest.mark.parametrize(("head", "kept"), [
    ({"origin": "https://127.0.0.1"}, True), ({"x_forwarded_proto": "https, http"}, True), ({"origin": "http://127.0.0.1"}, False),
])  # fmt: skip
def test_the_cookie_of_who_signs_in_over_https_is_sent_over_https_only(house: House, head: dict[str, str], kept: bool) -> None:
    form = f"token={house.tokens['viewer']}".encode()
    form_head = {"content_type": "application/x-www-form-urlencoded", "host": "127.0.0.1", "x_forwarded_for": "203.0.113.8"}

    answer = house.served.ask("POST", "/login", form, **form_head, **head)

    assert answer.status == 303
    assert ("; Secure" in answer["set-cookie"]) is kept


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_after_too_many_failures_an_address_waits_and_a_known_token_does_not(tmp_path: Path) -> None:
    tokens, clock = Tokens(tmp_path), Clock()
    text = tokens.make("anna", "viewer", (), "2026-11-22", CHANCE)
    gate = Gate(Serving(host="0.0.0.0"), tokens, clock)
    assert gate.attempt(text, "a") is not None
    for _ in range(2 * FAILURES):
        assert gate.attempt("no token at all", "a") is None
    for number in range(FAILURES):
        assert gate.attempt(f"briefing_{number:08x}_{'A' * 43}", "a") is None

    with pytest.raises(Problem) as told:
        gate.attempt(text, "a")
    assert (told.value.status, told.value.headers["retry-after"]) == (429, "61")
    assert gate.attempt(text, "b") is not None
    assert tokens.known(text) is not None
    clock.now += WINDOW + 1
    assert gate.attempt(text, "a") is not None


def nginx(folder: Path, *, upstream: str, port: int) -> str:
    """Return the lines of docs/serve.md as a whole configuration for a server of the test's own."""
    (lines,) = re.findall(r"```nginx\n(.*?)```", (ROOT / "docs/serve.md").read_text("utf-8"), re.DOTALL)
    for place in ("/etc/ssl/certs/briefings.pem", "/etc/ssl/private/briefings.key"):
        lines = lines.replace(place, str(folder / Path(place).name))
    lines = lines.replace("listen 443 ", f"listen 127.0.0.1:{port} ").replace("127.0.0.1:8321", f"127.0.0.1:{upstream}")
    kept = "".join(f"{each}_temp_path {folder}/{each};" for each in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    return (
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/errors;\n"
        f"events {{}}\nhttp {{ access_log off; {kept}\n{lines}}}\n"
    )


@pytest.mark.slow
def test_the_lines_for_nginx_sign_in_over_https_and_tell_the_log_who_asks(house: House, tmp_path: Path) -> None:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=briefings.example.org",
         "-keyout", tmp_path / "briefings.key", "-out", tmp_path / "briefings.pem"], check=True, capture_output=True,
    )  # fmt: skip
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (tmp_path / "conf").write_text(nginx(tmp_path, upstream=house.served.netloc.rpartition(":")[2], port=port), "utf-8")
    place = f"127.0.0.1:{port}"
    form = {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"https://{place}", "X-Forwarded-For": "203.0.113.5"}
    with subprocess.Popen(["/usr/sbin/nginx", "-c", tmp_path / "conf"]) as proxy:
        try:
            wait_for(port)
            browser = http.client.HTTPSConnection(place, context=ssl._create_unverified_context(), timeout=60)
            browser.request("POST", "/login", f"token={house.tokens['viewer']}", form)
            answer = browser.getresponse()
            browser.close()
        finally:
            proxy.terminate()

    assert (answer.status, answer.headers["location"]) == (303, "/")
    assert "; Secure" in answer.headers["set-cookie"]
    await_true(lambda: "POST /login 303" in house.served.log)
    assert "203.0.113.5" not in house.served.log, "a client may say who it is"
