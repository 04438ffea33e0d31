"""E-mail: what arrives, and every way in which a server fails; each test proves that its fault happened."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import getaddresses
from pathlib import Path
from typing import Any

import pytest
from postoffice import (
    GOOD,
    PASSWORD,
    USER,
    Answer,
    Authority,
    Office,
    Raw,
    an_authority,
    faulty,
    raw_office,
    sound_office,
)
from test_channels import PDF, a_message, a_world

from generator.delivery import kind_of
from generator.delivery.addresses import Mailbox, canonical, mailbox
from generator.delivery.base import LATER, REFUSED, SENT, UNKNOWN, Channel, File
from generator.delivery.email import Settings
from generator.delivery.mail import Envelope, message_id, refuse_strangers, safe_name, write
from generator.errors import UsageError
from generator.reading import Findings, read_toml

SENDER = Mailbox("post@briefings.example.org", "City Library")
TO = "reader@example.org"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return an_authority(tmp_path_factory.mktemp("ca"), "localhost", "127.0.0.1")


@contextmanager
def channel(port: int, **changes: Any) -> Iterator[Channel]:
    """Open the channel to a server of the loopback: in clear unless `ca` names an authority."""
    ca = changes.pop("ca", None)
    secured = {"tls": "starttls", "ca": str(ca)} if ca else {"tls": "none"}
    settings = Settings(**{"host": "127.0.0.1", "port": port, "sender": SENDER, "seconds": 20, **secured, **changes})
    with kind_of("email").open(settings, a_world(Path("/"), BRIEFING_SMTP=PASSWORD)) as found:
        yield found


class Promises(list[str]):
    """Notes that a message can no longer be taken back."""

    def __call__(self) -> None:
        self.append("promised")


def test_a_letter_arrives_under_tls_with_its_text_page_and_pdf(authority: Authority) -> None:
    with sound_office(authority.context()) as office, channel(office.port, ca=authority.ca) as post:
        outcome = post.deliver(a_message(name="Anna Reader"), TO, Promises())

        mail = office.read()
        assert (outcome.state, outcome.said) == (SENT, "250 2.0.0 taken")
        assert office.secured == [True]
        assert office.mails[0][:2] == (SENDER.address, [TO])
        assert (mail["From"], mail["To"]) == ("City Library <post@briefings.example.org>", "Anna Reader <reader@example.org>")
        assert (mail["Subject"], mail["Content-Language"]) == ("Library: 2026-11-22.1", "en")
        assert mail["Date"] == "Sun, 22 Nov 2026 10:30:00 +0000"
        plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
        assert plain is not None
        assert plain.get_content().splitlines() == ["Readers rose."]
        assert html is not None
        assert html.get_content().splitlines() == ["<p>Readers rose.</p>"]
        (pdf,) = mail.iter_attachments()
        assert (pdf.get_filename(), pdf.get_content_type()) == ("library-2026-11-22.1.en.pdf", "application/pdf")
        assert pdf.get_content() == PDF


def test_an_attempt_has_the_bytes_and_the_message_id_of_the_one_before(authority: Authority) -> None:
    with sound_office(authority.context()) as office, channel(office.port, ca=authority.ca) as post:
        for _ in range(2):
            post.deliver(a_message(), TO, Promises())

        assert office.mails[0] == office.mails[1]
        assert office.read()["Message-ID"] == message_id(a_message(), SENDER) == "<6f1c@briefings.example.org>"


def test_one_click_unsubscribes_and_holiday_answers_stay_away(authority: Authority) -> None:
    with sound_office(authority.context()) as office, channel(office.port, ca=authority.ca) as post:
        post.deliver(a_message(), TO, Promises())

        mail = office.read()
        assert mail["List-Unsubscribe"] == "<https://briefings.example.org/unsubscribe/abc>"
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert mail["Auto-Submitted"] == "auto-generated"


def test_many_letters_go_over_one_connection_with_a_login(authority: Authority) -> None:
    with (
        sound_office(authority.context(), password=PASSWORD) as office,
        channel(office.port, ca=authority.ca, user=USER, password="BRIEFING_SMTP") as post,
    ):
        states = [post.deliver(a_message(key=f"k{number}"), f"r{number}@example.org", Promises()).state for number in range(7)]

        assert states == [SENT] * 7
        assert [to for _, (to,), _ in office.mails] == [f"r{number}@example.org" for number in range(7)]
        assert len(office.sessions) == 1


def test_a_pdf_over_the_size_is_linked_and_not_attached(authority: Authority) -> None:
    with sound_office(authority.context()) as office, channel(office.port, ca=authority.ca, attach=100) as post:
        assert post.deliver(a_message(), TO, Promises()).state == SENT
        assert list(office.read().iter_attachments()) == []

        outcome = post.deliver(a_message(link=""), TO, Promises())
        assert (outcome.state, len(office.mails)) == (REFUSED, 1)
        assert "no place to link it" in outcome.said


def test_lines_that_begin_with_a_dot_arrive_as_they_were(authority: Authority) -> None:
    text = ".\r\n..two\n.one\nend\n"
    with sound_office(authority.context()) as office, channel(office.port, ca=authority.ca) as post:
        assert post.deliver(a_message(text=text), TO, Promises()).state == SENT

        plain = office.read().get_body(("plain",))
        assert plain is not None
        assert plain.get_content().splitlines() == [".", "..two", ".one", "end"]


# --- faults ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["CONNECT", "MAIL", "RCPT", "DATA", "."])
@pytest.mark.parametrize("answer", ["451 4.7.1 greylisted", "421 4.3.2 closing", "452 4.2.2 full", "450 4.7.0 too much mail"])
def test_f01_a_passing_refusal_is_put_off_and_goes_out_at_the_next_try(verb: str, answer: str) -> None:
    with raw_office(faulty(verb, answer, times=1)) as raw, channel(raw.port) as post:
        first = post.deliver(a_message(), TO, Promises())
        stored = len(raw.stored)
        second = post.deliver(a_message(), TO, Promises())

    assert raw.fired == [verb]
    assert (first.state, stored) == (LATER, 1 if verb == "." else 0)
    assert answer.partition(" ")[2] in first.said
    assert second.state == SENT


@pytest.mark.parametrize("verb", ["RCPT", "DATA", "."])
def test_f02_who_is_refused_is_refused_and_the_next_gets_his_own(verb: str) -> None:
    with raw_office(faulty(verb, "550 5.1.1 no such user", times=1)) as raw, channel(raw.port) as post:
        outcomes = [post.deliver(a_message(key=to), f"{to}@example.org", Promises()) for to in ("bad", "good")]

    assert raw.fired == [verb]
    assert [each.state for each in outcomes] == [REFUSED, SENT]
    assert outcomes[0].said == "550 5.1.1 no such user"
    command, _, address = [line for line in raw.heard if line.startswith("RCPT")][-1].partition(":")
    # Python 3.13 writes the command "RCPT to".
    assert (command.upper(), address) == ("RCPT TO", "<good@example.org>")


@pytest.mark.parametrize("verb", ["CONNECT", "EHLO", "MAIL"])
def test_a_server_that_refuses_us_refuses_no_recipient(verb: str) -> None:
    with raw_office(faulty(verb, "554 5.7.1 go away")) as raw, channel(raw.port) as post:
        outcome = post.deliver(a_message(), TO, Promises())

    assert raw.fired
    assert (outcome.state, outcome.everybody) == (LATER, True)
    assert "554 5.7.1 go away" in outcome.said or verb == "EHLO"


def test_f03_a_connection_lost_in_the_middle_of_the_data_is_tried_again_and_gives_one_mail() -> None:
    promises = Promises()
    with raw_office(faulty("none", None), during=lambda raw, lines: lines == 5 and not raw.fired) as raw, channel(raw.port) as post:
        large = a_message(file=File("a.pdf", PDF * 400, "x"))
        first = post.deliver(large, TO, promises)
        second = post.deliver(large, TO, promises)

    assert raw.fired == ["during"]
    assert (first.state, second.state) == (LATER, SENT)
    assert (len(raw.stored), promises) == (1, ["promised"])


@pytest.mark.slow
@pytest.mark.parametrize("answer", [None, "hang", b"2", b"garbage\r\n", "drip"])
def test_f04_a_message_whose_answer_is_lost_is_unknown(answer: Answer) -> None:
    promises = Promises()
    with raw_office(faulty(".", answer)) as raw, channel(raw.port, seconds=1 if answer in ("hang", b"2", "drip") else 20) as post:
        outcome = post.deliver(a_message(), TO, promises)

    assert (raw.fired, len(raw.stored), promises) == (["."], 1, ["promised"])
    assert outcome.state == UNKNOWN
    assert "its answer did not come" in outcome.said


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("answer", ["hang", "drip", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"250-x\r\n" * 20_000, b"2" * 100_000])
def test_f05_a_server_that_hangs_drips_or_talks_nonsense_ends_at_the_deadline(verb: str, answer: Answer) -> None:
    seconds = 1 if answer in ("hang", "drip") else 20
    promises = Promises()
    with raw_office(faulty(verb, answer)) as raw, channel(raw.port, seconds=seconds) as post:
        outcome = post.deliver(a_message(), TO, promises)
        where = f"127.0.0.1:{raw.port}"

    assert raw.fired
    assert (outcome.state, outcome.everybody, promises, raw.stored) == (LATER, True, [], [])
    assert outcome.said.startswith(f"{where}: ")
    assert len(outcome.said) < 400


def test_f06_without_starttls_nothing_is_said_that_matters() -> None:
    with raw_office(faulty("none", None)) as raw, channel(
        raw.port, tls="starttls", user=USER, password="BRIEFING_SMTP"
    ) as post:
        outcome = post.deliver(a_message(), TO, Promises())

    assert (outcome.state, outcome.everybody) == (LATER, True)
    assert "no STARTTLS" in outcome.said
    assert [line[:4] for line in raw.heard] == ["EHLO"]


def test_f06_words_that_are_slipped_in_behind_starttls_end_the_conversation() -> None:
    def script(raw: Raw, word: str) -> Answer:
        if word == "STAR":
            raw.fired.append(word)
            return b"220 go on\r\n250 slipped in\r\n"
        return "250-raw\r\n250 STARTTLS" if word == "EHLO" else GOOD.get(word, "500 what?")

    with raw_office(script) as raw, channel(raw.port, tls="starttls") as post:
        outcome = post.deliver(a_message(), TO, Promises())

    assert raw.fired == ["STAR"]
    assert (outcome.state, raw.stored) == (LATER, [])


@pytest.mark.parametrize("trusted", [False, True])
def test_f07_a_certificate_of_another_authority_or_name_is_refused(tmp_path: Path, trusted: bool) -> None:
    theirs = an_authority(tmp_path / "theirs", "evil.example")
    ca = theirs.ca if trusted else an_authority(tmp_path / "ours", "localhost").ca
    with sound_office(theirs.context()) as office, channel(office.port, ca=ca, user=USER, password="BRIEFING_SMTP") as post:
        outcome = post.deliver(a_message(), TO, Promises())

        assert (outcome.state, office.mails) == (LATER, [])
        assert "its certificate is not to be trusted" in outcome.said
        assert "`ca`" in outcome.said


EVIL = ("A\r\nBcc: victim@example.org", "A\nBcc: v@x", "A =?UTF-8?Q?=0A?=Bcc: v@x", "A\r\n\r\nbody", "A\0B", "A\rX: y", "A\n", "x" * 3000)


@pytest.mark.parametrize("text", EVIL)
def test_f08_no_header_comes_out_of_a_subject_or_a_name(authority: Authority, text: str) -> None:
    with sound_office(authority.context()) as office, channel(office.port, ca=authority.ca) as post:
        outcome = post.deliver(a_message(subject=text, name=text[:200]), TO, Promises())

        assert outcome.state == SENT
        head = office.mails[0][2].partition(b"\r\n\r\n")[0].decode("latin-1")
        names = re.findall(r"^([^\s:]+):", head, re.MULTILINE)
        assert len(names) == len(set(names))
        assert set(names) <= {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Language", "List-Unsubscribe",
                              "List-Unsubscribe-Post", "MIME-Version", "Content-Type", "X-Peer", "X-MailFrom", "X-RcptTo"}  # fmt: skip
        assert office.mails[0][1] == [TO]
        assert [address for _, address in getaddresses([office.read()["To"]])] == [TO]


@pytest.mark.parametrize(
    "head",
    [b"From: a\r\nBcc: v@x", b"From: a\r\nFrom: b", b"From: a\r\nno header", b"From: a\nBcc: x", b"From: a\rBcc: x", b"Subject: \0",
     b"Subject: x\r\n" + b" y\r\n" * 9000],
)  # fmt: skip
def test_f08_the_guard_reads_the_bytes_that_would_be_sent(head: bytes) -> None:
    with pytest.raises(UsageError, match="the head of a message would"):
        refuse_strangers(head)


@pytest.mark.parametrize(
    "text",
    ["", "a", "@", "a@", "@b.org", "a b@c.org", "a@b", "a@-b.org", "a@b..org", "a@b.org\r\nBcc: v@x.org", "a@b.org\n", "a\0@b.org",
     '"Smith, evil@x.y" <a@b.org>', "a@b.org,c@d.org", "a@[127.0.0.1]", "a@127.0.0.1", ".a@b.org", "a..b@c.org", "a@b.org>", "<a@b.org",
     f"{'x' * 65}@b.org", f"a@{'b' * 64}.org", f"a@{'bb.' * 90}org", "a@b@c.org", "a;b@c.org", "a@ex\u202eample.org", "(c)a@b.org"],
)  # fmt: skip
def test_f09_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        canonical(text)


@pytest.mark.parametrize(
    ("text", "form"),
    [("Office@Example.ORG", "Office@example.org"), ("a+b.c@x.example.org", "a+b.c@x.example.org"), ("o'neil@x.org", "o'neil@x.org"),
     ("почта@пример.бел", "почта@xn--e1afmkfd.xn--90ais"), ("a@bücher.example", "a@xn--bcher-kva.example"), ("root@localhost", "root@localhost")],
)  # fmt: skip
def test_f09_an_address_has_one_form(text: str, form: str) -> None:
    assert canonical(text) == form
    assert canonical(form) == form


def test_f09_a_name_that_looks_like_addresses_stays_a_name(authority: Authority) -> None:
    box = mailbox('"Smith, evil@x.y" <a@b.org>')
    assert box == Mailbox("a@b.org", "Smith, evil@x.y")

    with sound_office(authority.context()) as office, channel(office.port, ca=authority.ca) as post:
        post.deliver(a_message(name=box.name), box.address, Promises())

        assert office.mails[0][1] == ["a@b.org"]
        assert getaddresses([office.read()["To"]]) == [("Smith, evil@x.y", "a@b.org")]


def test_f09_an_address_beyond_ascii_needs_a_server_that_takes_it(authority: Authority) -> None:
    to = canonical("читатель@пример.бел")
    with sound_office(authority.context()) as office, channel(office.port, ca=authority.ca) as post:
        assert post.deliver(a_message(), to, Promises()).state == SENT
        assert office.mails[0][1] == [to]
    with raw_office(faulty("none", None)) as raw, channel(raw.port) as post:
        assert post.deliver(a_message(), to, Promises()).state == REFUSED
        assert raw.stored == []


@pytest.mark.parametrize(
    "name",
    ["../../x.pdf", "report\u202efdp.exe", 'a"b.pdf', "x" * 300, "..\\..\\c.pdf", "", ".pdf", "a\r\nX: y.pdf", "economy-2026-11-22.1.en.pdf"],
)  # fmt: skip
def test_f10_an_attachment_has_a_harmless_name_that_ends_with_pdf(name: str) -> None:
    safe = safe_name(name)

    assert re.fullmatch(r"\w[\w.-]*\.pdf", safe)
    assert len(safe.encode()) <= 104
    assert safe == name or name != "economy-2026-11-22.1.en.pdf"


@pytest.mark.parametrize("name", ["经济-2026-11-22.1.zh.pdf", "a" * 99 + ".pdf"])
def test_f10_a_name_in_another_script_arrives(authority: Authority, name: str) -> None:
    with sound_office(authority.context()) as office, channel(office.port, ca=authority.ca) as post:
        post.deliver(a_message(file=File(name, PDF, "x")), TO, Promises())

        (pdf,) = office.read().iter_attachments()
        assert pdf.get_filename() == name


def test_f11_a_server_that_takes_less_is_not_given_more() -> None:
    def script(raw: Raw, word: str) -> Answer:
        return "250-raw\r\n250 SIZE 1000" if word == "EHLO" else GOOD.get(word, "500 what?")

    with raw_office(script) as raw, channel(raw.port) as post:
        outcome = post.deliver(a_message(link=""), TO, Promises())

    assert (outcome.state, raw.stored) == (REFUSED, [])
    assert not any(line.startswith("MAIL") for line in raw.heard)
    assert "the server takes 1000" in outcome.said


@pytest.mark.parametrize("said", ["250-raw\r\n250 SIZE 5000", "250-raw\r\n250 SIZE 0"])
def test_f11_what_is_too_big_to_be_attached_is_linked_where_it_can_be(said: str) -> None:
    def script(raw: Raw, word: str) -> Answer:
        if word == "MAIL" and len([line for line in raw.heard if line.startswith("MAIL")]) == 1 and said.endswith(" 0"):
            raw.fired.append(word)
            return "552 5.3.4 too big"
        return said if word == "EHLO" else GOOD.get(word, "500 what?")

    promises = Promises()
    with raw_office(script) as raw, channel(raw.port) as post:
        outcome = post.deliver(a_message(), TO, promises)

    assert (outcome.state, promises, len(raw.stored)) == (SENT, ["promised"], 1)
    assert b"application/pdf" not in raw.stored[0]
    assert len(raw.stored[0]) < 5000


@pytest.mark.parametrize("verb", ["MAIL", "."])
def test_f11_too_big_is_refused_and_not_tried_for_days(verb: str) -> None:
    with raw_office(faulty(verb, "552 5.3.4 message too big")) as raw, channel(raw.port) as post:
        outcome = post.deliver(a_message(link=""), TO, Promises())

    assert raw.fired
    assert (outcome.state, outcome.said) == (REFUSED, "552 5.3.4 message too big")


def test_f12_what_a_server_says_is_one_short_line_and_no_password_stands_in_it() -> None:
    token = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode())

    def script(raw: Raw, word: str) -> Answer:
        if word == "AUTH":
            return b"535-5.7.8 \x1b[31mno: " + token + b"\r\n535 " + PASSWORD.encode() + b" " + b"x" * 3000 + b"\r\n"
        return "250-raw\r\n250 AUTH PLAIN" if word == "EHLO" else GOOD.get(word, "500 what?")

    with raw_office(script) as raw, channel(raw.port, user=USER, password="BRIEFING_SMTP") as post:
        outcome = post.deliver(a_message(), TO, Promises())

    assert (outcome.state, outcome.everybody) == (LATER, True)
    assert "535" in outcome.said
    assert "no: " in outcome.said
    assert PASSWORD not in outcome.said
    assert token.decode() not in outcome.said
    assert "\x1b" not in outcome.said
    assert len(outcome.said) < 400


def test_f13_recipients_do_not_see_each_other(authority: Authority) -> None:
    with sound_office(authority.context()) as office, channel(office.port, ca=authority.ca) as post:
        people = [f"person{number}@example.org" for number in range(50)]
        for person in people:
            post.deliver(a_message(key=person.partition("@")[0], text=f"Yours: {person}\n"), person, Promises())

        for person, (_, to, data) in zip(people, office.mails, strict=True):
            assert to == [person]
            assert [other for other in people if re.search(rb"\b" + other.encode(), data)] == [person]


def test_a_connection_that_the_server_closed_meanwhile_is_opened_again() -> None:
    def script(raw: Raw, word: str) -> Answer:
        if word == "MAIL" and len(raw.stored) == 1 and not raw.fired:
            raw.fired.append(word)
            return None
        return GOOD.get(word, "500 what?")

    with raw_office(script) as raw, channel(raw.port) as post:
        states = [post.deliver(a_message(key=key), TO, Promises()).state for key in "ab"]

    assert (raw.fired, states, len(raw.stored)) == (["MAIL"], [SENT, SENT], 2)


def test_nobody_there_is_put_off_for_everybody(tmp_path: Path) -> None:
    with channel(9) as post:
        outcome = post.deliver(a_message(), TO, Promises())

    assert (outcome.state, outcome.everybody) == (LATER, True)
    assert outcome.said.startswith("127.0.0.1:9: connecting: ")


# --- settings -------------------------------------------------------------------------------------


def settings_of(text: str) -> tuple[Settings, list[str]]:
    findings = Findings()
    table = read_toml(text, "briefing.toml", findings)
    assert table is not None
    found = kind_of("email").take(table)
    table.done()
    assert isinstance(found, Settings)
    return found, [str(each) for each in findings]


def test_settings_have_safe_defaults() -> None:
    found, told = settings_of('host = "smtp.example.org"\nsender = "City <post@example.org>"\n')

    assert told == []
    assert (found.tls, found.port, found.seconds, found.attach) == ("starttls", 587, 60, 10_000_000)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('host = "h"\nsender = "nobody"\n', "sender: 'nobody': no name and place"),
        ('sender = "a@b.org"\n', "host: is missing"),
        ('host = "https://h"\nsender = "a@b.org"\n', "host: 'https://h'; expected a name"),
        ('host = "h"\nsender = "a@b.org"\nport = 0\n', "port: 0; expected a whole number from 1 to 65535"),
        ('host = "h"\nsender = "a@b.org"\ntls = "ssl"\n', "tls: 'ssl'; expected starttls, implicit, or none"),
        ('host = "h"\nsender = "a@b.org"\nuser = "u"\n', "one of `user` and `password` without the other"),
        ('host = "h"\nsender = "a@b.org"\nuser = "u"\npassword = "s3cret"\n', "password: a text that is no such name"),
        ('host = "h"\nsender = "a@b.org"\ntls = "none"\nuser = "u"\npassword = "BRIEFING_P"\n', '"none" beside a password'),
        ('host = "h"\nsender = "a@b.org"\nstarttls = true\n', "starttls: is unknown"),
    ],
)
def test_wrong_settings_are_told(text: str, words: str) -> None:
    told = settings_of(text)[1]

    assert any(words in each for each in told), told
    assert "s3cret" not in "".join(told)


def test_a_password_that_is_not_set_is_told_before_anybody_is_spoken_to() -> None:
    settings = Settings("127.0.0.1", 9, "none", SENDER, user="u", password="BRIEFING_ELSEWHERE")

    with pytest.raises(UsageError, match="BRIEFING_ELSEWHERE is not set"), kind_of("email").open(settings, a_world(Path("/"))):
        pass


def test_a_file_of_certificates_that_is_not_there_is_told() -> None:
    settings = Settings("127.0.0.1", 9, "starttls", SENDER, ca="none.pem")

    with pytest.raises(UsageError, match="no certificates to be had"), kind_of("email").open(settings, a_world(Path("/"))):
        pass


def test_a_message_is_the_same_bytes_whenever_it_is_written() -> None:
    envelope = Envelope(SENDER, Mailbox(TO, "Анна"))
    first, second = (write(a_message(), envelope, attach=True) for _ in range(2))

    assert first == second
    assert Office(mails=[("", [], b"".join((first.head, first.file, first.tail)))]).read()["To"] == "Анна <reader@example.org>"
