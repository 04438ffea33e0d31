"""The faults of rendering from the list of faults, provoked one by one; the id stands in each name.

Every case proves that its fault really fired: the canary sings when asked directly, the file is really cut,
the bomb really explodes without the limit that is tested.
"""

from __future__ import annotations

import gzip
import os
import socket
import urllib.request
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pikepdf
import pytest
from effort import kilobytes_more
from pages import CHART, PAGE, Canary, page, png, rules, text_of, words_of
from PIL import Image

from generator.errors import BriefingError, LimitError, RenderError
from generator.page import Document, Page
from generator.pdf import print_page
from generator.preflight import inspect
from generator.sandbox import Child, Limits

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def canary() -> Iterator[Canary]:
    """Give a server that counts its visitors, proved to count."""
    with Canary() as server:
        urllib.request.urlopen(server.url("direct")).close()
        assert server.hits == ["/direct"]
        server.hits.clear()
        yield server


@pytest.fixture(scope="module")
def printer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Child]:
    """Give a printer with more time than any machine needs for these pages."""
    with Child(["generator.pdf"], state=tmp_path_factory.mktemp("state"), limits=Limits(600)) as child:
        yield child


@pytest.fixture(scope="module")
def small_printer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Child]:
    """Give a printer with so little time and memory that a bomb meets a limit soon."""
    limits = Limits(seconds=600, megabytes=700, processor=4)
    with Child(["generator.pdf"], state=tmp_path_factory.mktemp("state"), limits=limits) as child:
        yield child


def attachments(document: Document) -> list[str]:
    with pikepdf.open(BytesIO(document.pdf)) as opened:
        return sorted(opened.attachments)


def addresses(document: Document) -> list[str]:
    """Return every address in the PDF that a click would open."""
    with pikepdf.open(BytesIO(document.pdf)) as opened:
        links = [link for each in opened.pages for link in each.obj.get("/Annots", ())]
        return [str(link.A.URI) for link in links if "/A" in link and "/URI" in link.A]


# --- A01, A06, A07, A10: what a page may fetch ----------------------------------------------------


def test_a01_escaped_markup_is_literal_text_and_fetches_nothing(canary: Canary) -> None:
    text = f"<img src={canary.url()}><script>alert(1)</script>"
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    document = print_page(page(f"<p>{escaped}</p>"))

    assert "<script>alert(1)</script>" in words_of(document.pdf)
    assert (document.findings, canary.hits) == ((), [])


def test_a01_markup_that_slipped_through_fetches_nothing_and_is_an_error(canary: Canary) -> None:
    document = print_page(page(f"<p><img alt='x' src={canary.url()}><script src={canary.url()}></script></p>"))

    assert canary.hits == []
    assert rules(document.findings, "error") == {"pdf.refused", "pdf.element"}


def _vectors(url: str) -> dict[str, Page]:
    """Return the nineteen ways in which a page can ask for an address."""
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><image href="{url}" width="9" height="9"/></svg>'
    styles = {
        "import": f'@import url("{url}");',
        "background": f"p {{ background: url({url}) }}",
        "font-face": f'@font-face {{ font-family: F; src: url("{url}") }} p {{ font-family: F }}',
        "content": f"p::before {{ content: url({url}) }}",
        "list-style": f"li {{ list-style-image: url({url}) }}",
        "page-background": f"@page {{ background: url({url}) }}",
        "color-profile": f'@color-profile --c {{ src: url("{url}"); components: r, g, b }} p {{ color: color(--c 1 0 0) }}',
        "border-image": f"p {{ border: 1px solid; border-image: url({url}) 1 }}",
    }
    bodies = {
        "img": f'<img alt="x" src="{url}">',
        "object": f'<object data="{url}" type="image/svg+xml"></object>',
        "embed": f'<embed src="{url}" type="image/svg+xml">',
        "svg-image": svg,
        "a-attachment": f'<a rel="attachment" href="{url}">x</a>',
        "redirect": f'<img alt="x" src="{url}-redirect">',
    }
    heads = {
        "link-style": f'<link rel="stylesheet" href="{url}">',
        "link-attachment": f'<link rel="attachment" href="{url}">',
        "base": f'<base href="{url}/"><link rel="stylesheet" href="relative.css">',
    }
    filler = "<p>text</p><ul><li>item</li></ul>"
    made = {name: page(filler, head=f"<style>{style}</style>") for name, style in styles.items()}
    made |= {name: page(filler + body) for name, body in bodies.items()}
    made |= {name: page(filler, head=head) for name, head in heads.items()}
    made["svg-file"] = page('<img alt="x" src="c.svg">', files={"c.svg": svg.encode()})
    made["data-svg"] = page(f"<img alt='x' src='data:image/svg+xml,{urllib.request.quote(svg)}'>")
    return made


REFUSED_BY_NAME = {"base": "<base>", "embed": "<embed>", "object": "<object>", "data-svg": "data:image/svg+xml"}
"""What is refused before its address is looked at, and as what."""
VECTORS = sorted(_vectors("http://127.0.0.1:1/x"))


def test_a06_there_are_nineteen_vectors() -> None:
    assert len(VECTORS) == 19


@pytest.mark.parametrize("vector", VECTORS)
def test_a06_no_vector_reaches_the_canary_and_each_is_an_error(canary: Canary, vector: str) -> None:
    if vector == "color-profile":  # the printer itself gives up: there is no document to look into
        with pytest.raises(RenderError, match=r"could not be had: .*http://127"):
            print_page(_vectors(canary.url())[vector])
    else:
        document = print_page(_vectors(canary.url())[vector])
        named = REFUSED_BY_NAME.get(vector, canary.url())
        assert [finding for finding in document.findings if finding.severity == "error" and named in f"{finding.place} {finding.found}"]
        assert attachments(document) == ["facts.csv", "series.json"]

    assert canary.hits == []


def test_a06_the_bare_printer_does_reach_the_canary(canary: Canary) -> None:
    import weasyprint

    weasyprint.HTML(string=_vectors(canary.url())["img"].html, base_url="briefing:/").render()

    assert canary.hits == ["/x"]


def test_a06_the_printing_child_has_no_network_at_all(printer: Child, canary: Canary) -> None:
    if not printer.isolated:
        pytest.skip("this system grants no network namespace")

    with pytest.raises(RenderError, match=r"URLError|unreachable|refused"):
        printer.run("urllib.request:urlopen", canary.url())

    assert canary.hits == []


def test_a07_a_redirect_is_never_followed_because_its_first_hop_is_not_made(canary: Canary) -> None:
    urllib.request.urlopen(canary.url("redirect")).close()
    assert canary.hits == ["/redirect", "/secret"]

    document = print_page(page(f'<img alt="x" src="{canary.url("redirect")}">'))

    assert canary.hits == ["/redirect", "/secret"]
    assert canary.url("redirect") in document.findings[0].found


@pytest.mark.parametrize(
    "spelling", ["file://{0}", "FILE://{0}", "file:{0}", "file://localhost{0}", "{0}", "..{0}", "briefing:{0}", "briefing:/../..{0}",
                 "briefing://x{0}", "file:///proc/self/root{0}", "%66ile://{0}"],
)
def test_a10_a_file_of_the_machine_is_refused_in_every_spelling(tmp_path: Path, spelling: str) -> None:
    secret = tmp_path / "secret.svg"
    secret.write_bytes(CHART.replace(b"2022", b"top-secret-4711"))
    url = spelling.format(secret)
    head = f'<link rel="attachment" href="{url}"><link rel="stylesheet" href="{url}">'

    document = print_page(page(f'<img alt="x" src="{url}"><a rel="attachment" href="{url}">x</a>', head=head))

    assert rules(document.findings, "error") >= {"pdf.attachment"}
    assert {"pdf.missing", "pdf.refused"} & rules(document.findings, "error")
    assert attachments(document) == ["facts.csv", "series.json"]
    assert "top-secret-4711" not in text_of(document.pdf)


@pytest.mark.parametrize("source", ["/dev/urandom", "/dev/zero", "fifo"])
def test_a11_endless_files_are_refused_unread(printer: Child, tmp_path: Path, source: str) -> None:
    path = tmp_path / "fifo" if source == "fifo" else Path(source)
    if source == "fifo":
        os.mkfifo(path)

    document = printer.run("generator.pdf:print_page", page(f'<img alt="x" src="file://{path}"><img alt="x" src="{path}">'))

    assert rules(document.findings, "error") == {"pdf.missing", "pdf.refused"}


# --- A05, A23, A24, A25: images -------------------------------------------------------------------


@pytest.mark.parametrize("data", [None, b"", CHART[:60], b"\xff\xfe\x00"])
def test_a05_a_chart_that_is_missing_or_broken_is_an_error_that_names_it(data: bytes | None) -> None:
    assets = tuple((name, content if name != "charts/trade.svg" else data or b"") for name, content in PAGE.assets)
    if data is None:
        assets = tuple(pair for pair in PAGE.assets if pair[0] != "charts/trade.svg")

    document = print_page(replace(PAGE, assets=assets))

    (finding,) = document.findings
    assert finding.severity == "error"
    assert "charts/trade.svg" in f"{finding.place} {finding.found}"


@pytest.mark.slow
@pytest.mark.parametrize("side", [7000, 12000, 20000])
def test_a23_an_image_bomb_is_an_error_with_file_and_pixels(side: int) -> None:
    bomb = png(side, side, pixel=b"\0", kind=0)
    assert len(bomb) < 500_000

    document = print_page(page('<img alt="x" src="bomb.png">', files={"bomb.png": bomb}))

    (finding,) = document.findings
    assert (str(finding.place), finding.severity) == ("bomb.png", "error")
    assert f"{side * side:,} pixels" in finding.found


def test_a23_an_image_of_forty_million_pixels_is_printed() -> None:
    assert print_page(page('<img alt="x" src="big.png">', files={"big.png": png(8000, 5000, b"\0", 0)})).findings == ()


def encoded(kind: str, mode: str = "RGB", **options: object) -> bytes:
    out = BytesIO()
    Image.effect_noise((60, 40), 50).convert(mode).save(out, kind, **options)
    return out.getvalue()


BAD_IMAGES = {
    "cut.png": encoded("PNG")[:500], "cut.jpg": encoded("JPEG")[:-200], "head.jpg": encoded("JPEG")[:30],
    "jpeg-named.png": encoded("JPEG"), "png-named.jpg": encoded("PNG"), "text.png": b"not an image at all",
    "cmyk.jpg": encoded("JPEG", "CMYK"), "deep.png": encoded("PNG", "I;16"), "moving.gif": encoded("GIF"),
    "moving.png": encoded("PNG", save_all=True, append_images=[Image.new("RGB", (60, 40), "red")]),
    "page.eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "big.tiff": encoded("TIFF"),
    "packed.svgz": gzip.compress(CHART), "html.svg": b"<html xmlns='http://www.w3.org/1999/xhtml'/>",
}


@pytest.mark.parametrize("name", BAD_IMAGES)
def test_a24_a_damaged_or_misnamed_image_is_an_error_with_file_and_cure(name: str) -> None:
    document = print_page(page(f'<img alt="x" src="{name}">', files={name: BAD_IMAGES[name]}))

    (finding,) = document.findings
    assert (str(finding.place), finding.severity) == (name, "error")
    assert finding.cure


@pytest.mark.parametrize(("name", "mode"), [("a.png", "RGB"), ("b.png", "RGBA"), ("c.png", "P"), ("d.png", "L"), ("e.jpg", "RGB"),
                                            ("f.jpeg", "L"), ("g.png", "1"), ("h.png", "LA")])
def test_a24_sound_images_of_every_usual_mode_are_printed(name: str, mode: str) -> None:
    kind = "PNG" if name.endswith("png") else "JPEG"

    assert print_page(page(f'<img alt="x" src="{name}">', files={name: encoded(kind, mode)})).findings == ()


def test_a24_two_hundred_flipped_images_crash_nothing(printer: Child) -> None:
    import random

    for kind, name in (("PNG", "x.png"), ("JPEG", "x.jpg")):
        sound, files = encoded(kind), {}
        for seed in range(100):
            dice, data = random.Random(seed), bytearray(sound)
            for _ in range(len(data) // 100 + 1):
                data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
            files[f"{seed}-{name}"] = bytes(data)
        images = "".join(f'<img alt="x" src="{each}">' for each in files)

        document = printer.run("generator.pdf:print_page", page(images, files=files))

        assert document.pages >= 1
        assert {finding.severity for finding in document.findings} == {"error"}, "nothing was damaged"


XXE = b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/hostname">]><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><text>&x;</text></svg>'
LAUGHS = b"<!DOCTYPE svg [<!ENTITY a 'lol'>" + b"".join(
    b"<!ENTITY %c '%s'>" % (98 + step, b"&%c;" % (97 + step) * 10) for step in range(12)
) + b"]><svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><text>&m;</text></svg>"


@pytest.mark.parametrize(
    "svg", [XXE, LAUGHS, XXE.decode().encode("utf-16"), b'<!DOCTYPE svg SYSTEM "http://evil.example/x.dtd">' + CHART],
    ids=["external", "laughs", "utf-16", "system"],
)
def test_a25_a_drawing_with_a_document_type_is_refused_by_name(svg: bytes) -> None:
    document = print_page(page('<img alt="x" src="x.svg">', files={"x.svg": svg}))

    (finding,) = document.findings
    assert (str(finding.place), finding.rule) == ("x.svg", "assets.dtd")
    assert socket.gethostname() not in words_of(document.pdf).split()


def test_a25_the_bare_document_type_of_drawing_programs_is_let_pass() -> None:
    line = b'<?xml version="1.0"?>\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">\n'

    assert print_page(page('<img alt="x" src="x.svg">', files={"x.svg": line + CHART.replace(b"2022", b"Trade")})).findings == ()


# --- A14, A15, A16: size --------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("body", ["<div>" * 150, "<div>" * 500, "<div>" * 5000, "<b>" * 3000, "<ul><li>" * 100])
def test_a14_deep_nesting_is_a_clear_error(body: str) -> None:
    with pytest.raises(RenderError, match="nested more than 100 deep") as caught:
        print_page(page(f"{body}deep text"))

    assert caught.value.hint


def test_a14_the_child_lives_and_says_the_same(printer: Child) -> None:
    with pytest.raises(RenderError, match="nested more than 100 deep"):
        printer.run("generator.pdf:print_page", page("<div>" * 5000))

    assert printer.run("generator.pdf:print_page", PAGE).findings == ()


def test_a14_ninety_levels_are_printed() -> None:
    assert "deep text" in words_of(print_page(page("<div>" * 90 + "deep text")).pdf)


@pytest.mark.slow
@pytest.mark.parametrize("rows", [2001, 4000, 20000])
def test_a15_a_huge_table_is_refused_with_its_rows_before_it_is_laid_out(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    import weasyprint

    monkeypatch.setattr(weasyprint.HTML, "render", None)

    with pytest.raises(RenderError, match=f"a table of {rows} rows") as caught:
        print_page(page("<table><tr><td>Trade by port</td></tr>" + "<tr><td>1</td></tr>" * (rows - 1) + "</table>"))

    assert "2000 rows" in caught.value.hint
    assert "Trade by port" in caught.value.message


BOMBS = {
    "var": page(head="<style>p {--a0: x;" + "".join(f"--a{n}: {f'var(--a{n - 1}) ' * 10};" for n in range(1, 9)) + "font-family: var(--a8)}</style>",
                body="<p>x</p>"),
    "use": page('<img alt="x" src="u.svg">', files={"u.svg": b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><defs><g id="g0"><rect width="1" height="1"/></g>'
                + b"".join(b'<g id="g%d"><use href="#g%d"/><use href="#g%d"/></g>' % (n, n - 1, n - 1) for n in range(1, 24)) + b'</defs><use href="#g23"/></svg>'}),
    "flex": page('<div style="display:flex">' * 40 + "x"),
    "memory": page('<div style="columns: 100000000">x</div>' + "<p style='letter-spacing: 1px'>" + "word " * 900000),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BOMBS)
def test_a16_a_bomb_ends_at_a_limit_that_is_named_and_hurts_nobody(small_printer: Child, name: str) -> None:
    pid = small_printer.pid

    def explode() -> None:
        with pytest.raises(LimitError, match=r"generator\.pdf:print_page needed more than") as caught:
            small_printer.run("generator.pdf:print_page", BOMBS[name])
        assert "[limits] of briefing.toml" in caught.value.hint

    assert kilobytes_more(explode) < 50_000
    assert small_printer.run("operator:add", 1, 1) == 2
    assert small_printer.pid == pid


@pytest.mark.parametrize("cell", ['<td colspan="100000000">', "<td colspan=99999999999999999999>", '<td rowspan="1001">'])
def test_a16_a_cell_that_spans_millions_is_refused(cell: str) -> None:
    with pytest.raises(RenderError, match="span="):
        print_page(page(f"<table><tr>{cell}x</td></tr></table>"))


# --- A17, A18, A19: what ends up in the PDF -------------------------------------------------------


def test_a17_smuggled_elements_change_no_metadata_and_add_no_file_and_no_form() -> None:
    body = (
        '<meta name="author" content="Evil Corp"><meta name="dcterms.created" content="1999-01-01">'
        '<link rel="attachment" href="data:text/plain,evil"><form><input name="q" value="typed" style="appearance: auto"></form>'
        '<base href="http://evil.example/"><title>Evil title</title>'
    )

    document = print_page(page(body))

    assert rules(document.findings, "error") == {"pdf.attachment", "pdf.element"}
    assert attachments(document) == ["facts.csv", "series.json"]
    with pikepdf.open(BytesIO(document.pdf)) as opened:
        assert (str(opened.docinfo.Author), str(opened.docinfo.Title)) == (PAGE.author, PAGE.title)
        assert str(opened.docinfo.CreationDate) == "D:20261122000000Z"
        assert "/AcroForm" not in opened.Root
    assert "Evil" not in text_of(document.pdf)


@pytest.mark.parametrize(
    "href", ["javascript:app.alert(1)", "JaVaScRiPt:1", " javascript:1", "java\nscript:1", "file:///etc/passwd", "data:text/html,x",
             "page2.html", "/srv/x", "//evil.example/x", "vbscript:1", "ftp://example.org/"],
)
def test_a18_a19_other_links_become_plain_text_and_an_error(href: str) -> None:
    document = print_page(page(f'<p><a href="{href}">the words stay</a></p>'))

    assert addresses(document) == []
    assert "the words stay" in words_of(document.pdf)
    assert rules(document.findings, "error") == {"pdf.link"}


def test_a18_web_and_mail_addresses_stay_links() -> None:
    document = print_page(page('<p><a href="https://example.org/a?b=c#d">a</a> <a href="mailto:x@example.org">b</a> <a href="HTTP://example.org">c</a></p>'))

    assert document.findings == ()
    assert addresses(document) == ["https://example.org/a?b=c#d", "mailto:x@example.org", "HTTP://example.org"]


def test_a19_no_path_no_host_and_no_private_address_is_in_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "srv" / "secret" / "tpl"
    secret.mkdir(parents=True)
    monkeypatch.chdir(secret)

    everything = text_of(print_page(PAGE).pdf)

    assert "Bureau of Examples" in everything
    for word in ("secret", "file:", "briefing:/", str(tmp_path), str(Path.home()) + "/", "/usr/", "/work/"):
        assert word not in everything
    assert inspect(print_page(PAGE), PAGE) == ()


# --- A20, A22: characters -------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["html", "title", "author", "subject", "language", "program"])
@pytest.mark.parametrize("character", ["\ud800", "\x00", "\x1b", "\x0b", "\ufffe", "\x7f"])
def test_a20_a_character_no_page_can_show_is_refused_with_its_place(field: str, character: str) -> None:
    with pytest.raises(RenderError, match=f"U\\+{ord(character):04X}") as caught:
        print_page(replace(PAGE, **{field: f"one\ntwo {character}"}))

    assert caught.value.where == f"the page, {field}:2:5"


def test_a20_the_child_says_the_same_and_lives(printer: Child) -> None:
    with pytest.raises(RenderError, match=r"U\+D800"):
        printer.run("generator.pdf:print_page", page("<p>\ud800</p>"))

    assert printer.run("generator.pdf:print_page", PAGE).pages == 1


# --- A31, A32, A33, A35 ---------------------------------------------------------------------------


def test_a31_no_error_of_the_printer_escapes_our_tree(printer: Child) -> None:
    with pytest.raises(BriefingError, match="FatalURLFetchingError"):
        printer.run("builtins:exec", "from weasyprint.urls import FatalURLFetchingError as F\nraise F('x')")
    with pytest.raises(BriefingError):
        printer.run("generator.pdf:print_page", None)

    assert printer.run("generator.pdf:print_page", PAGE).pages == 1


@pytest.mark.slow
def test_a34_pages_printed_at_once_hold_only_their_own_text(printer: Child) -> None:
    from concurrent.futures import ThreadPoolExecutor
    from threading import Barrier

    names, begun = [f"Word{number}end" for number in range(12)], Barrier(4, timeout=300)

    def printed(name: str) -> Document:
        def late() -> dict[str, bytes]:
            begun.wait()  # a job has begun and waits for this: four are under way, or none goes on
            return {"late.png": png()}

        document: Document = printer.run("generator.pdf:print_page", page(f'<p>{name}</p><img alt="x" src="late.png">'), later=late)
        return document

    with ThreadPoolExecutor(4) as pool:
        documents = list(pool.map(printed, names))

    for name, document in zip(names, documents, strict=True):
        assert [other for other in names if other in words_of(document.pdf)] == [name]


def test_a35_proxies_and_rc_files_steer_nothing(canary: Canary, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, canary.url())
    (tmp_path / "matplotlibrc").write_text("text.usetex: True")
    monkeypatch.chdir(tmp_path)
    urllib.request.build_opener().open("http://does-not-exist.invalid/").close()  # the proxy answers
    assert canary.hits
    canary.hits.clear()

    with Child(["generator.pdf"], state=tmp_path / "state", limits=Limits()) as child:
        document = child.run("generator.pdf:print_page", page('<img alt="x" src="http://does-not-exist.invalid/">'))

    assert canary.hits == []
    assert document.pdf == print_page(page('<img alt="x" src="http://does-not-exist.invalid/">')).pdf
