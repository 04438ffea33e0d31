"""Fetching: the answer of one address, within limits, kept until the publisher has another one.

Place in the pipeline: base; `connectors` and `ingest` fetch through it, and nothing else in the program speaks
HTTP. In: a `Request`; out: an `Answer`, whose body is a file in the workspace's state folder. So:

    fetcher = open_fetcher(workspace.state, settings.network)
    answer = fetcher.fetch(Request("https://example.org/data.csv"))
    answer.path.read_bytes(), answer.sha256, answer.kind, answer.address

What it promises: one deadline over everything, retries and redirects included; at most so many bytes, as they come
and unpacked; no private address unless the operator named it, and never one that a public address leads to;
credentials go to the address's own origin only and are never told; TLS is verified; GET only. A PostgreSQL database
is asked through the same gate (`databases`). An
OutsideError (try again) or a UsageError (correct the address) names the address, the status and the
attempt. HTTP semantics: RFC 9110 (https://www.rfc-editor.org/rfc/rfc9110), conditional requests: its section 13.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from random import Random
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

import httpcore

from .answers import Answer, Answers, Request
from .databases import ask_server
from .errors import BriefingError, OutsideError, UsageError
from .network import Backend, Deadline, Gate
from .packing import unpack
from .workspace import Network

AGENT = "briefing-generator (+https://pypi.org/project/briefing-generator/)"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""What may be better at another try (RFC 9110, section 15; 425: RFC 8470)."""
_PATIENCE = 20.0
"""Seconds without a byte after which an attempt is given up, so that there is time for another."""
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one fetch may use: seconds for everything, megabytes of body, attempts, redirects."""

    seconds: float = 60
    megabytes: int = 64
    attempts: int = 4
    redirects: int = 5


@dataclass(frozen=True, slots=True)
class _Reply:
    """The head of an HTTP response; `body` yields it as it comes."""

    status: int
    headers: Mapping[str, str]
    body: Iterator[bytes]


class _PassingError(OutsideError):
    """A failure after which another attempt makes sense; `wait` is what the publisher asked for, in seconds."""

    wait: float | None = None


def open_fetcher(state: Path, network: Network) -> Fetcher:
    """Return a fetcher with the limits that `briefing.toml` sets; `state` is the workspace's state folder."""
    gate = Gate(private=frozenset(network.private))
    return Fetcher(state, gate, Allowance(seconds=network.seconds, megabytes=network.megabytes))


class Fetcher:
    """Fetches addresses one after the other; answers are kept in `state`. Threads may share it."""

    def __init__(
        self,
        state: Path,
        gate: Gate | None = None,
        allowance: Allowance | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        chance: Random | None = None,
    ) -> None:
        """Keep the limits; `clock`, `sleep` and `chance` (the jitter of waiting) can be a test's."""
        self._kept = Answers(state / "cache" / "answers")
        self._gate = gate or Gate()
        self._allowance = allowance or Allowance()
        self._clock, self.sleep, self._chance = clock, sleep, chance or Random()  # noqa: S311 - no secret

    def deadline(self) -> Deadline:
        """Return the deadline of a fetch that begins now; several fetches may share one."""
        return Deadline(self._clock() + self._allowance.seconds, self._clock)

    def fetch(self, request: Request, deadline: Deadline | None = None) -> Answer:
        """Return the answer to a request: fetched now, or the one kept where the publisher says that it still holds.

        OutsideError where the publisher failed at every attempt or gave more than is allowed; UsageError where the
        address is none that may be fetched.
        """
        deadline = deadline or self.deadline()
        if request.address.startswith(("postgresql://", "postgres://")):
            body = ask_server(request, self._gate, deadline)
            return self._kept.keep(request.address, request.accept, request.address, {}, body)
        request = replace(request, address=clean(request.address))
        _refuse_unsendable(request)
        for attempt in range(1, self._allowance.attempts + 1):
            try:
                return self._attempt(request, deadline)
            except _PassingError as error:
                wait = self._pause(attempt, error, deadline)
                if wait is None:
                    count = f"attempt {attempt} of {self._allowance.attempts}"
                    message = f"{error.message} ({count})"
                    raise OutsideError(message, where=request.address, hint=error.hint) from error
                self.sleep(wait)
            except BriefingError as error:
                error.where = error.where or request.address
                raise
        raise AssertionError("the last attempt returns or raises")

    def _pause(self, attempt: int, error: _PassingError, deadline: Deadline) -> float | None:
        """Return the seconds to wait before another attempt, None where there will be none."""
        if attempt == self._allowance.attempts:
            return None
        # Waits double and vary, so that many clients do not come back at once.
        wait = 2 ** (attempt - 1) * (0.5 + self._chance.random()) if error.wait is None else error.wait
        return wait if wait < deadline.left else None

    def _attempt(self, request: Request, deadline: Deadline) -> Answer:
        kept = self._kept.look_up(request.address, request.accept)
        address, secrets, gate = request.address, request.secrets, self._gate
        for _ in range(self._allowance.redirects + 1):
            asked = {**_headers(request), **(kept.conditions if kept else {}), **dict(secrets)}
            with _opened(address, asked, Backend(gate, deadline)) as reply:
                if reply.status not in _REDIRECTS:
                    return self._take(request, address, reply, kept)
                onward = _target(address, reply.headers.get("location", ""))
            (_, host, port), before = _origin(onward), _origin(address)
            if not gate.names(*before[1:]):
                # What a public address leads to may be anybody's choice, so it must be public too.
                gate = replace(gate, private=frozenset())
            _refuse_private(gate, host, port, onward)
            secrets = secrets if _origin(onward) == before else ()
            address = onward
        raise OutsideError(f"more than {self._allowance.redirects} redirects", hint=f"The last one led to {address}.")

    def _take(self, request: Request, address: str, reply: _Reply, kept: Answer | None) -> Answer:
        if reply.status == 304 and kept:
            return kept
        if reply.status != 200:
            raise _refusal(reply)
        body = _unpacked(reply, self._allowance.megabytes << 20)
        return self._kept.keep(request.address, request.accept, address, reply.headers, body)


@contextmanager
def _opened(address: str, headers: Mapping[str, str], backend: Backend) -> Iterator[_Reply]:
    """Send a GET and yield the head of the response; its body is read while this is open."""
    parts, (scheme, host, port) = urlsplit(address), _origin(address)
    target = urlunsplit(("", "", parts.path or "/", parts.query, ""))
    url = httpcore.URL(scheme=scheme, host=host, port=port, target=target)
    patience = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), _PATIENCE)}
    told = [("Host", parts.netloc), *headers.items()]
    with (
        _explained(backend.deadline),
        httpcore.ConnectionPool(ssl_context=_trust(scheme), network_backend=backend) as pool,
        pool.stream("GET", url, headers=told, extensions=patience) as response,
    ):
        found = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
        yield _Reply(response.status, found, response.iter_stream())


def _trust(scheme: str) -> ssl.SSLContext | None:
    """Return whom TLS trusts: the machine's own certificates (SSL_CERT_FILE names others)."""
    return ssl.create_default_context() if scheme == "https" else None


def _headers(request: Request) -> dict[str, str]:
    return {"User-Agent": AGENT, "Accept": request.accept, "Accept-Encoding": "gzip, deflate"}


# --- addresses ------------------------------------------------------------------------------------


def clean(address: str) -> str:
    """Return an address as it goes over the wire; UsageError where it is none that may be fetched."""
    try:
        parts = urlsplit(address.strip())
        host, port = _host(parts), parts.port
    except ValueError as error:
        raise UsageError(f"{error}", where=address, hint="Correct the address.") from error
    if parts.scheme not in _PORTS or not host:
        raise UsageError("no address of the web", where=address, hint="Begin it with https:// or http://.")
    if parts.username is not None or parts.password is not None:
        raise UsageError(
            "the address holds a user's name or password",
            where=f"{parts.scheme}://{host}",
            hint="Take it out; keys come from the environment, see docs/connectors.md.",
        )
    netloc = f"[{host}]" if ":" in host else host
    netloc += f":{port}" if port and port != _PORTS[parts.scheme] else ""
    path = quote(parts.path, safe="/%:@!$&'()*+,;=~") or "/"
    return urlunsplit((parts.scheme, netloc, path, quote(parts.query, safe="/%:@!$&'()*+,;=~?"), ""))


def _host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    # Names are sent as IDNA (RFC 3490); what it makes of odd digits is checked like any other name.
    return host if host.isascii() else host.encode("idna").decode("ascii")


def _refuse_unsendable(request: Request) -> None:
    """Refuse a key that no header can hold, without telling it: a line feed of the file that it was read from."""
    for name, value in request.secrets:
        strange = next((char for char in value if not " " <= char <= "~"), "")
        if strange:
            raise UsageError(
                f"the key for the header {name} holds U+{ord(strange):04X}, which no header can hold",
                where=request.address,
                hint="Set its BRIEFING_KEY_… again, to the key alone, without the end of its line.",
            )


def _origin(address: str) -> tuple[str, str, int]:
    parts = urlsplit(address)
    return parts.scheme, parts.hostname or "", parts.port or _PORTS[parts.scheme]


def _target(address: str, location: str) -> str:
    if not location:
        raise OutsideError("a redirect without a target")
    try:
        onward = clean(urljoin(address, location))
    except (UsageError, ValueError) as error:
        said = getattr(error, "message", str(error))
        raise OutsideError(f"it redirects to '{location[:200]}': {said}") from error
    if urlsplit(address).scheme == "https" and urlsplit(onward).scheme != "https":
        raise OutsideError(f"it redirects from https to {onward}")
    return onward


def _refuse_private(gate: Gate, host: str, port: int, onward: str) -> None:
    try:
        gate.addresses(host, port)
    except UsageError as error:
        raise OutsideError(f"it redirects to {onward}, which is no public address") from error


# --- failures -------------------------------------------------------------------------------------


@contextmanager
def _explained(deadline: Deadline) -> Iterator[None]:
    """Turn what the library says of the network into an error of ours."""
    try:
        yield
    except httpcore.TimeoutException as error:
        phase = "connecting" if isinstance(error, httpcore.ConnectTimeout) else "waiting for the answer"
        if deadline.left:
            raise _PassingError(f"no byte for {_PATIENCE:g} s while {phase}") from error
        hint = "Try again; `seconds` under [network] in briefing.toml allows more time."
        raise OutsideError(f"the time was up while {phase}", hint=hint) from error
    except httpcore.ConnectError as error:
        said = str(error) or type(error).__name__
        if any(isinstance(part, ssl.SSLCertVerificationError) for part in error.args):
            hint = "Install the machine's certificates (ca-certificates), or name others in SSL_CERT_FILE."
            raise OutsideError(f"no trusted connection: {said}", hint=hint) from error
        raise _PassingError(f"no connection: {said}") from error
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise _PassingError(f"the connection broke: {str(error) or type(error).__name__}") from error


def _refusal(reply: _Reply) -> OutsideError:
    """Return the error for a status that brings no data."""
    said = next(reply.body, b"")[:200].decode("utf-8", "replace")
    message = f"HTTP {reply.status}: {' '.join(said.split())}".rstrip(": ")
    if reply.status not in _PASSING:
        cure = "Check the key." if reply.status in (401, 403) else "Check the address and the parameters."
        return OutsideError(message, hint=cure)
    error = _PassingError(message)
    error.wait = _retry_after(reply.headers)
    if error.wait is not None:
        error.hint = f"The publisher asks to wait {error.wait:.0f} s."
    return error


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that Retry-After asks for (RFC 9110, section 10.2.3)."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        then, now = parsedate_to_datetime(value), parsedate_to_datetime(headers.get("date", ""))
    except ValueError:
        return None
    return max(0.0, (_utc(then) - _utc(now)).total_seconds())


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _unpacked(reply: _Reply, limit: int) -> Iterator[bytes]:
    """Yield the body unpacked, at most `limit` bytes of it, and not more than that as it comes."""
    declared = reply.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared[:18]) > limit:
        raise _too_long(limit)
    total = 0
    for part in unpack(reply.body, reply.headers.get("content-encoding", "")):
        total += len(part)
        if total > limit:
            raise _too_long(limit)
        yield part


def _too_long(limit: int) -> OutsideError:
    hint = "Ask for less, or raise `megabytes` under [network] in briefing.toml."
    return OutsideError(f"body over {limit >> 20} MiB", hint=hint)


__all__ = ["Allowance", "Answer", "Fetcher", "Request", "clean", "open_fetcher"]
