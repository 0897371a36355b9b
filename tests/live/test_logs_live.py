"""`mtop logs` through a real API server and a stand-in kubelet."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mtop_core.testing import Outcome, run, service
from mtop_core.testing import pod as pod_of
from tests.live.faults import Relay
from tests.live.following import Following
from tests.live.kubelet import Kubelet
from tests.live.plane import Plane
from tests.live.worlds import load_objects

pytestmark = pytest.mark.live

LLAMA = service()
Follow = Callable[..., Following]


def line(second: int, text: str, nano: int = 1) -> str:
    return f"2026-10-12T09:{second // 60:02d}:{second % 60:02d}.{nano:09d}Z {text}\n"


def status(restarts: int = 0, state: Any = None, last: Any = None) -> dict[str, Any]:
    entry = {
        "name": "main", "image": "vllm", "imageID": "", "ready": True, "restartCount": restarts,
        "state": state or {"running": {"startedAt": "2026-10-12T09:00:00Z"}}, "lastState": last or {},
    }  # fmt: skip
    return {"phase": "Running", "containerStatuses": [entry]}


DIED = {"terminated": {"exitCode": 137, "reason": "OOMKilled", "startedAt": "2026-10-12T08:00:00Z",
                       "finishedAt": "2026-10-12T09:00:59Z", "containerID": "containerd://a"}}  # fmt: skip
WAITS = {"waiting": {"reason": "ContainerCreating"}}


class Cluster:
    """A service in namespace chat whose pods' logs the stand-in kubelet has."""

    def __init__(self, plane: Plane, kubelet: Kubelet) -> None:
        self.plane = plane
        self.kubelet = kubelet
        kubelet.register("gpu-1")
        active = {"status": {"phase": "Active"}}
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "chat"}, **active}
        load_objects(plane, [namespace, LLAMA])

    def pod(self, name: str, **more: Any) -> None:
        """Adds a pod, or puts another in its place."""
        load_objects(self.plane, [pod_of(name, LLAMA, status=status(**more))])

    def log(self, pod: str, *lines: str, previous: bool = False) -> Path:
        """Adds lines to the log of a pod's container."""
        path = self.kubelet.root / "chat" / pod / f"main{'.previous' if previous else ''}.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as file:
            file.write("".join(lines))
        return path

    def mtop(self, *args: str) -> Outcome:
        """Runs `mtop logs llama`."""
        return run("logs", "llama", "-n", "chat", *args, "--live", "--kubeconfig", str(self.plane.kubeconfig()))


@pytest.fixture
def cluster(live_plane: Plane, kubelet: Kubelet) -> Cluster:
    return Cluster(live_plane, kubelet)


@pytest.fixture
def follow(cluster: Cluster) -> Iterator[Follow]:
    """Starts `mtop logs llama -f`; `server` is another way to the API server."""
    running: list[Following] = []

    def start(*args: str, server: str = "") -> Following:
        kubeconfig = cluster.plane.kubeconfig(server=server)
        running.append(Following(kubeconfig, "logs", "llama", "-n", "chat", "-f", *args))
        return running[-1]

    yield start
    for one in running:
        one.close()


def test_all_containers_in_the_order_of_time(cluster: Cluster) -> None:
    for name, seconds in (("a", (1, 3, 5)), ("b", (2, 4, 6))):
        cluster.pod(name)
        cluster.log(name, *(line(second, f"line {second}") for second in seconds))
    done = cluster.mtop()
    assert done.stdout == "a main line 1\nb main line 2\na main line 3\nb main line 4\na main line 5\nb main line 6\n"
    assert done.exit_code == 0
    assert cluster.mtop("--tail", "1").stdout == "a main line 5\nb main line 6\n"
    assert cluster.mtop("--since", "2026-10-12T09:00:04Z", "-t").stdout == (
        "2026-10-12T09:00:04.000000001Z b main line 4\n2026-10-12T09:00:05.000000001Z a main line 5\n"
        "2026-10-12T09:00:06.000000001Z b main line 6\n"
    )
    assert cluster.mtop("--max-log-requests", "1").stdout == done.stdout
    assert cluster.mtop("--until", "2026-10-12T09:00:04Z", "--tail", "1").stdout == "b main line 2\na main line 3\n"
    assert cluster.mtop("--tail", "0").stdout == ""
    assert all(asked.query["tailLines"] == "1" for asked in cluster.kubelet.requests[-2:])
    assert cluster.mtop("--until", "2026-10-12T09:00:03Z", "--no-merge").stdout == "a main line 1\nb main line 2\n"


def test_the_previous_run(cluster: Cluster) -> None:
    cluster.pod("a", restarts=3, last=DIED)
    cluster.log("a", line(1, "torch.OutOfMemoryError: CUDA out of memory"), previous=True)
    cluster.log("a", line(61, "fresh"))
    assert cluster.mtop("-p").stdout == (
        "a main~1 torch.OutOfMemoryError: CUDA out of memory\na main --- ended: exit 137 (OOMKilled), restarts: 3 ---\n"
    )
    assert cluster.mtop("--previous=no").stdout == "a main fresh\n"
    assert cluster.mtop("--previous=joined").stdout == (
        "a main~1 torch.OutOfMemoryError: CUDA out of memory\na main --- restart 3, exit 137 (OOMKilled) ---\n"
        "a main fresh\n"
    )


def test_a_forbidden_log_is_a_gap_and_the_others_go_on(cluster: Cluster) -> None:
    for name in ("a", "b"):
        cluster.pod(name)
        cluster.log(name, line(1, f"of {name}"))
    cluster.kubelet.refuse(("chat", "a", "main"), 403, "not yours")
    done = cluster.mtop()
    assert done.stdout == "b main of b\n"
    assert "mtop: not checked: pods/log (" in done.stderr
    assert done.exit_code == 0


def test_a_container_that_has_not_started_is_a_note(cluster: Cluster) -> None:
    cluster.pod("a", state=WAITS)
    done = cluster.mtop()
    assert (done.exit_code, done.stdout) == (0, "")
    assert "mtop: note: no log: chat/a main has not started (ContainerCreating)\n" in done.stderr
    assert cluster.kubelet.requests == []


def test_a_log_that_breaks_off_is_read_on(cluster: Cluster) -> None:
    cluster.pod("a")
    cluster.log("a", *(line(second, f"line {second}") for second in range(50)))
    cluster.kubelet.cut(700)
    done = cluster.mtop()
    assert done.stdout == "".join(f"a main line {second}\n" for second in range(50))
    assert len(cluster.kubelet.asked(("chat", "a", "main"))) == 2


def test_a_server_that_is_silent_is_an_error_of_that_log(cluster: Cluster) -> None:
    cluster.pod("a")
    cluster.log("a", line(1, "one"))
    cluster.kubelet.freeze()
    done = cluster.mtop("--request-timeout", "1s")
    assert (done.exit_code, done.stdout) == (3, "")
    assert "the log of chat/a main" in done.stderr or "pods/log" in done.stderr


def test_silent_logs_do_not_keep_those_that_wait_for_room(cluster: Cluster) -> None:
    for name in "abc":
        cluster.pod(name)
        cluster.log(name, line(1, "one"))
    cluster.kubelet.freeze()
    done = cluster.mtop("--request-timeout", "1s", "--max-log-requests", "1")
    assert (done.exit_code, done.stdout) == (3, "")


def test_follow_goes_on_and_ctrl_c_ends_it(cluster: Cluster, follow: Follow) -> None:
    cluster.pod("a")
    cluster.log("a", line(1, "old"))
    followed = follow()
    followed.wait_out("a main old")
    cluster.kubelet.wait_for(("chat", "a", "main"), 2)
    cluster.log("a", line(2, "new"))
    followed.wait_out("a main new")
    assert followed.interrupt() == 130
    assert followed.out == ["a main old", "a main new"]


def test_the_last_lines_where_one_is_being_written(cluster: Cluster, follow: Follow) -> None:
    cluster.pod("a")
    cluster.log("a", line(1, "old"), line(2, "last"), line(3, "half of it")[:-7])
    followed = follow("--tail", "1", "--window", "100ms")
    followed.wait_out("last")
    cluster.kubelet.wait_for(("chat", "a", "main"), 2)
    cluster.log("a", " of it\n")
    followed.wait_out("half of it")
    assert followed.out == ["a main last", "a main half of it"]


def test_a_kubelet_that_fails_at_first_is_asked_again(cluster: Cluster, follow: Follow) -> None:
    cluster.pod("a")
    cluster.log("a", line(1, "one"))
    cluster.kubelet.refuse(("chat", "a", "main"), 500, "not ready")
    followed = follow("--window", "100ms")
    followed.wait_err("not checked: pods/log")
    cluster.kubelet.allow(("chat", "a", "main"))
    followed.wait_out("one")


def test_a_new_pod_joins(cluster: Cluster, follow: Follow) -> None:
    cluster.pod("a")
    cluster.log("a", line(1, "old"))
    followed = follow()
    followed.wait_out("a main old")
    cluster.log("b", line(2, "hello"))
    cluster.pod("b")
    followed.wait_out("b main hello")
    followed.wait_err("mtop: + chat/b main")


def test_a_restart_is_drawn(cluster: Cluster, follow: Follow) -> None:
    cluster.pod("a")
    path = cluster.log("a", line(1, "first run"))
    followed = follow("--window", "100ms")
    followed.wait_out("first run")
    cluster.kubelet.wait_for(("chat", "a", "main"), 2)
    cluster.log("a", line(2, "last words"))
    followed.wait_out("last words")
    path.rename(path.with_name("main.previous.log"))
    cluster.pod("a", restarts=1, last=DIED, state={"running": {"startedAt": "2026-10-12T09:01:01Z"}})
    cluster.kubelet.wait_for(("chat", "a", "main"), 3)  # the rest of the first run
    cluster.log("a", line(62, "second run"))
    followed.wait_out("second run")
    assert followed.out == [
        "a main first run", "a main last words", "a main --- restart 1, exit 137 (OOMKilled) ---", "a main second run",
    ]  # fmt: skip
    followed.wait_err("mtop: chat/a main: restart 1, exit 137 (OOMKilled)")


def test_after_a_cut_no_line_is_lost_or_doubled(cluster: Cluster, follow: Follow) -> None:
    cluster.pod("a")
    cluster.log("a", *(line(1, f"line {number}", number) for number in range(10)))
    followed = follow("--window", "100ms")
    followed.wait_lines(10)
    for round in range(1, 4):
        cluster.kubelet.wait_for(("chat", "a", "main"), 1 + round)
        cluster.kubelet.cut()
        cluster.log("a", *(line(round, f"line {number}", number) for number in range(10 * round, 10 * round + 10)))
        followed.wait_lines(10 * round + 10)
    assert followed.out == [f"a main line {number}" for number in range(40)]


def test_the_way_to_the_server_may_break(cluster: Cluster, follow: Follow, relay: Relay) -> None:
    cluster.pod("a")
    cluster.log("a", line(1, "one"))
    followed = follow("--window", "100ms", server=relay.url)
    followed.wait_out("one")
    cluster.kubelet.wait_for(("chat", "a", "main"), 2)
    relay.cut()
    cluster.log("a", line(1, "two", 2))
    followed.wait_out("two")
    assert followed.out == ["a main one", "a main two"]


@pytest.mark.parametrize("which", ["kubelet", "plane"])
def test_a_frozen_server_loses_nothing(cluster: Cluster, follow: Follow, which: str) -> None:
    cluster.pod("a")
    cluster.log("a", line(1, "one"))
    followed = follow("--window", "100ms")
    followed.wait_out("one")
    cluster.kubelet.wait_for(("chat", "a", "main"), 2)
    frozen: Any = cluster.kubelet if which == "kubelet" else cluster.plane
    frozen.freeze()
    cluster.log("a", line(2, "two"), line(2, "three", 2))
    frozen.thaw()
    followed.wait_out("three")
    assert followed.out == ["a main one", "a main two", "a main three"]


def test_a_container_that_starts_later_joins(cluster: Cluster, follow: Follow) -> None:
    cluster.pod("a", state=WAITS)
    followed = follow()
    followed.wait_err("chat/a main has not started (ContainerCreating)")
    cluster.log("a", line(1, "up"))
    cluster.pod("a")
    followed.wait_out("a main up")


def test_a_forbidden_pod_is_told_once_while_the_others_go_on(cluster: Cluster, follow: Follow) -> None:
    for name in ("a", "b"):
        cluster.pod(name)
        cluster.log(name, line(1, f"of {name}"))
    cluster.kubelet.refuse(("chat", "a", "main"), 403, "not yours")
    followed = follow()
    followed.wait_out("b main of b")
    followed.wait_err("not checked: pods/log")
    cluster.log("b", line(2, "more of b"))
    followed.wait_out("more of b")
    assert sum("not checked" in said for said in followed.err) == 1


def test_beyond_the_limit_logs_wait_for_room(cluster: Cluster, follow: Follow) -> None:
    for name in ("a", "b"):
        cluster.pod(name)
    path = cluster.log("a", line(1, "of a"))
    cluster.log("b", line(2, "of b"))
    followed = follow("--max-log-requests", "1", "--window", "100ms")
    followed.wait_lines(2)
    followed.wait_err("1 of 2 logs are open, the others wait")
    path.unlink()
    cluster.log("b", line(3, "more of b"))
    cluster.plane.request("DELETE", "/api/v1/namespaces/chat/pods/a")
    followed.wait_out("more of b")


def test_json_tells_where_a_line_is_from(cluster: Cluster) -> None:
    cluster.pod("a")
    cluster.log("a", line(1, "(EngineCore pid=2) ERROR 10-12 09:00:01 [core.py:1] bad"))
    assert json.loads(cluster.mtop("-o", "json").stdout) == {
        "namespace": "chat", "model": "llama", "pod": "a", "container": "main", "role": "main", "revision": None,
        "node": "gpu-1", "restart": 0, "run": "current", "time": "2026-10-12T09:00:01.000000001Z", "level": "error",
        "message": "(EngineCore pid=2) ERROR 10-12 09:00:01 [core.py:1] bad",
    }  # fmt: skip


def test_the_role_of_mtop_rbac_is_enough(cluster: Cluster) -> None:
    done = run("rbac", "logs", "-o", "json")
    rules = json.loads(done.stdout)["rules"]
    assert {"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]} in rules
