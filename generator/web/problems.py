"""What went wrong with a request, for programs and for people: "your request", or "try again".

Place in the pipeline: a part of the door `web`. In: a problem raised anywhere behind the door; out:
`application/problem+json` (https://www.rfc-editor.org/rfc/rfc9457) below /api/, a page elsewhere. Only what has a
`Retry-After` may succeed unchanged (https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import JSONResponse

from ..accounts import finding_json
from ..catalogues import msgid
from ..errors import ArchiveError, BriefingError, BusyError, OutsideError, WorkspaceError

MEDIA = "application/problem+json"
API = "/api/"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: its HTTP status, its title, and after how many seconds to try again (None: do not)."""

    status: int
    title: str
    again: int | None = None


KINDS = {
    "request": Kind(400, msgid("The request cannot be read")),
    "token": Kind(401, msgid("A token is needed")),
    "elsewhere": Kind(403, msgid("The request comes from elsewhere")),
    "absent": Kind(404, msgid("There is nothing here")),
    "method": Kind(405, msgid("The method is not served here")),
    "late": Kind(408, msgid("The request did not arrive in time"), again=1),
    "conflict": Kind(409, msgid("The workspace does not allow it as it stands")),
    "link": Kind(403, msgid("The link is not good")),
    "recalled": Kind(410, msgid("The edition was called back")),
    "gone": Kind(410, msgid("The file is not as it was kept")),
    "precondition": Kind(412, msgid("It is not the version that was asked for")),
    "large": Kind(413, msgid("The request is too large")),
    "media": Kind(415, msgid("The request is of a kind that is not read here")),
    "range": Kind(416, msgid("The file has no such part")),
    "invalid": Kind(422, msgid("The request says something that cannot be")),
    "full": Kind(429, msgid("Too much is waiting"), again=5),
    "often": Kind(429, msgid("Too many failed attempts"), again=60),
    "fault": Kind(500, msgid("The program has a fault")),
    "unavailable": Kind(503, msgid("It cannot be done just now"), again=5),
}
"""Every kind of problem by the last part of its `type`."""


@dataclass(eq=False)
class Problem(Exception):  # noqa: N818 - RFC 9457's own word
    """One problem: its kind, what was found, the cure, and what else a program may use."""

    kind: str
    detail: str
    cure: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)
    again: int | None = None
    """Seconds after which to try again, where they are not those of its kind."""

    @property
    def status(self) -> int:
        """The HTTP status."""
        return KINDS[self.kind].status

    @property
    def headers(self) -> dict[str, str]:
        """The headers that go with it."""
        seconds = KINDS[self.kind].again if self.again is None else self.again
        found = {"cache-control": "no-store"}
        if seconds is not None:
            found["retry-after"] = str(seconds)
        if self.status == 400:  # what comes behind it on the connection may be a part of it
            found["connection"] = "close"
        if self.status == 401:
            found["www-authenticate"] = 'Bearer realm="briefing"'
        if self.status == 416:
            found["content-range"] = str(self.more.get("content_range", "bytes */*"))
        if self.status == 405:
            found["allow"] = str(self.more.get("allow", "GET, HEAD"))
        return found

    @property
    def body(self) -> dict[str, Any]:
        """The members of RFC 9457, then ours: `retry` says whether the same request may succeed later."""
        kind = KINDS[self.kind]
        return {
            "type": f"/api/v1/problems/{self.kind}",
            "title": kind.title,
            "status": kind.status,
            "detail": self.detail,
            "cure": self.cure,
            "retry": "retry-after" in self.headers,
            **self.more,
        }

    def response(self) -> JSONResponse:
        """Return the answer for a program."""
        return JSONResponse(self.body, self.status, self.headers, MEDIA)


def absent() -> Problem:
    """Return the one answer for what is not there and for what a caller may not see."""
    cure = "It is misspelt, gone, or not yours: `/api/v1/topics` and `/api/v1/editions` list what there is."
    return Problem("absent", "no such thing here", cure)


def problem_of(error: BriefingError) -> Problem:
    """Return an error of the program as the problem of a request: the workspace's, or the outside world's."""
    if isinstance(error, OutsideError):
        return Problem("unavailable", error.message, error.hint)
    if isinstance(error, WorkspaceError):
        found = [finding_json(finding) for finding in error.findings]
        many = f"{len(found)} problem{'' if len(found) == 1 else 's'} in the workspace"
        return Problem("conflict", many, "Correct them.", {"findings": found})
    if isinstance(error, BusyError):
        return Problem("unavailable", error.message, error.hint)
    if isinstance(error, ArchiveError):
        return Problem("conflict", error.message, error.hint)
    return Problem("conflict", error.message, error.hint)


def of_status(status: int, detail: str, headers: Mapping[str, str]) -> Problem:
    """Return the problem of a status that the framework chose."""
    kind = next((name for name, kind in KINDS.items() if kind.status == status), "request" if status < 500 else "fault")
    allow = next((value for name, value in headers.items() if name.lower() == "allow"), "")
    return Problem(kind, detail, more={"allow": allow} if allow else {})
