"""Tables as publishers make them, sound and hostile: workbooks by hand, Parquet and databases by their libraries."""

from __future__ import annotations

import sqlite3
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

import duckdb

CONTENT_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
RELS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>'
)
SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'


def cell(reference: str, value: object, *, formula: str = "", kind: str = "") -> str:
    """Return a cell; None leaves out its value."""
    text = f"<f>{escape(formula)}</f>" if formula else ""
    if isinstance(value, str) and not kind:
        return f'<c r="{reference}" t="inlineStr">{text}<is><t>{escape(value)}</t></is></c>'
    shown = "" if value is None else f"<v>{value}</v>"
    return f'<c r="{reference}"{f" t={chr(34)}{kind}{chr(34)}" if kind else ""}>{text}{shown}</c>'


def rows(*lines: list[object]) -> str:
    """Return the rows of a sheet; a cell that is a text of XML stands as it is."""
    made = []
    for number, line in enumerate(lines, 1):
        cells = "".join(
            str(each) if isinstance(each, str) and each.startswith("<c ") else cell(f"{chr(65 + column)}{number}", each)
            for column, each in enumerate(line)
            if each is not None
        )
        made.append(f'<row r="{number}">{cells}</row>')
    return "".join(made)


def workbook(path: Path, *, hidden: tuple[str, ...] = (), more: dict[str, bytes] | None = None, **sheets: str) -> Path:
    """Write a workbook of these sheets' rows."""
    names = list(sheets)
    entries = "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"{" state=" + chr(34) + "hidden" + chr(34) if name in hidden else ""}/>'
        for n, name in enumerate(names, 1)
    )
    relations = "".join(
        f'<Relationship Id="rId{n}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
        f'Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(names) + 1)
    )
    parts = {
        "[Content_Types].xml": CONTENT_TYPES,
        "_rels/.rels": RELS,
        "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r='
        f'"http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>{entries}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f"{relations}</Relationships>",
        **{f"xl/worksheets/sheet{n}.xml": SHEET.format(sheets[name]) for n, name in enumerate(names, 1)},
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
        for name, data in (more or {}).items():
            archive.writestr(name, data)
    return path


def parquet(path: Path, select: str) -> Path:
    """Write the rows of a query as Parquet."""
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({select}) TO '{path}' (FORMAT parquet)")
    return path


LOANS_SQL = """CREATE TABLE loans AS SELECT * FROM (VALUES
    (2021, 'MAIN', 10000.5), (2021, 'MAIN', 15499.5), (2021, 'EAST', 7.0), (2023, 'MAIN', 41250.0)
) AS t(year, branch, loans)"""


def sqlite(path: Path) -> Path:
    """Write a SQLite database of loans by year and branch."""
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE loans (year INTEGER, branch TEXT, loans REAL)")
    values = [(2021, "MAIN", 10000.5), (2021, "MAIN", 15499.5), (2021, "EAST", 7.0), (2023, "MAIN", 41250.0)]
    connection.executemany("INSERT INTO loans VALUES (?, ?, ?)", values)
    connection.commit()
    connection.close()
    return path


def duck(path: Path) -> Path:
    """Write a DuckDB database of the same."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(LOANS_SQL)
    return path
