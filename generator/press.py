"""One page from its context to an inspected PDF: what the printing child does in one go.

Place in the pipeline: steps 4 Write, 5 Print and 6 Inspect. In: a context, templates, words, and a `Page` whose
HTML is still to be written; out: a `Document` with every finding of the three steps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from . import pdf, preflight, template
from .language import Words
from .model import Finding
from .page import Context, Document, Page
from .references import references


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
    typed = template.look_through(page.html, templates, page.traces, page.names)
    document = pdf.print_page(page, later=later)
    findings = (*typed, *(_traced(finding, templates) for finding in document.findings))
    document = replace(document, findings=findings)
    return replace(document, findings=(*findings, *preflight.inspect(document, page)), layout=())


def _traced(finding: Finding, templates: Mapping[str, bytes]) -> Finding:
    """Return a finding about a missing file at the template that names it, where one does in so many words."""
    if finding.rule != "pdf.missing" or finding.place.line:
        return finding
    named = (
        reference.place
        for name, data in templates.items()
        if name.endswith(".html")
        for reference in references(template.FOLDER, name, data.decode("utf-8", "replace"))
        if finding.found.startswith(f"'{reference.name}',")
    )
    return replace(finding, place=next(named, finding.place))
