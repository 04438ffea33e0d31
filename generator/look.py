"""The custom properties of the page's style sheets: what charts take from them, and whether their colours can be read.

Place in the pipeline: base; used when a page is drafted (step 4, and `briefing check`). In: the files of
templates/briefing; out: a `Look`, charts.mplstyle with its properties filled in, and findings. Custom properties are
those of https://www.w3.org/TR/css-variables-1/: `--name: value` declares one, `var(--name)` takes it. The printer
stops, without saying where, at a calculation with one that nobody declares, so that is found here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .colours import LEAST_CONTRAST, PATTERN, contrast, legible
from .model import Place
from .reading import Findings, did_you_mean

FOLDER = "templates/briefing/"
LOOK = "look.css"
"""Where the shipped look declares its properties; any style sheet may."""
OWN = "own.css"
"""The sheet that the page reads last: a workspace's."""
CHART_STYLE = "charts.mplstyle"
ROLES = ("ink", "muted", "paper", "on-accent")
"""Properties that must be colours of the form #rrggbb, because contrast is computed from them."""
READ_ON = (("ink", "paper"), ("muted", "paper"), ("accent", "paper"), ("on-accent", "accent"))
"""Which role is printed as text on which."""
FONTS = ("Noto Sans", "Noto Sans CJK SC")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_DECLARED = re.compile(r"(?<![\w-])--([\w-]+)\s*:\s*([^;{}]+)")
_TAKEN = re.compile(r"var\(\s*--([\w-]+)\s*(?:,\s*([^()]*))?\)")
_LINE = re.compile(r"line-\d+\Z")
_WIDTH = re.compile(r"(\d+(?:\.\d+)?)mm\Z")
_POINTS = re.compile(r"(:\s*\d+(?:\.\d+)?)pt\b")
_DEEP = 8
"""Properties may be made of others, so many times over."""


@dataclass(frozen=True, slots=True)
class Look:
    """What charts share with the page: the width of a figure in millimetres, the colours of further lines, fonts."""

    width: float
    palette: tuple[str, ...]
    fonts: tuple[str, ...] = FONTS


@dataclass(frozen=True, slots=True)
class Property:
    """A custom property as it was last declared."""

    value: str
    place: Place


def properties(templates: Mapping[str, bytes]) -> dict[str, Property]:
    """Return the custom properties that style sheets declare; of two of one name that of own.css or the later sheet."""
    found = {}
    for name in sorted((name for name in templates if name.endswith(".css")), key=lambda name: (name == OWN, name)):
        text = _plain(templates[name])
        for match in _DECLARED.finditer(text):
            place = Place(FOLDER + name, text.count("\n", 0, match.start()) + 1)
            found[match[1]] = Property(" ".join(match[2].split()), place)
    return found


def fill_in(text: str, known: Mapping[str, Property]) -> str:
    """Return a text with each `var(--name)` as the property's value; one that is not known stays as it is."""
    for _ in range(_DEEP):
        filled = _TAKEN.sub(lambda match: known[match[1]].value if match[1] in known else match[2] or match[0], text)
        if filled == text:
            break
        text = filled
    return text


def chart_style(templates: Mapping[str, bytes]) -> bytes:
    """Return charts.mplstyle with the properties it takes, sizes in points as numbers."""
    filled = fill_in(templates[CHART_STYLE].decode("utf-8", "replace"), properties(templates))
    return _POINTS.sub(r"\1", filled).encode()


def read_look(templates: Mapping[str, bytes], accent: str, findings: Findings) -> Look:
    """Return what charts take; what is undeclared, of the wrong form or hard to read is collected in `findings`."""
    known = properties(templates)
    _refuse_undeclared(templates, known, findings)
    whole = {name: Property(fill_in(each.value, known), each.place) for name, each in known.items()}
    _refuse_pale(whole, accent, findings)
    lines = {name: each for name, each in whole.items() if _LINE.match(name)}
    palette = tuple(each.value for name, each in lines.items() if _is_colour(name, each, findings))
    if not lines:
        _refuse_no_lines(findings)
    return Look(_width(whole, findings), palette, _families(whole))


def _width(known: Mapping[str, Property], findings: Findings) -> float:
    width = known.get("figure-width", Property("170mm", Place(FOLDER + LOOK)))
    match = _WIDTH.match(width.value)
    if match is None:
        _refuse("figure-width", width, "a width such as 170mm", findings)
        return 170.0
    return float(match[1])


def _families(known: Mapping[str, Property]) -> tuple[str, ...]:
    sans = known.get("sans")
    named = [name.strip().strip("\"'").strip() for name in sans.value.split(",")] if sans else []
    return tuple(filter(None, named)) or FONTS


def _is_colour(name: str, found: Property, findings: Findings) -> bool:
    if PATTERN.match(found.value):
        return True
    _refuse(name, found, "a colour such as #0072b2", findings)
    return False


def _refuse(name: str, found: Property, expected: str, findings: Findings) -> None:
    cure = "Correct it: charts are drawn with it." if name not in ROLES else "Correct it: text is printed in or on it."
    findings.add(found.place, "style.property", f"--{name}: {found.value}", expected=expected, cure=cure)


def _refuse_no_lines(findings: Findings) -> None:
    findings.add(
        Place(FOLDER + LOOK),
        "style.property",
        "no colours for lines",
        expected="custom properties --line-1, --line-2, … on :root",
        cure="Add them; charts take their colours from there.",
    )


def _refuse_pale(known: Mapping[str, Property], accent: str, findings: Findings) -> None:
    """Refuse pairs of roles that cannot be read, with the nearest colour that can."""
    roles = {name: known[name] for name in ROLES if name in known and _is_colour(name, known[name], findings)}
    colours = {name: each.value for name, each in roles.items() if PATTERN.match(each.value)} | {"accent": accent}
    for text, ground in READ_ON:
        pale = "accent" in (text, ground) and contrast(accent) < LEAST_CONTRAST
        if text not in colours or ground not in colours or pale:
            # Of an accent that no white paper shows, its topic.toml is told.
            continue
        ratio = contrast(colours[text], colours[ground])
        if ratio < LEAST_CONTRAST:
            mine = text if text in roles else ground
            other = colours[ground] if mine == text else colours[text]
            findings.add(
                roles[mine].place,
                "style.contrast",
                f"--{text} {colours[text]} on --{ground} {colours[ground]}: a contrast of {ratio:.2f}:1",
                expected=f"at least {LEAST_CONTRAST}:1 (WCAG 2.2, 1.4.3)",
                cure=f"The nearest --{mine} that can be read is {legible(colours[mine], other)}.",
            )


def _refuse_undeclared(templates: Mapping[str, bytes], known: Mapping[str, Property], findings: Findings) -> None:
    typed = (name for data in templates.values() for name in _DECLARED.findall(data.decode("utf-8", "replace")))
    declared = {name for name, _ in typed}
    for name in sorted(templates):
        if name.endswith((".css", ".mplstyle")):
            for line, taken in _undeclared(_plain(templates[name]), declared if name.endswith(".css") else set(known)):
                findings.add(
                    Place(FOLDER + name, line),
                    "style.undeclared",
                    f"var(--{taken})",
                    expected="a custom property that a style sheet declares",
                    cure=f"Correct it, or declare --{taken} on :root. {did_you_mean(taken, sorted(declared))}",
                )


def _undeclared(text: str, declared: set[str]) -> Iterator[tuple[int, str]]:
    for match in _TAKEN.finditer(text):
        if match[1] not in declared and match[2] is None:
            yield text.count("\n", 0, match.start()) + 1, match[1]


def _plain(data: bytes) -> str:
    """Return a sheet's text with its comments blanked, line by line."""
    return _COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), data.decode("utf-8", "replace"))
