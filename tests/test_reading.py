"""Reading: TOML taken field by field, with the line of each key and every problem at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.reading import MAX_BYTES, Findings, Table, decode, did_you_mean, read_file, read_toml, toml_lines


def table(text: str) -> tuple[Table, Findings]:
    findings = Findings()
    read = read_toml(text, "x.toml", findings)
    assert read is not None, findings
    return read, findings


def test_every_table_key_and_element_has_its_line() -> None:
    text = 'a = 1\n[b]\nc = """\n[no.table]\nd = 2\n"""\n[[e]]\nlines = [\n  { f = 1 },\n  { f = 2 },\n]\n[[e]]\ng = 3\n'

    lines = toml_lines(text)

    assert lines[("a",)] == 1
    assert lines[("b", "c")] == 3
    assert ("no", "table") not in lines
    assert lines[("e", 0)] == 7
    assert lines[("e", 0, "lines", 1)] == 10
    assert lines[("e", 1, "g")] == 13


def test_a_missing_key_names_the_table_and_the_cure() -> None:
    read, findings = table('[[charts]]\nid = "x"\n[[charts]]\nid = "y"\n')

    read.tables("charts")[1].text("title")

    (finding,) = findings
    assert (str(finding.place), finding.found) == ("x.toml:3", "charts[1].title: is missing")


@pytest.mark.parametrize(
    ("text", "take", "found"),
    [
        ("title = 5\n", lambda read: read.text("title"), "title: 5"),
        ('title = "  "\n', lambda read: read.text("title"), "title: is empty"),
        ('n = "5"\n', lambda read: read.number("n"), "n: '5'"),
        ("n = true\n", lambda read: read.number("n"), "n: True"),
        ("f = 1\n", lambda read: read.flag("f", default=True), "f: 1"),
        ('l = "x"\n', lambda read: read.texts("l"), "l: 'x'"),
        ("l = [1]\n", lambda read: read.texts("l"), "l: [1]"),
        ("t = 1\n", lambda read: read.table("t"), "t: 1"),
        ("t = [1]\n", lambda read: read.tables("t"), "t: [1]"),
        ("t = 1\n", lambda read: read.named(), "t: 1"),
    ],
)
def test_a_value_of_another_type_is_refused(text: str, take: object, found: str) -> None:
    read, findings = table(text)

    take(read)  # type: ignore[operator]

    assert [finding.found for finding in findings] == [found]


def test_a_key_that_nobody_takes_is_unknown_and_gets_the_nearest() -> None:
    read, findings = table('titel = "x"\n')
    read.text("title", "")

    read.done()

    (finding,) = findings
    assert (finding.found, finding.cure) == ("titel: is unknown", "Did you mean 'title'?")


@pytest.mark.parametrize(("text", "line"), [('a = 1\n\n[[tabels]]\nid = "x"\n', 3), ("a = 1\n[unit.book]\none = 2\n", 2)])
def test_a_misspelt_table_is_told_with_the_line_of_its_head(text: str, line: int) -> None:
    findings = Findings()
    table = read_toml(text, "f.toml", findings)
    assert table is not None
    table.data.pop("a")

    table.done()

    assert [each.place.line for each in findings] == [line]


def test_a_call_where_none_is_answered_is_refused() -> None:
    read, findings = table('label = "Loans of {{ year(1) }}"\n')

    read.text("label")

    assert findings[0].found == "label: holds a call in {{ }}"


def test_toml_nested_without_end_is_a_finding() -> None:
    findings = Findings()

    assert read_toml("a=" + "[" * 60_000, "x.toml", findings) is None
    assert findings[0].rule == "toml.syntax"


@pytest.mark.parametrize("text", ["a = \n", "a = 1\na = 2\n", "[a]\n[a]\n", "a = 'x\n", "= 1\n"])
def test_broken_toml_is_told_with_its_line(text: str) -> None:
    findings = Findings()

    assert read_toml(text, "x.toml", findings) is None
    assert findings[0].rule == "toml.syntax"
    assert findings[0].place.line >= 1


def test_line_ends_and_byte_order_marks_make_no_difference() -> None:
    assert decode(b"\xef\xbb\xbfa\r\nb\rc\n", "x", Findings()) == "a\nb\nc\n"


def test_all_hostile_characters_are_named_at_once() -> None:
    findings = Findings()

    assert decode("a\x00\nb\u202e".encode(), "x", findings) is None
    assert [(finding.place.line, finding.found[-12:]) for finding in findings] == [(1, " in column 2"), (2, " in column 2")]


def test_a_file_over_the_limit_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "big").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    findings = Findings()

    assert read_file(tmp_path, "big", findings) is None
    assert findings[0].rule == "file.size"


def test_a_file_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    findings = Findings()

    assert read_file(tmp_path, "none", findings) is None
    assert findings[0].found == "No such file or directory"


def test_c23_a_file_that_grows_while_it_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    path = tmp_path / "data"
    path.write_bytes(b"one\n")
    real = os.fstat
    seen = []

    def growing(handle: int) -> os.stat_result:
        status = real(handle)
        seen.append(status.st_size)
        with path.open("ab") as file:
            file.write(b"more\n")
        return status

    monkeypatch.setattr(os, "fstat", growing)
    findings = Findings()

    assert read_file(tmp_path, "data", findings) is None
    assert (findings[0].rule, len(seen)) == ("file.torn", 2)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("title = 'a'\ntitle = 'b'\n", 2, "Cannot overwrite a value"),
        ("[serve]\n[mail]\n[serve]\n", 3, "Cannot declare ('serve',) twice"),
        ("a.b = 1\n[a]\nb = 2\n", 2, "Cannot declare ('a',) twice"),
        ("x = !!python/object/apply:os.system ['true']\n", 1, "Invalid value"),
        ("a: &a ['x']\nb: &b [*a, *a]\n", 1, "Expected '=' after a key"),
        ("x = " + "[" * 50_000, 1, "recursion"),
        ("x = " + "{a=" * 50_000, 1, "recursion"),
        ("x = " + "9" * 50_000 + "\n", 1, "50000 digits"),
    ],
    ids=["key twice", "table twice", "table over key", "python tag", "anchors", "deep lists", "deep tables", "long number"],
)
def test_g09_hostile_settings_are_an_error_with_their_line(text: str, line: int, said: str) -> None:
    findings = Findings()

    assert read_toml(text, "briefing.toml", findings) is None

    (finding,) = findings
    assert (finding.rule, finding.place.file, finding.place.line) == ("toml.syntax", "briefing.toml", line)
    assert said in finding.found


def test_the_nearest_choice_or_the_few_there_are() -> None:
    assert did_you_mean("gpd", ["gdp", "trade"]) == "Did you mean 'gdp'?"
    assert did_you_mean("zzz", ["gdp", "trade"]) == "One of: 'gdp', 'trade'."
    assert did_you_mean("zzz", map(str, range(50))) == "See docs/workspace.md."


def test_a_text_that_is_read_again_is_told_its_problems_again() -> None:
    text = 'label = "x"\nlabl = "y"\n[[rows]]\nid = "a"\n'
    told = []
    for file in ("first.toml", "second.toml"):
        findings = Findings()
        table = read_toml(text, file, findings)
        assert table is not None
        assert table.text("label") == "x"
        table.raw("rows")
        table.done()
        told.append([(finding.place.file, finding.place.line) for finding in findings])

    assert told == [[("first.toml", 2)], [("second.toml", 2)]]
