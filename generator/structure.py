"""What the printer leaves out of a PDF's structure tree: languages, what table heads are heads of, running heads.

Place in the pipeline: step 5 Print, a part of `pdf`. While a page is printed, each element of the structure tree gets
what its HTML says: `lang` where it is another language than the page's (ISO 32000-1, 14.9.2), `scope` of a table's
heads (14.8.5.7), and the head of a group of rows among the heads of its cells. What stands in the margins of the sheet
becomes an artifact of pagination (14.8.2.2): WeasyPrint 70 leaves it as content that no element holds. The printer has
no hook for this, so its one function that builds the tree is called through ours; docs/accessibility.md says more.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydyf import PDF

SCOPES = {"col": "/Column", "colgroup": "/Column", "row": "/Row", "rowgroup": "/Row"}
"""What HTML and PDF call the cells that a head is the head of."""
_NO_ELEMENT = ("html", "body")
"""Elements that the printer leaves out of the tree."""


class Margins:
    """The pieces of content that stand in the margins of the pages, by the number of the page from nought."""

    def __init__(self) -> None:
        """Begin with none."""
        self._marked: dict[int, set[int]] = {}

    def add(self, page: int, piece: int) -> None:
        """Keep a piece of marked content."""
        self._marked.setdefault(page, set()).add(piece)

    def turn_into_artifacts(self, pdf: PDF) -> None:
        """Mark the pieces as artifacts in the pages' content, which must not be compressed yet."""
        import pydyf

        for page, pieces in self._marked.items():
            number = int(pdf.page_references[page].split()[0])
            contents = int(pdf.objects[number]["Contents"].split()[0])
            operators = pdf.objects[contents].stream
            for at in range(len(operators) - 2):
                if operators[at + 2] == b"BDC" and operators[at + 1].get("MCID") in pieces:
                    operators[at], operators[at + 1] = "/Artifact", pydyf.Dictionary({"Type": "/Pagination"})


@contextlib.contextmanager
def completed(language: str) -> Iterator[Margins]:
    """Let what is printed meanwhile get a whole structure tree; `language` is the page's."""
    from weasyprint.formatting_structure.boxes import MarginBox
    from weasyprint.pdf import tags

    build, margins = tags._build_box_tree, Margins()  # noqa: SLF001 - there is no hook

    def build_whole(box: Any, parent: Any, *rest: Any) -> Iterator[Any]:  # noqa: ANN401
        box = getattr(box, "_box", box)
        if isinstance(box, MarginBox) and _take_margin(box, rest, margins):
            return
        for element in build(box, parent, *rest):
            _complete(box, element, language)
            yield element

    tags._build_box_tree = build_whole  # noqa: SLF001
    try:
        yield margins
    finally:
        tags._build_box_tree = build  # noqa: SLF001


def _take_margin(box: Any, rest: Any, margins: Margins) -> bool:  # noqa: ANN401
    """Keep the content of a box in the margin out of the tree; a link must stay in it, so then all does."""
    _, page, numbers, _, tags = rest
    inner = list(box.descendants())
    if any(each.link_annotation for each in inner):
        return False
    for each in inner:
        if each in tags:
            piece = tags.pop(each)["mcid"]
            numbers[piece] = "null"
            margins.add(page, piece)
    return True


def _complete(box: Any, element: Any, language: str) -> None:  # noqa: ANN401
    if box.element is None or box.element_tag in _NO_ELEMENT:
        return
    own = box.element.get("lang", "")
    if own and own.casefold() != language.casefold():
        import pydyf

        element["Lang"] = pydyf.String(own)
    if element["S"] == "/TH":
        element["A"]["Scope"] = SCOPES.get(box.element.get("scope", ""), "/Column")
    elif element["S"] == "/Table":
        _lead_groups(box)


def _lead_groups(table: Any) -> None:  # noqa: ANN401
    """Name the head of a group of rows first among the heads of the group's cells."""
    inner = table.get_wrapped_table() if table.is_table_wrapper else table
    for group in inner.children if inner else ():
        head = None
        for cell in (cell for row in group.children for cell in getattr(row, "children", ())):
            if cell.element is None or not getattr(cell, "mark", None):
                continue
            if cell.element_tag == "th" and cell.element.get("scope") == "rowgroup":
                head = cell.mark.get("ID")
            elif head is not None and "Headers" in cell.mark.get("A", {}):
                cell.mark["A"]["Headers"].insert(0, head)
