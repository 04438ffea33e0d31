"""The gate: who a request comes from, by what it brings.

Place in the pipeline: a part of the door `web`; the guard asks it. In: a request; out: its caller, or a problem. On the
loopback everybody is the operator; from elsewhere, by a name of `hosts` or through a proxy, a token is needed, as
`Authorization: Bearer` (https://www.rfc-editor.org/rfc/rfc6750) or in the cookie that the page /login sets.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from ..errors import BriefingError
from .access import GUEST, LOCAL, PROBE, Caller, address_of, forwarded
from .problems import Problem
from .settings import Serving
from .tokens import Tokens, has_form

COOKIE = "briefing_token"
OPEN = ("/login", "/static/", "/language/")
"""Paths that nobody needs a token for."""
PROBED = ("/health", "/ready")
"""Paths that probes may ask without a token, and are told no more than yes or no."""
FAILURES, WINDOW = 10, 60.0
"""So many attempts may fail from one address in so many seconds."""
_ADDRESSES = 10_000


@dataclass(frozen=True)
class Gate:
    """The gate of one server; `clock` counts seconds."""

    serving: Serving
    tokens: Tokens
    clock: Callable[[], float]
    _failed: dict[str, deque[float]] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    async def __call__(self, request: Request) -> tuple[Caller, bool]:
        """Return who asks, and whether a cookie says so; Problem where nobody that is known here."""
        if self.serving.local and not forwarded(request):
            return LOCAL, False
        by_cookie = "authorization" not in request.headers
        text = request.cookies.get(COOKIE, "") if by_cookie else _bearer(request)
        caller = self.tokens.known(text) if text else None
        if caller is None and request.url.path in PROBED:
            return PROBE, False
        if caller is None and request.url.path.startswith(OPEN):
            return GUEST, False
        if caller is None and text:
            caller = await run_in_threadpool(self.attempt, text, address_of(request))
        if caller is None:
            raise Problem("token", "no token, or none that is known here", "`briefing token new NAME` makes one.")
        return caller, by_cookie

    def attempt(self, text: str, address: str) -> Caller | None:
        """Return the caller of a token, None for one that is not known; Problem after too many guesses."""
        if not has_form(text):
            return None
        self._count(address)
        try:
            caller = self.tokens.check(text)
        except BriefingError as error:
            raise Problem("unavailable", "tokens cannot be checked", "The server's operator knows more.") from error
        if caller is not None:
            with self._lock:
                self._failed.pop(address, None)
        return caller

    def _count(self, address: str) -> None:
        """Count an attempt before it is looked at, so that many at once are no more than one after the other."""
        now = self.clock()
        with self._lock:
            while len(self._failed) > _ADDRESSES:
                del self._failed[next(iter(self._failed))]
            failed = self._failed.setdefault(address, deque(maxlen=FAILURES))
            while failed and now - failed[0] > WINDOW:
                failed.popleft()
            if len(failed) >= FAILURES:
                wait = int(WINDOW - (now - failed[0])) + 1
                raise Problem("often", f"{FAILURES} attempts failed within {WINDOW:g} s", "Wait.", again=wait)
            failed.append(now)


def _bearer(request: Request) -> str:
    kind, _, text = request.headers["authorization"].partition(" ")
    return text.strip() if kind.lower() == "bearer" else ""
