"""The letter that goes with an edition: a value and templates become a text and a page.

Place in the pipeline: step 8 Deliver. In: a `Letter` and the files of `templates/email/`; out: its words in both
forms, in the language of the edition. Escaping is on for the page, a name that is not there stops it, and nothing but
fields of the letter can be reached.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from jinja2 import DictLoader, StrictUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from .errors import RenderError
from .language import Words

FOLDER = "templates/email/"
TEXT, PAGE = "letter.txt", "letter.html"


@dataclass(frozen=True, slots=True)
class Figure:
    """A key figure as the edition prints it; `change` is on the period before, "" where nothing is compared."""

    label: str
    value: str
    period: str
    change: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """All that a template may see, in the words of its language; what is "" is left out."""

    language: str
    issuer: str
    title: str
    edition: str
    date: str
    bottom_line: str
    accent: str = "#222222"
    figures: tuple[Figure, ...] = ()
    changes: tuple[str, ...] = ()
    """What is other than in the edition before."""
    wrong: str = ""
    """The edition that this one takes the place of, because it was called back."""
    reason: str = ""
    file: str = ""
    link: str = ""
    unsubscribe: str = ""


def write(letter: Letter, templates: Mapping[str, bytes], words: Words) -> tuple[str, str]:
    """Return a letter as text and as HTML; RenderError says what is wrong with a template."""
    fields = {field.name: getattr(letter, field.name) for field in dataclasses.fields(letter)}
    texts = tuple(sorted((name, data.decode("utf-8", "replace")) for name, data in templates.items()))
    return tuple(_render(name, texts, fields, words) for name in (TEXT, PAGE))  # type: ignore[return-value]


def _render(name: str, texts: tuple[tuple[str, str], ...], fields: dict[str, object], words: Words) -> str:
    try:
        return _template(name, texts).render(fields, _=words.gettext)
    except (TemplateError, TypeError, ValueError, LookupError, ArithmeticError) as error:
        line = getattr(error, "lineno", None)
        where = f"{FOLDER}{name}" + (f":{line}" if line else "")
        raise RenderError(f"{type(error).__name__}: {error}", where=where, hint="Correct the template.") from error


@lru_cache(maxsize=8)
def _template(name: str, texts: tuple[tuple[str, str], ...]) -> Template:
    environment = ImmutableSandboxedEnvironment(
        autoescape=name.endswith(".html"),
        undefined=StrictUndefined,
        loader=DictLoader(dict(texts)),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.clear()
    environment.filters = {key: environment.filters[key] for key in ("e", "escape", "first", "join", "length", "lower")}
    environment.filters["fill"] = _fill
    return environment.get_template(name)


def _fill(text: str, value: str) -> str:
    """Put a value into the place in braces of a translated text."""
    head, brace, rest = text.partition("{")
    return head + value + rest.partition("}")[2] if brace else text


__all__ = ["FOLDER", "Figure", "Letter", "write"]
