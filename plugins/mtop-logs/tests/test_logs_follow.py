"""Following, against a cluster that does exactly what the test says, line by line."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from queue import Queue
from typing import Any

import pytest
from mtop_logs.follow import Follow
from mtop_logs.forms import Default, Form, Look, Structured, as_json
from mtop_logs.history import Container, Job, Span, pieces
from mtop_logs.merge import Rows
from mtop_logs.parallel import Pool
from mtop_logs.report import Report
from mtop_logs.sieve import Wanted
from mtop_logs.targets import Exit, Life, Target

from mtop_core.api import NotFoundError, ReadOnly, SourceError

NOW = datetime(2026, 10, 12, 9, 30, tzinfo=UTC)
CUT, HANG = SourceError("cut"), "hang"


def line(second: int, text: str, nano: int = 0) -> bytes:
    return f"2026-10-12T09:00:{second:02d}.{nano:09d}Z {text}\n".encode()


def target(pod: str = "a", **life: Any) -> Target:
    state = Life(**{"state": "running", **life})
    return Target("llama", "chat", pod, f"uid-{pod}", "main", "main", "main", "", "", NOW, {}, {}, state)


class Cluster(ReadOnly):
    """Gives for each request for a log the next of the streams scripted for it; `looks` are what the watch brings."""

    def __init__(self) -> None:
        self.streams: dict[tuple[str, str], list[list[Any]]] = {}
        self.asked: list[tuple[str, str, datetime | None]] = []
        self.looks: Queue[Any] = Queue()
        self.go_on = threading.Event()

    def script(self, pod: str, kind: str, *streams: list[Any]) -> None:
        """What requests of a kind (once, previous or follow) for a pod's log give, one after another."""
        self.streams[pod, kind] = list(streams)

    def now(self) -> datetime:
        return NOW

    def logs(
        self, namespace: str, pod: str, container: str, previous: bool = False, tail: int = 0,
        since: datetime | None = None, follow: bool = False,
    ) -> Iterator[bytes]:
        kind = "follow" if follow else "previous" if previous else "once"
        self.asked.append((pod, kind, since))
        left = self.streams.get((pod, kind)) or []
        if not left:
            raise NotFoundError("no such log")
        return self._said(left.pop(0))

    def _said(self, stream: list[Any]) -> Iterator[bytes]:
        for item in stream:
            if isinstance(item, Exception):
                raise item
            if item == HANG:
                self.go_on.wait(20)
                return
            if callable(item):
                item()
            else:
                yield item

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)


class Run:
    """One run of following; `told` is what was said on stderr."""

    def __init__(
        self, cluster: Cluster, *targets: Target, wanted: Wanted | None = None, limit: int = 50,
        form: Form | None = None,
    ) -> None:  # fmt: skip
        self.told: list[str] = []
        self._cluster = cluster
        report = Report(self.told.append)
        lines = wanted or Wanted()
        job = Job(cluster, report, form or Default(Look()), Span(), lines, "auto", False, limit, True, 5.0, follow=True)
        self._containers = [Container(job, one) for one in targets]
        self._job = job

    def lines(self) -> list[str]:
        """Everything until the cluster has nothing more."""
        found = "".join(pieces(self._containers, self._job))
        looks = iter(self._cluster.looks.get, None)
        for piece in Follow(self._job, self._containers, looks, 0.02).pieces():
            found += piece
        return found.splitlines()


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    made = Cluster()
    yield made
    made.go_on.set()


def over(cluster: Cluster, *looks: list[Target]) -> Callable[[], None]:
    """What a stream does at some point: the cluster tells of changes, the last that all is over."""

    def tell() -> None:
        for look in looks:
            cluster.looks.put(look)
        cluster.looks.put([])
        cluster.looks.put(None)

    return tell


def test_history_then_what_is_written(cluster: Cluster) -> None:
    cluster.script("a", "once", [line(1, "one"), line(2, "two")])
    cluster.script("a", "follow", [line(2, "two"), line(3, "three"), over(cluster)])
    run = Run(cluster, target())
    assert run.lines() == ["a main one", "a main two", "a main three"]
    assert cluster.asked[-1] == ("a", "follow", datetime(2026, 10, 12, 9, 0, 2, tzinfo=UTC))
    assert run.told == ["- chat/a main"]


def test_half_a_line_waits_for_its_end(cluster: Cluster) -> None:
    cluster.script("a", "once", [line(1, "one"), b"2026-10-12T09:00:02.000000000Z ha"])
    cluster.script("a", "follow", [line(1, "one"), line(2, "half"), over(cluster)])
    assert Run(cluster, target()).lines() == ["a main one", "a main half"]


def test_cuts(cluster: Cluster) -> None:
    cluster.script("a", "once", [line(1, "one")])
    cluster.script("a", "follow", [line(1, "one"), line(1, "two", 5), CUT], [CUT],
                   [line(1, "one"), line(1, "two", 5), line(2, "three"), over(cluster)])  # fmt: skip
    run = Run(cluster, target())
    assert run.lines() == ["a main one", "a main two", "a main three"]
    assert run.told[0] == "note: the log of chat/a main was cut: cut; trying again"


def test_rows_of_several_containers_are_put_in_order(cluster: Cluster) -> None:
    cluster.script("a", "once", [])
    cluster.script("b", "once", [])
    late = threading.Event()
    cluster.script("a", "follow", [line(2, "second"), late.set, HANG])
    cluster.script("b", "follow", [lambda: late.wait(10), line(1, "first"), over(cluster), cluster.go_on.set])
    run = Run(cluster, target("a"), target("b"))
    looks = iter(cluster.looks.get, None)
    text = "".join(Follow(run._job, run._containers, looks, 0.5).pieces())
    assert text == "b main first\na main second\n"


def test_a_restart(cluster: Cluster) -> None:
    died = Exit(137, "OOMKilled", NOW)
    cluster.script("a", "once", [line(1, "one")])
    again = [[target(state="waiting", died=died)], [target(restarts=1, died=died)]]
    cluster.script("a", "follow", [line(2, "two"), lambda: [cluster.looks.put(look) for look in again] and None],
                   [line(5, "fresh"), over(cluster)])  # fmt: skip
    cluster.script("a", "previous", [line(2, "two"), line(3, "last words")])
    run = Run(cluster, target())
    assert run.lines() == [
        "a main one", "a main two", "a main~1 last words", "a main --- restart 1, exit 137 (OOMKilled) ---",
        "a main fresh",
    ]  # fmt: skip
    assert run.told == ["chat/a main: restart 1, exit 137 (OOMKilled)", "- chat/a main"]


def in_two_runs(cluster: Cluster, *before: bytes, after: bytes) -> list[str]:
    """What each of two runs said, told while they are followed."""
    died = Exit(137, "OOMKilled", NOW)
    again = [[target(state="waiting", died=died)], [target(restarts=1, died=died)]]
    cluster.script("a", "once", [])
    cluster.script("a", "follow", [*before, lambda: [cluster.looks.put(look) for look in again] and None],
                   [after, over(cluster)])  # fmt: skip
    cluster.script("a", "previous", [*before])
    return ["a main --- restart 1, exit 137 (OOMKilled) ---"]


def test_a_run_that_died_in_the_midst_of_a_line(cluster: Cluster) -> None:
    restart = in_two_runs(cluster, line(2, "two"), line(3, "half").rstrip(), after=line(5, "fresh"))
    assert Run(cluster, target()).lines() == ["a main two", "a main half", *restart, "a main fresh"]


def test_the_first_error_of_each_run(cluster: Cluster) -> None:
    first = line(1, "RuntimeError: first"), line(2, "RuntimeError: more")
    restart = in_two_runs(cluster, *first, after=line(5, "RuntimeError: second"))
    run = Run(cluster, target(), wanted=Wanted(errors=True))
    assert run.lines() == ["a main RuntimeError: first", *restart, "a main RuntimeError: second"]


def test_a_run_that_told_but_a_summary_of_its_error(cluster: Cluster) -> None:
    summary = "RuntimeError: Engine core initialization failed. See root cause above."
    restart = in_two_runs(cluster, line(1, summary), after=line(5, "fresh"))
    assert Run(cluster, target(), wanted=Wanted(errors=True)).lines() == [f"a main {summary}", *restart]


def test_a_line_cut_in_its_midst_is_not_put_together_with_another(cluster: Cluster) -> None:
    for name in ("a", "b"):
        cluster.script(name, "once", [])
    whole = threading.Event()
    cluster.script("a", "follow", [line(2, "half of it")[:-6], CUT], [line(2, "half of it"), whole.set, HANG])
    goes_on = [line(3, "goes on"), lambda: whole.wait(10), over(cluster), cluster.go_on.set]
    cluster.script("b", "follow", goes_on)
    assert sorted(Run(cluster, target("a"), target("b")).lines()) == ["a main half of it", "b main goes on"]


def test_json_tells_of_the_run_and_the_node_as_they_are_now(cluster: Cluster) -> None:
    in_two_runs(cluster, line(1, "one"), after=line(5, "fresh"))
    lines = Run(cluster, target(), form=Structured(Look(), as_json(False))).lines()
    said = [json.loads(text) for text in lines]
    assert [(one["message"], one["restart"]) for one in said] == [
        ("one", 0), ("restart 1, exit 137 (OOMKilled)", 1), ("fresh", 1),
    ]  # fmt: skip


def test_a_bug_in_a_thread_ends_the_command(cluster: Cluster) -> None:
    cluster.script("a", "once", [])
    cluster.script("a", "follow", [ZeroDivisionError("bug")])
    with pytest.raises(ZeroDivisionError):
        Run(cluster, target()).lines()


def test_several_restarts_at_once_are_told(cluster: Cluster) -> None:
    cluster.script("a", "once", [line(1, "one")])
    cluster.script("a", "follow", [lambda: cluster.looks.put([target(restarts=3)])], [line(9, "now"), over(cluster)])
    run = Run(cluster, target())
    assert run.lines() == ["a main one", "a main --- restart 3 ---", "a main now"]
    assert run.told[0] == "note: chat/a main was started 3 times: of the runs in between only the last has a log"


def test_a_new_pod_and_one_that_has_not_started(cluster: Cluster) -> None:
    cluster.script("a", "once", [line(1, "one")])
    news = [[target(), target("b", state="waiting", reason="ContainerCreating")], [target(), target("b")]]
    cluster.script("a", "follow", [lambda: [cluster.looks.put(look) for look in news] and None, HANG])
    cluster.script("b", "follow", [line(2, "hello"), over(cluster), cluster.go_on.set])
    run = Run(cluster, target())
    assert run.lines() == ["a main one", "b main hello"]
    assert run.told[0] == "+ chat/b main"


def test_a_stream_that_nobody_serves_is_opened_again(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mtop_logs.follow.SILENT", 0.2)
    cluster.script("a", "once", [line(1, "one")], [line(2, "two")], [line(2, "two")])
    cluster.script("a", "follow", [HANG], [line(2, "two"), over(cluster)])
    run = Run(cluster, target())
    assert run.lines() == ["a main one", "a main two"]
    assert run.told[0].startswith("note: the log of chat/a main had no end and no more lines")


def test_a_stream_of_a_run_that_is_over_is_given_up(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mtop_logs.follow.STUCK", 0.2)
    cluster.script("a", "once", [line(1, "one")])
    news = [lambda: cluster.looks.put([target(restarts=1)]), HANG]
    cluster.script("a", "follow", news, [line(9, "now"), over(cluster)])
    assert Run(cluster, target()).lines() == ["a main one", "a main --- restart 1 ---", "a main now"]


def test_a_log_that_may_not_be_read_is_told_once(cluster: Cluster) -> None:
    cluster.script("a", "once", [SourceError("forbidden: not yours")])
    cluster.script("b", "once", [line(1, "one")])
    cluster.script("b", "follow", [line(2, "two"), over(cluster, [target(), target("b")])])
    run = Run(cluster, target(), target("b"))
    assert run.lines() == ["b main one", "b main two"]


def test_a_traceback_is_held_together_until_nothing_comes(cluster: Cluster) -> None:
    cluster.script("a", "once", [])
    texts = ("fine", "Traceback (most recent call last):", "  File", "ValueError: bad")
    cluster.script("a", "follow", [*(line(at, text) for at, text in enumerate(texts)), over(cluster)])
    run = Run(cluster, target(), wanted=Wanted(level="error"))
    assert run.lines() == [f"a main {text}" for text in texts[1:]]


def test_ten_times_more_logs_than_may_be_open_are_merged(cluster: Cluster) -> None:
    names = [f"p{number:02d}" for number in range(20)]
    for at, name in enumerate(names):
        cluster.script(name, "once", [line(at, "first"), line(59 - at, "last")])
    run = Run(cluster, *(target(name) for name in names), limit=2)
    found = "".join(pieces(run._containers, run._job)).splitlines()
    assert found == [f"{name} main first" for name in names] + [f"{name} main last" for name in reversed(names)]


class Silent:
    """A log that gives nothing until the test is over."""

    def __init__(self, over: threading.Event) -> None:
        self._over = over
        self._asked = self.given_up = False

    def rows(self) -> Iterator[Rows]:
        self._asked = True
        self._over.wait(20)
        yield from ()

    def waits(self) -> float:
        return 100.0 if self._asked else 0.0

    def give_up(self, seconds: float) -> None:
        self.given_up = True


def test_a_silent_log_gives_its_room_to_others(cluster: Cluster) -> None:
    silent = [Silent(cluster.go_on) for _ in range(3)]
    cluster.script("b", "once", [line(1, "one")])
    container = Container(Run(cluster)._job, target("b"))
    with Pool(1, 5.0) as pool:
        rows = [rows for source in pool.run([*silent, container]) for rows in source]
    assert [row for some in rows for row in some.rows] == ["b main one"]
    assert all(log.given_up for log in silent)
