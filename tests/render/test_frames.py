"""What is watched, as changes: nothing lost, nothing twice, whatever the sequence of answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtop_core.app import App
from mtop_core.inventory import Gap
from mtop_core.objects.kinds import POD
from mtop_core.providers.base import Source
from mtop_core.render.frames import ADDED, DELETED, MODIFIED, changes, show
from mtop_core.render.result import Column, Frames, Result

NOW = datetime(2026, 10, 12, 9, 30, tzinfo=UTC)
COLUMNS = (Column("name", "NAME"), Column("state", "STATE"), Column("age", "AGE"))


class Quiet:
    """A provider that has nothing to say but what a test gives it."""

    def __init__(self) -> None:
        self.notes: tuple[str, ...] = ()


def frames(results: Iterator[Result] = iter(()), **more: Any) -> Frames:  # noqa: B008 - never advanced
    return Frames(results, lambda row: row["name"], ("age",), **more)


STATES = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 2), max_size=4)


@given(st.lists(st.tuples(STATES, st.integers(0, 9))))
def test_changes_fold_to_what_is_there(looks: list[tuple[dict[str, int], int]]) -> None:
    known: dict[Any, Any] = {}
    folded: dict[str, int] = {}
    for state, age in looks:
        rows = [{"name": name, "state": value, "age": age} for name, value in state.items()]
        found, known = changes(known, rows, frames())
        for change in found:
            name, value = change.row["name"], change.row["state"]
            match change.type:
                case "ADDED":
                    assert name not in folded
                case "MODIFIED":
                    assert folded[name] != value
                case "DELETED":
                    assert folded[name] == value, "the last there is of it"
            if change.type == DELETED:
                del folded[name]
            else:
                folded[name] = value
        assert folded == state


def test_an_age_alone_is_no_change() -> None:
    row = {"name": "a", "state": 1, "age": 5}
    found, known = changes({}, [row], frames())
    assert [change.type for change in found] == [ADDED]
    found, _ = changes(known, [{**row, "age": 6}], frames())
    assert found == []
    found, _ = changes(known, [{**row, "state": 2, "age": 6}], frames())
    assert [change.type for change in found] == [MODIFIED]


def _results(provider: Quiet) -> Iterator[Result]:
    """Three looks: two services, one that changes while pods are unread, one gone and all read again."""
    first = [{"name": "a", "state": "up", "age": "1s"}, {"name": "b", "state": "down", "age": "1s"}]
    source = Source("live", "prod", NOW)
    yield Result("List", COLUMNS, first, source=source, names=lambda row: f"thing/{row['name']}")
    provider.notes = ("nothing is heard",)
    changed = [{"name": "a", "state": "up and running", "age": "2s"}, first[1]]
    later = source.replaced(time=NOW + timedelta(seconds=61))
    yield Result("List", COLUMNS, changed, source=later, gaps=[Gap(POD, "forbidden")], errors=["b is odd"],
                 names=lambda row: f"thing/{row['name']}")  # fmt: skip
    provider.notes = ()
    yield Result("List", COLUMNS, changed[:1], source=source, exit_code=3, names=lambda row: f"thing/{row['name']}")


def shown(capsys: pytest.CaptureFixture[str], form: str, **more: Any) -> tuple[int, str, str]:
    app, provider = App(), Quiet()
    app.__dict__["provider"] = provider
    app.output = app.output.replaced(form=form)
    code = show(frames(_results(provider), **more), app)
    out, err = capsys.readouterr()
    return code, out, err


TALK = """\
mtop: source: live prod, watched
mtop: error: b is odd
mtop: not checked: pods (forbidden)
mtop: note: nothing is heard
mtop: over: nothing is heard
"""


def test_a_table_goes_on_line_by_line(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = shown(capsys, "table")
    assert code == 3
    assert out == (
        "TIME                   EVENT   NAME   STATE   AGE\n"
        "2026-10-12T09:30:00Z   ADDED   a      up      1s\n"
        "2026-10-12T09:30:00Z   ADDED   b      down    1s\n"
        "2026-10-12T09:31:01Z   MODIFIED   a      up and running   2s\n"
        "2026-10-12T09:30:00Z   DELETED    b      down             1s\n"
    )
    assert err == TALK


def test_only_changes_in_columns_as_wide_as_the_whole_needs(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, err = shown(capsys, "table", only_changes=True)
    assert out == (
        "TIME                   EVENT      NAME   STATE            AGE\n"
        "2026-10-12T09:31:01Z   MODIFIED   a      up and running   2s\n"
        "2026-10-12T09:30:00Z   DELETED    b      down             1s\n"
    )
    assert err == TALK


def test_json_lines(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, err = shown(capsys, "json", only_changes=True)
    assert out == (
        '{"type": "MODIFIED", "time": "2026-10-12T09:31:01Z", '
        '"object": {"name": "a", "state": "up and running", "age": "2s"}}\n'
        '{"type": "DELETED", "time": "2026-10-12T09:30:00Z", "object": {"name": "b", "state": "down", "age": "1s"}}\n'
    )
    assert err == TALK


def test_yaml_documents(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = shown(capsys, "yaml", only_changes=True)
    assert out == (
        "---\ntype: MODIFIED\ntime: '2026-10-12T09:31:01Z'\nobject:\n  name: a\n  state: up and running\n  age: 2s\n"
        "---\ntype: DELETED\ntime: '2026-10-12T09:30:00Z'\nobject:\n  name: b\n  state: down\n  age: 1s\n"
    )


def test_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, "name")[1] == "thing/a\nthing/b\nthing/a\nthing/b\n"
