"""Signed links: what the web door may do for somebody without a token, because we wrote him the address.

Place in the pipeline: base; `mailing` writes them (step 8 Deliver), the web door reads them. In: words and a secret;
out: a token of letters that may stand in an address, which nobody else can make or change. It names the key it was
made with, so a new key can be put before the old one and links stay good until the old one is taken away.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime

_LONGEST = 4096


def sign(purpose: str, words: Sequence[str], secret: str, until: datetime | None = None) -> str:
    """Return a token for some words and one purpose; `until` is when it ends, None for never.

    `secret` holds one key, or several with blanks between: the first one signs.
    """
    key = secret.split(maxsplit=1)[0]
    ends = int(until.timestamp()) if until else 0
    body = _coded(json.dumps([ends, *words], ensure_ascii=False, separators=(",", ":")).encode())
    return f"{body}.{_name(key)}.{_seal(purpose, body, key)}"


def read(purpose: str, token: str, secret: str, now: datetime) -> tuple[str, ...] | None:
    """Return the words of a token; None where it is not ours, was changed, is over, or for another purpose."""
    body, _, rest = token.partition(".")
    name, _, seal = rest.partition(".")
    keys = [key for key in secret.split() if hmac.compare_digest(_name(key), name if name.isascii() else "")]
    sound = [key for key in keys if hmac.compare_digest(_seal(purpose, body, key), seal if seal.isascii() else "")]
    if not sound or len(token) > _LONGEST:
        return None
    ends, *words = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    if ends and now.timestamp() >= ends:
        return None
    return tuple(words)


def _seal(purpose: str, body: str, key: str) -> str:
    return _coded(hmac.digest(key.encode(), f"{purpose}\0{body}".encode(), "sha256"))


def _name(key: str) -> str:
    return hashlib.sha256(f"briefing key\0{key}".encode()).hexdigest()[:8]


def _coded(data: bytes) -> str:
    return urlsafe_b64encode(data).decode("ascii").rstrip("=")
