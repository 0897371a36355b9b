"""HTTP/1.1 on the wire: the same answer however it is cut into pieces, and an error for every other."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mtop_live.wire import MOST_HEAD, CutOff, Line, NotHttp, Response

BODY = bytes(range(256)) * 3
WHOLE = {
    "length": b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY),
    "chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    + b"".join(b"%x\r\n%s\r\n" % (len(BODY[at : at + 100]), BODY[at : at + 100]) for at in range(0, len(BODY), 100))
    + b"0\r\n\r\n",
    "end": b"HTTP/1.0 200 OK\r\n\r\n" + BODY,
}


def pieces(data: bytes, cuts: list[int]) -> Iterator[bytes]:
    ends = sorted({cut % len(data) for cut in cuts} | {len(data)})
    yield from (data[start:end] for start, end in zip([0, *ends], ends, strict=False) if start < end)


@given(st.sampled_from(sorted(WHOLE)), st.lists(st.integers(0, 10_000), max_size=8))
def test_an_answer_in_any_pieces(name: str, cuts: list[int]) -> None:
    response = Response()
    body = b""
    for piece in pieces(WHOLE[name], cuts):
        response.feed(piece)
        body += response.taken()
    assert (response.ready, response.status, body) == (True, 200, BODY)
    assert response.complete == (name != "end")
    if name == "end":
        response.end()
        assert response.complete
    assert response.keeps == (name != "end")


@given(st.sampled_from(["length", "chunks"]), st.integers(0, 10_000))
def test_an_answer_that_breaks_off(name: str, at: int) -> None:
    response = Response()
    response.feed(WHOLE[name][: at % len(WHOLE[name])] or b"H")
    with pytest.raises(CutOff):
        response.end()


@given(st.binary(min_size=1, max_size=200))
def test_what_is_no_answer(data: bytes) -> None:
    response = Response()
    try:
        response.feed(data)
    except NotHttp:
        return
    assert not response.ready
    with pytest.raises(CutOff):
        response.end()


def test_headers_without_an_end() -> None:
    response = Response()
    response.feed(b"HTTP/1.1 200 OK\r\n")
    with pytest.raises(NotHttp, match="its headers never end"):
        response.feed(b"a: b\r\n" * (MOST_HEAD // 5))


@contextmanager
def server(answer: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """A server that gives one answer and keeps what it was asked."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                asked.append(connection.recv(65536))
                connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1], asked
        thread.join(10)


def test_what_is_sent() -> None:
    with server(b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}") as (port, asked):
        line = Line("127.0.0.1", port)
        line.connect(("127.0.0.1", port), 10)
        response = line.ask("POST", "/apis?a=b", {"Accept": "x"}, b"{1}")
        assert (response.status, line.more(response), line.more(response)) == (201, b"{}", b"")
        line.close()
    assert asked == [
        b"POST /apis?a=b HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept: x\r\nContent-Length: 3\r\n\r\n{1}" % port
    ]


def test_no_header_is_smuggled_in() -> None:
    with server(b"") as (port, asked):
        line = Line("127.0.0.1", port)
        line.connect(("127.0.0.1", port), 10)
        with pytest.raises(ValueError, match="a header with a line end in it"):
            line.ask("GET", "/", {"Impersonate-User": "a\r\nAuthorization: b"}, b"")
        line.close()
    assert asked == [b""]


def test_hanging_up_ends_a_read_in_another_thread() -> None:
    ended: list[BaseException] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        line = Line("127.0.0.1", 1)
        line.connect(listener.getsockname(), 10)
        line.wait(None)

        def read() -> None:
            try:
                line.ask("GET", "/", {}, b"")
            except OSError as error:
                ended.append(error)

        thread = threading.Thread(target=read, daemon=True)
        thread.start()
        connection, _ = listener.accept()
        with connection:
            assert connection.recv(4).startswith(b"GET")
            line.hang_up()
            thread.join(10)
    assert len(ended) == 1
