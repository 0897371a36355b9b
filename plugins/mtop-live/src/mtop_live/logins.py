"""Who we are to a cluster: what a kubeconfig says outright, fetched once however many threads ask."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from time import monotonic
from typing import Protocol

from mtop_core.api import ConfigError, Connection, MtopError, Record, UsageError, plain, text
from mtop_live.kubefiles import Entry, slurp

# How long a failure is every thread's answer: what failed for one of them need not run for all the others.
REMEMBERED_SECONDS = 5.0

_TOKEN_CHARACTERS = "".join(map(chr, range(33, 127)))


class Certificate(Record):
    """A client certificate with its chain, and its key, both as PEM text."""

    cert: str
    key: str


class Login(Protocol):
    """Proves who we are; `user` is the kubeconfig's name for it, never a secret."""

    user: str

    def headers(self) -> Mapping[str, str]:
        """Authorization and Impersonate-* of the next request; raises SourceError or ConfigError.

        A name that has several values comes in several spellings of upper and lower case, which are one to HTTP.
        """

    def certificate(self) -> Certificate | None:
        """The client certificate; None where we have none."""

    def renew(self) -> bool:
        """Fetches fresh credentials after a 401; false where they are the ones this thread used."""


class Credential(Record):
    """What proves who we are; `due` is when it has to be fetched again, in seconds of the epoch, zero for never."""

    authorization: str = ""
    certificate: Certificate | None = None
    due: float = 0.0

    def proves_as(self, other: Credential | None) -> bool:
        """Whether another credential would meet the same answer from a server."""
        return other is not None and (self.authorization, self.certificate) == (other.authorization, other.certificate)


class Source(Protocol):
    """Where credentials come from; called by one thread at a time."""

    def fetch(self, again: bool) -> Credential:
        """The credential, with `again` a new one even if the last seems good; raises SourceError or ConfigError."""

    def stale(self, credential: Credential) -> bool:
        """Whether a credential fetched before has to be fetched again."""


class Identity:
    """The Login of every source: keeps what was fetched, and fetches again once for all threads."""

    def __init__(self, user: str, source: Source, impersonation: Mapping[str, str]) -> None:
        import threading

        self.user = user
        self._source = source
        self._impersonation = impersonation
        self._lock = threading.Lock()
        self._used = threading.local()
        self._held: Credential | None = None
        self._failure: tuple[float, MtopError] | None = None

    def headers(self) -> Mapping[str, str]:
        """Authorization and Impersonate-* of the next request; raises SourceError or ConfigError."""
        held = self._used.credential = self._current()
        if held.authorization:
            return {"Authorization": held.authorization, **self._impersonation}
        return self._impersonation

    def certificate(self) -> Certificate | None:
        """The client certificate; None where we have none."""
        return self._current().certificate

    def renew(self) -> bool:
        """Fetches fresh credentials after a 401; false where they are the ones this thread used."""
        used: Credential | None = getattr(self._used, "credential", self._held)
        with self._lock:
            # what is held may be another thread's renewal of what this one used
            held = self._fetch(again=True) if self._held is None or self._held is used else self._held
            self._used.credential = held
            return not held.proves_as(used)

    def _current(self) -> Credential:
        with self._lock:
            if self._held is None or self._source.stale(self._held):
                return self._fetch(again=False)
            return self._held

    def _fetch(self, again: bool) -> Credential:
        if self._failure and monotonic() - self._failure[0] < REMEMBERED_SECONDS:
            raise self._failure[1]
        try:
            self._held = self._source.fetch(again)
        except MtopError as error:
            self._failure = (monotonic(), error)
            raise
        self._failure = None
        return self._held


class Material(Record):
    """PEM text or the file it stands in; `label` is what errors call it, `flag` whether a flag gave it."""

    label: str
    text: str = ""
    path: str = ""
    flag: bool = False

    def pem(self) -> str:
        """The PEM text; raises ConfigError, or UsageError for a flag's."""
        found = self.text or self.read()
        if "-----BEGIN " not in found:
            raise self.wrong("holds no PEM text", "it must have lines such as -----BEGIN CERTIFICATE-----")
        return found

    def read(self) -> str:
        """What stands in the file; raises as `pem` does."""
        try:
            return slurp(self.path)
        except ValueError as error:
            raise self.wrong(f"{plain(self.path)}: {error}", "correct the path, or write the file") from None

    def wrong(self, problem: str, hint: str) -> MtopError:
        """The error of a problem with it."""
        return (UsageError if self.flag else ConfigError)(f"{self.label}: {problem}", hint)


def material(entry: Entry, field: str, flag: str = "") -> Material | None:
    """What a flag of the same name gives, else FIELD-data, else the file FIELD names; None where nothing does."""
    if flag:
        return Material(f"--{field}", path=flag, flag=True)
    data, path = entry.read(text, f"{field}-data"), entry.read(text, field)
    if data:
        return Material(f"{entry.label}: {field}-data", _decoded(entry, f"{field}-data", data))
    return Material(f"{entry.label}: {field}", path=entry.resolve(path)) if path else None


def _decoded(entry: Entry, field: str, data: str) -> str:
    import binascii

    try:
        return binascii.a2b_base64("".join(data.split()), strict_mode=True).decode()
    except ValueError:
        hint = f"it is made by base64 -w0 FILE; {field.removesuffix('-data')} names a file instead"
        raise ConfigError(f"{entry.label}: {field}: not base64 of a text", hint) from None


class Plain:
    """The Source of what a kubeconfig or flags say outright; its files are read again when they have changed."""

    def __init__(
        self, authorization: str = "", token_file: Material | None = None,
        cert: Material | None = None, key: Material | None = None,
    ) -> None:  # fmt: skip
        self._authorization = authorization
        self._token_file = token_file
        self._cert, self._key = cert, key
        self._last: Credential | None = None
        self._stamp: object = None

    @property
    def names_someone(self) -> bool:
        """Whether it gives an Authorization header, so that nobody else has to be asked for one."""
        return bool(self._authorization or self._token_file)

    @property
    def has_certificate(self) -> bool:
        """Whether a client certificate is named."""
        return self._cert is not None

    def fetch(self, again: bool) -> Credential:
        """What stands there now; where it cannot be read any more what stood there last."""
        if self._last is not None and not again and not self.stale(self._last):
            return self._last
        stamp = self._stamped()
        try:
            self._last = Credential(self._header(), self._pair())
        except MtopError:
            if self._last is None:
                raise
        self._stamp = stamp
        return self._last

    def stale(self, credential: Credential) -> bool:
        """Whether the token's file has changed."""
        return self._token_file is not None and self._stamp != self._stamped()

    def _stamped(self) -> object:
        if self._token_file is None:
            return None
        try:
            found = os.stat(self._token_file.path)
        except (OSError, ValueError):
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _header(self) -> str:
        if self._token_file is None:
            return self._authorization
        try:
            return bearer(self._token_file.read().strip(), self._token_file.label)
        except ConfigError:
            if self._authorization:  # kubectl, too, falls back on the token beside the file
                return self._authorization
            raise

    def _pair(self) -> Certificate | None:
        if self._cert is None:
            return None
        if self._key is None:
            raise self._cert.wrong("there is no key for it", "name the key in client-key, too")
        return Certificate(self._cert.pem(), self._key.pem())


def plain_source(user: Entry, connection: Connection) -> Plain:
    """What flags and a user's entry say outright; a token given by flag is all there is, but for flags' own files."""
    fields = Entry("user", user.name, {}, user.path) if connection.token else user
    cert = material(fields, "client-certificate", connection.client_certificate)
    key = material(fields, "client-key", connection.client_key)
    if connection.token:
        return Plain(bearer(connection.token, "--token", UsageError), None, cert, key)
    token, path = user.read(text, "token"), user.read(text, "tokenFile")
    basic = _basic(user)
    if basic and (token or path):
        raise ConfigError(f"{user.label}: both a token and a username", "kubectl allows one of them: remove the other")
    file = Material(f"{user.label}: tokenFile", path=user.resolve(path)) if path else None
    return Plain(bearer(token, f"{user.label}: token") if token else basic, file, cert, key)


def bearer(token: str, label: str, kind: type[MtopError] = ConfigError) -> str:
    """The Authorization header of a token; raises `kind` where it is none, as it could smuggle in headers."""
    if not token:
        raise kind(f"{label}: the token is empty", "get a new one, such as with kubectl create token")
    if token.strip(_TOKEN_CHARACTERS):
        raise kind(f"{label}: the token holds spaces, line ends or other characters that no token has",
                   "write it in one line, and nothing else with it")  # fmt: skip
    return f"Bearer {token}"


def _basic(user: Entry) -> str:
    name, password = user.read(text, "username"), user.read(text, "password")
    if not name and not password:
        return ""
    import binascii

    try:
        pair = f"{name}:{password}".encode()
    except UnicodeEncodeError:
        raise ConfigError(f"{user.label}: username, password: not Unicode text", "write them anew") from None
    return f"Basic {binascii.b2a_base64(pair, newline=False).decode()}"


def header_lines(lines: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Headers of which some repeat, as a mapping: the second one is spelled in other cases; raises ValueError.

    Values are UTF-8 in the way http.client sends it, as Go's client does.
    """
    found: dict[str, str] = {}
    for name, value in lines:
        number, spelled = 0, name
        while spelled in found:
            number += 1
            spelled = _spelled(name, number)
        if not value.replace("\t", "\0").isprintable():
            raise ValueError("holds control characters")
        found[spelled] = value.encode().decode("latin-1")
    return found


def _spelled(name: str, number: int) -> str:
    """The spelling of that number: each bit turns the case of one letter."""
    letters = []
    for letter in name:
        if letter.isalpha():
            letter, number = letter.swapcase() if number & 1 else letter, number >> 1
        letters.append(letter)
    return "".join(letters)
