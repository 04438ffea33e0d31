"""Webhooks: signed as Standard Webhooks says, to public addresses only, and honest about every answer."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from patience import await_true
from postoffice import an_authority
from receiver import KEY, SECRET, VARIABLE, Receiver, receiving, verify
from test_channels import MOMENT, PDF, a_message, a_world

from generator.delivery import kind_of
from generator.delivery.base import LATER, REFUSED, SENT, Outcome
from generator.delivery.webhook import ANSWER, Settings, sign
from generator.errors import UsageError
from generator.reading import Findings, read_toml
from generator.workspace import Network

NOW = int(MOMENT.timestamp())


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def post(receiver: Receiver, tmp_path: Path) -> Callable[..., Outcome]:
    """Return what delivers a message to the receiver."""

    def deliver(url: str = "", private: tuple[str, ...] | None = None, secret: str = SECRET, **changes: object) -> Outcome:
        named = (f"127.0.0.1:{receiver.port}",) if private is None else private
        world = replace(a_world(tmp_path, **{VARIABLE: secret}), network=Network(private=named))
        with kind_of("webhook").open(Settings(url or receiver.url, VARIABLE, seconds=5), world) as channel:
            return channel.deliver(a_message(**changes), "", lambda: None)

    return deliver


def test_f32_a_receiver_believes_what_we_send_and_nothing_that_was_changed(receiver: Receiver, post: Callable[..., Outcome]) -> None:
    assert post().state == SENT
    (came,) = receiver.posts

    assert verify(came, NOW)
    assert not verify(replace(came, body=came.body.replace(b"Readers rose", b"Readers fell")), NOW)
    assert not verify(came, NOW + 301)
    assert not verify(came, NOW, key=bytes(32))
    assert not verify(replace(came, headers={**came.headers, "webhook-id": "another"}), NOW)
    two = {**came.headers, "webhook-signature": f"v1,{base64.b64encode(bytes(32)).decode()} {came.headers['webhook-signature']}"}
    assert verify(replace(came, headers=two), NOW)


def test_the_standards_own_example_is_signed_as_it_says() -> None:
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

    signature = sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')

    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_message_holds_the_words_the_file_and_where_it_is_to_be_had(receiver: Receiver, post: Callable[..., Outcome]) -> None:
    post()
    (came,) = receiver.posts

    assert came.path == "/hooks?from=briefing"
    assert came.headers["content-type"] == "application/json"
    file = came.data["file"]
    assert base64.b64decode(file.pop("base64")) == PDF
    assert file == {
        "name": "library-2026-11-22.1.en.pdf", "media_type": "application/pdf", "bytes": len(PDF),
        "sha256": a_message().file.sha256, "link": "https://briefings.example.org/library.pdf",
    }  # fmt: skip
    assert (came.data["topic"], came.data["edition"], came.data["text"]) == ("library", "2026-11-22.1", "Readers rose.\n")


def test_an_erratum_names_what_it_calls_back(receiver: Receiver, post: Callable[..., Outcome]) -> None:
    post(wrong="library/2026-11-21.1", reason="A figure was ten times too high.")

    assert b'"type":"edition.recalled"' in receiver.posts[0].body
    assert receiver.posts[0].data["recalls"] == "library/2026-11-21.1"


def test_a_large_file_is_only_linked(receiver: Receiver, tmp_path: Path) -> None:
    world = replace(a_world(tmp_path, **{VARIABLE: SECRET}), network=Network(private=(f"127.0.0.1:{receiver.port}",)))
    with kind_of("webhook").open(Settings(receiver.url, VARIABLE, attach=100), world) as channel:
        channel.deliver(a_message(), "", lambda: None)

    assert "base64" not in receiver.posts[0].data["file"]


def test_the_id_stays_and_the_time_is_the_attempts(receiver: Receiver, tmp_path: Path) -> None:
    moments = iter([MOMENT, MOMENT + timedelta(minutes=7)])
    world = replace(
        a_world(tmp_path, **{VARIABLE: SECRET}), network=Network(private=(f"127.0.0.1:{receiver.port}",)), clock=lambda: next(moments)
    )
    with kind_of("webhook").open(Settings(receiver.url, VARIABLE), world) as channel:
        for _ in range(2):
            channel.deliver(a_message(), "", lambda: None)

    first, second = receiver.posts
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == "6f1c"
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 420
    assert first.body == second.body


@pytest.mark.parametrize(
    ("answer", "state", "wait", "said"),
    [
        ((200, {}, b"thanks"), SENT, None, "HTTP 200: thanks"),
        ((204, {}, b""), SENT, None, "HTTP 204"),
        ((410, {}, b"gone"), REFUSED, None, "wants no more"),
        ((429, {"Retry-After": "120"}, b""), LATER, timedelta(minutes=2), "HTTP 429"),
        ((503, {"Retry-After": "999999999"}, b""), LATER, timedelta(hours=24), "HTTP 503"),
        ((503, {"Retry-After": "soon"}, b""), LATER, None, "HTTP 503"),
        ((500, {}, b"\x1b[31moops\r\n"), LATER, None, "HTTP 500: [31moops"),
        ((404, {}, b""), LATER, None, "HTTP 404"),
    ],
)
def test_f33_every_answer_has_its_meaning(
    receiver: Receiver, post: Callable[..., Outcome], answer: tuple[int, dict[str, str], bytes], state: str, wait: timedelta | None, said: str
) -> None:
    receiver.answers = [answer]

    outcome = post()

    assert (outcome.state, outcome.wait) == (state, wait)
    assert said in outcome.said
    assert len(receiver.posts) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_f31_a_redirect_is_a_failure_and_nothing_goes_elsewhere(receiver: Receiver, post: Callable[..., Outcome], status: int) -> None:
    with receiving() as elsewhere:
        receiver.answers = [(status, {"Location": elsewhere.url}, b"")]

        outcome = post()

        assert (outcome.state, elsewhere.posts) == (LATER, [])
        assert "redirects, which is not followed" in outcome.said
        assert len(receiver.posts) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/", "http://[::ffff:7f00:1]:{port}/", "http://2130706433:{port}/", "http://0x7f.1:{port}/", "http://127.1:{port}/",
        "http://localhost:{port}/", "http://169.254.169.254/latest", "http://[::1]:{port}/", "http://0:{port}/",
    ],
)  # fmt: skip
def test_f30_an_internal_address_is_refused_before_a_packet(receiver: Receiver, post: Callable[..., Outcome], url: str) -> None:
    outcome = post(url.format(port=receiver.port), private=())

    assert (outcome.state, receiver.posts) == (REFUSED, [])
    assert "is no public address" in outcome.said
    assert "[network] private" in outcome.said


def test_f34_an_endless_answer_is_not_read_to_its_end(receiver: Receiver, post: Callable[..., Outcome]) -> None:
    receiver.answers, receiver.endless = [(200, {}, b"begun ")], True

    outcome = post()

    assert outcome.state == SENT
    await_true(lambda: receiver.sent >= ANSWER)  # the receiver counts in a thread of its own
    assert receiver.sent < 50_000_000
    assert len(outcome.said) < 400


def test_an_answer_that_never_comes_is_tried_again(tmp_path: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        world = replace(a_world(tmp_path, **{VARIABLE: SECRET}), network=Network(private=(f"127.0.0.1:{port}",)))
        with kind_of("webhook").open(Settings(f"http://127.0.0.1:{port}/", VARIABLE, seconds=1), world) as channel:
            promised: list[int] = []
            outcome = channel.deliver(a_message(), "", lambda: promised.append(1))

    assert (outcome.state, outcome.said, promised) == (LATER, "no answer in time", [1])


def test_tls_is_verified_against_the_named_certificates(tmp_path: Path) -> None:
    ours, theirs = (an_authority(tmp_path / name, "localhost", "127.0.0.1") for name in ("ours", "theirs"))
    with receiving(ours.context()) as receiver:
        url = receiver.url.replace("http://127.0.0.1", "https://localhost")
        network = Network(private=(f"localhost:{receiver.port}",))
        world = replace(a_world(tmp_path, **{VARIABLE: SECRET}), network=network)
        for authority, state in ((ours, SENT), (theirs, LATER)):
            with kind_of("webhook").open(Settings(url, VARIABLE, ca=str(authority.ca)), world) as channel:
                assert channel.deliver(a_message(), "", lambda: None).state == state
        assert len(receiver.posts) == 1


@pytest.mark.parametrize("secret", ["", "short", "whsec_AAAA", "whsec_not base64 at all…", "x" * 200])
def test_a_secret_that_is_no_key_is_refused_and_not_repeated(tmp_path: Path, secret: str) -> None:
    with pytest.raises(UsageError) as told, kind_of("webhook").open(Settings("https://example.org/", VARIABLE), a_world(tmp_path, **{VARIABLE: secret})):
        pass

    assert VARIABLE in str(told.value)
    assert not secret or secret not in str(told.value)


def test_the_way_to_make_a_secret_that_the_error_shows_makes_one(tmp_path: Path) -> None:
    import subprocess
    import sys

    from generator.delivery.webhook import _MAKE

    made = subprocess.run([sys.executable, "-c", _MAKE], capture_output=True, text=True, check=True).stdout.strip()

    with kind_of("webhook").open(Settings("https://example.org/", VARIABLE), a_world(tmp_path, **{VARIABLE: made})):
        assert len(base64.b64decode(made.removeprefix("whsec_"))) == 24 != len(KEY)


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ('url = "ftp://example.org"', "address of the web"),
        ('url = "https://user:sesame@example.org"', "not repeated here"),
        ('url = "https://exa mple.org"', "address of the web"),
        ('url = "https://example.org"\nsecret = "whsec_AAAA"', "that is no such name"),
        ('url = "https://example.org"\nseconds = 0', "from 1 to 600"),
        ('url = "https://example.org"\nattach_up_to = 1000', "from 0 to 100"),
    ],
)
def test_wrong_settings_are_told_with_their_line(said: str, rule: str) -> None:
    findings = Findings()
    table = read_toml(f"[channels.hook]\n{said}\n", "briefing.toml", findings)
    assert table

    kind_of("webhook").take(table.table("channels").table("hook"))

    assert any(rule in str(each) and each.place.line >= 2 for each in findings), findings
    assert "sesame" not in str(findings)
