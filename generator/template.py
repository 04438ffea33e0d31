"""Stage 4, write: signatures; see docstrings."""

from __future__ import annotations

from collections.abc import Mapping

from .language import Words
from .model import Context, Finding


def write(context: Context, templates: Mapping[str, bytes], words: Words) -> str:
    """Return the page's HTML from `page.html` in `templates` (names relative to templates/briefing).

    RenderError says template:line, what was found and the nearest names.
    """
    raise NotImplementedError


def lint(templates: Mapping[str, bytes]) -> tuple[Finding, ...]:
    """Return every problem in the templates, without a context."""
    raise NotImplementedError
