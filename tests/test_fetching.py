"""Fetching: one address, within limits, kept until the publisher has another answer."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from random import Random

import pytest
from publisher import Publisher, data, drip, fail, lie, publishing, redirect, reset, tagged

from generator.answers import Answers
from generator.errors import OutsideError, UsageError
from generator.fetching import Allowance, Fetcher, Request, clean, open_fetcher
from generator.network import Gate
from generator.reading import Findings
from generator.workspace import Workspace, read_settings


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def fetcher(state: Path, publisher: Publisher, clock: Clock | None = None, **allowance: float) -> Fetcher:
    gate = Gate(private=frozenset({publisher.host}))
    limits = Allowance(**allowance)  # type: ignore[arg-type]
    if clock is None:
        return Fetcher(state, gate, limits, sleep=lambda _: None, chance=Random(1))
    return Fetcher(state, gate, limits, clock=clock, sleep=clock.sleep, chance=Random(1))


def test_an_answer_is_a_file_with_its_sum_kind_and_address(publisher: Publisher, tmp_path: Path) -> None:
    publisher.on("/data", data(b"period,value\n", "Text/CSV; charset=UTF-8"))

    answer = fetcher(tmp_path, publisher).fetch(Request(f"{publisher.url}/data?a=b c&d[x]=é", accept="text/csv"))

    assert answer.path.read_bytes() == b"period,value\n"
    assert (answer.kind, answer.charset, answer.size, answer.new) == ("text/csv", "utf-8", 13, True)
    assert answer.address == f"{publisher.url}/data?a=b%20c&d%5Bx%5D=%C3%A9"
    assert publisher.queries("/data") == [{"a": "b c", "d[x]": "é"}]
    assert publisher.asked[0].headers["accept"] == "text/csv"


def test_an_answer_that_still_holds_is_not_sent_again(publisher: Publisher, tmp_path: Path) -> None:
    publisher.on("/data", tagged(b"[1]", '"v1"'))
    ours = fetcher(tmp_path, publisher)
    first = ours.fetch(Request(f"{publisher.url}/data"))

    second = ours.fetch(Request(f"{publisher.url}/data"))

    assert publisher.asked[1].headers["if-none-match"] == '"v1"'
    assert publisher.sent == len(b"[1]")
    assert (second.new, second.sha256, second.path) == (False, first.sha256, first.path)


@pytest.mark.parametrize("etag", ['"caf\u00e9"', '"\u0007"'])
def test_a_mark_that_no_header_may_hold_is_not_sent_back(publisher: Publisher, tmp_path: Path, etag: str) -> None:
    publisher.on("/data", data(b"[1]", etag=etag))
    ours = fetcher(tmp_path, publisher)
    ours.fetch(Request(f"{publisher.url}/data"))

    again = ours.fetch(Request(f"{publisher.url}/data"))

    assert again.new
    assert "if-none-match" not in publisher.asked[1].headers


@pytest.mark.parametrize("damage", ["", "[2]"], ids=["emptied", "changed"])
def test_a_damaged_copy_is_fetched_again(publisher: Publisher, tmp_path: Path, damage: str) -> None:
    publisher.on("/data", tagged(b"[1]", '"v1"'))
    ours = fetcher(tmp_path, publisher)
    ours.fetch(Request(f"{publisher.url}/data")).path.write_text(damage)

    again = ours.fetch(Request(f"{publisher.url}/data"))

    assert again.new
    assert again.path.read_bytes() == b"[1]"
    assert "if-none-match" not in publisher.asked[1].headers


def test_what_fails_in_passing_is_tried_again_and_waits_grow(
    publisher: Publisher, tmp_path: Path, clock: Clock
) -> None:
    publisher.on("/data", fail(503), fail(500), data(b"[]"))

    answer = fetcher(tmp_path, publisher, clock).fetch(Request(f"{publisher.url}/data"))

    assert answer.path.read_bytes() == b"[]"
    assert len(publisher.asked) == 3
    assert 0.5 <= clock.slept[0] <= 1.5
    assert 1 <= clock.slept[1] <= 3


def test_the_error_names_address_status_and_attempt(publisher: Publisher, tmp_path: Path) -> None:
    publisher.on("/data", fail(503, b"Service\nUnavailable"))

    with pytest.raises(OutsideError) as caught:
        fetcher(tmp_path, publisher, attempts=3).fetch(Request(f"{publisher.url}/data"))

    assert str(caught.value) == f"{publisher.url}/data: HTTP 503: Service Unavailable (attempt 3 of 3)"
    assert len(publisher.asked) == 3


def test_a_status_that_will_not_change_is_not_tried_again(publisher: Publisher, tmp_path: Path) -> None:
    publisher.on("/data", fail(404, b"gone"))

    with pytest.raises(OutsideError, match="HTTP 404: gone"):
        fetcher(tmp_path, publisher).fetch(Request(f"{publisher.url}/data"))

    assert len(publisher.asked) == 1


def _in(seconds: int) -> dict[str, str]:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    return {"Date": format_datetime(now), "Retry_After": format_datetime(now + timedelta(seconds=seconds))}


@pytest.mark.parametrize("headers", [{"Retry_After": "7"}, _in(7)], ids=["seconds", "date"])
def test_the_publisher_says_how_long_to_wait(
    publisher: Publisher, tmp_path: Path, clock: Clock, headers: dict[str, str]
) -> None:
    publisher.on("/data", fail(429, **headers), data(b"[]"))

    fetcher(tmp_path, publisher, clock).fetch(Request(f"{publisher.url}/data"))

    assert clock.slept in ([7.0], [pytest.approx(7, abs=1)])


def test_a_wait_beyond_the_deadline_is_not_begun(publisher: Publisher, tmp_path: Path, clock: Clock) -> None:
    publisher.on("/data", fail(429, b"slow down", Retry_After="3600"))

    with pytest.raises(OutsideError, match="HTTP 429: slow down") as caught:
        fetcher(tmp_path, publisher, clock).fetch(Request(f"{publisher.url}/data"))

    assert caught.value.hint == "The publisher asks to wait 3600 s."
    assert clock.slept == []


def test_several_fetches_can_share_a_deadline(publisher: Publisher, tmp_path: Path, clock: Clock) -> None:
    publisher.on("/one", fail(503, Retry_After="50"), data(b"[]")).on("/two", fail(503, Retry_After="50"), data(b"[]"))
    ours = fetcher(tmp_path, publisher, clock, seconds=60)
    deadline = ours.deadline()

    ours.fetch(Request(f"{publisher.url}/one"), deadline)

    with pytest.raises(OutsideError, match="HTTP 503"):
        ours.fetch(Request(f"{publisher.url}/two"), deadline)


# --- redirects and secrets --------------------------------------------------------------------------


def test_a_redirect_is_followed_and_told(publisher: Publisher, tmp_path: Path) -> None:
    publisher.on("/old", redirect("/new?x=1", 301)).on("/new", data(b"[]"))

    answer = fetcher(tmp_path, publisher).fetch(Request(f"{publisher.url}/old"))

    assert (answer.address, answer.final) == (f"{publisher.url}/old", f"{publisher.url}/new?x=1")


def test_a_circle_of_redirects_ends(publisher: Publisher, tmp_path: Path) -> None:
    publisher.on("/data", redirect("/data"))

    with pytest.raises(OutsideError, match="more than 5 redirects"):
        fetcher(tmp_path, publisher).fetch(Request(f"{publisher.url}/data"))

    assert len(publisher.asked) == 6


@pytest.mark.parametrize(
    ("target", "said"),
    [("", "without a target"), ("file:///etc/hostname", "no address of the web"), ("gopher://x/", "no address of the web"),
     ("http://a:b@example.org/", "name or password"), ("http://[::1/", "Invalid IPv6")],
)  # fmt: skip
def test_a_redirect_leads_to_the_web_or_nowhere(publisher: Publisher, tmp_path: Path, target: str, said: str) -> None:
    publisher.on("/data", redirect(target))

    with pytest.raises(OutsideError, match=said):
        fetcher(tmp_path, publisher).fetch(Request(f"{publisher.url}/data"))


def test_a_redirect_to_a_private_address_is_the_publishers_failure(publisher: Publisher, tmp_path: Path) -> None:
    publisher.on("/data", redirect("http://169.254.169.254/latest/meta-data"))

    with pytest.raises(
        OutsideError, match=r"redirects to http://169\.254\.169\.254/latest/meta-data, which is no public"
    ) as caught:
        fetcher(tmp_path, publisher).fetch(Request(f"{publisher.url}/data"))

    assert "private" not in caught.value.hint, "nobody is told to let it in"


@pytest.mark.parametrize("key", ["s3cret\n", "s3cret\r", "s3cr\u00e9t", "s3\0cret"])
def test_a_key_that_no_header_can_hold_is_refused_and_not_told(publisher: Publisher, tmp_path: Path, key: str) -> None:
    request = Request(f"{publisher.url}/data", secrets=(("X-Key", key),))

    with pytest.raises(UsageError, match=r"the key for the header X-Key holds U\+00") as caught:
        fetcher(tmp_path, publisher).fetch(request)

    assert "s3" not in str(caught.value)
    assert not publisher.asked


def test_a_secret_goes_to_its_own_origin_only_and_is_told_nowhere(publisher: Publisher, tmp_path: Path) -> None:
    with publishing() as other:
        publisher.on("/data", redirect("/here")).on("/here", redirect(f"{other.url}/there"))
        other.on("/there", fail(403, b"no"))
        gate = Gate(private=frozenset({publisher.host, other.host}))
        request = Request(f"{publisher.url}/data", secrets=(("X-Key", "s3cret"),))

        with pytest.raises(OutsideError) as caught:
            Fetcher(tmp_path, gate).fetch(request)

        assert [each.headers.get("x-key") for each in publisher.asked] == ["s3cret", "s3cret"]
        assert [each.headers.get("x-key") for each in other.asked] == [None]
    assert "s3cret" not in f"{caught.value}{request!r}"
    assert not any(b"s3cret" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


# --- bodies that are not what they say ----------------------------------------------------------------


@pytest.mark.parametrize("broken", [lie(b"2,20", 5000), reset(b"2,20", 5000)], ids=["short", "reset"])
def test_a_body_shorter_than_declared_is_no_answer(
    publisher: Publisher, tmp_path: Path, broken: Callable[..., None]
) -> None:
    publisher.on("/data", broken)

    with pytest.raises(OutsideError, match=r"the connection broke: .* \(attempt 2 of 2\)"):
        fetcher(tmp_path, publisher, attempts=2).fetch(Request(f"{publisher.url}/data"))

    assert not list(tmp_path.rglob("*.part"))
    assert len(publisher.asked) == 2


@pytest.mark.parametrize("encoding", ["br", "zstd"])
def test_a_packing_that_nobody_asked_for_is_refused(publisher: Publisher, tmp_path: Path, encoding: str) -> None:
    publisher.on("/data", data(b"...", Content_Encoding=encoding))

    with pytest.raises(OutsideError, match=f"packed as '{encoding}'"):
        fetcher(tmp_path, publisher).fetch(Request(f"{publisher.url}/data"))


@pytest.mark.parametrize(("body", "said"), [(b"\x1f\x8b\x08", "ends too early"), (b"plain text", "is damaged")])
def test_a_damaged_packed_body_is_refused(publisher: Publisher, tmp_path: Path, body: bytes, said: str) -> None:
    publisher.on("/data", data(body, Content_Encoding="gzip"))

    with pytest.raises(OutsideError, match=said):
        fetcher(tmp_path, publisher).fetch(Request(f"{publisher.url}/data"))


def test_a_head_that_drips_ends_at_the_deadline_too(publisher: Publisher, tmp_path: Path) -> None:
    publisher.on("/data", drip(b"HTTP/1.1 200 OK\r\n" * 5000, 0.05, head=True))
    slow = Fetcher(
        tmp_path, Gate(private=frozenset({publisher.host})), Allowance(seconds=120), clock=lambda: publisher.sent * 50
    )

    with pytest.raises(OutsideError, match="the time was up while waiting"):
        slow.fetch(Request(f"{publisher.url}/data"))

    assert 0 < publisher.sent < 5000


# --- addresses ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "said"),
    [("ftp://example.org/x", "no address of the web"), ("example.org/x", "no address of the web"),
     ("", "no address of the web"), ("http://", "no address of the web"), ("http://example.org:99999/", "Port out of range"),
     ("https://user:word@example.org/", "name or password"), ("http://[::1", "Invalid IPv6")],
)  # fmt: skip
def test_what_is_no_address_of_the_web_is_wrong_use(tmp_path: Path, address: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        Fetcher(tmp_path).fetch(Request(address))

    assert "word" not in str(caught.value).replace("password", "")


def test_an_address_is_written_in_one_way() -> None:
    assert (
        clean(" HTTPS://Пример.испытание:443/é?x=[1]#part ") == "https://xn--e1afmkfd.xn--80akhbyknj4f/%C3%A9?x=%5B1%5D"
    )


def test_tls_is_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pem = tmp_path / "key-and-certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", pem,
         "-out", tmp_path / "certificate.pem", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    pem.write_bytes(pem.read_bytes() + (tmp_path / "certificate.pem").read_bytes())
    with publishing(pem) as publisher:
        publisher.on("/data", data(b"[]"))

        with pytest.raises(OutsideError, match=r"no trusted connection: .*self-signed certificate"):
            fetcher(tmp_path, publisher).fetch(Request(f"{publisher.url}/data"))

        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
        assert fetcher(tmp_path, publisher).fetch(Request(f"{publisher.url}/data")).size == 2


# --- what is kept -------------------------------------------------------------------------------------


def test_the_oldest_answers_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.answers.ROOM", 6000)
    kept = Answers(tmp_path)
    for number in range(5):
        body = bytes([number]) * 2000
        answer = kept.keep(f"http://x/{number}", "", f"http://x/{number}", {}, [body])
        os.utime(answer.path, (number + 1, number + 1))

    assert kept.look_up("http://x/0", "") is None
    assert kept.look_up("http://x/4", "") is not None
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 6000


def test_a_full_disk_is_told_with_its_cure(tmp_path: Path) -> None:
    def body() -> object:
        yield b"1"
        raise OSError(28, "No space left on device")

    with pytest.raises(OutsideError, match="No space left on device") as caught:
        Answers(tmp_path / "kept").keep("http://x/", "", "http://x/", {}, body())  # type: ignore[arg-type]

    assert caught.value.hint == "Free space on that disk."
    assert list((tmp_path / "kept").iterdir()) == []


# --- the workspace's settings ---------------------------------------------------------------------------


def test_the_workspace_says_which_private_hosts_and_how_many_megabytes(publisher: Publisher, project: Path) -> None:
    publisher.on("/data", data(b"0" * (2 << 20)))
    settings = project / "briefing.toml"
    settings.write_text(f'{settings.read_text()}\n[network]\nmegabytes = 1\nprivate = ["{publisher.host}"]\n')
    workspace = Workspace(project)
    found = Findings()

    with pytest.raises(OutsideError, match="body over 1 MiB"):
        open_fetcher(workspace.state, read_settings(workspace, found).network).fetch(Request(f"{publisher.url}/data"))

    assert found == []


def test_a_setting_that_is_none_is_told_with_its_line(project: Path) -> None:
    settings = project / "briefing.toml"
    settings.write_text(f"{settings.read_text()}\n[network]\nseconds = 0\nproxy = true\n")
    found = Findings()

    read_settings(Workspace(project), found)

    assert [finding.found for finding in found] == ["network.seconds: 0", "network.proxy: is unknown"]
    assert all(finding.place.line > 1 for finding in found)
