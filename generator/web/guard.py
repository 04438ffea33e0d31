"""The guard: what every request passes before any page or answer is made, and every answer on its way out.

Place in the pipeline: a part of the door `web`. In: an ASGI connection; out: the same, with a caller, within limits of
size and time; or a problem. Answers get the headers that browsers need (https://owasp.org/www-project-secure-headers/),
and the log one line without a query, a header or a body: nothing secret stands in a path.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..errors import BriefingError
from ..listing import printable
from .access import PATHS, READER, Caller, address_of, refuse_cross_site, refuse_strange_host
from .problems import Problem, problem_of
from .settings import Serving
from .shell import Shell

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "frame-src 'self'; object-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    # "no-referrer" would make browsers send `Origin: null` with our own forms.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
_LONGEST = 200
"""Characters of a path that the log shows."""
_LINGER = 5
"""Seconds in which the rest of a body is read away that was answered before its end."""
Identify = Callable[[Request], Awaitable[tuple[Caller, bool]]]
"""Tells who asks, and whether a cookie says so; raises a Problem where that is nobody."""
Log = Callable[[str], None]


class _Answered:
    """Whether an answer has begun, and its status."""

    def __init__(self) -> None:
        self.status = 0


@dataclass(frozen=True, slots=True)
class Guard:
    """The ASGI middleware."""

    app: ASGIApp
    serving: Serving
    shell: Shell
    identify: Identify
    log: Log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or answer it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, answered = time.monotonic(), _Answered()
        scope = _in_origin_form(scope)
        scope.setdefault("state", {})
        request = Request(scope)
        body = _Body(request, receive, self.serving)
        outwards = _with_headers(body.before_the_end(send), answered)
        if request.method == "HEAD":
            outwards = _head_only(outwards)
        try:
            await self._let_in(request, body, outwards)
        except asyncio.CancelledError:
            # The server ends and has waited long enough for a client that dawdles: that is no fault.
            self.log(f"given up at the end: {request.method} {_one_line(_shown(request.url.path))}")
        except Exception as error:  # noqa: BLE001 - a door: whatever is wrong, the log says so and the reader sees no trace
            if not isinstance(error, (Problem, BriefingError)):
                self.log(f"fault: {type(error).__name__}: {_one_line(str(error))} at {_place(error)}")
            if not answered.status:
                await self.shell.problem(request, _problem(error))(scope, receive, outwards)
        finally:
            self.log(_line(request, answered.status, time.monotonic() - started))

    async def _let_in(self, request: Request, body: _Body, send: Send) -> None:
        refuse_strange_host(request, self.serving)
        # The address of such a page is a token itself.
        letter = request.url.path.startswith(PATHS)
        caller, by_cookie = (READER, False) if letter else await self.identify(request)
        refuse_cross_site(request, request.method, by_cookie=by_cookie)
        request.state.caller, request.state.by_cookie = caller, by_cookie
        if {"content-length", "transfer-encoding"} <= set(request.headers):
            raise Problem("request", "it tells the length of its body in two ways", "Leave one of them out.")
        if int(request.headers.get("content-length", "0")) > self.serving.kilobytes << 10:
            raise _too_large(self.serving)
        await self.app(_as_get(request.scope), body.next_part, send)


class _Body:
    """A request's body: no more of it is let through than the limit, and it is not waited for for ever."""

    def __init__(self, request: Request, receive: Receive, serving: Serving) -> None:
        self._receive, self._serving = receive, serving
        self._taken = 0
        self._ends = time.monotonic() + serving.patience
        self._whole = not {"content-length", "transfer-encoding"} & set(request.headers)

    async def next_part(self) -> Message:
        if self._whole:
            return await self._receive()
        try:
            message = await asyncio.wait_for(self._receive(), max(0.0, self._ends - time.monotonic()))
        except TimeoutError as error:
            self._whole = True
            said = f"its body did not arrive in {self._serving.patience} s"
            raise Problem("late", said, "Send it in one go.") from error
        self._taken += len(message.get("body", b""))
        self._whole = message["type"] != "http.request" or not message.get("more_body", False)
        if self._taken > self._serving.kilobytes << 10:
            raise _too_large(self._serving)
        return message

    def before_the_end(self, send: Send) -> Send:
        """Return a sender that, its answer sent, reads away for a while what still comes, and only then ends.

        Who closes a connection with unread parts of a body resets it, and the sender of these never sees the answer.
        """

        async def outwards(message: Message) -> None:
            last = message["type"] == "http.response.body" and not message.get("more_body", False)
            if last and not self._whole:
                await send({**message, "more_body": True})
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._rest(), _LINGER)
                message = {"type": "http.response.body"}
            await send(message)

        return outwards

    async def _rest(self) -> None:
        while not self._whole:
            message = await self._receive()
            self._whole = message["type"] != "http.request" or not message.get("more_body", False)


def _in_origin_form(scope: Scope) -> Scope:
    """Return a request whose target is a whole address as one with that path and host (RFC 9112, section 3.2.2)."""
    scheme, found, rest = scope["path"].partition("://")
    if not found or scheme.lower() != "http":
        return scope
    host, _, path = rest.partition("/")
    headers = [(b"host", host.encode("latin-1", "replace")), *(each for each in scope["headers"] if each[0] != b"host")]
    raw_path = b"/" + scope["raw_path"].partition(b"://")[2].partition(b"/")[2]
    return {**scope, "path": f"/{path}", "raw_path": raw_path, "headers": headers}


def _as_get(scope: Scope) -> Scope:
    """Return a HEAD request as the GET of which it wants the head; ranges are for GET alone."""
    if scope["method"] != "HEAD":
        return scope
    return {**scope, "method": "GET", "headers": [each for each in scope["headers"] if each[0] != b"range"]}


def _head_only(send: Send) -> Send:
    """Return a sender that ends every answer, a stream of events too, behind its head."""

    async def outwards(message: Message) -> None:
        if message["type"] == "http.response.start":
            await send(message)
            await send({"type": "http.response.body"})

    return outwards


def _too_large(serving: Serving) -> Problem:
    return Problem("large", f"its body is larger than {serving.kilobytes} kB", "Send less.")


def _with_headers(send: Send, answered: _Answered) -> Send:
    async def outwards(message: Message) -> None:
        if message["type"] == "http.response.start":
            answered.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("cache-control", "no-store")
        await send(message)

    return outwards


def _problem(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, BriefingError):
        return problem_of(error)
    return Problem("fault", "something that was not foreseen", "The server's log says where; please report it.")


def _place(error: Exception) -> str:
    """Return where in the code an error arose: the innermost frame, without anything that it worked on."""
    step = error.__traceback__
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    return f"{step.tb_frame.f_code.co_filename.rpartition('/')[2]}:{step.tb_lineno}" if step else "?"


def _line(request: Request, status: int, seconds: float) -> str:
    caller: Caller | None = getattr(request.state, "caller", None)
    address = address_of(request) or "-"
    name = caller.name if caller else "-"
    return f"{address} {name} {request.method} {_one_line(_shown(request.url.path))} {status} {seconds * 1000:.0f} ms"


def _shown(path: str) -> str:
    """Return a path as the log may hold it: a letter's link is a token."""
    return next((f"{start}…" for start in PATHS if path.startswith(start)), path)


def _one_line(text: str) -> str:
    shown = printable(text)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"
