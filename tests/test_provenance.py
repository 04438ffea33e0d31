"""Provenance: what a document says of itself, its language, its id and its file's name."""

from __future__ import annotations

from datetime import date

import pytest

from generator.model import Extract
from generator.provenance import Description, describe, file_name, language_of, slug

ENGLISH = "The volume of trade in goods rose to 5 billion in the year, with growth of 33 percent on the year before."


@pytest.mark.parametrize(
    ("text", "declared", "language"),
    [
        (ENGLISH, "", "en"),
        (ENGLISH, "en", "en"),
        ("据中方统计，2022年双边贸易额达50.8亿美元。", "en", "zh"),
        ("2022年の貿易額は50.8億ドルに達し、前年比33%増となった。", "", "ja"),
        ("В 2022 году товарооборот составил 5,08 млрд долларов.", "en", "ru"),
        ("У 2022 годзе тавараабарот склаў 5,08 млрд долараў, паведаміў намеснік, што ўзначальвае ўправу.", "", "be"),
        ("У 2022 році товарообіг склав 5,08 млрд доларів, повідомила її речниця.", "", "uk"),
        ("Товарооборот.", "be", "be"),
        ("Der Handel stieg im Jahr auf 5 Milliarden, und die Ausfuhr wurde mit der Zeit zu dem, was sie ist.", "", "de"),
        ("Les échanges ont atteint 5 milliards dans le pays, et la hausse est due aux exportations des deux.", "", "fr"),
        ("Kauppa kasvoi viiteen miljardiin.", "fi", "fi"),
        ("Kauppa kasvoi viiteen miljardiin.", "", ""),
        ("107 218", "", ""),
    ],
)  # fmt: skip
def test_a_language_is_told_by_letters_and_words(text: str, declared: str, language: str) -> None:
    assert language_of(Extract(text, "text", language=declared)) == language


@pytest.mark.parametrize(
    ("text", "said", "published"),
    [
        ("Title\n\nMinsk, 4 November 2022. Trade rose.", "", "2022-11-04"),
        ("Title\n\nTrade rose in 2022.", "", ""),
        ("Title\n\n4 November 2022", "2022-12", "2022-12"),
        ("Title\n\n4 November 2030. Plans.", "", ""),
        ("Title\n\n4 November 2022", "2030-01-01", "2022-11-04"),
        ("Title\n\n4 November 2022", "2022-13-01", "2022-11-04"),
    ],
)
def test_the_day_of_publication_is_never_in_the_future(text: str, said: str, published: str) -> None:
    extract = Extract(text, "text", published=said, language="en")

    assert describe(extract, "a.txt", "0" * 64, Description(), date(2026, 11, 22), (), web=False).published == published


@pytest.mark.parametrize(
    ("title", "document", "published", "taken", "id_"),
    [
        ("Trade grew fast", "x.txt", "2023-05-04", (), "TRADE_GREW_FAST_2023"),
        ("Report for 2022", "x.txt", "2023-05-04", (), "REPORT_FOR_2022"),
        ("白俄罗斯与中国", "news_item.html", "2023", (), "NEWS_ITEM_2023"),
        ("白俄罗斯与中国 5G", "001_9a.txt", "", (), "DOC_00000000"),
        ("Trade grew fast", "x.txt", "", ("trade_grew_fast", "TRADE_GREW_FAST_2"), "TRADE_GREW_FAST_3"),
        ("Économie: l'été à Genève", "x.txt", "", (), "ECONOMIE_L_ETE_A_GENEVE"),
    ],
)  # fmt: skip
def test_an_id_is_made_from_title_or_name_and_is_free(
    title: str, document: str, published: str, taken: tuple[str, ...], id_: str
) -> None:
    extract = Extract("text of it", "text", title=title, published=published, language="en")

    assert describe(extract, document, "0" * 64, Description(), date(2026, 11, 22), taken, web=False).id == id_


def test_a_long_first_line_is_no_title() -> None:
    source = describe(
        Extract(f"{ENGLISH} {ENGLISH}", "text"), "a.txt", "0" * 64, Description(), date(2026, 11, 22), (), web=False
    )

    assert (source.title, source.producer) == ("[a.txt]", "[not stated]")


@pytest.mark.parametrize(
    ("origin", "media", "kind", "name"),
    [
        ("report.txt", "", "text", "report.txt"),
        ("My Report (final).PDF", "", "pdf", "My-Report-final.pdf"),
        ("отчёт за 2022.docx", "", "docx", "отчёт-за-2022.docx"),
        ("download", "", "pdf", "download.pdf"),
        ("-rf", "", "text", "rf.txt"),
        (".hidden", "", "text", "hidden.txt"),
        ("https://x.example/news/a%20b.html?x=1", "text/html", "html", "a-b.html"),
        ("https://x.example/get.php?id=7", "application/pdf", "pdf", "get.pdf"),
        ("https://x.example/", "text/html", "html", "x-example.html"),
        ("https://x.example/..%2f..%2fetc/passwd", "text/plain", "text", "passwd.txt"),
        ("a" * 300 + ".txt", "", "text", "a" * 100 + ".txt"),
    ],
)
def test_a_file_name_is_safe_and_ends_as_its_content_is(origin: str, media: str, kind: str, name: str) -> None:
    assert file_name(origin, media, kind) == name


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Trade, 2022!", "Trade-2022"), ("贸易 WTO", ""), ("", ""), ("2022", ""), ("Yıllık, Łódź", "Yillik-Lodz")],
)
def test_a_slug_has_latin_letters_or_is_none(text: str, expected: str) -> None:
    assert slug(text) == expected
