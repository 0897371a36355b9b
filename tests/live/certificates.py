"""The certificates of a test session: an authority that nobody else trusts, its servers and its users."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import trustme

KUBELET_CLIENT = "kubelet-client"


class Authority:
    """A certificate authority whose files are in `folder`: ca.crt, and one STEM.crt and STEM.key per leaf."""

    def __init__(self, folder: Path) -> None:
        import trustme

        self.folder = folder
        self._ca = trustme.CA()
        self._ca.cert_pem.write_to_path(str(folder / "ca.crt"))

    def server(self, stem: str) -> None:
        """Writes the certificate of a server on 127.0.0.1."""
        self._write(stem, self._ca.issue_cert("127.0.0.1", "localhost"))

    def client(self, stem: str, user: str, groups: str = "") -> None:
        """Writes the certificate of a user (its CN) in comma-separated groups (its Os)."""
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

        names = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups.split(",") if group]
        subject = x509.Name([*names, x509.NameAttribute(NameOID.COMMON_NAME, user)])
        issuer = x509.load_pem_x509_certificate(self._ca.cert_pem.bytes()).subject
        signer = serialization.load_pem_private_key(self._ca.private_key_pem.bytes(), None)
        assert isinstance(signer, ec.EllipticCurvePrivateKey)
        key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
        certificate = (
            x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
            .sign(signer, hashes.SHA256())
        )
        (self.folder / f"{stem}.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        form = serialization.PrivateFormat.PKCS8
        pem = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
        (self.folder / f"{stem}.key").write_bytes(pem)

    def _write(self, stem: str, leaf: trustme.LeafCert) -> None:
        leaf.private_key_pem.write_to_path(str(self.folder / f"{stem}.key"))
        (self.folder / f"{stem}.crt").write_bytes(b"".join(part.bytes() for part in leaf.cert_chain_pems))


def of_a_plane(folder: Path) -> Authority:
    """An authority with what an API server needs: its own certificate, a signing key, and one to show a kubelet."""
    authority = Authority(folder)
    authority.server("tls")
    authority.server("sa")
    authority.client(KUBELET_CLIENT, "kube-apiserver-kubelet-client", "system:masters")
    return authority
