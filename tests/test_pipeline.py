"""The pipeline on the smallest whole workspace: what is made, what is kept, what is refused."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pikepdf
import pytest

from generator import pipeline
from generator.errors import ArchiveError, UsageError, WorkspaceError
from generator.pipeline import Outcome, Request
from generator.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
NOW = datetime(2025, 2, 5, 12, tzinfo=UTC)


def build(project: Path, **options: object) -> Outcome:
    (outcome,) = pipeline.build(Workspace(project), Request(**options), now=NOW)  # type: ignore[arg-type]
    return outcome


def said(outcome: Outcome) -> str:
    return "\n".join([*map(str, outcome.findings), outcome.error])


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def pdf_of(project: Path, outcome: Outcome) -> Path:
    assert outcome.edition is not None, said(outcome)
    return project / "reports" / "library" / outcome.edition.id / outcome.edition.files[0][1]


def text_of(pdf: Path) -> str:
    return subprocess.run(["pdftotext", "-layout", str(pdf), "-"], capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace with one edition."""
    target = tmp_path_factory.mktemp("built") / "project"
    shutil.copytree(ROOT / "tests" / "project", target, ignore=shutil.ignore_patterns("reports", ".briefing"))
    assert build(target).state == "built"
    return target


@pytest.mark.slow
def test_an_edition_has_a_pdf_a_language_a_record_and_a_trace(built: Path) -> None:
    (folder,) = (built / "reports" / "library").iterdir()

    assert sorted(path.name for path in folder.iterdir()) == [f"library-{folder.name}.en.pdf", "record.json", "trace.json"]
    assert folder.name == "2025-02-03.1"


def test_the_record_holds_inputs_versions_files_and_facts(built: Path) -> None:
    (folder,) = (built / "reports" / "library").iterdir()

    record = json.loads((folder / "record.json").read_text("utf-8"))

    pdf = (folder / record["files"][0]["name"]).read_bytes()
    assert record["files"][0]["sha256"] == hashlib.sha256(pdf).hexdigest()
    facts = (built / "data/library/facts.csv").read_bytes()
    assert record["inputs"]["data/library/facts.csv"] == hashlib.sha256(facts).hexdigest()
    assert record["versions"]["weasyprint"]
    assert {"readers.2024", "room.cost", "room.opening", "growth.2024"} <= {fact["id"] for fact in record["facts"]}
    assert record["built"] == "2025-02-05T12:00:00+00:00"


def test_the_page_says_what_the_facts_say_with_their_marks(built: Path) -> None:
    text = " ".join(text_of(next(built.glob("reports/library/*/*.pdf"))).split())

    for words in ("12,500 readers", "25%", "€1.2 million", "4 March 2024", "43,000 loans", "Where sources disagree",
                  "about 13,000 readers", "The press rounds the library", "Renewals count as loans"):  # fmt: skip
        assert words in text, f"{words!r} is not on the page"
    assert "{{" not in text


def test_facts_and_series_travel_inside_the_pdf(built: Path) -> None:
    with pikepdf.open(next(built.glob("reports/library/*/*.pdf"))) as pdf:
        names = set(pdf.attachments)
        table = pdf.attachments["facts.csv"].get_file().read_bytes().decode()

    assert {"facts.csv", "facts.json", "series.csv"} <= names
    assert "readers.2024" in table


def test_an_unchanged_build_does_nothing(built: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in built.rglob("*") if path.is_file()}

    outcome = build(built)

    assert outcome.state == "unchanged"
    assert {path: path.stat().st_mtime_ns for path in built.rglob("*") if path.is_file()} == before


def test_an_unchanged_build_imports_nothing_heavy(built: Path) -> None:
    script = (
        "import sys\nfrom generator.cli import main\n"
        "try: main(['build'])\nexcept SystemExit as end: code = end.code\n"
        "heavy = [m for m in ('pandas', 'numpy', 'matplotlib', 'weasyprint', 'jinja2', 'babel', 'pikepdf', 'rich', 'dbos', 'sqlalchemy',"
        " 'markdown_it') if m in sys.modules]\n"
        "print(code, heavy)"
    )
    result = subprocess.run([sys.executable, "-c", script], cwd=built, capture_output=True, text=True, check=True)

    assert result.stdout.splitlines()[-1] == "0 []", result.stderr


def test_whatever_file_of_the_program_a_build_imports_a_change_of_it_makes_pages_anew() -> None:
    script = (
        "import sys\nfrom generator.orders import program_files\n"
        "from generator import charts, inspection, manuscript, press, record, signing, workshop\n"
        "counted = set(map(str, program_files()))\n"
        "print([m.__file__ for n, m in sys.modules.items() if n.startswith('generator') and m.__file__ not in counted])"
    )
    result = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)

    assert result.stdout.strip() == "[]", result.stdout


@pytest.mark.slow
def test_a_forced_build_makes_the_same_bytes_and_keeps_what_was_kept(built: Path) -> None:
    outcome = build(built, force=True)

    assert outcome.state == "rebuilt", said(outcome)
    assert len(list((built / "reports" / "library").iterdir())) == 1


@pytest.mark.slow
def test_the_same_inputs_make_the_same_bytes_elsewhere_on_another_day(built: Path, tmp_path: Path) -> None:
    other = tmp_path / "a folder with spaces" / "project"
    shutil.copytree(built, other, ignore=shutil.ignore_patterns("reports", ".briefing"))
    environment = {"PATH": os.environ["PATH"], "TZ": "Asia/Shanghai", "LANG": "tr_TR.UTF-8", "PYTHONHASHSEED": "77"}

    subprocess.run(
        [sys.executable, "-m", "generator", "--workspace", str(other), "build", "--workers", "1"],
        cwd=ROOT, env=environment, check=True, capture_output=True,
    )  # fmt: skip

    (first,) = built.glob("reports/library/*/*.pdf")
    (second,) = other.glob("reports/library/*/*.pdf")
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.slow
def test_a_changed_fact_makes_a_new_edition_and_leaves_the_old_one(project: Path) -> None:
    first = build(project)
    old = pdf_of(project, first).read_bytes()
    edit(project / "data/library/facts.csv", "2024,1.2,million,EUR", "2024,1.3,million,EUR")
    edit(project / "data/library/facts.csv", "cost 1.2 million", "cost 1.3 million")
    refused = build(project)
    assert refused.state == "failed"
    assert "1.3 million" in said(refused)

    edit(project / "data/library/facts.csv", "2024,1.3,million,EUR", "2024,1.2,million,EUR")
    edit(project / "data/library/facts.csv", "cost 1.3 million", "cost 1.2 million")
    edit(project / "data/library/text.en.md", "came back", "recovered")
    second = build(project)

    assert second.edition is not None
    assert (second.state, second.edition.number) == ("built", 2)
    assert pdf_of(project, first).read_bytes() == old
    assert "recovered" in text_of(pdf_of(project, second))


@pytest.mark.slow
def test_a_failed_build_keeps_nothing_and_the_last_good_edition_stays(project: Path) -> None:
    build(project)
    before = sorted(path for path in (project / "reports").rglob("*"))
    edit(project / "data/library/text.en.md", 'fact("room.cost")', 'fact("room.costs")')

    outcome = build(project)

    assert outcome.state == "failed"
    assert "data/library/text.en.md:2" in said(outcome)
    assert "Did you mean 'room.cost'" in said(outcome)
    assert sorted(path for path in (project / "reports").rglob("*")) == before


def test_a_number_that_its_anchor_does_not_hold_keeps_the_printed_page_out_and_all_is_told(project: Path) -> None:
    edit(project / "data/library/facts.csv", ",1.2,million,EUR", ",1.3,million,EUR")
    edit(project / "data/library/facts.csv", "up 25% on the year", "up 26% on the year")

    outcome = build(project)

    assert outcome.state == "failed"
    assert "data/library/facts.csv:5: error: anchor 'The new reading room cost 1.2 million" in said(outcome)
    assert "data/library/facts.csv:4: error: anchor 'up 26% on the year before' holds 26" in said(outcome)
    assert not (project / "reports").exists()


@pytest.mark.slow
def test_strict_lets_warnings_stop_the_build(project: Path) -> None:
    style = project / "templates/briefing/style.css"
    style.parent.mkdir(parents=True)
    style.write_text((ROOT / "templates/briefing/style.css").read_text("utf-8") + "\nh1 { colr: red }\n")

    assert build(project, strict=True).state == "failed"
    relaxed = build(project)

    assert relaxed.state == "built"
    assert "colr" in said(relaxed)


@pytest.mark.slow
def test_a_damaged_edition_is_made_again_beside_it(project: Path) -> None:
    pdf = pdf_of(project, build(project))
    pdf.write_bytes(pdf.read_bytes()[:-100])

    outcome = build(project)

    assert outcome.edition is not None
    assert (outcome.state, outcome.edition.number) == ("built", 2)


def test_as_of_leaves_out_what_was_published_later(project: Path) -> None:
    outcome = build(project, as_of=date(2025, 1, 1))

    assert outcome.state == "failed"
    assert "readers.2024" in said(outcome)


@pytest.mark.slow
def test_a_look_back_does_not_disturb_the_current_edition(project: Path) -> None:
    current = build(project)
    back = build(project, as_of=date(2025, 2, 3))
    again = build(project)
    back_again = build(project, as_of=date(2025, 2, 3))

    assert [outcome.state for outcome in (current, back, again, back_again)] == ["built", "built", "unchanged", "unchanged"]
    assert again.edition == current.edition


def test_a_source_read_in_the_future_cannot_date_an_edition(project: Path) -> None:
    edit(project / "data/sources.toml", "accessed = 2025-02-03", "accessed = 2035-02-03")

    with pytest.raises(WorkspaceError, match="2035-02-03") as caught:
        build(project)

    assert caught.value.findings[0].place.line > 0


def test_an_edition_as_of_a_day_to_come_is_refused(project: Path) -> None:
    with pytest.raises(UsageError, match="2030-01-01"):
        build(project, as_of=date(2030, 1, 1))


@pytest.mark.slow
def test_as_of_dates_the_edition(project: Path) -> None:
    outcome = build(project, as_of=date(2025, 2, 4))

    assert outcome.edition is not None, said(outcome)
    assert outcome.edition.id == "2025-02-04.1"
    assert "4 February 2025" in text_of(pdf_of(project, outcome))


@pytest.mark.slow
def test_a_document_that_was_changed_stops_even_an_unchanged_build(project: Path) -> None:
    build(project)
    (project / "data/sources/report.txt").write_text("12,500 readers, or so\n")

    outcome = build(project)

    assert outcome.state == "failed"
    assert "sha256" in said(outcome)


def test_a_language_without_a_text_is_refused_with_the_file_to_write(project: Path) -> None:
    outcome = build(project, languages=("fr",))

    assert outcome.state == "failed"
    assert "data/library/text.fr.md" in said(outcome)


def test_an_unknown_topic_gets_the_nearest_one(project: Path) -> None:
    with pytest.raises(UsageError, match="no topic 'libary'") as caught:
        build(project, topics=("libary",))

    assert "library" in caught.value.hint


def test_a_workspace_without_topics_says_how_to_make_one(tmp_path: Path) -> None:
    (tmp_path / "briefing.toml").write_text('issuer = "x"\n')

    with pytest.raises(UsageError, match="no topics"):
        pipeline.build(Workspace(tmp_path), Request())


@pytest.mark.slow
def test_a_cache_that_cannot_be_written_does_not_stop_a_page(project: Path) -> None:
    cache = project / ".briefing" / "cache"
    cache.parent.mkdir()
    cache.write_text("a file where the folder should be")

    assert build(project).state == "built"


@pytest.mark.slow
def test_two_builds_at_once_do_not_mix(project: Path) -> None:
    from generator import archive

    with (
        archive.locked_topics(project / ".briefing", ["library"]),
        pytest.raises(ArchiveError, match=f"process {os.getpid()} is building 'library' in this workspace"),
    ):
        build(project)

    with archive.locked_topics(project / ".briefing", ["museum"]):
        assert build(project).state == "built"


@pytest.mark.slow
def test_one_topic_that_fails_does_not_hold_up_another(project: Path) -> None:
    shutil.copytree(project / "data/library", project / "data/museum")
    facts = project / "data/museum/facts.csv"
    facts.write_text(facts.read_text("utf-8").replace("readers.2024.press", "x.press"), "utf-8")
    for path in (project / "data/museum").rglob("*"):
        if path.is_file():
            text = path.read_text("utf-8")
            for id_ in ("readers.2024", "growth.2024", "room.cost", "room.opening", "readers.per.euro"):
                text = text.replace(id_, f"museum.{id_}")
            path.write_text(text, "utf-8")
    edit(project / "data/museum/topic.toml", 'accent = "#0b5d7a"', 'accent = "blue"')

    library, museum = pipeline.build(Workspace(project), Request(), now=NOW)

    assert (library.state, museum.state) == ("built", "failed")
    assert "data/museum/topic.toml:3" in said(museum)
