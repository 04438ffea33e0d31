"""Seals: a PDF signed as PAdES, and what a seal says when it is read again.

Place in the pipeline: between step 6 Inspect and step 7 Keep, and `briefing verify`. In: a printed PDF and the key
that `[sign]` of briefing.toml names; out: the same bytes with the seal appended as an incremental update, so that what
was printed can be compared byte by byte for ever. PAdES is ETSI EN 319 142-1
(https://www.etsi.org/deliver/etsi_en/319100_319199/31914201/), time stamps are RFC 3161
(https://www.rfc-editor.org/rfc/rfc3161). pyHanko stands in this room only, and is imported only where a key is
configured or a sealed file is read.
"""

from __future__ import annotations

import contextlib
import io
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

from .errors import OutsideError, UsageError
from .model import Place, Seal
from .reading import Table

if TYPE_CHECKING:
    from urllib.request import Request

    from pyhanko.sign.signers import PdfSigner, Signer
    from pyhanko.sign.timestamps import TimeStamper
    from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
    from pyhanko.sign.validation.status import PdfSignatureStatus
    from pyhanko_certvalidator import ValidationContext

Level = Literal["B-B", "B-T", "B-LT", "B-LTA"]
PASSPHRASE, PIN = "BRIEFING_SIGN_PASSPHRASE", "BRIEFING_SIGN_PIN"
"""Environment variables: secrets stand nowhere else."""
FIELD = "Seal"
PLACE = Place("briefing.toml")
_STAMP_SECONDS, _STAMP_BYTES = 20.0, 1 << 20
"""What an authority's answer to a time stamp request may take."""


@dataclass(frozen=True, slots=True)
class SealSettings:
    """The table `[sign]`: a key (PKCS#12 file, or token and labels of a PKCS#11 library), the level, whom to trust.

    `trust` names PEM or DER files of the roots by which seals are judged, and collected for B-LT and B-LTA.
    """

    level: Level
    pkcs12: str = ""
    pkcs11: str = ""
    token: str = ""
    certificate: str = ""
    key: str = ""
    timestamp: str = ""
    trust: tuple[str, ...] = ()


def read_seal_settings(settings_table: Table | None) -> SealSettings | None:
    """Return what `[sign]` of briefing.toml says; None where it is not there. Problems are collected by the table."""
    if settings_table is None or "sign" not in settings_table.data:
        return None
    table = settings_table.table("sign")
    level = table.text("level", "B-B")
    if level not in get_args(Level):
        table.refuse("level", f"'{level}'", expected="B-B, B-T, B-LT or B-LTA", cure="Choose a level of PAdES.")
        level = "B-B"
    settings = SealSettings(
        level=cast("Level", level),
        pkcs12=table.text("pkcs12", ""),
        pkcs11=table.text("pkcs11", ""),
        token=table.text("token", ""),
        certificate=table.text("certificate", ""),
        key=table.text("key", ""),
        timestamp=table.text("timestamp", ""),
        trust=table.texts("trust"),
    )
    table.done()
    _check_settings(settings, table)
    return settings


def _check_settings(settings: SealSettings, table: Table) -> None:
    """Refuse what does not go together."""
    if bool(settings.pkcs12) == bool(settings.pkcs11):
        found = "stands beside pkcs11" if settings.pkcs12 else "is missing, and pkcs11 too: there is no key"
        table.refuse("pkcs12", found, expected="one of the two", cure='Name the key: pkcs12 = "keys/seal.p12".')
    for label in ("token", "certificate") if settings.pkcs11 else ():
        if not getattr(settings, label):
            table.refuse(label, "is missing", expected="its label in the PKCS#11 library", cure="Name it.")
    if settings.level != "B-B" and not settings.timestamp.startswith(("http://", "https://")):
        cure = "Name the time stamp authority of your certificate's issuer, or use level B-B."
        found = f"'{settings.timestamp}'" if settings.timestamp else "is missing"
        table.refuse("timestamp", found, expected=f"an http(s) address, which level {settings.level} needs", cure=cure)
    if settings.level in ("B-LT", "B-LTA") and not settings.trust:
        expected = f"files of the root certificates, which level {settings.level} needs"
        table.refuse("trust", "is missing", expected=expected, cure='Name them: trust = ["keys/ca.pem"].')


# --- sealing --------------------------------------------------------------------------------------


class Sealer:
    """A key at hand: seals one PDF after the other."""

    def __init__(self, signer: Signer, settings: SealSettings, root: Path) -> None:
        """Take an open key; `sealing` opens one."""
        self._signer = signer
        self._settings = settings
        self._root = root

    def seal(self, pdf: bytes, edition: str) -> bytes:
        """Return the PDF with its seal appended; OutsideError where the time stamp authority fails."""
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

        try:
            return bytes(self._writer(edition).sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf))).getvalue())
        except Exception as error:  # whatever key, authority and revocation lists bring forth in the library
            raise OutsideError(
                f"{edition} could not be sealed: {_reasons(error)}",
                where=self._settings.timestamp or self._settings.pkcs12 or self._settings.pkcs11,
                hint="Is the key valid, and do the addresses in [sign] answer? Then build again; nothing was kept.",
            ) from error

    def _writer(self, edition: str) -> PdfSigner:
        from pyhanko.sign import fields, signers

        lasting = self._settings.level in ("B-LT", "B-LTA")
        metadata = signers.PdfSignatureMetadata(
            field_name=FIELD,
            md_algorithm="sha256",
            subfilter=fields.SigSeedSubFilter.PADES,
            reason=edition,
            certify=True,
            docmdp_permissions=fields.MDPPerm.NO_CHANGES,
            embed_validation_info=lasting,
            use_pades_lta=self._settings.level == "B-LTA",
            validation_context=_collecting(trusted(self._settings, self._root)) if lasting else None,
        )
        stamper = _stamper(self._settings.timestamp) if self._settings.level != "B-B" else None
        return signers.PdfSigner(metadata, self._signer, timestamper=stamper)


def _reasons(error: BaseException) -> str:
    """Return an error's words with those of what caused it: the library's own say little."""
    said = str(error) or type(error).__name__
    return f"{said}: {_reasons(error.__cause__)}" if error.__cause__ is not None else said


@contextmanager
def sealing(
    settings: SealSettings | None, root: Path, environment: Mapping[str, str], now: datetime
) -> Iterator[Sealer | None]:
    """Give a sealer with its key open; None where `[sign]` is not there.

    UsageError where the key cannot be opened: no library, no file, no passphrase or PIN, no certificate to the key; or
    where its certificate is not valid now.
    """
    if settings is None:
        yield None
        return
    with contextlib.ExitStack() as opened:
        try:
            signer = (
                _from_file(settings, root, environment)
                if settings.pkcs12
                else _from_token(settings, environment, opened)
            )
            trusted(settings, root)
            _refuse_untimely(signer, settings, now)
        except ModuleNotFoundError as error:
            raise UsageError(f"{error.name} is not installed", where=str(PLACE), hint=_INSTALL) from error
        yield Sealer(signer, settings, root)


def _refuse_untimely(signer: Signer, settings: SealSettings, now: datetime) -> None:
    """Raise where a seal could be verified by nobody, because its certificate has ended or not yet begun."""
    certificate: Any = signer.signing_cert
    begins, ends = certificate.not_valid_before, certificate.not_valid_after
    if not begins <= now <= ends:
        raise UsageError(
            f"its certificate is valid from {begins:%Y-%m-%d} to {ends:%Y-%m-%d} only",
            where=settings.pkcs12 or settings.certificate,
            hint="Have it renewed, or name another key in [sign]; nothing was made. Keep the old root in `trust`.",
        )


_INSTALL = "Install the extra: pip install 'briefing-generator[sign]'."


def _from_file(settings: SealSettings, root: Path, environment: Mapping[str, str]) -> Signer:
    from pyhanko.sign.signers import SimpleSigner

    path = root / settings.pkcs12
    try:
        data = path.read_bytes()
        passphrase = environment.get(PASSPHRASE, "").encode() or None
        signer: Signer = SimpleSigner.load_pkcs12_data(data, (), passphrase=passphrase)
    except OSError as error:
        raise UsageError(f"{error.strerror}", where=str(path), hint="Name the key's file in [sign] pkcs12.") from error
    except Exception as error:  # a wrong passphrase and a broken file look alike to the library
        hint = f"Set {PASSPHRASE} to its passphrase" + ("" if environment.get(PASSPHRASE) else " (it is not set)")
        raise UsageError("the key cannot be opened", where=str(path), hint=f"{hint}.") from error
    return signer


def _from_token(settings: SealSettings, environment: Mapping[str, str], opened: contextlib.ExitStack) -> Signer:
    from pyhanko.config.pkcs11 import TokenCriteria
    from pyhanko.sign.pkcs11 import PKCS11Signer, open_pkcs11_session

    try:
        session = opened.enter_context(
            open_pkcs11_session(
                settings.pkcs11, token_criteria=TokenCriteria(label=settings.token), user_pin=environment.get(PIN)
            )
        )
        signer = PKCS11Signer(session, cert_label=settings.certificate, key_label=settings.key or settings.certificate)
        signer.signing_cert  # noqa: B018 - asked for now, so that a wrong label is told before anything is drawn
    except Exception as error:  # what libraries of tokens raise is their own
        unset = "" if environment.get(PIN) else " (it is not set)"
        hint = f"See token, certificate and key of [sign], and set {PIN}{unset}"
        told = str(error) or type(error).__name__
        raise UsageError(f"the token cannot be used: {told}", where=settings.pkcs11, hint=f"{hint}.") from error
    return signer


def trusted(settings: SealSettings, root: Path) -> tuple[bytes, ...]:
    """Return the certificates that end a chain of trust, as read; UsageError where a file is not there or none."""
    found = []
    for name in settings.trust:
        path = root / name
        try:
            found.append(path.read_bytes())
            _certificates(found[-1:])
        except OSError as error:
            raise UsageError(f"{error.strerror}", where=str(path), hint="Name the file in [sign] trust.") from error
        except ValueError as error:
            hint = "Name a PEM or DER file in [sign] trust."
            raise UsageError("no certificate", where=str(path), hint=hint) from error
    return tuple(found)


def _certificates(files: Any) -> list[Any]:  # noqa: ANN401 - asn1crypto has no types
    from asn1crypto import pem, x509

    found = []
    for data in files:
        parts = [part for _, _, part in pem.unarmor(data, multiple=True)] if pem.detect(data) else [data]
        for part in parts:
            certificate = x509.Certificate.load(part)
            certificate.native  # noqa: B018 - asn1crypto reads lazily, and a broken one must be told here
            found.append(certificate)
    return found


def _collecting(files: tuple[bytes, ...]) -> ValidationContext:
    """Return the context that fetches revocation lists for a seal that is to last."""
    from pyhanko_certvalidator import ValidationContext

    return ValidationContext(trust_roots=_certificates(files), allow_fetching=True)


def _stamper(address: str) -> TimeStamper:
    from urllib.request import Request

    from asn1crypto import tsp
    from pyhanko.sign.timestamps import TimeStamper

    class Authority(TimeStamper):
        """Asks one address, within a deadline of its own and a limit of bytes."""

        async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
            headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
            request = Request(address, req.dump(), headers)  # noqa: S310 - the operator's own address
            return tsp.TimeStampResp.load(_answer(request))

    return Authority()  # type: ignore[no-untyped-call] # the library's base has no types


def _answer(request: Request) -> bytes:
    from urllib.error import HTTPError
    from urllib.request import urlopen

    end, parts = time.monotonic() + _STAMP_SECONDS, []
    try:
        opened = urlopen(request, timeout=_STAMP_SECONDS)  # noqa: S310
    except HTTPError as refusal:
        refusal.close()  # it is an answer too, and holds the connection
        raise
    with opened as answer:
        while part := answer.read1(1 << 16):
            parts.append(part)
            if time.monotonic() > end:
                raise TimeoutError(f"no whole answer within {_STAMP_SECONDS:g} seconds")
            if sum(map(len, parts)) > _STAMP_BYTES:
                raise OSError(f"an answer of more than {_STAMP_BYTES} bytes")
    return b"".join(parts)


# --- reading --------------------------------------------------------------------------------------


def read_seals(pdf: bytes, trust: tuple[bytes, ...], moment: str) -> tuple[Seal, ...]:
    """Return the seals in a PDF, first one first, judged by the roots in `trust` at an ISO moment, without a network.

    Runs in a limited child: the file is a stranger's. A file that is no PDF has no seals.
    """
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.pdf_utils.reader import PdfFileReader

    if b"/ByteRange" not in pdf:
        return ()
    try:
        embedded = PdfFileReader(io.BytesIO(pdf), strict=False).embedded_regular_signatures
        return tuple(_judged(each, trust, datetime.fromisoformat(moment)) for each in embedded)
    except (PdfError, ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
        return (Seal(signer="", moment="", whole=False, trusted=False, problem=f"the seal cannot be read: {error}"),)


def _judged(embedded: EmbeddedPdfSignature, trust: tuple[bytes, ...], moment: datetime) -> Seal:
    from pyhanko.sign.validation.errors import SignatureValidationError

    name = embedded.signer_cert.subject.human_friendly if embedded.signer_cert is not None else ""
    when = embedded.self_reported_timestamp
    said = when.astimezone(UTC).isoformat(timespec="seconds") if when is not None else ""
    try:
        status = _status(embedded, trust, moment)
    except (SignatureValidationError, ValueError) as error:
        return Seal(signer=name, moment=said, whole=False, trusted=False, problem=str(error))
    stamped = status.timestamp_validity
    return Seal(
        signer=name,
        moment=stamped.timestamp.astimezone(UTC).isoformat(timespec="seconds") if stamped is not None else said,
        whole=_whole(status),
        trusted=status.trusted,
        stamped=stamped is not None and stamped.valid,
        problem="" if status.trusted else _distrust(embedded, moment),
    )


def _distrust(embedded: EmbeddedPdfSignature, moment: datetime) -> str:
    """Return why a seal that is whole is not trusted."""
    certificate: Any = embedded.signer_cert
    ends = certificate.not_valid_after
    ended = f"; it was valid until {ends:%Y-%m-%d}, and no time stamp of that time is trusted" if ends < moment else ""
    return f"its certificate leads to no root that is trusted here{ended}"


def _status(embedded: EmbeddedPdfSignature, trust: tuple[bytes, ...], moment: datetime) -> PdfSignatureStatus:
    """Judge a seal at the time of its stamp where it bears one that holds, else at `moment`.

    So a stamped seal outlives its certificate. Revocation data inside the file is heeded, and none is fetched.
    """
    from pyhanko.sign.validation import validate_pdf_signature

    status = validate_pdf_signature(embedded, _context(embedded, trust, moment))
    stamp = status.timestamp_validity
    if stamp is None or not (stamp.intact and stamp.valid):
        return status
    return validate_pdf_signature(embedded, _context(embedded, trust, stamp.timestamp))


def _context(embedded: EmbeddedPdfSignature, trust: tuple[bytes, ...], moment: datetime) -> ValidationContext:
    from pyhanko.sign.validation.dss import DocumentSecurityStore
    from pyhanko_certvalidator import ValidationContext

    said: dict[str, Any] = {"trust_roots": _certificates(trust), "allow_fetching": False, "moment": moment}
    if "/DSS" not in embedded.reader.root:
        return ValidationContext(**said)
    return DocumentSecurityStore.read_dss(embedded.reader).as_validation_context(said)


def _whole(status: PdfSignatureStatus) -> bool:
    """Return whether what the seal covers is intact, and what was added since only lets it last."""
    from pyhanko.sign.diff_analysis import ModificationLevel

    added = status.modification_level
    return bool(status.intact and status.valid and (added is None or added <= ModificationLevel.LTA_UPDATES))
