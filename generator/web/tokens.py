"""Tokens: who may come in from elsewhere, and as what.

Place in the pipeline: a part of the door `web`; `briefing token` makes them. In: a token as a program or browser
sends it; out: its caller. At rest there is only a salted scrypt of each (https://www.rfc-editor.org/rfc/rfc7914), in a
file that its owner alone may read; the token itself is shown once, when it is made.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import stat
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .. import archive
from ..errors import ArchiveError, UsageError
from ..reading import did_you_mean
from .access import Caller, Role

FILE = "tokens.json"
ROLES: tuple[Role, ...] = ("viewer", "editor")
_COST = {"n": 1 << 14, "r": 8, "p": 1, "maxmem": 64 << 20}
_TOKEN = re.compile(r"briefing_([0-9a-f]{8})_([A-Za-z0-9_-]{43})\Z", re.ASCII)
_NAME = re.compile(r"[\w.@ -]{1,60}\Z")
_SHAPE = {
    "id": re.compile(r"[0-9a-f]{8}\Z"), "name": _NAME, "role": re.compile(r"(?:viewer|editor)\Z"),
    "created": re.compile(r"[0-9-]{10}\Z", re.ASCII), "salt": re.compile(r"[0-9a-f]{32}\Z"),
    "hash": re.compile(r"[0-9a-f]{128}\Z"),
}  # fmt: skip
"""What the texts of a kept token look like."""
_REMEMBERED = 1000
Chance = Callable[[int], str]
"""Gives so many random bytes as text: `secrets.token_hex`, `secrets.token_urlsafe`."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is kept; `topics` () means all of them."""

    id: str
    name: str
    role: Role
    topics: tuple[str, ...]
    created: str
    salt: str
    hash: str

    @property
    def caller(self) -> Caller:
        """Who comes with it."""
        return Caller(self.name, self.role, self.topics or None)


def has_form(text: str) -> bool:
    """Whether a text could be a token: only then it is a guess."""
    return _TOKEN.match(text) is not None


@dataclass(frozen=True)
class Tokens:
    """The tokens of a workspace; what was checked once is remembered until the file changes."""

    state: Path
    _known: dict[bytes, Token] = field(default_factory=dict, repr=False)
    _seen: list[tuple[int, int]] = field(default_factory=list, repr=False)

    @property
    def path(self) -> Path:
        """Their file."""
        return self.state / FILE

    def read(self) -> tuple[Token, ...]:
        """Return all tokens; UsageError where their file is not one, or others may read it."""
        try:
            # Without O_NONBLOCK a pipe in its place would be waited for.
            with os.fdopen(os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
                mode = os.fstat(file.fileno()).st_mode
                data = file.read() if stat.S_ISREG(mode) else b""
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise UsageError(f"cannot be read: {error.strerror}", where=str(self.path)) from error
        if mode & 0o077:
            raise UsageError("others may read it", where=str(self.path), hint=f"chmod 600 {self.path}")
        try:
            return _tokens(json.loads(data))
        except (ValueError, RecursionError) as error:
            hint = "Remove the file and make the tokens anew: briefing token new NAME."
            raise UsageError(f"it holds no tokens: {error}", where=str(self.path), hint=hint) from error

    def make(self, name: str, role: str, topics: tuple[str, ...], day: str, chance: tuple[Chance, Chance]) -> str:
        """Make a token and return it; UsageError on a name that is taken or a role that is not there."""
        if not _NAME.match(name):
            raise UsageError(f"a name '{name}'", hint="Use up to 60 letters, digits, spaces and .@-_ .")
        if role not in ROLES:
            raise UsageError(f"no role '{role}'", hint=did_you_mean(role, ROLES))
        with archive.locked(self.state / "locks", "tokens", "changing tokens"):
            tokens = self.read()
            if any(token.name == name for token in tokens):
                raise UsageError(f"there is a token '{name}'", hint=f"briefing token revoke '{name}', or another name.")
            in_hex, in_letters = chance
            id_, secret, salt = in_hex(4), in_letters(32), in_hex(16)
            made = Token(id_, name, _role(role), topics, day, salt, _hashed(secret, salt))
            self._write((*tokens, made))
        return f"briefing_{id_}_{secret}"

    def revoke(self, name: str) -> None:
        """Take a token back: it opens nothing from now on; UsageError where there is none of the name."""
        with archive.locked(self.state / "locks", "tokens", "changing tokens"):
            tokens = self.read()
            left = tuple(token for token in tokens if token.name != name)
            if left == tokens:
                raise UsageError(f"no token '{name}'", hint=did_you_mean(name, [token.name for token in tokens]))
            self._write(left)

    def known(self, text: str) -> Caller | None:
        """Return the caller of a token that was checked before and is still good."""
        if self._stamp() != self._seen:
            self._known.clear()
        found = self._known.get(hashlib.sha256(text.encode()).digest())
        return found.caller if found else None

    def check(self, text: str) -> Caller | None:
        """Return the caller of a token, None where it is none of ours; a guess takes as long either way."""
        stamp, match = self._stamp(), _TOKEN.match(text)
        if match is None:
            return None
        id_, secret = match[1], match[2]
        nobody = Token(id_, "", "viewer", (), "", "00" * 16, "")
        token = next((each for each in self.read() if each.id == id_), nobody)
        if not hmac.compare_digest(_hashed(secret, token.salt), token.hash):
            return None
        if stamp != self._seen or len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._seen[:] = stamp
        self._known[hashlib.sha256(text.encode()).digest()] = token
        return token.caller

    def _stamp(self) -> list[tuple[int, int]]:
        try:
            status = self.path.stat()
        except OSError:
            return []
        return [(status.st_mtime_ns, status.st_ino)]

    def _write(self, tokens: tuple[Token, ...]) -> None:
        part = self.path.with_suffix(".part")
        try:
            part.unlink(missing_ok=True)
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump([asdict(token) for token in tokens], file, indent=1, ensure_ascii=False)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self.path)
        except OSError as error:
            raise ArchiveError(f"cannot write: {error.strerror}", where=str(self.path)) from error


def _tokens(rows: object) -> tuple[Token, ...]:
    """Return the tokens of a file; ValueError on anything that this program did not write."""
    if not isinstance(rows, list):
        raise ValueError("no list")  # noqa: TRY004 - a file's content is wrong, not a type of ours
    return tuple(_token(row, number) for number, row in enumerate(rows, 1))


def _token(row: object, number: int) -> Token:
    cells: dict[str, Any] = dict(row) if isinstance(row, dict) else {}
    topics = cells.pop("topics", None)
    wrong = [name for name in {*_SHAPE, *cells} if name not in _SHAPE or not _fits(cells.get(name), _SHAPE[name])]
    if not isinstance(topics, list) or not all(isinstance(each, str) for each in topics):
        wrong.append("topics")
    if wrong:
        raise ValueError(f"token {number}: {', '.join(sorted(wrong))}")
    return Token(**cells, topics=tuple(topics))


def _fits(value: object, shape: re.Pattern[str]) -> bool:
    return isinstance(value, str) and shape.match(value) is not None


def _role(text: str) -> Role:
    return "editor" if text == "editor" else "viewer"


def _hashed(secret: str, salt: str) -> str:
    return hashlib.scrypt(secret.encode(), salt=bytes.fromhex(salt), **_COST).hex()
