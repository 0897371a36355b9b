"""Answers that come row by row, and rows as comma-separated values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from mtop_core.errors import UsageError
from mtop_core.render.csvtext import csv_lines
from mtop_core.render.output import Output
from mtop_core.render.result import Column, RowStream
from mtop_core.render.rowstream import said

COLUMNS = (Column("n", "N"), Column("name", "NAME"), Column("more", "MORE", wide=True))


def rows(count: int) -> Iterator[dict[str, Any]]:
    return ({"n": at, "name": f"row {at}", "more": {"at": at}} for at in range(count))


def stream(count: int = 2, **more: Any) -> RowStream:
    return RowStream("Rows", COLUMNS, rows(count), **more)


def text(form: str, count: int = 2, template: str = "", **more: Any) -> str:
    return "".join(said(stream(count, **more), Output(form=form, template=template)))


def test_table() -> None:
    assert text("table", last=lambda: ["the end"]) == "N     NAME\n0     row 0\n1     row 1\n\nthe end\n"
    assert text("wide").splitlines()[1] == "0     row 0   {'at': 0}"
    assert text("table", 0) == ""


def test_columns_stay_where_they_are() -> None:
    lines = text("table", 450).splitlines()
    assert len(lines) == 451
    assert {line.index("row") for line in lines[1:]} == {6}


@pytest.mark.parametrize("count", [0, 1, 2, 45])
def test_json_and_yaml(count: int) -> None:
    expected = {
        "apiVersion": "mtop.dev/v1alpha1", "kind": "Rows", "gaps": [], "notes": ["so"], "errors": [],
        "items": list(rows(count)), "total": {"count": count},
    }  # fmt: skip
    more: dict[str, Any] = {"notes": ["so"], "total": lambda: {"total": {"count": count}}}
    assert json.loads(text("json", count, **more)) == expected
    assert yaml.safe_load(text("yaml", count, **more)) == expected
    assert "total" not in json.loads(text("json", count))


def test_other_forms() -> None:
    assert text("csv") == 'n,name,more\n0,row 0,"{""at"": 0}"\n1,row 1,"{""at"": 1}"\n'
    assert text("custom-columns", template="A:.more.at").split() == ["A", "0", "1"]
    for form in ("name", "jsonpath"):
        with pytest.raises(UsageError):
            text(form)
    with pytest.raises(UsageError):
        said(stream(), Output(sort_by="n"))


def test_rows_are_taken_as_they_are_said() -> None:
    taken: list[int] = []

    def slow() -> Iterator[dict[str, Any]]:
        for row in rows(1000):
            taken.append(row["n"])
            yield row

    pieces = said(RowStream("Rows", COLUMNS, slow()), Output(form="json"))
    for _ in range(5):
        next(pieces)
    assert len(taken) < 10


def test_csv_is_safe_and_raw() -> None:
    row = {"a": "x\x1b[31m", "b": None, "c": [1, "two"], "d": 'say "no", twice', "e": 1.5, "f": True}
    line = list(csv_lines(list(row), [row]))[1]
    assert line == 'x\\x1b[31m,,"[1, ""two""]","say ""no"", twice",1.5,true\n'
