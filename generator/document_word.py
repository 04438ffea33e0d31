"""Word documents as received: paragraphs, tables with their cells apart, notes, headers and footers.

Place in the pipeline: a part of `documents`, run in the limited child. In: the bytes of a .docx (ECMA-376,
https://ecma-international.org/publications-and-standards/standards/ecma-376/); out: an `Extract`, a paragraph a line.
What is deleted in tracked changes, hidden, or a code of a field is left out: no reader sees it.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from io import BytesIO

from lxml import etree

from .document_text import Writer, clean
from .errors import DocumentError
from .model import Extract, Finding, Place

MAX_PART = 64 << 20
"""Bytes of one unpacked part of the file."""
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
_CORE = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "cp": "http://schemas.openxmlformats.org/package/2006/metadata/core-properties",
}
_BODY = "word/document.xml"
_SAID = "docProps/core.xml"
_NOTES = ("word/footnotes.xml", "word/endnotes.xml")
_EDGES = re.compile(r"word/(header|footer)\d*\.xml\Z")
_LEFT_OUT = frozenset((
    "del", "moveFrom", "instrText", "delText", "pPr", "tblPr", "tblGrid", "trPr", "tcPr", "sectPr", "Fallback",
))  # fmt: skip
_SIGNS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "\u2011", "softHyphen": "\u00ad"}


def read(data: bytes, name: str) -> Extract:
    """Return the text of a Word document; DocumentError where it is corrupt, a bomb, or no Word document."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            names = package.namelist()
            wanted = [_BODY, *(each for each in _NOTES if each in names), *sorted(filter(_EDGES.match, names))]
            parts = [_text(_part(package, each, name)) for each in wanted]
            said = _core(package, name) if _SAID in names else {}
    except (zipfile.BadZipFile, KeyError, NotImplementedError, EOFError, OSError, zlib.error) as error:
        raise _refusal(name, "document.corrupt", f"it cannot be unpacked ({error})") from error
    # The head of the first page, of the others and of even pages is often one.
    text = clean("\n".join(part for part in dict.fromkeys(parts) if part)).strip()
    return Extract(
        text + "\n" if text else "",
        "docx",
        title=said.get("title", ""),
        producer=said.get("creator", ""),
        published=said.get("created", "")[:10],
        language=re.split("[-_]", said.get("language", "").lower())[0],
    )


def _refusal(name: str, rule: str, found: str) -> DocumentError:
    cure = "Open it in a word processor and save it anew as .docx, or save it as PDF."
    return DocumentError([Finding(Place(name), rule, found, "a whole Word document", cure)])


def _part(package: zipfile.ZipFile, part: str, name: str) -> etree._Element:
    """Return a part of the package as parsed XML, never unpacking more than MAX_PART."""
    if package.getinfo(part).flag_bits & 1:
        raise _refusal(name, "document.encrypted", "it is encrypted")
    with package.open(part) as file:
        data = file.read(MAX_PART + 1)
    if len(data) > MAX_PART:
        raise _refusal(name, "document.bomb", f"{part} unpacks to more than {MAX_PART >> 20} MB")
    if b"<!DOCTYPE" in data[:4096] or b"<!ENTITY" in data:
        raise _refusal(name, "document.bomb", f"{part} declares entities, which no word processor writes")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(data.replace(_STRICT, _W[1:-1].encode()), parser)
    except etree.XMLSyntaxError as error:
        raise _refusal(name, "document.corrupt", f"{part} is no XML ({error.msg})") from error


def _core(package: zipfile.ZipFile, name: str) -> dict[str, str]:
    root = _part(package, _SAID, name)
    paths = {"title": "dc:title", "creator": "dc:creator", "language": "dc:language", "created": "dcterms:created"}
    return {key: " ".join(clean(root.findtext(path, "", _CORE)).split()) for key, path in paths.items()}


# --- paragraphs and tables ------------------------------------------------------------------------


def _text(root: etree._Element) -> str:
    """Return the text of a part: a paragraph a line, a row of a table a line with a tab between cells."""
    writer = Writer()
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        tag = etree.QName(element).localname if isinstance(element.tag, str) else ""
        if event == "end":
            if tag in ("p", "tr"):
                writer.separate("\n")
        elif not tag or tag in _LEFT_OUT or _unseen(element, tag):
            walk.skip_subtree()
        else:
            _open(element, tag, writer)
    return "".join(writer.parts[0])


def _open(element: etree._Element, tag: str, writer: Writer) -> None:
    if tag in ("p", "tr"):
        writer.separate("\n")
    elif tag == "tc":
        before = element.getprevious()
        if before is not None and before.tag == element.tag:
            writer.cell(_spanned(before))
    elif tag == "r":
        if element.find(f"{_W}rPr/{_W}vertAlign[@{_W}val='superscript']") is not None:
            writer.raised(linked=False)
    elif tag == "t":
        writer.text(element.text or "", kept=True)
    elif tag in _SIGNS:
        writer.text(_SIGNS[tag], kept=True)


def _unseen(element: etree._Element, tag: str) -> bool:
    """Return whether an element is hidden text, or the line that separates footnotes from the page."""
    if tag == "r":
        return element.find(f"{_W}rPr/{_W}vanish") is not None
    return tag in ("footnote", "endnote") and element.get(f"{_W}type", "normal") != "normal"


def _spanned(cell: etree._Element) -> int:
    """Return how many columns a cell covers beside its own."""
    span = cell.find(f"{_W}tcPr/{_W}gridSpan")
    covered = span.get(f"{_W}val", "") if span is not None else ""
    return min(int(covered), 100) - 1 if covered.isdecimal() and int(covered) else 0
