"""The server: an application on an address until it is told to end.

Place in the pipeline: a part of the door `web`; `briefing serve` runs it. uvicorn stands in this room only. It speaks
HTTP/1.1 (https://www.rfc-editor.org/rfc/rfc9112); TLS is a proxy's.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import signal
import socket
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from fcntl import ioctl
from termios import TIOCOUTQ
from typing import Any

import uvicorn
from fastapi import FastAPI
from h11 import LocalProtocolError
from uvicorn.protocols.http.h11_impl import H11Protocol

from ..errors import OutsideError, UsageError
from ..workspace import Workspace
from .app import create_app
from .guard import Log
from .settings import Serving
from .tokens import Tokens


def serve(workspace: Workspace, serving: Serving, tell: Callable[[str], None], log: Log | None = None) -> None:
    """Serve the workspace until SIGTERM or SIGINT; `tell` gets the address once it answers."""
    if not serving.local and not Tokens(workspace.state).read():
        raise UsageError(
            f"{', '.join((serving.host, *serving.hosts))} can be reached from other machines, and there is no token",
            hint="Make one first: briefing token new NAME. Or serve on 127.0.0.1, without `hosts`.",
        )
    app = create_app(workspace, serving, log)
    _answer(app, _listen(serving), serving, tell, ending=app.state.door.stop_soon)
    turning = app.state.door.turning
    if turning and turning.fault:
        raise OutsideError(turning.trouble(), hint="The log says where; please report it, and start the command again.")


def preview(workspace: Workspace, serving: Serving, topic: str, tell: Callable[[str], None]) -> None:
    """Show proofs of the workspace until SIGTERM or SIGINT; `tell` gets the address once it answers."""
    from .preview import create_preview

    app = create_preview(workspace, serving, topic=topic)
    _answer(app, _listen(serving), serving, tell, ending=app.state.stop_soon)


def _answer(
    app: FastAPI,
    listening: socket.socket,
    serving: Serving,
    tell: Callable[[str], None],
    *,
    grace: int = 20,
    ending: Callable[[], None] = lambda: None,
) -> None:
    """Answer requests until told to end, then call `ending` and wait so many seconds for those that have begun.

    Raises the error that hindered the application's beginning.
    """
    configuration = uvicorn.Config(
        app, http=_Patient, ws="none", lifespan="on", log_config=None, access_log=False, server_header=False,
        proxy_headers=False, timeout_keep_alive=serving.patience, timeout_graceful_shutdown=grace,
    )  # fmt: skip

    def begun() -> bool:
        if getattr(app.state, "trouble", None):
            return False
        tell(_address(listening))
        return True

    with listening:
        _Server(configuration, begun, ending, _Crowd(listening)).run(sockets=[listening])
    if error := getattr(app.state, "trouble", None):
        raise error


class _Crowd:
    """Clients for whom no descriptor is left. They are let go at once, by one that is kept in reserve.

    asyncio would leave them waiting, try again some thousand times a second, and write a trace for each of them.
    """

    _FULL = (errno.EMFILE, errno.ENFILE)

    def __init__(self, listening: socket.socket) -> None:
        """Keep a descriptor in reserve."""
        self._listening = listening
        self._reserve = os.open(os.devnull, os.O_RDONLY)
        self._turned_away = 0

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Take what went wrong in the loop."""
        error = context.get("exception")
        if isinstance(error, ValueError) and self._listening.fileno() < 0:
            return  # asyncio's own next try, after the end
        if not isinstance(error, OSError) or error.errno not in self._FULL:
            loop.default_exception_handler(context)
            return
        reserve, self._reserve = self._reserve, -1
        with suppress(OSError):  # nobody waits any more, or the reserve went to another thread
            os.close(reserve)
            self._listening.accept()[0].close()
            if not self._turned_away:
                loop.call_later(1, self._tell)
            self._turned_away += 1
        with suppress(OSError):
            self._reserve = os.open(os.devnull, os.O_RDONLY)

    def _tell(self) -> None:
        many, self._turned_away = self._turned_away, 0
        logging.getLogger("briefing.web").warning(
            "%d clients were turned away: too many open files. Allow more: ulimit -n 4096", many
        )


class _Patient(H11Protocol):
    """uvicorn's HTTP, which waits for the head of a request no longer than for the next one, and for no idle reader.

    Who asks and takes nothing of the answer would hold a descriptor and the answer's bytes for ever.
    """

    _late: asyncio.TimerHandle | None = None
    _look: asyncio.TimerHandle | None = None
    _unsent: tuple[object, int] = None, 0
    """The answer that was on its way at the last look, and how many of its bytes waited."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._watch()
        self._look_at_reader()

    def data_received(self, data: bytes) -> None:
        """Take a part of a request; with its head whole the application has it and minds the time."""
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        super().connection_lost(exc)
        self._rest()
        if self._look is not None:
            self._look.cancel()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP; a connection on which the answer has gone out already is closed."""
        try:
            super().send_400_response(msg)
        except LocalProtocolError:
            self.transport.close()

    def _look_at_reader(self) -> None:
        """Let a client go that took nothing of an answer since the last look; a slow one takes its time."""
        answer, waits = self.cycle, self._on_the_way()
        if waits and self._unsent[0] is answer and self._unsent[1] <= waits:
            self.transport.abort()
            return
        self._unsent = answer, waits
        self._look = self.loop.call_later(self.timeout_keep_alive, self._look_at_reader)

    def _on_the_way(self) -> int:
        """Return how many bytes wait here and in the kernel, which tells of a slow client long before there is room."""
        kernel = array("i", [0])
        with suppress(OSError):
            ioctl(self.transport.get_extra_info("socket").fileno(), TIOCOUTQ, kernel)
        return self.transport.get_write_buffer_size() + kernel[0]

    def _watch(self) -> None:
        waiting = self.cycle is None or self.cycle.response_complete
        if not waiting:
            self._rest()
        elif self._late is None:
            self._late = self.loop.call_later(self.timeout_keep_alive, self.transport.abort)

    def _rest(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


class _Server(uvicorn.Server):
    """uvicorn's, which ends in good order when it is told to end: that is no failure."""

    def __init__(
        self, configuration: uvicorn.Config, begun: Callable[[], bool], ending: Callable[[], None], crowd: _Crowd
    ) -> None:
        """Call `begun` once it could answer, which says whether it shall, and `ending` before the last answers."""
        super().__init__(configuration)
        self._begun, self._ending, self._crowd = begun, ending, crowd

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        asyncio.get_running_loop().set_exception_handler(self._crowd)
        await super().startup(sockets)
        if not self._begun():
            self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish what is being answered."""
        self._ending()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take SIGTERM and SIGINT as the word to end; a second one ends at once."""
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _listen(serving: Serving) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            serving.host, serving.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(128)
    except OSError as error:
        where = f"{serving.host}:{serving.port}"
        hint = "Another program may be there: choose a port with --port; 0 takes any that is free."
        raise OutsideError(f"cannot listen: {error.strerror or error}", where=where, hint=hint) from error
    return listening


def _address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
