"""`-o` and `--sort-by`: what is understood, what is refused, and the order of an answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mtop_core.errors import UsageError
from mtop_core.render.cells import age
from mtop_core.render.output import FORMS, Output, check_sort, parse_output, said
from mtop_core.render.result import Column, Result

COLUMNS = (
    Column("name", "NAME"),
    Column("n", "N"),
    Column("size", "SIZE"),
    Column("ageSeconds", "AGE", age),
    Column("pair", "PAIR", lambda pair: str(pair["a"]), sort=lambda pair: (pair["a"], pair["b"])),
    Column("tags", "TAGS", wide=True),
)
ROWS: list[dict[str, Any]] = [
    {"name": "c", "n": 10, "size": "1Gi", "ageSeconds": 100000.0, "pair": {"a": 2, "b": 1}, "tags": ["b"]},
    {"name": "b", "n": 9, "size": "900Mi", "ageSeconds": 7200.0, "pair": {"a": 2, "b": 0}, "tags": []},
    {"name": "a", "n": None, "size": "2k", "ageSeconds": 70.0, "pair": {"a": 1, "b": 9}, "tags": ["a", "c"]},
]


def result(**more: Any) -> Result:
    return Result("Things", COLUMNS, list(ROWS), **more)


def names(sort_by: str, **more: Any) -> list[str]:
    output = Output("jsonpath", "{.items[*].name}", sort_by=sort_by)
    return "".join(said(result(**more), output)).split()


@pytest.mark.parametrize(
    ("sort_by", "expected"),
    [
        ("", "cba"), ("name", "abc"), ("NAME", "abc"), ("n", "abc"), ("SIZE", "abc"), ("age", "abc"),
        ("ageSeconds", "abc"), ("pair", "abc"), ("tags", "bac"), (".name", "abc"), ("{.n}", "abc"), (".pair.b", "bca"),
        (".size", "abc"), (".tags[*]", "bac"),
    ],
)  # fmt: skip
def test_sorted_by_value_not_by_text(sort_by: str, expected: str) -> None:
    assert "".join(names(sort_by)) == expected


def test_equal_values_keep_their_order() -> None:
    rows = [{"name": name, "n": 1} for name in "zyx"]
    shown = said(Result("T", COLUMNS[:2], rows), Output("jsonpath", "{.items[*].name}", sort_by="n"))
    assert "".join(shown) == "z y x"


@pytest.mark.parametrize("form", ["json", "yaml", "name", "jsonpath", "custom-columns", "table"])
def test_every_form_is_sorted(form: str) -> None:
    template = {"jsonpath": "{.items[*].name}", "custom-columns": "N:.name"}.get(form, "")
    shown = "".join(said(result(names=lambda row: row["name"]), Output(form, template, sort_by="name")))
    assert shown.index("a") < shown.index("b")


def test_objects_are_sorted_with_their_rows() -> None:
    objects = [{"metadata": {"name": name}, "v": value} for name, value in (("c", 1), ("b", 3), ("a", 2))]
    for sort_by, expected in (("name", "a b c"), (".v", "c a b"), (".metadata.name", "a b c")):
        shown = said(result(objects=objects), Output("jsonpath", "{.items[*].metadata.name}", sort_by=sort_by))
        assert "".join(shown) == expected


def test_sorting_by_what_nothing_has_is_refused() -> None:
    with pytest.raises(UsageError) as caught:
        names("nope")
    assert caught.value.message == '--sort-by: nothing here has "nope"'
    assert caught.value.hint == "there are: name, n, size, ageSeconds, pair, tags"
    assert list(said(Result("Things", COLUMNS), Output(sort_by="nope"))) == []


@pytest.mark.parametrize("sort_by", ["[", "{.a", ".a[x]", "a}b"])
def test_a_sort_that_is_no_path_is_refused_before_anything_runs(sort_by: str) -> None:
    with pytest.raises(UsageError):
        check_sort(sort_by)


def test_forms(tmp_path: Path) -> None:
    file = tmp_path / "template"
    file.write_text("{.kind}\n")
    columns = tmp_path / "columns"
    columns.write_text("NAME KIND\n.metadata.name .kind\n")
    assert parse_output("table") == ("table", "")
    assert parse_output("jsonpath={.a=b}") == ("jsonpath", "{.a=b}")
    assert parse_output(f"jsonpath-file={file}") == ("jsonpath", "{.kind}")
    assert parse_output(f"custom-columns-file={columns}") == ("custom-columns", columns.read_text().strip())
    assert parse_output("custom-columns=A:.b") == ("custom-columns", "A:.b")


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("", ", ".join(FORMS)), ("xml", ", ".join(FORMS)), ("json=x", ", ".join(FORMS)), ("JSON", ", ".join(FORMS)),
        ("jsonpath", ", ".join(FORMS)), ("jsonpath=", ", ".join(FORMS)), ("custom-columns=", ", ".join(FORMS)),
        ("\x1b[31m", ", ".join(FORMS)), ("go-template={{.x}}", "-o jsonpath"), ("template", "-o jsonpath"),
        ("jsonpath-file=/nonexistent", ""), ("jsonpath={", ""), ("custom-columns=A", "NAME:"),
    ],
)  # fmt: skip
def test_refused_forms(words: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_output(words)
    assert hint in caught.value.hint
    assert caught.value.message.isprintable()


def test_what_no_row_of_objects_is_has_no_name() -> None:
    with pytest.raises(UsageError):
        list(said(result(), Output("name")))


def test_text_and_lines() -> None:
    assert list(said(Result("T", text="as it is\x09\n"), Output("json"))) == ["as it is\x09\n"]
    lines = Result("T", COLUMNS, [{"name": "a\x1b", "n": 1}], line="{name} is {n}")
    assert "".join(said(lines, Output())) == "a\\x1b is 1\n"
    assert '"n": 1' in "".join(said(lines, Output("json")))
