"""What style sheets type: text in `content` and the like may hold no numeral, and a counter counts from nought by one.

Place in the pipeline: base; used by `template.lint` (step 4, and `briefing check`), so that a number in a style sheet
is found with its line. Strings and escapes are CSS's (https://www.w3.org/TR/css-syntax-3/#consume-string-token).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from .model import Finding, Place

if TYPE_CHECKING:
    from .prose import Known

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_STRING = r'"(?:\\.|[^"\\\n])*"|' + r"'(?:\\.|[^'\\\n])*'"
_SAYING = (
    "content", "string-set", "bookmark-label", "quotes", "list-style", "list-style-type", "symbols", "additive-symbols",
    "prefix", "suffix", "pad", "negative", "hyphenate-character", "text-overflow", "block-ellipsis",
)  # fmt: skip
"""Properties and descriptors whose strings are printed."""
_DECLARED = re.compile(
    rf"(?<![\w-])(?P<name>{'|'.join(_SAYING)}|counter-(?:reset|set|increment))\s*:\s*(?P<value>(?:{_STRING}|[^;}}\"'])*)",
    re.IGNORECASE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:([0-9A-Fa-f]{1,6})\s?|(\n)|(.))", re.DOTALL)
_INTEGER = re.compile(r"(?<![\w-])[+-]?\d+(?![\w-])")
_STEPS = {"counter-reset": ("0",), "counter-set": ("0",), "counter-increment": ("1", "+1")}


def may_say(sheet: str) -> bool:
    """Return whether a style sheet has a digit where it would be printed or counted with: most have none."""
    return any(re.search(r"\d", _unescaped(declared["value"])) for declared in _DECLARED.finditer(sheet))


def lint_sheet(sheet: str, place: Place, known: Known) -> Iterator[Finding]:
    """Yield each number that a style sheet types, at its line; `place` is where the sheet begins."""
    from .prose import refuse_typed

    plain = _COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), sheet)
    for declared in _DECLARED.finditer(plain):
        name, value = declared["name"].lower(), declared["value"]
        for match in re.finditer(_STRING, value):
            at = Place(place.file, place.line + plain.count("\n", 0, declared.start("value") + match.start()))
            yield from refuse_typed(_unescaped(match[0][1:-1]), at, known, calls=False)
        for match in _INTEGER.finditer(re.sub(_STRING, "", value)) if name in _STEPS else ():
            if match[0] not in _STEPS[name]:
                at = Place(place.file, place.line + plain.count("\n", 0, declared.start()))
                yield _counted(at, name, match[0])


def _counted(place: Place, name: str, number: str) -> Finding:
    expected = f"{_STEPS[name][0]}: a counter counts what is on the page, from nought and by one"
    return Finding(place, "text.number", f"{name} with {number}", expected, "Leave the number out.")


def _unescaped(text: str) -> str:
    """Return a string of CSS as it is printed."""

    def character(match: re.Match[str]) -> str:
        if match[1]:
            return chr(min(int(match[1], 16), 0x10FFFF))
        return match[3] or ""

    return _ESCAPE.sub(character, text)
