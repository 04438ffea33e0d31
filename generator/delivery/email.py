"""E-mail over SMTP: one message a recipient, under verified TLS, over a connection that is kept.

Place in the pipeline: step 8 Deliver. A recipient that the server refuses is refused; what is wrong with the server,
our password or its certificate is put off for everybody, so that a fault of ours refuses nobody. Nothing is said in
clear unless the settings say `tls = "none"`, and then no password but to this machine.
"""

from __future__ import annotations

import ipaddress
import smtplib
import ssl
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Literal, cast

from ..errors import UsageError
from ..network import Deadline
from ..reading import Table
from .addresses import Mailbox, canonical, mailbox
from .base import Message, Outcome, World, one_line, take_secret, take_whole
from .mail import Envelope, Letter, write
from .smtp import Conversation, GarbledError

Tls = Literal["starttls", "implicit", "none"]
_PORTS = {"starttls": 587, "implicit": 465, "none": 25}
_MEGABYTE = 1_000_000
_TROUBLES = (OSError, smtplib.SMTPException, GarbledError)
_TOO_BIG = 552


@dataclass(frozen=True, slots=True)
class Settings:
    """What [channels.<name>] says. `seconds`: a message's deadline. `attach`: the bytes of a PDF that travel along."""

    host: str
    port: int
    tls: Tls
    sender: Mailbox
    reply_to: Mailbox | None = None
    user: str = ""
    password: str = ""
    """The name of the variable that holds it."""
    ca: str = ""
    """A file of certificates in the workspace that are trusted instead of the machine's; "" for the machine's."""
    seconds: int = 60
    attach: int = 10 * _MEGABYTE


class _Kind:
    recipients = "an e-mail address: office@example.org"

    def address(self, text: str) -> str:
        """Return an address with its domain in ASCII and lower case."""
        return canonical(text)

    def take(self, table: Table) -> Settings:
        """Take the settings of a server."""
        tls = cast("Tls", _tls(table))
        host = table.text("host")
        settings = Settings(
            host=host,
            port=take_whole(table, "port", _PORTS[tls], 1, 65_535),
            tls=tls,
            sender=_mailbox(table, "sender") or Mailbox(""),
            reply_to=_mailbox(table, "reply_to", ""),
            user=table.text("user", ""),
            password=take_secret(table, "password"),
            ca=table.text("ca", ""),
            seconds=take_whole(table, "seconds", 60, 1, 3600),
            attach=take_whole(table, "attach_up_to", 10, 1, 100) * _MEGABYTE,
        )
        _check(settings, table)
        return settings

    @contextmanager
    def open(self, settings: object, world: World) -> Iterator[_Email]:
        """Return a channel that connects when it has the first message."""
        own = cast("Settings", settings)
        channel = _Email(own, world.secret(own.password) if own.password else "", _context(own, world))
        try:
            yield channel
        finally:
            channel.close()


def _tls(table: Table) -> str:
    tls = table.text("tls", "starttls")
    if tls not in _PORTS:
        expected = "starttls, implicit, or none (in clear: a server of this machine)"
        table.refuse("tls", f"'{tls}'", expected=expected, cure="Ask who runs the server.")
        return "starttls"
    return tls


def _mailbox(table: Table, key: str, default: str | None = None) -> Mailbox | None:
    text = table.text(key, default)
    try:
        return mailbox(text) if text else None
    except ValueError as error:
        expected = 'an address, or a name with one: "City Library <post@example.org>"'
        table.refuse(key, f"'{text}': {error}", expected=expected, cure="Correct it.")
        return None


def _check(settings: Settings, table: Table) -> None:
    """Refuse what does not go together."""
    if bool(settings.user) != bool(settings.password):
        table.refuse("user", "one of `user` and `password` without the other", expected="both or none", cure="Add it.")
    if settings.user and settings.tls == "none" and not _is_here(settings.host):
        table.refuse("tls", '"none" beside a password', expected="starttls or implicit", cure="Use TLS.")
    if settings.host and any(letter.isspace() or letter in "/@:[]" for letter in settings.host):
        expected = "a name: smtp.example.org"
        table.refuse("host", f"'{settings.host}'", expected=expected, cure="Write the port as `port`.")


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _context(settings: Settings, world: World) -> ssl.SSLContext:
    file = world.root / settings.ca if settings.ca else None
    try:
        return ssl.create_default_context(cafile=file)
    except (OSError, ssl.SSLError) as error:
        hint = "Put the certificates of its authority there, in PEM."
        raise UsageError(f"no certificates to be had: {error}", where=str(file), hint=hint) from error


class _StoppedError(Exception):
    """The conversation cannot go on; the outcome says why."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.said)
        self.outcome = outcome


class _TooBigError(_StoppedError):
    """The server takes no message of this size."""


class _Email:
    """A connection that is opened with the first message and kept for the next."""

    def __init__(self, settings: Settings, password: str, context: ssl.SSLContext) -> None:
        self._settings, self._password, self._context = settings, password, context
        self._open: Conversation | None = None

    def deliver(self, message: Message, address: str, commit: Callable[[], None]) -> Outcome:
        """Send one e-mail."""
        envelope = Envelope(self._settings.sender, Mailbox(address, message.name), self._settings.reply_to)
        attach = len(message.file.data) <= self._settings.attach
        if not attach and not message.link:
            size = len(message.file.data)
            said = f"the PDF has {size} bytes, more than attach_up_to, and there is no place to link it"
            return Outcome("refused", said)
        deadline = Deadline.after(self._settings.seconds)
        try:
            letter = write(message, envelope, attach=attach)
            try:
                self._address(letter, envelope, deadline)
            except _TooBigError:
                if not (attach and message.link):
                    raise
                letter = write(message, envelope, attach=False)
                self._address(letter, envelope, deadline)
            return self._send(letter, commit)
        except UsageError as error:
            return Outcome("refused", error.message)
        except _StoppedError as stopped:
            return stopped.outcome

    def close(self) -> None:
        """Say goodbye, if there is somebody to say it to."""
        if self._open is not None:
            with suppress(*_TROUBLES):
                self._open.deadline = Deadline.after(5)
                self._open.quit()
            self._drop()

    def _drop(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None

    # --- before anything is delivered ---------------------------------------------------------------

    def _address(self, letter: Letter, envelope: Envelope, deadline: Deadline) -> None:
        """Come to where the server wants the data; over a new connection where the kept one is dead."""
        kept = self._open is not None
        try:
            self._say_envelope(letter, envelope, deadline)
        except _StoppedError as stopped:
            # A server may have closed while we were busy: that is no fault, and nothing was delivered.
            if not kept or self._open is not None or not stopped.outcome.everybody:
                raise
            self._say_envelope(letter, envelope, deadline)

    def _say_envelope(self, letter: Letter, envelope: Envelope, deadline: Deadline) -> None:
        talk = self._connected(deadline)
        self._refuse_unfit(talk, letter)
        options = [f"SIZE={letter.size}"] if talk.has_extn("size") else []
        options += ["SMTPUTF8"] if letter.utf8 else []
        with self._step("MAIL FROM"):
            self._judge("MAIL FROM", *talk.mail(envelope.sender.address, options), everybody=True)
        with self._step("RCPT TO"):
            self._judge("RCPT TO", *talk.rcpt(envelope.recipient.address))
        with self._step("DATA"):
            self._judge("DATA", *talk.docmd("DATA"), wanted=354)

    def _refuse_unfit(self, talk: Conversation, letter: Letter) -> None:
        if letter.utf8 and not talk.has_extn("smtputf8"):
            raise _StoppedError(Outcome("refused", "the server takes no address with letters beyond ASCII"))
        most = talk.esmtp_features.get("size", "")
        if most.isdigit() and 0 < int(most) < letter.size:
            said = f"{letter.size} bytes, and the server takes {most}"
            raise _TooBigError(Outcome("refused", said))

    def _connected(self, deadline: Deadline) -> Conversation:
        if self._open is not None:
            self._open.deadline = deadline
            return self._open
        own = self._settings
        talk = Conversation(deadline, implicit=self._context if own.tls == "implicit" else None)
        self._open = talk
        with self._step("connecting"):
            self._judge("the greeting", *talk.connect(own.host, own.port), wanted=220, everybody=True)
        with self._step("EHLO"):
            self._judge("EHLO", *talk.ehlo(), everybody=True)
        if own.tls == "starttls":
            self._secure(talk)
        if own.user:
            with self._step("the password"):
                talk.login(own.user, self._password)
        return talk

    def _secure(self, talk: Conversation) -> None:
        with self._step("STARTTLS"):
            if not talk.has_extn("starttls"):
                raise self._stopped("it offers no STARTTLS, so nothing is sent: is it taken away on the way?")
            talk.secure(self._context, self._settings.host)
            self._judge("EHLO", *talk.ehlo(), everybody=True)

    @contextmanager
    def _step(self, phase: str) -> Iterator[None]:
        """Turn what ends a conversation into an outcome: put off, for everybody."""
        try:
            yield
        except ssl.SSLCertVerificationError as error:
            reason = f"its certificate is not to be trusted ({error.verify_message}); `ca` names another authority"
            raise self._stopped(f"{phase}: {reason}") from error
        except smtplib.SMTPAuthenticationError as error:
            raise self._stopped(f"{phase}: {error.smtp_code} {self._words(error.smtp_error)}") from error
        except TimeoutError as error:
            raise self._stopped(f"{phase}: no answer within {self._settings.seconds} s") from error
        except _TROUBLES as error:
            raise self._stopped(f"{phase}: {self._words(str(error))}") from error

    def _stopped(self, said: str) -> _StoppedError:
        self._drop()
        where = f"{self._settings.host}:{self._settings.port}"
        return _StoppedError(Outcome("later", f"{where}: {said}", everybody=True))

    def _judge(self, phase: str, code: int, text: bytes, *, wanted: int = 250, everybody: bool = False) -> None:
        """Go on where the server does; otherwise say what its answer means, for this message or for everybody's."""
        if code == wanted or (wanted == 250 and code == 251):
            return
        said = f"{code} {self._words(text)}"
        if everybody and code != _TOO_BIG:
            raise self._stopped(f"{phase}: {said}")
        if code == 421:
            raise self._stopped(said)
        self._reset()
        kind = _TooBigError if code == _TOO_BIG else _StoppedError
        raise kind(Outcome("refused" if code >= 500 else "later", said))

    def _reset(self) -> None:
        """Leave the connection as a new one, or give it up."""
        if self._open is not None:
            try:
                code, _ = self._open.rset()
            except _TROUBLES:
                code = 0
            if code != 250:
                self._drop()

    # --- the data, and the dot ----------------------------------------------------------------------

    def _send(self, letter: Letter, commit: Callable[[], None]) -> Outcome:
        talk = self._open
        if talk is None:  # nobody took the envelope
            raise self._stopped("DATA: the connection was closed")
        with self._step("the data"):
            talk.send_pieces(letter.pieces)
        try:
            commit()
        except BaseException:
            # Without its dot a message is none: the server throws away what it has (RFC 5321, 4.1.1.4).
            self._drop()
            raise
        try:
            talk.send_pieces((b".\r\n",))
            code, text = talk.getreply()
        except _TROUBLES as error:
            self._drop()
            why = "no answer" if isinstance(error, TimeoutError) else self._words(str(error))
            return Outcome("unknown", f"it has the whole message, and its answer did not come: {why}")
        said = f"{code} {self._words(text)}"
        if code == 421:
            self._drop()
        state: Literal["sent", "refused", "later"] = "sent" if code < 300 else "refused" if code >= 500 else "later"
        return Outcome(state, said)

    def _words(self, text: str | bytes) -> str:
        user, password = self._settings.user, self._password
        tokens = [b64encode(each.encode()).decode() for each in (f"\0{user}\0{password}", password)] if password else []
        return one_line(text, password, *tokens)


KIND = _Kind()
