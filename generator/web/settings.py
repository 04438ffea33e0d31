"""How the workspace is served: the table `[serve]` of briefing.toml.

Place in the pipeline: a part of the door `web`. Tokens stand nowhere in a file that is written by hand.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from ..reading import Findings, Table
from ..workspace import SETTINGS, Workspace

HOST, PORT = "127.0.0.1", 8321


@dataclass(frozen=True, slots=True)
class Serving:
    """What `[serve]` says, and the command's options over it; the defaults are what an empty table means."""

    host: str = HOST
    port: int = PORT
    workers: int = 0
    """Processes that build at the same time; 0: as many as `workers` of briefing.toml, or one a processor."""
    schedules: bool = True
    hosts: tuple[str, ...] = ()
    """The names that browsers reach it by, behind a proxy or in a network; whoever comes by one needs a token."""
    queue: int = 64
    """How many builds may wait; one more is told to try again."""
    seconds: int = 600
    """How long one build may take."""
    kilobytes: int = 1024
    """How large the body of a request may be."""
    patience: int = 20
    """Seconds in which a request must have arrived whole."""

    @property
    def local(self) -> bool:
        """Whether nothing but this machine can reach it, and nothing but a browser here is meant to."""
        return is_loopback(self.host) and not self.hosts


_USUAL = Serving()


def read_serving(workspace: Workspace, findings: Findings) -> Serving:
    """Return how the workspace is served; problems are collected, defaults stand in."""
    table = workspace.table(SETTINGS, findings)
    serve = table.table("serve") if table else Table({}, {}, SETTINGS, findings)
    serving = Serving(
        host=serve.text("host", HOST),
        port=_whole(serve, "port", PORT, 65535),
        hosts=tuple(name.lower() for name in serve.texts("hosts")),
        queue=_whole(serve, "queue", _USUAL.queue, 10_000),
        seconds=_whole(serve, "seconds", _USUAL.seconds, 86_400),
        kilobytes=_whole(serve, "kilobytes", _USUAL.kilobytes, 1 << 20),
        patience=_whole(serve, "patience", _USUAL.patience, 3600),
    )
    serve.done()
    return serving


def is_loopback(host: str) -> bool:
    """Whether an address, or the name `localhost`, is this machine's own."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _whole(table: Table, key: str, default: int, most: int) -> int:
    value = table.number(key, default)
    if value is None or not 0 < value <= most:
        table.refuse(key, f"{value}", expected=f"a whole number from 1 to {most}", cure="Correct it.")
        return default
    return value
