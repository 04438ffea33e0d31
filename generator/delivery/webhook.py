"""Webhooks: a signed POST to an address of the operator's, as Standard Webhooks describes it.

Place in the pipeline: step 8 Deliver. `webhook-id` is the delivery's key and the same at every attempt, so a receiver
that has had it may drop it; `webhook-signature` is an HMAC-SHA256 over id, time and body
(https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md). The connection goes to an
address that was checked to be public, no redirect is followed, and no more of an answer is read than is shown.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast
from urllib.parse import SplitResult, urlsplit, urlunsplit

import httpcore

from ..errors import BriefingError, OutsideError, UsageError
from ..fetching import AGENT
from ..network import Backend, Deadline, Gate
from ..reading import Table
from .base import REFUSED, SENT, Message, Outcome, World, one_line, take_secret, take_whole

ANSWER = 64 << 10
"""Bytes of an answer that are read at most."""
LONGEST_WAIT = timedelta(hours=24)
_TROUBLES = (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError)
_PREFIX = "whsec_"
_MEGABYTE = 1_000_000
_GONE = 410
_BUSY = frozenset({429, 503})
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Settings:
    """What [channels.<name>] says. `attach`: the bytes of a PDF that travel along, in Base64."""

    url: str
    secret: str
    ca: str = ""
    seconds: int = 20
    attach: int = 10 * _MEGABYTE


class _Kind:
    recipients = ""

    def take(self, table: Table) -> Settings:
        """Take where to, and the name of the variable that holds the key of the signature."""
        url = table.text("url")
        if url and (wrong := _wrong(url)):
            table.refuse("url", wrong, expected="an address of the web: https://example.org/hooks", cure="Correct it.")
        return Settings(
            url=url,
            secret=take_secret(table, "secret"),
            ca=table.text("ca", ""),
            seconds=take_whole(table, "seconds", 20, 1, 600),
            attach=take_whole(table, "attach_up_to", 10, 0, 100) * _MEGABYTE,
        )

    def address(self, text: str) -> str:
        """Take nothing: the channel is its only recipient."""
        if text:
            raise ValueError("no address: the channel itself says where to")
        return ""

    @contextmanager
    def open(self, settings: object, world: World) -> Iterator[_Webhook]:
        """Yield the channel; it connects for each message."""
        own = cast("Settings", settings)
        if not own.secret:
            hint = f'Write secret = "BRIEFING_…" beside its url; make one: python3 -c "{_MAKE}"'
            raise UsageError("a webhook without a secret is not sent", where="briefing.toml", hint=hint)
        yield _Webhook(own, _key(world.secret(own.secret), own.secret), world)


_MAKE = "import base64,os; print('whsec_' + base64.b64encode(os.urandom(24)).decode())"


def _wrong(url: str) -> str:
    """Return what is wrong with an address, "" for nothing."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        return f"'{url[:80]}': {error}"
    if parts.username is not None or parts.password is not None:
        return "an address with a user's name or password (not repeated here)"
    fits = parts.scheme in _PORTS and parts.hostname and not parts.fragment and url.isascii() and port != 0
    return "" if fits and url.split() == [url] else f"'{url[:80]}'"


def _key(secret: str, name: str) -> bytes:
    """Return the key of a secret: `whsec_` and Base64 of 24 to 64 bytes, as the standard has it."""
    with suppress(ValueError):
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        if 24 <= len(key) <= 64:
            return key
    hint = f'Make one: python3 -c "{_MAKE}"'
    raise UsageError(f"{name} holds no key of 24 to 64 bytes in Base64", where="the environment", hint=hint)


def sign(key: bytes, id_: str, timestamp: int, body: bytes) -> str:
    """Return the signature of a message."""
    signed = b".".join((id_.encode(), str(timestamp).encode(), body))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


class _Webhook:
    def __init__(self, settings: Settings, key: bytes, world: World) -> None:
        self._settings, self._key, self._world = settings, key, world
        self._gate = Gate(private=frozenset(world.network.private))
        parts = urlsplit(settings.url)
        self._parts = parts
        self._trust = _trust(settings, world) if parts.scheme == "https" else None

    def deliver(self, message: Message, address: str, commit: Callable[[], None]) -> Outcome:  # noqa: ARG002 - one place
        """Post one message. What has no answer is tried again with the same id: the receiver knows it by that."""
        body = _body(message, self._settings.attach)
        stamp = int(self._world.clock().timestamp())
        headers = {
            "Host": self._parts.netloc, "User-Agent": AGENT, "Content-Type": "application/json",
            "Content-Length": str(len(body)), "Connection": "close",
            "webhook-id": message.key, "webhook-timestamp": str(stamp),
            "webhook-signature": sign(self._key, message.key, stamp, body),
        }  # fmt: skip
        deadline = Deadline.after(self._settings.seconds)
        try:
            self._refuse_private()
        except UsageError as error:
            return Outcome(REFUSED, one_line(f"{error.message}. {error.hint}"))
        except OutsideError as error:
            return Outcome("later", one_line(error.message), everybody=True)
        commit()
        try:
            return self._post(headers, body, deadline)
        except (*_TROUBLES, BriefingError, OSError) as error:
            return Outcome("later", one_line(_told(error)), everybody=True)

    def _refuse_private(self) -> None:
        parts = self._parts
        host, port = str(parts.hostname), parts.port or _PORTS[parts.scheme]
        self._gate.addresses(host, port)
        if parts.scheme == "http" and not self._gate.names(host, port):
            hint = f'Use https, or name it in briefing.toml: [network] private = ["{host}:{port}"].'
            raise UsageError("a webhook goes out in clear to no public address", hint=hint)

    def _post(self, headers: Mapping[str, str], body: bytes, deadline: Deadline) -> Outcome:
        patience = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), deadline.left)}
        with (
            httpcore.ConnectionPool(ssl_context=self._trust, network_backend=Backend(self._gate, deadline)) as pool,
            pool.stream(
                "POST", _target(self._parts), headers=list(headers.items()), content=body, extensions=patience
            ) as response,
        ):
            told = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
            return _outcome(response.status, told, _beginning(response))


def _target(parts: SplitResult) -> httpcore.URL:
    path = urlunsplit(("", "", parts.path or "/", parts.query, ""))
    return httpcore.URL(
        scheme=parts.scheme, host=str(parts.hostname), port=parts.port or _PORTS[parts.scheme], target=path
    )


def _trust(settings: Settings, world: World) -> ssl.SSLContext:
    if not settings.ca:
        return ssl.create_default_context()
    path = world.root / settings.ca
    try:
        return ssl.create_default_context(cafile=str(path))
    except OSError as error:
        raise UsageError(f"no certificates: {error}", where=str(path), hint="Put the file there.") from error


def _beginning(response: httpcore.Response) -> bytes:
    """Return the first bytes of an answer: nobody needs more, and it may have no end."""
    found = b""
    # What was said is only shown; a connection that breaks here has answered.
    with suppress(*_TROUBLES):
        for part in response.iter_stream():
            found += part
            if len(found) >= ANSWER:
                break
    return found[:ANSWER]


def _outcome(status: int, headers: Mapping[str, str], said: bytes) -> Outcome:
    words = one_line(f"HTTP {status}: {said.decode('utf-8', 'replace')}".rstrip(": "))
    if 200 <= status < 300:
        return Outcome(SENT, words)
    if status == _GONE:
        return Outcome(REFUSED, f"{words}. The receiver wants no more: take the channel out of briefing.toml.")
    if 300 <= status < 400:
        words = one_line(f"HTTP {status}: it redirects, which is not followed; correct `url`")
    wait = _wait(headers.get("retry-after", "")) if status in _BUSY else None
    return Outcome("later", words, wait, everybody=True)


def _wait(text: str) -> timedelta | None:
    if not (text.isascii() and text.isdigit()):
        return None
    return min(timedelta(seconds=int(text[:9])), LONGEST_WAIT)


def _told(error: BaseException) -> str:
    if isinstance(error, BriefingError):
        return f"{error.message}. {error.hint}"
    if isinstance(error, httpcore.TimeoutException):
        return "no answer in time"
    return f"the connection failed: {str(error) or type(error).__name__}"


def _body(message: Message, attach: int) -> bytes:
    """Return the payload: type, timestamp and data, as the standard names them."""
    file: dict[str, Any] = {
        "name": message.file.name, "media_type": message.file.media_type, "bytes": len(message.file.data),
        "sha256": message.file.sha256,
    }  # fmt: skip
    if message.link:
        file["link"] = message.link
    if len(message.file.data) <= attach:
        file["base64"] = base64.b64encode(message.file.data).decode()
    data: dict[str, Any] = {
        "topic": message.topic, "edition": message.edition, "language": message.language, "issuer": message.issuer,
        "title": message.title, "subject": message.subject, "text": message.text, "file": file,
    }  # fmt: skip
    if message.wrong:
        data |= {"recalls": message.wrong, "reason": message.reason}
    kind = "edition.recalled" if message.wrong else "edition.published"
    told = {"type": kind, "timestamp": message.moment.isoformat(), "data": data}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


KIND = _Kind()
