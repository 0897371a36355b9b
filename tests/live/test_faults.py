"""The relay does to a connection what its knobs say."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest

from tests.live.access import Access
from tests.live.faults import Relay
from tests.live.kubeconfigs import read
from tests.live.plane import Plane
from tests.live.waiting import until

QUIET = 0.2  # how long nothing must come for nothing to have come


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that says everything twice."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(end: socket.socket) -> None:
        with end, contextlib.suppress(OSError):
            while data := end.recv(1000):
                end.sendall(data + data)

    def accept() -> None:
        while True:
            try:
                end, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(end,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


@pytest.fixture
def between(echo: int) -> Iterator[Relay]:
    relay = Relay(echo)
    yield relay
    relay.close()


def _client(relay: Relay) -> socket.socket:
    return socket.create_connection(("127.0.0.1", relay.port), timeout=10)


def _ask(client: socket.socket) -> bytes:
    client.sendall(b"hi")
    return client.recv(1000)


def test_bytes_and_connections_are_counted(between: Relay) -> None:
    with _client(between) as client:
        assert _ask(client) == b"hihi"
        assert (between.connections, between.open, between.bytes_up, between.bytes_down) == (1, 1, 2, 4)
    until(lambda: between.open == 0, "the connection is gone")


def test_a_cut_resets_connections_and_lets_new_ones_in(between: Relay) -> None:
    with _client(between) as client:
        _ask(client)
        between.cut()
        with pytest.raises(ConnectionResetError):
            client.recv(1000)
    with _client(between) as client:
        assert _ask(client) == b"hihi"
    assert between.connections == 2


def test_a_frozen_relay_accepts_and_holds(between: Relay) -> None:
    with _client(between) as before:
        _ask(before)
        between.freeze()
        with _client(between) as after:
            between.wait_for(2)
            for client in (before, after):
                client.settimeout(QUIET)
                with pytest.raises(TimeoutError):
                    _ask(client)
                client.settimeout(10)
            between.thaw()
            assert [client.recv(1000) for client in (before, after)] == [b"hihi", b"hihi"]


def test_a_frozen_relay_can_be_cut(between: Relay) -> None:
    between.freeze()
    with _client(between) as client:
        between.wait_for(1)
        between.cut()
        with pytest.raises(ConnectionResetError):
            client.recv(1000)


def test_a_relay_that_refuses_keeps_what_it_has(between: Relay) -> None:
    with _client(between) as client:
        _ask(client)
        port = between.port
        between.refuse()
        with pytest.raises(ConnectionRefusedError):
            _client(between)
        assert _ask(client) == b"hihi"
        between.allow()
        assert between.port == port
        with _client(between) as other:
            assert _ask(other) == b"hihi"


def test_a_delay_holds_answers_back(between: Relay) -> None:
    between.delay(QUIET)
    with _client(between) as client:
        client.settimeout(QUIET / 4)
        with pytest.raises(TimeoutError):
            _ask(client)
        client.settimeout(10)
        assert client.recv(1000) == b"hihi"


@pytest.mark.live
def test_an_api_server_answers_through_the_relay(plane: Plane, relay: Relay) -> None:
    through = Access(plane.folder, read(plane.kubeconfig(server=relay.url)), owned=False)
    assert through.url == relay.url
    assert through.request("GET", "/api/v1/namespaces/default")["kind"] == "Namespace"
    assert relay.connections == 1
