"""What the tests of seals share: a small public key infrastructure, with a time stamp authority and a revocation list on loopback."""

from __future__ import annotations

import datetime as dt
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from asn1crypto import keys, tsp
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps import DummyTimeStamper

DER, PEM = serialization.Encoding.DER, serialization.Encoding.PEM
PASSPHRASE = "open sesame"
_DAY = dt.timedelta(days=1)


class Authority:
    """A root, an office's key with its certificate, and a server that stamps and tells of revocations.

    `mode` decides how the server answers: well, "error" (503), "garbage", "hang", or "revoked" (the key is on the list).
    """

    def __init__(self, folder: Path, *, name: str = "Example Office", valid_days: int = 3650) -> None:
        """Make keys and certificates in `folder`: seal.p12 and ca.pem."""
        self.mode = ""
        self.asked: list[str] = []
        self._now = dt.datetime.now(dt.UTC)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._root_key, self._key, stamp_key = (rsa.generate_private_key(65537, 2048) for _ in range(3))
        self._root = self._certify("Test Root", self._root_key, None, 3650)
        self._own = self._certify(name, self._key, [], valid_days)
        stamp = self._certify("Test Stamps", stamp_key, [ExtendedKeyUsageOID.TIME_STAMPING], 3650)
        self.stamper = DummyTimeStamper(
            tsa_cert=asn1.Certificate.load(stamp.public_bytes(DER)), tsa_key=_private(stamp_key)
        )
        self.key, self.root = folder / "seal.p12", folder / "ca.pem"
        encryption = serialization.BestAvailableEncryption(PASSPHRASE.encode())
        self.key.write_bytes(
            pkcs12.serialize_key_and_certificates(b"seal", self._key, self._own, [self._root], encryption)
        )
        self.root.write_bytes(self._root.public_bytes(PEM))

    def __enter__(self) -> Self:
        """Start the server."""
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self._server.shutdown()
        self._server.server_close()

    @property
    def private_der(self) -> bytes:
        """The office's key, PKCS#8, and its certificate are what a token is filled with."""
        return self._key.private_bytes(DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())

    @property
    def certificate_der(self) -> bytes:
        """The office's certificate."""
        return self._own.public_bytes(DER)

    def revocations(self) -> bytes:
        """Return the revocation list, with the office's key on it in mode "revoked"."""
        builder = x509.CertificateRevocationListBuilder().issuer_name(self._root.subject)
        builder = builder.last_update(self._now - _DAY).next_update(self._now + 300 * _DAY)
        if self.mode == "revoked":
            gone = x509.RevokedCertificateBuilder().serial_number(self._own.serial_number)
            builder = builder.add_revoked_certificate(gone.revocation_date(self._now - _DAY / 2).build())
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._root_key.public_key())
        builder = builder.add_extension(issuer, critical=False).add_extension(x509.CRLNumber(1), critical=False)
        return builder.sign(self._root_key, hashes.SHA256()).public_bytes(DER)

    def _certify(self, name: str, key: rsa.RSAPrivateKey, usage: list[Any] | None, days: int) -> x509.Certificate:
        root = usage is None
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject if root else self._root.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._now - 2 * _DAY)
            .not_valid_after(self._now + days * _DAY)
            .add_extension(x509.BasicConstraints(ca=root, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._root_key.public_key()), critical=False
            )
            .add_extension(_usage(root=root, commits=usage == []), critical=True)
        )
        if usage:
            builder = builder.add_extension(x509.ExtendedKeyUsage(usage), critical=True)
        if not root:
            point = x509.DistributionPoint([x509.UniformResourceIdentifier(f"{self.address}/ca.crl")], None, None, None)
            builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
        return builder.sign(self._root_key, hashes.SHA256())

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                authority.asked.append("list")
                self._answer(authority.revocations(), "application/pkix-crl")

            def do_POST(self) -> None:
                authority.asked.append("stamp")
                request = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
                if authority.mode == "error":
                    self.send_error(503)
                elif authority.mode == "garbage":
                    self._answer(b"<html>busy</html>", "text/html")
                else:
                    stamped = authority.stamper.request_tsa_response(request)
                    self._answer(stamped.dump(), "application/timestamp-reply")

            def _answer(self, body: bytes, kind: str) -> None:
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def _usage(*, root: bool, commits: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not root, content_commitment=commits, key_cert_sign=root, crl_sign=root, key_encipherment=False,
        data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _private(key: rsa.RSAPrivateKey) -> keys.PrivateKeyInfo:
    return keys.PrivateKeyInfo.load(
        key.private_bytes(DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
