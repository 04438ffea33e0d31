"""A receiver of webhooks that the tests start: it answers as it is told, keeps what came, and verifies as the standard says."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(KEY).decode()
VARIABLE = "BRIEFING_HOOK_SECRET"


@dataclass(slots=True)
class Post:
    """One request that came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)["data"]
        return found


def verify(post: Post, now: int, key: bytes = KEY) -> bool:
    """Return whether a receiver should believe a post: its signature holds, and its time is within five minutes.

    Written from the text of Standard Webhooks, apart from the program that signs.
    """
    stamp = post.headers["webhook-timestamp"]
    if abs(int(stamp) - now) > 300:
        return False
    signed = f"{post.headers['webhook-id']}.{stamp}.".encode() + post.body
    right = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(each, f"v1,{right}") for each in post.headers["webhook-signature"].split())


@dataclass
class Receiver:
    """What came, and what is answered next: (status, headers, body); the last one again and again."""

    port: int = 0
    posts: list[Post] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=lambda: [(204, {}, b"")])
    endless: bool = False
    sent: int = 0
    """Bytes of an endless answer that were taken."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks?from=briefing"


@contextmanager
def receiving(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    state = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.posts.append(Post(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            status, headers, said = state.answers.pop(0) if len(state.answers) > 1 else state.answers[0]
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if not state.endless:
                self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            try:
                self.wfile.write(said)
                while state.endless and state.sent < 200_000_000:
                    self.wfile.write(b"x" * 65536)
                    state.sent += 65536
            except OSError:
                pass  # nobody reads on: that is what is tested

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    server.daemon_threads = True
    state.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
