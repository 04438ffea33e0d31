"""FAULTS.csv, area cli (G10): the command in a hostile shell: no home, foreign locales, closed outputs, few descriptors."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from patience import await_true
from serving import ROOT, Served, serving
from test_faults_api import tuple_of

from generator.cli import main

FOREIGN = "Ведомости 市报"


def briefing(
    folder: Path, *arguments: str, before: object = None, encoding: str = "utf-8", **environment: str
) -> subprocess.CompletedProcess[str]:
    kept = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "generator", "-C", str(folder), *arguments], env=kept | environment,
        capture_output=True, text=True, encoding=encoding, errors="replace", check=False, preexec_fn=before,  # type: ignore[call-overload]
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("locale", ["C", "POSIX", "tr_TR.UTF-8", "nonsense"])
def test_g10_without_a_home_and_in_any_locale_sources_are_listed_as_they_are(project: Path, locale: str) -> None:
    foreign(project)

    result = briefing(project, "sources", LANG=locale, LC_ALL=locale)

    assert (result.returncode, result.stderr) == (0, "")
    assert FOREIGN in result.stdout


def foreign(project: Path) -> None:
    """Give a producer a name that few encodings can write."""
    sources = project / "data/sources.toml"
    text = sources.read_text("utf-8")
    assert "City News" in text
    sources.write_text(text.replace("City News", FOREIGN), "utf-8")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("encoding", "environment", "shown"),
    [
        ("ascii", {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}, ascii(FOREIGN)[1:-1]),
        ("latin-1", {"PYTHONIOENCODING": "latin-1"}, ascii(FOREIGN)[1:-1]),
        ("koi8-r", {"PYTHONIOENCODING": "koi8-r"}, r"Ведомости \u5e02\u62a5"),
        ("gb18030", {"PYTHONIOENCODING": "gb18030"}, FOREIGN),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isascii() else "",
)
def test_g10_what_an_encoding_cannot_write_is_escaped_and_json_is_json(
    project: Path, encoding: str, environment: dict[str, str], shown: str
) -> None:
    foreign(project)

    table, machine = (briefing(project, "sources", *more, encoding=encoding, **environment) for more in ((), ("--json",)))

    assert (table.returncode, machine.returncode) == (0, 0), (table.stderr, machine.stderr)
    assert shown in table.stdout
    assert machine.stdout.isascii()
    assert FOREIGN in {row["producer"] for row in json.loads(machine.stdout)}


@pytest.mark.slow
@pytest.mark.parametrize("command", [("facts",), ("facts", "--json"), ("sources", "--json"), ("check",), ("token", "list")])
def test_g10_who_stops_reading_the_answer_gets_no_trace(project: Path, command: tuple[str, ...]) -> None:
    briefing(project, "token", "new", "anna")
    assert briefing(project, *command).stdout, "nothing is written, so nobody can stop reading it"
    ours, theirs = os.pipe()
    os.close(ours)
    line = [sys.executable, "-m", "generator", "-C", str(project), *command]
    result = subprocess.run(
        line, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=theirs, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(theirs)

    assert (result.returncode, result.stderr) == (0, "")


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


@pytest.mark.parametrize(
    ("command", "usage"),
    [("build", "[TOPIC]..."), ("diff", "{EDITION} [EDITION]"), ("ingest", "[FILE|URL]"), ("sources coverage", "[SOURCE]..."), ("preview", "[TOPIC]")],
)
def test_g10_help_shows_what_may_be_left_out_and_repeated_once(
    capsys: pytest.CaptureFixture[str], command: str, usage: str
) -> None:
    with pytest.raises(SystemExit):
        main([*command.split(), "-h"])

    assert capsys.readouterr().out.splitlines()[0].endswith(f"{command} [OPTIONS] {usage}")


def test_g10_who_interrupts_the_loading_gets_no_trace() -> None:
    script = (
        "import sys\n"
        "class Interrupted:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'generator.pipeline': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupted())\n"
        "from generator.__main__ import start\n"
        "start()\n"
    )
    result = subprocess.run([sys.executable, "-c", script, "-h"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert (result.returncode, result.stderr) == (130, "briefing: interrupted; nothing was begun\n")


def redirected(folder: Path, how: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command behind a redirection of the shell."""
    line = ["sh", "-c", f'exec "$@" {how}', "sh", sys.executable, "-m", "generator", "-C", str(folder), *arguments]
    return subprocess.run(
        line, env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
@pytest.mark.parametrize("command", [("facts",), ("check", "--json"), ("build", "library"), ("--version",)])
def test_g10_with_closed_outputs_the_work_is_done(project: Path, command: tuple[str, ...]) -> None:
    whole = briefing(project, *command)
    assert whole.returncode == 0, whole.stderr

    silent, answered, neither = (redirected(project, how, *command) for how in (">&-", "2>&-", "<&- >&- 2>&-"))

    assert (silent.returncode, answered.returncode, neither.returncode) == (0, 0, 0), silent.stderr
    assert "Traceback" not in silent.stderr
    assert answered.stdout.splitlines()[-1].split()[0] == whole.stdout.splitlines()[-1].split()[0]
    assert "Step" not in answered.stdout, "what is no answer has come to standard output"


@pytest.mark.slow
@pytest.mark.parametrize("command", [("facts",), ("check", "--json"), ("build", "library"), ("--version",)])
def test_g10_an_answer_for_which_there_is_no_room_is_told(project: Path, command: tuple[str, ...]) -> None:
    result = redirected(project, ">/dev/full", *command)

    assert result.returncode == 3
    assert "the answer cannot be written: No space left on device" in result.stderr
    assert "Traceback" not in result.stderr
    assert "Exception ignored" not in result.stderr


@pytest.mark.slow
@pytest.mark.parametrize("how", ["2>&-", "2>/dev/full"])
def test_g10_a_server_whose_log_goes_nowhere_answers(project: Path, how: str) -> None:
    line = ["sh", "-c", f'exec "$@" {how}', "sh", sys.executable, "-m", "generator", "-C", str(project), "serve", "--port", "0"]
    with subprocess.Popen(line, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        served = Served(process.stdout.readline().strip(), process, project, project / "none")
        try:
            assert served.get("/api/v1/topics").status == 200
            assert served.get("/nothing").status == 404
            assert served.ask("POST", "/api/v1/builds", b"{", content_type="application/json").status == 422
        finally:
            process.terminate()
    assert process.returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize(("command", "blocked"), [("serve", ".briefing/locks"), ("preview", ".briefing")])
def test_g10_a_server_that_cannot_begin_says_why_without_a_trace(project: Path, command: str, blocked: str) -> None:
    shutil.rmtree(project / ".briefing", ignore_errors=True)
    (project / blocked).parent.mkdir(exist_ok=True)
    (project / blocked).write_text("no folder", "utf-8")

    result = briefing(project, command, "--port", "0")

    assert result.returncode in (1, 3), result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    assert result.stderr.startswith(f"briefing: {project}/.briefing")
    assert "cure:" in result.stderr


@pytest.mark.parametrize("given", [("-C", "x"), ("-Cx",), ("--workspace", "x"), ("--workspace=x",)])
@pytest.mark.parametrize("command", ["build", "token list"])
def test_g10_the_folder_behind_a_command_is_told_where_it_stands(
    capsys: pytest.CaptureFixture[str], command: str, given: tuple[str, ...]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command.split(), *given])

    assert ended.value.code == 2
    option = given[0].partition("=")[0][: 2 if given[0].startswith("-C") else None]
    assert f"{option} stands before the command: briefing -C DIR {command} …" in capsys.readouterr().err


def answers(served: Served) -> bool:
    try:
        return served.get("/api/v1/topics").status == 200
    except OSError:
        return False


@pytest.mark.slow
def test_g10_a_server_with_few_descriptors_answers_those_it_can_and_goes_on(project: Path) -> None:
    """More clients come than there are descriptors; when they have gone it serves as before."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, before[1]))
    try:
        with serving(project, "--no-schedules", "--workers", "1") as served:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)
            assert served.get("/api/v1/topics").status == 200
            crowd = [socket.create_connection(tuple_of(served)) for _ in range(100)]
            await_true(lambda: "clients were turned away: too many open files" in served.log)
            assert len(served.log.splitlines()) < 20
            for line in crowd:
                line.close()
            await_true(lambda: answers(served))
            accepted = served.post("/api/v1/builds", {"topic": "library"})
            await_true(lambda: served.get(accepted["location"]).json["ended"] != "")
            assert served.get(accepted["location"]).json["state"] == "done"
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
