"""One page from its context to an inspected PDF: what the printing child does in one go.

Place in the pipeline: steps 4 Write, 5 Print and 6 Inspect. In: a context, templates, words, and a `Page` whose
HTML is still to be written; out: a `Document` with every finding of the three steps.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from . import pdf, preflight, template
from .language import Words
from .model import Finding, Place
from .page import Context, Document, Page
from .references import references
from .traces import plain

_TAG = re.compile(r"<[^>]*>")


def preload() -> None:
    """Import all that a page needs, so that a fork of this process need not."""
    pdf.preload()
    template.preload()
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
    findings = (*findings, *preflight.inspect(document, page), *_too_long(context, document))
    return replace(document, findings=findings, layout=())


def _too_long(context: Context, document: Document) -> Iterator[Finding]:
    """Yield that a brief does not fit on its page, with what could be shorter."""
    if context.layout != "brief" or document.pages == 1:
        return
    letters = sum(len(plain(_TAG.sub("", point))) for point in context.summary)
    chart = f" and a lead chart {context.lead.height:.0f} mm high" if context.lead else ""
    yield Finding(
        Place("the PDF"),
        "preflight.brief",
        f"a brief of {document.pages} pages: {len(context.summary)} summary points of {letters} characters, "
        f"{len(context.sources)} sources, {len(context.key_figures)} key figures{chart}",
        "what fits on one page",
        f"Shorten the summary points of data/{context.topic}/text.{context.language}.md, or leave some out; then key"
        " figures and the notes of the lead chart.",
    )


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
