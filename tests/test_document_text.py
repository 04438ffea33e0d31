"""Plain text of documents: many encodings, and never mojibake in silence."""

from __future__ import annotations

import os

import pytest

from generator.document_text import EncodingError, clean, decode, garbled, guess, sample

RUSSIAN = "В 2022 году товарооборот составил 5,08 млрд долларов США, увеличившись на 33% по сравнению с предыдущим годом."
CHINESE = "据中方统计，2022年双边贸易额达50.8亿美元，同比增长33%。园区入驻企业达到107家，意向投资额超过13亿美元。"
BELARUSIAN = "У 2022 годзе тавараабарот склаў 5,08 млрд долараў ЗША, павялічыўшыся на 33%."
FRENCH = "Les échanges ont atteint 5,08 milliards de dollars en 2022, soit une hausse de 33 %. Le siège est à Genève."
JAPANESE = "2022年の貿易額は50.8億ドルに達し、前年比33%増となった。企業数は107社。"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (RUSSIAN.encode(), "utf-8"),
        (CHINESE.encode("utf-8-sig"), "utf-8"),
        (RUSSIAN.encode("utf-16"), "utf-16le"),
        (b"\xfe\xff" + CHINESE.encode("utf-16-be"), "utf-16be"),
    ],
)
def test_utf_8_and_marked_text_needs_no_declaration(data: bytes, encoding: str) -> None:
    assert decode(data) == decode(data, "windows-1251" if data[:1] > b"\xe0" else "")
    assert (decode(data).encoding, decode(data).text in (RUSSIAN, CHINESE)) == (encoding, True)


@pytest.mark.parametrize(
    ("text", "codec", "label"),
    [
        (RUSSIAN, "cp1251", "windows-1251"),
        (RUSSIAN, "koi8-r", "koi8-r"),
        (RUSSIAN, "cp866", "ibm866"),
        (BELARUSIAN, "cp1251", "windows-1251"),
        (CHINESE, "gb18030", "gb18030"),
        (CHINESE, "gbk", "gb18030"),
        (CHINESE, "utf-16-le", "utf-16le"),
        (CHINESE.translate(str.maketrans("据统计边贸额亿园驻业达", "據統計邊貿額億園駐業達")), "big5", "big5"),
        (FRENCH, "cp1252", "windows-1252"),
        (JAPANESE, "shift_jis", "shift_jis"),
    ],
)
def test_another_encoding_is_refused_with_a_guess_that_reads_it(text: str, codec: str, label: str) -> None:
    data = text.encode(codec, "ignore")

    with pytest.raises(EncodingError) as caught:
        decode(data)

    assert guess(data) == label
    assert f"it looks like {label}: '" in caught.value.found
    assert sample(data.decode(codec)) in caught.value.found
    assert f'encoding = "{label}"' in caught.value.cure
    assert decode(data, label).text == data.decode(codec)


@pytest.mark.parametrize("label", ["gb2312", "GBK", "gb18030"])
def test_every_name_of_chinese_reads_all_of_it(label: str) -> None:
    rare = "龦䶮"

    assert decode((CHINESE + rare).encode("gb18030"), label).text == CHINESE + rare


@pytest.mark.parametrize(
    ("text", "codec", "named"),
    [
        (RUSSIAN, "utf-8", "windows-1251"),
        (RUSSIAN, "cp1251", "iso-8859-1"),
        (RUSSIAN, "cp1251", "koi8-r"),
        (RUSSIAN, "koi8-r", "windows-1251"),
        (CHINESE, "gbk", "windows-1252"),
        (CHINESE, "gbk", "big5"),
        (CHINESE, "utf-8", "gbk"),
        (JAPANESE, "shift_jis", "gb2312"),
    ],
)
def test_c02_what_a_page_wrongly_says_of_its_encoding_is_told(text: str, codec: str, named: str) -> None:
    with pytest.raises(EncodingError, match=r"it names|cannot be read as"):
        decode(text.encode(codec), named=named)


@pytest.mark.parametrize(
    ("text", "codec", "named"),
    [
        (RUSSIAN, "cp1251", "windows-1251"),
        (CHINESE, "gbk", "gb2312"),
        (FRENCH, "cp1252", "iso-8859-1"),
        (BELARUSIAN, "cp1251", "cp1251"),
        ("Only ASCII, 33%", "ascii", "koi8-r"),
        (RUSSIAN, "utf-8", "utf-8"),
    ],
)
def test_what_a_page_rightly_says_of_its_encoding_is_taken(text: str, codec: str, named: str) -> None:
    assert decode(text.encode(codec), named=named).text == text


def test_an_analysts_word_is_taken_against_appearances() -> None:
    assert decode(RUSSIAN.encode("koi8-r"), "windows-1251").text == RUSSIAN.encode("koi8-r").decode("cp1251")


@pytest.mark.parametrize("label", ["klingon", "utf-9", "replacement", "x-user-defined"])
def test_an_encoding_that_is_none_is_refused_with_names_that_are(label: str) -> None:
    with pytest.raises(EncodingError) as caught:
        decode(b"abc", label)

    assert (caught.value.found, "windows-1251" in caught.value.expected) == (f"encoding '{label}'", True)


@pytest.mark.parametrize("data", [os.urandom(3000), b"\x7fELF" + bytes(range(256)) * 9, b"abc\0def" * 9, bytes(99)])
def test_c01_binary_data_is_no_text(data: bytes) -> None:
    with pytest.raises(EncodingError, match=r"no text in any encoding|looks like|cannot be read"):
        decode(data)


def test_a_slip_is_counted_and_many_are_refused() -> None:
    slip = RUSSIAN.encode() * 20 + b"\xff"

    assert decode(slip, "utf-8").unreadable == 1
    with pytest.raises(EncodingError, match="9 characters of it cannot be read as utf-8"):
        decode(RUSSIAN.encode() + b"\xff" * 9, "utf-8")


@pytest.mark.parametrize(
    "text",
    [
        RUSSIAN.encode().decode("latin-1"),
        RUSSIAN.encode("cp1251").decode("latin-1"),
    ],
)
def test_c02_text_that_was_damaged_before_it_came_is_told(text: str) -> None:
    assert garbled(text)


@pytest.mark.parametrize("text", [RUSSIAN, CHINESE, BELARUSIAN, FRENCH, JAPANESE, "", "Größe: 5 km², Ærø, Łódź, São"])
def test_sound_text_of_any_language_is_not_suspected(text: str) -> None:
    assert garbled(text) == ""


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("infra\u00adstructure, 5\u200b0\ufeff", "infrastructure, 50"),
        ("co-\noperation of en-\n  terprises, here", "cooperation\nof enterprises,\nhere"),
        ("Baden-\nBaden", "Baden-\nBaden"),
        ("2021-\n2022", "2021-\n2022"),
        ("Экс\u2010\nпорт вырос", "Экспорт\nвырос"),
        ("cafe\u0301", "café"),
        ("a\x00b\x07c\u202ed\ufffe", "abcd"),
    ],
)
def test_text_is_cleaned_and_keeps_its_lines(raw: str, expected: str) -> None:
    assert clean(raw) == expected
