"""The shell of every page: templates, words and style of the web door, in the reader's language.

Place in the pipeline: a part of the door `web`. In: a template of templates/web and its values; out: HTML. Escaping is
on for every name, an unknown name is an error, and no style or script stands in a page: the content security policy
lets none run (https://www.w3.org/TR/CSP3/).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from http import HTTPStatus
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from jinja2 import Environment, FunctionLoader, StrictUndefined, TemplateError, TemplateSyntaxError
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ..catalogues import locale_of
from ..errors import BriefingError, UsageError, WorkspaceError
from ..language import Words
from ..model import Finding, Place, Vocabulary
from ..reading import Findings
from ..workspace import Workspace, shipped_templates
from .access import NOBODY, PATHS
from .problems import API, KINDS, Problem

COOKIE = "language"
_OWN = "templates/web/"
"""Where a workspace has pages of its own."""
FOLDER, STATIC = "web", "static/"
YEAR = 31_536_000
"""Seconds for which a file may be kept whose address holds its sum."""
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".png": "image/png"}
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)
_CODE = re.compile(r"`([^`\n]+)`")
_ASKED = ("topic", "severity", "source", "state", "find", "start", "back")
"""Words of queries that tell one page from another."""
_NO_WORDS = Vocabulary((), (), (), ())


@dataclass(frozen=True)
class Shell:
    """The templates and static files of the pages, read once; a workspace's own stand before the program's."""

    workspace: Workspace

    @cached_property
    def _files(self) -> dict[str, bytes]:
        return self.workspace.templates(FOLDER, Findings())

    @cached_property
    def languages(self) -> dict[str, str]:
        """The languages that pages are shown in: tag and own name."""
        roots = (shipped_templates(), self.workspace.root / "templates")
        found = {path.parent.parent.name for root in roots for path in root.glob("locales/*/LC_MESSAGES/briefing.po")}
        return {tag: own_name(tag) for tag in sorted(found | {"en"})}

    @cached_property
    def _environment(self) -> Environment:
        found = Environment(
            loader=FunctionLoader(self._load), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
            lstrip_blocks=True,
        )  # fmt: skip
        found.filters["coded"] = _coded
        found.filters["told"] = _told
        return found

    def _load(self, name: str) -> tuple[str, str, Callable[[], bool]] | None:
        if (data := self._files.get(name)) is None:
            return None
        path = f"{_OWN}{name}"
        try:
            return data.decode("utf-8"), path, lambda: True
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise TemplateSyntaxError("a letter that is no UTF-8", line, name, path) from error

    @cached_property
    def _sums(self) -> dict[str, str]:
        return {
            name.removeprefix(STATIC): hashlib.sha256(data).hexdigest()[:16]
            for name, data in self._files.items()
            if name.startswith(STATIC)
        }

    def address(self, name: str) -> str:
        """Return the address of a static file; KeyError where there is none of the name."""
        return f"/static/{name}?v={self._sums[name]}"

    def static(self, name: str) -> Response:
        """Return a static file; Problem where there is none of the name."""
        data = self._files.get(STATIC + name)
        if data is None:
            raise Problem("absent", "no such file")
        kind = _TYPES.get(PurePosixPath(name).suffix, "application/octet-stream")
        return Response(data, media_type=kind, headers={"cache-control": f"public, max-age={YEAR}, immutable"})

    def language(self, request: Request) -> str:
        """Return the language that a reader chose, or that the browser asks for first of those there are."""
        chosen = request.cookies.get(COOKIE, "")
        if chosen in self.languages:
            return chosen
        wanted = _accepted(request.headers.get("accept-language", ""))
        return next((tag for tag in wanted if tag in self.languages), "en")

    def words(self, language: str) -> Words:
        """Return the words of a language: the program's, and the workspace's own before them."""
        program, own = self.workspace.catalogues(language, Findings())
        return Words(language, program, _NO_WORDS, own)

    def page(self, request: Request, template: str, values: Mapping[str, Any], status: int = 200) -> HTMLResponse:
        """Return a page.

        Beside its values it has `_`, `ngettext`, `words`, `language`, `languages`, `caller`, `known`, `path`, `here`,
        `places`, `static`.
        """
        language = self.language(request)
        words = self.words(language)
        caller = getattr(request.state, "caller", None)
        told = {
            "_": words.gettext, "ngettext": words.ngettext, "words": words, "language": language,
            "languages": self.languages, "caller": caller, "signed_in": getattr(request.state, "by_cookie", False),
            "path": request.url.path, "here": here(request), "known": caller not in NOBODY,
            "places": getattr(request.app.state, "places", True) and caller not in NOBODY, "static": self.address,
        }  # fmt: skip
        html = self._render(template, {**values, **told})
        headers = {"content-language": language, "cache-control": "no-store", "vary": "Accept-Language, Cookie"}
        return HTMLResponse(html, status, headers)

    def _render(self, template: str, values: Mapping[str, Any]) -> str:
        """Return a template's HTML; WorkspaceError where a page of the workspace's own has a mistake."""
        try:
            return self._environment.get_template(template).render(values)
        except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
            place = _place(error)
            if not (self.workspace.root / place.file).is_file():
                raise
            cure = "Correct the template, or delete it: the program has one of the same name."
            found = f"{type(error).__name__}: {error}"
            raise WorkspaceError([Finding(place, "web.template", found, "a page that can be shown", cure)]) from error

    def problem(self, request: Request, problem: Problem) -> Response:
        """Return a problem for whoever asked: JSON below /api/, a page elsewhere."""
        if request.url.path.startswith(API):
            return problem.response()
        if problem.kind == "token" and request.method in ("GET", "HEAD"):
            return RedirectResponse(f"/login?{urlencode({'back': here(request)})}", 303)
        try:
            found = problem.more.get("findings", ())
            values = {"problem": problem, "title": KINDS[problem.kind].title, "findings": found}
            page = self.page(request, "problem.html", values, problem.status)
        except (BriefingError, TemplateError) as error:  # the workspace's own catalogue or template is what is wrong
            told = f"{HTTPStatus(problem.status).phrase}\n{error}\n"
            return Response(told, problem.status, problem.headers, "text/plain")
        page.headers.update(problem.headers)
        return page


def _place(error: Exception) -> Place:
    """Return where in a template an error arose: Jinja names its files and lines in the trace."""
    if isinstance(error, TemplateSyntaxError):
        return Place(error.filename or "", error.lineno)
    found, step = Place(""), error.__traceback__
    while step is not None:
        name = step.tb_frame.f_code.co_filename
        found = Place(name, step.tb_lineno) if name.startswith(_OWN) else found
        step = step.tb_next
    return found


def _coded(text: str) -> Markup:
    """Return a message with what stands between backticks as code, and all of it escaped."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped just before


def here(request: Request) -> str:
    """Return the address to come back to: the page that is asked for, or the one that a form was sent from."""
    if request.method in ("GET", "HEAD"):
        return _with_query(request.url.path, request.url.query)
    if request.url.path.startswith(PATHS):
        return request.url.path  # a letter's page, which tells nobody where its reader came from
    came = urlsplit(request.headers.get("referer", ""))
    if came.netloc != request.url.netloc:
        return "/"
    return inside(_with_query(came.path, came.query))


def _with_query(path: str, query: str) -> str:
    """Return an address with what our pages say in their queries, and nothing else: it may be a secret."""
    kept = [(name, value) for name, value in parse_qsl(query[:2000]) if name in _ASKED]
    return f"{path}?{urlencode(kept)}" if kept else path


def inside(back: str) -> str:
    """Return an address of ours as it is, "/" for any other."""
    # "//host" and "/\\host" would lead to another site.
    ours = back.startswith("/") and not back.startswith(("//", "/\\")) and back.isprintable()
    return back if ours else "/"


def _told(number: object, words: Words) -> str:
    """Return a number of a file in the reader's digits; what is none as it is."""
    text = str(number)
    return words.number(Decimal(text)) if _NUMBER.fullmatch(text) else text


def own_name(tag: str) -> str:
    """Return what a language calls itself, with its script and country where its tag says them."""
    try:
        locale = locale_of(tag)
    except UsageError:
        return tag
    # Plain "en" is shown as English, not as the English of the world.
    name = (locale.get_display_name() if "-" in tag else locale.get_language_name()) or tag
    return name[:1].upper() + name[1:]


def _accepted(header: str) -> list[str]:
    """Return the languages of an Accept-Language header, the most wanted first, each followed by its wider tag."""
    weighted: list[tuple[float, str]] = []
    for part in header[:1000].split(","):
        tag, _, parameter = part.partition(";")
        quality = parameter.strip().removeprefix("q=") if parameter else "1"
        try:
            weighted.append((float(quality), tag.strip()))
        except ValueError:
            continue
    wanted = [tag for weight, tag in sorted(weighted, key=lambda pair: -pair[0]) if weight > 0]
    return [each for tag in wanted for each in (tag, tag.partition("-")[0].lower())]
