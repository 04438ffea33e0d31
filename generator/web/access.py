"""Who may come in, and what they may do.

Place in the pipeline: a part of the door `web`. In: a request's head; out: a `Caller`, or a `Problem`. A browser is
told apart from other programs by what it cannot leave out: Origin (https://www.rfc-editor.org/rfc/rfc6454#section-7)
and Sec-Fetch-Site (https://www.w3.org/TR/fetch-metadata/); a page from elsewhere moves nothing here, and a foreign
name that leads to this machine (DNS rebinding) opens nothing.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Literal

from starlette.requests import HTTPConnection

from .problems import Problem, absent
from .settings import Serving, is_loopback

Role = Literal["viewer", "editor"]
SAFE = ("GET", "HEAD", "OPTIONS")
PROXIES = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
"""Headers that a proxy adds."""


_HOST = re.compile(r"(?:\[([^\[\]]+)\]|([^:]*))(?::[0-9]*)?\Z")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a name for the log, what they may do, and the topics they may see (None: all)."""

    name: str
    role: Role
    topics: tuple[str, ...] | None = None

    @property
    def edits(self) -> bool:
        """Whether they may build and review."""
        return self.role == "editor"

    def sees(self, topic: str) -> bool:
        """Whether a topic is theirs to see."""
        return self.topics is None or topic in self.topics

    def must_see(self, topic: str) -> None:
        """Raise the same Problem for a topic that is another's as for one that is not there."""
        if not self.sees(topic):
            raise absent()

    def must_edit(self) -> None:
        """Raise a Problem that tells a viewer nothing of what editors have."""
        if not self.edits:
            raise absent()


LOCAL = Caller("local", "editor")
"""Whoever sits at this machine."""
READER = Caller("reader", "viewer", topics=())
"""Who comes by the link of a letter."""
PATHS = ("/unsubscribe/", "/file/")
"""Where these links lead: whoever has one needs no token, and no log holds it."""
PROBE = Caller("probe", "viewer", ())
"""Whoever asks whether the process lives: they need no token, and see nothing else."""
GUEST = Caller("-", "viewer", ())
"""Whoever has not signed in yet, on the pages that let one sign in."""
NOBODY = (GUEST, READER, None)
"""Who is to be led to no other page: they could open none."""


def refuse_strange_host(request: HTTPConnection, serving: Serving) -> None:
    """Raise a Problem where the request names a host that is not ours: an address, `localhost` or a name of `hosts`."""
    host = request.headers.get("host", "")
    name = _name_of(host)
    if name not in ("localhost", serving.host.lower(), *serving.hosts) and not _is_address(name):
        cure = "Use the address that `briefing serve` printed, or name the host in `hosts` of [serve]."
        raise Problem("elsewhere", "the request names another host", cure)


def refuse_cross_site(request: HTTPConnection, method: str, *, by_cookie: bool) -> None:
    """Raise a Problem where a browser sends, from another site's page, a request that would change something.

    What is sent with a cookie has to say where it comes from; a program without one needs not.
    """
    if method in SAFE:
        return
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None and site not in ("same-origin", "none"):
        raise Problem("elsewhere", "another site's page sent it")
    if origin is not None and origin.partition("://")[2] != request.headers.get("host"):
        raise Problem("elsewhere", "another site's page sent it")
    if by_cookie and site is None and origin is None:
        raise Problem("elsewhere", "it does not say which page sent it", "Send the header Origin, or a Bearer token.")


def forwarded(request: HTTPConnection) -> bool:
    """Whether a proxy passed the request on: then it does not come from this machine, whatever its address says."""
    return any(name in request.headers for name in PROXIES)


def address_of(request: HTTPConnection) -> str:
    """Return the address that a request comes from, "" where it has none.

    Behind a proxy on this machine it is the one that the proxy adds at the end of X-Forwarded-For: every client would
    otherwise have the same, and ten wrong tokens of one of them would keep all the others out.
    """
    peer = request.client.host if request.client else ""
    told = ",".join(request.headers.getlist("x-forwarded-for")).rpartition(",")[2].strip()
    return str(ipaddress.ip_address(told)) if _is_address(told) and is_loopback(peer) else peer


def secure(request: HTTPConnection) -> bool:
    """Whether a browser reaches us by https, as the proxy says or the page that the browser sends a form from."""
    proto = request.headers.get("x-forwarded-proto", "").partition(",")[0].strip().lower()
    origin = request.headers.get("origin", "").partition("://")[0]
    return "https" in (request.url.scheme, proto, origin)


def _name_of(host: str) -> str:
    """Return a Host header's name in lower case, without its port; one that is written otherwise as it is."""
    match = _HOST.match(host)
    return (match[1] or match[2]).lower() if match else host


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
