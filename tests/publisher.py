"""A publisher on the loopback: it answers what a test scripted, and misbehaves in every way a publisher can.

Each path has a list of replies; the last one is repeated. What was asked is in `asked`, so that a test can prove
that its fault fired.
"""

from __future__ import annotations

import gzip
import socket
import ssl
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Asked:
    """One request that came."""

    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]


Reply = Callable[["_Handler"], None]


@dataclass
class Publisher:
    """Scripted replies by path; `url` is its base address."""

    url: str = ""
    host: str = ""
    replies: dict[str, list[Reply]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    sent: int = 0
    """Bytes of bodies that went out."""
    stopping: threading.Event = field(default_factory=threading.Event)

    def on(self, path: str, *replies: Reply) -> Publisher:
        """Script a path."""
        self.replies[path] = list(replies)
        return self

    def queries(self, path: str) -> list[dict[str, str]]:
        """Return the query of each request for a path, last value of each name."""
        return [{name: values[-1] for name, values in each.query.items()} for each in self.asked if each.path == path]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    publisher: Publisher

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.publisher.asked.append(Asked(parts.path, parse_qs(parts.query), headers))
        script = self.publisher.replies.get(parts.path)
        if not script:
            fail(404, b"no such page")(self)
            return
        reply = script.pop(0) if len(script) > 1 else script[0]
        with suppress(BrokenPipeError, ConnectionResetError, ssl.SSLError):
            reply(self)

    def start(self, status: int, length: int | None, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if length is not None:
            self.send_header("Content-Length", str(length))
        else:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()

    def put(self, data: bytes) -> None:
        self.wfile.write(data)
        self.wfile.flush()
        self.publisher.sent += len(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Say nothing of a client that went away."""


# --- replies --------------------------------------------------------------------------------------


def data(body: bytes, kind: str = "application/json", status: int = 200, **headers: str) -> Reply:
    """A sound answer. Underscores in names of headers stand for hyphens."""

    def reply(handler: _Handler) -> None:
        handler.start(status, len(body), {"Content-Type": kind, **_named(headers)})
        handler.put(body)

    return reply


def fail(status: int, body: bytes = b"", **headers: str) -> Reply:
    """A status that brings no data."""
    return data(body, "text/plain", status, **headers)


def tagged(body: bytes, etag: str, kind: str = "application/json") -> Reply:
    """An answer with an ETag, and 304 to who has it."""

    def reply(handler: _Handler) -> None:
        same = handler.headers.get("If-None-Match") == etag
        handler.start(304 if same else 200, 0 if same else len(body), {"ETag": etag, "Content-Type": kind})
        if not same:
            handler.put(body)

    return reply


def redirect(target: str, status: int = 302) -> Reply:
    """A redirect."""
    return fail(status, Location=target)


def lie(body: bytes, declared: int, kind: str = "text/csv") -> Reply:
    """A body of another length than declared, then the connection is closed."""

    def reply(handler: _Handler) -> None:
        handler.start(200, declared, {"Content-Type": kind})
        handler.put(body)
        handler.close_connection = True

    return reply


def reset(body: bytes, declared: int) -> Reply:
    """A connection that is reset in the middle of the body."""

    def reply(handler: _Handler) -> None:
        handler.start(200, declared, {})
        handler.put(body)
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.connection.close()
        handler.close_connection = True

    return reply


def drip(body: bytes, every: float, *, head: bool = False) -> Reply:
    """A body, or a head, that comes one byte at a time."""

    def reply(handler: _Handler) -> None:
        if not head:
            handler.start(200, len(body), {})
        for number in range(len(body)):
            if handler.publisher.stopping.wait(every):
                return
            handler.put(body[number : number + 1])

    return reply


def hang() -> Reply:
    """No answer at all."""
    return lambda handler: handler.publisher.stopping.wait(60) and None


def bomb(megabytes: int, encoding: str = "gzip") -> Reply:
    """A small body that unpacks to many megabytes."""
    body = b"0" * (megabytes << 20)
    packed = gzip.compress(body, 1) if encoding == "gzip" else zlib.compress(body, 1)
    return data(packed, "text/csv", Content_Encoding=encoding)


def endless(chunk: bytes) -> Reply:
    """A body without an end, or a length."""

    def reply(handler: _Handler) -> None:
        handler.start(200, None, {})
        while not handler.publisher.stopping.is_set():
            handler.put(chunk)

    return reply


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


@contextmanager
def publishing(certificate: Path | None = None) -> Iterator[Publisher]:
    """Run a publisher; with a PEM file of key and certificate it speaks TLS."""
    publisher = Publisher()
    handler = type("Handler", (_Handler,), {"publisher": publisher})
    server = _Server(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    scheme = "http"
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        scheme = "https"
    publisher.host = f"127.0.0.1:{server.server_port}"
    publisher.url = f"{scheme}://{publisher.host}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield publisher
    finally:
        publisher.stopping.set()
        server.shutdown()
        thread.join()
        server.server_close()
