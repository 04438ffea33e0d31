"""Web pages as received: what a reader sees, block by block, rows of tables with their cells apart.

Place in the pipeline: a part of `documents`, run in the limited child. In: the bytes of an HTML page; out: an
`Extract`. Scripts, styles, menus and what is hidden are left out; white space is folded as browsers do
(https://drafts.csswg.org/css-text/#white-space-phase-1).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from lxml import etree

from .document_text import EncodingError, Writer, clean, decode, garbled
from .errors import DocumentError
from .model import Extract, Finding, Place

_META = re.compile(rb"<meta[^>]{0,400}?charset\s*=\s*[\"']?\s*([a-zA-Z0-9_:.-]{1,40})", re.IGNORECASE)
_XML = re.compile(rb"\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([a-zA-Z0-9_.-]{1,40})")
_DATE = re.compile(r"(?:19|20)\d\d(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?", re.ASCII)
_UNSEEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_BOXED = re.compile(r"display\s*:\s*(?:inline-block|inline-flex|flex|grid|table-cell)", re.IGNORECASE)
_LEFT_OUT = frozenset((
    "head", "script", "style", "template", "noscript", "nav", "select", "datalist", "button", "textarea", "iframe",
    "object", "audio", "video", "canvas", "desc", "defs", "title", "metadata",
))  # fmt: skip
_BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "body", "br", "caption", "center", "dd", "details", "dialog", "dir",
    "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6",
    "header", "hgroup", "hr", "html", "legend", "li", "main", "menu", "ol", "p", "pre", "search", "section", "summary",
    "table", "tbody", "text", "tfoot", "thead", "tr", "ul",
))  # fmt: skip
_CELLS = frozenset(("td", "th"))
_TITLES = ("og:title", "twitter:title", "dc.title", "citation_title", "headline")
_PRODUCERS = ("og:site_name", "citation_publisher", "dc.publisher", "publisher", "article:publisher", "author")
_DATES = (
    "article:published_time", "datepublished", "citation_publication_date", "dc.date", "dc.date.issued",
    "dcterms.created", "dcterms.date", "pubdate", "publishdate", "date", "article:published",
)  # fmt: skip


def read(data: bytes, name: str, encoding: str = "", named: str = "") -> Extract:
    """Return the text of a page; DocumentError where it cannot be decoded or parsed.

    `named` is the encoding that the server named; it goes before the page's own word.
    """
    try:
        decoded = decode(data, encoding, named=named or _named(data))
    except EncodingError as error:
        raise DocumentError([error.finding(name)]) from error
    root = _parse(decoded.text, name)
    writer = Writer()
    _write(root, writer)
    before, inside, after = (clean("".join(part)).strip() for part in writer.parts)
    text = "\n".join(part for part in (before, inside, after) if part)
    start = len(before) + bool(before)
    facts = _Facts(root)
    notes = [f"{decoded.unreadable} characters could not be read"] if decoded.unreadable else []
    if doubt := garbled(text):
        notes.append(f"the text may be damaged: {doubt}")
    return Extract(
        text + "\n" if text else "",
        "html",
        decoded.encoding,
        main=(start, start + len(inside)) if inside else None,
        title=facts.title(),
        producer=facts.first(_PRODUCERS) or facts.linked("publisher", "name"),
        published=facts.published(),
        language=facts.language(),
        notes=tuple(notes),
    )


def _named(data: bytes) -> str:
    """Return the encoding that the page itself names in its first kilobytes, "" for none."""
    match = _XML.match(data[:1024]) or _META.search(data[:4096])
    return match[1].decode("ascii") if match else ""


def _parse(text: str, name: str) -> etree._Element:
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError as error:
        if error.code == etree.ErrorTypes.ERR_NO_MEMORY:
            raise MemoryError from error
        raise _refusal(name, f"it cannot be read as HTML: {error}") from error
    # The parser goes on after most faults; these two cut the page off.
    for entry in parser.error_log:
        if entry.type_name in ("ERR_NAME_TOO_LONG", "ERR_RESOURCE_LIMIT", "ERR_INTERNAL_ERROR"):
            raise _refusal(name, f"it is cut off in line {entry.line}: {entry.message.strip()}")
    if root is None:
        raise _refusal(name, "it holds no element")
    return root


def _refusal(name: str, found: str) -> DocumentError:
    cure = "Open the page in a browser and save it again, or save its text."
    return DocumentError([Finding(Place(name), "document.html", found, "a page that can be parsed", cure)])


# --- text -----------------------------------------------------------------------------------------


def _write(root: etree._Element, writer: Writer) -> None:
    main = _main(root)
    pre = 0
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        tag = _tag(element)
        if event == "start":
            if element is main:
                writer.turn(1)
            if _left_out(element, tag):
                walk.skip_subtree()
                continue
            pre += tag == "pre"
            _open(element, tag, writer)
            writer.text(element.text or "", kept=pre > 0)
        else:
            if not _left_out(element, tag):
                pre -= tag == "pre"
                _close(element, tag, writer)
            if element is main:
                writer.turn(2)
            if element is not root:
                writer.text(element.tail or "", kept=pre > 0)


def _tag(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _left_out(element: etree._Element, tag: str) -> bool:
    if tag in _LEFT_OUT or not tag:
        return True
    if element.get("hidden") is not None or (tag == "dialog" and element.get("open") is None):
        return True
    return element.get("role") == "navigation" or bool(_UNSEEN.search(element.get("style", "")))


def _open(element: etree._Element, tag: str, writer: Writer) -> None:
    if tag in _CELLS:
        before = element.getprevious()
        if before is not None and before.tag in _CELLS:
            writer.cell(_spanned(before))
    elif _BOXED.search(element.get("style", "")):
        writer.separate("\t")
    elif tag in _BLOCKS:
        writer.separate("\n")
    elif tag == "sup":
        writer.raised(linked=element.find(".//a") is not None)


def _close(element: etree._Element, tag: str, writer: Writer) -> None:
    if _BOXED.search(element.get("style", "")):
        writer.separate("\t")
    elif tag in _BLOCKS:
        writer.separate("\n")
    elif tag in ("a", "sup") and (tag == "a" or element.find(".//a") is not None):
        following = element.getnext()
        # Two links side by side are two things, also where no space stands between them.
        if following is not None and following.tag == "a" and not element.tail:
            writer.separate(" ")


def _spanned(cell: etree._Element) -> int:
    """Return how many columns a cell covers beside its own."""
    span = cell.get("colspan", "")
    return min(int(span), 100) - 1 if span.isdecimal() and int(span) else 0


def _main(root: etree._Element) -> etree._Element | None:
    """Return the one element that holds what the page is about, None where the page does not say."""
    for path in (".//article", ".//main", ".//*[@role='main']"):
        found = root.findall(path)
        if len(found) == 1:
            return found[0]
    return None


# --- what the page says of itself -----------------------------------------------------------------


class _Facts:
    """The page's own word about itself: meta elements, JSON-LD (https://schema.org), its first title and time."""

    def __init__(self, root: etree._Element) -> None:
        self._root = root
        self._meta: dict[str, str] = {}
        for element in root.iter("meta"):
            for key in ("property", "name", "itemprop"):
                if (named := element.get(key)) and (content := element.get("content")):
                    self._meta.setdefault(named.strip().lower(), _folded(content))
        self._linked = [item for item in _linked(root) if isinstance(item, dict)]

    def first(self, names: Iterable[str]) -> str:
        """Return the first of the meta elements that is there."""
        return next((self._meta[name] for name in names if self._meta.get(name)), "")

    def linked(self, *path: str) -> str:
        """Return a text of the page's JSON-LD, "" where there is none."""
        for item in self._linked:
            value: Any = item
            for key in path:
                value = value[0] if isinstance(value, list) and value else value
                value = value.get(key) if isinstance(value, dict) else None
            if isinstance(value, str):
                return _folded(value)
        return ""

    def title(self) -> str:
        """Return the page's title."""
        if found := self.first(_TITLES) or self.linked("headline"):
            return found
        for tag in ("h1", "title"):
            for element in self._root.iter(tag):
                if words := _folded("".join(element.itertext())):
                    return words
        return ""

    def published(self) -> str:
        """Return the day of publication."""
        times = (element.get("datetime", "") for element in self._root.iter("time"))
        for value in (self.first(_DATES), self.linked("datePublished"), *times):
            if match := _DATE.match(value.strip()):
                return match[0]
        return ""

    def language(self) -> str:
        """Return the language, "en" of "en-GB"."""
        found = self._root.get("lang") or self._root.get("{http://www.w3.org/XML/1998/namespace}lang")
        found = found or self.first(("content-language", "og:locale", "dc.language")) or self.linked("inLanguage")
        return re.split("[-_]", found.strip().lower())[0]


def _folded(text: str) -> str:
    return " ".join(clean(text).split())


def _linked(root: etree._Element) -> Iterator[object]:
    for element in root.iter("script"):
        if element.get("type") == "application/ld+json":
            try:
                found = json.loads(element.text or "")
            except (ValueError, RecursionError):
                continue
            for item in found if isinstance(found, list) else [found]:
                graph = item.get("@graph") if isinstance(item, dict) else None
                yield from graph if isinstance(graph, list) else [item]
