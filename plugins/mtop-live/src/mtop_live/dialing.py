"""Connections to an API server: TLS as the kubeconfig wants it, through a proxy where one is in the way."""

from __future__ import annotations

import socket
import threading
import time
from base64 import b64encode
from contextlib import suppress
from functools import cached_property
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from mtop_core.api import ConfigError, plain
from mtop_live.kubeconfig import Endpoint
from mtop_live.trace import Trace

if TYPE_CHECKING:
    from ssl import SSLContext

CONNECT_WITHIN = 10.0


class Line(HTTPConnection):
    """One connection, which any thread can hang up."""

    sock: Any

    def __init__(self, host: str, port: int, tls: SSLContext | None, tls_name: str, timeout: float) -> None:
        super().__init__(host, port, timeout=timeout)
        self._create_connection = _create_connection
        self._tls = tls
        self._tls_name = tls_name
        self.hung_up = False

    def connect(self) -> None:
        """Connects, through the tunnel of a proxy where there is one, and greets the server with TLS."""
        super().connect()
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if self._tls is not None:
            self.sock = self._tls.wrap_socket(self.sock, server_hostname=_unidna(self._tls_name))

    def wait_at_most(self, seconds: float | None) -> None:
        """How long the next byte may take; None for as long as it wants."""
        if self.sock is not None:
            self.sock.settimeout(seconds)

    def hang_up(self) -> None:
        """Ends the connection from any thread: whoever reads from it meets its end."""
        self.hung_up = True
        with suppress(OSError, AttributeError):
            self.sock.shutdown(socket.SHUT_RDWR)


def _create_connection(address: tuple[str, int], *rest: Any) -> socket.socket:
    return socket.create_connection((_unidna(address[0]), address[1]), *rest)


def _unidna(host: str) -> Any:
    """A host as bytes where that is all it takes: Python imports its tables of international names for any text."""
    return host.encode() if host.isascii() else host


class Dialer:
    """Opens connections to one endpoint."""

    def __init__(self, endpoint: Endpoint, trace: Trace) -> None:
        self._endpoint = endpoint
        self._trace = trace
        self._lock = threading.Lock()
        self._certificate: object = None
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
        host, port, headers = self._first_hop
        name = self._endpoint.tls_server_name or self._host
        tls = self._tls() if self._secure else None
        line = Line(host, port, tls, name, min(seconds or CONNECT_WITHIN, CONNECT_WITHIN))
        if (host, port) != (self._host, self._port):
            line.set_tunnel(self._host, self._port, headers)
        try:
            line.connect()
        except BaseException:
            line.close()
            raise
        if self._trace.verbosity > 1:
            how = f", {line.sock.version()}" if self._secure else ""
            through = f" through {host}:{port}" if headers is not None else ""
            took = (time.monotonic() - start) * 1000
            self._trace.say(2, f"connected to {self.address}{through}{how} in {took:.0f} ms")
        return line

    @cached_property
    def compresses(self) -> bool:
        """Whether packing answers saves anything: on this very machine it only costs."""
        return self._endpoint.compress and self._host not in ("localhost", "127.0.0.1", "::1")

    @cached_property
    def _first_hop(self) -> tuple[str, int, dict[str, str] | None]:
        """Host and port to connect to, and for a proxy the headers it wants."""
        from mtop_live.proxies import proxy_for

        proxy = proxy_for(self._endpoint)
        if not proxy:
            return self._host, self._port, None
        parts = urlsplit(proxy)
        headers = {}
        if parts.username:
            words = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            headers["Proxy-Authorization"] = f"Basic {b64encode(words.encode()).decode()}"
        return parts.hostname or "", parts.port or 80, headers

    def _tls(self) -> SSLContext:
        """The TLS settings, made anew where the client certificate was renewed."""
        with self._lock:
            certificate = self._endpoint.login.certificate()
            if "_context" not in self.__dict__ or certificate != self._certificate:
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
    """Gives OpenSSL the client certificate, which it reads from files only: they live as long as that takes."""
    import ssl
    from tempfile import NamedTemporaryFile

    with NamedTemporaryFile("w", suffix=".pem") as stream:
        stream.write(f"{cert.rstrip()}\n{key.rstrip()}\n")
        stream.flush()
        try:
            context.load_cert_chain(stream.name, password=_no_password)
        except (ssl.SSLError, ValueError) as error:
            message = f"the client certificate cannot be used: {_reason(error)}"
            hint = "see client-certificate(-data) and client-key(-data) in the kubeconfig"
            raise ConfigError(message, hint) from None


def _no_password() -> str:
    raise ValueError("its key is encrypted, and nobody can be asked for the password")


def _reason(error: Exception) -> str:
    return plain(str(getattr(error, "reason", "") or error)).lower().replace("_", " ")
