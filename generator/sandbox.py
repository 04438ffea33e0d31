"""Warm, limited children: what reads hostile or heavy input runs here and never in the caller.

Place in the pipeline: base; steps 3 (Draw), 4 (Write), 5 (Print) and 6 (Inspect) run their work through it.
A `Child` is one process that has imported what its jobs need; every job is a fresh fork of it with limits
of its own, so that two jobs can run at once, none sees what another left behind, and imports are paid once.
Limits are POSIX's (https://pubs.opengroup.org/onlinepubs/9799919799/functions/getrlimit.html); the network
is left by an empty network namespace (https://man7.org/linux/man-pages/man7/network_namespaces.7.html).
"""

from __future__ import annotations

import contextlib
import errno
import importlib
import os
import pickle
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from . import errors
from .server import HEAD, STATUS, Limits, folder_of, receive, send

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_GRACE = 30.0
"""Seconds beyond the wall limit after which the server itself is taken for hung: it may still be importing."""
_ROOT = str(Path(__file__).resolve().parent.parent)
_BOOT = f"import sys; sys.path.insert(0, {_ROOT!r}); from generator.server import serve; serve(sys.argv[1:])"


class Child:
    """A process that has imported `preload` and runs each job in a fresh, limited fork of itself.

    `state` is a folder for caches; home, temporary and working folder of the process lie inside it. The
    constructor returns at once; the first job waits until the imports are done. A module of `preload` that
    has a function `preload` gets it called once: what it leaves in memory is there in every job.
    """

    def __init__(self, preload: Sequence[str], *, state: Path, limits: Limits) -> None:
        """Start the process."""
        self._preload = tuple(preload)
        self._state = state
        self._limits = limits
        self._lock = threading.Lock()
        self._isolated: bool | None = None
        self._closed = False
        self._start()

    def __enter__(self) -> Self:
        """Return the child itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the child."""
        self.close()

    @property
    def pid(self) -> int:
        """The process id of the server."""
        return self._process.pid

    @property
    def isolated(self) -> bool:
        """Whether the child could leave the network; waits for its start."""
        with self._lock:
            if self._isolated is None:
                self._isolated = self._control.recv(1) == b"1"
            return self._isolated

    def run(
        self, call: str, /, *args: object, later: Callable[[], object] | None = None, **options: object
    ) -> Any:  # noqa: ANN401 - what the call returns
        """Run `call` ("generator.pdf:print_page") in a fresh child and return what it returns.

        With `later` the call gets an argument of that name: a function that waits for what `later` returns here,
        so that a job can begin before all of its input is there. Threads may call this at the same time. Raises
        the BriefingError the job raised, LimitError where a limit ended it, RenderError for everything else that
        went wrong in it.
        """
        request = pickle.dumps((call, args, options, later is not None), protocol=5)
        with _starting(self._state):
            ours, theirs = socket.socketpair()
        with ours:
            ours.settimeout(self._limits.seconds + _GRACE)
            with theirs:
                self._submit(theirs, call)
            return self._decoded(call, self._exchange(ours, request, call, later))

    def close(self) -> None:
        """End the process and its jobs; a second call does nothing."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._stop()

    def _start(self) -> None:
        limits = self._limits
        with contextlib.ExitStack() as opened, _starting(self._state):
            self._state.mkdir(mode=0o700, parents=True, exist_ok=True)
            ours, theirs = map(opened.enter_context, socket.socketpair())
            said = opened.enter_context(tempfile.TemporaryFile(dir=self._state))
            numbers = (theirs.fileno(), limits.seconds, limits.megabytes, limits.processor_seconds, limits.output)
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-c", _BOOT, *map(str, numbers), *self._preload],
                env=environment(self._state), cwd=self._state, pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said, start_new_session=True,
            )
            theirs.close()
            opened.pop_all()
        self._control, self._errors = ours, said

    def _stop(self) -> None:
        self._control.close()
        # The server ends on the closed socket; while it imports it cannot, and nothing of value is lost.
        self._process.kill()
        self._process.wait()
        shutil.rmtree(self._state / folder_of(self._process.pid), ignore_errors=True)
        self._errors.close()

    def _submit(self, theirs: socket.socket, call: str) -> None:
        with self._lock:
            if self._closed:
                raise errors.RenderError(f"{call} was asked of a child that is closed")
            if self._process.poll() is not None:
                self._stop()
                self._isolated = None
                self._start()
            try:
                socket.send_fds(self._control, [b"J"], [theirs.fileno()])
            except OSError as error:
                raise self._dead(call) from error

    def _exchange(
        self, ours: socket.socket, request: bytes, call: str, later: Callable[[], object] | None
    ) -> bytes:
        """Send the request and return the answer, still encoded."""
        try:
            # A job that died before it read all of its input is told by the report on it, not by the pipe.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                send(ours, request)
                if later is not None:
                    send(ours, pickle.dumps(later(), protocol=5))
            head = receive(ours, HEAD.size)
            (length,) = HEAD.unpack(head) if len(head) == HEAD.size else (-1,)
            if length > self._limits.output << 20:
                raise self._exceeded(call, "output", self._limits.output, "MB of output")
            body = receive(ours, length if length >= 0 else STATUS.size)
        except TimeoutError as error:
            self._process.kill()
            raise self._exceeded(call, "seconds", self._limits.seconds, "s") from error
        except ConnectionResetError as error:
            raise self._dead(call) from error
        if length < 0 or len(body) < length:
            raise self._ended(call, body[-STATUS.size:])
        return body

    def _decoded(self, call: str, body: bytes) -> Any:  # noqa: ANN401 - what the call returns
        try:
            kind, *rest = _Answer(BytesIO(body)).load()
            if kind == "result":
                return rest[0]
            failure = self._failure(call, kind, rest)
        except Exception as error:  # whatever a hostile answer provokes in the decoder
            raise errors.RenderError(f"{call} answered with something that is no answer: {error}") from error
        raise failure

    def _failure(self, call: str, kind: str, rest: list[Any]) -> errors.BriefingError:
        if kind == "memory":
            return self._exceeded(call, "megabytes", self._limits.megabytes, "MB of memory")
        if kind == "output":
            return self._exceeded(call, "output", self._limits.output, "MB of output")
        name, message, where, hint, findings = rest
        found = getattr(errors, name, errors.RenderError)
        if issubclass(found, errors.WorkspaceError):
            return found(findings)
        return found(message, where=where, hint=hint)

    def _ended(self, call: str, report: bytes) -> errors.BriefingError:
        """Return the error for a job that ended without an answer, from the server's report on it."""
        if len(report) < STATUS.size:
            return self._dead(call)
        status, late = STATUS.unpack(report)
        number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        if late:
            return self._exceeded(call, "seconds", self._limits.seconds, "s")
        if number == signal.SIGXCPU:
            return self._exceeded(call, "seconds", self._limits.processor_seconds, "s of processor time")
        # SIGKILL that nobody here sent is the kernel's, short of memory; a C library without memory aborts.
        if number == signal.SIGKILL or (number and "alloc" in self._said()):
            return self._exceeded(call, "megabytes", self._limits.megabytes, "MB of memory")
        end = f"was ended by {signal.Signals(number).name}" if number else "ended without an answer"
        return errors.RenderError(f"{call} {end}. {self._said()}".strip(), hint="See `briefing doctor`.")

    def _exceeded(self, call: str, name: str, amount: float, unit: str) -> errors.LimitError:
        return errors.LimitError(
            f"{call} needed more than {amount:g} {unit}, its limit",
            hint=f"Make the input smaller, or raise `{name}` in [limits] of briefing.toml (now {amount:g}).",
        )

    def _dead(self, call: str) -> errors.LostError:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        said = self._said() or "it said nothing"
        message = f"the child for {call} did not start or was killed: {said}"
        return errors.LostError(message, hint="See `briefing doctor`.")

    def _said(self) -> str:
        """Return the last line the child wrote to standard error: the reason, where there is one."""
        with contextlib.suppress(OSError, ValueError):
            size = os.fstat(self._errors.fileno()).st_size
            text = os.pread(self._errors.fileno(), 2000, max(0, size - 2000)).decode(errors="replace").strip()
            return text.rpartition("\n")[2]
        return ""


@contextlib.contextmanager
def _starting(state: Path) -> Iterator[None]:
    """Turn what the machine refuses to a child (a folder, descriptors, processes) into an error of ours."""
    try:
        yield
    except (OSError, subprocess.SubprocessError) as error:
        number = error.errno if isinstance(error, OSError) else None
        hint = _CURES.get(number or 0, f"Give yourself the right to write there: chown -R $(id -un) {state.parent}")
        said = (error.strerror if isinstance(error, OSError) else None) or str(error)
        # Rights are the operator's to give; descriptors, processes and space may be there at another try.
        refused = isinstance(error, (PermissionError, NotADirectoryError, FileExistsError))
        kind = errors.RenderError if refused else errors.OutsideError
        raise kind(f"the rendering child cannot start: {said}", where=str(state), hint=hint) from error


_NO_DESCRIPTORS = "Close other programs, or allow more open files: ulimit -n 1024."
_NO_PROCESSES = "Close other programs, allow more processes (ulimit -u), or use fewer: --workers 1."
_CURES = {errno.EMFILE: _NO_DESCRIPTORS, errno.ENFILE: _NO_DESCRIPTORS, errno.EAGAIN: _NO_PROCESSES,
          errno.ENOMEM: _NO_PROCESSES, errno.ENOSPC: "Free space on that disk."}  # fmt: skip


def environment(state: Path) -> dict[str, str]:
    """Return the whole environment of a child: nothing of the caller's steers it (proxies, rc files, time zone).

    Fonts are looked for in it too: those of the machine count, the caller's own and FONTCONFIG_* do not.
    """
    folder = str(state.resolve())
    fixed = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC", "PATH": "/usr/bin:/bin", "MPLBACKEND": "agg"}
    threads = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
    folders = ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "MPLCONFIGDIR", "TMPDIR")
    return fixed | dict.fromkeys(threads, "1") | dict.fromkeys(folders, folder)


_OURS = ("model", "page", "layout", "periods", "answers", "connectors.base")
_VALUES = frozenset(f"{__package__}.{name}" for name in _OURS)
"""The modules whose classes an answer may hold."""


class _Answer(pickle.Unpickler):
    """Reads an answer without trusting it: our frozen values and a few plain types, and no function at all."""

    _PLAIN: ClassVar[dict[tuple[str, str], type]] = {("decimal", "Decimal"): Decimal, ("datetime", "date"): date,
              ("builtins", "set"): set, ("builtins", "frozenset"): frozenset}

    def find_class(self, module: str, name: str) -> type:
        """Return the class, or refuse it."""
        if plain := self._PLAIN.get((module, name)):
            return plain
        if module in _VALUES:
            found = vars(importlib.import_module(module)).get(name)
            if isinstance(found, type) and found.__module__ == module:
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is no value of ours")


__all__ = ["Child", "Limits", "environment"]
