"""Connections to an API server: TLS as the kubeconfig wants it, through a proxy where one is in the way."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from mtop_core.api import ConfigError, Record, plain
from mtop_live.kubeconfig import Endpoint
from mtop_live.trace import Trace
from mtop_live.wire import Line, NotHttp

if TYPE_CHECKING:
    from ssl import SSLContext

CONNECT_WITHIN = 10.0


class Proxy(Record):
    """An HTTP proxy, and who we are to it (empty for nobody)."""

    host: str
    port: int
    user: str
    password: str


class ThroughProxy(OSError):
    """The proxy on the way cannot be reached, or does not connect us."""


class Dialer:
    """Opens connections to one endpoint."""

    def __init__(self, endpoint: Endpoint, trace: Trace) -> None:
        self._endpoint = endpoint
        self._trace = trace
        self._lock = threading.Lock()
        self._certificate: object = None
        self._context: SSLContext | None = None
        parts = urlsplit(endpoint.server)
        self._secure = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if self._secure else 80)
        self.prefix = parts.path.rstrip("/")

    @property
    def address(self) -> str:
        """Host and port of the server."""
        return f"{self._host}:{self._port}"

    def __call__(self, seconds: float = 0.0) -> Line:
        """A new connection, there within so many seconds (zero: ten); OSError where none can be had."""
        start = time.monotonic()
        within = min(seconds or CONNECT_WITHIN, CONNECT_WITHIN)
        proxy, tls = self._proxy, self._tls() if self._secure else None
        line = Line(self._host, self._port)
        try:
            if proxy:
                self._through(proxy, line, within)
            else:
                line.connect((self._host, self._port), within)
            if tls:
                line.secure(tls, self._endpoint.tls_server_name or self._host)
        except BaseException:
            line.close()
            raise
        if self._trace.verbosity > 1:
            how = f", {line.sock.version()}" if self._secure else ""
            through = f" through {proxy.host}:{proxy.port}" if proxy else ""
            took = (time.monotonic() - start) * 1000
            self._trace.say(2, f"connected to {self.address}{through}{how} in {took:.0f} ms")
        return line

    def _through(self, proxy: Proxy, line: Line, within: float) -> None:
        """Has a proxy connect us; ThroughProxy where it cannot be reached, or refuses."""
        try:
            line.connect((proxy.host, proxy.port), within)
            line.wait(within, time.monotonic() + within)
            line.tunnel(proxy.user, proxy.password)
        except (OSError, NotHttp) as error:
            why = "it does not answer" if isinstance(error, TimeoutError) else _reason(error)
            raise ThroughProxy(f"the proxy {proxy.host}:{proxy.port} does not connect us: {why}") from None

    @cached_property
    def compresses(self) -> bool:
        """Whether packing answers saves anything: on this very machine it only costs."""
        return self._endpoint.compress and self._host not in ("localhost", "127.0.0.1", "::1")

    @cached_property
    def _proxy(self) -> Proxy | None:
        """The proxy on the way, None where there is none."""
        from mtop_live.proxies import proxy_for

        found = proxy_for(self._endpoint)
        if not found:
            return None
        parts = urlsplit(found)
        user, password = (unquote(part or "") for part in (parts.username, parts.password))
        return Proxy(parts.hostname or "", parts.port or 80, user, password)

    def _tls(self) -> SSLContext:
        """The TLS settings, made anew where the client certificate was renewed."""
        with self._lock:
            certificate = self._endpoint.login.certificate()
            if self._context is None or certificate != self._certificate:
                self._context = self._new_context(certificate)
                self._certificate = certificate
            return self._context

    def _new_context(self, certificate: Any) -> SSLContext:
        import ssl

        # ssl.create_default_context reads every certificate authority of the system first: six times Python's start
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if self._endpoint.insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        elif self._endpoint.ca:
            try:
                context.load_verify_locations(cadata=self._endpoint.ca)
            except ssl.SSLError as error:
                raise ConfigError(f"the certificate authority of the cluster cannot be read: {_reason(error)}",
                                  "see certificate-authority(-data) in the kubeconfig") from None  # fmt: skip
        else:
            context.load_default_certs()
        if certificate is not None:
            _load_certificate(context, certificate.cert, certificate.key)
        return context


def _load_certificate(context: SSLContext, cert: str, key: str) -> None:
    """Gives OpenSSL the client certificate, which it reads from files only: from memory where it can."""
    import ssl

    try:
        with _file_of(f"{cert.rstrip()}\n{key.rstrip()}\n".encode()) as path:
            context.load_cert_chain(path, password=_no_password)
    except (ssl.SSLError, ValueError) as error:
        message = f"the client certificate cannot be used: {_reason(error)}"
        hint = "see client-certificate(-data) and client-key(-data) in the kubeconfig"
        raise ConfigError(message, hint) from None
    except OSError as error:
        raise ConfigError(f"the client certificate cannot be handed to OpenSSL: {_reason(error)}",
                          "set TMPDIR to a folder that can be written") from None  # fmt: skip


@contextmanager
def _file_of(content: bytes) -> Iterator[str]:
    """The path of a file that nobody else can read, gone again afterwards."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("client-certificate")
        try:
            os.write(descriptor, content)
            yield f"/proc/self/fd/{descriptor}"
        finally:
            os.close(descriptor)
        return
    from tempfile import NamedTemporaryFile

    with NamedTemporaryFile("wb", suffix=".pem") as stream:
        stream.write(content)
        stream.flush()
        yield stream.name


def _no_password() -> str:
    raise ValueError("its key is encrypted, and nobody can be asked for the password")


def _reason(error: Exception) -> str:
    return plain(str(getattr(error, "reason", "") or error)).lower().replace("_", " ")
