"""One conversation in SMTP (RFC 5321) that ends at its deadline, whatever the other side does.

Place in the pipeline: a part of the channel `email`. smtplib speaks; what it leaves open is closed here: a total
deadline (its own is one a read, so a byte a second defeats it), answers of bounded length, TLS that is verified, and
the last dot in a step of its own, because before it nothing was delivered and behind it nobody knows until the answer
is there.
"""

from __future__ import annotations

import contextlib
import platform
import smtplib
import socket
import ssl
from collections.abc import Iterable
from typing import Any

from ..network import Deadline

_LONGEST_LINE = 4096
_LONGEST_REPLY = 65_536
_PIECE = 65_536


class GarbledError(Exception):
    """The other side does not speak SMTP, or too much of it."""


class Conversation(smtplib.SMTP):
    """A connection to a server. OSError, SMTPException and GarbledError come through; `deadline` is the caller's."""

    def __init__(self, deadline: Deadline, *, implicit: ssl.SSLContext | None = None) -> None:
        """Connect to nobody yet; with `implicit` TLS begins before the first word."""
        self.deadline, self._implicit, self._unread = deadline, implicit, b""
        node = platform.node()
        super().__init__(local_hostname=node if "." in node else "[127.0.0.1]")

    def _get_socket(self, host: str, port: int, timeout: float | None) -> socket.socket:  # noqa: ARG002 - smtplib's
        found = socket.create_connection((host, port), self.left)
        # The last dot is a small packet behind a large one: it shall not wait for an acknowledgement.
        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._implicit is None:
            return found
        return self._implicit.wrap_socket(found, server_hostname=host)

    @property
    def left(self) -> float:
        """Seconds to the deadline; TimeoutError where it is over."""
        left = self.deadline.left
        if left <= 0:
            raise TimeoutError("the deadline is over")
        return left

    def secure(self, context: ssl.SSLContext, host: str) -> None:
        """Go over to verified TLS; GarbledError where that is refused, or words in clear are behind it."""
        code, text = self.docmd("STARTTLS")
        if code != 220 or self._unread:
            said = "words in clear behind STARTTLS" if self._unread else f"{code} {text.decode('latin-1')}"
            raise GarbledError(said)
        self.sock = context.wrap_socket(self._settled(), server_hostname=host)
        # What was offered in clear may have been somebody else's words (RFC 3207, 4.2).
        self.helo_resp = self.ehlo_resp = None
        self.esmtp_features, self.does_esmtp = {}, False

    def send(self, s: Any) -> None:  # noqa: ANN401 - smtplib's
        """Send, within the deadline."""
        self._settled()
        super().send(s)

    def send_pieces(self, pieces: Iterable[bytes]) -> None:
        """Send what DATA takes, within the deadline."""
        for piece in pieces:
            view = memoryview(piece)
            for start in range(0, len(view), _PIECE):
                self._settled().sendall(view[start : start + _PIECE])

    def getreply(self) -> tuple[int, bytes]:
        """Return code and text of an answer of bounded length."""
        said: list[bytes] = []
        length = 0
        while True:
            line = self._line()
            if not line[:3].isdigit() or line[3:4] not in (b" ", b"-", b""):
                self.close()
                raise GarbledError(f"no answer in SMTP: {line[:60].decode('latin-1')}")
            said.append(line[4:])
            length += len(line) + 2
            if length > _LONGEST_REPLY:
                self.close()
                raise GarbledError("an answer without end")
            if line[3:4] != b"-":
                break
        code, text = int(line[:3]), b"\n".join(said)
        if code == 421:
            self.close()
        return code, text

    def _line(self) -> bytes:
        while b"\n" not in self._unread:
            if len(self._unread) > _LONGEST_LINE:
                self.close()
                raise GarbledError("a line without end")
            part = self._settled().recv(4096)
            if not part:
                self.close()
                raise smtplib.SMTPServerDisconnected("the connection was closed")
            self._unread += part
        line, _, self._unread = self._unread.partition(b"\n")
        return line.rstrip(b"\r")

    def _settled(self) -> socket.socket:
        """Return the connection, with what is left of the deadline set on it."""
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("the connection was closed")
        self.sock.settimeout(self.left)
        return self.sock

    def close(self) -> None:
        """Close the connection, without a word."""
        self._unread = b""
        with contextlib.suppress(OSError):
            super().close()
