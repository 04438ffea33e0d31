"""FAULTS.csv, area cli (G10): the command in a hostile shell: no home, foreign locales, closed outputs, few descriptors."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from patience import await_true
from serving import ROOT, serving


def briefing(folder: Path, *arguments: str, before: object = None, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "generator", "-C", str(folder), *arguments], env=kept | environment,
        capture_output=True, text=True, encoding="utf-8", errors="replace", check=False, preexec_fn=before,  # type: ignore[call-overload]
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("locale", ["C", "POSIX", "tr_TR.UTF-8", "nonsense"])
def test_g10_without_a_home_and_in_any_locale_facts_are_listed_as_they_are(project: Path, locale: str) -> None:
    result = briefing(project, "facts", LANG=locale, LC_ALL=locale)

    assert result.returncode == 0, result.stderr
    assert "readers.2024" in result.stdout
    assert "Traceback" not in result.stderr


@pytest.mark.slow
@pytest.mark.parametrize("command", [("facts", "--json"), ("sources", "--json"), ("check",), ("token", "list")])
def test_g10_who_stops_reading_the_answer_gets_no_trace(project: Path, command: tuple[str, ...]) -> None:
    briefing(project, "token", "new", "anna")
    line = [sys.executable, "-m", "generator", "-C", str(project), *command]
    with subprocess.Popen(line, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        said = process.stderr.read().decode()
        process.wait()

    assert "Traceback" not in said
    assert "Exception ignored" not in said


@pytest.mark.slow
@pytest.mark.parametrize("name", ["-rf", "--help", "two words", "naïve-имя-名字", "a\nb"])
def test_g10_a_workspace_by_any_name_is_checked(project: Path, name: str) -> None:
    folder = project.rename(project.with_name(name))
    result = subprocess.run(
        [sys.executable, "-m", "generator", "check"], cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert result.returncode == 0, result.stderr
    assert "0 errors" in result.stdout


def test_g10_with_umask_000_tokens_are_still_their_owners_only(project: Path) -> None:
    made = briefing(project, "token", "new", "anna", before=lambda: os.umask(0))

    assert made.returncode == 0, made.stderr
    assert (project / ".briefing/tokens.json").stat().st_mode & 0o777 == 0o600


def test_g10_where_nothing_can_be_written_a_token_is_not_half_made(project: Path) -> None:
    briefing(project, "token", "new", "anna")
    before = (project / ".briefing/tokens.json").read_bytes()

    def no_room() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20, 20))

    result = briefing(project, "token", "new", "berta", before=no_room)

    assert result.returncode == 1, result.stdout + result.stderr
    assert "cannot write" in result.stderr
    assert "Traceback" not in result.stderr
    assert (project / ".briefing/tokens.json").read_bytes() == before


@pytest.mark.slow
def test_g10_a_server_with_few_descriptors_answers_those_it_can_and_goes_on(project: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, before[1]))
    try:
        with serving(project, "--no-schedules", "--workers", "1") as served:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)
            assert served.get("/api/v1/topics").status == 200
            accepted = served.post("/api/v1/builds", {"topic": "library"})
            await_true(lambda: served.get(accepted["location"]).json["ended"] != "")
            assert served.get(accepted["location"]).json["state"] == "done"
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
