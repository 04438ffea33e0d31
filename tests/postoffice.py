"""Post offices for the tests: a sound one (aiosmtpd, under TLS), and one that does what it is told, at the worst moment."""

from __future__ import annotations

import contextlib
import datetime as dt
import email
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "briefings", "s3cret-pass"
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate authority of the tests, and a server's certificate under it; both as files in PEM."""

    ca: Path
    server: Path

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.server)
        return context


def an_authority(folder: Path, *names: str) -> Authority:
    """Make an authority and a certificate for some names and addresses."""
    folder.mkdir(parents=True, exist_ok=True)
    now = dt.datetime.now(dt.UTC)
    root, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())

    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    def begin(subject: str, public: Any) -> x509.CertificateBuilder:
        builder = x509.CertificateBuilder().subject_name(named(subject)).issuer_name(named("Test Authority")).public_key(public)
        return builder.serial_number(x509.random_serial_number()).not_valid_before(now - _DAY).not_valid_after(now + _DAY)

    signs = dict.fromkeys(("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"), False)
    usage = x509.KeyUsage(digital_signature=True, key_cert_sign=True, crl_sign=True, **signs)
    own = begin("Test Authority", root.public_key()).add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    own = own.add_extension(usage, critical=True).add_extension(x509.SubjectKeyIdentifier.from_public_key(root.public_key()), critical=False)
    others = [_general(name) for name in names]
    issued = begin(names[0], key.public_key()).add_extension(x509.SubjectAlternativeName(others), critical=False)
    # Python 3.13 and later refuse what does not name the key that signed it.
    issued = issued.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()), critical=False)
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "ca.pem").write_bytes(own.sign(root, hashes.SHA256()).public_bytes(pem))
    (folder / "server.pem").write_bytes(private + issued.sign(root, hashes.SHA256()).public_bytes(pem))
    return Authority(folder / "ca.pem", folder / "server.pem")


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


@dataclass
class Office:
    """What came in: envelopes with the message as bytes; `refuses` and `defers` are recipients that are turned away."""

    port: int = 0
    mails: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)
    defers: set[str] = field(default_factory=set)
    sessions: set[object] = field(default_factory=set)
    secured: list[bool] = field(default_factory=list)

    def read(self, number: int = -1) -> EmailMessage:
        return cast("EmailMessage", email.message_from_bytes(self.mails[number][2], policy=default))

    # aiosmtpd's hooks
    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802
        if address in self.refuses:
            return "550 5.1.1 no such user here"
        if address in self.defers:
            return "451 4.7.1 greylisted, try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        self.sessions.add(session.peer)
        self.secured.append(session.ssl is not None)
        self.mails.append((envelope.mail_from, list(envelope.rcpt_tos), bytes(envelope.content)))
        return "250 2.0.0 taken"


@contextmanager
def sound_office(context: ssl.SSLContext | None, *, password: str = "", size: int = 10_000_000) -> Iterator[Office]:
    """Run a sound server on the loopback; with a context it demands STARTTLS, with a password a login."""
    office = Office()

    def login(server: SMTP, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        fits = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), password.encode())
        return AuthResult(success=fits, handled=False)

    controller = Controller(
        office, hostname="127.0.0.1", port=free_port(), tls_context=context, require_starttls=context is not None,
        authenticator=login, auth_required=bool(password), auth_require_tls=True, data_size_limit=size, enable_SMTPUTF8=True,
    )  # fmt: skip
    controller.start()
    office.port = controller.port
    try:
        yield office
    finally:
        controller.stop()


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


# --- a server that does what it is told -----------------------------------------------------------


@dataclass
class Raw:
    """A server in plain sockets. `script` gets each line ("CONNECT" first, "." at the end of DATA) and returns the answer.

    An answer of None closes the connection; "hang" says nothing until the end; bytes are sent as they are.
    """

    port: int
    heard: list[str] = field(default_factory=list)
    stored: list[bytes] = field(default_factory=list)
    """Messages whose last dot came in, whether or not they were answered."""
    fired: list[str] = field(default_factory=list)
    ends: threading.Event = field(default_factory=threading.Event)
    pen: threading.Lock = field(default_factory=threading.Lock)


Answer = str | bytes | None
GOOD: dict[str, Answer] = {
    "CONNECT": "220 raw ready", "EHLO": "250-raw\r\n250 8BITMIME", "MAIL": "250 ok", "RCPT": "250 ok", "DATA": "354 go on",
    ".": "250 taken", "RSET": "250 ok", "QUIT": "221 bye", "NOOP": "250 ok",
}  # fmt: skip


def faulty(verb: str, answer: Answer, *, times: int = 1_000_000) -> Callable[[Raw, str], Answer]:
    """Return a script that answers one verb wrongly, so many times, and everything else well."""

    def script(raw: Raw, word: str) -> Answer:
        if word == verb and len(raw.fired) < times:
            raw.fired.append(word)
            return answer
        return GOOD.get(word, "500 what?")

    return script


@contextmanager
def raw_office(script: Callable[[Raw, str], Answer], *, during: Callable[[Raw, int], bool] = lambda _raw, _lines: False) -> Iterator[Raw]:
    """Run a server that follows a script; `during` says, line by line of DATA, whether the connection is cut there."""
    listener = socket.create_server(("127.0.0.1", 0))
    raw = Raw(listener.getsockname()[1])
    threads: list[threading.Thread] = []

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threads.append(threading.Thread(target=_talk, args=(raw, connection, script, during)))
                threads[-1].start()

    server = threading.Thread(target=serve)
    server.start()
    try:
        yield raw
    finally:
        raw.ends.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        server.join()
        for thread in threads:
            thread.join()


def _talk(raw: Raw, connection: socket.socket, script: Callable[[Raw, str], Answer], during: Callable[[Raw, int], bool]) -> None:
    with connection, contextlib.suppress(OSError), connection.makefile("rb") as lines:
        if not _say(raw, connection, script(raw, "CONNECT")):
            return
        for line in lines:
            verb = line[:4].decode("latin-1").upper().strip()
            raw.heard.append(verb + line[4:].decode("latin-1").rstrip())
            answer = script(raw, verb)
            if not _say(raw, connection, answer):
                return
            if verb == "DATA" and isinstance(answer, str) and answer.startswith("354"):
                data, number = [], 0
                for number, part in enumerate(lines, 1):
                    if part == b".\r\n":
                        break
                    if during(raw, number):
                        raw.fired.append("during")
                        return
                    data.append(part[1:] if part.startswith(b".") else part)
                else:
                    return
                with raw.pen:
                    raw.stored.append(b"".join(data))
                    answer = script(raw, ".")
                if not _say(raw, connection, answer):
                    return
            if verb == "QUIT":
                return


def _say(raw: Raw, connection: socket.socket, answer: Answer) -> bool:
    if answer == "hang":
        raw.ends.wait(60)
        return False
    if answer is None:
        return False
    if answer == "drip":
        while not raw.ends.wait(0.05):
            connection.sendall(b"2")
        return False
    connection.sendall(answer if isinstance(answer, bytes) else answer.encode() + b"\r\n")
    return True
