"""The way out to the network: which addresses may be spoken to, and for how long.

Place in the pipeline: base of `fetching`, which alone uses it. A name is resolved once, every address it has
is checked, and the connection goes to the address that was checked, so a name server that answers
differently the second time (DNS rebinding) changes nothing. Every wait counts against one deadline, so a
server that sends a byte a second cannot hold a fetch up. What is public: the IANA registries of special
addresses (https://www.iana.org/assignments/iana-ipv4-special-registry,
https://www.iana.org/assignments/iana-ipv6-special-registry).
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from ssl import SSLContext
from typing import Any, Self

import httpcore

from .errors import OutsideError, UsageError

Resolve = Callable[[str, int], Iterable[str]]
"""Gives the addresses of a host's name."""
Connect = Callable[[str, int, float], httpcore.NetworkStream]
"""Opens a connection to an address and port within seconds."""
_UNICAST = IPv6Network("2000::/3")
_SIX_TO_FOUR = IPv6Network("2002::/16")


def is_public(address: str) -> bool:
    """Whether an address is one of the public internet: no private, shared, mapped, translated or group address."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        # Outside 2000::/3 lie the mapped (::ffff:), translated (64:ff9b::) and local ones.
        return ip in _UNICAST and ip.is_global and ip not in _SIX_TO_FOUR
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and ip not in _RELAYS


_RELAYS = {IPv4Address(f"192.88.99.{last}") for last in range(256)}
"""6to4 relays: what is sent there comes out elsewhere."""


def look_up(host: str, port: int) -> list[str]:
    """Return the addresses of a host as the machine's resolver gives them; OutsideError where it has none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise OutsideError(f"no address for '{host}': {said}", hint="Check the name and the network.") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def open_connection(address: str, port: int, seconds: float) -> httpcore.NetworkStream:
    """Connect to an address."""
    return httpcore.SyncBackend().connect_tcp(address, port, timeout=seconds)


@dataclass(frozen=True, slots=True)
class Deadline:
    """The moment at which everything must be over, on a clock of seconds."""

    at: float
    clock: Callable[[], float] = time.monotonic

    @classmethod
    def after(cls, seconds: float) -> Self:
        """Return the deadline that is so many seconds from now."""
        return cls(time.monotonic() + seconds)

    @property
    def left(self) -> float:
        """Seconds left, not below zero."""
        return max(0.0, self.at - self.clock())


@dataclass(frozen=True, slots=True)
class Gate:
    """Says which hosts may be spoken to: public ones, and the private ones that the operator named.

    `private` holds `host` or `host:port` as an address names them.
    """

    private: frozenset[str] = frozenset()
    resolve: Resolve = look_up
    connect: Connect = open_connection

    def names(self, host: str, port: int) -> bool:
        """Whether the operator named this host although it may be private."""
        return not self.private.isdisjoint({host, f"{host}:{port}"})

    def addresses(self, host: str, port: int) -> list[str]:
        """Return the addresses of a host; UsageError where one of them is private and the host is not named."""
        found = list(self.resolve(host, port))
        if not self.names(host, port) and (private := [each for each in found if not is_public(each)]):
            meant = "" if private[0] == host else f", {private[0]}"
            raise UsageError(
                f"{host}:{port} is no public address{meant}",
                hint=f'To fetch from it, name it in briefing.toml: [network] private = ["{host}:{port}"].',
            )
        return found


class Backend(httpcore.NetworkBackend):
    """Connects through a gate, within a deadline; httpcore calls it."""

    def __init__(self, gate: Gate, deadline: Deadline) -> None:
        """Keep both."""
        self._gate, self.deadline = gate, deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,  # noqa: ARG002 - httpcore's signature
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        """Connect to the first address of the host that answers; all of them have been checked."""
        failure: Exception = httpcore.ConnectError("it has no address")
        for address in self._gate.addresses(host, port):
            try:
                return _Stream(self._gate.connect(address, port, _within(self.deadline, timeout)), self.deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


class _Stream(httpcore.NetworkStream):
    """A connection whose every wait ends at the deadline."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _within(self._deadline, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _within(self._deadline, timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, _within(self._deadline, timeout))
        return _Stream(secured, self._deadline)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore's signature
        return self._stream.get_extra_info(info)


def _within(deadline: Deadline, timeout: float | None) -> float:
    left = deadline.left
    if not left:
        raise httpcore.ReadTimeout("the deadline has passed")
    return left if timeout is None else min(left, timeout)
