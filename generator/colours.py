"""Colours as readers see them: contrast, and the nearest one that can be read.

Place in the pipeline: base; used where colours are read (step 1) and drawn (step 3). Colours are written #rrggbb.
Contrast is that of WCAG 2.2 (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio), 1 to 21; text needs 4.5 (1.4.3).
"""

from __future__ import annotations

import re

PATTERN = re.compile(r"#[0-9a-fA-F]{6}\Z")
WHITE = "#ffffff"
LEAST_CONTRAST = 4.5


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour, 0 to 1."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in map(_share, _parts(colour))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str = WHITE) -> float:
    """Return the contrast ratio of two colours."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def legible(colour: str, ground: str = WHITE, least: float = LEAST_CONTRAST) -> str:
    """Return the nearest colour in which text can be read on a ground: darker on a light one, lighter on a dark one."""
    end = 0 if contrast("#000000", ground) >= contrast(WHITE, ground) else 255
    for step in range(101):
        mixed = "#" + "".join(f"{round(part + (end - part) * step / 100):02x}" for part in _parts(colour))
        if contrast(mixed, ground) >= least:
            return mixed
    return f"#{end:02x}{end:02x}{end:02x}"


def _parts(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))


def _share(part: int) -> float:
    return part / 255
