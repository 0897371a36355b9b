"""The programs behind a test's API server: which there are, how they are called, started, stopped and frozen.

Either a folder with `kube-apiserver` and `etcd` in KUBEBUILDER_ASSETS (as setup-envtest makes it), or `MTOP_TESTPLANE`
and `MTOP_ETCD`.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from pathlib import Path

MISSING = "no API server: set KUBEBUILDER_ASSETS, or MTOP_TESTPLANE and MTOP_ETCD, or MTOP_LIVE_KUBECONFIG"
_NO_FAIRNESS = "--enable-priority-and-fairness=false"  # with it, --max-requests-inflight alone refuses nobody


def assets() -> str:
    """The folder of a real kube-apiserver, or nothing."""
    return os.environ.get("KUBEBUILDER_ASSETS", "")


def available() -> bool:
    """Whether the environment names the programs of an API server."""
    return bool(assets() or (os.environ.get("MTOP_TESTPLANE") and os.environ.get("MTOP_ETCD")))


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Program:
    """A program that runs in `folder` and writes NAME.log there."""

    def __init__(self, name: str, folder: Path, command: list[str]) -> None:
        self.name = name
        self.command = command
        self.folder = folder
        self.log = folder / f"{name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def runs(self) -> bool:
        """Whether the program is there, frozen or not."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Starts the program; its log goes on where it was."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(self.command, stdout=log, stderr=subprocess.STDOUT, cwd=self.folder)

    def kill(self) -> None:
        """Ends the program at once, as a crash would; returns when it is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def freeze(self) -> None:
        """Stops the program where it is: its connections stay open and nothing answers."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Lets a frozen program go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self.runs:
            self._process.send_signal(number)

    def last_words(self) -> str:
        """The end of the log, for a message."""
        return self.log.read_text(errors="replace")[-4000:]


def etcd(folder: Path, url: str) -> Program:
    """An etcd that keeps its data in `folder` and is in no hurry to write it to disk."""
    program = str(Path(assets(), "etcd")) if assets() else os.environ["MTOP_ETCD"]
    peer = f"http://127.0.0.1:{free_port()}"
    command = [
        program, "--data-dir", str(folder / "etcd"), "--unsafe-no-fsync", "--log-level", "error",
        "--listen-client-urls", url, "--advertise-client-urls", url, "--listen-peer-urls", peer,
        "--initial-advertise-peer-urls", peer, "--initial-cluster", f"default={peer}",
    ]  # fmt: skip
    return Program("etcd", folder, command)


def api_server(folder: Path, port: int, etcd_url: str, flags: tuple[str, ...]) -> Program:
    """The API server; `flags` are in testplane's words, and said to a kube-apiserver in its own."""
    if not assets():
        command = [
            os.environ["MTOP_TESTPLANE"], "--listen", f"127.0.0.1:{port}", "--etcd", etcd_url,
            "--cert-dir", str(folder), "--token-file", str(folder / "tokens.csv"), *flags,
        ]  # fmt: skip
        return Program("apiserver", folder, command)
    command = [
        str(Path(assets(), "kube-apiserver")), "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1",
        f"--secure-port={port}", f"--etcd-servers={etcd_url}", f"--cert-dir={folder}",
        f"--tls-cert-file={folder}/tls.crt", f"--tls-private-key-file={folder}/tls.key",
        f"--client-ca-file={folder}/ca.crt", f"--token-auth-file={folder}/tokens.csv",
        "--service-cluster-ip-range=10.0.0.0/24", "--allow-privileged=true", "--authorization-mode=RBAC",
        "--disable-admission-plugins=ServiceAccount", "--service-account-issuer=https://127.0.0.1/",
        f"--service-account-key-file={folder}/sa.key", f"--service-account-signing-key-file={folder}/sa.key",
        f"--kubelet-client-certificate={folder}/kubelet-client.crt",
        f"--kubelet-client-key={folder}/kubelet-client.key", "--kubelet-preferred-address-types=InternalIP",
        *(word for flag in flags for word in _in_its_words(flag)),
    ]  # fmt: skip
    return Program("apiserver", folder, command)


def _in_its_words(flag: str) -> tuple[str, ...]:
    name, _, value = flag.partition("=")
    if name == "--max-inflight":
        return f"--max-requests-inflight={value}", f"--max-mutating-requests-inflight={value}", _NO_FAIRNESS
    if name == "--compaction":
        return (f"--etcd-compaction-interval={value}",)
    return (flag,)
