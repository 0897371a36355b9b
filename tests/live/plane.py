"""A real API server with etcd behind it, on free loopback ports, for as long as a test session runs.

The programs: a folder with `kube-apiserver` and `etcd` in KUBEBUILDER_ASSETS (as setup-envtest makes it),
or `MTOP_TESTPLANE` and `MTOP_ETCD`.
"""

from __future__ import annotations

import json
import os
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

TOKEN = "admin-token"
MISSING = "no API server: set KUBEBUILDER_ASSETS, or MTOP_TESTPLANE and MTOP_ETCD"


def available() -> bool:
    """Whether the environment names the programs of an API server."""
    ours = os.environ.get("MTOP_TESTPLANE") and os.environ.get("MTOP_ETCD")
    return bool(os.environ.get("KUBEBUILDER_ASSETS") or ours)


class Plane:
    """A running API server; `folder` holds its certificates, logs and kubeconfig."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.url = url
        self._tls = ssl.create_default_context(cafile=str(folder / "ca.crt"))

    def request(self, method: str, path: str, body: object = None, content: str = "application/json") -> Any:
        """One request as the administrator; raises urllib.error.HTTPError for a status of 400 or more."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": content}
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        with urllib.request.urlopen(request, context=self._tls, timeout=60) as answer:
            return json.load(answer)

    def kubeconfig(self) -> Path:
        """A kubeconfig of the administrator."""
        path = self.folder / "kubeconfig"
        cluster = {"server": self.url, "certificate-authority": str(self.folder / "ca.crt")}
        path.write_text(
            json.dumps(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "current-context": "plane",
                    "clusters": [{"name": "plane", "cluster": cluster}],
                    "users": [{"name": "admin", "user": {"token": TOKEN}}],
                    "contexts": [{"name": "plane", "context": {"cluster": "plane", "user": "admin"}}],
                }
            )
        )
        return path


@contextmanager
def running(folder: Path) -> Iterator[Plane]:
    """Starts etcd and an API server in `folder`, and ends both."""
    _certificates(folder)
    (folder / "tokens.csv").write_text(f'{TOKEN},admin,admin,"system:masters"\n')
    with ExitStack() as stack:
        etcd_url, peer = f"http://127.0.0.1:{_port()}", f"http://127.0.0.1:{_port()}"
        _start(stack, folder, "etcd", _etcd(folder, etcd_url, peer))
        _wait(f"{etcd_url}/health", folder / "etcd.log")
        port = _port()
        _start(stack, folder, "apiserver", _server(folder, port, etcd_url))
        plane = Plane(folder, f"https://127.0.0.1:{port}")
        _wait(f"{plane.url}/readyz", folder / "apiserver.log", plane)
        yield plane


def _port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _certificates(folder: Path) -> None:
    import trustme

    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.crt"))
    server = authority.issue_cert("127.0.0.1", "localhost")
    client = authority.issue_cert("kubelet-client@example.com", organization_name="system:masters")
    for stem, issued in (("tls", server), ("kubelet-client", client)):
        issued.private_key_pem.write_to_path(str(folder / f"{stem}.key"))
        (folder / f"{stem}.crt").write_bytes(b"".join(part.bytes() for part in issued.cert_chain_pems))
    server.private_key_pem.write_to_path(str(folder / "sa.key"))


def _etcd(folder: Path, url: str, peer: str) -> list[str]:
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    program = str(Path(assets, "etcd")) if assets else os.environ["MTOP_ETCD"]
    return [
        program, "--data-dir", str(folder / "etcd"), "--unsafe-no-fsync", "--log-level", "error",
        "--listen-client-urls", url, "--advertise-client-urls", url, "--listen-peer-urls", peer,
        "--initial-advertise-peer-urls", peer, "--initial-cluster", f"default={peer}",
    ]  # fmt: skip


def _server(folder: Path, port: int, etcd_url: str) -> list[str]:
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    if not assets:
        return [
            os.environ["MTOP_TESTPLANE"], "--listen", f"127.0.0.1:{port}", "--etcd", etcd_url,
            "--cert-dir", str(folder), "--token-file", str(folder / "tokens.csv"),
        ]  # fmt: skip
    return [
        str(Path(assets, "kube-apiserver")), "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1",
        f"--secure-port={port}", f"--etcd-servers={etcd_url}", f"--cert-dir={folder}",
        f"--tls-cert-file={folder}/tls.crt", f"--tls-private-key-file={folder}/tls.key",
        f"--client-ca-file={folder}/ca.crt", f"--token-auth-file={folder}/tokens.csv",
        "--service-cluster-ip-range=10.0.0.0/24", "--authorization-mode=RBAC",
        "--disable-admission-plugins=ServiceAccount", "--service-account-issuer=https://127.0.0.1/",
        f"--service-account-key-file={folder}/sa.key", f"--service-account-signing-key-file={folder}/sa.key",
    ]  # fmt: skip


def _start(stack: ExitStack, folder: Path, name: str, command: list[str]) -> None:
    log = stack.enter_context((folder / f"{name}.log").open("wb"))
    process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=folder)
    stack.callback(process.wait)
    stack.callback(process.kill)


def _wait(url: str, log: Path, plane: Plane | None = None, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            headers = {"Authorization": f"Bearer {TOKEN}"}
            tls = plane._tls if plane else None
            with urllib.request.urlopen(urllib.request.Request(url, headers=headers), context=tls, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise RuntimeError(f"{url} did not come up:\n{log.read_text(errors='replace')[-4000:]}")
