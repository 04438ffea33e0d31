"""Warm, limited children: what goes in, what comes out, and how a job that misbehaves ends."""

from __future__ import annotations

import contextlib
import errno
import os
import pickle
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from pages import Canary
from patience import PATIENCE, await_true

from generator import errors, model, sandbox, server
from generator.errors import BriefingError, LimitError, LostError, RenderError, UsageError, WorkspaceError
from generator.model import Finding, Place
from generator.page import Page
from generator.sandbox import Child, Limits
from generator.workshop import Workshop
from generator.workspace import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def child(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Child]:
    """Give a child with little memory and output and more time than any machine needs."""
    with Child(["generator.model"], state=tmp_path_factory.mktemp("state"), limits=Limits(600, 400, output=4)) as started:
        yield started


def execute(child: Child, code: str) -> Any:
    return child.run("builtins:exec", code, {})


def evaluate(child: Child, code: str) -> Any:
    return child.run("builtins:eval", code, {})


# --- what comes back ------------------------------------------------------------------------------


def test_a_result_of_our_values_comes_back_equal(child: Child) -> None:
    finding = Finding(Place("a.csv", 3), "x.y", "found", "expected", "cure")

    result = child.run("builtins:dict", finding=finding, number=Decimal("5.08"), parts=(1, b"x", None, {"a"}))

    assert result == {"finding": finding, "number": Decimal("5.08"), "parts": (1, b"x", None, {"a"})}


def test_a_big_argument_and_result_pass(child: Child) -> None:
    assert len(child.run("builtins:bytes", b"x" * 3_000_000)) == 3_000_000


def test_no_state_passes_from_one_job_to_the_next(child: Child) -> None:
    execute(child, "import generator.model as m; m.left_behind = 1")

    assert evaluate(child, "hasattr(__import__('generator.model').model, 'left_behind')") is False


def test_two_jobs_run_at_the_same_time(child: Child, tmp_path: Path) -> None:
    meeting = str(tmp_path / "fifo")
    os.mkfifo(meeting)

    with ThreadPoolExecutor(2) as pool:  # each end of a pipe opens when the other one does
        ends = [pool.submit(execute, child, f"open({meeting!r}, {mode!r}).close()") for mode in "rw"]

    assert [end.result() for end in ends] == [None, None]


def test_many_threads_each_get_their_own_answer(child: Child) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: child.run("operator:mul", number, 2), range(60)))

    assert answers == [number * 2 for number in range(60)]


def test_the_constructor_does_not_wait_for_the_imports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = tmp_path / "fifo"
    os.mkfifo(gate)
    let_children_import(tmp_path, monkeypatch, f"open({str(gate)!r}).close()")

    with Child(["extra"], state=tmp_path / "new" / "state", limits=Limits()) as child:
        gate.open("w").close()  # only now can the import end
        assert child.run("operator:add", 1, 1) == 2


# --- errors ---------------------------------------------------------------------------------------


def test_an_error_of_ours_comes_back_as_itself(child: Child) -> None:
    with pytest.raises(UsageError) as caught:
        execute(child, "from generator.errors import *; raise UsageError('bad', where='a:3', hint='do')")

    assert (caught.value.message, caught.value.where, caught.value.hint) == ("bad", "a:3", "do")


def test_a_workspace_error_brings_its_findings(child: Child) -> None:
    code = "import generator.model as m, generator.errors as e\n"
    code += "raise e.WorkspaceError([m.Finding(m.Place('f', 2), 'r', 'a', 'b', 'c')])"

    with pytest.raises(WorkspaceError) as caught:
        execute(child, code)

    assert caught.value.findings == (Finding(Place("f", 2), "r", "a", "b", "c"),)


def test_an_error_class_made_in_the_child_comes_back_as_its_nearest_known_parent(child: Child) -> None:
    with pytest.raises(UsageError, match="odd"):
        execute(child, "import generator.errors as e\nclass Odd(e.UsageError): pass\nraise Odd('odd')")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("1/0", "ZeroDivisionError: division by zero"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("class Fatal(BaseException): pass\nraise Fatal('fetch')", "Fatal: fetch"),
        ("def f(): f()\nf()", "nested too deeply"),
        ("import os; os.abort()", "ended by SIGABRT"),
        ("import ctypes; ctypes.string_at(0)", "ended by SIGSEGV"),
        ("import os; os._exit(0)", "ended without an answer"),
        ("import no_such_thing", "No module named 'no_such_thing'"),
    ],
)
def test_any_other_end_is_a_render_error_that_says_why(child: Child, code: str, message: str) -> None:
    with pytest.raises(RenderError, match=message) as caught:
        execute(child, code)

    assert not isinstance(caught.value, LimitError)


def test_a_fatal_fetching_error_of_the_printer_becomes_ours(child: Child) -> None:  # A31
    with pytest.raises(RenderError, match="FatalURLFetchingError: gone"):
        execute(child, "from weasyprint.urls import FatalURLFetchingError as F\nraise F('gone')")


def test_the_child_lives_after_all_that(child: Child) -> None:
    pid = child.pid

    for code in ("import os; os.abort()", "raise MemoryError", "import os; os.kill(os.getpid(), 9)"):
        with pytest.raises(BriefingError):
            execute(child, code)

    assert child.run("operator:add", 1, 1) == 2
    assert child.pid == pid


# --- limits ---------------------------------------------------------------------------------------


SLEEPS = "import time; time.sleep(9999)"
TURNS = "while True: pass"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("limits", "code", "limit", "setting"),
    [
        (Limits(0.5, processor=600), SLEEPS, "more than 0.5 s, its limit", "seconds"),
        (Limits(600, processor=1), TURNS, "more than 1 s of processor time", "seconds"),
        (Limits(600, 400), "bytearray(900 << 20)", "more than 400 MB of memory", "megabytes"),
        (Limits(600, 400), "x = []\nwhile True: x.append(bytes(16 << 20))", "more than 400 MB of memory", "megabytes"),
        (Limits(600, 400), "import os; os.kill(os.getpid(), 9)", "more than 400 MB of memory", "megabytes"),
    ],
)  # on a slow machine too: a job can meet no other limit of its child
def test_a_limit_is_named_with_its_setting_and_the_call(
    tmp_path: Path, limits: Limits, code: str, limit: str, setting: str
) -> None:
    with Child([], state=tmp_path, limits=limits) as child, pytest.raises(LimitError) as caught:
        execute(child, code)

    assert f"builtins:exec needed {limit}" in caught.value.message
    assert f"`{setting}` in [limits] of briefing.toml" in caught.value.hint


def test_an_answer_over_the_limit_is_refused(child: Child) -> None:
    with pytest.raises(LimitError, match="4 MB of output"):
        child.run("builtins:bytes", 5 << 20)


def test_a_file_over_the_limit_cannot_be_written(child: Child) -> None:
    with pytest.raises(LimitError, match="4 MB of output"):
        execute(child, "open('big', 'wb').write(bytes(9 << 20))")


def test_other_jobs_go_on_while_one_runs_out_of_time(tmp_path: Path) -> None:
    with Child([], state=tmp_path, limits=Limits(600, processor=1)) as child, ThreadPoolExecutor(1) as pool:
        endless = pool.submit(execute, child, TURNS)
        quick = [child.run("operator:add", number, 1) for number in range(5)]

        assert quick == [1, 2, 3, 4, 5]
        assert isinstance(endless.exception(), LimitError)
        assert child.run("operator:add", 1, 1) == 2


def test_no_core_file_is_written_and_files_are_private(child: Child) -> None:
    assert evaluate(child, "__import__('resource').getrlimit(4)") == (0, 0)
    assert evaluate(child, "__import__('os').umask(0)") == 0o077


# --- what a child can reach -----------------------------------------------------------------------


def test_the_environment_is_fixed_whatever_the_caller_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # A35
    for name in ("HTTP_PROXY", "http_proxy", "SSL_CERT_FILE", "PYTHONPATH", "MPLBACKEND", "SECRET_TOKEN"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("TZ", "Asia/Shanghai")

    with Child([], state=tmp_path, limits=Limits()) as child:
        inside = evaluate(child, "dict(__import__('os').environ)")

    assert "http://127.0.0.1:9" not in inside.values()
    assert (inside["TZ"], inside["LANG"], inside["OPENBLAS_NUM_THREADS"]) == ("UTC", "C.UTF-8", "1")
    assert inside["HOME"] == inside["MPLCONFIGDIR"] == str(tmp_path)
    assert inside["TMPDIR"].startswith(f"{tmp_path}/jobs-")


def test_a_module_in_the_working_folder_is_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # A35
    (tmp_path / "colorsys.py").write_text("raise SystemExit('hijacked')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    with Child(["colorsys"], state=tmp_path, limits=Limits()) as child:
        assert "hijacked" not in evaluate(child, "__import__('colorsys').__file__")


def test_an_isolated_child_reaches_no_server(child: Child) -> None:
    with Canary() as canary:
        code = f"import urllib.request as r; r.urlopen({canary.url()!r})"
        exec(code, {})
        assert canary.hits == ["/x"]
        if not child.isolated:
            pytest.skip("this system grants no network namespace")

        with pytest.raises(RenderError, match="URLError"):
            execute(child, code)

        assert canary.hits == ["/x"]


@pytest.mark.parametrize(
    "code",
    ["object()", "print", "__import__('os').system", "__import__('datetime').datetime(2026, 1, 1)", "ValueError('x')"],
)
def test_an_answer_that_is_no_plain_value_is_refused(child: Child, code: str) -> None:
    with pytest.raises(RenderError, match="no answer"):
        evaluate(child, code)


class Evil:
    """Pickles as a call of os.system."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.system, ("touch briefing-was-here",)


@pytest.mark.parametrize(
    "answer",
    [
        pickle.dumps(Evil()), pickle.dumps(("result", Evil())), b"", b"cgenerator.model\nos\n.", b"cbuiltins\neval\n.",
        b"cgenerator.model\ndataclass\n.", b"cgenerator.errors\nWorkspaceError\n.", b"\x80\x05\x8a\xff", b"\x80\x04\x8c\x03abc",
        b"cdecimal\nDecimal.from_float\n.",
    ],
)
def test_a_forged_answer_never_runs_in_the_caller(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises((pickle.UnpicklingError, EOFError, ValueError)):
        sandbox._Answer(BytesIO(answer)).load()

    assert list(tmp_path.iterdir()) == []


def test_a_job_that_writes_its_own_answer_cannot_forge_a_value(
    child: Child, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    forged = pickle.dumps(("result", Evil()))
    code = "import os, struct\n"
    code += f"for f in range(3, 30):\n try: os.write(f, struct.pack('!q', {len(forged)}) + {forged!r})\n except OSError: pass\n"

    with pytest.raises(RenderError, match="no answer"):
        execute(child, code + "os._exit(0)")

    assert list(tmp_path.iterdir()) == []


# --- its life -------------------------------------------------------------------------------------


def test_a_preload_that_fails_says_why(tmp_path: Path) -> None:
    with Child(["no_such_module"], state=tmp_path, limits=Limits()) as child, pytest.raises(RenderError, match="no_such_module"):
        child.run("operator:add", 1, 1)


def test_a_killed_server_is_started_again(tmp_path: Path) -> None:
    with Child([], state=tmp_path, limits=Limits()) as child:
        assert child.run("operator:add", 1, 1) == 2
        first = child.pid
        os.kill(first, signal.SIGKILL)
        os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)

        assert child.run("operator:add", 1, 2) == 3
        assert child.pid != first


def test_a_server_killed_in_the_middle_of_a_job_is_an_error_not_a_wait(tmp_path: Path) -> None:
    with Child([], state=tmp_path, limits=Limits(9999)) as child, ThreadPoolExecutor(1) as pool:
        job = pool.submit(execute, child, sleeping_job(tmp_path))
        pid_of_job(tmp_path)

        os.kill(child.pid, signal.SIGKILL)

        assert type(job.exception(timeout=PATIENCE)) is LostError


def test_a_closed_child_runs_nothing_and_leaves_no_process(tmp_path: Path) -> None:
    child = Child([], state=tmp_path, limits=Limits())
    pid = child.pid
    child.close()
    child.close()

    with pytest.raises(RenderError, match="closed"):
        child.run("operator:add", 1, 1)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_children_and_jobs_die_with_a_caller_that_is_killed(tmp_path: Path) -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); from pathlib import Path\n"
        "from generator.sandbox import *\n"
        f"child = Child([], state=Path({str(tmp_path)!r}), limits=Limits(9999)); print(child.pid, flush=True)\n"
        f"child.run('builtins:exec', {sleeping_job(tmp_path)!r})"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as caller:
        assert caller.stdout is not None
        server = int(caller.stdout.readline())
        worker = pid_of_job(tmp_path)

        caller.kill()

    await_true(lambda: not alive(server) and not alive(worker))


@pytest.mark.slow
def test_a_caller_that_is_killed_while_its_child_imports_leaves_no_folder(tmp_path: Path) -> None:
    code = (
        f"import sys, threading, time; sys.path.insert(0, {str(ROOT)!r}); from pathlib import Path\n"
        "from generator.sandbox import *\n"
        f"child = Child(['generator.charts'], state=Path({str(tmp_path)!r}), limits=Limits(9999))\n"
        "jobs = [threading.Thread(target=child.run, args=('time:sleep', 9999)) for _ in range(20)]\n"
        "[job.start() for job in jobs]; time.sleep(0.3); print(child.pid, flush=True)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as caller:
        assert caller.stdout is not None
        server = int(caller.stdout.readline())

        caller.kill()

    await_true(lambda: not alive(server))
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith("jobs-")]


def alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def sleeping_job(folder: Path) -> str:
    """Return the code of a job that leaves its process id in `folder` and then sleeps for hours."""
    part, whole = str(folder / "job.part"), str(folder / "job")
    return f"import os, time; open({part!r}, 'w').write(str(os.getpid())); os.rename({part!r}, {whole!r}); time.sleep(9999)"


def pid_of_job(folder: Path) -> int:
    """Wait for the sleeping job and return its process id."""
    await_true((folder / "job").exists)
    return int((folder / "job").read_text())


def test_many_jobs_leave_no_descriptor_and_no_process(tmp_path: Path) -> None:
    def open_files(pid: int) -> int:
        return len(list(Path(f"/proc/{pid}/fd").iterdir()))

    with Child([], state=tmp_path, limits=Limits()) as child:

        def at_rest() -> bool:
            return _children_of(child.pid) == [] and list((tmp_path / f"jobs-{child.pid}").iterdir()) == []

        child.run("operator:add", 1, 1)
        await_true(at_rest)
        before = open_files(child.pid), open_files(os.getpid())

        for number in range(100):
            child.run("operator:add", number, 1)

        await_true(lambda: at_rest() and (open_files(child.pid), open_files(os.getpid())) <= before)


def _children_of(parent: int) -> list[str]:
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            name, _, rest = status.read_text("utf-8", "replace").rpartition(")")
            if int(rest.split()[1]) == parent:
                found.append(name)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("end", ["", "import os; os._exit(1)", "import os; os.kill(os.getpid(), 9)", TURNS])
def test_what_a_job_leaves_in_its_folders_goes_with_it(tmp_path: Path, end: str) -> None:
    leave = "import tempfile; tempfile.mkdtemp(); open('here', 'w').close(); tempfile.NamedTemporaryFile(delete=False)\n"

    with Child([], state=tmp_path, limits=Limits(600, processor=1)) as child:
        with contextlib.suppress(RenderError):
            execute(child, leave + end)
        await_true(lambda: list((tmp_path / f"jobs-{child.pid}").iterdir()) == [])

    assert list(tmp_path.iterdir()) == []


def test_every_error_of_the_tree_survives_the_way_back(child: Child) -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, BriefingError)]

    for kind in kinds:
        told = server._told(kind([]) if issubclass(kind, WorkspaceError) else kind("m", where="w", hint="h"))
        with pytest.raises(kind) as caught:
            child._decoded("call", told)
        assert type(caught.value) is kind


def test_the_model_has_no_class_that_answers_could_misuse() -> None:
    own = [kind for kind in vars(model).values() if isinstance(kind, type) and kind.__module__ == model.__name__]

    assert all("__reduce__" not in vars(kind) and "__post_init__" not in vars(kind) for kind in own)


# --- what a job makes of its request, without the process around it ---------------------------------


def outcome(call: str, *args: object, **options: object) -> Any:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        server.send(ours, pickle.dumps((call, args, options, False)))
        return pickle.loads(server._outcome(theirs, -1))


def test_a_request_becomes_a_result() -> None:
    assert outcome("builtins:sorted", [2, 1], reverse=True) == ("result", [2, 1])


@pytest.mark.parametrize(
    ("code", "kind", "message"),
    [
        ("raise MemoryError", "memory", ""),
        ("import errno; raise OSError(errno.EFBIG, 'File too large')", "output", ""),
        ("open('/no/such/file')", "error", "FileNotFoundError"),
        ("raise RecursionError", "error", "the input is nested too deeply"),
        ("raise SystemExit(3)", "error", "SystemExit: 3 (<string>:1)"),
        ("from generator.errors import UsageError; raise UsageError('bad')", "error", "bad"),
    ],
)
def test_whatever_a_job_raises_becomes_an_answer(code: str, kind: str, message: str) -> None:
    answer = outcome("builtins:exec", code, {})

    assert answer[0] == kind
    assert message in " ".join(map(str, answer[1:]))


def test_the_processor_limit_is_whole_seconds_and_follows_wall_time() -> None:
    assert Limits(0.2).processor_seconds == 1
    assert Limits(2.5).processor_seconds == 3
    assert Limits(120, processor=7).processor_seconds == 7


def test_without_namespaces_a_child_says_it_is_not_isolated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_unshare", lambda _: False)

    assert server._leave_network() is False


def test_an_ordinary_user_leaves_the_network_by_a_user_namespace(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(server, "_unshare", lambda flags: asked.append(flags) or len(asked) == 2)

    assert server._leave_network() is True
    assert asked == [0x40000000, 0x50000000]


def _page_with_a_chart() -> Page:
    html = '<html lang="en" style="font-family: Noto Sans"><title>t</title><h1>Title</h1><img src="charts/a.svg" alt="a chart">'
    return Page(html, (), (), "t", "a", "s", "en", "2025-02-03", "p")


def test_a_job_begins_before_all_of_its_input_is_there(child: Child) -> None:
    asked: list[str] = []
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><title>a</title><text y="5" font-family="Noto Sans">seen</text></svg>'

    def charts() -> dict[str, bytes]:
        asked.append("charts")
        return {"charts/a.svg": drawing}

    document = child.run("generator.pdf:print_page", _page_with_a_chart(), later=charts)

    assert (asked, document.findings) == (["charts"], ())


def test_input_that_fails_to_come_is_the_callers_error_and_ends_the_job(child: Child) -> None:
    def charts() -> dict[str, bytes]:
        raise RenderError("the drawing failed")

    with pytest.raises(RenderError, match="the drawing failed"):
        child.run("generator.pdf:print_page", _page_with_a_chart(), later=charts)

    assert child.run("operator:add", 1, 1) == 2


def test_input_that_comes_too_late_for_a_job_that_failed_is_no_matter(child: Child) -> None:
    page = replace(_page_with_a_chart(), date="no date")

    with pytest.raises(RenderError, match="no date"):
        child.run("generator.pdf:print_page", page, later=lambda: {"charts/a.svg": b"x" * 3_000_000})


# --- starting, waiting, ending ---------------------------------------------------------------------


def test_a_state_folder_that_cannot_be_made_is_an_error_with_its_path_and_cure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(RenderError, match="cannot start: Not a directory") as caught:
        Child([], state=tmp_path / "file" / "state", limits=Limits())

    assert (caught.value.where, "chown" in caught.value.hint) == (str(tmp_path / "file" / "state"), True)


@pytest.mark.parametrize(
    ("number", "cure"),
    [(errno.EMFILE, "ulimit -n"), (errno.EAGAIN, "--workers 1"), (errno.EROFS, "chown"), (errno.ENOSPC, "Free space")],
)
def test_a_machine_that_refuses_a_process_is_an_error_with_a_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, cure: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(subprocess, "Popen", refuse)

    with pytest.raises(errors.OutsideError, match="the rendering child cannot start") as caught:
        Child([], state=tmp_path, limits=Limits())

    assert (caught.value.where, cure in caught.value.hint) == (str(tmp_path), True)


def test_no_descriptor_stays_open_after_a_start_that_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise BlockingIOError(errno.EAGAIN, "again")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    before = len(list(Path("/proc/self/fd").iterdir()))

    with pytest.raises(errors.OutsideError):
        Child([], state=tmp_path, limits=Limits())

    assert len(list(Path("/proc/self/fd").iterdir())) == before


def let_children_import(folder: Path, monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    """Make `source` the module `extra` of children."""
    (folder / "extra.py").write_text(source)
    path = f"import sys; sys.path.insert(0, {str(folder)!r});"
    monkeypatch.setattr(sandbox, "_BOOT", sandbox._BOOT.replace("import sys;", path, 1))


def test_a_server_that_can_fork_no_job_says_so_and_lives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    let_children_import(
        tmp_path, monkeypatch,
        "import os\nfork = os.fork\ndef preload():\n    os.fork = refuse\n"
        "def refuse():\n    os.fork = fork\n    raise BlockingIOError(11, 'no process left')\n",
    )  # fmt: skip
    with Child(["extra"], state=tmp_path, limits=Limits()) as child:
        with pytest.raises(RenderError, match="no process left"):
            child.run("operator:add", 1, 1)

        assert child.run("operator:add", 1, 1) == 2


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Give a clock that stands still and shows what is put into it."""
    shown = [0.0]
    monkeypatch.setattr(server, "time", SimpleNamespace(monotonic=lambda: shown[0]))
    return shown


def test_time_in_which_a_job_waits_for_its_input_does_not_count(tmp_path: Path, clock: list[float]) -> None:
    with subprocess.Popen(["sleep", "9999"]) as process, socket.socket() as connection:
        job = server._Job(process.pid, tmp_path, connection, deadline=60)

        clock[0] = 20
        server._stop_clock(job, waits=True)
        clock[0] = 1000
        server._hurry({1: job})
        server._stop_clock(job, waits=False)
        clock[0] = 1039
        server._hurry({1: job})
        assert (job.late, server._patience({1: job})) == (False, 1001)

        clock[0] = 1040
        server._hurry({1: job})
        assert (job.late, process.wait()) == (True, -signal.SIGKILL)


def test_one_job_out_of_time_is_ended_and_no_other(tmp_path: Path, clock: list[float]) -> None:
    with subprocess.Popen(["sleep", "9999"]) as late, subprocess.Popen(["sleep", "9999"]) as other:
        with socket.socket() as connection:
            jobs = {process.pid: server._Job(process.pid, tmp_path, connection, deadline) for process, deadline in ((late, 5), (other, 50))}
        clock[0] = 6

        server._hurry(jobs)

        assert (late.wait(), other.poll()) == (-signal.SIGKILL, None)
        other.kill()


def test_a_job_says_when_it_waits_for_its_input_and_when_it_goes_on() -> None:
    ours, theirs = socket.socketpair()
    told, held = os.pipe()
    with ours, theirs, os.fdopen(told, "rb") as said, os.fdopen(held, "wb"):
        server.send(ours, pickle.dumps(("test_sandbox:wait_for", (), {}, True)))
        server.send(ours, pickle.dumps("input"))

        answer = pickle.loads(server._outcome(theirs, held))

        assert (answer, said.read(2)) == (("result", "input"), server._WAITS + server._GOES_ON)


def wait_for(*, later: Callable[[], object]) -> object:
    return later()


def test_time_after_the_input_came_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = "import time\ndef go_on(*, later):\n    later()\n    time.sleep(9999)\n"
    let_children_import(tmp_path, monkeypatch, source)
    with Child(["extra"], state=tmp_path, limits=Limits(0.5)) as child:
        with pytest.raises(LimitError, match=r"0\.5 s"):
            child.run("extra:go_on", later=dict)

        assert alive(child.pid), "the job was not ended by its server: its caller lost patience with both"


def test_closing_ends_a_running_job_at_once_and_leaves_no_orphan(tmp_path: Path) -> None:
    child = Child([], state=tmp_path, limits=Limits(9999))
    with ThreadPoolExecutor(1) as pool:
        job = pool.submit(execute, child, sleeping_job(tmp_path))
        worker = pid_of_job(tmp_path)

        child.close()

        assert type(job.exception(timeout=PATIENCE)) is LostError
    await_true(lambda: not alive(worker))


def test_a_workshop_that_is_closed_does_not_wait_for_its_jobs(tmp_path: Path) -> None:
    shop = Workshop(tmp_path, Settings("x", seconds=9999), 2, code="", fresh=True)
    job = shop._threads.submit(shop._printer.run, "builtins:exec", sleeping_job(tmp_path))
    worker = pid_of_job(tmp_path)

    shop.close()

    assert type(job.exception()) is LostError
    await_true(lambda: not alive(worker))
