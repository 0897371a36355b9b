"""What each command asks of a cluster, request by request: lists, one for each kind, and nothing twice."""

from __future__ import annotations

import json
import re
from collections import Counter

import pytest

from mtop_core.testing import service
from tests.live.conftest import LoadWorld
from tests.live.driving import documents, mtop, requests
from tests.live.plane import Plane
from tests.live.synthetic import many_models
from tests.live.worlds import load_objects

pytestmark = pytest.mark.live

LLM, ISVC, CONFIG = (f"/apis/serving.kserve.io/{version}/{plural}" for version, plural in (
    ("v1alpha2", "llminferenceservices"), ("v1beta1", "inferenceservices"), ("v1alpha2", "llminferenceserviceconfigs"),
))  # fmt: skip
DEPLOY, LWS = "/apis/apps/v1/deployments", "/apis/leaderworkerset.x-k8s.io/v1/leaderworkersets"
POD, NODE = "/api/v1/pods", "/api/v1/nodes"
JOINED = sorted([LLM, ISVC, DEPLOY, LWS, POD, NODE])


def _inside(path: str, namespace: str) -> str:
    """The path of a collection in one namespace."""
    head, _, plural = path.rpartition("/")
    return path if path == NODE else f"{head}/namespaces/{namespace}/{plural}"


def _paths(plane: Plane, *line: str) -> list[str]:
    """The paths that a command asks for, without the limit, which every list has."""
    found = requests(mtop(plane.kubeconfig(), *line, "-v"))
    assert {(one.method, one.status) for one in found} == {("GET", 200)}
    assert all("limit=500" in one.path for one in found)
    return sorted(re.sub(r"\?limit=500&?", "?", one.path).rstrip("?") for one in found)


@pytest.mark.parametrize(
    ("line", "paths"),
    [
        (("list", "-A"), JOINED),
        (("list", "-A", "-o", "json"), JOINED),
        (("list", "-n", "chat"), [_inside(path, "chat") for path in JOINED]),
        (("list",), [_inside(path, "default") for path in JOINED]),
        (("get", "-A", "-o", "yaml"), [ISVC, LLM]),
        (("get", "-A", "-o", "name"), [ISVC, LLM]),
        (("get", "config", "-A", "-o", "json"), [CONFIG]),
        (("get", "llmisvc/llama-3-3-70b", "-n", "chat", "-o", "json"),
         [_inside(LLM, "chat") + "?fieldSelector=metadata.name%3Dllama-3-3-70b"]),
        (("get", "-A", "-o", "json", "-l", "a=b,c"), [f"{path}?labelSelector=a%3Db%2Cc" for path in (ISVC, LLM)]),
        (("list", "-A", "-l", "none=here"), [f"{path}?labelSelector=none%3Dhere" for path in (ISVC, LLM)]),
        (("list", "-A", "--field-selector", "metadata.name=llama-3-3-70b"),
         [*(f"{path}?fieldSelector=metadata.name%3Dllama-3-3-70b" for path in (ISVC, LLM)), NODE,
          *(_inside(path, "chat") for path in (DEPLOY, LWS, POD))]),
        (("cost", "-A"), sorted([*JOINED, "/apis/apps/v1/replicasets"])),
    ],
)  # fmt: skip
def test_each_kind_is_listed_once(
    live_plane: Plane, world: LoadWorld, line: tuple[str, ...], paths: list[str]
) -> None:
    world("healthy")
    assert _paths(live_plane, *line) == sorted(paths)


def test_doctor_lists_each_kind_once_and_reads_each_log_once(
    live_plane: Plane, world: LoadWorld
) -> None:
    world("degraded")
    asked = requests(mtop(live_plane.kubeconfig(), "doctor", "-A", "-v"))
    found = Counter(one.path for one in asked if not one.path.endswith("/log") and one.status == 200)
    assert set(found.values()) == {1}
    assert len(found) >= 15


def test_members_of_the_same_routing_group_are_read_with_the_one_selected(
    live_plane: Plane, world: LoadWorld
) -> None:
    world("degraded")
    paths = _paths(live_plane, "list", "-n", "search", "--field-selector", "metadata.name=mistral-a")
    asked = "?fieldSelector=metadata.name%3Dmistral-a"
    selected = [_inside(path, "search") + asked for path in (ISVC, LLM)]
    assert paths == sorted([*selected, *(_inside(path, "search") for path in JOINED if path != ISVC)])


def test_metadata_alone_is_read_where_only_names_are_wanted(live_plane: Plane, world: LoadWorld) -> None:
    world("healthy")
    whole, names = (mtop(live_plane.kubeconfig(), "get", "-A", "-v", "-o", form) for form in ("json", "name"))
    bytes_of = [sum(int(size.replace(",", "")) for size in re.findall(r"([\d,]+) bytes", one.stderr))
                for one in (whole, names)]  # fmt: skip
    assert bytes_of[1] < bytes_of[0] / 2
    assert len(names.stdout.splitlines()) == len(documents(whole)["items"])


def test_long_lists_come_in_pages(live_plane: Plane) -> None:
    load_objects(live_plane, many_models(3, 400))
    outcome = mtop(live_plane.kubeconfig(), "list", "-A", "-v", "-o", "json")
    pods = [one for one in requests(outcome) if one.path.startswith(POD)]
    assert len(pods) == 3
    assert len(requests(outcome)) == len(JOINED) + 2
    assert [row["ready"]["ready"] for row in documents(outcome)["items"]] == [400, 400, 400]


def test_what_the_token_is_nobody_sees(live_plane: Plane, world: LoadWorld) -> None:
    world("empty")
    outcome = mtop(live_plane.kubeconfig(), "list", "-A", "-vv")
    assert "connected to 127.0.0.1" in outcome.stderr
    assert "admin-token" not in outcome.stdout + outcome.stderr


def test_a_missing_name_costs_one_more_look_for_what_is_near(live_plane: Plane, world: LoadWorld) -> None:
    world("healthy")
    outcome = mtop(live_plane.kubeconfig(), "get", "llama-3-3-7b", "-n", "chat", "-o", "json", "-v")
    assert outcome.exit_code == 3
    assert outcome.stderr.splitlines()[-2:] == [
        'mtop: error: there is no LLMInferenceService or InferenceService "llama-3-3-7b" in namespace chat',
        "mtop: hint: did you mean gemma-3-27b or llama-3-1-405b or llama-3-3-70b?",
    ]
    assert len(requests(outcome)) == 4


def test_writing_takes_one_request_for_each_object_and_a_check_where_there_are_several(live_plane: Plane) -> None:
    one, two = (json.dumps(service(name, "default")).encode() for name in ("one", "two"))
    kubeconfig = live_plane.kubeconfig()

    def made(*line: str, stdin: bytes = b"") -> list[tuple[str, bool]]:
        outcome = mtop(kubeconfig, *line, "-v", stdin=stdin)
        assert outcome.exit_code == 0, outcome.stderr
        return [(asked.method, "dryRun=All" in asked.path) for asked in requests(outcome) if asked.method != "GET"]

    assert made("create", "-f", "-", stdin=one) == [("POST", False)]
    assert made("delete", "one", "--yes", "--wait=false") == [("DELETE", False)]
    assert sorted(made("create", "-f", "-", stdin=one + two)) == [("POST", False)] * 2 + [("POST", True)] * 2
    assert made("delete", "one", "two", "--yes") == [("DELETE", False)] * 4  # a dry run says so in its body
    assert made("create", "-f", "-", "--dry-run=client", stdin=one) == []
    assert made("create", "-f", "-", "--dry-run=server", stdin=one) == [("POST", True)]
