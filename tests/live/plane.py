"""A real API server with etcd behind it, on free loopback ports; or a cluster that is there already.

`running(folder)` starts one of the programs that tests/live/programs.py names; `existing(folder, kubeconfig)` uses
what MTOP_LIVE_KUBECONFIG points to, which no test may stop, freeze or fill.
"""

from __future__ import annotations

import urllib.error
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.live.access import NOT_OURS, TOKEN, Access
from tests.live.certificates import Authority, of_a_plane
from tests.live.etcd import Etcd
from tests.live.kubeconfigs import Login, read, write, write_tokens
from tests.live.programs import MISSING, Program, api_server, assets, available, etcd, free_port
from tests.live.waiting import until

__all__ = ["MISSING", "NOT_OURS", "TOKEN", "Plane", "available", "existing", "running"]

ADMIN = {TOKEN: ("admin", "system:masters")}


class Own:
    """What a server of the tests' own is made of."""

    def __init__(self, server: Program, store: Etcd, authority: Authority) -> None:
        self.server = server
        self.store = store
        self.authority = authority


class Plane(Access):
    """An API server; `folder` holds its certificates, logs, tokens and kubeconfigs.

    `tokens` maps a token to its user and comma-separated groups.
    """

    def __init__(self, folder: Path, login: Login, own: Own | None = None) -> None:
        super().__init__(folder, login, owned=own is not None)
        self.tokens: dict[str, tuple[str, str]] = dict(ADMIN)
        self.base: dict[str, bytes] = {}  # what the server itself keeps among the things tests fill in
        self._parts = own

    @property
    def real(self) -> bool:
        """Whether the server is a kube-apiserver: it defaults and validates built-in kinds, and testplane does not."""
        return not self.owned or bool(assets())

    @property
    def _own(self) -> Own:
        self.need_control()
        assert self._parts is not None
        return self._parts

    @property
    def etcd(self) -> Etcd:
        """The store behind the server."""
        return self._own.store

    def write_tokens(self) -> None:
        """Makes `tokens` what the server knows, from the next request on (a kube-apiserver starts anew for it)."""
        server = self._own.server
        write_tokens(self.folder / "tokens.csv", self.tokens)
        if self.real and server.runs:
            self.restart()

    def kubeconfig(self, token: str = TOKEN, namespace: str = "default", server: str = "") -> Path:
        """A new kubeconfig file of whom `token` stands for; `server` is another way to the same API server."""
        if token != TOKEN:
            self.need_control()
        user = {"token": token} if self.owned else self.login.user
        return write(self.folder, Login(self.login.cluster, user), namespace, server)

    def certificate_kubeconfig(self, user: str, groups: str = "", namespace: str = "default", server: str = "") -> Path:
        """The same with a client certificate of `user` in comma-separated `groups`."""
        stem = f"client-{len(list(self.folder.glob('client-*.crt')))}"
        self._own.authority.client(stem, user, groups)
        files = {"client-certificate": str(self.folder / f"{stem}.crt"), "client-key": str(self.folder / f"{stem}.key")}
        return write(self.folder, Login(self.login.cluster, files), namespace, server)

    def stop(self) -> None:
        """Ends the API server as a crash would: connections are cut and new ones refused."""
        self._own.server.kill()

    def restart(self) -> None:
        """Starts the API server again, on the same port and store; stops it first where it runs."""
        server = self._own.server
        server.kill()
        server.start()
        self.wait()

    def freeze(self) -> None:
        """Stops the API server where it is: connections stay open and nobody answers."""
        self._own.server.freeze()

    def thaw(self) -> None:
        """Lets a frozen API server go on."""
        self._own.server.thaw()

    def compact(self, revision: int = 0) -> int:
        """Makes etcd forget all before `revision` (0: the newest), which it returns: older reads answer 410."""
        return self.etcd.compact(revision)

    def recover(self, tokens: Mapping[str, tuple[str, str]] = ADMIN) -> None:
        """Undoes what a test did to the server: it runs, answers, and knows `tokens` and no others."""
        server = self._own.server
        server.thaw()
        if self.tokens != tokens:
            self.tokens = dict(tokens)
            self.write_tokens()
        if not server.runs:
            self.restart()

    def wait(self) -> None:
        """Waits until the API server is ready."""
        until(self._ready, f"{self.url} is ready", 90)

    def _ready(self) -> bool:
        if self._parts and not self._parts.server.runs:
            raise RuntimeError(f"the API server ended:\n{self._parts.server.last_words()}")
        try:
            return bool(self.send("GET", "/readyz") and self.send("GET", "/api/v1/pods?limit=1&resourceVersion=0"))
        except (urllib.error.URLError, OSError):
            return False


@contextmanager
def running(folder: Path, *flags: str) -> Iterator[Plane]:
    """Starts etcd and an API server in `folder`, with further server flags, and ends both."""
    authority = of_a_plane(folder)
    store, port = Etcd(f"http://127.0.0.1:{free_port()}"), free_port()
    programs = [etcd(folder, store.url), api_server(folder, port, store.url, flags)]
    login = Login({"server": f"https://127.0.0.1:{port}", "certificate-authority": str(folder / "ca.crt")}, {})
    plane = Plane(folder, login, Own(programs[1], store, authority))
    plane.write_tokens()
    try:
        for program in programs:
            program.start()
        plane.wait()
        until(lambda: "/registry/namespaces/kube-system" in store.under("/registry/namespaces/"), "namespaces are made")
        plane.base = store.under("/registry/namespaces/") | store.under("/registry/services/")
        yield plane
    finally:
        for program in reversed(programs):
            program.kill()


def existing(folder: Path, kubeconfig: Path) -> Plane:
    """A cluster that is there already; what tests write about it goes to `folder`."""
    return Plane(folder, read(kubeconfig))
