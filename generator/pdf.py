"""Step 5, Print: the page's HTML and files become one PDF/A-3a and PDF/UA-1 file.

In: a `Page`. Out: a `Document`, with a finding for every file that could not be had, every style that was
not understood and every character without a glyph. Rules: ISO 19005-3 (https://www.iso.org/standard/57229.html),
ISO 14289-1 (https://www.iso.org/standard/64599.html); the identification of PDF/UA inside PDF/A needs an
extension schema (https://pdfa.org/resource/pdfa-extension-schemas/). The only room that knows WeasyPrint.
"""

from __future__ import annotations

import contextlib
import functools
import html
import logging
import re
import threading
import warnings
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote, uses_relative

from .assets import check_asset, media_type
from .errors import RenderError
from .layout import Layout
from .measures import measure
from .model import Finding, Place, Severity
from .page import Attached, Document, Page
from .structure import Margins, completed
from .traces import plain
from .tracing import Signs, Stray, follow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from pydyf import PDF, Stream
    from weasyprint import Attachment
    from weasyprint import Document as Rendered
    from weasyprint.pdf.metadata import DocumentMetadata
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcherResponse

SCHEME = "briefing"
BASE = f"{SCHEME}:/"
VARIANT = "pdf/a-3a"
MAX_DEPTH = 100
"""Elements inside each other; the printer recurses a few frames for each and fails near 135."""
MAX_ROWS = 2000
"""Rows of one table, at 3 ms a row."""
MAX_SPAN = 1000
"""HTML's own limit for colspan, which the printer does not keep."""
HTML = "the page"
"""The place of a finding about the page's HTML: it is made by the templates, so it has no file."""

# Controls, lone surrogates and noncharacters: fatal to the printer, or carried into the PDF as they are.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_LINK = re.compile(r"(?:https?|mailto):|#", re.IGNORECASE)
_HEADING = re.compile(r"<h[1-6][^>]*>(.*?)</h[1-6]", re.DOTALL | re.IGNORECASE)
_MARKUP = re.compile(r"<[^>]*>|\s+(?=\s)")
_AT = re.compile(r" at (\d+):\d+\b")
_STYLES = re.compile(r"<style[^>]*>(.*?)</style|\sstyle=\"([^\"]*)", re.DOTALL | re.IGNORECASE)
_FONT = re.compile(r"(?:\bfont(?:-family)?|--[-\w]+)\s*[:=]\s*([^;{}<>]+)", re.IGNORECASE)
_NAMES = re.compile(r"""\"([^\"]*)\"|'([^']*)'|([^,\"']+)""")
_SIZE = re.compile(r".{0,200}\d[\w.%]{0,20}(?:/\S{1,20})?\s")
_QUOTED = re.compile(r"`([-\w]+):|'([^']+)'")
_LITTLE = 1 / 3
"""How much of a page is little: smaller spaces on the few pages before it save no more."""
_ONE_AT_A_TIME = threading.Lock()
"""The printer's log is one for the process, so two threads would read each other's findings."""
_warm: list[FontConfiguration] = []
"""A font configuration made ahead by `preload`; a page uses it up, since a page may add fonts to it."""


def preload() -> None:
    """Import the printer and read the system's fonts, so that a fork of this process need not.

    To print a trifle ahead is a loss where one page is made; `rehearsal` does it where many are.
    """
    from weasyprint.text.fonts import FontConfiguration

    _warm.append(FontConfiguration())


Later = Callable[[], Mapping[str, bytes]]
"""Waits for assets that are still being made, and returns them by name."""


def print_page(page: Page, *, later: Later | None = None) -> Document:
    """Print a page; RenderError where it cannot be printed at all, else findings with the document.

    `later` is asked once, when the page first needs an asset that it was not given.
    """
    for name in ("html", "title", "author", "subject", "language", "date", "program"):
        _refuse_unprintable(name, getattr(page, name))
    _dated(page.date)
    with _ONE_AT_A_TIME:
        try:
            return _print(page, later)
        except RecursionError as error:
            raise RenderError("elements nested too deeply", where=HTML, hint="Nest fewer elements.") from error
        except OSError as error:  # a colour profile that could not be fetched ends the printer
            raise RenderError(f"a file that could not be had: {error}", where=HTML, hint="Remove it.") from error


def _print(page: Page, later: Later | None) -> Document:
    import weasyprint

    if SCHEME not in uses_relative:  # urljoin resolves relative addresses only against schemes it knows
        uses_relative.append(SCHEME)
    notes = _Notes(page)
    fonts = _warm.pop() if _warm else weasyprint.text.fonts.FontConfiguration()
    with notes.listening(), warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # the printer leaves its colour profile open
        fetcher = _Fetcher(dict(page.assets), notes, later)
        html = weasyprint.HTML(string=page.html, base_url=BASE, url_fetcher=fetcher)
        html.base_url = BASE  # a <base> in the page has no say
        html.etree_element.attrib.setdefault("lang", page.language)
        signs = Signs(page)
        _Tidying(notes, signs).tidy(html.etree_element)
        render = functools.partial(html.render, font_config=fonts, pdf_variant=VARIANT)
        rendered = _laid_out(render, html.etree_element)
        rendered.metadata = _metadata(page)
        with completed(page.language) as margins:
            finisher = functools.partial(_finish, page.identifier, margins)
            pdf = rendered.write_pdf(finisher=finisher, pdf_variant=VARIANT, attachments=_attachments(page))
        _look_at_fonts(rendered, fetcher.families(page.html), notes)
        boxes = [each._page_box for each in rendered.pages]  # noqa: SLF001
        numerals, strays = follow(boxes, signs, fetcher.drawings)
    for stray in strays:
        notes.add(_unaccounted(stray, notes))
    layout = measure(boxes)
    found = notes.findings(lambda character: _page_of(character, layout, fetcher.drawings))
    return Document(pdf, len(boxes), found, numerals, layout)


def _laid_out(render: Callable[[], Rendered], root: Element) -> Rendered:
    """Lay the page out; with the smaller spaces of its style sheet where they save a page that has little on it."""
    wide = render()
    pages = measure([each._page_box for each in wide.pages])  # noqa: SLF001
    if all(page.filled > _LITTLE for page in pages[1:]):
        return wide
    root.set("data-spaces", "close")
    close = render()
    return close if len(close.pages) < len(wide.pages) else wide


def _page_of(character: str, layout: Sequence[Layout], drawings: Mapping[str, bytes]) -> int:
    """Return the first page that has a character in a text or drawing; 0 where none is known to."""
    for number, page in enumerate(layout, 1):
        for piece in page.pieces:
            words = drawings.get(piece.words, b"").decode("utf-8", "replace") if piece.picture else piece.words
            if character in words:
                return number
    return 0


def _unaccounted(stray: Stray, notes: _Notes) -> Finding:
    """Return the finding about a numeral that nobody signed for, at the sheet or drawing that has it."""
    place = notes.part(stray.within)
    found = f"the number '{stray.text}' in '{stray.within}' on page {stray.page}"
    cure = "Take it out of the style sheet or drawing, or declare the name it belongs to; docs/trace.md tells more."
    return Finding(place, "pdf.number", found, "numbers of facts, series and the page itself", cure)


def _refuse_unprintable(name: str, text: str) -> None:
    if match := _UNPRINTABLE.search(text):
        line, column = text.count("\n", 0, match.start()) + 1, match.start() - text.rfind("\n", 0, match.start())
        raise RenderError(
            f"the character U+{ord(match[0]):04X}, which no page can show",
            where=f"{HTML}, {name}:{line}:{column}", hint="Remove it where the text comes from.",
        )


def _dated(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise RenderError(f"'{text}' as the edition's date", hint="Give an ISO date: 2026-11-22.") from error


# --- what the page asks for -----------------------------------------------------------------------


class _Fetcher:
    """Serves the page's own files by name and nothing else; there is no way to a network or disk in it."""

    _fail_on_errors = False

    def __init__(self, files: dict[str, bytes], notes: _Notes, later: Later | None) -> None:
        self._files = files
        self._notes = notes
        self._later = later

    def __call__(self, url: str) -> URLFetcherResponse:
        from weasyprint.urls import URLFetcherResponse

        name = unquote(url.removeprefix(BASE).partition("#")[0]) if url.startswith(BASE) else ""
        if name and name not in self._files and self._later:
            self._files.update(self._later())
            self._later = None
        known = name in self._files
        finding = check_asset(name, self._files[name]) if known else _missing(url, name, self._notes.part(name or url))
        if finding:
            self._notes.add(finding, url)
            raise ValueError(finding.found)
        return URLFetcherResponse(url, self._files[name], {"Content-Type": media_type(name)})

    @property
    def drawings(self) -> Mapping[str, bytes]:
        """The drawings that the page may show, by name."""
        return {name: data for name, data in self._files.items() if name.endswith(".svg")}

    def families(self, html: str) -> frozenset[str]:
        """Return the families that style sheets, the page and drawings name, in small letters."""
        files = [data for name, data in self._files.items() if name.endswith((".css", ".svg"))]
        texts = [data.decode("utf-8", "replace") for data in files]
        texts += [sheet or style for sheet, style in _STYLES.findall(html)]
        values = (value for text in texts for value in _FONT.findall(text))
        return frozenset(name for value in set(values) for name in _families(value))


def _look_at_fonts(rendered: Rendered, named: frozenset[str], notes: _Notes) -> None:
    """Refuse fonts that nobody named: they are whatever the machine has for a character, so bytes would differ."""
    for font in rendered.fonts.values():
        if font.family.casefold() in named:
            continue
        characters = dict.fromkeys(character for text in font.to_unicode.values() for character in text)
        known = [character for character in characters if not character.isspace()][:12]
        shown = ", ".join(f"'{character}' (U+{ord(character):04X})" for character in known) or "white space"
        place = next((notes.part(character) for character in known if not character.isascii()), Place(HTML))
        cure = "Write them otherwise, or name an installed font that has them in font-family of the style sheet."
        found = f"{shown} in the font {font.family}, which only this machine chose"
        notes.add(Finding(place, "pdf.font", found, "fonts that a style sheet names", cure))


def _families(value: str) -> Iterator[str]:
    """Yield the names in a value of `font` or `font-family`; what stands before them in `font` ends with a size."""
    for quoted, single, bare in _NAMES.findall(value.partition("!")[0]):
        yield " ".join((quoted or single or _SIZE.sub("", bare)).split()).casefold()


def _missing(url: str, name: str, place: Place) -> Finding:
    shown = url if len(url) <= 80 else f"{url[:77]}..."
    if name:
        found, cure = f"'{name}', which is not there", f"Put it at templates/briefing/{name}, or correct its name."
        return Finding(place, "pdf.missing", found, "a file of the page", cure)
    cure = "Put the file into templates/briefing and name it as a relative address."
    return Finding(place, "pdf.refused", f"the address '{shown}'", "a file of the page", cure)


class _Tidying:
    """Takes out of the page's tree what must not reach the PDF, and says so."""

    _FORBIDDEN = frozenset({
        "base", "script", "iframe", "object", "embed", "video", "audio",
        "form", "input", "select", "textarea", "button",
    })

    def __init__(self, notes: _Notes, signs: Signs) -> None:
        self._notes, self._signs = notes, signs

    def tidy(self, root: Element) -> None:
        """Walk the tree without recursion: its depth is one of the things to find out."""
        waiting = [(root, 1)]
        while waiting:
            element, depth = waiting.pop()
            if depth > MAX_DEPTH:
                raise _excess(f"elements nested more than {MAX_DEPTH} deep", element, "Nest fewer elements.")
            if isinstance(element.tag, str):
                self._signs.take(element)
                self._look(element)
            waiting.extend((child, depth + 1) for child in element)

    def _look(self, element: Element) -> None:
        tag = element.tag
        if tag in self._FORBIDDEN:
            self._say("element", f"<{tag}>", "text, images, tables and links", "Remove the element.")
            element.tag = "div"
            element.attrib.clear()
        elif tag in ("a", "link", "area"):
            self._look_at_link(element)
        elif tag == "table":
            _count_rows(element)
        elif tag in ("td", "th", "col", "colgroup"):
            _refuse_wide(element)

    def _look_at_link(self, element: Element) -> None:
        if "attachment" in element.get("rel", "").lower().split():
            found = f"'{element.get('href', '')}' as an attachment"
            self._say("attachment", found, "only what the program attaches", "Remove rel=attachment.")
            element.attrib.clear()
        href = element.get("href")
        if element.tag != "link" and href is not None and not _LINK.match(href.strip()):
            cure = "Give the whole address, with https: before it; the words stay as plain text."
            self._say("link", f"a link to '{href[:80]}'", "http:, https:, mailto: or #", cure)
            del element.attrib["href"]

    def _say(self, rule: str, found: str, expected: str, cure: str) -> None:
        self._notes.add(Finding(Place(HTML), f"pdf.{rule}", found, expected, cure))


def _count_rows(table: Element) -> None:
    rows = sum(1 for _ in table.iter("tr"))
    if rows > MAX_ROWS:
        raise _excess(f"a table of {rows} rows", table, f"Keep a table to {MAX_ROWS} rows; attach the rest as data.")


def _refuse_wide(cell: Element) -> None:
    for name in ("colspan", "rowspan", "span"):
        if len(digits := cell.get(name, "").strip()) > 4 or (digits.isdigit() and int(digits) > MAX_SPAN):
            raise _excess(f"{name}={digits[:20]}", cell, f"Span at most {MAX_SPAN} cells.")


def _excess(found: str, element: Element, cure: str) -> RenderError:
    text = " ".join("".join(element.itertext() if element.tag != "div" else [element.text or ""]).split())[:60]
    return RenderError(found + (f", near '{text}'" if text else ""), where=HTML, hint=cure)


# --- what the printer says ------------------------------------------------------------------------


class _Notes(logging.Handler):
    """Collects what was noticed while printing: our own findings and the printer's log."""

    def __init__(self, page: Page) -> None:
        super().__init__(logging.WARNING)
        styles = [(name, data) for name, data in page.assets if name.endswith(".css")]
        self._sheets = [(f"templates/briefing/{name}", data.decode("utf-8", "replace")) for name, data in styles]
        self._sheets.append((HTML, plain(page.html)))
        self._findings: dict[Finding, None] = {}
        self._refused: set[str] = set()
        self._glyphs: dict[str, None] = {}

    def add(self, finding: Finding, url: str = "") -> None:
        """Keep a finding once; what the printer says about `url` afterwards adds nothing."""
        self._findings.setdefault(finding)
        if url:
            self._refused.add(url)

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Hear the printer's log, and keep it from going anywhere else."""
        log = logging.getLogger("weasyprint")
        before = log.propagate, log.level
        log.addHandler(self)
        log.propagate, log.level = False, logging.WARNING
        try:
            yield
        finally:
            log.removeHandler(self)
            log.propagate, log.level = before

    def emit(self, record: logging.LogRecord) -> None:
        """Turn a line of the log into a finding."""
        message = record.getMessage()
        if str(record.msg).startswith(".notdef glyph"):
            self._glyphs.setdefault(str(record.args[0] if isinstance(record.args, tuple) else ""))
        elif not any(url in message for url in self._refused):
            self.add(self._heard(message, record.levelno >= logging.ERROR))

    def part(self, words: str) -> Place:
        """Return the place of words in the page: the sheet that has them, or the heading above them."""
        for name, text in self._sheets[:-1]:
            if words in text:
                return Place(name, text.count("\n", 0, text.index(words)) + 1)
        before, found, _ = self._sheets[-1][1].partition(words)
        headings = _HEADING.findall(before) if found else []
        return Place(f"{HTML}, under '{_MARKUP.sub('', headings[-1])[:60]}'" if headings else HTML)

    def findings(self, page_of: Callable[[str], int]) -> tuple[Finding, ...]:
        """Return all findings, each once, in the order of their appearance; `page_of` tells the page of a character."""
        found = list(self._findings)
        if self._glyphs:
            where = ((each, page_of(each)) for each in self._glyphs)
            named = ((f"'{each}' (U+{ord(each):04X})", f" on page {page}" if page else "") for each, page in where)
            characters = ", ".join(name + page for name, page in named)
            cure = "Install a font that has them (see `briefing doctor`), or write them otherwise."
            place = self.part(next(iter(self._glyphs)))
            found.append(Finding(place, "pdf.glyph", f"no font for {characters}", "a glyph for each", cure))
        return tuple(found)

    def _heard(self, message: str, grave: bool) -> Finding:
        message = message.replace(BASE, "")
        quoted = [name or words.strip() for name, words in _QUOTED.findall(message)]
        if (at := _AT.search(message)) and not grave:
            place, found = self._sheet(quoted, int(at[1])), _AT.sub("", message, count=1).rstrip(".")
            return Finding(place, "pdf.style", found, "CSS the printer knows", "Correct the style.", "warning")
        place = self.part(quoted[0]) if quoted else Place(HTML)
        severity: Severity = "error" if grave or message.startswith("Font-face") else "warning"
        cure = "Correct the template, or the file it names."
        return Finding(place, "pdf.printer", message.rstrip("."), "nothing to complain of", cure, severity)

    def _sheet(self, quoted: list[str], line: int) -> Place:
        """Return the sheet that has the quoted words on this line, or the page where a style attribute has them."""
        for name, text in self._sheets:
            lines = text.splitlines()
            if line <= len(lines) and any(words in lines[line - 1] for words in quoted):
                return Place(name, line)
        return self.part(quoted[0]) if quoted else Place(HTML)


# --- what the file says of itself -----------------------------------------------------------------


def _metadata(page: Page) -> DocumentMetadata:
    """Return the metadata from the page's own fields: <meta> elements in the text have no say."""
    from weasyprint.pdf.metadata import DocumentMetadata

    moment = f"{page.date}T00:00:00Z"
    return DocumentMetadata(
        title=page.title, authors=[page.author] if page.author else [], description=page.subject,
        generator=page.program, created=moment, modified=moment, lang=page.language,
    )


def _attachments(page: Page) -> list[Attachment]:
    """Return the page's attachments in the order of the PDF's name tree, which readers search by halves."""
    ordered = sorted(page.attached, key=lambda attached: attached.name.encode())
    return [_attachment(attached, _dated(page.date)) for attached in ordered]


def _attachment(attached: Attached, moment: datetime) -> Attachment:
    from weasyprint import Attachment
    from weasyprint.urls import URLFetcherResponse

    def serve(url: str) -> URLFetcherResponse:
        return URLFetcherResponse(url, attached.data, {"Content-Type": attached.media_type})

    serve._fail_on_errors = False  # type: ignore[attr-defined] # noqa: SLF001 - the printer looks for it
    return Attachment(
        url=BASE + "attached", url_fetcher=serve, name=attached.name, description=attached.description,
        created=moment, modified=moment, relationship="Data",
    )


_IDENTIFIER = b"""
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier>%s</dc:identifier></rdf:Description>"""
_SCHEMA = b"""
<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1"/>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 the file conforms to</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>
</rdf:RDF>"""


def _finish(identifier: str, margins: Margins, _document: Rendered, pdf: PDF) -> None:
    """Add what the printer's one variant does not write, the mark of PDF/UA, and fix every stream's bytes."""
    metadata = pdf.objects[int(pdf.catalog["Metadata"].split()[0])]
    said = _IDENTIFIER % html.escape(identifier).encode() if identifier else b""
    metadata.stream = [b"".join(metadata.stream).replace(b"</rdf:RDF>", said + _SCHEMA)]
    metadata.compress = False
    margins.turn_into_artifacts(pdf)
    for number, each in enumerate(pdf.objects):
        if hasattr(each, "extra"):
            pdf.objects[number] = _written(each)


def _written(stream: Stream) -> Stream:
    """Return a stand-in for a stream that keeps its bytes.

    The trailer's identifier is a hash of all objects, for which each would be compressed a second time: some 5 % of
    the time of a page with charts.
    """
    # PDF/A forbids interpolation, and images inside an SVG ignore the style that switches it off.
    if stream.extra.get("Interpolate") == "true":
        stream.extra["Interpolate"] = "false"
    written = _stand_in()()
    written.number, written.data = stream.number, stream.data
    return written


@functools.cache
def _stand_in() -> type[Stream]:
    import pydyf

    return type("Written", (pydyf.Stream,), {"data": b""})
