"""Seals by real keys, a real time stamp authority and a real token; read again by us, by pdfsig and by veraPDF."""

from __future__ import annotations

import gc
import os
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import verapdf
from pages import PAGE
from seals import PASSPHRASE, Authority

from generator.errors import OutsideError, UsageError
from generator.model import Seal
from generator.pdf import print_page
from generator.reading import Findings, read_toml
from generator.signing import Level, SealSettings, read_seal_settings, read_seals, sealing, trusted

SECRET = {"BRIEFING_SIGN_PASSPHRASE": PASSPHRASE}
NOW = datetime.now(UTC)
SOFTHSM = next(Path("/usr/lib").glob("**/softhsm/libsofthsm2.so"), None)


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return print_page(PAGE).pdf


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    with Authority(tmp_path_factory.mktemp("keys")) as started:
        yield started


def settings(authority: Authority, level: Level = "B-B", **others: str) -> SealSettings:
    stamp = "" if level == "B-B" else f"{authority.address}/stamp"
    return SealSettings(level, pkcs12=str(authority.key), timestamp=stamp, trust=(str(authority.root),), **others)


def seal(pdf: bytes, authority: Authority, level: Level = "B-B") -> bytes:
    with sealing(settings(authority, level), Path("/"), SECRET, NOW) as sealer:
        assert sealer is not None
        return sealer.seal(pdf, "library/2025-02-03.1")


def read(pdf: bytes, authority: Authority | None, moment: datetime = NOW) -> Seal:
    roots = trusted(settings(authority), Path("/")) if authority else ()
    (found,) = read_seals(pdf, roots, moment.isoformat())
    return found


# --- a seal ---------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("level", ["B-B", "B-T", "B-LT", "B-LTA"])
def test_a_seal_is_whole_and_trusted_and_stands_behind_what_was_printed(
    pdf: bytes, authority: Authority, level: Level
) -> None:
    sealed = seal(pdf, authority, level)

    found = read(sealed, authority)
    assert sealed.startswith(pdf)
    assert (found.signer, found.whole, found.trusted, found.problem) == ("Common Name: Example Office", True, True, "")
    assert found.stamped == (level != "B-B")
    assert abs(datetime.fromisoformat(found.moment) - datetime.now(UTC)) < timedelta(hours=1)


@pytest.mark.slow
def test_pdfsig_and_verapdf_agree(pdf: bytes, authority: Authority, tmp_path: Path) -> None:
    files = [tmp_path / "b-b.pdf", tmp_path / "b-lta.pdf"]
    for file, level in zip(files, ("B-B", "B-LTA"), strict=True):
        file.write_bytes(seal(pdf, authority, level))  # type: ignore[arg-type]

    said = subprocess.run(["pdfsig", files[0]], capture_output=True, text=True, check=False).stdout

    assert "Signature is Valid." in said
    assert "Total document signed" in said
    assert "ETSI.CAdES.detached" in said
    if not verapdf.available():
        assert all(verdict.passed for verdict in verapdf.verify(files).values())


def test_an_unsealed_file_has_no_seal(pdf: bytes, authority: Authority) -> None:
    assert read_seals(pdf, trusted(settings(authority), Path("/")), NOW.isoformat()) == ()


def test_a_seal_of_nobody_we_trust_is_whole_but_not_trusted(pdf: bytes, authority: Authority) -> None:
    found = read(seal(pdf, authority), None)

    assert (found.whole, found.trusted) == (True, False)
    assert "no root that is trusted here" in found.problem


def test_another_root_of_the_same_name_is_not_trusted(pdf: bytes, authority: Authority, tmp_path: Path) -> None:
    with Authority(tmp_path) as other:
        assert not read(seal(pdf, other), authority).trusted


@pytest.mark.parametrize("level", ["B-B", "B-LTA"])
def test_one_changed_byte_breaks_the_seal(pdf: bytes, authority: Authority, level: Level) -> None:
    sealed = bytearray(seal(pdf, authority, level))
    sealed[sealed.index(b"stream") + 20] ^= 1

    assert not read(bytes(sealed), authority).whole


def test_what_is_added_behind_the_seal_is_a_change(pdf: bytes, authority: Authority) -> None:
    from io import BytesIO

    from pyhanko.pdf_utils.generic import StreamObject
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer = IncrementalPdfFileWriter(BytesIO(seal(pdf, authority)))
    page = writer.find_page_for_modification(0)[0].get_object()
    page["/Contents"] = writer.add_object(StreamObject(stream_data=b"BT /F1 12 Tf (84.4 billion) Tj ET"))
    writer.update_container(page)
    changed = BytesIO()
    writer.write(changed)

    found = read(changed.getvalue(), authority)

    assert changed.getvalue().startswith(pdf)
    assert not found.whole


@pytest.mark.slow
def test_a_stamped_seal_outlives_its_certificate_and_an_unstamped_one_does_not(pdf: bytes, tmp_path: Path) -> None:
    later = NOW + timedelta(days=90)
    with Authority(tmp_path, valid_days=30) as authority:
        plain, stamped = seal(pdf, authority), seal(pdf, authority, "B-LTA")

        assert not read(plain, authority, later).trusted
        until = f"valid until {NOW + timedelta(days=30):%Y-%m-%d}, and no time stamp of that time is trusted"
        assert until in read(plain, authority, later).problem
        assert read(stamped, authority, later).trusted


def test_reading_a_seal_asks_nobody(pdf: bytes, authority: Authority) -> None:
    sealed = seal(pdf, authority, "B-LT")
    authority.asked.clear()

    read(sealed, authority)

    assert authority.asked == []


@pytest.mark.parametrize(
    "damage", [b"%PDF-1.7 /ByteRange", b"/ByteRange" * 99, b"%PDF-1.7\n/ByteRange [0 1 2 99999999999]\n%%EOF"]
)
def test_a_file_that_only_looks_sealed_is_told_and_not_believed(damage: bytes) -> None:
    for found in read_seals(damage, (), NOW.isoformat()):
        assert (found.whole, found.trusted) == (False, False)
        assert found.problem


# --- a token --------------------------------------------------------------------------------------


@pytest.mark.skipif(SOFTHSM is None, reason="no SoftHSM: apt-get install softhsm2")
def test_a_key_in_a_token_seals_without_leaving_it(
    pdf: bytes, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tokens").mkdir()
    config = tmp_path / "softhsm2.conf"
    config.write_text(
        f"directories.tokendir = {tmp_path}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n", "utf-8"
    )
    monkeypatch.setenv("SOFTHSM2_CONF", str(config))
    (tmp_path / "key.der").write_bytes(authority.private_der)
    (tmp_path / "cert.der").write_bytes(authority.certificate_der)
    tool = ["softhsm2-util", "--token", "briefings", "--pin", "1234"]
    openssl = [
        "openssl",
        "pkcs8",
        "-topk8",
        "-nocrypt",
        "-inform",
        "DER",
        "-in",
        str(tmp_path / "key.der"),
        "-out",
        str(tmp_path / "key.pem"),
    ]
    for command in (
        ["softhsm2-util", "--init-token", "--free", "--label", "briefings", "--so-pin", "1234", "--pin", "1234"],
        openssl,
        [*tool, "--import", str(tmp_path / "key.pem"), "--label", "seal", "--id", "01"],
    ):
        subprocess.run(command, check=True, capture_output=True)
    _put_certificate(authority.certificate_der)
    chosen = SealSettings("B-B", pkcs11=str(SOFTHSM), token="briefings", certificate="seal", key="seal")

    with sealing(chosen, tmp_path, {"BRIEFING_SIGN_PIN": "1234"}, NOW) as sealer:
        assert sealer is not None
        sealed = sealer.seal(pdf, "library/1")
    found = read(sealed, authority)
    with pytest.raises(UsageError, match="the token cannot be used") as caught, sealing(chosen, tmp_path, {}, NOW):
        pass

    assert (found.whole, found.trusted) == (True, True)
    assert "BRIEFING_SIGN_PIN (it is not set)" in caught.value.hint


def _put_certificate(data: bytes) -> None:
    import pkcs11
    from pkcs11.util.x509 import decode_x509_certificate

    token = pkcs11.lib(str(SOFTHSM)).get_token(token_label="briefings")
    with token.open(rw=True, user_pin="1234") as session:
        said = decode_x509_certificate(data)
        said[pkcs11.Attribute.TOKEN] = True
        said[pkcs11.Attribute.LABEL] = "seal"
        said[pkcs11.Attribute.ID] = b"\x01"
        session.create_object(said)


# --- what goes wrong ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "hint"),
    [
        ({}, r"BRIEFING_SIGN_PASSPHRASE to its passphrase \(it is not set\)"),
        ({"BRIEFING_SIGN_PASSPHRASE": "wrong"}, "its passphrase."),
    ],
)
def test_a_key_that_cannot_be_opened_is_told_with_the_variable(
    authority: Authority, environment: dict[str, str], hint: str
) -> None:
    with (
        pytest.raises(UsageError, match="the key cannot be opened") as caught,
        sealing(settings(authority), Path("/"), environment, NOW),
    ):
        pass

    assert re.search(hint, caught.value.hint)
    assert "wrong" not in str(caught.value)


@pytest.mark.parametrize("days", [31, -31])
def test_a_certificate_that_is_not_valid_now_seals_nothing(tmp_path: Path, days: int) -> None:
    now = NOW + timedelta(days=days)
    with (
        Authority(tmp_path, valid_days=30) as authority,
        pytest.raises(UsageError, match=rf"seal\.p12: its certificate is valid from 20.* to {NOW + timedelta(days=30):%Y-%m-%d} only"),
        sealing(settings(authority), Path("/"), SECRET, now),
    ):
        pass


def test_a_key_that_is_not_there_is_told_with_its_path(tmp_path: Path) -> None:
    with (
        pytest.raises(UsageError, match=r"seal\.p12: No such file"),
        sealing(SealSettings("B-B", pkcs12="seal.p12"), tmp_path, {}, NOW),
    ):
        pass


def test_a_root_that_is_no_certificate_is_told_before_anything_is_sealed(authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate", "utf-8")
    chosen = SealSettings("B-B", pkcs12=str(authority.key), trust=("ca.pem",))

    with pytest.raises(UsageError, match=r"ca\.pem: no certificate"), sealing(chosen, tmp_path, SECRET, NOW):
        pass


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["error", "garbage"])
def test_an_authority_that_fails_is_the_outside_worlds_fault(pdf: bytes, tmp_path: Path, mode: str) -> None:
    with Authority(tmp_path) as authority:
        authority.mode = mode

        with pytest.raises(OutsideError, match="could not be sealed") as caught:
            seal(pdf, authority, "B-T")

    assert caught.value.exit_code == 3
    assert authority.asked[0] == "stamp"
    del caught
    gc.collect()  # a connection that was left open would be told here, and fail the test


def test_an_authority_that_is_gone_is_the_outside_worlds_fault(pdf: bytes, tmp_path: Path) -> None:
    with Authority(tmp_path) as authority:
        pass

    with pytest.raises(OutsideError, match="nothing was kept"):
        seal(pdf, authority, "B-T")


def test_a_revoked_key_seals_nothing_that_is_to_last(pdf: bytes, tmp_path: Path) -> None:
    with Authority(tmp_path) as authority:
        authority.mode = "revoked"

        with pytest.raises(OutsideError, match="revoked"):
            seal(pdf, authority, "B-LT")


# --- settings -------------------------------------------------------------------------------------


def told(text: str) -> tuple[SealSettings | None, list[str]]:
    findings = Findings()
    found = read_seal_settings(read_toml(text, "briefing.toml", findings))
    return found, [f"{finding.place.line} {finding.found}" for finding in findings]


def test_without_the_table_nothing_is_sealed() -> None:
    assert told('issuer = "x"\n') == (None, [])


def test_the_table_is_read() -> None:
    found, problems = told(
        '[sign]\npkcs12 = "keys/seal.p12"\nlevel = "B-T"\ntimestamp = "https://tsa.example"\ntrust = ["ca.pem"]\n'
    )

    assert (found, problems) == (
        SealSettings("B-T", pkcs12="keys/seal.p12", timestamp="https://tsa.example", trust=("ca.pem",)),
        [],
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[sign]\n", "1 sign.pkcs12: is missing, and pkcs11 too"),
        ('[sign]\npkcs12 = "a"\npkcs11 = "b"\ntoken = "t"\ncertificate = "c"\n', "2 sign.pkcs12: stands beside pkcs11"),
        ('[sign]\npkcs11 = "b"\ntoken = "t"\n', "1 sign.certificate: is missing"),
        ('[sign]\npkcs12 = "a"\nlevel = "B-X"\n', "3 sign.level: 'B-X'"),
        ('[sign]\npkcs12 = "a"\nlevel = "B-T"\n', "1 sign.timestamp: is missing"),
        ('[sign]\npkcs12 = "a"\nlevel = "B-T"\ntimestamp = "file:///x"\n', "4 sign.timestamp: 'file:///x'"),
        ('[sign]\npkcs12 = "a"\nlevel = "B-LTA"\ntimestamp = "http://x"\n', "1 sign.trust: is missing"),
        ('[sign]\npkcs12 = "a"\npassphrase = "s"\n', "3 sign.passphrase: is unknown"),
    ],
)
def test_what_does_not_go_together_is_told_with_its_line(text: str, problem: str) -> None:
    assert any(found.startswith(problem) for found in told(text)[1]), told(text)[1]


def test_no_secret_of_the_environment_is_needed_to_read_settings() -> None:
    assert "BRIEFING_SIGN_PASSPHRASE" not in os.environ
