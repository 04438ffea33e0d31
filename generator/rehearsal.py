"""A rehearsal: a page that nobody sees, printed ahead so that a fork of this process finds everything at hand.

Place in the pipeline: beside step 5 Print. A child that prints one page would lose by it: it is for those that last.
What is at hand then: the printer's own declarations, read once a process, and the rules of hyphenation.
"""

from __future__ import annotations

from contextlib import suppress

from . import pdf
from .errors import BriefingError
from .page import Page

_WORDS = "representation and administration of the organisations and international cooperation " * 3
_PAGE = f"""<!DOCTYPE html>
<html><head><title>x</title><style>p {{ hyphens: auto; width: 4cm }}</style></head>
<body><h1>x</h1><p>A <strong>word</strong> <a href="#x">x</a> {_WORDS}</p>
<figure><img alt="x" src="x.svg"></figure>
<table id="x"><thead><tr><th>x</th></tr></thead><tbody><tr><td>x</td></tr></tbody></table>
<ul><li>x</li></ul></body></html>
"""
_DRAWING = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" width="9" height="9">
<title>x</title><path d="M0 0L5 5" stroke="#000"/><text x="1" y="5" style="font: 3px sans-serif">x</text></svg>"""


def preload() -> None:
    """Print the page. What could be said of it is of no interest: the first page that somebody sees tells it too."""
    with suppress(BriefingError):
        pdf.print_page(
            Page(
                html=_PAGE, assets=(("x.svg", _DRAWING),), attached=(), title="x", author="x", subject="x",
                language="en", date="2000-01-01", program="x", identifier="x",
            )
        )  # fmt: skip
    # The page used up the fonts that were read ahead.
    pdf.preload()
