"""FAULTS.csv, area http-out: each case provoked on the loopback, with the outcome it must have."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path

import httpcore
import pytest
from effort import kilobytes_more
from publisher import Publisher, bomb, data, drip, endless, publishing, redirect

from generator.errors import OutsideError, UsageError
from generator.fetching import Allowance, Fetcher, Request
from generator.network import Gate, is_public, open_connection

PUBLIC = "93.184.216.34"


def leading_to(publisher: Publisher, met: list[str]) -> Callable[[str, int, float], httpcore.NetworkStream]:
    """Return a way to connect that notes the address and ends at the publisher, whatever was asked for."""

    def connect(address: str, port: int, seconds: float) -> httpcore.NetworkStream:
        met.append(address)
        return open_connection("127.0.0.1", int(publisher.host.partition(":")[2]), seconds)

    return connect


def test_a08_a_name_that_changes_its_address_is_reached_at_the_one_that_was_checked(
    publisher: Publisher, tmp_path: Path
) -> None:
    publisher.on("/data", data(b"[]"))
    told = iter([[PUBLIC], ["127.0.0.1"], ["127.0.0.1"]])
    met: list[str] = []
    gate = Gate(resolve=lambda *_: next(told), connect=leading_to(publisher, met))

    Fetcher(tmp_path, gate).fetch(Request("http://rebinding.example/data"))

    assert met == [PUBLIC], "the connection went to another address than the one that was checked"
    assert publisher.asked[0].headers["host"] == "rebinding.example"
    assert next(told) == ["127.0.0.1"], "the fault did not fire: the second answer was private"


def test_a08_a_name_that_has_turned_private_is_refused(publisher: Publisher, tmp_path: Path) -> None:
    told = iter([[PUBLIC], ["127.0.0.1"]])
    met: list[str] = []
    gate = Gate(resolve=lambda *_: next(told), connect=leading_to(publisher, met))
    fetcher = Fetcher(tmp_path, gate)
    publisher.on("/data", data(b"[]"))
    fetcher.fetch(Request("http://rebinding.example/data"))

    with pytest.raises(UsageError, match=r"rebinding\.example:80 is no public address, 127\.0\.0\.1"):
        fetcher.fetch(Request("http://rebinding.example/data"))

    assert met == [PUBLIC]


SPELLINGS = (
    "2130706433", "0x7f.1", "127.1", "0177.0.0.1", "0", "①②⑦.⓪.⓪.①", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
    "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "100.100.100.200", "[fd00:ec2::254]", "169.254.169.254", "10.0.0.1",
    "192.168.1.1", "172.16.0.1", "224.0.0.1", "255.255.255.255", "[::1]", "[::]", "[fe80::1]", "[ff02::1]", "[::7f00:1]",
    "[2001:0:7f00:1::]", "192.88.99.1", "198.18.0.1", "localhost", "LOCALHOST",
)  # fmt: skip


@pytest.mark.parametrize("host", SPELLINGS)
def test_a09_no_spelling_of_a_private_address_is_spoken_to(host: str, tmp_path: Path) -> None:
    met: list[str] = []

    def connect(address: str, port: int, seconds: float) -> httpcore.NetworkStream:
        met.append(address)
        raise AssertionError("a packet left")

    with pytest.raises((UsageError, OutsideError)) as caught:
        Fetcher(tmp_path, Gate(connect=connect), Allowance(attempts=1)).fetch(Request(f"HTTP://{host}/latest"))

    assert met == []
    assert "no public address" in str(caught.value) or "no address for" in str(caught.value)


def test_a09_a_name_before_the_host_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="name or password"):
        Fetcher(tmp_path).fetch(Request("http://good.example@127.0.0.1/"))


@pytest.mark.parametrize("address", [PUBLIC, "1.1.1.1", "2606:4700:4700::1111", "2a00:1450:4001:800::200e"])
def test_a09_public_addresses_are_public(address: str) -> None:
    assert is_public(address)
    assert ip_address(address).is_global


def test_a_redirect_from_a_public_address_to_a_private_one_is_refused(publisher: Publisher, tmp_path: Path) -> None:
    with publishing() as canary:
        publisher.on("/data", redirect(f"{canary.url}/secret"))
        gate = Gate(
            private=frozenset({canary.host}),
            resolve=lambda host, _: [PUBLIC] if host == "open.example" else [host],
            connect=leading_to(publisher, []),
        )

        with pytest.raises(OutsideError, match=r"it redirects to .*/secret, which is no public address"):
            Fetcher(tmp_path, gate).fetch(Request("http://open.example/data"))

        assert len(publisher.asked) == 1
        assert canary.asked == []


def named(publisher: Publisher) -> Gate:
    return Gate(private=frozenset({publisher.host}))


def test_a12_a_server_that_drips_is_left_at_the_deadline(publisher: Publisher, tmp_path: Path) -> None:
    body = b"x" * 100_000
    publisher.on("/slow", drip(body, 0.05))
    slow = Fetcher(tmp_path, named(publisher), Allowance(seconds=120), clock=lambda: publisher.sent * 50)

    with pytest.raises(OutsideError, match="the time was up while waiting for the answer") as caught:
        slow.fetch(Request(f"{publisher.url}/slow"))

    assert caught.value.where == f"{publisher.url}/slow"
    assert 0 < publisher.sent < len(body), "it did not drip, or it was read to its end"


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a13_a_bomb_is_stopped_at_the_cap_of_unpacked_bytes(
    publisher: Publisher, tmp_path: Path, encoding: str
) -> None:
    publisher.on("/bomb", bomb(100, encoding))

    def fetch() -> None:
        with pytest.raises(OutsideError, match="body over 8 MiB") as caught:
            Fetcher(tmp_path, named(publisher), Allowance(megabytes=8)).fetch(Request(f"{publisher.url}/bomb"))
        assert caught.value.where == f"{publisher.url}/bomb"

    more = kilobytes_more(fetch)

    assert 0 < publisher.sent < 1 << 20, "the bomb was not sent, or not packed"
    assert more < 64_000
    assert list((tmp_path / "cache" / "answers").iterdir()) == []


def test_a13_a_body_without_an_end_is_stopped_at_the_cap(publisher: Publisher, tmp_path: Path) -> None:
    publisher.on("/endless", endless(b"0" * 65536))

    with pytest.raises(OutsideError, match="body over 2 MiB"):
        Fetcher(tmp_path, named(publisher), Allowance(megabytes=2)).fetch(Request(f"{publisher.url}/endless"))

    assert publisher.sent >= 2 << 20


def test_a13_a_body_declared_too_long_is_not_read(publisher: Publisher, tmp_path: Path) -> None:
    publisher.on("/large", data(b"0" * (3 << 20)))

    with pytest.raises(OutsideError, match="body over 2 MiB") as caught:
        Fetcher(tmp_path, named(publisher), Allowance(megabytes=2)).fetch(Request(f"{publisher.url}/large"))

    assert "`megabytes`" in caught.value.hint
