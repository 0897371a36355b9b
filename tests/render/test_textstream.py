"""What a command says piece by piece, and how a log is cut into lines."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtop_core.providers.base import LogLines
from mtop_core.render.result import Result, Sink, TextStream
from mtop_core.render.textstream import pour


def stream(*pieces: str) -> tuple[TextStream, list[Sink]]:
    seen: list[Sink] = []

    def said(sink: Sink) -> Iterator[str]:
        seen.append(sink)
        yield from pieces

    return TextStream(said, lambda: Result("Nothing", exit_code=3)), seen


@pytest.mark.parametrize(
    ("encoding", "expected"), [("utf-8", b"caf\xc3\xa9 \xff\n"), ("ascii", b"caf\\xe9 \\udcff\n")]
)
def test_pieces_go_out_as_bytes(monkeypatch: pytest.MonkeyPatch, encoding: str, expected: bytes) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding))
    what, seen = stream("caf\u00e9 ", "\udcff\n")
    assert pour(what, "auto").exit_code == 3
    assert raw.getvalue() == expected
    assert seen == [Sink(ascii=encoding == "ascii")]


def test_a_stdout_that_was_closed_takes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    assert pour(stream("a")[0], "auto").exit_code == 3


def test_colour_is_for_who_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    what, seen = stream("a")
    pour(what, "always")
    assert seen == [Sink(colour=True)]


@given(st.lists(st.binary(max_size=20)))
def test_lines_and_blocks_are_the_same_bytes(blocks: list[bytes]) -> None:
    whole = b"".join(blocks)
    lines = list(LogLines(blocks))
    assert b"".join(lines) == b"".join(LogLines(blocks).blocks) == whole
    assert lines == list(io.BytesIO(whole))
    one_by_one = LogLines(blocks)
    assert [next(one_by_one) for _ in lines] == lines
    assert all(block.endswith(b"\n") for block in list(LogLines(blocks).blocks)[:-1])


def test_a_line_without_end_comes_in_pieces() -> None:
    pieces = list(LogLines([b"x" * 400_000] * 7))
    assert b"".join(pieces) == b"x" * 2_800_000
    assert max(map(len, pieces)) <= LogLines.LONGEST + 400_000
