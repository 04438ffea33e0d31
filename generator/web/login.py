"""Signing in and out: a token becomes a cookie that scripts cannot read and other sites' pages cannot send.

Place in the pipeline: a part of the door `web`. In: the form of /login; out: a cookie
(https://www.rfc-editor.org/rfc/rfc6265), or the form again with what is wrong.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from .access import address_of, secure
from .answers import TheDoor
from .gate import COOKIE
from .shell import inside

router = APIRouter(include_in_schema=False, default_response_class=Response)
Back = Annotated[str, Query(max_length=2000)]


@router.get("/login")
def ask(request: Request, door: TheDoor, back: Back = "/") -> Response:
    """Show the form."""
    return door.shell.page(request, "login.html", {"back": back, "failed": False})


@router.post("/login")
def sign_in(
    request: Request, door: TheDoor, token: Annotated[str, Form(max_length=200)] = "",
    back: Annotated[str, Form(max_length=2000)] = "/",
) -> Response:  # fmt: skip
    """Set the cookie and go on to the page that was asked for."""
    if door.gate.attempt(token.strip(), address_of(request)) is None:
        return door.shell.page(request, "login.html", {"back": back, "failed": True}, 403)
    answer = RedirectResponse(inside(back), 303)
    answer.set_cookie(COOKIE, token.strip(), httponly=True, samesite="lax", secure=secure(request))
    return answer


@router.post("/logout")
def sign_out() -> Response:
    """Take the cookie back."""
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return answer
