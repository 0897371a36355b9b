"""The order of lines: merge, decoder, cursor and window against the plain definitions of what they do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mtop_logs.batches import UNFINISHED, Decoder, between, bundles, last
from mtop_logs.cursor import Cursor
from mtop_logs.history import text_of
from mtop_logs.merge import Rows, merged
from mtop_logs.ordering import Window
from mtop_logs.stamps import key_of, moment_of, split

TIMES = st.integers(0, 3_000_000_000)  # nanoseconds: within a few seconds, so that many are equal or close
TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=8)
STREAM = st.lists(st.tuples(TIMES, TEXT), max_size=30)


def stamp(at: int, digits: int = 9) -> str:
    second, rest = divmod(at, 1_000_000_000)
    return f"2026-10-12T09:00:{second:02d}.{f'{rest:09d}'[:digits]}Z"


def log(stream: list[tuple[int, str]]) -> bytes:
    return "".join(f"{stamp(at)} {text}\n" for at, text in stream).encode()


def cut(items: list[str], sizes: list[int]) -> Iterator[list[str]]:
    """Items in slices of some sizes, which begin anew when they are used up."""
    at = 0
    while at < len(items):
        size = sizes[at % len(sizes)]
        yield items[at : at + size]
        at += size


def ordered(stream: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """What a stream sorts by: a line is never before the one it follows in its own log."""
    newest, found = 0, []
    for at, text in stream:
        newest = max(newest, at)
        found.append((newest, text))
    return found


@given(st.lists(STREAM, max_size=6), st.lists(st.integers(1, 4), min_size=1, max_size=5))
def test_the_merge_is_a_stable_sort(streams: list[list[tuple[int, str]]], sizes: list[int]) -> None:
    def rows(number: int, stream: list[tuple[int, str]]) -> Iterator[Rows]:
        decoder = Decoder()
        for lines in cut([f"{stamp(at)} {text}\n" for at, text in stream], sizes):
            batch = decoder.decode("".join(lines).encode())
            yield Rows(batch.keys, [f"{number} {text}" for text in batch.texts])

    found = [row for some in merged([rows(*entry) for entry in enumerate(streams)]) for row in some]
    everything = [(key, f"{number} {text}") for number, one in enumerate(streams) for key, text in ordered(one)]
    assert found == [row for _, row in sorted(everything, key=lambda entry: entry[0])]


def said(whole: bytes, since: datetime | None) -> list[bytes]:
    """What a server says of a log: it begins with a whole second."""
    first = key_of(since)[:19].encode() if since else b""
    return [line for line in whole.splitlines(keepends=True) if line[:19] >= first]


@given(STREAM, st.data())
@settings(deadline=None)
def test_after_any_cuts_nothing_is_lost_and_nothing_doubled(stream: list[tuple[int, str]], data: st.DataObject) -> None:
    whole = log(ordered(stream))
    cursor, read = Cursor(), b""
    for _ in range(data.draw(st.integers(1, 4))):
        answer = b"".join(said(whole, cursor.since))
        lines = answer[: data.draw(st.integers(0, len(answer)))].splitlines(keepends=True)
        if lines and not lines[-1].endswith(b"\n") and data.draw(st.booleans()):
            lines.pop()  # some connections say that they broke: then half a line does not count
        for bundle in bundles(cursor.fresh(lines)) if data.draw(st.booleans()) else cursor.fresh(lines):
            cursor.passed(bundle)
            read += bundle
        assert whole.startswith(read)
    assert read + b"".join(cursor.fresh(said(whole, cursor.since))) == whole


def test_many_lines_of_one_second_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mtop_logs.cursor.MOST_SEEN", 3)
    lines = [f"2026-10-12T09:00:00.00000000{n}Z line {n}\n".encode() for n in range(8)]
    cursor = Cursor()
    for line in lines[:6]:
        cursor.passed(line)
    assert list(cursor.fresh(lines)) == lines[6:]


def test_a_long_line_goes_on_where_it_was_cut() -> None:
    line = b"2026-10-12T09:00:00.000000001Z " + b"x" * 5000 + b"\n"
    cursor = Cursor()
    cursor.passed(b"2026-10-12T09:00:00.000000000Z before\n" + line[:2000])
    cursor.passed(line[2000:3000])
    before, after = b"2026-10-12T09:00:00.000000000Z before\n", b"2026-10-12T09:00:00.000000002Z after\n"
    pieces = [before, line[:1500], line[1500:4000], line[4000:], after]
    assert b"".join(cursor.fresh(pieces)) == line[3000:] + after


def test_what_was_read_in_part_and_is_gone_ends_there() -> None:
    cursor = Cursor()
    cursor.passed(b"2026-10-12T09:00:00.000000001Z half")
    new = b"2026-10-12T09:00:05.000000000Z new\n"
    assert list(cursor.fresh([new])) == [b"\n", new]


def test_a_long_line_is_broken_where_another_log_speaks_before_its_end() -> None:
    window = Window(1.0)
    window.push(stamp(1), f"a begins{UNFINISHED}", 0.0, "a")
    found = window.ready(1.0)
    window.push(stamp(2), "b", 1.0, "b")
    window.push(stamp(3), "and goes on", 1.0, "a")
    assert text_of(found) + text_of(window.rest()) == "a begins\nb\nand goes on\n"


@given(st.lists(st.tuples(TIMES, st.integers(0, 50)), max_size=40))
def test_a_window_that_is_long_enough_sorts(rows: list[tuple[int, int]]) -> None:
    window, found = Window(1000.0), []
    for number, (at, pause) in enumerate(rows):
        window.push(stamp(at), f"{number}", float(pause))
        found += window.ready(0.0)
    assert found + window.rest() == [f"{n}" for n, _ in sorted(enumerate(rows), key=lambda entry: entry[1][0])]


@given(st.lists(st.tuples(TIMES, st.integers(0, 3)), max_size=40))
def test_a_window_loses_nothing(rows: list[tuple[int, int]]) -> None:
    window, found, now = Window(2.0), [], 0.0
    for number, (at, pause) in enumerate(rows):
        now += pause
        window.push(stamp(at), f"{number}", now)
        found += window.ready(now)
    found += window.rest()
    assert sorted(found, key=int) == [f"{n}" for n in range(len(rows))]
    assert window.due is None


@given(st.binary(max_size=300), st.integers(1, 60), st.booleans())
def test_any_bytes_are_shown_and_none_obeyed(data: bytes, size: int, raw: bool) -> None:
    decoder, texts = Decoder(raw), []
    for start in range(0, len(data), size):
        texts += decoder.decode(data[start : start + size]).texts
    texts += decoder.end().texts
    if not raw:
        assert re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", "".join(texts)) is None
        return
    shown = text_of([text.removeprefix("\udbfe") for text in texts]) if texts else ""
    stamped = b"\n" in data or re.match(rb"\d{4}-\d\d-\d\dT", data)
    if not stamped and data:
        assert shown.encode("utf-8", "surrogateescape").startswith(data) or not data.isascii()


@pytest.mark.parametrize(
    ("line", "key", "text"),
    [
        ("2026-10-12T09:00:00Z a", "2026-10-12T09:00:00.000000000Z", "a"),
        ("2026-10-12T09:00:00.5Z a b", "2026-10-12T09:00:00.500000000Z", "a b"),
        ("2026-10-12T11:00:00.123456789+02:00 a", "2026-10-12T09:00:00.123456789Z", "a"),
        ("2026-10-12T09:00:00.123456789Z", "2026-10-12T09:00:00.123456789Z", ""),
        ("2026-10-12T09:00:00.123456789Zulu", "", "2026-10-12T09:00:00.123456789Zulu"),
        ("no time", "", "no time"),
        ("2026-99-99T99:99:99+02:00 a", "", "2026-99-99T99:99:99+02:00 a"),
    ],
)
def test_timestamps(line: str, key: str, text: str) -> None:
    assert split(line) == (key, text)


def test_a_key_and_its_moment() -> None:
    moment = moment_of("2026-10-12T09:00:00.123456789Z")
    assert moment is not None
    assert key_of(moment) == "2026-10-12T09:00:00.123456000Z"


@given(STREAM, st.integers(0, 40), st.lists(st.integers(1, 4), min_size=1, max_size=3))
def test_the_last_lines(stream: list[tuple[int, str]], count: int, sizes: list[int]) -> None:
    decoder = Decoder()
    lines = [f"{stamp(at)} {text}\n" for at, text in stream]
    batches = [decoder.decode("".join(some).encode()) for some in cut(lines, sizes)]
    found = [text for batch in last(batches, count) for text in batch.texts]
    assert found == ([text for _, text in stream][-count:] if count else [])


@given(STREAM, TIMES, TIMES)
def test_since_and_until(stream: list[tuple[int, str]], since: int, until: int) -> None:
    batches = [Decoder().decode(log(ordered(stream)))] if stream else []
    found = [text for batch in between(batches, stamp(since), stamp(until)) for text in batch.texts]
    assert found == [text for at, text in ordered(stream) if since <= at < until]
