"""Tables in files, sound and hostile: FAULTS.csv, area data, as the connector `file` meets it."""

from __future__ import annotations

import gzip
import io
import json
import os
import pickle
import tarfile
import threading
import zipfile
from pathlib import Path

import pytest
from publisher import Publisher, data
from tables_made import SHEET, cell, parquet, rows, workbook
from test_connectors import DOCS, example, stored
from wired import LOANS, files, outside, run, wire

from generator.refresh import Renewal
from generator.renewals import lines

NUMBERS = "period,value\n2021,25500\n2023,41250\n"
HEAD = '\n[connector]\nname = "file"\nsource = "STATS"\n'


def put(project: Path, name: str, content: bytes | str) -> Path:
    path = project / "data/sources" / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(project: Path, name: str, content: bytes | str | None = None, more: str = "") -> Renewal:
    """Refresh the loans from a file of the workspace."""
    if content is not None:
        put(project, name, content)
    wire(project, connector=f'{HEAD}path = "data/sources/{name}"\n{more}')
    (project / f"{LOANS}.csv").unlink()
    (renewal,) = run(project)
    return renewal


def test_a_file_of_the_workspace_is_read_with_its_sum(project: Path) -> None:
    renewal = read(project, "loans.csv", NUMBERS)

    assert stored(project) == {"2021": "25500", "2023": "41250"}
    assert renewal.origin
    ((address, sha256),) = renewal.origin.answers
    assert address == "data/sources/loans.csv"
    assert len(sha256) == 64


def test_a_file_that_stays_as_it_was_changes_nothing(project: Path) -> None:
    read(project, "loans.csv", NUMBERS)
    before = files(project)

    (again,) = run(project)

    assert again.state == "unchanged"
    assert files(project) == before


# --- C01 to C09: text, and what its cells say -------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "more"),
    [
        (b"\xef\xbb\xbf" + NUMBERS.encode(), ""),
        (b'\xef\xbb\xbf"period",value\n2021,25500\n2023,41250\n', ""),
        (NUMBERS.replace("\n", "\r\n").encode(), ""),
        (NUMBERS.replace("\n", "\r").encode(), ""),
        (b"period,value\r\n2021,25500\n2023,41250\r\n", ""),
        (NUMBERS.encode("utf-16"), 'encoding = "utf-16"\n'),
        (NUMBERS.encode("utf-16-be"), 'encoding = "utf-16-be"\n'),
        (NUMBERS.encode("utf-32"), 'encoding = "utf-32"\n'),
        (NUMBERS.replace("period", "年份").encode("gb18030"), 'encoding = "gb18030"\nperiod = "年份"\n'),
        (NUMBERS.replace("period", "Jahr für Jahr").encode("cp1252"), 'encoding = "cp1252"\nperiod = "Jahr für Jahr"\n'),
        (b'period,value,remark\n2021,25500,"two\nlines, and ""quotes"""\n2023,41250,\n', ""),
        (b"period,value\n2021,25500\n\n2023,41250\n", ""),
    ],
    ids=["BOM", "BOM and quotes", "CR LF", "CR", "mixed ends", "utf-16", "utf-16-be", "utf-32", "gb18030", "cp1252", "quoted lines", "a blank line"],
)
def test_c01_declared_encodings_and_every_line_end_are_read(project: Path, content: bytes, more: str) -> None:
    read(project, "loans.csv", content, more)

    assert stored(project) == {"2021": "25500", "2023": "41250"}


def test_c01_mixed_line_ends_far_down_are_read(project: Path) -> None:
    many = f"2021,1,{'x' * 200}\r\n".encode() * 8000

    read(project, "loans.csv", b"period,value,kind\r\n" + many + b"2021,25500,y\n2023,41250,y\r\n", 'where = { kind = "y" }\n')

    assert stored(project) == {"2021": "25500", "2023": "41250"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "more", "said"),
    [
        (NUMBERS.encode("utf-16"), "", "it is UTF-16, not utf-8"),
        (b"period,value\n2021,25500\n2023,caf\xe9\n", "", "line 3: it is not UTF-8; set `encoding`"),
        ("период,value\n2021,25500\n".encode("cp1251"), "", "line 1: it is not UTF-8; set `encoding`"),
        (NUMBERS.encode("utf-16")[:-1], 'encoding = "utf-16"\n', "it is not utf-16"),
        (b"period,value\n2021,25500\n2023,caf\xe9\n", 'encoding = "cp037"\n', "column 'period' is missing"),
        (NUMBERS.encode() + b"\xff\xfe\n", 'encoding = "ascii"\n', "it is not ascii at offset"),
        (b"period,value\n2021,\x00\x0025500\n", "", "a binary file"),
    ],
)
def test_c01_another_encoding_is_refused_with_its_place_and_cure(
    project: Path, content: bytes, more: str, said: str
) -> None:
    renewal = read(project, "loans.csv", content, more)

    assert renewal.exit_code == 3
    assert said in renewal.error
    assert "cure: " in renewal.error


def test_c02_a_note_that_was_read_in_the_wrong_encoding_is_found(project: Path) -> None:
    content = "period,value,note\n2021,25500,café\n".encode()

    renewal = read(project, "loans.csv", content, 'encoding = "latin-1"\nnote = "note"\n')

    assert [finding.rule for finding in renewal.findings] == ["file.mojibake"]
    assert not (project / f"{LOANS}.csv").exists(), "a table was written that nobody can read"


@pytest.mark.parametrize("note", ["\x1b[31mred", "\u202eevil", "tab\x0bbed"])
def test_a_note_that_would_spoil_the_table_is_refused(project: Path, note: str) -> None:
    renewal = read(project, "loans.csv", f"period,value,note\n2021,25500,{note}\n", 'note = "note"\n')

    assert (renewal.state, renewal.exit_code) == ("failed", 3)
    assert [finding.rule for finding in renewal.findings] == ["file.character"]
    assert not (project / f"{LOANS}.csv").exists()


@pytest.mark.parametrize("note", ['{{ fact("loans") }}', "half {{ of it", "{% if %}", "a #} remark"])
def test_a_note_that_our_texts_would_obey_is_refused(project: Path, note: str) -> None:
    cell = note.replace('"', '""')

    renewal = read(project, "loans.csv", f'period,value,note\n2021,25500,"{cell}"\n', 'note = "note"\n')

    assert renewal.exit_code == 3
    assert "the note of 2021 holds '" in renewal.error
    assert not (project / f"{LOANS}.csv").exists()


def test_a_publishers_note_on_a_revised_value_stands_there_and_ours_on_the_old_one(project: Path) -> None:
    content = "period,value,note\n2023,41250,\n2024,43000,ours\n"
    read(project, "loans.csv", content, 'note = "note"\n')
    put(project, "loans.csv", content.replace("41250,", "41300,").replace("43000,ours", "43100,recounted"))

    (renewal,) = run(project)

    rows = [line.split(",") for line in (project / f"{LOANS}.csv").read_text().splitlines()]
    assert [row[6] for row in rows if row[0] == "2024"][-1] == "recounted"
    assert not any(change.ruling for change in renewal.difference.changes), "no ruling of ours stands on a new value"


def test_periods_that_nobody_asked_for_are_left_out(project: Path) -> None:
    content = "period,value\n2019,1\n2020,2\n2021,3\n2022,4\n2050,5\n"

    renewal = read(project, "loans.csv", content, 'since = "2020"\nuntil = "2022"\n')

    assert stored(project) == {"2020": "2", "2021": "3", "2022": "4"}
    assert renewal.exit_code == 0, "a forecast beyond `until` needs nobody's decision"


def test_an_answer_with_nothing_that_was_asked_for_is_refused(project: Path) -> None:
    renewal = read(project, "loans.csv", "period,value\n2018,1\n2019,2\n", 'since = "2020"\n')

    assert renewal.exit_code == 3
    assert "the answer has 2018 to 2019 and nothing of what was asked for" in renewal.error


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a,b\n1,2,3\n4,5,6\n", "line 2: 3 fields, the head has 2"),
        ("a,b,c\n1,2,3\n4\n", "line 3: 1 fields, the head has 3"),
        ("a,b\n1,2\n3,4", "the last line does not end with a line feed"),
        ('a,b\n1,"2\n3,4\n', "a quote that is not closed"),
        ('a,b\n1,"2"x\n3,4\n', "a quote that is not closed"),
    ],
    ids=["C03 long row", "C04 short row", "C04 cut", "open quote", "bad quote"],
)
def test_c03_c04_rows_that_do_not_fit_their_head_are_refused(project: Path, content: str, said: str) -> None:
    renewal = read(project, "loans.csv", content, 'period = "a"\nvalue = "b"\n')

    assert said in renewal.error


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("period,value,value\n2021,1,2\n", "column 'value' stands 2 times"),
        ("period,values\n2021,1\n", "column 'value' is missing"),
        ("", "the file is empty, where CSV was expected"),
        ("\n\n\n", "the file is empty"),
    ],
)
def test_c05_c11_columns_that_are_missing_or_double_are_refused(project: Path, content: str, said: str) -> None:
    assert said in read(project, "loans.csv", content).error


def test_c05_columns_that_nobody_reads_may_have_any_names(project: Path) -> None:
    read(project, "loans.csv", "period,x,x,value,\n2021,1,2,25500,\n2023,1,2,41250,\n")

    assert stored(project) == {"2021": "25500", "2023": "41250"}


def test_c05_two_rows_of_one_period_need_a_declared_way(project: Path) -> None:
    renewal = read(project, "loans.csv", "period,value\n2021,1\n2021,2\n")

    assert "2021: 1 and 2" in renewal.findings[0].found

    text = (project / f"{LOANS}.toml").read_text()
    (project / f"{LOANS}.toml").write_text(text + 'combine = "sum"\n')
    run(project)

    assert stored(project) == {"2021": "3"}


def test_c11_a_head_without_rows_is_empty(project: Path) -> None:
    renewal = read(project, "loans.csv", "period,value\n")

    assert [finding.rule for finding in renewal.findings] == ["refresh.empty"]


@pytest.mark.slow
@pytest.mark.parametrize("text", ["NA", "None", "null", "n/a", "-", "NaN", "inf", "-Infinity", "1e999", "1e5", "2E3", "0x1F",
                                  "1,5", "1.234,56", "1 234", "+", "--1", "１２", "12 ", "1_000"])  # fmt: skip
@pytest.mark.parametrize("combine", ["", 'combine = "sum"\n'], ids=["single", "summed"])
def test_c06_c07_c08_what_is_no_number_as_declared_is_refused(project: Path, text: str, combine: str) -> None:
    renewal = read(project, "loans.csv", f'period,value\n2021,25500\n2023,"{text}"\n', combine)

    if text == "12 ":
        assert stored(project)["2023"] == "12"
        return
    assert renewal.exit_code == 3
    assert f"'{text}' is no number" in renewal.error
    assert "2023" in renewal.error
    assert "Set `decimal`, `thousands` or `missing`" in renewal.error


@pytest.mark.parametrize("combine", ["", 'combine = "sum"\n'], ids=["single", "summed"])
def test_c06_missing_is_what_the_sidecar_says(project: Path, combine: str) -> None:
    read(project, "loans.csv", "period,value\n2021,25500\n2022,NA\n2023,\n", f'missing = ["NA", ""]\n{combine}')

    assert stored(project) == {"2021": "25500"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "more", "value"),
    [("9007199254740993", "", "9007199254740993"), ("00123", "", "123"), ("-0.50", "", "-0.5"),
     ("1.234,56", 'decimal = ","\nthousands = "."\n', "1234.56"), ("1,234", 'thousands = ","\n', "1234"),
     ("1\u202f234\u00a0567,8", 'decimal = ","\nthousands = " "\n', "1234567.8"), ("12'345", "thousands = \"'\"\n", "12345")],
)  # fmt: skip
@pytest.mark.parametrize("combine", ["", 'combine = "sum"\n'], ids=["single", "summed"])
def test_c07_numbers_keep_every_digit(project: Path, text: str, more: str, value: str, combine: str) -> None:
    read(project, "loans.csv", f'period,value\n2021,"{text}"\n', more + combine)

    assert stored(project) == {"2021": value}


@pytest.mark.parametrize("text", ["0.1234567890123", "123456789012345678901", "-0.00000000000000001"])
def test_c07_a_sum_that_would_lose_digits_is_refused(project: Path, text: str) -> None:
    renewal = read(project, "loans.csv", f"period,value\n2021,1\n2021,{text}\n", 'combine = "sum"\n')

    assert f"'{text}' is too long to be added up" in renewal.error
    assert "At most 20 digits before the point and 12 behind it" in renewal.error


def test_c07_zeros_that_say_nothing_are_no_loss(project: Path) -> None:
    content = f"period,value\n2021,{'0' * 30}1.5{'0' * 30}\n2021,1\n"

    read(project, "loans.csv", content, 'combine = "sum"\n')

    assert stored(project) == {"2021": "2.5"}


def test_c07_a_number_beyond_all_statistics_is_told_as_such(project: Path) -> None:
    renewal = read(project, "loans.csv", f"period,value\n2021,{'9' * 40}\n")

    assert f"'{'9' * 40}' is out of range" in renewal.error


def test_c08_a_sum_with_a_part_missing_is_missing_and_said(project: Path) -> None:
    content = "period,value\n2021,1\n2021,\n2022,3\n2022,4\n2023,\n"

    renewal = read(project, "loans.csv", content, 'combine = "sum"\n')

    assert stored(project) == {"2022": "7"}
    assert renewal.notes == ("no sum for 2021: 1 of 2 values are missing", "no sum for 2023: 1 of 1 values are missing")


@pytest.mark.slow
@pytest.mark.parametrize("day", ["01/02/2026", "13/02/2026", "2026-02-31", "0001-01-01", "2026-1-1", "1.2.26", "yesterday", ""])
def test_c09_a_day_that_is_not_written_as_declared_is_refused(project: Path, day: str) -> None:
    renewal = read(project, "loans.csv", f"period,value\n{day},1\n")

    assert f"'{day}' is no period" in renewal.error
    assert "Set `period_format`" in renewal.error


@pytest.mark.slow
@pytest.mark.parametrize(
    ("day", "more", "period"),
    [("01/02/2026", 'period_format = "%d/%m/%Y"\n', "2026-02-01"), ("01/02/2026", 'period_format = "%m/%d/%Y"\n', "2026-01-02"),
     ("2/2024", 'period_format = "%m/%Y"\n', "2024-02"), ("FY2024", 'period_format = "FY%Y"\n', "2024"),
     ("2024-05-01", 'dates = "month"\n', "2024-05"), ("2024-05-01", 'dates = "quarter"\n', "2024-Q2"),
     ("2024-12-31 00:00:00", 'dates = "year"\n', "2024"), ("2024Q3", "", "2024-Q3"), ("2024M07", "", "2024-07"),
     ("2024-S2", "", "2024-H2"), ("2024 Q3", "", "2024-Q3"), ("2024 / Q3", "", "2024-Q3"), ("Q3 2024", "", "2024-Q3"),
     ("Q3-2024", "", "2024-Q3")],
)  # fmt: skip
def test_c09_days_and_periods_as_declared(project: Path, day: str, more: str, period: str) -> None:
    read(project, "loans.csv", f"period,value\n{day},1\n", more)

    assert stored(project) == {period: "1"}


@pytest.mark.parametrize("day", ["31/02/2026", "2026-02-01", "01/02/0099", "01/13/2026"])
def test_c09_a_format_is_kept_to(project: Path, day: str) -> None:
    renewal = read(project, "loans.csv", f"period,value\n{day},1\n", 'period_format = "%d/%m/%Y"\n')

    assert "Expected %d/%m/%Y." in renewal.error


# --- C10, C13, C18, C20, C23: what is no table of that kind -----------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("loans.csv", b"<!DOCTYPE html><title>502</title>", "an HTML page, where CSV was expected"),
        ("loans.csv", b'{"error": "rate limit"}', 'JSON, where CSV was expected: {"error"'),
        ("loans.csv", pickle.dumps({"a": 1}), "a Python pickle, which can hold programs"),
        ("loans.csv", b"\x93NUMPY\x01\x00v\x00{'descr': '|O'}", "a NumPy file, which can hold programs"),
        ("loans.csv", b"%PDF-1.7\n", "a PDF, where CSV was expected"),
        ("loans.csv", b"PK\x03\x04junk", "a ZIP archive, where CSV was expected"),
        ("loans.csv", b"SQLite format 3\x00", "a SQLite database, where CSV was expected"),
        ("loans.json", NUMBERS.encode(), "text, where JSON was expected"),
        ("loans.json", b"<html>", "an HTML page, where JSON was expected"),
        ("loans.xlsx", NUMBERS.encode(), "text, where an Excel workbook was expected"),
        ("loans.xlsx", b"<html>", "an HTML page, where an Excel workbook was expected"),
        ("loans.parquet", NUMBERS.encode(), "text, where Parquet was expected"),
        ("loans.parquet", b"PAR1" + b"\0" * 100 + b"PAR1", "Parquet"),
    ],
)
def test_c10_c18_what_is_something_else_is_named_and_not_opened(
    project: Path, name: str, content: bytes, said: str
) -> None:
    renewal = read(project, name, content)

    assert renewal.exit_code == 3
    assert said in renewal.error or "no magic bytes" in renewal.error.lower() or said.lower() in renewal.error.lower()


def test_c18_a_pickle_runs_nothing(project: Path, tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, ...]:
            return os.system, (f"touch {tmp_path}/pwned",)

    for name in ("loans.csv", "loans.json", "loans.parquet", "loans.xlsx"):
        put(project, name, pickle.dumps(Evil()))
    for number, name in enumerate(("loans.csv", "loans.json", "loans.parquet", "loans.xlsx")):
        if number:
            (project / f"{LOANS}.toml").write_text((project / f"{LOANS}.toml").read_text().partition("\n[connector]")[0])
            (project / f"{LOANS}.csv").write_text("period,value,unit,basis,source,status,note\n2021,1,loan,,STATS,,\n")
        assert "pickle" in read(project, name).error

    assert not (tmp_path / "pwned").exists()
    pickle.loads(pickle.dumps(Evil()))
    assert (tmp_path / "pwned").exists(), "the trap springs when it is stepped on"


@pytest.mark.slow
@pytest.mark.parametrize(
    "where",
    ["@pd.io.common.os.system('touch {trap}')", "x' OR 1=1 --", "'; COPY (SELECT 1) TO '{trap}'; --", '" OR "a"="a', "\\"],
)
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_c19_a_filter_is_a_text_and_never_runs(project: Path, tmp_path: Path, where: str, ending: str) -> None:
    trap = tmp_path / "pwned"
    where = where.format(trap=trap)
    path = put(project, f"loans.{ending}", "period,value,branch\n2021,1,MAIN\n")
    if ending == "parquet":
        parquet(path, "SELECT 2021 AS period, 1 AS value, 'MAIN' AS branch")

    renewal = read(project, f"loans.{ending}", more=f"where = {{ branch = {json.dumps(where)} }}\n")

    assert [finding.rule for finding in renewal.findings] == ["refresh.empty"], renewal.error
    assert not trap.exists()


def test_c19_a_column_named_like_code_is_a_column(project: Path) -> None:
    name = 'a\\" || (SELECT 1) || \\"'

    renewal = read(project, "loans.csv", NUMBERS, f'where = {{ "{name}" = "x" }}\n')

    assert "is missing" in renewal.error


@pytest.mark.parametrize(
    ("path", "said"),
    [("../secret.csv", "expected a file below"), ("/etc/hostname", "a file below"), ("http://127.0.0.1/x.csv", "a file below"),
     ("file:///etc/hostname", "a file below"), ("s3://bucket/x.csv", "a file below"), ("~/x.csv", "a file below")],
)  # fmt: skip
def test_c20_a_path_is_a_path_below_the_workspace(project: Path, path: str, said: str) -> None:
    wire(project, connector=f'{HEAD}path = "{path}"\nformat = "csv"\n')

    (renewal,) = run(project)

    assert said in f"{renewal.findings[0]}"
    assert renewal.exit_code == 1


@pytest.mark.parametrize("kind", ["folder", "link out", "pipe", "missing"])
def test_c20_only_a_regular_file_is_read(project: Path, kind: str, tmp_path: Path) -> None:
    path = project / "data/sources/loans.csv"
    if kind == "folder":
        path.mkdir()
    elif kind == "link out":
        (tmp_path / "outside.csv").write_text(NUMBERS)
        path.symlink_to(tmp_path / "outside.csv")
    elif kind == "pipe":
        os.mkfifo(path)

    renewal = read(project, "loans.csv")

    assert renewal.exit_code == 3
    assert "No such file" in renewal.error if kind == "missing" else "not a regular file" in renewal.error


def test_c13_a_packed_table_is_read(project: Path) -> None:
    read(project, "loans.csv.gz", gzip.compress(NUMBERS.encode()))

    assert stored(project) == {"2021": "25500", "2023": "41250"}
    assert not list((project / ".briefing/cache/unpacked").iterdir())


def test_c13_a_bomb_is_refused_with_its_ratio_and_the_setting(project: Path) -> None:
    bomb = gzip.compress(b"period,value\n" + b"2021,1\n" * 12_000_000, 9)

    renewal = read(project, "loans.csv.gz", bomb)

    assert len(bomb) < 400_000
    assert "times its size" in renewal.error
    assert "`megabytes` under [network]" in renewal.error
    assert not list((project / ".briefing/cache/unpacked").iterdir())


def test_c13_archives_in_archives_are_refused(project: Path) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        info = tarfile.TarInfo("loans.csv")
        info.size = len(NUMBERS)
        archive.addfile(info, io.BytesIO(NUMBERS.encode()))
    twice = gzip.compress(gzip.compress(NUMBERS.encode()))

    assert "a tar archive" in read(project, "loans.csv.gz", packed.getvalue()).error
    put(project, "loans.csv.gz", twice)
    assert "a gzip file" in run(project)[0].error


def test_c23_a_file_that_changes_while_it_is_read_is_refused(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from generator.inquiry import Inquiry

    path = put(project, "loans.csv", NUMBERS)
    reads = Inquiry._read

    def meanwhile(*arguments: object) -> object:
        found = reads(*arguments)  # type: ignore[arg-type]
        writer = threading.Thread(target=lambda: path.write_text(NUMBERS + "2024,1\n"))
        writer.start()
        writer.join()
        return found

    monkeypatch.setattr(Inquiry, "_read", meanwhile)

    renewal = read(project, "loans.csv")

    assert "the file changed while it was read" in renewal.error


# --- JSON ------------------------------------------------------------------------------------------------------------


def test_c01_json_may_have_a_mark_before_it_and_true_is_true(project: Path) -> None:
    content = '\ufeff[{"period": 2021, "value": -0.0, "kind": true}, {"period": 2021, "value": 2, "kind": false}]'

    read(project, "loans.json", content, 'where = { kind = "true" }\n')

    assert stored(project) == {"2021": "0"}


def test_c10_a_page_with_a_mark_before_it_is_a_page(project: Path) -> None:
    assert "the answer is an HTML page" in read(project, "loans.csv", "\ufeff<html>Sorry</html>\n").error


def test_json_is_read_by_paths(project: Path, publisher: Publisher) -> None:
    wire(project, publisher, example("file", 1).replace("https://data.example.org", publisher.url))
    (project / f"{LOANS}.csv").unlink()
    publisher.on("/loans.json", data(b'{"result": {"records": [{"time": {"id": "2024-05-01"}, "loans": 12.50},'
                                     b' {"time": {"id": "2024-06-01"}, "loans": null}]}}'))  # fmt: skip

    run(project)

    assert stored(project) == {"2024-05": "12.5"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "more", "said"),
    [
        ('{"data": []}', "", "no list at '$'"),
        ('{"data": []}', 'rows = "items"\n', "$: no 'items'"),
        ('[{"period": 2021}]', "", "$[0]: no 'value'"),
        ('[{"period": 2021, "value": {"a": 1}}]', "", "$[0].value: no number"),
        ('[{"period": 2021, "value": true}]', "", "$[0].value: no number"),
        ('[{"period": 2021, "value": "12,5"}]', "", "$[0].value: '12,5' is no number"),
        ('[{"period": 2021, "value": NaN}]', "", "$[0].value: 'NaN', which is no number of JSON"),
        ('[{"period": 2021, "value": 1, "value": 2}]', "", "$[0].value: a name that stands twice"),
        ("[1]", "", "$[0]: no 'value'"),
    ],
)
def test_c21_json_that_is_not_as_declared_is_refused_with_its_place(
    project: Path, content: str, more: str, said: str
) -> None:
    assert said in read(project, "loans.json", content, more).error


# --- Excel -----------------------------------------------------------------------------------------------------------


def excel(project: Path, more: str = "", **sheets: str) -> Renewal:
    workbook(project / "data/sources/loans.xlsx", **sheets)
    return read(project, "loans.xlsx", more=more)


SOUND = rows(["period", "value"], [2021, 25500.5], [2023, 41250])


def test_excel_numbers_and_years_are_read(project: Path) -> None:
    excel(project, Loans=SOUND)

    assert stored(project) == {"2021": "25500.5", "2023": "41250"}


def test_excel_as_the_docs_show_it(project: Path, publisher: Publisher) -> None:
    path = workbook(project / "made.xlsx", Notes=rows(["Read me"]),
                    Loans=rows(["Loans of the library"], ["Day", "Loans"], ["31/12/2021", 25500], ["31/12/2023", 41250]))  # fmt: skip
    publisher.on("/loans.xlsx", data(path.read_bytes(), "application/octet-stream"))
    wire(project, publisher, example("file", 2).replace("https://data.example.org", publisher.url))
    (project / f"{LOANS}.csv").unlink()

    run(project)

    assert stored(project) == {"2021": "25500", "2023": "41250"}


def test_c14_a_cell_in_the_far_corner_is_named_and_kills_nothing(project: Path) -> None:
    far = f'{rows(["period", "value"], [2021, 1])}<row r="1048576">{cell("XFD1048576", 1)}</row>'

    renewal = excel(project, Loans=far)

    assert (project / "data/sources/loans.xlsx").stat().st_size < 5000
    assert "cell XFD1048576 of sheet 'Loans' makes it 1048576 rows by 16384 columns" in renewal.error


def test_c15_a_part_that_unpacks_to_too_much_is_refused(project: Path) -> None:
    renewal = excel(project, Loans=SOUND + " " * (74 << 20))

    assert (project / "data/sources/loans.xlsx").stat().st_size < 300_000
    assert "xl/worksheets/sheet1.xml unpacks to 74 MB" in renewal.error


@pytest.mark.parametrize("part", ["xl/sharedStrings.xml", "xl/workbook.xml"])
def test_c15_a_document_type_in_any_part_is_refused(project: Path, part: str) -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b"><!ENTITY c SYSTEM "file:///etc/hostname">]><sst>&c;</sst>'
    path = workbook(project / "data/sources/loans.xlsx", Loans=SOUND)
    kept = {}
    with zipfile.ZipFile(path) as archive:
        kept = {name: archive.read(name) for name in archive.namelist() if name != part}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in {**kept, part: bomb}.items():
            archive.writestr(name, content)

    assert f"{part} declares a document type" in read(project, "loans.xlsx").error


@pytest.mark.parametrize("formula", ["A2*2", "[1]Sheet1!A1", "1/0"])
def test_c16_a_formula_without_a_stored_value_is_named(project: Path, formula: str) -> None:
    renewal = excel(project, Loans=rows(["period", "value"], [2021, cell("B2", None, formula=formula)]))

    assert "Loans!B2: a formula without a stored value" in renewal.error
    assert "Open the workbook in Excel" in renewal.error


@pytest.mark.parametrize("error", ["#REF!", "#DIV/0!"])
def test_c16_an_error_in_a_cell_is_named(project: Path, error: str) -> None:
    renewal = excel(project, Loans=rows(["period", "value"], [2021, cell("B2", error, formula="1/0", kind="e")]))

    assert f"Loans!B2: the cell holds {error}" in renewal.error


def test_c16_what_is_wrong_where_nobody_reads_is_nobodys_business(project: Path) -> None:
    excel(project, Loans=rows(["period", "value", "other"], [2021, 25500, cell("C2", "#REF!", kind="e")]))

    assert stored(project) == {"2021": "25500"}


def test_c17_macros_are_ignored_with_a_notice(project: Path) -> None:
    workbook(project / "data/sources/loans.xlsm", more={"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0macro"}, Loans=SOUND)

    renewal = read(project, "loans.xlsm")

    assert renewal.notes == ("the workbook's macros are ignored",)
    assert stored(project)["2023"] == "41250"


def test_c17_a_hidden_sheet_is_read_by_name_only(project: Path) -> None:
    workbook(project / "data/sources/loans.xlsx", hidden=("Secret",), Secret=rows(["period", "value"], [2021, 7]), Loans=SOUND)
    read(project, "loans.xlsx")
    assert stored(project)["2021"] == "25500.5"

    text = (project / f"{LOANS}.toml").read_text()
    (project / f"{LOANS}.toml").write_text(text + 'sheet = "Secret"\n')
    (project / f"{LOANS}.csv").unlink()
    run(project)
    assert stored(project) == {"2021": "7"}


@pytest.mark.parametrize(
    ("more", "said"),
    [("", "2 visible sheets"), ('sheet = "Lones"\n', "no sheet 'Lones'"), ('sheet = "Loans"\nhead = 9\n', "no head in row 9")],
)
def test_c17_the_sheet_must_be_known(project: Path, more: str, said: str) -> None:
    assert said in excel(project, more, Loans=SOUND, Other=SOUND).error


@pytest.mark.parametrize("size", [40, 400, 900])
def test_c17_a_workbook_that_is_cut_is_told(project: Path, size: int) -> None:
    path = workbook(project / "made.xlsx", Loans=SOUND)

    renewal = read(project, "loans.xlsx", path.read_bytes()[:size])

    assert "the workbook cannot be read" in renewal.error
    assert "It may be cut" in renewal.error


def test_c17_an_office_file_that_is_no_workbook_is_told(project: Path) -> None:
    renewal = read(project, "loans.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)

    assert renewal.exit_code == 3
    assert "cannot be read" in renewal.error


# --- where a table ends, and rows in it that are none of its data --------------------------------------------------------

NOTED = """Loans of the library,,
,,
Year,Main,East
2021,25500,7
of which: children,1200,2
2022,30000,8
,,
2023,41250,9

Note: a "loan" of 2024 is one, whoever reads
1) without renewals
Source: Bureau of Example Statistics, 22.11.2026
"""
DECLARED = 'head = 3\nperiod = "Year"\nvalue = "Main"\nend = "Note"\nskip = ["of which"]\n'
LEFT_OUT = ("1 row beginning with 'of which' left out, the first line 5: 'of which: children'",
            "3 rows below the table left out, from line 10: 'Note: a \"loan\" of 2024 is one'")  # fmt: skip


def test_the_docs_show_the_table_with_notes_and_what_is_told_of_it() -> None:
    assert f"```\n{NOTED}```" in DOCS
    assert all(f"  note      {note}\n" in DOCS for note in LEFT_OUT)


@pytest.mark.parametrize("combine", ["", 'combine = "sum"\n'], ids=["single", "summed"])
def test_a_table_ends_where_its_sidecar_says_and_the_report_tells_what_is_left_out(project: Path, combine: str) -> None:
    renewal = read(project, "loans.csv", NOTED, DECLARED + combine)

    assert stored(project) == {"2021": "25500", "2022": "30000", "2023": "41250"}
    assert renewal.notes == LEFT_OUT
    assert [line for line in lines(renewal) if "note" in line] == [f"  note      {note}" for note in LEFT_OUT]


def test_excel_notes_below_a_table_are_left_out_and_told_with_their_rows(project: Path) -> None:
    renewal = excel(project, DECLARED, Loans=rows(
        ["Loans of the library"], [None], ["Year", "Main"], [2021, 25500], ["of which", 1200], [2023, 41250], [None],
        [None, "Note: no renewals"], [None, cell("B9", "#REF!", formula="1/0", kind="e")]))  # fmt: skip

    assert stored(project) == {"2021": "25500", "2023": "41250"}
    assert renewal.notes == ("1 row beginning with 'of which' left out, the first row 5 of 'Loans': 'of which'",
                             "1 row below the table left out, from row 8 of 'Loans': 'Note: no renewals'")  # fmt: skip


@pytest.mark.parametrize("content", [NOTED, NOTED.replace("\n", "\r\n"), NOTED.replace("\n", "\r")], ids=["LF", "CR LF", "CR"])
def test_what_stays_of_a_table_with_notes_is_still_held_to_its_head(project: Path, content: str) -> None:
    renewal = read(project, "loans.csv", content.replace("2023,41250,9", "2023,41250"), DECLARED)

    assert "line 8: 2 fields, the head has 3" in renewal.error


@pytest.mark.parametrize(
    ("declared", "said", "cure"),
    [
        ('end = "Quelle"\nskip = ["of which"]\n', "no row begins with 'Quelle', where the table should end", "Set `end`"),
        ('end = "Note"\nskip = ["of which", "Total"]\n', "no row of the table begins with 'Total'", "Set `skip`"),
        ('end = "Note"\nskip = ["of which", "1)"]\n', "no row of the table begins with '1)'", "Set `skip`"),
        ('end = "2023"\nskip = ["of which"]\n', "line 8: 2023 has a value, 41250, and would be left out", "Correct `end`"),
        ('end = "Note"\nskip = ["of which", "2022"]\n', "line 6: 2022 has a value, 30000, and would be", "no other row"),
    ],
)
def test_a_declaration_that_meets_no_row_or_one_with_a_value_is_refused(
    project: Path, declared: str, said: str, cure: str
) -> None:
    renewal = read(project, "loans.csv", NOTED, f'head = 3\nperiod = "Year"\nvalue = "Main"\n{declared}')

    assert renewal.exit_code == 3
    assert said in renewal.error
    assert cure in renewal.error


def test_a_year_that_the_publisher_wrote_below_the_note_is_not_lost(project: Path) -> None:
    renewal = read(project, "loans.csv", f'{NOTED}"2024","43,000","9"\n', f'{DECLARED}thousands = ","\n')

    assert "line 13: 2024 has a value, 43000, and would be left out" in renewal.error


@pytest.mark.parametrize("first", ["2024,..", "2024,see there", "2024,"])
def test_a_value_is_not_lost_behind_a_row_of_its_year_without_one(project: Path, first: str) -> None:
    content = f"{NUMBERS}Note\n{first}\n2024,43000\n"

    renewal = read(project, "loans.csv", content, 'end = "Note"\nmissing = ["", ".."]\n')

    assert "line 6: 2024 has a value, 43000, and would be left out" in renewal.error


def test_a_number_of_a_workbook_is_not_lost_however_texts_are_written(project: Path) -> None:
    renewal = excel(project, 'end = "Note"\ndecimal = ","\n', Loans=rows(["period", "value"], [2021, "25500,5"], ["Note"], [2023, 0.5]))

    assert "row 4 of 'Loans': 2023 has a value, 0.5, and would be left out" in renewal.error


def test_what_nobody_asked_for_may_stand_below(project: Path) -> None:
    renewal = read(project, "loans.csv", f"{NUMBERS}Forecast\n2030,1\n", 'end = "Forecast"\nuntil = "2026"\n')

    assert stored(project) == {"2021": "25500", "2023": "41250"}
    assert renewal.notes == ("2 rows below the table left out, from line 4: 'Forecast'",)


def test_a_second_table_below_is_left_out_where_it_has_the_same_years(project: Path) -> None:
    second = "Table 2. Visits\nYear,Visits\n2021,3\n2023,4\n"

    renewal = read(project, "loans.csv", f"period,value\n2021,25500\n2023,41250\n{second}", 'end = "Table 2"\n')

    assert stored(project) == {"2021": "25500", "2023": "41250"}
    assert renewal.notes == ("4 rows below the table left out, from line 4: 'Table 2. Visits'",)


def test_a_total_is_left_out_of_a_sum(project: Path) -> None:
    content = "Branch,period,value\nMain,2021,1\nEast,2021,2\nTotal,2021,3\n"

    read(project, "loans.csv", content, 'combine = "sum"\nskip = ["Total"]\n')

    assert stored(project) == {"2021": "3"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("period,value\n2021,1\nSource: us\n", "line 3: 1 fields, the head has 2; notes below a table are declared by `end`"),
        ("period,value\n2021,1\nSource: us,\n", "A row that is no data is declared by `end` or `skip`"),
    ],
)
def test_a_note_that_nobody_declared_is_refused_with_the_way_to_declare_it(
    project: Path, content: str, said: str
) -> None:
    assert said in read(project, "loans.csv", content).error


@pytest.mark.parametrize("combine", ["", 'combine = "sum"\n'], ids=["single", "summed"])
def test_rows_without_period_and_value_say_nothing(project: Path, combine: str) -> None:
    content = "kind,period,value\n,,\na,2021,25500\nPart two,,\n,2023,41250\n"

    read(project, "loans.csv", content, combine)

    assert stored(project) == {"2021": "25500", "2023": "41250"}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('skip = [""]\n', "skip: an empty text"),
        ('end = " "\n', "end: an empty text"),
        ("end = 5\n", "a text in quotes"),
        ('format = "json"\nend = "Note"\n', "end: in a file of json"),
        ('format = "parquet"\nskip = ["Note"]\n', "skip: in a file of parquet"),
        ('skip = "Note"\n', "a list of texts"),
    ],
)
def test_an_extent_that_can_mean_nothing_is_refused(project: Path, more: str, said: str) -> None:
    renewal = read(project, "loans.csv", NUMBERS, more)

    assert renewal.exit_code == 1
    assert [said in f"{finding}" for finding in renewal.findings] == [True]


def test_a_note_cannot_write_on_the_terminal(project: Path) -> None:
    renewal = read(project, "loans.csv", f"{NUMBERS}Note \x1b[31m{'x' * 200}\n", 'end = "Note"\n')

    assert renewal.notes == (f"1 row below the table left out, from line 4: 'Note  [31m{'x' * 49}…'",)


def test_a_quotation_mark_that_is_never_closed_is_told_before_the_end_is_missed(project: Path) -> None:
    renewal = read(project, "loans.csv", 'period,value\n2021,"1\n2022,2\nNote: x\n', 'end = "Note"\n')

    assert "line 4: unexpected end of data" in renewal.error


# --- Parquet -------------------------------------------------------------------------------------------------------------

TYPED = """SELECT * FROM (VALUES (2021, 'MAIN', 10000.5::DOUBLE), (2021, 'MAIN', 15499.5), (2021, 'EAST', 7),
    (2023, 'MAIN', 41250)) AS t(year, branch, loans)"""


def test_parquet_as_the_docs_show_it(project: Path) -> None:
    parquet(project / "data/sources/loans.parquet", TYPED)
    wire(project, connector=example("file", 3))
    (project / f"{LOANS}.csv").unlink()

    run(project)

    assert stored(project) == {"2021": "25500", "2023": "41250"}


@pytest.mark.parametrize(
    ("select", "expected"),
    [
        ("SELECT DATE '2024-05-01' AS period, 1.25::DECIMAL(9,3) AS value", {"2024-05-01": "1.25"}),
        ("SELECT TIMESTAMP '2024-05-01 00:00:00' AS period, 7 AS value", {"2024-05-01": "7"}),
        ("SELECT '2024-Q2' AS period, '12.5' AS value", {"2024-Q2": "12.5"}),
        ("SELECT 2024 AS period, 1e-5::DOUBLE AS value", {"2024": "0.00001"}),
    ],
)
def test_parquet_columns_keep_their_types(project: Path, select: str, expected: dict[str, str]) -> None:
    parquet(project / "data/sources/loans.parquet", select)

    read(project, "loans.parquet")

    assert stored(project) == expected


def read_parquet(project: Path, select: str, more: str = "") -> Renewal:
    parquet(project / "data/sources/loans.parquet", select)
    return read(project, "loans.parquet", more=more)


@pytest.mark.slow
@pytest.mark.parametrize("combine", ["", 'combine = "sum"\n'], ids=["single", "summed"])
@pytest.mark.parametrize(
    ("value", "read_as"),
    [("-0.0::DOUBLE", "0"), ("0.1::FLOAT", "0.1"), ("7::UTINYINT", "7"), ("5::HUGEINT", "5"), ("2.5::DECIMAL(4,1)", "2.5")],
)
def test_parquet_numbers_of_every_type_are_read(project: Path, value: str, read_as: str, combine: str) -> None:
    read_parquet(project, f"SELECT 2021.0::DOUBLE AS period, {value} AS value", combine)

    assert stored(project) == {"2021": read_as}, "a year that was kept as a broken number is one"


@pytest.mark.slow
@pytest.mark.parametrize("value", ["[1, 2]", "INTERVAL 1 DAY", "'x'::BLOB", "true", "DATE '2021-01-01'"])
def test_parquet_columns_that_are_no_numbers_are_refused(project: Path, value: str) -> None:
    assert "is no number" in read_parquet(project, f"SELECT 2021 AS period, {value} AS value").error


def test_c07_parquet_values_too_small_to_be_added_up_are_refused(project: Path) -> None:
    renewal = read_parquet(project, "SELECT 2021 AS period, 1e-15::DOUBLE AS value", 'combine = "sum"\n')

    assert "'1e-15' is too long to be added up" in renewal.error


def test_a_parquet_file_that_is_cut_is_told_without_our_folders(project: Path) -> None:
    whole = parquet(project / "whole.parquet", "SELECT 2021 AS period, 1 AS value").read_bytes()

    renewal = read(project, "loans.parquet", whole[:-30])

    assert "the Parquet file is cut" in renewal.error
    assert str(project) not in renewal.error


@pytest.mark.slow
@pytest.mark.parametrize("value", ["'inf'::DOUBLE", "'nan'::DOUBLE", "'-inf'::DOUBLE"])
@pytest.mark.parametrize("combine", ["", 'combine = "sum"\n'], ids=["single", "summed"])
def test_c08_infinity_never_gets_into_a_series(project: Path, value: str, combine: str) -> None:
    parquet(project / "data/sources/loans.parquet", f"SELECT 2021 AS period, {value} AS value")

    renewal = read(project, "loans.parquet", more=combine)

    assert (renewal.state, renewal.exit_code) == ("failed", 3)
    assert value.strip("'-")[:3] in renewal.error.lower(), renewal.error


def test_too_many_rows_for_one_series_are_refused(project: Path) -> None:
    parquet(project / "data/sources/loans.parquet", "SELECT 2021 AS period, i AS value FROM range(100001) r(i)")

    assert "more than 100000 rows are left" in read(project, "loans.parquet").error


def test_the_sheet_of_the_helpers_is_a_sheet() -> None:
    assert SHEET.count("{}") == 1
    assert outside.__module__ == "wired"


# --- marks behind numbers and years, heads of two lines, years as columns -------------------------------------------------


MARKED = 'Year,Loans\n2021,25 500.5*\n2022 r,30 000 1)\n2023p,"41 250,e"\n2024p,43 000\n2025p,..\n'


def test_marks_behind_numbers_and_years_are_taken_off_and_say_the_status(project: Path) -> None:
    marks = 'marks = { p = "provisional", ",e" = "E", "*" = "", r = "", " 1)" = "", "¹" = "" }\n'

    read(project, "loans.csv", MARKED, f'period = "Year"\nvalue = "Loans"\nthousands = " "\nmissing = [".."]\n{marks}')

    assert stored(project) == {"2021": "25500.5", "2022": "30000", "2023": "41250", "2024": "43000"}
    statuses = {row.split(",")[0]: row.split(",")[5] for row in (project / f"{LOANS}.csv").read_text().splitlines()[1:]}
    assert statuses == {"2021": "", "2022": "", "2023": "estimated", "2024": "provisional"}


def test_marked_values_of_one_year_are_added_up_whatever_marks_they_bear(project: Path) -> None:
    content = "period,value\n2021,1*\n2021p,2\n2021,3\n"

    read(project, "loans.csv", content, 'combine = "sum"\nmarks = { p = "P", "*" = "" }\n')

    assert stored(project) == {"2021": "6"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("period,value\n2021,12.3*\n", "'12.3*' is no number"),
        ("period,value\n2021p,12.3\n", "'2021p' is no period"),
        ("period,value\n2021,*\n", "'*' is no number"),
    ],
)
def test_marks_that_nobody_declared_are_refused(project: Path, content: str, said: str) -> None:
    marks = 'marks = { "*" = "" }\n' if "*\n" in content and "12.3*" not in content else ""

    assert said in read(project, "loans.csv", content, marks).error


@pytest.mark.parametrize(
    ("marks", "said"),
    [
        ('{ "1)" = "" }', "begins with a digit"),
        ('{ " " = "" }', "or is empty"),
        ('{ p = "preliminary" }', "'preliminary'"),
        ("{ p = 1 }", "a text in quotes"),
        ('["p"]', "a table [marks]"),
    ],
)  # fmt: skip
def test_marks_that_can_mean_nothing_are_refused(project: Path, marks: str, said: str) -> None:
    renewal = read(project, "loans.csv", NUMBERS, f"marks = {marks}\n")

    assert renewal.exit_code == 1
    assert any(said in f"{finding}" for finding in renewal.findings)


TWO_LINES = "Loans of the library,,,\nYear,Loans,,Visits\n,Main,East,Main\n2021,25500,7,1\n2023,41250,8,2\n"


@pytest.mark.parametrize(("value", "sum_"), [("Loans / Main", "25500"), ("Loans / East", "7"), ("Visits / Main", "1")])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_head_of_two_lines_names_columns_by_group_and_column(project: Path, value: str, sum_: str, form: str) -> None:
    more = f'head = [2, 3]\nperiod = "Year"\nvalue = "{value}"\n'
    if form == "csv":
        read(project, "loans.csv", TWO_LINES, more)
    else:
        sheet = [[cell or None for cell in line.split(",")] for line in TWO_LINES.splitlines()]
        excel(project, more, Loans=rows(*sheet))

    assert stored(project)["2021"] == sum_


@pytest.mark.parametrize("head", ["0", "-1", "[]", "[3, 2]", "[1, 3]", '"2"', "true", "[1, 2, 3, 4, 5, 6]", "[0, 1]"])
def test_a_head_that_is_no_line_is_refused(project: Path, head: str) -> None:
    renewal = read(project, "loans.csv", NUMBERS, f"head = {head}\n")

    assert "expected the number of a line, or those of two to 5" in f"{renewal.findings[0]}"


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_column_without_a_name_is_called_by_its_number(project: Path, form: str) -> None:
    content, more = ",Loans\n2021,25500\n2023,41250\n", 'period = "column 1"\nvalue = "Loans"\n'
    if form == "csv":
        read(project, "loans.csv", content, more)
    else:
        excel(project, more, Loans=rows(*[[cell or None for cell in line.split(",")] for line in content.splitlines()]))

    assert stored(project) == {"2021": "25500", "2023": "41250"}


@pytest.mark.parametrize("key", ["period", "value"])
def test_an_empty_name_of_a_column_is_refused_with_what_to_write(project: Path, key: str) -> None:
    (finding,) = read(project, "loans.csv", NUMBERS, f'{key} = ""\n').findings

    assert 'A column without a name is called by its number: "column 1".' in f"{finding}"


def test_a_table_that_ends_in_a_note_is_not_cut(project: Path) -> None:
    read(project, "loans.csv", f"{NUMBERS}Source: Bureau", 'end = "Source"\n')

    assert stored(project) == {"2021": "25500", "2023": "41250"}


@pytest.mark.parametrize("combine", ["", 'combine = "sum"\n'], ids=["single", "summed"])
@pytest.mark.parametrize("form", ["csv", "xlsx", "json", "parquet"])
def test_a_period_is_put_together_from_its_columns(project: Path, form: str, combine: str) -> None:
    table = [["Year", "Quarter", "value"], [2021, "Q1", 25500], [2023, "Q4", 41250]]
    more = f'period = ["Year", "Quarter"]\n{combine}'
    if form == "xlsx":
        excel(project, more, Loans=rows(*table, [None, None, None]))
    elif form == "json":
        read(project, "loans.json", json.dumps([dict(zip(table[0], line, strict=True)) for line in table[1:]]), more)
    elif form == "parquet":
        read_parquet(project, "SELECT * FROM (VALUES (2021, 'Q1', 25500), (2023, 'Q4', 41250)) t(\"Year\", \"Quarter\", value)", more)
    else:
        read(project, "loans.csv", "".join(f"{','.join(map(str, line))}\n" for line in [*table, ["", "", ""]]), more)

    assert stored(project) == {"2021-Q1": "25500", "2023-Q4": "41250"}


def test_the_parts_of_a_period_are_read_as_their_format_says(project: Path) -> None:
    read(project, "loans.csv", "Year,Month,value\n2021,May,1\n2021,June,2\n", 'period = ["Year", "Month"]\nperiod_format = "%Y / %B"\n')

    assert stored(project) == {"2021-05": "1", "2021-06": "2"}


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_year_that_stands_once_above_its_quarters_is_not_carried_down(project: Path, form: str) -> None:
    table: list[list[object]] = [["Year", "Quarter", "value"], [2021, "Q1", 1], [None, "Q2", 2]]
    more = 'period = ["Year", "Quarter"]\n'
    if form == "csv":
        renewal = read(project, "loans.csv", "".join(f"{','.join(str(cell or '') for cell in line)}\n" for line in table), more)
    else:
        renewal = excel(project, more, Loans=rows(*table))

    assert "' / Q2' is no period" in renewal.error or "'/ Q2' is no period" in renewal.error


@pytest.mark.parametrize("period", ["[]", '["Year", ""]', "[1]", "5"])
def test_parts_of_a_period_that_are_no_columns_are_refused(project: Path, period: str) -> None:
    renewal = read(project, "loans.csv", NUMBERS, f"period = {period}\n")

    assert renewal.exit_code == 1
    assert "period" in f"{renewal.findings[0]}"


def test_a_column_that_stands_twice_is_refused_under_its_whole_name(project: Path) -> None:
    content = "Year,Loans,\n,Main,Main\n2021,1,2\n"

    renewal = read(project, "loans.csv", content, 'head = [1, 2]\nperiod = "Year"\nvalue = "Loans / Main"\n')

    assert "column 'Loans / Main' stands 2 times" in renewal.error


def test_the_docs_show_the_head_of_two_lines_and_the_wide_table() -> None:
    assert f"```\n{TWO_LINES}```" in DOCS
    assert f"```\n{WIDE}```" in DOCS
    assert all(f"{line}\n" in DOCS for line in ACROSS.splitlines())
    assert "head = [2, 3]\n" in DOCS


WIDE = """Country,Code,Unit,2021,2022,2023p,
Wideland,WID,loans,25500,..,41250,
Otherland,OTH,loans,1,2,3,
"""
ACROSS = 'where = { Code = "WID" }\nlabels = ["Country", "Unit"]\nmissing = [".."]\nmarks = { p = "P" }\n'


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
def test_a_table_with_years_as_columns_is_read_across(project: Path, form: str) -> None:
    cells = [line.split(",")[:-1] for line in WIDE.splitlines()]
    if form == "csv":
        read(project, "loans.csv", WIDE, ACROSS)
    elif form == "xlsx":
        excel(project, ACROSS, Loans=rows(*[[*line, None] for line in cells], ["Heading"]))
    else:
        read_parquet(project, "SELECT 'Wideland' Country, 'WID' Code, 'loans' Unit, 25500 \"2021\", NULL::INT \"2022\", 41250.0 \"2023p\"",
                     ACROSS.replace('[".."]', '[""]'))  # fmt: skip

    assert stored(project) == {"2021": "25500", "2023": "41250"}


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize(
    ("content", "more", "said"),
    [
        (WIDE, 'where = { Code = "WID" }\nlabels = ["Country"]\n', "'Unit' is no period"),
        (WIDE, 'where = { Code = "WID" }\nlabels = ["Country", "Unit", "Note"]\n', "column 'Note' is missing"),
        (WIDE.replace("2022,", "2021,"), ACROSS, "column '2021' stands 2 times"),
        (WIDE.replace("41250,", "41250,9"), ACROSS, "'column 7' is no period"),
        ("Code,Unit\nWID,loans\n", 'labels = ["Code", "Unit"]\n', "no column is left for the periods"),
    ],
)
def test_a_wide_table_is_held_to_what_its_sidecar_says(project: Path, form: str, content: str, more: str, said: str) -> None:
    if form == "csv":
        renewal = read(project, "loans.csv", content, more)
    else:
        lines = [[cell or None for cell in line.split(",")] for line in content.splitlines()]
        renewal = excel(project, more, Loans=rows(*lines))

    assert said in renewal.error
    assert "declared by `labels`" in renewal.error if "is no period" in said else True


def test_a_wide_row_that_nobody_chose_is_no_second_value(project: Path) -> None:
    renewal = read(project, "loans.csv", WIDE, ACROSS.replace('where = { Code = "WID" }', "").replace('"Unit"', '"Code", "Unit"'))

    assert "2021: 25500 and 1" in renewal.findings[0].found


def test_wide_rows_are_added_up_without_the_notes_below(project: Path) -> None:
    more = 'labels = ["Country", "Code", "Unit"]\nmissing = [".."]\nmarks = { p = "P" }\ncombine = "sum"\nend = "Source"\n'

    renewal = read(project, "loans.csv", f"{WIDE},,,,,,\nSource: Bureau\n", more)

    assert stored(project) == {"2021": "25501", "2023": "41253"}
    assert renewal.notes == ("1 row below the table left out, from line 5: 'Source: Bureau'", "no sum for 2022: 1 of 2 values are missing")


@pytest.mark.parametrize("key", ["period", "value", "status", "note"])
def test_a_wide_table_has_no_columns_for_single_values(project: Path, key: str) -> None:
    renewal = read(project, "loans.csv", WIDE, f'{ACROSS}{key} = "x"\n')

    assert f"{key}: beside `labels`" in f"{renewal.findings[0]}"


def test_json_has_no_years_for_columns(project: Path) -> None:
    assert "labels: in a file of json" in f"{read(project, 'loans.json', '[]', 'labels = []').findings[0]}"
