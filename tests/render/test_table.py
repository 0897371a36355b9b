"""Plain columns: widths, cuts, escapes and colour."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtop_core.objects.text import cells
from mtop_core.render.cells import gpus, labels, ready, share, word_colour
from mtop_core.render.result import Column, as_text
from mtop_core.render.table import cut, styled, table

AB = (Column("a", "A"), Column("b", "BRAVO"))


def lines(*rows: tuple[object, object], **more: object) -> list[str]:
    return list(table(AB, [{"a": a, "b": b} for a, b in rows], **more))  # type: ignore[arg-type]


def test_columns_are_as_wide_as_their_widest_cell_and_three_apart() -> None:
    assert lines(("longest", 1), ("x", "y")) == ["A         BRAVO", "longest   1", "x         y"]


def test_columns_are_three_wide_at_least_as_kubectls() -> None:
    assert lines(("x", "y")) == ["A     BRAVO", "x     y"]


def test_without_heading() -> None:
    assert lines(("x", "y"), header=False) == ["x     y"]
    assert list(table(AB, [], header=False)) == []
    assert list(table(AB, [])) == ["A     BRAVO"]
    assert list(table((), [{}])) == ["", ""]


def test_what_is_absent_is_a_dash() -> None:
    assert lines((None, ""), ([], ()), (0, False)) == ["A     BRAVO", "-     -", "-     -", "0     False"]


def test_wide_characters_take_two_cells_and_marks_none() -> None:
    shown = lines(("模型", "x"), ("e\u0301", "y"), ("🚀", "z"), ("ab", "w"))
    assert shown == ["A      BRAVO", "模型   x", "e\u0301      y", "🚀     z", "ab     w"]
    assert len({cells(line[: line.rindex(line[-1])]) for line in shown[1:]}) == 1


def test_control_characters_are_spelled_out() -> None:
    assert lines(("a\x1b[31m", "\x00\x7f\x9b\u202e\u200b\ufeff"))[1] == (
        "a\\x1b[31m   \\x00\\x7f\\x9b\\u202e\\u200b\\ufeff"
    )
    assert lines((" a\n\tb\r\n ", "x"))[1] == "a b   x"


@pytest.mark.parametrize(("width", "expected"), [(0, "a     0123456789abcdef"), (22, "a     0123456789abcdef"),
                                                 (21, "a     0123456789abcd…"), (16, "a     012345678…"),
                                                 (1, "a     012345678…")])  # fmt: skip
def test_only_the_last_column_is_cut(width: int, expected: str) -> None:
    assert lines(("a", "0123456789abcdef"), width=width)[1] == expected


def test_a_cut_never_splits_a_wide_character() -> None:
    assert cut("模型模型", 5) == "模型…"
    assert cut("模型模型", 6) == "模型…"
    assert cut("模型模型", 8) == "模型模型"
    assert cut("abc", 3) == "abc"


def test_colour_only_where_asked_for() -> None:
    columns = (Column("a", "A", colour=word_colour), Column("b", "B", colour=word_colour))
    row = {"a": "broken", "b": "ready"}
    assert list(table(columns, [row])) == ["A        B", "broken   ready"]
    assert list(table(columns, [row], colour=True)) == [
        "A        B",
        "\x1b[31mbroken\x1b[0m   \x1b[32mready\x1b[0m",
    ]
    assert list(table(columns, [{"a": "x", "b": "y"}], colour=True)) == ["A     B", "x     y"]
    assert styled("x", "no such style") == "x"


@given(st.lists(st.tuples(st.text(), st.text()), min_size=1, max_size=5), st.integers(0, 60), st.booleans())
def test_any_text_is_one_safe_line_without_trailing_space(
    rows: list[tuple[str, str]], width: int, header: bool
) -> None:
    shown = lines(*rows, width=width, header=header)
    assert len(shown) == len(rows) + header
    for line in shown:
        assert line == line.rstrip()
        assert not any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in line)
        assert not set(line) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
        if width:
            assert cells(line) <= max(width, max(3, *(cells(one) for one in column_one(rows))) + 3 + 10)


def column_one(rows: list[tuple[str, str]]) -> list[str]:
    return [next(iter(table((Column("a", "A"),), [{"a": a}], header=False))) for a, _ in rows] + [""]


def test_a_million_characters_are_cut_not_kept() -> None:
    assert cells(lines(("a", "x" * 1_000_000), width=80)[1]) == 80


def test_cells() -> None:
    assert ready({"ready": None, "desired": 0}) == "-"
    assert ready({"ready": None, "desired": 2}) == "-/2"
    assert ready({"ready": 0, "desired": 0}) == "0/0"
    assert gpus({"count": 0, "product": "H100"}) == "-"
    assert gpus({"count": 8, "product": ""}) == "8"
    assert gpus({"count": 8, "product": "H100"}) == "8xH100"
    assert share(None) == "-"
    assert share({"share": None, "weight": 7}) == "7"
    assert share({"share": 0.125, "weight": 1}) == "12%"
    assert labels({}) == "<none>"
    assert labels({"b": "1", "a": "2"}) == "a=2,b=1"
    assert word_colour("rolling 1/2") == "busy"
    assert word_colour("nonsense") == ""
    assert as_text([1, "a"]) == "1,a"


CAUSES = (Column("a", "NAME"), Column("b", "MODEL", least=6), Column("c", "ERROR", least=12))
CAUSE_ROWS: list[dict[str, object]] = [
    {"a": "one", "b": "organisation/model", "c": "ImagePullBackOff: not found"},
    {"a": "two", "b": "m", "c": None},
]


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (0, ["NAME   MODEL                ERROR", "one    organisation/model   ImagePullBackOff: not found",
             "two    m                    -"]),
        (45, ["NAME   MODEL         ERROR", "one    organisati…   ImagePullBackOff: not f…", "two    m             -"]),
        (30, ["NAME   MODEL    ERROR", "one    organ…   ImagePullBack…", "two    m        -"]),
        (26, ["NAME   MODEL", "one    organisation/model", "    ImagePullBackOff: not…", "two    m"]),
        (14, ["NAME   MODEL", "one    organi…", "    ImagePull…", "two    m"]),
    ],
)  # fmt: skip
def test_a_cause_keeps_its_room_or_gets_a_line_of_its_own(width: int, expected: list[str]) -> None:
    assert list(table(CAUSES, CAUSE_ROWS, width=width)) == expected
