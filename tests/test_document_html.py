"""Web pages: what a reader sees, tables with their cells apart, what the page says of itself."""

from __future__ import annotations

import pytest

from generator.document_html import read
from generator.errors import DocumentError

NEWS = """<!DOCTYPE html><html lang="ru-BY"><head><meta charset="windows-1251"><title>Торговля | Новости</title>
<meta property="og:title" content="Товарооборот вырос"><meta property="og:site_name" content="Агентство">
<meta property="article:published_time" content="2023-03-01T10:00:00+03:00"><style>p { width: 77px }</style>
<script>var shown = 99;</script></head><body><nav><a href="/">Главная</a> 12 тем</nav>
<header><a href="/a">Курс 3,20</a><a href="/b">Погода</a></header><article><h1>Товарооборот вырос</h1>
<p>В 2022&nbsp;году он составил <b>5,08</b>&nbsp;млрд долларов<sup>1</sup>,<br>на 3<span>3</span>% больше.</p>
<p style="display: none">скрыто 55</p><!-- 66 --><ul><li>107 компаний</li><li>40 проектов</li></ul></article>
<footer>&copy; 2024</footer></body></html>"""


def text(body: str) -> str:
    return read(f"<html><body>{body}</body></html>".encode(), "page.html").text


def test_a_page_is_read_as_a_reader_sees_it() -> None:
    page = read(NEWS.encode("cp1251"), "news.html")

    assert page.text.splitlines() == [
        "Курс 3,20 Погода", "Товарооборот вырос", "В 2022\u00a0году он составил 5,08\u00a0млрд долларов1,",
        "на 33% больше.", "107 компаний", "40 проектов", "© 2024",
    ]  # fmt: skip
    assert (page.encoding, page.kind, page.notes) == ("windows-1251", "html", ())


def test_the_article_of_a_page_is_known() -> None:
    page = read(NEWS.encode("cp1251"), "news.html")

    assert page.main is not None
    assert page.text[slice(*page.main)].splitlines()[:1] == ["Товарооборот вырос"]
    assert page.text[slice(*page.main)].splitlines()[-1:] == ["40 проектов"]


def test_a_page_with_several_articles_has_no_main_one() -> None:
    assert read(b"<html><article>a 1</article><article>b 2</article></html>", "x.html").main is None


def test_what_a_page_says_of_itself_is_kept() -> None:
    page = read(NEWS.encode("cp1251"), "news.html")

    assert (page.title, page.producer, page.published, page.language) == ("Товарооборот вырос", "Агентство", "2023-03-01", "ru")


@pytest.mark.parametrize(
    ("head", "field", "expected"),
    [
        ("<title>A &amp; B</title>", "title", "A & B"),
        ('<script type="application/ld+json">{"@graph": [{"headline": "H"}]}</script>', "title", "H"),
        ('<script type="application/ld+json">[{"publisher": {"name": "P"}}]</script>', "producer", "P"),
        ('<script type="application/ld+json">{broken</script><meta name="author" content="A">', "producer", "A"),
        ('<script type="application/ld+json">{"datePublished": "2022-05-04T01:02"}</script>', "published", "2022-05-04"),
        ('<meta name="date" content="04.05.2022"><meta name="dc.date" content="2022-05">', "published", "2022-05"),
        ('<meta name="date" content="soon">', "published", ""),
        ('<meta http-equiv="content-language" name="content-language" content="be">', "language", "be"),
    ],
)  # fmt: skip
def test_titles_producers_and_dates_are_found_where_pages_put_them(head: str, field: str, expected: str) -> None:
    assert getattr(read(f"<html><head>{head}</head><body>x</body></html>".encode(), "x.html"), field) == expected


def test_the_numbers_of_neighbouring_cells_never_join() -> None:
    table = (
        "<table><caption>Торговля</caption><tr><th>Год<th>Экспорт<th>Импорт<tr><td>2021<td>12 345<td>678 901"
        "<tr><td><p>2022</p></td><td></td><td>890<br>900</td><tr><td colspan=2>1<td>2</table>"
    )

    lines = text(table).splitlines()

    assert lines == ["Торговля", "Год\tЭкспорт\tИмпорт", "2021\t12 345\t678 901", "2022\t\t890", "900", "1\t\t2"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("5.08<sup>2</sup> billion", "5.08 2 billion"),
        ("33%<sup>3</sup>", "33% 3"),
        ("91 km<sup>2</sup>", "91 km2"),
        ('billion<sup><a href="#n">4</a></sup>', "billion 4"),
        ("<b>1</b>2", "12"),
        ("<a>12</a><a>345</a>", "12 345"),
        ('<span style="display:inline-block">12</span><span style="display:inline-block">345</span>', "12\t345"),
        ("<div>12</div><div>345</div>", "12\n345"),
        ("<dl><dt>Area</dt><dd>91</dd></dl>", "Area\n91"),
        ("a<br><br>b", "a\nb"),
        ("<pre>a  1\n b</pre>", "a  1\n b"),
        ("  many \n\t spaces  ", "many spaces"),
        ("infra&shy;structure", "infrastructure"),
        ("&#0;&nosuch; &#x1F600;", "\ufffd&nosuch; 😀"),
        ("<p>unclosed <b>5", "unclosed 5"),
        ("<svg><title>t 1</title><text>9</text><text>8</text></svg>", "9\n8"),
        ("<select><option>1999</select><button>1998</button>x", "x"),
        ('<div hidden>7</div><div role="navigation">8</div><dialog>9</dialog>x', "x"),
    ],
)  # fmt: skip
def test_pieces_of_a_page(body: str, expected: str) -> None:
    assert text(body).strip("\n") == expected


def test_a_declaration_of_entities_is_no_bomb() -> None:
    bomb = '<!DOCTYPE h [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><html><body><p>&b;&b; 5</p></body></html>'

    assert len(read(bomb.encode(), "x.html").text) < 40


def test_a_page_that_the_parser_cuts_off_is_refused() -> None:
    with pytest.raises(DocumentError, match=r"x\.html: error: it is cut off in line 1: Excessive depth.*save its text"):
        read(b"<div>" * 100_000 + b"the end: 5", "x.html")


def test_the_servers_word_goes_before_the_pages() -> None:
    page = NEWS.replace("windows-1251", "utf-8").encode("cp1251")

    assert "долларов" in read(page, "x.html", named="windows-1251").text
    with pytest.raises(DocumentError, match=r"\[document.encoding\]"):
        read(page, "x.html")


def test_a_declared_encoding_goes_before_all_others() -> None:
    assert "долларов" in read(NEWS.encode("koi8-r"), "x.html", encoding="koi8-r").text
