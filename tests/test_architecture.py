"""The floors: imports go down only, and each library has one room."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "generator"
FLOORS = {
    "base": {
        "layout",  # what stands where on a page
        "model", "errors", "periods", "reading", "tables", "workspace", "language", "scaling", "cldr",
        "quantities", "quantity", "amounts", "numbers", "number_words", "digits", "dates", "designations", "shares", "ranges",
        "senses", "passages", "lexicon", "phrases",  # quantities and its parts
        "grammars", "grammars.grammar", "grammars.cyrillic", "grammars.en", "grammars.zh", "grammars.ru", "grammars.be",
        "formula", "sandbox", "server", "calls", "sentences", "page", "causes", "catalogues", "names", "traces",
        "packing", "answers", "network", "fetching", "databases", "local", "writing", "strict_json", "vintages", "origins",
        "slots", "wording", "questions", "definitions", "links", "differences", "colours", "look", "gaps", "verdicts",
    },
    "parts": {
        "anchors", "agreement", "plain_numbers", "changes", "claims", "derivation", "disagreement", "figures", "lock", "magnitude", "occurrences",
        "plausibility", "staleness", "statements", "wholes",  # of evidence
        "documents", "document_text", "document_html", "document_pdf", "document_word",  # of evidence and ingest
        "candidate_anchors", "candidate_metrics", "candidate_periods", "candidate_words", "provenance", "receiving",  # of ingest
        "likeness", "mentions", "proposal", "setaside",  # of coverage
        "chart_fonts", "chart_frame", "chart_kinds", "chart_labels", "chart_rows", "chart_scale", "chart_sheet", "chart_words",
        "prose", "parity", "markup", "references", "sheets", "assets", "tracing", "glyphs", "facsimile",  # of text, template, pdf, preflight
        "measures", "composition",  # of pdf, preflight
        "structure",  # of pdf
        "apparatus", "attachments", "marks", "spread",  # of context
        "difference_words", "numbering",  # of context
        "connectors", "connectors.base", "connectors.sdmx_messages", "connectors.sdmx_rows", "connectors.cells", "connectors.kinds", "timings", "release_calendars",
        "connectors.duck", "connectors.workbooks", "connectors.extent", "connectors.heads", "connectors.lines",  # of the connectors
        "comparison", "acceptance",  # of refresh
        "delivery", "delivery.base", "delivery.addresses", "delivery.mail", "delivery.smtp", "stores", "stores_bucket", "stores_remote",  # of the channels
        "recalls",  # of the archive
    },
    "stages": {
        "vocabulary", "sources", "facts", "series", "topics", "evidence", "coverage", "chart_plan", "charts", "text", "context",
        "template", "pdf", "preflight", "signing", "archive", "schedules", "operation",
        "connectors.memory", "connectors.worldbank", "connectors.comtrade", "connectors.imf", "connectors.uis", "connectors.sdmx",
        "connectors.file", "connectors.sql",
        "recipients", "letter", "delivery.memory", "delivery.email", "delivery.feed", "delivery.storage", "delivery.webhook",
    },
    "pipeline": {
        "holdings", "inquiry", "refresh", "shared_archive",
        "knowledge", "draft", "press", "rehearsal", "workshop", "orders", "record", "pipeline", "inspection", "lists", "exhibit", "doctor", "translation",
        "survey", "verification", "starter",
        "manuscript", "proof", "testimony", "gist", "mailing",
        "review", "candidates", "ingestion", "decisions",
        "succession", "contrast", "binding", "brief",
    },
    "engine": {
        "deliveries", "roster", "postman", "allotments", "circulation", "outlook", "releases",
        "agenda", "materiality", "database", "seats", "tallies", "ledger", "journal", "works", "engine", "service", "status", "turning",
    },
    "doors": {"cli", "answering", "turns", "dispatch", "waybills", "accounts", "listing", "renewals", "timetable", "metrics", "terminal", "__main__", "__init__",
              "web", "web.access", "web.answers", "web.bells", "web.api", "web.app", "web.builds", "web.commands", "web.crew", "web.door", "web.editions",
              "web.files", "web.gate", "web.guard", "web.holdings", "web.journal", "web.letters", "web.login", "web.making", "web.operation", "web.pages", "web.problems",
              "web.server", "web.settings", "web.shapes", "web.shelf", "web.shell", "web.tokens", "web.worker",
              "web.desk", "web.gallery", "web.leafing", "web.preview", "web.watching", "web.worklist",
              "web.ordering", "web.overview", "web.reader", "web.reviewing"},
}  # fmt: skip
"""A part belongs to one stage."""
ORDER = list(FLOORS)
ROOMS = {
    "babel": {"language", "catalogues", "cldr"},
    "matplotlib": {"charts"},
    "weasyprint": {"pdf", "structure"},
    "pikepdf": {"preflight"},
    "jinja2": {"template", "text", "markup", "letter", "web.shell"},
    "markdown_it": {"text"},
    "pandas": {"series"},
    "pyhanko": {"signing"},
    "pyhanko_certvalidator": {"signing"},
    "asn1crypto": {"signing"},
    "pkcs11": {"signing"},
    "typer": {"cli", "answering", "turns", "dispatch", "web.commands"},
    "uvicorn": {"web.server"},
    "watchfiles": {"web.watching"},
    "rich": {"terminal"},
    "httpcore": {"network", "fetching", "delivery.webhook"},
    "duckdb": {"connectors.duck"},
    "python_calamine": {"connectors.workbooks"},
    "pg8000": {"databases"},
    "lxml": {"document_html", "document_word"},
    "pypdfium2": {"document_pdf", "facsimile"},
    "charset_normalizer": {"document_text"},
    "webencodings": {"document_text"},
    "cronsim": {"slots"},
    "dbos": {"engine"},
    "sqlalchemy": {"database", "seats", "ledger", "deliveries", "tallies", "allotments"},
    "prometheus_client": {"metrics"},
}


def modules() -> list[str]:
    return sorted({_name(path) for path in PACKAGE.rglob("*.py")})


def _name(path: Path) -> str:
    """Return a module's name within the package; a folder is named like the module that it is."""
    name = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
    return name.removesuffix(".__init__")


def _file(module: str) -> Path:
    path = PACKAGE.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def floor_of(module: str) -> str:
    return next(floor for floor, names in FLOORS.items() if module in names)


def imports(module: str) -> tuple[set[str], set[str]]:
    """Return the package's own modules and the outside libraries that a module imports."""
    own: set[str] = set()
    outside: set[str] = set()
    for node in ast.walk(ast.parse(_file(module).read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            own |= _meant(module, node)
        elif isinstance(node, ast.ImportFrom) and node.module:
            outside.add(node.module.partition(".")[0])
        elif isinstance(node, ast.Import):
            outside |= {alias.name.partition(".")[0] for alias in node.names}
    return own, outside - set(sys.stdlib_module_names)


def _meant(module: str, node: ast.ImportFrom) -> set[str]:
    """Return the modules of a relative import: those named, or the folder whose names are taken."""
    package = module.split(".") if _file(module).name == "__init__.py" and module != "__init__" else module.split(".")[:-1]
    base = [*package[: len(package) - node.level + 1], *(node.module or "").split(".")]
    path = ".".join(filter(None, base))
    named = {f"{path}.{alias.name}".lstrip(".") for alias in node.names} & set(modules())
    return named or {path}


@pytest.mark.parametrize("module", modules())
def test_every_module_stands_on_one_floor(module: str) -> None:
    assert sum(module in names for names in FLOORS.values()) == 1


@pytest.mark.slow
@pytest.mark.parametrize("module", modules())
def test_imports_go_down_only(module: str) -> None:
    mine = ORDER.index(floor_of(module))
    for other in imports(module)[0]:
        floor = ORDER.index(floor_of(other))
        assert floor <= mine, f"{module} imports {other} from a floor above"
        if ORDER[mine] == "stages":
            assert floor < mine, f"the stage {module} imports the stage {other}"


@pytest.mark.slow
@pytest.mark.parametrize("module", modules())
def test_each_library_has_one_room(module: str) -> None:
    for library in imports(module)[1]:
        rooms = ROOMS.get(library)
        if rooms is not None:
            assert module in rooms, f"{module} imports {library}, which belongs to {sorted(rooms)}"


def test_no_module_is_longer_than_five_hundred_lines() -> None:
    long = {name: n for name in modules() if (n := len(_file(name).read_text("utf-8").splitlines())) > 500}
    assert long == {}


def test_no_test_asserts_a_time() -> None:
    """Machines are slow and loaded: work is counted (`effort`), what must come true is awaited (`patience`)."""
    clock = re.compile(r"\btime\.(?:monotonic|perf_counter|process_time|thread_time|time)\b|from time import")
    here = Path(__file__)
    found = {path.name for path in here.parent.glob("*.py") if path != here and clock.search(path.read_text("utf-8"))}

    assert found == {"bench.py", "patience.py"}, "the clock is the benchmark's, and of what waits"


def test_python_names_nothing_of_the_reference_workspace() -> None:
    words = ("china", "belarus", "great stone", "industrial-park", "confucius")
    for name in modules():
        text = _file(name).read_text("utf-8").lower()
        for word in words:
            assert word not in text, f"{name}.py speaks of {word}"
