"""HTTP/1.1 over one connection: requests go out as bytes, answers come back through Node's own parser, llhttp.

Python's http.client would do, but imports all of the email package for its headers: most of Python's own start again.
"""

from __future__ import annotations

import socket
import time
from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

if TYPE_CHECKING:
    from ssl import SSLContext

MOST_HEAD = 64 << 10
RECEIVE = 64 << 10


class NotHttp(Exception):
    """What came back is no HTTP."""


class CutOff(ConnectionError):
    """The connection ended in the midst of an answer, or before it."""


class Response:
    """One answer as it comes: `status` and `headers` (names in lower case) are known once `ready`."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.ready = self.complete = self.keeps = False
        self._pieces: list[bytes] = []
        self._interim = False
        self._parser = HttpResponseParser(self)
        self._head = 0

    def feed(self, data: bytes) -> None:
        """Takes what was received; raises NotHttp."""
        if not self.ready:
            self._head += len(data)
        try:
            self._parser.feed_data(data)
        except HttpParserError as error:
            raise NotHttp(str(error)) from None
        except HttpParserUpgrade:
            raise NotHttp("it changes to another protocol") from None
        if not self.ready and self._head > MOST_HEAD:
            raise NotHttp("its headers never end")

    def end(self) -> None:
        """Takes the end of the connection; raises CutOff where more was to come."""
        measured = "content-length" in self.headers or "chunked" in self.headers.get("transfer-encoding", "")
        if not self.ready or measured:
            raise CutOff("the connection was cut")
        self.complete = True

    def taken(self) -> bytes:
        """The body as far as it has come since it was asked for last."""
        found = b"".join(self._pieces) if len(self._pieces) != 1 else self._pieces[0]
        self._pieces.clear()
        return found

    def on_header(self, name: bytes, value: bytes) -> None:
        """For the parser."""
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """For the parser."""
        self.status = self._parser.get_status_code()
        self.keeps = self._parser.should_keep_alive()
        self._interim = 100 <= self.status < 200
        self.ready = not self._interim

    def on_body(self, body: bytes) -> None:
        """For the parser."""
        self._pieces.append(body)

    def on_message_complete(self) -> None:
        """For the parser; what a server says before its answer, such as 103, is no answer."""
        self.complete = not self._interim
        if self._interim:
            self.headers.clear()


class Line:
    """One connection, which any thread can hang up."""

    def __init__(self, host: str, port: int) -> None:
        self.hung_up = False
        self._name = f"[{host}]" if ":" in host else host
        self._port = port
        self._end = 0.0
        self._silence: float | None = None
        self.sock: Any = None

    def connect(self, address: tuple[str, int], seconds: float) -> None:
        """Connects to the server or to the proxy before it; OSError where that fails."""
        host: Any = address[0]
        # as bytes where that is all it takes: Python imports its tables of international names for any text
        self.sock = socket.create_connection((host.encode() if host.isascii() else host, address[1]), seconds)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

    def tunnel(self, user: str, password: str) -> None:
        """Has the proxy connect us with the server; OSError where it refuses."""
        target = f"{self._name}:{self._port}"
        headers = {"Host": target}
        if user:
            headers["Proxy-Authorization"] = f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"
        self._send("CONNECT", target, headers, b"")
        response = Response()
        while not response.ready:
            self._receive(response, 1)  # not a byte more: what follows is the server's
        if response.status != 200:
            raise OSError(f"it answers {response.status}")

    def secure(self, tls: SSLContext, name: str) -> None:
        """Greets the server with TLS; ssl.SSLError where it is not who it should be."""
        self.sock = tls.wrap_socket(self.sock, server_hostname=name.encode() if name.isascii() else name)

    def ask(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Response:
        """Sends a request; the answer once its headers are there."""
        length = {"Content-Length": str(len(body))} if body or method == "POST" else {}
        host = self._name if self._port in (80, 443) else f"{self._name}:{self._port}"
        self._send(method, target, {"Host": host, **headers, **length}, body)
        response = Response()
        while not response.ready:
            self._receive(response, RECEIVE)
        return response

    def more(self, response: Response) -> bytes:
        """The next piece of the body, empty at its end."""
        while not (piece := response.taken()):
            if response.complete:
                return b""
            self._receive(response, RECEIVE)
        return piece

    def wait(self, silence: float | None, end: float = 0.0) -> None:
        """How many seconds the next byte may take (None for any), and the time (monotonic, zero for none) to end at."""
        self._silence, self._end = silence, end
        self.sock.settimeout(silence)

    def hang_up(self) -> None:
        """Ends the connection from any thread: whoever reads from it meets its end."""
        self.hung_up = True
        with suppress(OSError, AttributeError):
            self.sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Gives the connection back."""
        with suppress(OSError, AttributeError):
            self.sock.close()

    def _send(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> None:
        lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        if any("\r" in line or "\n" in line for line in lines):
            raise ValueError("a header with a line end in it")
        self.sock.sendall("\r\n".join(lines).encode("latin-1") + body)

    def _receive(self, response: Response, most: int) -> None:
        if self._end:
            left = self._end - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self.sock.settimeout(min(left, self._silence or left))
        data = self.sock.recv(most)
        if data:
            response.feed(data)
        else:
            response.end()
