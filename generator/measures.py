"""What stands where on printed pages, measured from the printer's boxes.

Place in the pipeline: a part of step 5 Print. In: the boxes that the printer laid out; out: a `Layout` a page. No
library is known here: a box is whatever has the attributes that are asked for (https://www.w3.org/TR/css-box-3/). What
a style sheet turns or moves by `transform` is left out, for only its drawing knows where it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any
from urllib.parse import unquote

from .layout import Frame, Layout, Piece, Setting

_FORCED = frozenset({"page", "left", "right", "recto", "verso", "always"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_REPEATED = frozenset({"table-header-group", "table-footer-group"})
_UNSEEN = 4.0
"""Pixels: what is hidden in a smaller box is meant for those who listen, not for those who look."""
_CAPITALS, _DESCENDERS = 0.72, 0.2
"""How far letters reach above and below their line, as parts of the type's size."""

Box = Any
"""A box that the printer laid out."""


def measure(pages: Sequence[Box]) -> tuple[Layout, ...]:
    """Return what stands where on each page."""
    ended = [_ended(page, following) for page, following in pairwise(pages)]
    numbers: dict[int, int] = {}
    return tuple(_page(page, end, numbers) for page, end in zip(pages, [*ended, True], strict=True))


def _page(page: Box, ended: bool, numbers: dict[int, int]) -> Layout:
    """Return one page; `numbers` are those of headings and rows by the identity of their elements."""
    paper = Frame(0, 0, page.margin_width(), page.margin_height())
    body = _content(page)
    pieces: list[Piece] = []
    for child in page.children:
        in_flow = child.element is not None and not hasattr(child, "at_keyword")
        pieces += _pieces(child, Setting(body) if in_flow else Setting(None, running=True), numbers)
    flow = tuple(piece for piece in pieces if piece.setting.body)
    return Layout(paper, body, tuple(pieces), ended, flow)


def _content(box: Box) -> Frame:
    left, top = box.content_box_x(), box.content_box_y()
    return Frame(left, top, left + box.width, top + box.height)


def _border(box: Box) -> Frame:
    left, top = box.border_box_x(), box.border_box_y()
    return Frame(left, top, left + box.border_width(), top + box.border_height())


# --- the pieces -----------------------------------------------------------------------------------


def _pieces(root: Box, setting: Setting, numbers: dict[int, int]) -> Iterator[Piece]:
    """Yield the pieces of a box and of those in it, in the order of the document."""
    waiting: list[tuple[Box, Setting]] = [(root, setting)]
    while waiting:
        box, setting = waiting.pop()
        text = getattr(box, "text", None)
        if text is not None:
            if box.style["visibility"] == "visible" and text.strip():
                yield Piece(_letters(box), text, setting)
            continue
        within = _within(box, setting, numbers)
        if within is None:
            continue
        yield from _pictures(box, within)
        waiting += [(child, within) for child in reversed(box.children)]


def _letters(box: Box) -> Frame:
    size, line = box.style["font_size"], box.position_y + box.baseline
    left = box.position_x
    return Frame(left, line - _CAPITALS * size, left + box.width, line + _DESCENDERS * size)


def _within(box: Box, setting: Setting, numbers: dict[int, int]) -> Setting | None:
    """Return what holds the children of a box; None where nobody can see them or say where they stand."""
    style, tag = box.style, box.element_tag
    display = style["display"][0]
    if display == "table-cell":
        setting = replace(setting, cell=_border(box))
    elif display == "table-row":
        setting = replace(setting, row=0 if setting.row < 0 else _number(box, numbers))
    elif display in _REPEATED:
        setting = replace(setting, row=-1)
    if tag in _HEADINGS and not setting.heading:
        setting = replace(setting, heading=_number(box, numbers))
    if style["transform"]:
        return None
    return _clipped(box, _placed(box, setting))


def _number(box: Box, numbers: dict[int, int]) -> int:
    return numbers.setdefault(id(box.element), len(numbers) + 1)


def _placed(box: Box, setting: Setting) -> Setting:
    """Return the setting in a box that its author may have placed freely, or wider than the page's content."""
    style, body = box.style, setting.body
    if style["position"] in ("absolute", "fixed"):
        behind = style["z_index"] != "auto" and style["z_index"] < 0
        return replace(setting, body=None, behind=setting.behind or behind)
    if body and any(_negative(style[name]) for name in ("margin_left", "margin_right", "text_indent")):
        own = _border(box)
        hanging = min(0, style["text_indent"].value)
        wider = replace(body, left=min(body.left, own.left + hanging), right=max(body.right, own.right))
        return replace(setting, body=wider)
    return setting


def _negative(margin: Any) -> bool:  # noqa: ANN401
    return bool(margin != "auto" and margin.value < 0)


def _clipped(box: Box, setting: Setting) -> Setting | None:
    """Return the setting in a box that may hide what overflows; None where it is too small for anyone to look at."""
    if box.style["overflow"] == "visible":
        return setting
    left, top = box.padding_box_x(), box.padding_box_y()
    right, bottom = left + box.padding_width(), top + box.padding_height()
    if around := setting.clip:
        left, top = max(left, around.left), max(top, around.top)
        right, bottom = min(right, around.right), min(bottom, around.bottom)
    if right - left < _UNSEEN or bottom - top < _UNSEEN:
        return None
    return replace(setting, clip=Frame(left, top, right, bottom))


# --- pictures -------------------------------------------------------------------------------------


def _pictures(box: Box, setting: Setting) -> Iterator[Piece]:
    """Yield the picture that a box is, and the one in its background."""
    if box.style["visibility"] != "visible":
        return
    image = getattr(box, "replacement", None)
    if image is not None:
        yield _picture(image, _content(box), _name(box), setting, box.style["object_fit"])
    background = getattr(box, "background", None)
    for layer in background.layers if background else ():
        if hasattr(layer.image, "mode"):
            width, height = layer.size
            size = Frame(0, 0, width, height)
            yield _picture(layer.image, size, "background", replace(setting, body=None, behind=True), "fill")


def _picture(image: Any, frame: Frame, name: str, setting: Setting, fit: str) -> Piece:  # noqa: ANN401
    if not hasattr(image, "mode") or not frame.width or not frame.height:  # a drawing, or nothing
        return Piece(frame, name, setting, picture=True)
    least = max if fit in ("contain", "scale-down") else min
    dots = least(image.width / frame.width, image.height / frame.height) * 96
    return Piece(frame, name, setting, picture=True, pixels=(image.width, image.height), dots=dots)


def _name(box: Box) -> str:
    element = box.element
    return unquote(str(element.get("src") or element.get("href") or element.get("data") or element.tag))


# --- why a page ends ------------------------------------------------------------------------------


def _ended(page: Box, following: Box) -> bool:
    """Return whether the next page was begun on purpose: by a break, a page's name, or an empty page between."""
    if following.page_type.blank or page.page_type.blank or page.page_type.name != following.page_type.name:
        return True
    last, first = tuple(_edge(page, -1)), tuple(_edge(following, 0))
    return _breaks(first, last, "break_before") or _breaks(last, first, "break_after")


def _edge(page: Box, which: int) -> Iterator[Box]:
    """Yield the first (0) or last (-1) box of a page, and the first or last of those in it."""
    inside: Iterable[Box] = page.children[:1]
    while found := [box for box in inside if _in_flow(box)]:
        yield found[which]
        inside = found[which].children


def _in_flow(box: Box) -> bool:
    return hasattr(box, "children") and box.is_in_normal_flow()


def _breaks(edge: Sequence[Box], other: Sequence[Box], name: str) -> bool:
    """Return whether a box asks for the break, and is not one that merely goes on over both pages."""
    both = {id(box.element) for box in other}
    return any(box.style[name] in _FORCED and id(box.element) not in both for box in edge)
