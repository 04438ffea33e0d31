"""Checks of a template that need no context: names, files, and places where escaping does not protect.

Place in the pipeline: base; used by `template.lint` (step 4, and `briefing check`). HTML's escaping
protects text and quoted attributes; it does not protect style, scripts, unquoted attributes and
addresses (https://cheatsheetseries.owasp.org, Cross Site Scripting Prevention), so there a value must
pass through a filter that is made for the place.
"""

from __future__ import annotations

import dataclasses
import html
import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from . import page
from .model import Finding, Place
from .page import Context
from .reading import did_you_mean
from .sheets import lint_sheet

if TYPE_CHECKING:
    from jinja2 import Environment, nodes

    from .prose import Known

# Fields that hold safe HTML, by the value that has them; text.py and context.py make them.
SAFE_HTML = {"Context": ("bottom_line", "summary"), "Block": ("html",), "Part": ("body",)}
LOOP_FIELDS = ("index", "index0", "first", "last", "length", "previtem", "nextitem")
_STYLE_FILTERS = ("css_colour", "css_number")
_ADDRESSES = ("href", "src", "action", "poster", "data", "cite")
_TAG_OR_END = re.compile(r"<(?P<tag>/?[A-Za-z][A-Za-z0-9-]*)|<!--")
_ATTRIBUTE = re.compile(r"(?P<name>[^\s\"'<>/=]+)\s*(?P<equals>=\s*(?P<quote>[\"'])?)?|(?P<end>>)")


@cache
def value_fields(kind: type) -> tuple[str, ...]:
    """Return the names of the fields of one of the model's values; none for a type that is not one of them."""
    return tuple(field.name for field in dataclasses.fields(kind)) if dataclasses.is_dataclass(kind) else ()


@cache
def context_fields() -> tuple[str, ...]:
    """Return every name that a template finds at its top."""
    return (*value_fields(Context), "_")


@cache
def _reachable() -> frozenset[str]:
    kinds: tuple[type, ...] = (
        Context, page.KeyFigure, page.Chart, page.Cell, page.Table, page.Block, page.Section, page.FactRow,
        page.Claim, page.Credit, page.Disagreement, page.Changes, page.ChangeGroup, page.Change, page.Part,
        page.SourceRow, page.Mark,
    )  # fmt: skip
    return frozenset(name for kind in kinds for name in value_fields(kind)) | frozenset(LOOP_FIELDS)


def lint_template(
    environment: Environment, folder: str, name: str, templates: Mapping[str, bytes], known: Known
) -> Iterator[Finding]:
    """Yield the problems of one template, in the order of its lines."""
    from jinja2 import TemplateSyntaxError

    file = folder + name
    try:
        source = templates[name].decode("utf-8")
        tree = environment.parse(source, name, file)
    except UnicodeDecodeError as error:
        at = templates[name][: error.start].count(b"\n") + 1
        yield Finding(Place(file, at), "template.encoding", "bytes that are not UTF-8", "UTF-8", "Save it as UTF-8.")
        return
    except TemplateSyntaxError as error:
        line = source.splitlines()[error.lineno - 1].strip() if source else ""
        yield Finding(
            Place(file, error.lineno),
            "template.syntax",
            f"{error.message}: {line}",
            "Jinja's syntax",
            "Correct the line.",
        )
        return
    found = [
        *_names(tree, file),
        *_filters(tree, file, environment),
        *_files(tree, file, templates),
        *_contexts(environment, source, file),
        *lint_typed(environment, source, file, known),
    ]
    yield from sorted(found, key=lambda finding: finding.place.line)


# --- names and files ------------------------------------------------------------------------------


def _names(tree: nodes.Template, file: str) -> Iterator[Finding]:
    from jinja2 import meta, nodes

    tree.set_environment(_lenient(tree))
    unknown = meta.find_undeclared_variables(tree) - set(context_fields())
    for node in tree.find_all(nodes.Name):
        if node.ctx == "load" and node.name in unknown:
            cure = f"Correct it. {did_you_mean(node.name, context_fields())}"
            yield Finding(
                Place(file, node.lineno), "template.name", f"no '{node.name}'", "a field of the context", cure
            )
    for access in tree.find_all(nodes.Getattr):
        if access.attr not in _reachable():
            cure = f"Correct it. {did_you_mean(access.attr, sorted(_reachable()))}"
            yield Finding(
                Place(file, access.lineno),
                "template.field",
                f"no '.{access.attr}'",
                "a field of the context's values",
                cure,
            )


def _lenient(tree: nodes.Template) -> Environment:
    """Return an environment that knows every filter and test of the tree: Jinja names no names beside a wrong one."""
    from jinja2 import Environment, nodes

    environment = Environment(autoescape=True)
    environment.globals.clear()
    for node in tree.find_all((nodes.Filter, nodes.Test)):
        known = environment.filters if isinstance(node, nodes.Filter) else environment.tests
        known.setdefault(str(getattr(node, "name", "")), did_you_mean)
    return environment


def _filters(tree: nodes.Template, file: str, environment: Environment) -> Iterator[Finding]:
    from jinja2 import nodes

    for node in tree.find_all((nodes.Filter, nodes.Test)):
        name = str(getattr(node, "name", ""))
        kind, known = ("filter", environment.filters) if isinstance(node, nodes.Filter) else ("test", environment.tests)
        place = Place(file, node.lineno)
        if name == "safe":
            cure = "Remove it: fields that hold safe HTML are known to be safe."
            yield Finding(place, "template.safe", "|safe", "escaped text", cure)
        elif name not in known:
            cure = f"Correct it. {did_you_mean(name, known)}"
            yield Finding(place, f"template.{kind}", f"no {kind} '{name}'", f"a {kind} that is allowed here", cure)


def _files(tree: nodes.Template, file: str, templates: Mapping[str, bytes]) -> Iterator[Finding]:
    from jinja2 import nodes

    for node in tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
        target = getattr(node, "template", None)
        name = target.value if isinstance(target, nodes.Const) else None
        if name not in templates:
            cure = f"Correct it. {did_you_mean(str(name), templates)}"
            found = f"no template '{name}'" if name else "a name that is computed"
            yield Finding(Place(file, node.lineno), "template.file", found, "a file of templates/briefing", cure)


# --- places where escaping does not protect -------------------------------------------------------


@dataclasses.dataclass
class _State:
    """Where in HTML a template's text has come to."""

    tag: str = ""
    attribute: str = ""
    quote: str = ""
    begun: bool = False
    """Whether the attribute's value has characters already."""
    raw: str = ""
    """`style` or `script` inside such an element."""
    unseen: bool = False
    """Whether the text is the window's title, which no page shows."""
    said: list[tuple[int, str]] = dataclasses.field(default_factory=list)
    """The text read so far, each piece with its place in the token."""


def _contexts(environment: Environment, source: str, file: str) -> Iterator[Finding]:
    state = _State()
    tokens = list(environment.lex(source))
    for index, (line, kind, text) in enumerate(tokens):
        if kind == "data":
            _advance(state, text)
        elif kind == "variable_begin":
            problem = _unprotected(state, _filters_after(tokens[index + 1 :]))
            state.begun = True
            if problem:
                yield Finding(Place(file, line), "template.unprotected", *problem)


def lint_typed(environment: Environment, source: str, file: str, known: Known) -> Iterator[Finding]:
    """Yield each number typed in a template: in its text, in words that it has translated, in its style elements."""
    from .prose import refuse_typed

    state, before, kept = _State(), ["", ""], 0
    for line, kind, text in environment.lex(source):
        found: Iterator[Finding] = iter(())
        if kind == "data":
            found = _typed_text(state, text, Place(file, line), known)
        elif kind == "string" and (before == ["_", "("] or before[1] == "{{") and not state.tag and not state.raw:
            found = refuse_typed(text[1:-1], Place(file, line), known, calls=False)
        elif kind == "name" and before[1] == "{%":
            kept += {"set": 1, "endset": -1}.get(text, 0)
        elif kind == "operator" and text == "=" and kept and before[0] == "set":
            kept -= 1
        # What a `set` block holds is printed where its name stands, if anywhere.
        yield from () if kept else found
        if kind != "whitespace":
            before = [before[1], text.strip("-+") if kind.endswith("_begin") else text]


def _typed_text(state: _State, text: str, place: Place, known: Known) -> Iterator[Finding]:
    """Yield the numbers typed in a piece of HTML."""
    from .prose import refuse_typed

    state.said.clear()
    sheet = state.raw == "style"
    _advance(state, text)
    for start, said in state.said:
        at = Place(place.file, place.line + text.count("\n", 0, start))
        yield from refuse_typed(html.unescape(said), at, known, calls=False)
    if sheet or "<style" in text:
        yield from lint_sheet(text, place, known)


def _filters_after(tokens: list[tuple[int, str, str]]) -> tuple[str, ...]:
    """Return the filters of the expression, in order."""
    inside: list[str] = []
    for _, kind, text in tokens:
        if kind == "variable_end":
            break
        if kind != "whitespace":
            inside.append(text)
    return tuple(name for bar, name in pairwise(inside) if bar == "|")


def _unprotected(state: _State, filters: tuple[str, ...]) -> tuple[str, str, str] | None:
    """Return what was found, what was expected and the cure; None where escaping protects or a filter does."""
    if state.raw:
        cure = "Set a custom property in a style attribute instead."
        return f"{{{{ }}}} inside <{state.raw}>", "no value there", cure
    if state.tag and not (state.attribute and state.quote):
        return "{{ }} in a tag outside quotes", "a quoted attribute", "Put the value in quotes."
    return _unprotected_attribute(state, filters[-1] if filters else "") if state.tag else None


def _unprotected_attribute(state: _State, last: str) -> tuple[str, str, str] | None:
    if state.attribute.startswith("on"):
        return f"{{{{ }}}} in {state.attribute}", "no script", "Remove the attribute."
    if state.attribute == "style" and last not in _STYLE_FILTERS:
        expected = "|css_colour or |css_number at the end"
        return "{{ }} in a style attribute", expected, "End the expression with one of them."
    if state.attribute in _ADDRESSES and not state.begun and last not in ("safe_url", "asset"):
        cure = "End the expression with |safe_url or |asset, or begin the address with text such as # or charts/."
        return f"{{{{ }}}} at the begin of {state.attribute}", "a checked address", cure
    return None


def _advance(state: _State, text: str) -> None:
    """Read on through a piece of HTML: text, tags, quoted values, and elements whose content is no HTML."""
    index = 0
    while index < len(text):
        if state.quote:
            index = _through_quote(state, text, index)
        elif state.tag:
            index = _through_tag(state, text, index)
        else:
            index = _to_tag(state, text, index)


def _through_quote(state: _State, text: str, index: int) -> int:
    end = text.find(state.quote, index)
    if end < 0:
        state.begun = True
        return len(text)
    state.attribute = state.quote = ""
    return end + 1


def _through_tag(state: _State, text: str, index: int) -> int:
    match = _ATTRIBUTE.search(text, index)
    if match is None:
        return len(text)
    if match["end"]:
        state.raw = state.tag if state.tag in ("style", "script") else ""
        state.unseen = state.tag == "title"
        state.tag = state.attribute = ""
    elif match["equals"]:
        state.attribute, state.quote, state.begun = match["name"].lower(), match["quote"] or "", False
    else:
        state.attribute = ""
    return match.end()


def _to_tag(state: _State, text: str, index: int) -> int:
    if state.raw:
        end = text.lower().find(f"</{state.raw}", index)
        if end < 0:
            return len(text)
        state.raw = ""
        index = end
    match = _TAG_OR_END.search(text, index)
    if not state.unseen:
        state.said.append((index, text[index : match.start() if match else len(text)]))
    if match is None:
        return len(text)
    if match["tag"] is None:
        end = text.find("-->", match.end())
        return len(text) if end < 0 else end + 3
    state.tag = match["tag"].lower()
    return match.end()
