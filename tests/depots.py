"""Places for files, started by the tests: a folder, an S3 service (moto), OpenSSH's SFTP and a WebDAV server (WsgiDAV).

Each yields a `Depot`: the settings that open it, the secrets these name, and what is there behind the program's back.
"""

from __future__ import annotations

import getpass
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from generator.stores import Settings

SECRET = "BRIEFING_DEPOT_SECRET"


@dataclass(frozen=True, slots=True)
class Depot:
    """A place, and the look behind the program's back: the files there, by name."""

    settings: Settings
    files: Callable[[], dict[str, bytes]]
    secrets: dict[str, str] = field(default_factory=dict)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def tree(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder; what begins with a dot or ends as a part is none."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith("."))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


@contextmanager
def folder(place: Path) -> Iterator[Depot]:
    (place / "shelf").mkdir(parents=True)
    yield Depot(Settings(str(place / "shelf")), lambda: tree(place / "shelf"))


@contextmanager
def bucket(place: Path) -> Iterator[Depot]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        endpoint = f"http://{host}:{port}"
        settings = Settings(
            f"s3://briefings-{place.name.lower().replace('_', '-')[:40]}/out", user="reader", secret=SECRET, endpoint=endpoint, seconds=30
        )
        import obstore
        from obstore.store import S3Store

        name = settings.address.removeprefix("s3://").partition("/")[0]
        import httpcore

        assert httpcore.request("PUT", f"{endpoint}/{name}").status == 200
        look = S3Store(
            name, prefix="out", endpoint=endpoint, access_key_id="x", secret_access_key="y", region="us-east-1",
            client_options={"allow_http": True},
        )  # fmt: skip

        def files() -> dict[str, bytes]:
            return {
                each["path"]: bytes(obstore.get(look, each["path"]).bytes()) for page in look.list() for each in page
            }

        yield Depot(settings, files, {SECRET: "wJalr-secret"})
        # What the service holds belongs to the process and would meet the next test.
        assert httpcore.request("POST", f"{endpoint}/moto-api/reset").status == 200
    finally:
        server.stop()


@contextmanager
def sftp(place: Path) -> Iterator[Depot]:
    """OpenSSH's own server, as this user, with a key of its own and one that it lets in."""
    place.mkdir(parents=True, exist_ok=True)
    home, port = place / "home", free_port()
    home.mkdir()
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(place / name)], check=True)
    (place / "authorized").write_bytes((place / "user.pub").read_bytes())
    kind, key, *_ = (place / "host.pub").read_text().split()
    (place / "known_hosts").write_text(f"[127.0.0.1]:{port} {kind} {key}\n")
    (place / "sshd_config").write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {place / 'host'}\nAuthorizedKeysFile {place / 'authorized'}\n"
        f"PasswordAuthentication no\nKbdInteractiveAuthentication no\nUsePAM no\nStrictModes no\nPidFile none\n"
        "PermitRootLogin prohibit-password\nSubsystem sftp internal-sftp\n"
    )
    Path("/run/sshd").mkdir(parents=True, exist_ok=True)
    with (place / "sshd.log").open("wb") as log:
        server = subprocess.Popen(["/usr/sbin/sshd", "-D", "-e", "-f", str(place / "sshd_config")], stderr=log)
    try:
        wait_for(port)
        settings = Settings(
            f"sftp://127.0.0.1:{port}{home}", user=getpass.getuser(), key=str(place / "user"),
            known_hosts=str(place / "known_hosts"), seconds=30,
        )  # fmt: skip
        yield Depot(settings, lambda: tree(home))
    finally:
        server.terminate()
        server.wait()


@contextmanager
def webdav(place: Path) -> Iterator[Depot]:
    from cheroot.wsgi import Server
    from wsgidav.wsgidav_app import WsgiDAVApp

    home = place / "dav"
    home.mkdir(parents=True)
    application = WsgiDAVApp({
        "provider_mapping": {"/": str(home)}, "verbose": 0, "logging": {"enable": False},
        "http_authenticator": {"accept_basic": True, "accept_digest": False, "default_to_digest": False},
        "simple_dc": {"user_mapping": {"*": {"reader": {"password": "sesame"}}}}, "dir_browser": {"enable": False},
    })  # fmt: skip
    server = Server(("127.0.0.1", free_port()), application)
    server.prepare()
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        settings = Settings(f"webdav://127.0.0.1:{server.bind_addr[1]}/", user="reader", secret=SECRET, seconds=30)
        yield Depot(settings, lambda: tree(home), {SECRET: "sesame"})
    finally:
        server.stop()
        thread.join()


DEPOTS = {"folder": folder, "s3": bucket, "sftp": sftp, "webdav": webdav}


def wait_for(port: int) -> None:
    """Wait until somebody listens."""
    for _ in range(600):
        with socket.socket() as caller:
            if caller.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"nobody listens on {port}")
