"""Templates: a context becomes one HTML page.

Place in the pipeline: step 4 Write. In: a `Context` and the files of `templates/briefing`; out: HTML.
Jinja2 stands in this room only. Escaping is on for every name, a name that is not there stops the
page, nothing but fields of the context's values can be reached, and no file but the given ones.
`lint` finds what can be found without a context, all at once (https://jinja.palletsprojects.com).
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from jinja2 import BytecodeCache, StrictUndefined, TemplateError, TemplateNotFound, TemplateSyntaxError, UndefinedError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing
from markupsafe import Markup, escape

from .errors import RenderError
from .language import Words
from .markup import LOOP_FIELDS, SAFE_HTML, context_fields, lint_template, lint_typed, value_fields
from .model import Finding, Place
from .names import STANDARDS, Names, whole_words
from .page import Context, Trace
from .reading import Findings, did_you_mean
from .references import HTML, lint_references
from .sentences import joined
from .sheets import lint_sheet, may_say
from .traces import count, cut, furnish, plain, unsigned
from .workspace import Workspace, shipped_templates

if TYPE_CHECKING:
    import types

    from jinja2.bccache import Bucket
    from jinja2.runtime import Context as JinjaContext

    from .prose import Known

FOLDER = "templates/briefing/"
PAGE = "page.html"
BODY = "parts/briefing.html"
"""What a topic's page and its part of a combined briefing have in common."""
FILTERS = (
    "capitalize", "e", "escape", "first", "join", "last", "length", "list", "lower", "map", "reject", "rejectattr",
    "reverse", "select", "selectattr", "sort", "trim", "unique", "upper",
)  # fmt: skip
"""Jinja's filters that a template may use, beside ours; `default` would hide a misspelt name."""
HIDING_TESTS = ("defined", "undefined", "filter", "test")
_FURNISHED = {
    ("Chart", "number"): "figure-number", ("Table", "number"): "table-number",
    **{("Context", each): "edition" for each in ("number", "edition", "date", "iso_date", "as_of", "digest")},
    **{(each, "id"): "id" for each in ("FactRow", "SourceRow", "Chart", "Table", "Section")},
    ("Context", "program"): "edition", ("Context", "topic"): "id", ("Context", "anchor"): "id",
    ("Change", "name"): "id", ("Mark", "source"): "id",
}  # fmt: skip
"""Fields of the page's own furniture, and the kind of `traces.FURNITURE` that each is."""
_LOOP_NUMBERS = {"index": "row-number", "index0": "row-number", "length": "count"}
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}\Z")
_ASSET = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)*\Z")
_HEADING = re.compile(r"<h[1-6][^>]*>(.*?)</h[1-6]", re.DOTALL | re.IGNORECASE)
_COUNTED = re.compile(r"<(?:ol\b[^>]*?\sstart|li\b[^>]*?\svalue)\s*=\s*[\"']?(?!1\b)[^\"'>\s]+", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:https?://|mailto:)[^\s\"'<>]+\Z", re.IGNORECASE)


class _Compiled(BytecodeCache):
    """Templates that this process has compiled, by their name and source."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], types.CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give a template the code that its source was compiled to."""
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code of a template."""
        if bucket.code is not None:
            self._codes[bucket.key, bucket.checksum] = bucket.code


_compiled = _Compiled()


def preload() -> None:
    """Compile the program's own templates, so that a fork of this process need not: a tenth of a second a page."""
    templates = Workspace(shipped_templates().parent).templates("briefing", Findings())
    environment = _environment(templates, None)
    for name in templates:
        if name.endswith(HTML):
            environment.get_template(name)


def write(context: Context, templates: Mapping[str, bytes], words: Words) -> str:
    """Return the page's HTML, made by `page.html` of `templates` (names relative to templates/briefing).

    RenderError says template:line, what was found and the nearest names.
    """
    environment = _environment(templates, words)
    try:
        written = (_render(environment, BODY, part.page) for part in context.parts)
        parts = tuple(replace(part, body=body) for part, body in zip(context.parts, written, strict=True))
        return _render(environment, PAGE, replace(context, parts=parts))
    except TemplateSyntaxError as error:
        raise RenderError(
            error.message or "", where=f"{error.filename}:{error.lineno}", hint=_line_of(error)
        ) from error
    except TemplateNotFound as error:
        hint = f"Correct it. {did_you_mean(str(error.name), templates)}"
        raise RenderError(f"no template '{error.name}'", where=_where(error), hint=hint) from error
    except (UndefinedError, SecurityError) as error:
        raise RenderError(error.message or "", where=_where(error), hint="Correct the name in the template.") from error
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, RecursionError) as error:
        raise RenderError(
            f"{type(error).__name__}: {error}", where=_where(error), hint="Correct the template."
        ) from error


def _render(environment: _Environment, name: str, context: Context) -> str:
    fields = {field.name: _shown(context, field.name) for field in dataclasses.fields(context)}
    return environment.get_template(name).render(fields)


def lint(
    templates: Mapping[str, bytes], given: Collection[str] = (), known: Known | None = None
) -> tuple[Finding, ...]:
    """Return every problem in the templates and style sheets that can be seen without a context.

    `given` are the names of files that come with the program; only others are told to be unused. `known` are the
    names that may be typed, and facts as advice on other numbers.
    """
    from .prose import Known

    environment, known = _environment(templates, None), known or Known()
    found = (
        finding
        for name in sorted(templates)
        if name.endswith(HTML)
        for finding in lint_template(environment, FOLDER, name, templates, known)
    )
    return (*found, *_lint_sheets(templates, known), *lint_references(FOLDER, templates, given))


def _sheets(templates: Mapping[str, bytes]) -> Iterator[str]:
    """Yield what may hold a style sheet's declarations."""
    for name, data in templates.items():
        if name.endswith(".css") or (name.endswith(HTML) and b"<style" in data):
            yield data.decode("utf-8", "replace")


def _lint_sheets(templates: Mapping[str, bytes], known: Known) -> Iterator[Finding]:
    for name in sorted(templates):
        if name.endswith(".css"):
            yield from lint_sheet(templates[name].decode("utf-8", "replace"), Place(FOLDER + name, 1), known)


def look_through(
    page: str, templates: Mapping[str, bytes], traces: Sequence[Trace], names: Sequence[str]
) -> tuple[Finding, ...]:
    """Return each numeral of a written page and of its style sheets that is no figure's and not the page's own.

    It stands at the line of the template or sheet that types it, or else under the heading it is printed under.
    """
    strangers = list(unsigned(page, traces, whole_words((*names, *STANDARDS))))
    typed = list(_begun(page, templates))
    if strangers or any(map(may_say, _sheets(templates))):
        typed += _typed(templates, names, everywhere=bool(strangers))
    return (*typed, *(() if typed else (_computed(page, *stranger) for stranger in strangers)))


def _typed(templates: Mapping[str, bytes], names: Sequence[str], *, everywhere: bool) -> Iterator[Finding]:
    """Yield the numbers typed in style sheets, and in templates with a style element or `everywhere`."""
    # A page that is in order needs nothing of this, and it takes a fiftieth of a second to import.
    from .prose import Known

    known, environment = Known(names=Names(names)), _environment(templates, None)
    yield from _lint_sheets(templates, known)
    for name, data in templates.items():
        if name.endswith(HTML) and (everywhere or b"<style" in data):
            yield from lint_typed(environment, data.decode("utf-8", "replace"), FOLDER + name, known)


def _begun(page: str, templates: Mapping[str, bytes]) -> Iterator[Finding]:
    """Yield the lists of a page whose numbers do not count their points."""
    for match in _COUNTED.finditer(page):
        words = match[0].encode()
        at = next(((name, data) for name, data in templates.items() if words in data), None)
        place = Place(FOLDER + at[0], at[1][: at[1].index(words)].count(b"\n") + 1) if at else Place("the page")
        cure = "Leave the attribute out: a list counts its points from one."
        yield Finding(place, "template.number", f"'{match[0]}'", "a list whose numbers count its points", cure)


def _computed(page: str, start: int, number: str, around: str) -> Finding:
    headings = _HEADING.findall(page, 0, start)
    under = plain(re.sub(r"<[^>]*>|\s+(?=\s)", "", headings[-1])).strip()[:60] if headings else ""
    return Finding(
        Place(f"the page, under '{under}'" if under else "the page"),
        "template.number",
        f"the number '{number}' in '{around}', which a template computes or spells",
        "a field of the context, loop.index, |length, or a declared name",
        "Print the field itself; docs/trace.md says what a template may count.",
    )


# --- the environment ------------------------------------------------------------------------------


class _Undefined(StrictUndefined):
    """A name that is not there, with the nearest names that are."""

    @property
    def _undefined_message(self) -> str:
        owner, name = self._undefined_obj, str(self._undefined_name)
        if fields := value_fields(owner.__class__):
            return f"{owner.__class__.__name__} has no '{name}'. {did_you_mean(name, fields)}"
        if owner is missing and name in context_fields():
            return f"'{name}' of the context, which a file that is imported does not see: hand it to the file's macro"
        if owner is missing:
            return f"no '{name}' in the context. {did_you_mean(name, context_fields())}"
        return f"'{name}' of a {type(owner).__name__} cannot be reached from a template"


class Said(str):
    """A text that is plain to a template, so that it compares and sorts, and signed where it is printed."""

    __slots__ = ("signed",)
    signed: str

    def __new__(cls, signed: str) -> Self:
        """Return the text without its signs, which it keeps."""
        said = super().__new__(cls, plain(signed))
        said.signed = signed
        return said

    def __str__(self) -> str:
        return self.signed

    def __html__(self) -> str:
        """Return the signed text as HTML."""
        return escape(self.signed)

    def upper(self) -> Said:
        """Return the text in capitals, signed."""
        return Said(self.signed.upper())

    def lower(self) -> Said:
        """Return the text in small letters, signed."""
        return Said(self.signed.lower())

    def capitalize(self) -> Said:
        """Return the text with a capital first, signed."""
        return Said(cut(self.signed, 0, 1).upper() + cut(self.signed, 1, len(self)).lower())

    def strip(self, chars: str | None = None, /) -> Said:
        """Return the text without white space around it, signed."""
        start = len(self) - len(self.lstrip(chars))
        return Said(cut(self.signed, start, start + len(str.strip(self, chars))))


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
            found = getattr(obj, attribute)
            return count(found, _LOOP_NUMBERS[attribute]) if attribute in _LOOP_NUMBERS else found
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
    if name in SAFE_HTML.get(type(value).__name__, ()):
        return tuple(Markup(item) for item in found) if isinstance(found, tuple) else Markup(found)  # noqa: S704
    if kind := _FURNISHED.get((type(value).__name__, name)):
        return count(found, kind) if isinstance(found, int) else Said(furnish(found, kind))
    return tuple(map(_said, found)) if isinstance(found, tuple) else _said(found)


def _said(value: object) -> object:
    return Said(value) if isinstance(value, str) and value != plain(value) else value


def length(value: Collection[object]) -> int:
    """Return how many things a list has, a number that may be printed, or how many letters a text has."""
    return len(value) if isinstance(value, str) else count(len(value), "count")


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
        bytecode_cache=_compiled,
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
        "length": length,
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
    pieces = re.split(r"(\{\w+\})", text)
    return joined(str(next(waiting, piece)) if number % 2 else piece for number, piece in enumerate(pieces))


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
