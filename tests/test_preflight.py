"""Inspection: a PDF that is cut, unmarked, active, talkative or mute is refused, with page and cure."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pikepdf
import pytest
from effort import calls_in
from pages import PAGE, page
from pikepdf import Array, Dictionary, Name

from generator.model import Finding
from generator.page import Attached, Document
from generator.pdf import print_page
from generator.preflight import inspect

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="module")
def printed() -> Document:
    return print_page(PAGE)


def harmed(document: Document, change: Callable[[pikepdf.Pdf], Any], **options: Any) -> tuple[Finding, ...]:
    """Return what the inspection says after `change` has been at the document."""
    out = BytesIO()
    with pikepdf.open(BytesIO(document.pdf)) as opened:
        change(opened)
        opened.save(out, **options)
    return inspect(replace(document, pdf=out.getvalue()), PAGE)


def rules(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.rule.removeprefix("preflight.") for finding in findings]


def test_a_printed_page_is_passed(printed: Document) -> None:
    assert inspect(printed, PAGE) == ()


def test_a_file_saved_again_by_another_program_is_passed(printed: Document) -> None:
    assert harmed(printed, lambda _: None) == ()
    assert harmed(printed, lambda _: None, object_stream_mode=pikepdf.ObjectStreamMode.disable, compress_streams=False) == ()


@pytest.mark.parametrize("length", [0, 8, 1000, -1000, -30, -8, -2])
def test_a_cut_file_is_refused(printed: Document, length: int) -> None:  # A33
    findings = inspect(replace(printed, pdf=printed.pdf[:length]), PAGE)

    assert rules(findings) == ["cut"]


def test_a_file_without_its_middle_is_refused(printed: Document) -> None:  # A33
    data = printed.pdf[:2000] + b"\0" * 3000 + printed.pdf[5000:]

    assert inspect(replace(printed, pdf=data), PAGE) != ()


@pytest.mark.parametrize("data", [b"<html></html>", b"%PDF-1.7\nstartxref\n5\n%%EOF\n", b"%PDF-1.7\nstartxref\n999999\n%%EOF"])
def test_what_is_no_pdf_is_refused(printed: Document, data: bytes) -> None:
    assert rules(inspect(replace(printed, pdf=data), PAGE)) in (["cut"], ["damaged"])


def meta(opened: pikepdf.Pdf, old: bytes, new: bytes) -> None:
    packet = bytes(opened.Root.Metadata.read_bytes())
    assert old in packet
    opened.Root.Metadata = opened.make_stream(packet.replace(old, new), Type=Name.Metadata, Subtype=Name.XML)


def add_link(opened: pikepdf.Pdf, **action: Any) -> None:
    link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 1, 1]), A=Dictionary(**action))
    opened.pages[0].Annots.append(opened.make_indirect(link))


def fonts(opened: pikepdf.Pdf) -> list[Any]:
    return list(opened.pages[0].Resources.Font.values())


def unembed(opened: pikepdf.Pdf) -> None:
    descriptor = fonts(opened)[0].DescendantFonts[0].FontDescriptor
    for name in {"/FontFile2", "/FontFile3"} & set(descriptor.keys()):
        del descriptor[name]


def annotate(opened: pikepdf.Pdf) -> None:
    opened.pages[0].Annots.append(opened.make_indirect(Dictionary(Type=Name.Annot, Subtype=Name.FileAttachment)))


HARM: dict[str, tuple[str, Callable[[pikepdf.Pdf], Any]]] = {
    "no PDF/A mark": ("pdfa", lambda o: meta(o, b'pdfaid:part="3"', b'pdfaid:part="1"')),
    "lower PDF/A level": ("pdfa", lambda o: meta(o, b'conformance="A"', b'conformance="B"')),
    "no PDF/UA mark": ("pdfua", lambda o: meta(o, b'pdfuaid:part="1"', b"")),
    "another title": ("title", lambda o: meta(o, b"Trade \xe2\x80\x94", b"Other \xe2\x80\x94")),
    "another date in XMP": ("date", lambda o: meta(o, b"ModifyDate>2026-11-22", b"ModifyDate>2026-11-23")),
    "another date in Info": ("date", lambda o: o.docinfo.__setitem__("/ModDate", "D:20261123000000Z")),
    "no tags": ("tagged", lambda o: o.Root.__delitem__("/StructTreeRoot")),
    "not marked": ("tagged", lambda o: o.Root.MarkInfo.__setitem__("/Marked", bool(0))),
    "no language": ("language", lambda o: o.Root.__delitem__("/Lang")),
    "another language": ("language", lambda o: o.Root.__setitem__("/Lang", "zh")),
    "title not shown": ("title-shown", lambda o: o.Root.__delitem__("/ViewerPreferences")),
    "no bookmarks": ("bookmarks", lambda o: o.Root.__delitem__("/Outlines")),
    "a form": ("form", lambda o: o.Root.__setitem__("/AcroForm", Dictionary(Fields=Array()))),
    "a script at opening": ("action", lambda o: o.Root.__setitem__("/OpenAction", Dictionary(S=Name.JavaScript, JS="x"))),
    "a named script": ("script", lambda o: o.Root.Names.__setitem__("/JavaScript", Dictionary(Names=Array()))),
    "a launch": ("action", lambda o: add_link(o, S=Name.Launch, F="cmd")),
    "a script behind a link": ("action", lambda o: add_link(o, S=Name.JavaScript, JS="x")),
    "an action after a link": ("action", lambda o: add_link(o, S=Name.URI, URI="https://a.b", Next=Dictionary(S=Name.Named))),
    "an action on a page": ("action", lambda o: o.pages[0].__setitem__("/AA", Dictionary())),
    "a link to a script": ("address", lambda o: add_link(o, S=Name.URI, URI="javascript:alert(1)")),
    "a relative link": ("address", lambda o: add_link(o, S=Name.URI, URI="page2.html")),
    "an annotation that is no link": ("annotation", annotate),
    "an undeclared attachment": ("attachment", lambda o: o.attachments.__setitem__("x.exe", b"MZ")),
    "a missing attachment": ("attachment", lambda o: o.attachments.__delitem__("facts.csv")),
    "a font left out": ("font", unembed),
    "glyphs without characters": ("unreadable", lambda o: fonts(o)[0].__delitem__("/ToUnicode")),
    "an empty page": ("no-text", lambda o: o.add_blank_page()),
    "a path in a string": ("path", lambda o: o.docinfo.__setitem__("/Keywords", "from /srv/secret/page.html")),
    "a path in two bytes": ("path", lambda o: o.docinfo.__setitem__("/Keywords", "\u4e2d /home/anna/x")),
    "a path in XMP": ("path", lambda o: meta(o, b"</rdf:RDF>", b"<!-- file:///etc/x --></rdf:RDF>")),
    "a path in Windows' form": ("path", lambda o: o.docinfo.__setitem__("/Keywords", "C:\\Users\\anna")),
}


@pytest.mark.parametrize("name", HARM)
def test_it_is_refused(printed: Document, name: str) -> None:
    rule, change = HARM[name]

    findings = harmed(printed, change)

    assert rules(findings) == [rule]
    assert all(finding.cure and finding.expected and finding.severity == "error" for finding in findings)


def test_the_page_is_named(printed: Document) -> None:
    (finding,) = harmed(printed, lambda opened: opened.add_blank_page())

    assert str(finding.place) == "the PDF, page 2"


def test_encryption_is_refused_with_and_without_a_password(printed: Document) -> None:
    open_to_all = harmed(printed, lambda _: None, encryption=pikepdf.Encryption(owner="o", user=""))
    locked = harmed(printed, lambda _: None, encryption=pikepdf.Encryption(owner="o", user="u"))

    assert "encrypted" in rules(open_to_all)
    assert rules(locked) == ["encrypted"]


def test_other_bytes_in_an_attachment_are_refused(printed: Document) -> None:
    declared = replace(PAGE, attached=(PAGE.attached[0], Attached("facts.csv", b"id\n2\n", "text/csv", "Facts")))

    assert rules(inspect(printed, declared)) == ["attachment"]


def test_a_file_without_pages_is_refused(printed: Document) -> None:
    assert "pages" in rules(harmed(printed, lambda opened: opened.pages.__delitem__(slice(None))))


def test_several_faults_are_reported_at_once(printed: Document) -> None:
    def change(opened: pikepdf.Pdf) -> None:
        del opened.Root["/Lang"]
        add_link(opened, S=Name.Launch)
        opened.add_blank_page()

    assert rules(harmed(printed, change)) == ["language", "action", "no-text"]


@pytest.mark.parametrize("text", ["https://example.org/home/x", "and/or/tmp", "a 5/6/7 b", "https://example.org/a/tmp/b", "1 : 2"])
def test_an_address_or_a_slash_is_no_path(printed: Document, text: str) -> None:
    assert harmed(printed, lambda opened: opened.docinfo.__setitem__("/Keywords", text)) == ()


def test_text_inside_a_chart_counts_as_text() -> None:
    alone = page('<p><img src="charts/trade.svg" alt="C"></p>')
    only_chart = replace(alone, html=alone.html.replace("<h1>T</h1>", ""))

    assert "no-text" not in rules(inspect(print_page(only_chart), only_chart))


def test_a_page_more_is_a_page_more_to_inspect() -> None:
    def effort(pages: int) -> int:
        long = page("".join(f"<h2>S{number}</h2>" + "<p>Words and more words stand here.</p>" * 40 for number in range(pages)))
        document = print_page(long)
        assert document.pages >= pages
        return calls_in(lambda: inspect(document, long))

    assert effort(20) <= 11 * effort(2)


def into_drawing(opened: pikepdf.Pdf, depth: int = 1) -> None:
    """Move the page's content into a drawing (in a drawing ...) that the page places."""
    first = opened.pages[0]
    content, resources = bytes(first.Contents.read_bytes()), first.Resources
    for _ in range(depth):
        drawing = opened.make_stream(content, Type=Name.XObject, Subtype=Name.Form, BBox=first.MediaBox, Resources=resources)
        content, resources = b"q /D0 Do /Gone Do Q", Dictionary(XObject=Dictionary(D0=opened.make_indirect(drawing)))
    first.Contents, first.Resources = opened.make_stream(content), resources


def test_text_in_a_drawing_that_the_page_places_counts_as_text(printed: Document) -> None:
    assert harmed(printed, into_drawing) == ()
    assert harmed(printed, lambda opened: into_drawing(opened, 3)) == ()


def test_text_in_a_drawing_that_no_page_places_does_not_count(printed: Document) -> None:
    def change(opened: pikepdf.Pdf) -> None:
        into_drawing(opened)
        opened.pages[0].Contents = opened.make_stream(b"q Q")

    assert rules(harmed(printed, change)) == ["no-text"]


def test_a_font_left_out_inside_a_drawing_is_found(printed: Document) -> None:
    def change(opened: pikepdf.Pdf) -> None:
        unembed(opened)
        into_drawing(opened)

    assert rules(harmed(printed, change)) == ["font"]


def test_a_drawing_that_places_itself_ends(printed: Document) -> None:
    def change(opened: pikepdf.Pdf) -> None:
        into_drawing(opened)
        drawing = opened.pages[0].Resources.XObject.D0
        drawing.write(b"/D0 Do")
        drawing.Resources = Dictionary(XObject=Dictionary(D0=drawing))

    assert rules(harmed(printed, change)) == ["no-text"]


def test_resources_of_the_node_above_the_pages_are_seen(printed: Document) -> None:
    def change(opened: pikepdf.Pdf) -> None:
        unembed(opened)
        opened.Root.Pages.Resources = opened.pages[0].Resources
        del opened.pages[0].obj["/Resources"]

    assert rules(harmed(printed, change)) == ["font"]


def test_a_font_with_an_empty_table_of_characters_is_refused(printed: Document) -> None:
    def change(opened: pikepdf.Pdf) -> None:
        fonts(opened)[0].ToUnicode = opened.make_stream(b"begincmap endcmap")

    assert rules(harmed(printed, change)) == ["unreadable"]


def test_a_path_in_hexadecimal_is_found(printed: Document) -> None:
    out = printed.pdf.replace(b"startxref", b"<2F73 72762F736563726574> \nstartxref", 1)

    assert rules(inspect(replace(printed, pdf=out), PAGE)) == ["path"]
