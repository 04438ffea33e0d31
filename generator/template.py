"""Templates: a context becomes one HTML page.

Place in the pipeline: step 4 Write. In: a `Context` and the files of `templates/briefing`; out: HTML.
Jinja2 stands in this room only. Escaping is on for every name, a name that is not there stops the
page, nothing but fields of the context's values can be reached, and no file but the given ones.
`lint` finds what can be found without a context, all at once (https://jinja.palletsprojects.com).
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING

from jinja2 import StrictUndefined, TemplateError, TemplateNotFound, TemplateSyntaxError, UndefinedError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing
from markupsafe import Markup

from .errors import RenderError
from .language import Words
from .markup import LOOP_FIELDS, SAFE_HTML, context_fields, lint_template, value_fields
from .model import Finding, Place
from .page import Context
from .prose import Known
from .reading import did_you_mean
from .references import HTML, lint_references
from .sheets import lint_sheet

if TYPE_CHECKING:
    import types

    from jinja2.runtime import Context as JinjaContext

FOLDER = "templates/briefing/"
PAGE = "page.html"
FILTERS = (
    "capitalize", "e", "escape", "first", "join", "last", "length", "list", "lower", "map", "reject", "rejectattr",
    "reverse", "select", "selectattr", "sort", "trim", "unique", "upper",
)  # fmt: skip
"""Jinja's filters that a template may use, beside ours; `default` would hide a misspelt name."""
HIDING_TESTS = ("defined", "undefined", "filter", "test")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}\Z")
_ASSET = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)*\Z")
_ADDRESS = re.compile(r"(?:https?://|mailto:)[^\s\"'<>]+\Z", re.IGNORECASE)


def write(context: Context, templates: Mapping[str, bytes], words: Words) -> str:
    """Return the page's HTML, made by `page.html` of `templates` (names relative to templates/briefing).

    RenderError says template:line, what was found and the nearest names.
    """
    environment = _environment(templates, words)
    fields = {field.name: _shown(context, field.name) for field in dataclasses.fields(context)}
    try:
        return environment.get_template(PAGE).render(fields)
    except TemplateSyntaxError as error:
        raise RenderError(
            error.message or "", where=f"{error.filename}:{error.lineno}", hint=_line_of(error)
        ) from error
    except TemplateNotFound as error:
        hint = f"Correct it: {did_you_mean(str(error.name), templates)}."
        raise RenderError(f"no template '{error.name}'", where=_where(error), hint=hint) from error
    except (UndefinedError, SecurityError) as error:
        raise RenderError(error.message or "", where=_where(error), hint="Correct the name in the template.") from error
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, RecursionError) as error:
        raise RenderError(
            f"{type(error).__name__}: {error}", where=_where(error), hint="Correct the template."
        ) from error


def lint(
    templates: Mapping[str, bytes], given: Collection[str] = (), known: Known | None = None
) -> tuple[Finding, ...]:
    """Return every problem in the templates and style sheets that can be seen without a context.

    `given` are the names of files that come with the program; only others are told to be unused. `known` are the
    names that may be typed, and facts as advice on other numbers.
    """
    environment, known = _environment(templates, None), known or Known()
    found = (
        finding
        for name in sorted(templates)
        if name.endswith(HTML)
        for finding in lint_template(environment, FOLDER, name, templates, known)
    )
    sheets = (
        finding
        for name in sorted(templates)
        if name.endswith(".css")
        for finding in lint_sheet(templates[name].decode("utf-8", "replace"), Place(FOLDER + name, 1), known)
    )
    return (*found, *sheets, *lint_references(FOLDER, templates, given))


# --- the environment ------------------------------------------------------------------------------


class _Undefined(StrictUndefined):
    """A name that is not there, with the nearest names that are."""

    @property
    def _undefined_message(self) -> str:
        owner, name = self._undefined_obj, str(self._undefined_name)
        if fields := value_fields(owner.__class__):
            return f"{owner.__class__.__name__} has no '{name}'; {did_you_mean(name, fields)}"
        if owner is missing:
            return f"no '{name}' in the context; {did_you_mean(name, context_fields())}"
        return f"'{name}' of a {type(owner).__name__} cannot be reached from a template"


class _Environment(ImmutableSandboxedEnvironment):
    """An environment in which templates reach the fields of the model's values and nothing else."""

    # Multiplying texts and powers of numbers eat all memory in one line, even while a template is compiled.
    intercepted_binops = frozenset(("*", "**"))

    def call_binop(self, context: JinjaContext, operator: str, left: object, right: object) -> object:  # noqa: ARG002
        """Refuse `**` and the repetition of texts and lists; numbers are multiplied."""
        if operator == "*" and isinstance(left, (int, float)) and isinstance(right, (int, float)):
            return left * right
        raise SecurityError(f"'{operator}' is not allowed here")

    def getattr(self, obj: object, attribute: str) -> object:
        """Return a field of a value, or of a loop; anything else is undefined, bound methods included."""
        if isinstance(obj, StrictUndefined):
            return str(obj)  # raises, with the name that was not there first
        if attribute in value_fields(obj.__class__):  # type: ignore[arg-type]
            return _shown(obj, attribute)
        if type(obj).__name__ == "LoopContext" and attribute in LOOP_FIELDS:
            return getattr(obj, attribute)
        return self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: object, argument: object) -> object:
        """Return an item by its number; names go the way of `getattr`."""
        if isinstance(argument, str):
            return self.getattr(obj, argument)
        try:
            return obj[argument]  # type: ignore[index]
        except (LookupError, TypeError):
            return self.undefined(obj=obj, name=str(argument))


def _shown(value: object, name: str) -> object:
    """Return a field; those that hold safe HTML as Markup, so that no template needs |safe."""
    found = getattr(value, name)
    if name not in SAFE_HTML.get(type(value).__name__, ()):
        return found
    return tuple(Markup(item) for item in found) if isinstance(found, tuple) else Markup(found)  # noqa: S704


def _environment(templates: Mapping[str, bytes], words: Words | None) -> _Environment:
    from jinja2 import FunctionLoader

    def load(name: str) -> tuple[str, str, Callable[[], bool]] | None:
        data = templates.get(name)
        return None if data is None else (_decoded(name, data), FOLDER + name, lambda: True)

    environment = _Environment(
        autoescape=True,
        undefined=_Undefined,
        loader=FunctionLoader(load),
        trim_blocks=True,
        lstrip_blocks=True,
        cache_size=0,
    )
    environment.globals.clear()
    environment.globals["_"] = words.gettext if words else str
    kept = {name: known for name, known in environment.filters.items() if name in FILTERS}
    environment.tests = {name: known for name, known in environment.tests.items() if name not in HIDING_TESTS}
    environment.filters = kept | {
        "css_colour": css_colour,
        "css_number": css_number,
        "safe_url": safe_url,
        "around": around,
        "fill": fill,
        "asset": asset,
    }
    return environment


def _decoded(name: str, data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise RenderError("not UTF-8", where=f"{FOLDER}{name}:{line}", hint="Save the template as UTF-8.") from error


# --- filters: what may stand where HTML's escaping does not protect ---------------------------------


def css_colour(value: str) -> str:
    """Return a colour for a style; ValueError where it is not of the form #rrggbb."""
    if not _COLOUR.match(value):
        raise ValueError(f"'{value}' is no colour of the form #rrggbb")
    return value


def css_number(value: float) -> str:
    """Return a number for a style; ValueError where it is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= 1e6:
        raise ValueError(f"{value!r} is no number for a style")
    return f"{value:.2f}".rstrip("0").rstrip(".")


def safe_url(value: str) -> str:
    """Return an https, http or mailto address; "" for any other, so that the template prints text instead."""
    return value if _ADDRESS.match(value) else ""


def asset(value: str) -> str:
    """Return the name of a file that the page brings with it; ValueError for anything else, a path up included."""
    if not _ASSET.match(value):
        raise ValueError(f"'{value}' is no file of the page")
    return value


def fill(text: str, *values: object) -> str:
    """Return a pattern with its places filled in their order: "Figure {number}" with 3 as "Figure 3"."""
    waiting = iter(values)
    return re.sub(r"\{\w+\}", lambda place: str(next(waiting, place[0])), text)


def around(text: str) -> list[str]:
    """Return the pieces between the places of a pattern: "Page {n} of {m}" as "Page ", " of ", ""."""
    return re.split(r"\{\w+\}", text)


# --- where it happened ----------------------------------------------------------------------------


def _where(error: BaseException) -> str:
    """Return template:line of the innermost frame that is a template's."""
    place, step = FOLDER + PAGE, error.__traceback__
    while step is not None:
        frame: types.FrameType = step.tb_frame
        if frame.f_code.co_filename.startswith(FOLDER):
            place = f"{frame.f_code.co_filename}:{step.tb_lineno}"
        step = step.tb_next
    return place


def _line_of(error: TemplateSyntaxError) -> str:
    lines = (error.source or "").splitlines()
    line = lines[error.lineno - 1].strip() if 0 < error.lineno <= len(lines) else ""
    return f"Correct the line: {line}"
