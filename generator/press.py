"""One page from its context to an inspected PDF: what the printing child does in one go.

Place in the pipeline: steps 4 Write, 5 Print and 6 Inspect. In: a context, templates, words, and a `Page` whose
HTML is still to be written; out: a `Document` with every finding of the three steps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from . import pdf, preflight, template
from .language import Words
from .page import Context, Document, Page


def preload() -> None:
    """Import all that a page needs, so that a fork of this process need not."""
    pdf.preload()
    preflight.preload()


def press(
    context: Context,
    templates: Mapping[str, bytes],
    words: Words,
    page: Page,
    *,
    later: Callable[[], Mapping[str, bytes]],
) -> Document:
    """Return the page written, printed and inspected; `later` waits for the charts."""
    page = replace(page, html=template.write(context, templates, words))
    document = pdf.print_page(page, later=later)
    return replace(document, findings=(*document.findings, *preflight.inspect(document, page)))
