"""The command line as its user meets it: answers, messages, exit codes, help, documentation."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main

from generator.cli import app

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def run(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "generator", *arguments],
        cwd=cwd, env={**os.environ, "PYTHONPATH": str(ROOT), **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.slow
def test_check_of_a_sound_workspace_ends_with_its_counts_and_0(project: Path) -> None:
    result = run("check", cwd=project)

    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.splitlines()[-1].startswith("0 errors, 0 warnings, 0 notes, 1 topic, 6 facts, 5 checked in")


@pytest.mark.slow
def test_check_writes_the_lock_that_stands_in_for_the_documents(project: Path) -> None:
    run("check", cwd=project)
    for path in (project / "data/sources").iterdir():
        path.unlink()

    result = run("check", cwd=project)

    assert result.returncode == 0, result.stdout
    assert "5 checked earlier (lock)" in result.stdout


def test_without_lock_and_documents_every_source_says_so(project: Path) -> None:
    for path in (project / "data/sources").iterdir():
        path.unlink()

    result = run("check", cwd=project)

    assert "data/sources.toml:1: warning" in result.stdout
    assert "BRIEFING_DOCUMENTS" in result.stdout


@pytest.mark.slow
def test_documents_are_found_where_briefing_documents_points(project: Path, tmp_path: Path) -> None:
    (project / "data/sources").rename(tmp_path / "elsewhere")

    result = run("check", cwd=project, BRIEFING_DOCUMENTS=str(tmp_path / "elsewhere"))

    assert "5 checked in their documents" in result.stdout


def test_check_lists_every_problem_with_file_line_found_expected_and_cure(project: Path) -> None:
    facts = project / "data/library/facts.csv"
    text = facts.read_text("utf-8").replace(",12500,", ",12600,").replace("up 25% on", "up 26% on")
    facts.write_text(text, "utf-8")

    result = run("check", cwd=project)

    assert result.returncode == 1
    assert re.search(r"^data/library/facts\.csv:2: error: .*12,?500.*; expected .*12,?600", result.stdout, re.MULTILINE)
    assert re.search(r"^data/library/facts\.csv:4: error: .*up 26%", result.stdout, re.MULTILINE)
    assert "3 errors" in result.stdout  # the second anchor is neither in its document nor the fact


@pytest.mark.slow
@pytest.mark.parametrize("command", ["check", "facts", "series", "sources", "editions"])
def test_json_answers_are_json_and_nothing_else(project: Path, command: str) -> None:
    result = run(command, "--json", cwd=project)

    assert isinstance(json.loads(result.stdout), list | dict)


@pytest.mark.slow
def test_build_prints_the_files_it_made_and_keeps_steps_off_the_answer(project: Path) -> None:
    result = run("build", cwd=project)

    assert result.returncode == 0, result.stderr
    assert result.stdout == "reports/library/2025-02-03.1/library-2025-02-03.1.en.pdf  built\n"
    for step in ("Step 1 - Read", "Step 2 - Check", "Step 3 - Draw", "Step 4 - Write", "Step 5 - Print",
                 "Step 6 - Inspect", "Step 7 - Keep"):  # fmt: skip
        assert step in result.stderr

    again = run("build", "--json", cwd=project)
    assert [row["state"] for row in json.loads(again.stdout)] == ["unchanged"]
    assert again.stderr == ""

    pdf = project / result.stdout.split()[0]
    verdict = run("verify", str(pdf), cwd=project)
    assert (verdict.returncode, "ours and whole, edition library/2025-02-03.1" in verdict.stdout) == (0, True)

    pdf.write_bytes(pdf.read_bytes() + b" ")
    assert run("verify", str(pdf), cwd=project).returncode == 1
    damaged = run("editions", cwd=project)
    assert (damaged.returncode, "has changed" in damaged.stdout) == (1, True)


def test_a_build_tells_each_problem_once_though_a_combined_briefing_has_it_too(project: Path) -> None:
    with (project / "briefing.toml").open("a", encoding="utf-8") as settings:
        settings.write('\n[combined]\ntitle = "All of it"\n')

    done = run("build", "--lang", "fr", cwd=project)

    rules = re.findall(r"\[([\w.-]+)\]$", done.stderr, re.MULTILINE)
    assert (done.returncode, rules.count("text.missing"), rules.count("context.unplaced")) == (1, 1, 0)
    assert done.stderr.count("nothing was kept; the findings say why") == 2


def test_a_failed_build_says_why_and_ends_with_1(project: Path) -> None:
    text = project / "data/library/text.en.md"
    text.write_text(text.read_text("utf-8").replace("Loans fell", "Loans fell by 55 percent"), "utf-8")

    result = run("build", cwd=project)

    assert result.returncode == 1
    assert re.search(r"data/library/text\.en\.md:13: error: .*55", result.stderr), result.stderr
    assert "the last good edition stays" in result.stdout
    assert not (project / "reports").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("build", "libary"), "Did you mean 'library'?"),
        (("build", "--as-of", "yesterday"), "Write it as 2026-11-22"),
        (("build", "--lang", "xx-nonsense"), "xx-nonsense"),
        (("verify", "no-such.pdf"), "No such file"),
        (("biuld",), "No such command"),
        (("build", "--forse"), "--force"),
    ],
)
def test_wrong_use_is_told_without_a_traceback(project: Path, arguments: tuple[str, ...], said: str) -> None:
    result = run(*arguments, cwd=project)

    assert result.returncode in (1, 2)
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_outside_a_workspace_the_cure_is_named(tmp_path: Path) -> None:
    result = run("build", cwd=tmp_path)

    assert result.returncode == 2
    assert "no briefing.toml here or in a folder above" in result.stderr
    assert "briefing -C DIR" in result.stderr


def test_a_workspace_is_found_from_a_folder_below(project: Path) -> None:
    assert run("facts", cwd=project / "data" / "library").returncode == 0
    assert run("-C", str(project / "data"), "facts", cwd=ROOT).returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize("environment", [{"LANG": "C", "LC_ALL": "C"}, {"LANG": "tr_TR.UTF-8"}, {"HOME": ""}, {"TZ": "Mars"}])
def test_g10_a_hostile_shell_changes_nothing(project: Path, environment: dict[str, str]) -> None:
    result = run("check", cwd=project, **environment)

    assert result.returncode == 0, result.stderr


@pytest.mark.slow
@pytest.mark.parametrize("step", ["Step 1", "Step 3", "Step 5", "Step 6"])
def test_d12_an_interrupt_ends_the_build_and_says_what_was_kept(project: Path, tmp_path: Path, step: str) -> None:
    for number in range(10):
        folder = shutil.copytree(project, tmp_path / f"again{number}")
        code, said = interrupted(folder, step)
        assert "Traceback" not in said
        for kept in (folder / "reports").glob("*/*"):
            assert (kept / "record.json").is_file()
        if code == 130:
            break
        assert code == 0, said

    assert code == 130, "each time the build had ended before the interrupt came"
    assert "briefing: interrupted" in said


def interrupted(folder: Path, step: str) -> tuple[int, str]:
    """Interrupt a build when it tells of a step; return its exit code and all it said."""
    heeding = ["env", "--default-signal=INT"]  # what a shell's `&` begins ignores it
    process = subprocess.Popen(
        [*heeding, sys.executable, "-m", "generator", "build"], cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    said = ""
    while step not in said and (line := process.stderr.readline()):
        said += line
    assert step in said
    process.send_signal(signal.SIGINT)
    said += process.communicate()[1]
    return process.returncode, said


def test_wrong_languages_are_refused_before_anything_is_read(project: Path) -> None:
    result = run("build", "--lang", "xx-nonsense", cwd=project)

    assert (result.returncode, "Step 1" in result.stderr) == (2, False)


def test_lists_have_column_heads_and_facts_their_qualifiers(project: Path) -> None:
    lines = run("facts", cwd=project).stdout.splitlines()

    assert lines[0].split()[:4] == ["ID", "TOPIC", "USE", "VALUE"]
    assert "about 13000" in lines[2]


def test_doctor_names_what_it_looked_at(project: Path) -> None:
    points = json.loads(run("doctor", "--json", cwd=project).stdout)

    names = {point["name"] for point in points}
    assert {"Python", "library pango-1.0", "font Noto Sans", "disk", "rendering child", "documents"} <= names
    assert all(point["cure"] for point in points if not point["good"])


def test_doctor_looks_at_a_machine_without_a_workspace_and_refuses_a_wrong_one(tmp_path: Path) -> None:
    points = json.loads(run("doctor", "--json", cwd=tmp_path).stdout)
    wrong = run("-C", str(tmp_path), "doctor", cwd=tmp_path)

    assert {"Python", "font Noto Sans", "rendering child"} <= {point["name"] for point in points}
    assert list(tmp_path.iterdir()) == []
    assert (wrong.returncode, "briefing init DIR" in wrong.stderr) == (2, True)


def test_doctor_gives_the_command_that_cures_a_missing_font(project: Path) -> None:
    program = project / "fc-match"
    program.write_text("#!/bin/sh\necho 'DejaVu Sans|/x.ttf'\n")
    program.chmod(0o755)

    result = run("doctor", cwd=project, PATH=f"{project}:{os.environ['PATH']}")

    assert result.returncode == 1
    assert "apt-get install fonts-noto-core" in result.stdout


def test_doctor_looks_for_fonts_where_the_rendering_child_does(project: Path) -> None:
    configuration = project / "fonts.conf"
    configuration.write_text("<fontconfig></fontconfig>")

    assert run("doctor", cwd=project, FONTCONFIG_FILE=str(configuration)).returncode == 0


def test_version_is_that_of_the_package() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    (version,) = re.findall(r'^version = "(.+)"', text, re.MULTILINE)

    assert run("--version", cwd=ROOT).stdout == f"briefing-generator {version}\n"


def test_every_command_and_option_stands_in_the_readme() -> None:
    group = typer.main.get_command(app)
    commands = dict(group.commands)
    commands |= {f"{name} {below}": command for name, parent in group.commands.items()
                 for below, command in getattr(parent, "commands", {}).items()}  # fmt: skip
    options = {name for command in [group, *commands.values()] for parameter in command.params
               for name in parameter.opts if name.startswith("--")}  # fmt: skip

    missing = [name for name in commands if f"briefing {name}" not in README]
    missing += [name for name in options if name not in README and name != "--help"]

    assert missing == []


def test_the_list_of_commands_tells_each_in_a_whole_sentence(project: Path) -> None:
    listed = run("--help", cwd=project).stdout.partition("Commands:")[2]

    assert "..." not in listed
    assert "Make a new workspace: small, complete, with invented sample data; it checks and builds at once." in " ".join(listed.split())


def test_the_readme_shows_no_command_that_is_not_there() -> None:
    commands = set(typer.main.get_command(app).commands)
    shown = set(re.findall(r"^briefing (?:-C DIR )?([a-z]+)", README, re.MULTILINE))

    assert shown - commands == set()


def test_the_public_names_are_sorted_and_there() -> None:
    import generator

    assert generator.__all__ == sorted(generator.__all__)
    assert all(getattr(generator, name) for name in generator.__all__)


@pytest.mark.slow
def test_the_python_example_of_the_readme_runs(project: Path) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)

    result = subprocess.run(
        [sys.executable, "-c", example], cwd=project, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert result.stdout == "library built 2025-02-03.1\n", result.stderr


def test_every_link_of_the_documentation_leads_somewhere() -> None:
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name} points at {target}"


def test_every_file_that_contributing_names_is_there() -> None:
    named = re.findall(r"`((?:tests|generator|docs)/[\w./-]+)`", (ROOT / "CONTRIBUTING.md").read_text("utf-8"))

    assert len(named) > 10
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.slow
def test_every_field_of_a_record_is_documented(project: Path) -> None:
    run("build", cwd=project)
    record = json.loads(next(project.glob("reports/*/*/record.json")).read_text("utf-8"))
    text = (ROOT / "docs/record.md").read_text("utf-8")

    assert [name for name in record if f"`{name}`" not in text] == []


def on_a_terminal(*arguments: str, cwd: Path) -> tuple[int, str, str]:
    """Run a command whose standard error is a terminal; return its code, its answer, what the terminal got."""
    import pty

    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "generator", *arguments], cwd=cwd, stderr=theirs, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm"},
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # the terminal's end reads as an error on Linux
        while part := os.read(ours, 4096):
            shown += part
    os.close(ours)
    answer = process.communicate()[0]
    return process.returncode, answer, shown.decode("utf-8", "replace")


@pytest.mark.slow
def test_on_a_terminal_a_bar_shows_the_steps_and_gives_the_cursor_back(project: Path) -> None:
    code, answer, shown = on_a_terminal("build", cwd=project)

    assert (code, answer) == (0, "reports/library/2025-02-03.1/library-2025-02-03.1.en.pdf  built\n")
    assert "Step " in shown
    assert shown.count("\x1b[?25h") >= shown.count("\x1b[?25l") > 0

    assert on_a_terminal("build", cwd=project)[2] == ""
