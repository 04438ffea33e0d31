"""Step 6, Inspect: a printed PDF is opened again and refused where it is not what it must be.

In: the `Document` as printed and the `Page` it was printed from. Out: findings; none means it may be kept.
Rules: ISO 19005-3 and ISO 14289-1, as far as they can be read off the file's structure in some milliseconds
(the tests have veraPDF look at the rest), and this program's own: no path of the machine, no action, no file
that was not declared, no date but the edition's. The only room that knows pikepdf.
"""

from __future__ import annotations

import csv
import re
import zlib
from collections import Counter
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, Any

from .composition import judge
from .glyphs import Table, read_runs, read_table
from .model import Finding, Place
from .page import Document, Identity, Page
from .traces import digits_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pikepdf

_FILE = "the PDF"
_START = re.compile(rb"startxref\s+(\d+)\s+%%EOF\s*\Z")
_STRING = re.compile(rb"\(((?:[^()\\]|\\.)*)\)|<([0-9A-Fa-f\s]{4,})>", re.DOTALL)
_PATH = re.compile(r"file:|(?<![\w/.:])/(?:home|root|tmp|var|usr|etc|srv|opt|mnt|proc|Users|private)/\w|\b[A-Za-z]:\\")
_HARMLESS = frozenset({"/URI", "/GoTo"})
_ADDRESS = re.compile(r"(?:https?://|mailto:)", re.IGNORECASE)
_TOLD = ("pdf.number", "template.number", "text.number")
"""Rules that have told of a number before: it is told once."""
_DEEPEST = 8
"""Drawings inside drawings that are looked into for text."""
_AGAIN = "Build the edition again; if it comes back, report it as a fault of the program."


def preload() -> None:
    """Import the reader of PDFs, so that a fork of this process need not."""
    import pikepdf  # noqa: F401


def inspect(document: Document, page: Page) -> tuple[Finding, ...]:
    """Return everything that speaks against keeping the document, at the PDF of its topic and language."""
    topic = page.identifier.partition("/")[0]
    whose = f"{_FILE} of {topic} ({page.language})" if topic else _FILE
    return tuple(
        replace(found, place=Place(found.place.file.replace(_FILE, whose, 1))) for found in _opened(document, page)
    )


def _opened(document: Document, page: Page) -> tuple[Finding, ...]:
    import pikepdf

    if cut := tuple(_whole(document.pdf)):
        return cut
    try:
        with pikepdf.open(BytesIO(document.pdf), attempt_recovery=False, suppress_warnings=True) as pdf:
            return tuple(dict.fromkeys(_inspect(pdf, document, page)))
    except pikepdf.PasswordError:
        return (_finding("encrypted", "a file locked by a password", "an open file", "Do not encrypt it."),)
    except (pikepdf.PdfError, pikepdf.DataDecodingError) as error:
        return (_finding("damaged", f"a file that does not open ({error})", "a whole PDF", _AGAIN),)


def identify(pdf: bytes) -> Identity:
    """Return what a PDF from anywhere says of itself; empty where it is none of this program's, or no PDF at all."""
    import pikepdf

    try:
        with pikepdf.open(BytesIO(pdf), suppress_warnings=True) as opened:
            with opened.open_metadata(set_pikepdf_as_editor=False, strict=False) as said:
                edition, _, digest = str(said.get("dc:identifier", "")).partition(" ")
                issuer = "; ".join(map(str, said.get("dc:creator", ())))
            attached = opened.attachments.get("facts.csv")
            rows = attached.get_file().read_bytes().decode("utf-8", "replace").splitlines()[1:] if attached else ()
    except (pikepdf.PdfError, pikepdf.PasswordError, pikepdf.DataDecodingError, ValueError, RuntimeError):
        return Identity()
    return Identity(edition, digest, issuer, tuple(row[0] for row in csv.reader(rows) if row))


def _inspect(pdf: pikepdf.Pdf, document: Document, page: Page) -> Iterator[Finding]:
    if pdf.is_encrypted:
        yield _finding("encrypted", "an encrypted file", "an open file", "Do not encrypt it.")
    if not len(pdf.pages):
        yield _finding("pages", "no page", "at least one page", "Give the page a text.")
    yield from _marks(pdf, page)
    yield from _actions(pdf)
    yield from _attachments(pdf, page)
    yield from _fonts(pdf)
    tables: dict[tuple[int, int], Table] = {}
    for number, each in enumerate(pdf.pages, 1):
        runs = list(_runs(each.obj, _content(each), 0, tables))
        if not runs:
            yield _finding("no-text", "no text", "text on every page", "Remove what makes an empty page.", number)
        yield from _numbers(runs, number, document)
    yield from _paths(document.pdf, pdf)
    yield from judge(document.layout, _place)
    yield from _size(document.pdf, page.largest)


def _finding(rule: str, found: str, expected: str, cure: str, page: int = 0) -> Finding:
    return Finding(_place(page), f"preflight.{rule}", found, expected, cure)


def _place(page: int) -> Place:
    return Place(f"{_FILE}, page {page}" if page else _FILE)


def _whole(data: bytes) -> Iterator[Finding]:
    """Yield what shows that the file is cut: a reader repairs that in silence, so it is looked for first."""
    start = _START.search(data[-2048:])
    if not data.startswith(b"%PDF-") or start is None or not 0 < int(start[1]) < len(data):
        found = f"{len(data)} bytes that do not begin and end as a PDF"
        yield _finding("cut", found, "a whole file, from %PDF to %%EOF", _AGAIN)


# --- what the file says of itself -----------------------------------------------------------------


def _marks(pdf: pikepdf.Pdf, page: Page) -> Iterator[Finding]:
    root = pdf.Root
    packet = bytes(root.Metadata.read_bytes()).decode("utf-8", "replace") if "/Metadata" in root else ""
    for rule, found, expected in (
        ("pdfa", _value(packet, "pdfaid:part") + _value(packet, "pdfaid:conformance"), "3A"),
        ("pdfua", _value(packet, "pdfuaid:part"), "1"),
        ("title", " ".join(_value(packet, "dc:title").split()), " ".join(page.title.split())),
        ("language", str(root.get("/Lang", "")), page.language),
        ("tagged", str(_set(root, "/MarkInfo", "/Marked") and "/StructTreeRoot" in root), "True"),
        ("title-shown", str(_set(root, "/ViewerPreferences", "/DisplayDocTitle")), "True"),
        ("bookmarks", str("/First" in root.get("/Outlines", {})), "True"),
        ("date", _value(packet, "xmp:CreateDate")[:10], page.date),
        ("date", _value(packet, "xmp:ModifyDate")[:10], page.date),
        ("date", _info_date(pdf, "/CreationDate"), page.date),
        ("date", _info_date(pdf, "/ModDate"), page.date),
    ):
        if not expected or found != expected:
            said = f"{_WORDS[rule]}: {found or 'none'}"
            yield _finding(rule, said, expected or "some", _CURES.get(rule, _AGAIN))


_WORDS = {"pdfa": "mark of PDF/A", "pdfua": "mark of PDF/UA", "title": "title", "language": "language",
          "tagged": "tagged", "title-shown": "title in the window", "bookmarks": "bookmarks", "date": "date"}
_CURES = {"title": "Give the page a title.", "language": "Give the page its language.",
          "bookmarks": "Give the page headings: each becomes a bookmark."}


def _set(root: pikepdf.Object, group: str, name: str) -> bool:
    return group in root and bool(root[group].get(name, False))


def _value(packet: str, name: str) -> str:
    """Return a property of the XMP packet, written as attribute or element; "" where it is not there."""
    import html

    match = re.search(rf'\b{name}="([^"]*)"|<{name}>(?:\s*<rdf:[^>]*>)*([^<]*)', packet)
    return html.unescape(match[1] or match[2] or "").strip() if match else ""


def _info_date(pdf: pikepdf.Pdf, name: str) -> str:
    text = str(pdf.docinfo.get(name, ""))
    return f"{text[2:6]}-{text[6:8]}-{text[8:10]}" if text.startswith("D:") else text


# --- what the file could do -----------------------------------------------------------------------


def _actions(pdf: pikepdf.Pdf) -> Iterator[Finding]:
    root = pdf.Root
    if "/AcroForm" in root:
        yield _finding("form", "a form", "a document to read", "Remove form elements from the page.")
    if "/JavaScript" in root.get("/Names", {}):
        yield _finding("script", "JavaScript", "no program in the document", "Remove it.")
    yield from _action(root.get("/OpenAction"), 0)
    yield from _triggers(root, 0)
    for number, each in enumerate(pdf.pages, 1):
        yield from _triggers(each.obj, number)
        for annotation in each.obj.get("/Annots", ()):
            yield from _annotation(annotation, number)


def _annotation(annotation: pikepdf.Object, page: int) -> Iterator[Finding]:
    subtype = str(annotation.get("/Subtype"))
    if subtype != "/Link":
        yield _finding("annotation", f"an annotation {subtype}", "links only", "Remove it.", page)
    yield from _action(annotation.get("/A"), page)
    yield from _triggers(annotation, page)


def _triggers(owner: pikepdf.Object, page: int) -> Iterator[Finding]:
    if "/AA" in owner:
        yield _finding("action", "an action without a click", "links only", "Remove it.", page)


def _action(action: object, page: int) -> Iterator[Finding]:
    import pikepdf

    if not isinstance(action, pikepdf.Dictionary):
        return
    kind = str(action.get("/S"))
    if kind not in _HARMLESS or "/Next" in action:
        yield _finding("action", f"an action {kind}", "links only", "Remove it.", page)
    address = str(action.get("/URI", ""))
    if kind == "/URI" and not _ADDRESS.match(address):
        yield _finding("address", f"a link to '{address[:80]}'", "https:, http: or mailto:", "Correct the link.", page)


def _attachments(pdf: pikepdf.Pdf, page: Page) -> Iterator[Finding]:
    declared = {attached.name: attached.data for attached in page.attached}
    inside = {name: spec.get_file().read_bytes() for name, spec in pdf.attachments.items()}
    for name in sorted(declared.keys() | inside.keys()):
        if name not in inside:
            yield _finding("attachment", f"no attachment '{name}'", "every declared file", _AGAIN)
        elif name not in declared:
            yield _finding("attachment", f"the attachment '{name}'", "declared files only", "Remove it.")
        elif inside[name] != declared[name]:
            yield _finding("attachment", f"other bytes in the attachment '{name}'", "the declared file", _AGAIN)


# --- what the reader sees -------------------------------------------------------------------------


def _fonts(pdf: pikepdf.Pdf) -> Iterator[Finding]:
    seen: set[tuple[int, int]] = set()
    for number, each in enumerate(pdf.pages, 1):
        for font in _fonts_of(_resources(each.obj), seen):
            name = str(font.get("/BaseFont", "/Type3"))[1:]
            if not _embedded(font):
                yield _finding("font", f"the font {name} is not in the file", "every font", "Install the font.", number)
            if not _readable(font):
                found, cure = f"text in {name} that cannot be copied or read aloud", "Use another font."
                yield _finding("unreadable", found, "glyphs that name their characters", cure, number)


def _resources(owner: pikepdf.Object) -> pikepdf.Object:
    """Return a page's resources, which it may have from the node above it."""
    import pikepdf

    while "/Resources" not in owner and "/Parent" in owner:
        owner = owner["/Parent"]
    return owner["/Resources"] if "/Resources" in owner else pikepdf.Dictionary()


def _fonts_of(resources: pikepdf.Object, seen: set[tuple[int, int]]) -> Iterator[pikepdf.Object]:
    """Yield each font of the resources and of the drawings in them, once in a file."""
    for kind in ("/Font", "/XObject", "/Pattern"):
        if kind not in resources or not _unseen(resources[kind], seen):
            continue
        for name in resources[kind].keys():  # noqa: SIM118 - no mapping of Python's
            each = resources[kind][name]
            if not _unseen(each, seen):
                continue
            if kind == "/Font":
                yield each
            elif "/Resources" in each:
                yield from _fonts_of(each["/Resources"], seen)


def _unseen(thing: pikepdf.Object, seen: set[tuple[int, int]]) -> bool:
    key = thing.objgen
    if key != (0, 0) and key in seen:
        return False
    seen.add(key)
    return True


def _embedded(font: pikepdf.Object) -> bool:
    if str(font.get("/Subtype")) == "/Type3":
        return True
    for holder in (*font.get("/DescendantFonts", ()), font):
        if any(name in holder.get("/FontDescriptor", {}) for name in ("/FontFile", "/FontFile2", "/FontFile3")):
            return True
    return False


def _readable(font: pikepdf.Object) -> bool:
    """Whether the font says which characters its glyphs stand for."""
    table = font.get("/ToUnicode")
    if table is None or not hasattr(table, "read_bytes"):
        return False
    content = bytes(table.read_bytes())
    return b"beginbfchar" in content or b"beginbfrange" in content


def _content(page: pikepdf.Page) -> bytes:
    contents = page.obj.get("/Contents", ())
    parts: Iterable[Any] = (contents,) if hasattr(contents, "read_bytes") else contents
    return b"\n".join(bytes(part.read_bytes()) for part in parts)


def _runs(
    owner: pikepdf.Object, content: bytes, depth: int, tables: dict[tuple[int, int], Table]
) -> Iterator[str]:
    """Yield the text that a content shows, run by run, in the drawings it places too."""
    import pikepdf

    resources = _resources(owner)
    fonts: Any = resources.get("/Font", pikepdf.Dictionary())
    drawings: Any = resources.get("/XObject", pikepdf.Dictionary())
    named = {name[1:].encode("latin-1"): _table(fonts[name], tables) for name in fonts.keys()}  # noqa: SIM118
    for run, drawing in read_runs(content, named):
        if run:
            yield run
            continue
        placed = drawings.get("/" + drawing.decode("latin-1"))
        if placed is not None and str(placed.get("/Subtype")) == "/Form" and depth < _DEEPEST:
            yield from _runs(placed, bytes(placed.read_bytes()), depth + 1, tables)


def _table(font: pikepdf.Object, tables: dict[tuple[int, int], Table]) -> Table:
    """Return the characters of a font, read once in a file."""
    if font.objgen not in tables:
        tables[font.objgen] = read_table(bytes(font["/ToUnicode"].read_bytes())) if _readable(font) else Table()
    return tables[font.objgen]


def _numbers(runs: list[str], number: int, document: Document) -> Iterator[Finding]:
    """Yield what a page shows beyond the numerals that are accounted for: no source, no number."""
    if any(finding.rule in _TOLD for finding in document.findings):
        return
    known = Counter(digit for each in document.numerals if each.page == number for digit in digits_of(each.text))
    shown = Counter(digit for run in runs for digit in digits_of(run))
    more = shown - known
    if more:
        traced = {digits_of(each.text) for each in document.numerals if each.page == number}
        likely = [run for run in runs if more.keys() & set(digits_of(run)) and digits_of(run) not in traced]
        words = " ".join((likely or runs)[0].split())[:60]
        found = f"{more.total()} digits that nothing accounts for, likely in '{words}'"
        cure = "Take the number out of the style sheet, font or picture that brings it; docs/trace.md tells more."
        yield _finding("number", found, "numbers of facts, series and the page itself", cure, number)


def _size(data: bytes, largest: int) -> Iterator[Finding]:
    """Yield that a file is too large for mail: a server refuses it, and its reader gets nothing."""
    if largest and len(data) > largest:
        found, expected = f"a file of {len(data) / 1e6:.1f} MB", f"at most {largest / 1e6:g} MB, so that mail takes it"
        cure = "Make its pictures or attached data smaller, or raise file_megabytes in [limits] of briefing.toml."
        yield Finding(_place(0), "preflight.size", found, expected, cure, "warning")


# --- what the file gives away ---------------------------------------------------------------------


def _paths(data: bytes, pdf: pikepdf.Pdf) -> Iterator[Finding]:
    """Yield each path of a machine in the file's strings and metadata."""
    strings = {match[0]: match for part in _plain_parts(data) for match in _STRING.finditer(part)}
    texts = list(map(_text, strings.values()))
    if "/Metadata" in pdf.Root:
        texts.append(bytes(pdf.Root.Metadata.read_bytes()).decode("utf-8", "replace"))
    for text in dict.fromkeys(texts):
        if match := _PATH.search(text):
            found = f"the path '{text[match.start():match.start() + 60]}'"
            yield _finding("path", found, "nothing of the machine it was made on", "Remove it from the page.")


def _plain_parts(data: bytes) -> Iterator[bytes]:
    """Yield the file's objects outside of streams, and those inside object streams."""
    at = 0
    for match in re.finditer(rb"stream\r?\n", data):
        if match.start() < at or data[match.start() - 3:match.start()] == b"end":
            continue
        head = data[at:match.start()]
        yield head
        at = data.find(b"endstream", match.end())
        at = len(data) if at < 0 else at
        if b"/ObjStm" in head[-300:]:
            yield _inflated(data[match.end():at]) if b"/FlateDecode" in head[-300:] else data[match.end():at]
    yield data[at:]


def _inflated(data: bytes) -> bytes:
    """Return the decompressed bytes, as many as can be had: the file has been opened, so it is sound or signed."""
    stream = zlib.decompressobj()
    try:
        return stream.decompress(data, 1 << 27)
    except zlib.error:
        return b""


def _text(match: re.Match[bytes]) -> str:
    """Return a string of the PDF as text, whether in letters or hexadecimal, one byte or two."""
    if match[1] is None:
        digits = b"".join(match[2].split()).decode()
        raw = bytes.fromhex(digits + "0" * (len(digits) % 2))
    else:
        raw = match[1] if b"\\" not in match[1] else re.sub(rb"\\(.)", rb"\1", match[1], flags=re.DOTALL)
    if raw[:2] == b"\xfe\xff":
        return raw[2:].decode("utf-16-be", "replace")
    return raw.decode("utf-8", "replace")
