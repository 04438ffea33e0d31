"""What templates and style sheets name: parts, pictures, fonts; what is not there, and what nobody names.

Place in the pipeline: base; used by `template.lint` (step 4, and `briefing check`), so that a file that is not
there is found before a page is printed. Addresses in CSS stand in url() and @import
(https://www.w3.org/TR/css-values-4/#urls); a page fetches its own files and nothing from the web.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from .model import Finding, Place
from .reading import did_you_mean

HTML = (".html", ".j2", ".xhtml", ".svg")
MADE = ("charts/",)
"""Where the files stand that a build makes itself."""
READ = ("page.html", "charts.mplstyle")
"""What the program opens by its name."""
_COMMENT = {"html": re.compile(r"<!--.*?-->|\{#.*?#\}", re.DOTALL), "css": re.compile(r"/\*.*?\*/", re.DOTALL)}
_PART = re.compile(r"\{%-?\s*(?:include|import|extends|from)\s*[\"'](?P<name>[^\"']+)[\"']")
_FETCHED = re.compile(
    r"<(?!a\b|area\b)[A-Za-z][^<>]*?\s(?:src|href|xlink:href|data|poster)\s*=\s*(?P<quote>[\"'])(?P<name>.*?)(?P=quote)",
    re.DOTALL,
)
_STYLED = re.compile(
    r"(?<!@namespace )url\(\s*(?P<quote>[\"']?)(?P<name>[^\"')]*)(?P=quote)\s*\)"
    r"|@import\s+(?P<other>[\"'])(?P<sheet>[^\"']*)(?P=other)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Reference:
    """A file or address that a template or style sheet names; `name` is resolved against its own folder."""

    name: str
    place: Place
    part: bool
    """Whether it is a template's part, which Jinja loads; otherwise the page fetches it."""


def references(folder: str, name: str, text: str) -> Iterator[Reference]:
    """Yield what one template or style sheet names, computed names and fragments left out."""
    kind = "html" if name.endswith(HTML) else "css"
    plain = _COMMENT[kind].sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    patterns = (_PART, _FETCHED, _STYLED) if kind == "html" else (_STYLED,)
    for pattern in patterns:
        for match in pattern.finditer(plain):
            found = next((group for key, group in match.groupdict().items() if key in ("name", "sheet") and group), "")
            if found and "{" not in found and not found.startswith(("#", "data:")):
                place = Place(folder + name, plain.count("\n", 0, match.start()) + 1)
                base = "" if kind == "html" else posixpath.dirname(name)
                yield Reference(_resolved(found, base), place, part=pattern is _PART)


def _resolved(name: str, base: str) -> str:
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:|//", name):
        return name
    return posixpath.normpath(posixpath.join(base, unquote(name.partition("#")[0].partition("?")[0])))


def lint_references(folder: str, templates: Mapping[str, bytes], given: Collection[str]) -> Iterator[Finding]:
    """Yield each file that is named and not there, each address in the web, and each file that nobody names.

    `given` are names that come with the program: a workspace may leave them unused. Parts that are not there
    are the template's own findings.
    """
    named: dict[str, list[Reference]] = {
        name: list(references(folder, name, data.decode("utf-8", "replace")))
        for name, data in templates.items()
        if name.endswith((*HTML, ".css"))
    }
    for found in (reference for name in sorted(named) for reference in named[name] if not reference.part):
        yield from _refused(found, templates)
    reached = _reached(named)
    for name in sorted(set(templates) - reached - set(given)):
        cure = f"Remove it, rename it, or name it where it belongs. {did_you_mean(name, sorted(reached))}"
        yield Finding(
            Place(folder + name), "template.unused", "a file that nothing uses", "a name that a template or style "
            "sheet gives", cure, "warning",
        )  # fmt: skip


def _refused(reference: Reference, templates: Mapping[str, bytes]) -> Iterator[Finding]:
    name = reference.name
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:|//", name):
        cure = "Copy the file into templates/briefing and name it there."
        yield Finding(reference.place, "template.address", f"the address '{name}'", "a file of the page", cure)
    elif name not in templates and not name.startswith(MADE):
        files = [other for other in sorted(templates) if not other.endswith((".html", ".mplstyle"))]
        cure = f"Put it in templates/briefing, or correct the name. {did_you_mean(name, files)}"
        yield Finding(reference.place, "template.asset", f"no file '{name}'", "a file of templates/briefing", cure)


def _reached(named: Mapping[str, list[Reference]]) -> set[str]:
    """Return the files that page.html leads to, by whatever way."""
    reached: set[str] = set()
    waiting = list(READ)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += [reference.name for reference in named.get(name, ())]
    return reached
