"""A message as the bytes of an e-mail (RFC 5322), the same at every attempt.

Place in the pipeline: a part of the channel `email`. In: a `Message` and who it goes from and to; out: the bytes, in
pieces, because the PDF is the same for everybody and is encoded once. What was written is read again before it is sent:
no header but ours may stand in it, and each once, whatever stood in a subject or a name.
"""

from __future__ import annotations

import re
from base64 import encodebytes
from binascii import b2a_qp
from collections import Counter
from dataclasses import dataclass, field
from email.header import Header
from email.utils import format_datetime
from functools import lru_cache
from string import ascii_letters, digits
from urllib.parse import quote

from ..errors import UsageError
from .addresses import Mailbox
from .base import File, Message

_HEADERS = (
    "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Auto-Submitted", "List-Id", "List-Unsubscribe",
    "List-Unsubscribe-Post", "Content-Language", "MIME-Version", "Content-Type",
)  # fmt: skip
_NAME = re.compile(rb"([!-9;-~]+):(?=[ \t]|\Z)")
_UNSAFE = re.compile(r"[^\w.-]+")
_LONGEST_NAME, _LONGEST_TEXT = 100, 200
_LONGEST_HEADERS = 20_000
_ATOM = frozenset(f"{ascii_letters}{digits} !#$%&'*+-/=?^_`{{|}}~")
"""Letters of a name that stand without quotation marks."""
_MULTIPART = 'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'
_TEXT = (
    '--{boundary}\r\nContent-Type: {kind}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
)
_ATTACHED = (
    "--{boundary}\r\nContent-Type: {type}\r\nContent-Transfer-Encoding: base64\r\n"
    "Content-Disposition: attachment; {name}\r\n\r\n"
)


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who a message goes from and to."""

    sender: Mailbox
    recipient: Mailbox
    reply_to: Mailbox | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """An e-mail ready for DATA, without the last dot: `head`, the file in base64 ("" where it is linked), `tail`."""

    head: bytes = field(repr=False)
    file: bytes = field(repr=False)
    tail: bytes = field(repr=False)
    utf8: bool = False
    """Whether its headers hold letters beyond ASCII, which needs SMTPUTF8."""

    @property
    def size(self) -> int:
        """Its bytes, as SIZE counts them (RFC 1870)."""
        return len(self.head) + len(self.file) + len(self.tail)

    @property
    def pieces(self) -> tuple[bytes, bytes, bytes]:
        """What goes over the wire: a dot that begins a line is doubled; base64 has none."""
        return _doubled(self.head), self.file, _doubled(self.tail)


def write(message: Message, envelope: Envelope, *, attach: bool) -> Letter:
    """Return a message as an e-mail; UsageError where it would hold another header than ours."""
    outer, inner = f"briefing-outer-{message.key}", f"briefing-inner-{message.key}"
    words = _part("text/plain", message.text, inner) + _part("text/html", message.html, inner) + _end(inner)
    alternative = _MULTIPART.format(kind="alternative", boundary=inner).encode()
    whole = alternative if not attach else _MULTIPART.format(kind="mixed", boundary=outer).encode()
    lines = [f"{name}: {value}\r\n" for name, value in _headers(message, envelope)]
    head = "".join(lines).encode() + whole
    refuse_strangers(head.removesuffix(b"\r\n\r\n"))
    utf8 = not (envelope.recipient.address + envelope.sender.address).isascii()
    if not attach:
        return Letter(head + words, b"", b"", utf8)
    name = safe_name(message.file.name)
    before = f"--{outer}\r\n".encode() + alternative + words
    before += _ATTACHED.format(boundary=outer, type=message.file.media_type, name=_filename(name)).encode()
    return Letter(head + before, encoded(message.file), b"\r\n" + _end(outer), utf8)


def _headers(message: Message, envelope: Envelope) -> list[tuple[str, str]]:
    found = [
        ("From", _address(envelope.sender)),
        ("To", _address(envelope.recipient)),
        ("Subject", _words(clean(message.subject))),
        ("Date", format_datetime(message.moment)),
        ("Message-ID", message_id(message, envelope.sender)),
        # Nobody's holiday answers to it (RFC 3834).
        ("Auto-Submitted", "auto-generated"),
        ("Content-Language", message.language),
        ("MIME-Version", "1.0"),
    ]
    if envelope.reply_to:
        found.append(("Reply-To", _address(envelope.reply_to)))
    if message.unsubscribe:
        # One click without a question (RFC 8058); large receivers want both.
        found += [
            ("List-Unsubscribe", f"<{message.unsubscribe}>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ]
    return found


def _part(kind: str, text: str, boundary: str) -> bytes:
    """Return a text as a part of a message: in quoted-printable, which leaves what is ASCII to be read."""
    lines = "\r\n".join(text.splitlines()) + "\r\n"
    return _TEXT.format(boundary=boundary, kind=kind).encode() + b2a_qp(lines.encode(), istext=True)


def _end(boundary: str) -> bytes:
    return f"--{boundary}--\r\n".encode()


def message_id(message: Message, sender: Mailbox) -> str:
    """Return the Message-ID of a delivery: the same at every attempt, so a receiver may know it again."""
    return f"<{message.key}@{sender.address.rpartition('@')[2]}>"


def _address(box: Mailbox) -> str:
    name = clean(box.name)
    if name.isascii() and not set(name) <= _ATOM:
        name = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{_words(name)} <{box.address}>" if name else box.address


def _words(text: str) -> str:
    """Return words for a header: what is beyond ASCII as encoded words (RFC 2047)."""
    return text if text.isascii() else Header(text, "utf-8").encode(linesep="\r\n")


def clean(text: str) -> str:
    """Return a text for a header: one short line without control characters and words that pass for encoded."""
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    line = " ".join(shown.replace("=?", "= ?").split())
    return line if len(line) <= _LONGEST_TEXT else f"{line[:_LONGEST_TEXT]}…"


def _filename(name: str) -> str:
    """Return the parameter with a file's name: as it is in ASCII, otherwise by RFC 2231."""
    return f'filename="{name}"' if name.isascii() else f"filename*=utf-8''{quote(name, safe='')}"


def safe_name(name: str) -> str:
    """Return a name that leads nowhere else and hides nothing: letters, digits and .-_ only, .pdf at the end."""
    last = name.replace("\\", "/").rpartition("/")[2]
    stem = _UNSAFE.sub("-", last).removesuffix(".pdf").strip(".-") or "briefing"
    while len(stem.encode()) > _LONGEST_NAME:
        stem = stem[:-1]
    return f"{stem}.pdf"


@lru_cache(maxsize=8)
def encoded(file: File) -> bytes:
    """Return a file's base64 in lines of 76; the same file is encoded once for all of its recipients."""
    return encodebytes(file.data).replace(b"\n", b"\r\n").removesuffix(b"\r\n")


def refuse_strangers(head: bytes) -> None:
    """Raise UsageError unless a message's head, as written, holds our headers only, each at most once."""
    names = Counter[str]()
    for line in head.split(b"\r\n"):
        match = _NAME.match(line)
        if match:
            names[match[1].decode("ascii")] += 1
        if b"\r" in line or b"\n" in line or b"\0" in line or not (match or line[:1] in (b" ", b"\t")):
            raise UsageError("the head of a message would be broken by what stands in it", hint=_CURE)
    strangers = sorted(name for name, count in names.items() if name not in _HEADERS or count > 1)
    if strangers or len(head) > _LONGEST_HEADERS:
        said = ", ".join(strangers) or f"{len(head)} bytes of headers"
        raise UsageError(f"the head of a message would hold {said}", hint=_CURE)


_CURE = "Look at the issuer, the topic's title and the recipient's name."


def _doubled(part: bytes) -> bytes:
    found = part.replace(b"\r\n.", b"\r\n..")
    return b"." + found if found.startswith(b".") else found
