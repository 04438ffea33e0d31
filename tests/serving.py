"""The real server as a process on a free port of the loopback, and a client that hides nothing of its answers."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes = field(repr=False)

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def __getitem__(self, header: str) -> str:
        return self.headers.get(header.lower(), "")


@dataclass(frozen=True)
class Served:
    url: str
    process: subprocess.Popen[str]
    folder: Path
    log_file: Path

    @property
    def netloc(self) -> str:
        return urlsplit(self.url).netloc

    @property
    def log(self) -> str:
        return self.log_file.read_text("utf-8")

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """Send one request as it is; `accept_language` is the header Accept-Language."""
        connection = http.client.HTTPConnection(self.netloc, timeout=300)
        try:
            connection.putrequest(method, path, skip_host="host" in headers, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name.replace("_", "-"), value)
            if body is not None and "content_length" not in headers and "transfer_encoding" not in headers:
                connection.putheader("content-length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, **headers)

    def post(self, path: str, value: object = None, **headers: str) -> Answer:
        return self.ask("POST", path, json.dumps(value).encode(), content_type="application/json", **headers)


@contextmanager
def serving(folder: Path, *options: str, command: str = "serve", **environment: str) -> Iterator[Served]:
    """Serve a workspace with the command; at the end it must have ended as it was told, without a fault in its log."""
    log = folder.parent / f"{folder.name}.{command}.log"
    with log.open("a", encoding="utf-8") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "generator", "-C", str(folder), command, "--port", "0", *options],
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment}, stdout=subprocess.PIPE, stderr=errors, text=True,
        )  # fmt: skip
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url, log.read_text("utf-8")
        yield Served(url, process, folder, log)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=300)
    assert process.returncode == 0, log.read_text("utf-8")
    assert "Traceback" not in log.read_text("utf-8"), log.read_text("utf-8")[-6000:]
