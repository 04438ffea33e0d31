"""Mail over the loopback: an edition to many recipients through ledger and letters, beside a bare smtplib loop.

The loop has the finished bytes of the same messages and one kept connection; it writes nothing down and verifies nothing.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import multiprocessing
import smtplib
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from generator.database import Address
from generator.deliveries import SENT, Deliveries
from generator.delivery.addresses import Mailbox
from generator.delivery.mail import Envelope, Letter, write
from generator.ledger import Ledger
from generator.mailing import Mailing, Posting
from generator.postman import Postman
from generator.roster import Choice
from generator.seats import Seats
from generator.workspace import Workspace

MAILS = 2000
_BYTES = 300_000
_SENDER = Mailbox("post@briefings.example.org", "Office")


def mailed(
    folder: Path, rounds: int, measure: Callable[..., dict[str, float]], mails: int = MAILS
) -> Iterator[tuple[str, float, float, float]]:
    """Yield what was measured: what it is, our seconds, theirs, the limit."""
    with _sink() as port:
        workspace = _workspace(folder, port, mails)
        numbers = itertools.count()

        def ours() -> None:
            postman, close = _postman(workspace, folder / f"{next(numbers)}.sqlite")
            postman.owe(postman.plan(Choice("harbour")))
            done = postman.deliver()
            sent = sum(each.state == SENT for each in done.deliveries)
            close()
            if sent != mails:
                raise SystemExit(f"{sent} of {mails} were sent: {done.problems}")

        head, file, tail = _message(workspace)

        def bare() -> None:
            with smtplib.SMTP("127.0.0.1", port) as server:
                for number in range(mails):
                    to = f"reader{number}@example.org"
                    server.sendmail(_SENDER.address, to, head.replace(b"reader0@", f"reader{number}@".encode()) + file + tail)

        seconds = measure(max(1, rounds // 2), ours=ours, bare=bare)
    yield f"{mails} mails of a 300 kB PDF / a bare smtplib loop with the same bytes", seconds["ours"], seconds["bare"], 1.3


def _workspace(folder: Path, port: int, mails: int) -> Workspace:
    """Write a workspace with an edition and a list."""
    root = folder / "workspace"
    edition = root / "reports" / "harbour" / "2026-01-01.1"
    edition.mkdir(parents=True)
    people = ", ".join(f'"reader{number}@example.org"' for number in range(mails))
    (root / "briefing.toml").write_text(
        f'issuer = "Office"\n[channels.post]\nkind = "email"\nhost = "127.0.0.1"\nport = {port}\ntls = "none"\n'
        f'sender = "Office <{_SENDER.address}>"\n[[lists]]\nname = "all"\nchannel = "post"\nrecipients = [{people}]\n',
        "utf-8",
    )
    (root / "data" / "harbour").mkdir(parents=True)
    (root / "data" / "harbour" / "topic.toml").write_text('title = "Harbour"\n', "utf-8")
    pdf = b"%PDF-1.7\n" + Random(1).randbytes(_BYTES)
    (edition / "harbour.pdf").write_bytes(pdf)
    figures = [{"label": f"Figure {number}", "value": "12.3 million", "period": "2025", "change": "+3 %"} for number in range(4)]
    gist = {"issuer": "Office", "title": "Harbour", "date": "1 January 2026", "accent": "#0b5d7a", "bottom_line": "It grew.", "figures": figures}
    file = {"language": "en", "name": "harbour.pdf", "sha256": hashlib.sha256(pdf).hexdigest(), "bytes": len(pdf), "pages": 1, "gist": gist}
    record = {"edition": "2026-01-01.1", "topic": "harbour", "number": 1, "date": "2026-01-01", "digest": "", "languages": ["en"], "as_of": None,
              "files": [file], "facts": [], "figures": {}, "series": [], "inputs": {}}  # fmt: skip
    (edition / "record.json").write_text(json.dumps(record), "utf-8")
    return Workspace(root)


def _postman(workspace: Workspace, file: Path) -> tuple[Postman, Callable[[], None]]:
    ledger = Ledger(Address(file))
    deliveries = Deliveries(ledger.address, ledger.engine)
    seats = Seats(file.with_suffix(".seats"), None)
    return Postman(workspace.root, None, deliveries, seats, lambda: datetime.now(UTC), {}), ledger.close


def _message(workspace: Workspace) -> tuple[bytes, bytes, bytes]:
    """Return the bytes of the message of the first reader, in three parts."""
    record = json.loads((workspace.reports / "harbour/2026-01-01.1/record.json").read_bytes())
    posting = Posting("0" * 32, "harbour", "2026-01-01.1", "en", record["files"][0]["sha256"], "", "reader0@example.org", datetime(2026, 1, 1, tzinfo=UTC))
    from generator.recipients import Distribution

    message = Mailing(workspace, Distribution()).message(posting)
    letter: Letter = write(message, Envelope(_SENDER, Mailbox("reader0@example.org")), attach=True)
    return letter.head, letter.file, letter.tail


class _sink:  # noqa: N801 - used as a function
    """A server in a process of its own, which takes everything and keeps nothing."""

    def __enter__(self) -> int:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._process = multiprocessing.get_context("fork").Process(target=_take, args=(self._listener,), daemon=True)
        self._process.start()
        return int(self._listener.getsockname()[1])

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.join()
        self._listener.close()


def _take(listener: socket.socket) -> None:
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection:
            connection.sendall(b"220 sink\r\n")
            _talk(connection)


def _talk(connection: socket.socket) -> None:
    unread = b""
    while True:
        while b"\r\n" not in unread:
            part = connection.recv(65_536)
            if not part:
                return
            unread += part
        line, _, unread = unread.partition(b"\r\n")
        if line[:4].upper() == b"DATA":
            connection.sendall(b"354 go on\r\n")
            last = unread
            while not last.endswith(b"\r\n.\r\n"):
                part = connection.recv(1 << 20)
                if not part:
                    return
                last = last[-5:] + part
            unread = b""
            connection.sendall(b"250 taken\r\n")
        elif line[:4].upper() == b"QUIT":
            connection.sendall(b"221 bye\r\n")
            return
        else:
            connection.sendall(b"250 ok\r\n")
