"""Credential plugins and auth providers, through the kubernetes client; the only file that imports it.

Importing it costs several times what a whole command may take, so it happens when such a user is met.
"""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from typing import Any, TextIO

from mtop_core.api import (
    ConfigError,
    MtopError,
    PluginError,
    ShapeError,
    SourceError,
    items,
    mapping,
    plain,
    strings,
    text,
)
from mtop_live.kubefiles import Entry, texts
from mtop_live.logins import REMEMBERED_SECONDS, Certificate, Credential, Source, bearer

# A credential is replaced this long before it expires, or in the last half of a life shorter than that.
MARGIN_SECONDS = 30.0
# How often an auth provider is asked whether its token is still good: it starts to replace it five minutes early.
ASK_SECONDS = 60.0

_SHOWN = 500
_TOKENS = re.compile(r"(?:eyJ|k8s-aws-v1\.|ya29\.)[\w.=+/-]{16,}")
_STALE_TOKEN = "e30.eyJleHAiOjB9.e30"  # noqa: S105 - says no more than that it has expired, which makes the library refresh


def library_source(user: Entry, way: str, reach: Mapping[str, Any], own: Certificate | None) -> Source:
    """The source of a user with an `exec` or `auth-provider`; raises ConfigError where that is malformed.

    `reach` is the cluster in a kubeconfig's spelling with its CA as PEM text, `own` the user's certificate.
    """
    fields = user.read(mapping, way)
    made = ExecPlugin if way == "exec" else AuthProvider
    return made(Entry("user", user.name, fields, user.path), reach, own)


class ExecPlugin:
    """The Source of a credential plugin: a program that prints a token, a certificate or both."""

    def __init__(self, fields: Entry, reach: Mapping[str, Any], own: Certificate | None) -> None:
        self._label = f"{fields.label}: exec"
        self._fields = _exec_config(fields, self._label)
        self._reach = reach
        self._own = own
        self._hint = plain(text(self._fields, "installHint"))[:_SHOWN]
        self._called = f'{self._label}: the credential plugin "{plain(self._fields["command"])}"'

    def fetch(self, again: bool) -> Credential:
        """What the plugin says when it is run now; raises SourceError with what it wrote on stderr."""
        try:
            return self._credential(self._run())
        except ShapeError as error:
            raise self._failed(f"gave no credential: {error.message.partition(', got ')[0]}") from None

    def stale(self, credential: Credential) -> bool:
        """Whether the credential expires soon."""
        return bool(credential.due) and _now() >= credential.due

    def _run(self) -> Mapping[str, Any]:
        """The status of the ExecCredential the plugin prints."""
        interactive = self._interactive()
        library = _library(self._label)
        node, provider = library.kube_config.ConfigNode, library.exec_provider.ExecProvider
        arguments = node("exec", self._fields), None, node("cluster", _cluster_info(self._reach))
        try:
            with _aside(interactive):
                answer = provider(*arguments).run()
        except FileNotFoundError:
            raise SourceError(f"{self._called} is not installed", self._hint or "install it, or correct PATH") from None
        except Exception as error:
            raise self._failed(f"failed: {_told(error)}") from None
        return mapping({"status": answer}, "status")

    def _interactive(self) -> bool:
        """Whether the plugin may talk to the user; raises SourceError where it must and cannot."""
        mode = text(self._fields, "interactiveMode")
        possible = mode != "Never" and _is_terminal(sys.stdin) and _is_terminal(sys.stderr)
        if mode == "Always" and not possible:
            raise self._failed("needs a terminal to ask something on", "run mtop in a terminal")
        return possible

    def _credential(self, status: Mapping[str, Any]) -> Credential:
        token = text(status, "token")
        cert, key = text(status, "clientCertificateData"), text(status, "clientKeyData")
        if not token and not (cert and key):
            raise self._failed("gave neither a token nor a certificate with its key")
        header = bearer(token, self._called, SourceError) if token else ""
        pair = Certificate(cert, key) if cert and key else self._own
        return Credential(header, pair, self._due(text(status, "expirationTimestamp")))

    def _due(self, expiry: str) -> float:
        if not expiry:
            return 0.0
        from mtop_core.api import parse_time

        if (end := parse_time(expiry)) is None:
            raise self._failed("gave no credential: status.expirationTimestamp: expected a time")
        now = _now()
        # what has expired as it comes is shown all the same: to run the plugin for each request would change nothing
        return max(end.timestamp() - min(MARGIN_SECONDS, max(end.timestamp() - now, 0) / 2), now + REMEMBERED_SECONDS)

    def _failed(self, problem: str, hint: str = "") -> SourceError:
        return SourceError(f"{self._called} {problem}", hint or self._hint or "run it by hand to see what it wants")


class AuthProvider:
    """The Source of an auth provider, such as oidc, an old way the library still knows; nothing is written back."""

    def __init__(self, fields: Entry, reach: Mapping[str, Any], own: Certificate | None) -> None:
        self._name = fields.read(text, "name")
        self._label = f'{fields.label}: auth-provider "{plain(self._name)}"'
        self._config = dict(fields.read(strings, "config"))
        self._server = reach["server"]
        self._own = own
        if self._name == "oidc":
            self._config.setdefault("client-secret", "")
        if authority := self._config.get("idp-certificate-authority"):
            self._config["idp-certificate-authority"] = fields.resolve(authority)

    def fetch(self, again: bool) -> Credential:
        """The token, refreshed by the library where it has expired or `again` says so; raises SourceError."""
        before = dict(self._config)
        if again:
            self._expire()
        try:
            token = self._ask().removeprefix("Bearer ")
        except MtopError:
            self._config.update(before)
            raise
        return Credential(bearer(token, self._label, SourceError), self._own, _now() + ASK_SECONDS)

    def stale(self, credential: Credential) -> bool:
        """Whether it is time to ask the library again."""
        return _now() >= credential.due

    def _expire(self) -> None:
        if self._config.get("refresh-token"):
            self._config["id-token"] = _STALE_TOKEN
        self._config.pop("access-token", None)

    def _ask(self) -> str:
        library = _library(self._label)
        if not any(self._config.get(f"idp-certificate-authority{kind}") for kind in ("", "-data")):
            # without one the library would not check the certificate of the issuer at all
            self._config["idp-certificate-authority"] = _system_authorities()
        found = library.kube_config.Configuration()
        load = library.kube_config.load_kube_config_from_dict
        try:
            with _aside(False):
                load(self._as_kubeconfig(), client_configuration=found, persist_config=False)
        except Exception as error:
            raise self._failed(_told(error, *self._config.values())) from None
        token: str = found.api_key.get("BearerToken") or found.api_key.get("authorization") or ""
        if not token or token.endswith(_STALE_TOKEN):
            raise self._failed("it gave no token")
        return token

    def _as_kubeconfig(self) -> dict[str, Any]:
        """A kubeconfig of this user alone; the library writes new tokens into the very configuration given."""
        user = {"auth-provider": {"name": self._name, "config": self._config}}
        return {
            "current-context": "mtop",
            "contexts": [{"name": "mtop", "context": {"cluster": "mtop", "user": "mtop"}}],
            "clusters": [{"name": "mtop", "cluster": {"server": self._server}}],
            "users": [{"name": "mtop", "user": user}],
        }

    def _failed(self, problem: str) -> SourceError:
        return SourceError(f"{self._label}: {problem}", "log in anew, or use a credential plugin (exec) in its place")


class _Aside:
    """Standard output while the library runs: what its thread prints goes to stderr, and it is told `terminal`."""

    def __init__(self, real: TextIO, terminal: bool) -> None:
        self._real = real
        self._terminal = terminal
        self._thread = threading.get_ident()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream(), name)

    def isatty(self) -> bool:
        """Whether the plugin may talk to the user, which the library asks of standard output."""
        return self._terminal if self._stream() is sys.stderr else self._real.isatty()

    def write(self, value: str) -> int:
        """Writes where the thread's output belongs."""
        return self._stream().write(value)

    def _stream(self) -> TextIO:
        return sys.stderr if threading.get_ident() == self._thread else self._real


@contextmanager
def _aside(terminal: bool) -> Iterator[None]:
    with redirect_stdout(_Aside(sys.stdout, terminal)):
        yield


def _library(label: str) -> Any:
    """The `config` package of the kubernetes client; raises PluginError where it cannot be loaded."""
    try:
        import kubernetes.config.exec_provider
        import kubernetes.config.kube_config
    except Exception as error:
        told = f"{label}: the kubernetes client cannot be loaded: {plain(str(error))[:_SHOWN]}"
        raise PluginError(told, "install it with: pip install kubernetes") from None
    return kubernetes.config


def _exec_config(fields: Entry, label: str) -> dict[str, Any]:
    """The exec section, checked; its command as seen from the kubeconfig's folder where it is a path."""
    found: dict[str, Any] = {"args": list(fields.read(texts, "args")), "env": []}
    for field in ("command", "apiVersion", "interactiveMode", "installHint"):
        found[field] = fields.read(text, field)
    for variable in fields.read(lambda obj: [*items(obj, "env")]):
        one = Entry("user", fields.name, variable, fields.path)
        found["env"].append({"name": one.read(text, "name"), "value": one.read(text, "value")})
    if missing := [field for field in ("command", "apiVersion") if not found[field]]:
        raise ConfigError(f"{label}: {missing[0]}: there is none", "kubectl needs command and apiVersion, too")
    if "/" in found["command"]:
        found["command"] = fields.resolve(found["command"])
    found["provideClusterInfo"] = fields.value.get("provideClusterInfo") is True
    return found


def _cluster_info(reach: Mapping[str, Any]) -> dict[str, Any]:
    """The cluster as the plugin is told of it; a new one each time, as the library changes it."""
    import base64

    found = dict(reach)
    if ca := found.get("certificate-authority-data"):
        found["certificate-authority-data"] = base64.b64encode(ca.encode()).decode()
    extensions = found.pop("extensions", None)
    found["extensions"] = [
        entry for entry in (extensions if isinstance(extensions, list) else ())
        if isinstance(entry, dict) and isinstance(entry.get("name"), str) and "extension" in entry
    ]  # fmt: skip
    return found


def _system_authorities() -> str:
    """The file with the certificate authorities this system trusts."""
    import ssl

    import certifi

    return ssl.get_default_verify_paths().cafile or certifi.where()


def _told(error: Exception, *secrets: str) -> str:
    """An error in one line, without anything that is or looks like a token."""
    told = plain(str(error)).removeprefix("exec: ") or type(error).__name__
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) > 3:
            told = told.replace(secret, "…")
    return _TOKENS.sub("…", told)[:_SHOWN]


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty() and stream.fileno() >= 0
    except (OSError, ValueError):
        return False


def _now() -> float:
    from time import time

    return time()
