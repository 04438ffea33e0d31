"""A message as the bytes of an e-mail (RFC 5322), the same at every attempt.

Place in the pipeline: a part of the channel `email`. In: a `Message` and who it goes from and to; out: the bytes, in
pieces, because the PDF is the same for everybody and is encoded once. What was written is read again before it is sent:
no header but ours may stand in it, and each once, whatever stood in a subject or a name.
"""

from __future__ import annotations

import re
from base64 import encodebytes
from collections import Counter
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import lru_cache

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
_MARK = "QlJJRUZJTkctRklMRS1IRVJF"
"""Stands for the file's base64 until the bytes around it are written; it is base64 itself."""
_LONGEST_HEADERS = 20_000


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
    utf8 = not (envelope.recipient.address + envelope.sender.address).isascii()
    mail = EmailMessage(policy=SMTP.clone(utf8=utf8))
    for name, value in _headers(message, envelope):
        mail[name] = value
    mail.set_content(message.text, cte="quoted-printable")
    mail.add_alternative(message.html, subtype="html", cte="quoted-printable")
    if attach:
        mail.make_mixed()
        mail.attach(_attachment(message.file))
    mail["Content-Language"] = message.language
    for number, part in enumerate(part for part in mail.walk() if part.is_multipart()):
        part.set_boundary(f"briefing-{number}-{message.key}")
    written = mail.as_bytes().removesuffix(b"\r\n") + b"\r\n"
    head, _, tail = written.partition(_MARK.encode()) if attach else (written, b"", b"")
    refuse_strangers(written.partition(b"\r\n\r\n")[0])
    return Letter(head, encoded(message.file) if attach else b"", tail, utf8)


def _headers(message: Message, envelope: Envelope) -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = [
        ("From", _address(envelope.sender)),
        ("To", _address(envelope.recipient)),
        ("Subject", clean(message.subject)),
        ("Date", format_datetime(message.moment)),
        ("Message-ID", message_id(message, envelope.sender)),
        # Nobody's holiday answers to it (RFC 3834).
        ("Auto-Submitted", "auto-generated"),
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


def message_id(message: Message, sender: Mailbox) -> str:
    """Return the Message-ID of a delivery: the same at every attempt, so a receiver may know it again."""
    return f"<{message.key}@{sender.address.rpartition('@')[2]}>"


def _address(box: Mailbox) -> Address:
    local, _, domain = box.address.rpartition("@")
    return Address(clean(box.name), local, domain)


def clean(text: str) -> str:
    """Return a text for a header: one short line without control characters and words that pass for encoded."""
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    line = " ".join(shown.replace("=?", "= ?").split())
    return line if len(line) <= _LONGEST_TEXT else f"{line[:_LONGEST_TEXT]}…"


def _attachment(file: File) -> EmailMessage:
    main, _, sub = file.media_type.partition("/")
    part = EmailMessage(policy=SMTP)
    part["Content-Type"] = f"{main}/{sub}"
    part["Content-Transfer-Encoding"] = "base64"
    part.add_header("Content-Disposition", "attachment", filename=safe_name(file.name))
    part.set_payload(_MARK)
    return part


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
