"""An HTTPS server in threads, for the servers that tests write themselves."""

from __future__ import annotations

import http.server
import ssl
import threading
from pathlib import Path

_STEP = 0.05  # how often the server looks whether it shall end


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers over HTTP/1.1, without delay and without a word on stderr."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:
        pass

    def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        """Sends a whole answer."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class _Quiet(http.server.ThreadingHTTPServer):
    """A reader that goes away is no error here."""

    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        pass


class HttpsServer:
    """Serves with the certificate STEM.crt of `folder` on a port of 127.0.0.1; `ca.crt` may be asked of clients."""

    def __init__(self, folder: Path, handler: type[Handler], stem: str = "tls", client_ca: Path | None = None) -> None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(folder / f"{stem}.crt", folder / f"{stem}.key")
        if client_ca is not None:
            tls.load_verify_locations(client_ca)
            tls.verify_mode = ssl.CERT_REQUIRED
        self._server = _Quiet(("127.0.0.1", 0), handler)
        # the handshake waits for the first read, which is in the connection's own thread
        self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, args=(_STEP,), daemon=True).start()

    def close(self) -> None:
        """Listens no more; answers under way are left to their threads."""
        self._server.shutdown()
        self._server.server_close()
