"""The inside of a limited child: a server that has imported what its jobs need, and a fresh fork for every job.

Place in the pipeline: base; the other side of `sandbox`, which starts it and speaks to it. In: a connection for each
job, on which its request comes; out: the answer on the same connection, or a report on how the job died. Limits are
POSIX's (https://pubs.opengroup.org/onlinepubs/9799919799/functions/getrlimit.html). It imports little: its start
is part of every build.
"""

from __future__ import annotations

import contextlib
import errno
import math
import os
import pickle
import select
import shutil
import signal
import socket
import struct
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import errors

HEAD = struct.Struct("!q")
"""Length of a request or an answer; -1 begins the server's own report on a job that is dead."""
STATUS = struct.Struct("!qq")
"""Follows a negative length: the wait status, and whether the job had run out of wall time."""
_WAITS, _GOES_ON = b"w", b"g"
"""What a job tells the server while it waits for the rest of its input."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one job may use: seconds of wall time, megabytes of memory, seconds of processor, megabytes of output.

    `processor` 0 means as many seconds as wall time.
    """

    seconds: float = 120
    megabytes: int = 2048
    processor: int = 0
    output: int = 256

    @property
    def processor_seconds(self) -> int:
        """The limit of processor time, in whole seconds, at least one."""
        return max(1, self.processor or int(self.seconds + 0.999))


def folder_of(server: int) -> str:
    """Return the name of the folder, inside the state's, in which a server's jobs have theirs."""
    return f"jobs-{server}"


def send(connection: socket.socket, data: bytes) -> None:
    """Send a request or an answer after its length."""
    connection.sendall(HEAD.pack(len(data)) + data)


def receive(connection: socket.socket, size: int) -> bytes:
    """Return `size` bytes, or fewer where the other side closed."""
    parts = bytearray()
    while len(parts) < size:
        part = connection.recv(min(size - len(parts), 1 << 20))
        if not part:
            break
        parts += part
    return bytes(parts)


@dataclass(slots=True)
class _Job:
    """A running fork: its process id, its own folder, the connection to the caller, when it must be over.

    `left` are the seconds it has left while it waits for input, in which its time stands still.
    """

    pid: int
    folder: Path
    connection: socket.socket
    deadline: float
    late: bool = False
    left: float = 0.0


def serve(arguments: list[str]) -> None:
    """Be the server of a `Child`: leave the network, import, then fork a job for each connection received."""
    import gc
    import importlib

    control = socket.socket(fileno=int(arguments[0]))
    limits = Limits(float(arguments[1]), int(arguments[2]), int(arguments[3]), int(arguments[4]))
    os.umask(0o077)
    gc.disable()
    control.send(b"1" if _leave_network() else b"0")
    for name in arguments[5:]:
        module = importlib.import_module(name)
        getattr(module, "preload", lambda: None)()
    gc.freeze()
    _accept(control, limits)


def _accept(control: socket.socket, limits: Limits) -> None:
    jobs: dict[int, _Job] = {}
    """By the pipe whose other end only the job holds: it reads as closed when the job is dead."""
    watch = select.poll()
    watch.register(control, select.POLLIN)
    while True:
        for ready, _ in watch.poll(_patience(jobs)):
            if ready == control.fileno():
                received = _received(control)
                if received is None:
                    _abandon(jobs)
                else:
                    _begin(socket.socket(fileno=received), control, jobs, limits, watch)
            elif heard := os.read(ready, 1):
                _stop_clock(jobs[ready], waits=heard == _WAITS)
            else:
                watch.unregister(ready)
                _reap(ready, jobs)
        _hurry(jobs)


def _received(control: socket.socket) -> int | None:
    """Return the connection of the next job, None where the caller is gone; one that was killed resets the line."""
    with contextlib.suppress(ConnectionResetError):
        _, received, _, _ = socket.recv_fds(control, 1, 1)
        return received[0] if received else None
    return None


def _stop_clock(job: _Job, *, waits: bool) -> None:
    """Stop a job's time while it waits for the rest of its input, and let it run again."""
    if waits and not job.left:
        job.deadline, job.left = math.inf, job.deadline - time.monotonic()
    elif not waits and job.deadline == math.inf:
        job.deadline = time.monotonic() + job.left


def _begin(
    connection: socket.socket, control: socket.socket, jobs: dict[int, _Job], limits: Limits, watch: select.poll
) -> None:
    """Start a job; where the machine has no process or descriptor for it, say so instead of dying with the others."""
    try:
        watch.register(_fork(connection, control, jobs, limits), select.POLLIN)
    except OSError as error:
        with connection, contextlib.suppress(OSError):
            send(connection, _told(_translated(error)))


def _patience(jobs: dict[int, _Job]) -> int:
    """Return the milliseconds until the next deadline; -1, for ever, without a job."""
    deadlines = [job.deadline for job in jobs.values() if not job.late and job.deadline < math.inf]
    return max(0, int((min(deadlines) - time.monotonic()) * 1000) + 1) if deadlines else -1


def _hurry(jobs: dict[int, _Job]) -> None:
    """Kill the jobs whose wall time is over."""
    for job in jobs.values():
        if not job.late and time.monotonic() >= job.deadline:
            job.late = True
            os.kill(job.pid, signal.SIGKILL)


def _abandon(jobs: dict[int, _Job]) -> None:
    """End with all jobs: the caller closed the connection or is dead."""
    for job in jobs.values():
        os.kill(job.pid, signal.SIGKILL)
    # One that has just begun would make its folder behind our back.
    for job in jobs.values():
        os.waitpid(job.pid, 0)
    shutil.rmtree(folder_of(os.getpid()), ignore_errors=True)
    os._exit(0)


def _reap(life: int, jobs: dict[int, _Job]) -> None:
    """Tell the caller how the job ended, in case it ended without an answer."""
    os.close(life)
    job = jobs.pop(life)
    _, status = os.waitpid(job.pid, 0)
    with job.connection, contextlib.suppress(OSError):
        job.connection.send(HEAD.pack(-1) + STATUS.pack(status, job.late), socket.MSG_DONTWAIT)
    shutil.rmtree(job.folder, ignore_errors=True)


def _fork(connection: socket.socket, control: socket.socket, jobs: dict[int, _Job], limits: Limits) -> int:
    """Start a job and return the pipe that tells of its end."""
    life, held = os.pipe()
    server = os.getpid()
    folder = Path(folder_of(server), str(life)).absolute()
    try:
        pid = os.fork()
    except OSError:
        os.close(life)
        os.close(held)
        raise
    if pid == 0:
        control.close()
        os.close(life)
        for other in jobs.values():
            other.connection.close()
        _work(connection, folder, held, server, limits)
    os.close(held)
    jobs[life] = _Job(pid, folder, connection, time.monotonic() + limits.seconds)
    return life


def _work(connection: socket.socket, folder: Path, life: int, server: int, limits: Limits) -> None:
    """Read one request, answer it, end: never return into the server's loop."""
    import tempfile

    try:
        _limit(server, limits)
        # A killed job cannot clear up behind it, and the printer keeps copies of fonts: so the server clears up.
        folder.mkdir(parents=True, exist_ok=True)
        os.chdir(folder)
        os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
        answer = _outcome(connection, life)
        if len(answer) > limits.output << 20:
            answer = pickle.dumps(("output",))
        send(connection, answer)
    finally:
        os._exit(0)


def _limit(server: int, limits: Limits) -> None:
    import resource

    _control_process(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if os.getppid() != server:
        os._exit(0)
    memory, output = limits.megabytes << 20, limits.output << 20
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (output, output))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.processor_seconds, limits.processor_seconds + 5))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def _request(connection: socket.socket) -> Any:  # noqa: ANN401 - whatever our caller sends
    (length,) = HEAD.unpack(receive(connection, HEAD.size))
    return pickle.loads(receive(connection, length))  # noqa: S301 - from our caller, not from the document


def _rest(connection: socket.socket, life: int) -> Any:  # noqa: ANN401 - whatever our caller sends
    """Wait for the rest of the input; the server is told, so that a queue does not use up the job's time."""
    os.write(life, _WAITS)
    try:
        return _request(connection)
    finally:
        os.write(life, _GOES_ON)


def _outcome(connection: socket.socket, life: int) -> bytes:
    import importlib

    try:
        call, args, options, more = _request(connection)
        if more:
            options["later"] = lambda: _rest(connection, life)
        module, _, name = call.partition(":")
        return pickle.dumps(("result", getattr(importlib.import_module(module), name)(*args, **options)), protocol=5)
    except MemoryError:
        return pickle.dumps(("memory",))
    except errors.BriefingError as error:
        return _told(error)
    except OSError as error:
        return pickle.dumps(("output",)) if error.errno == errno.EFBIG else _told(_translated(error))
    except BaseException as error:  # noqa: BLE001 - FatalURLFetchingError and SystemExit are no Exception
        return _told(_translated(error))


def _told(error: errors.BriefingError) -> bytes:
    """Encode an error of ours by the nearest class of the tree."""
    name = next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == errors.__name__)
    findings = getattr(error, "findings", ())
    return pickle.dumps(("error", name, error.message, error.where, error.hint, findings), protocol=5)


def _translated(error: BaseException) -> errors.RenderError:
    import traceback

    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(frame.filename).name}:{frame.lineno}"
    kind = type(error).__name__
    if isinstance(error, RecursionError):
        return errors.RenderError("the input is nested too deeply", hint=f"Nest fewer elements ({place}).")
    return errors.RenderError(f"{kind}: {error} ({place})", hint="If the input is sound, report this as a fault.")


def _leave_network() -> bool:
    """Leave the network for an empty namespace; as an ordinary user by way of a user namespace."""
    user, network = 0x10000000, 0x40000000
    return _unshare(network) or _unshare(user | network)


def _unshare(flags: int) -> bool:
    import ctypes

    try:
        return bool(ctypes.CDLL(None, use_errno=True).unshare(flags) == 0)
    except (OSError, AttributeError):  # no Linux: there are no namespaces
        return False


def _control_process(option: int, value: int) -> None:
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(option, value)
