"""The documents as received: their text, whatever their kind, with places that people find again.

Place in the pipeline: a part of `evidence` and of `ingest`. In: the bytes of a text, web page, PDF or Word document;
out: an `Extract`. Plain text is read here; every other kind in a limited child, because it comes from strangers, and
what was extracted is kept in the workspace's state folder, so that it is read once. The content says what kind a
document is, and its name must not say otherwise (https://www.iana.org/assignments/media-types).
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from contextlib import suppress
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import Self

from .anchors import Document
from .document_text import EncodingError, clean, decode, garbled
from .errors import DocumentError, LimitError, RenderError
from .model import Extract, Finding, Place, Source
from .reading import MAX_BYTES
from .sandbox import Child, Limits
from .workspace import Workspace

LONGEST = 10_000_000
"""Characters of a document's text: a book of a thousand pages has three million."""
_ROOMS = {"html": "document_html", "pdf": "document_pdf", "docx": "document_word"}
SUFFIXES = {
    "txt": "text", "text": "text", "md": "text", "html": "html", "htm": "html", "xhtml": "html", "pdf": "pdf",
    "docx": "docx",
}  # fmt: skip
_HTML = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,2000}?-->\s*)*<(?:!doctype\s+html|html)\b",
    re.IGNORECASE | re.DOTALL,
)
_FOREIGN = (
    (b"\xd0\xcf\x11\xe0", "an old Office file, or one with a password", "Save it as .docx without a password."),
    (b"{\\rtf", "RTF", "Save it as .docx or PDF."),
    (b"PK", "a ZIP archive that holds no Word document", "Unpack it, or save what it holds as .docx, PDF or text."),
    (b"\x1f\x8b", "gzip", "Unpack it first."),
    (b"\x89PNG", "a picture", "OCR it first; keep the text or the PDF that comes out."),
    (b"\xff\xd8\xff", "a picture", "OCR it first; keep the text or the PDF that comes out."),
    (b"II*\0", "a picture", "OCR it first; keep the text or the PDF that comes out."),
    (b"MM\0*", "a picture", "OCR it first; keep the text or the PDF that comes out."),
    (b"GIF8", "a picture", "OCR it first; keep the text or the PDF that comes out."),
)
_PAPER = "text, HTML, PDF or Word (.docx)"


class Library:
    """The documents of a workspace. The limited child starts with the first document that needs it.

    Threads may read at the same time.
    """

    def __init__(self, workspace: Workspace, limits: Limits) -> None:
        """Keep the workspace, whose state folder keeps what was extracted, and the limits of a reading."""
        self._workspace = workspace
        self._limits = limits
        self._starting = threading.Lock()
        self._child: Child | None = None

    def __enter__(self) -> Self:
        """Return the library."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the child."""
        self.close()

    def close(self) -> None:
        """End the child, if one was started."""
        with self._starting:
            if self._child is not None:
                self._child.close()
                self._child = None

    def open(self, source: Source) -> Document | None:
        """Return a source's document, None where it is not at hand.

        DocumentError where it is not the one that the source describes, or has no text that can be read.
        """
        data = self._workspace.document(source.document) if source.document else None
        if data is None:
            return None
        found = hashlib.sha256(data).hexdigest()
        if found != source.sha256:
            raise DocumentError([_changed(source, found)])
        try:
            extract = self.read(data, source.document, encoding=source.encoding)
        except DocumentError as error:
            raise DocumentError(_placed(finding, source) for finding in error.findings) from error
        return as_document(extract)

    def read(self, data: bytes, name: str, *, encoding: str = "", named: str = "") -> Extract:
        """Return the text of a document; `name` is its file's.

        `encoding` is what an analyst declared, `named` what a server said. DocumentError says what is wrong.
        """
        kind = kind_of(data, name)
        extract = (
            _read_text(data, name, encoding) if kind == "text" else self._kept(data, name, kind, (encoding, named))
        )
        if not extract.text.strip():
            raise _refusal(name, "document.no-text", "no text in it", "text", "Name the document that holds the words.")
        if len(extract.text) > LONGEST:
            cure = "Keep the part that holds the figures."
            raise _refusal(name, "document.size", f"{len(extract.text)} characters", f"at most {LONGEST}", cure)
        return extract

    def _kept(self, data: bytes, name: str, kind: str, encodings: tuple[str, str]) -> Extract:
        """Return what was extracted before, or extract it now and keep it."""
        parts = (hashlib.sha256(data).hexdigest(), kind, *encodings, _version())
        path = (
            self._workspace.state / "cache" / "documents" / f"{hashlib.sha256(repr(parts).encode()).hexdigest()}.json"
        )
        with suppress(OSError, ValueError, TypeError, AttributeError):
            return _thawed(json.loads(path.read_bytes()))
        extract = self._extract(data, name, kind, encodings)
        part = path.with_suffix(f".{threading.get_ident()}.part")
        # The cache only saves time: a disk without room for it does not hide a document.
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(json.dumps(asdict(extract), ensure_ascii=False), "utf-8")
            part.replace(path)
        with suppress(OSError):
            part.unlink(missing_ok=True)
        return extract

    def _extract(self, data: bytes, name: str, kind: str, encodings: tuple[str, str]) -> Extract:
        arguments = encodings if kind == "html" else ()
        try:
            extract: Extract = self._started().run(f"generator.{_ROOMS[kind]}:read", data, name, *arguments)
        except LimitError as error:
            cure = f"Keep the part that holds the figures. {error.hint}"
            raise _refusal(name, "document.limit", error.message, "a document that is read in time", cure) from error
        except RenderError as error:
            cure = "It may be damaged: open it and save it anew."
            raise _refusal(name, "document.corrupt", error.message, _PAPER, cure) from error
        return extract

    def _started(self) -> Child:
        with self._starting:
            if self._child is None:
                rooms = tuple(f"generator.{room}" for room in _ROOMS.values())
                self._child = Child(rooms, state=self._workspace.state, limits=self._limits)
            return self._child


def as_document(extract: Extract) -> Document:
    """Return the text in which anchors are looked up, with the places that its kind has."""
    return Document(extract.text, extract.pages, "line" if extract.kind == "text" else "paragraph")


def kind_of(data: bytes, name: str) -> str:
    """Return text, html, pdf or docx by the content; DocumentError where it is none of them or the name differs."""
    if not data.strip():
        raise _refusal(name, "document.empty", "an empty file", "a document", "Fetch or save it again.")
    if len(data) > MAX_BYTES:
        cure = "Keep the part that holds the figures."
        raise _refusal(name, "document.size", f"{len(data)} bytes", f"at most {MAX_BYTES}", cure)
    found = _content(data, name)
    said = SUFFIXES.get(Path(name).suffix.lower().lstrip("."), found)
    # A piece of a page begins with any element, so its name is believed.
    if said != found and (said, found) != ("html", "text"):
        cure = (
            f"It may be an error page in place of the document: look into it. If it is sound, end its name in .{found}."
        )
        raise _refusal(name, "document.kind", f"its content is {found}", f"{said}, as its name says", cure)
    return said


def _content(data: bytes, name: str) -> str:
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data.startswith(b"PK") and b"word/document.xml" in data:
        return "docx"
    for start, found, cure in _FOREIGN:
        if data.startswith(start):
            raise _refusal(name, "document.kind", f"it is {found}", _PAPER, cure)
    return "html" if _HTML.match(data) else "text"


def _read_text(data: bytes, name: str, encoding: str) -> Extract:
    try:
        decoded = decode(data, encoding)
    except EncodingError as error:
        raise DocumentError([error.finding(name)]) from error
    text = clean(decoded.text)
    notes = [f"{decoded.unreadable} characters could not be read"] if decoded.unreadable else []
    if doubt := garbled(text):
        notes.append(f"the text may be damaged: {doubt}")
    return Extract(text, "text", decoded.encoding, notes=tuple(notes))


def _refusal(name: str, rule: str, found: str, expected: str, cure: str) -> DocumentError:
    return DocumentError([Finding(Place(name), rule, found, expected, cure)])


def _changed(source: Source, found: str) -> Finding:
    return Finding(
        source.place,
        "evidence.document-changed",
        f"{source.document} has the sha256 {found}",
        source.sha256,
        "Put the document as received in place, or check it anew and write its sum in data/sources.toml.",
    )


def _placed(finding: Finding, source: Source) -> Finding:
    return replace(finding, place=source.place, found=f"{source.document}: {finding.found}")


def _thawed(kept: dict[str, object]) -> Extract:
    """Return an extract as it was before it became JSON, which knows lists only."""
    return Extract(**{key: tuple(value) if isinstance(value, list) else value for key, value in kept.items()})  # type: ignore[arg-type]


@cache
def _version() -> str:
    """Return what the text of a document depends on beside its bytes: the readers and their libraries."""
    from importlib.metadata import version

    own = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("document_*.py")):
        own.update(path.read_bytes())
    return " ".join((own.hexdigest(), *map(version, ("lxml", "pypdfium2", "charset-normalizer", "webencodings"))))
