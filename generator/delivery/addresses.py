"""The syntax of e-mail addresses, without asking any name server.

Place in the pipeline: a part of the channel `email`. In: what people type; out: one form an address
(https://www.rfc-editor.org/rfc/rfc5321#section-4.1.2, RFC 6531 for letters beyond ASCII). What mail forbids
nobody, but nobody has, is refused: quoted local parts, addresses in brackets, comments.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*\Z")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
_NAMED = re.compile(r"(?P<name>[^<>\"]*|\"[^<>\"]*\"\s*)<(?P<address>[^<>\s]+)>\Z")
_LONGEST, _LONGEST_LOCAL = 254, 64


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address with the name that stands before it, "" for none."""

    address: str
    name: str = ""


def canonical(text: str) -> str:
    """Return an address with its domain in ASCII and in lower case; ValueError says what is wrong with it."""
    local, at, domain = text.rpartition("@")
    if not at or not local or not domain:
        raise ValueError("no name and place with @ between them")
    if any(not letter.isprintable() or letter.isspace() for letter in text):
        raise ValueError("a blank or a control character")
    # Two ways to write one letter would be two recipients.
    local = unicodedata.normalize("NFC", local)
    if not _LOCAL.match(local) or len(local.encode()) > _LONGEST_LOCAL:
        raise ValueError(f"'{local[:_LONGEST_LOCAL]}' cannot stand before the @")
    found = f"{local}@{_domain(domain)}"
    if len(found.encode()) > _LONGEST:
        raise ValueError(f"{len(found.encode())} bytes, at most {_LONGEST} fit")
    return found


def _domain(text: str) -> str:
    try:
        domain = text.encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise ValueError(f"'{text[:_LONGEST]}' is no domain") from error
    labels = domain.split(".")
    if not all(map(_LABEL.match, labels)) or (len(labels) == 1 and domain != "localhost") or labels[-1].isdigit():
        raise ValueError(f"'{text[:_LONGEST]}' is no domain")
    return domain


def mailbox(text: str) -> Mailbox:
    """Return what `Name <address>` or `address` says; ValueError says what is wrong with it."""
    match = _NAMED.match(text.strip())
    if match is None:
        return Mailbox(canonical(text.strip()))
    name = match["name"].strip().strip('"')
    if not all(letter.isprintable() for letter in name):
        raise ValueError("a control character in the name")
    return Mailbox(canonical(match["address"]), name)
