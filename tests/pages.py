"""Small pages, pictures and a canary server for the tests of printing."""

from __future__ import annotations

import re
import struct
import threading
import zlib
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import TYPE_CHECKING, Self

from generator.page import Attached, Page, Trace
from generator.traces import Traces

if TYPE_CHECKING:
    from generator.model import Finding

TRACES, FACT = Traces(), Trace("fact", "trade")
STYLE = b"""@page { size: A5; margin: 15mm; @bottom-center { content: counter(page); font-family: "Noto Sans" } }
body { font-family: "Noto Sans", "Noto Sans CJK SC"; font-size: 10pt }
img { image-resolution: 240dpi }
td, th { border-bottom: .3pt solid #999999 }
"""
BODY = """<h1>Trade</h1>
<p>Trade reached <b>5.08 billion</b> <a href="#s1">[1]</a>; see <a href="https://example.org/x">the source</a>.</p>
<p lang="zh">\u4e2d\u767d\u5de5\u4e1a\u56ed\u8d38\u6613\u989d\u3002</p><p lang="be">\u0422\u0430\u0432\u0430\u0440\u0430\u0430\u0431\u0430\u0440\u043e\u0442, \u045e.</p>
<img src="logo.png" alt="Emblem"><h2>Chart</h2>
<figure><img src="charts/trade.svg" alt="Trade rises"><figcaption>Figure 1</figcaption></figure>
<table><thead><tr><th scope="col">Year</th><th scope="col">Value</th></tr></thead>
<tbody><tr><td>2022</td><td>5.08</td></tr></tbody></table>
<h2 id="s1">Sources</h2><p>[1] Example Agency, <a href="mailto:press@example.org">press@example.org</a></p>"""
CHART = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 40" width="300" height="120"><title>Trade</title>
<path d="M 0 30 L 50 20 L 100 5" fill="none" stroke="#0b5d7a"/><text x="2" y="38" font-size="6" font-family="Noto Sans">2022</text></svg>"""


def png(width: int = 20, height: int = 10, pixel: bytes = b"\x0b\x5d\x7a", kind: int = 2) -> bytes:
    """Return a PNG of one colour, compressed to almost nothing."""
    packer = zlib.compressobj(9)
    row = b"\0" + pixel * width
    data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)), (b"IDAT", data), (b"IEND", b""))
    packed = (struct.pack(">I", len(body)) + tag + body + struct.pack(">I", zlib.crc32(tag + body)) for tag, body in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def html(body: str, head: str = "") -> str:
    """Return a whole page around a body, whose numerals are signed as those of a fact."""
    link = '<link rel="stylesheet" href="style.css">'
    signed = re.sub(r">([^<>]*\d[^<>]*)<", lambda text: f">{TRACES.sign(text[1], FACT)}<", f"<body>{body}</body>")
    return f'<!DOCTYPE html><html lang="en"><head><title>T</title>{link}{head}</head>{signed}</html>'


PAGE = Page(
    html=html(BODY), assets=(("style.css", STYLE), ("logo.png", png()), ("charts/trade.svg", CHART)),
    attached=(Attached("series.json", b"{}", "application/json", "Series"), Attached("facts.csv", b"id\n1\n", "text/csv", "Facts")),
    title="Trade \u2014 \u0413\u0430\u043d\u0434\u0430\u043b\u044c \u8d38\u6613", author="Bureau of Examples", subject="Trade in goods",
    language="en", date="2026-11-22", program="briefing 0.1.0",
    traces=TRACES.all, drawn=(("charts/trade.svg", (TRACES.sign("2022", FACT),)),),
)


def page(body: str = "", *, head: str = "", files: dict[str, bytes] | None = None, **fields: str) -> Page:
    """Return the sample page with another body, further files or other fields."""
    assets = dict(PAGE.assets) | (files or {})
    text = html(f"<h1>T</h1>{body}", head) if body or head else PAGE.html
    return replace(PAGE, html=text, assets=tuple(assets.items()), **fields)


def rules(findings: tuple[Finding, ...], severity: str = "") -> set[str]:
    """Return the names of the rules that were broken."""
    return {finding.rule for finding in findings if severity in ("", finding.severity)}


def text_of(pdf: bytes) -> str:
    """Return every text-bearing byte of a PDF: all streams decompressed, strings in two bytes decoded."""
    import pikepdf

    with pikepdf.open(BytesIO(pdf)) as opened:
        plain = BytesIO()
        opened.save(plain, qdf=True, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    data = plain.getvalue().decode("latin-1")
    return data + data.encode("latin-1").decode("utf-16-be", "replace")


def words_of(pdf: bytes) -> str:
    """Return the words a reader sees, by poppler."""
    import subprocess

    run = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True)
    return run.stdout.decode()


class Canary:
    """A server on the loopback that counts who asks it for anything."""

    def __init__(self) -> None:
        """Start to serve on a free port."""
        self.hits: list[str] = []
        canary = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                canary.hits.append(self.path)
                self.send_response(302 if "redirect" in self.path else 200)
                if "redirect" in self.path:
                    self.send_header("Location", canary.url("secret"))
                self.end_headers()
                self.wfile.write(CHART)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def url(self, path: str = "x") -> str:
        """Return an address at which the canary sings."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/{path}"

    def __enter__(self) -> Self:
        """Return the canary."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
