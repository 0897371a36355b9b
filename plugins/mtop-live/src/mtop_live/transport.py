"""Requests to one API server over kept connections, from several threads at once.

It keeps connections, renews credentials, and turns all that can go wrong into a MtopError.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from mtop_core.api import DataError, LogLines, MtopError
from mtop_live.asking import Answer, Request
from mtop_live.dialing import Dialer
from mtop_live.kubeconfig import Endpoint
from mtop_live.refusals import Refusal, Trouble, no_json, refusal_of, trouble_of
from mtop_live.trace import Trace
from mtop_live.wire import Line, NotHttp, Response

AGENT = "mtop"
MAX_BODY = 64 << 20
PIECE = 1 << 20
SILENCE = 60.0  # seconds without a byte after which a request has failed: servers answer or give up within them


class Transport:
    """The way to one API server; all that can go wrong on it is a MtopError.

    `timeout` is how many seconds a whole request may take, zero for as long as bytes keep coming.
    """

    def __init__(self, endpoint: Endpoint, timeout: float = 0.0, trace: Trace | None = None) -> None:
        self.endpoint = endpoint
        self.trace = trace or Trace(0)
        self._timeout = timeout
        self._dial = Dialer(endpoint, self.trace)
        self._kept: list[Line] = []
        self._lock = threading.Lock()

    def ask(self, request: Request) -> Answer:
        """The answer to a request; raises Refusal for a status of 300 and above, Trouble where none came.

        What failed for a moment is asked again a few times: a read always, a write only where the server says
        that it has not taken it up.
        """
        helps = _passing if request.method == "GET" else _untouched
        try:
            return self._once(request)
        except (Refusal, Trouble) as first:
            if not helps(first):
                raise
            from mtop_live.retrying import again

            return again(lambda: self._once(request), first, helps, self.trace)

    def json(self, request: Request) -> dict[str, Any]:
        """The object an answer holds; raises what `ask` raises, and DataError where it is none."""
        import json

        answer = self.ask(request)
        try:
            found = json.loads(answer.body)
        except (ValueError, RecursionError):
            raise no_json(request, answer, self.endpoint) from None
        if not isinstance(found, dict):
            raise no_json(request, answer, self.endpoint)
        return found

    @contextmanager
    def stream(
        self, request: Request, opened: Callable[[Line], None] | None = None, longest: int = PIECE
    ) -> Iterator[LogLines]:
        """The lines of an answer as they come, on a connection of its own; the next may take as long as it wants.

        A line of more than `longest` bytes comes in pieces, of which only the last ends with a line end. `opened`
        is given the connection, whose `hang_up` ends the stream from any thread.
        """
        start = time.monotonic()
        line, response, _ = self._exchange(request, fresh=True)
        try:
            self.trace.answered(f"{request.method} {request.target}", response.status, start)
            if opened is not None:
                opened(line)
            line.wait(None)
            yield LogLines(self._pieces(request, line, response), longest)
        finally:
            line.close()

    def _pieces(self, request: Request, connection: Line, response: Response) -> Iterator[bytes]:
        while not connection.hung_up:
            try:
                piece = connection.more(response)
            except (OSError, NotHttp, ValueError) as error:
                if connection.hung_up:
                    return
                raise trouble_of(error, self.endpoint, request) from None
            if not piece:
                return
            yield piece

    def _once(self, request: Request) -> Answer:
        start = time.monotonic()
        line, response, end = self._exchange(request)
        try:
            answer = self._whole(request, line, response, end)
        except BaseException:
            line.close()
            raise
        self._keep(line, response)
        self.trace.answered(f"{request.method} {request.target}", answer.status, start, len(answer.body))
        return answer

    def _exchange(self, request: Request, *, fresh: bool = False) -> tuple[Line, Response, float]:
        """A connection with an answer that is no error, and when it must be read; asks twice where a login is new."""
        for last in (False, True):
            start = time.monotonic()
            end = start + (request.seconds or self._timeout) if request.seconds or self._timeout else 0.0
            with self._told(request):
                line, response = self._first_byte(request, end, fresh)
            if response.status < 300:
                return line, response, end
            try:
                answer = self._whole(request, line, response, end)
            finally:
                line.close()
            self.trace.answered(f"{request.method} {request.target}", answer.status, start, len(answer.body))
            if last or answer.status != 401 or not self.endpoint.login.renew():
                raise refusal_of(request, answer, self.endpoint)
            self.trace.say(1, "once more with new credentials")
        raise AssertionError("the second turn returns or raises")

    def _first_byte(self, request: Request, end: float, fresh: bool) -> tuple[Line, Response]:
        """Sends a request over a kept connection, or over a new one where that one is gone or it is a write."""
        if not fresh and request.method == "GET":
            with self._lock:
                kept = self._kept.pop() if self._kept else None
            if kept is not None:
                try:
                    return kept, self._sent(kept, request, end)
                except (ConnectionError, NotHttp):
                    self.trace.say(2, "the server closed a kept connection")
        line = self._dial(_left(end))
        return line, self._sent(line, request, end, packed=not fresh)

    def _sent(self, line: Line, request: Request, end: float, *, packed: bool = True) -> Response:
        headers = {"Accept": request.accept, "User-Agent": AGENT, **self.endpoint.login.headers()}
        if self._dial.compresses and packed:  # the lines of a stream are read as they come
            headers["Accept-Encoding"] = "gzip"
        if request.body:
            headers["Content-Type"] = request.content
        try:
            line.wait(SILENCE, end)
            return line.ask(request.method, self._dial.prefix + request.target, headers, request.body)
        except BaseException:
            line.close()
            raise

    def _whole(self, request: Request, line: Line, response: Response, end: float) -> Answer:
        """The answer with its body, read in pieces so that neither time nor memory can run away."""
        pieces, size = [], 0
        with self._told(request):
            while piece := line.more(response):
                pieces.append(piece)
                size += len(piece)
                if size > MAX_BODY:
                    raise _too_much(request)
            body = b"".join(pieces)
            if response.headers.get("content-encoding") == "gzip":
                body = _unpacked(body, request)
        after = response.headers.get("retry-after", "")
        kind = response.headers.get("content-type", "").partition(";")[0]
        return Answer(response.status, body, kind, float(after) if after.isascii() and after.isdigit() else 0.0)

    def _keep(self, line: Line, response: Response) -> None:
        if not response.keeps or line.hung_up:
            line.close()
            return
        with self._lock:
            self._kept.append(line)

    def _waited(self, request: Request, start: float) -> float:
        """How many seconds an answer was waited for: what was asked for, or what it took."""
        limit, took = request.seconds or self._timeout, time.monotonic() - start
        return limit if limit and took >= 0.9 * limit else round(took, 1) if took < 1 else round(took)

    @contextmanager
    def _told(self, request: Request) -> Iterator[None]:
        """Turns what the network does into one of our errors."""
        start = time.monotonic()
        try:
            yield
        except MtopError:
            raise
        except (OSError, NotHttp, ValueError) as error:
            trouble = trouble_of(error, self.endpoint, request, self._waited(request, start))
            self.trace.say(1, f"{request.method} {request.target}: {trouble.message}")
            raise trouble from None


def _passing(error: BaseException) -> bool:
    return isinstance(error, Refusal | Trouble) and error.passing


def _untouched(error: BaseException) -> bool:
    return isinstance(error, Refusal) and error.untouched


def _left(end: float) -> float:
    """How many seconds are left until `end`, zero where there is none; TimeoutError after it."""
    if not end:
        return 0.0
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _unpacked(body: bytes, request: Request) -> bytes:
    import zlib

    unpacker = zlib.decompressobj(wbits=31)
    try:
        found = unpacker.decompress(body, MAX_BODY)
    except zlib.error:
        raise DataError(f"{request.doing}: the answer is damaged: it cannot be unpacked") from None
    if unpacker.unconsumed_tail:
        raise _too_much(request)
    return found


def _too_much(request: Request) -> DataError:
    return DataError(f"{request.doing}: an answer of more than {MAX_BODY >> 20} MiB", "look at one namespace: -n NS")
