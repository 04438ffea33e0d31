"""Documents for the tests of reading: PDFs as WeasyPrint prints them, Word files as python-docx writes them."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from functools import cache
from io import BytesIO

STYLE = """@page { size: A5; margin: 20mm }
body { font: 12pt "Noto Sans", "Noto Sans CJK SC"; hyphens: auto; text-align: justify } td, th { padding: 1mm 3mm }"""
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


@cache
def pdf(body: str, language: str = "en", head: str = "") -> bytes:
    """Return a printed page."""
    import weasyprint

    html = f'<html lang="{language}"><head>{head}<style>{STYLE}</style></head><body>{body}</body></html>'
    printed: bytes = weasyprint.HTML(string=html).write_pdf()
    return printed


def word(write: Callable[..., object]) -> bytes:
    """Return a Word file that `write` filled."""
    import docx

    document, target = docx.Document(), BytesIO()
    write(document)
    document.save(target)
    return target.getvalue()


def package(parts: Mapping[str, bytes | str]) -> bytes:
    """Return a ZIP archive."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def word_body(xml: str) -> bytes:
    """Return a Word file with this XML as its body."""
    return package({"word/document.xml": f"<w:document {W}><w:body>{xml}</w:body></w:document>"})
