"""What a user may not read becomes a gap that names it; the roles that `mtop rbac` prints are enough, and the least."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from mtop_core.access import reads
from mtop_core.commands.rbac import roles
from mtop_core.objects.kinds import NAMESPACE, kind_by_word
from mtop_core.testing import run, service
from tests.live.conftest import LoadWorld
from tests.live.driving import documents, mtop
from tests.live.plane import Plane
from tests.live.rbac import may
from tests.live.waiting import until

pytestmark = pytest.mark.live

TOKEN, USER = "vic-token", "vic"
RBAC = "/apis/rbac.authorization.k8s.io/v1"


@pytest.fixture
def vic(live_plane: Plane) -> Iterator[Plane]:
    """A server with one more user, who may do nothing yet."""
    live_plane.tokens[TOKEN] = (USER, "people")
    live_plane.write_tokens()
    yield live_plane
    for plural in ("roles", "rolebindings", "clusterroles", "clusterrolebindings"):
        for obj in live_plane.request("GET", f"{RBAC}/{plural}")["items"]:
            if obj["metadata"]["name"].startswith("mtop-"):
                live_plane.request("DELETE", _path(obj, plural))


def _path(obj: dict[str, Any], plural: str) -> str:
    namespace = obj["metadata"].get("namespace")
    inside = f"/namespaces/{namespace}" if namespace else ""
    return f"{RBAC}{inside}/{plural}/{obj['metadata']['name']}"


def _printed(*line: str) -> list[dict[str, Any]]:
    """The objects that `mtop rbac` prints, bound to the user."""
    document = json.loads(run("rbac", *line, "--user", USER, "-o", "json").stdout)
    return list(document["items"]) if document["kind"] == "List" else [document]


def _without(resource: str, objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same roles without any right on one resource."""
    for obj in objects:
        for rule in obj.get("rules", ()):
            rule["resources"] = [one for one in rule["resources"] if one != resource]
    return objects


def _let_list_namespaces(plane: Plane) -> None:
    """Lets the user see which namespaces there are."""
    subject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": USER}
    _apply(plane, list(roles("mtop-namespaces", reads([NAMESPACE]), "", [subject])))


def _apply(plane: Plane, objects: list[dict[str, Any]]) -> None:
    """Applies roles and bindings, and returns when the server knows them."""
    for obj in objects:
        path = _path(obj, f"{obj['kind'].lower()}s")
        content = "application/apply-patch+yaml"
        plane.request("PATCH", f"{path}?fieldManager=test&force=true", obj, content)
    for obj in objects:
        for rule in obj.get("rules", ()):
            for verb in rule["verbs"]:
                for resource in rule["resources"]:
                    where = (TOKEN, verb, rule["apiGroups"][0], resource, obj["metadata"].get("namespace", ""))
                    until(lambda w=where: may(plane, *w), f"{USER} may {where}")  # type: ignore[misc]


def _lessened(objects: list[dict[str, Any]]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The same roles with one right less, once for each; and the resource it was on."""
    for number, obj in enumerate(objects):
        for index, rule in enumerate(obj.get("rules", ())):
            for resource in rule["resources"]:
                less = copy.deepcopy(objects)
                here = less[number]["rules"][index]
                here["resources"] = [one for one in here["resources"] if one != resource]
                if not here["resources"]:
                    del less[number]["rules"][index]
                group = rule["apiGroups"][0]
                yield f"{resource}.{group}" if group else resource, less


@pytest.mark.parametrize("scope", [("-n", "chat"), ()], ids=["one namespace", "all"])
@pytest.mark.parametrize("line", [("list",), ("get", "config"), ("cost",), ("doctor", "--fail-on", "never")],
                         ids=lambda line: line[0])  # fmt: skip
def test_the_role_printed_is_enough_and_one_right_less_is_a_gap(
    vic: Plane, world: LoadWorld, line: tuple[str, ...], scope: tuple[str, ...]
) -> None:
    world("degraded")
    command = (*line, *(scope or ("-A",)), "-o", "json")
    wanted = mtop(vic.kubeconfig(), *command)
    objects = _printed(line[0], *scope)
    _apply(vic, objects)
    kubeconfig = vic.kubeconfig(TOKEN)
    got = mtop(kubeconfig, *command)
    assert (got.exit_code, _answer(got)) == (wanted.exit_code, _answer(wanted))
    for resource, less in list(_lessened(objects)):
        _take_away(vic, less)
        got = mtop(kubeconfig, *command)
        assert "Traceback" not in got.stderr
        assert got.exit_code in (0, 3), got.stderr
        if got.exit_code == 3:
            assert got.stdout == ""
            assert got.stderr.startswith(f"mtop: error: forbidden: user {USER} may not list {resource}")
            continue
        gaps = {gap["resource"]: gap["reason"] for gap in documents(got).get("gaps", ())}
        if resource in gaps:
            assert gaps[resource].startswith(f"forbidden: user {USER} may not {_deed(resource, bool(scope))}")
        else:
            assert resource not in _looked_at(line), (resource, gaps)
    _take_away(vic, objects)


def _deed(resource: str, scoped: bool) -> str:
    """What is not allowed, in words."""
    if resource == "pods/log":
        return "get pods/log in namespace "
    kind = kind_by_word(resource)
    assert kind is not None
    where = " in namespace chat" if scoped else " in all namespaces"
    return f"list {resource}{where if kind.namespaced else ''}"


def _answer(outcome: Any) -> Any:
    document = documents(outcome)
    document.pop("source", None)
    return [{**item, "ageSeconds": 0} for item in document["items"]], document.get("gaps")


def _looked_at(line: tuple[str, ...]) -> set[str]:
    """What the command cannot do without seeing, so that its lack must show as a gap."""
    return {"list": {"pods", "nodes", "deployments.apps"}, "cost": {"pods", "nodes"}}.get(line[0], set())


def _take_away(plane: Plane, objects: list[dict[str, Any]]) -> None:
    """Applies roles that grant less than before, and returns when the server knows."""
    for obj in objects:
        if "rules" in obj:
            path = _path(obj, f"{obj['kind'].lower()}s")
            before = plane.request("GET", path)["rules"]
            plane.request("PUT", path, obj)
            gone = {(v, r["apiGroups"][0], res) for r in before for v in r["verbs"] for res in r["resources"]} - {
                (v, r["apiGroups"][0], res) for r in obj["rules"] for v in r["verbs"] for res in r["resources"]
            }
            namespace = obj["metadata"].get("namespace", "")
            for one in gone:
                where = (TOKEN, *one, namespace)
                until(lambda w=where: not may(plane, *w), f"{USER} may no longer {one}")  # type: ignore[misc]


def test_a_gap_comes_with_the_command_that_prints_the_role(vic: Plane, world: LoadWorld) -> None:
    world("healthy")
    _apply(vic, _without("pods", _printed("list", "-n", "chat")))
    got = mtop(vic.kubeconfig(TOKEN), "list", "-n", "chat")
    assert got.exit_code == 0
    assert "mtop: not checked: pods (forbidden: user vic may not list pods in namespace chat)\n" in got.stderr
    assert "mtop: hint: mtop rbac list -n chat prints the role that this command needs\n" in got.stderr


def test_no_right_at_all(vic: Plane, world: LoadWorld) -> None:
    world("healthy")
    got = mtop(vic.kubeconfig(TOKEN), "list", "-n", "chat")
    assert (got.exit_code, got.stdout) == (3, "")
    resource = "llminferenceservices.serving.kserve.io"
    assert got.stderr.splitlines() == [
        f"mtop: error: forbidden: user vic may not list {resource} in namespace chat",
        "mtop: hint: mtop rbac COMMAND prints the role that a command needs",
    ]


@pytest.mark.parametrize("may_list_namespaces", [True, False])
def test_where_the_whole_cluster_may_not_be_read_the_namespaces_are_that_may(
    vic: Plane, world: LoadWorld, may_list_namespaces: bool
) -> None:
    world("healthy")
    for namespace in ("chat", "code"):
        _apply(vic, _printed("list", "-n", namespace))
    if may_list_namespaces:
        _let_list_namespaces(vic)
    got = mtop(vic.kubeconfig(TOKEN, namespace="chat"), "list", "-A", "-o", "json")
    assert got.exit_code == 0, got.stderr
    seen = {row["namespace"] for row in documents(got)["items"]}
    assert seen == ({"chat", "code"} if may_list_namespaces else {"chat"})
    (note,) = documents(got)["notes"]
    first = "forbidden: user vic may not list llminferenceservices.serving.kserve.io in all namespaces; only"
    if may_list_namespaces:
        assert note.startswith(f"{first} namespaces chat, code can be seen, ")
        assert note.endswith(" more may not be read")
    else:
        assert note == f"{first} namespace chat can be seen; which others there are is not known"
    assert documents(got)["gaps"] == []


def test_what_may_not_be_seen_is_not_said_to_be_absent(vic: Plane, world: LoadWorld) -> None:
    """The one of two kinds that holds the name is forbidden."""
    world("degraded")
    _apply(vic, _without("inferenceservices", _printed("get", "-n", "platform")))
    kubeconfig = vic.kubeconfig(TOKEN)
    why = "forbidden: user vic may not list inferenceservices.serving.kserve.io in namespace platform"
    said = f'"custom-code" is not found in namespace platform, and not all can be seen: {why}'
    for line in (("get", "custom-code"), ("delete", "custom-code", "--yes", "--ignore-not-found"),
                 ("doctor", "custom-code")):  # fmt: skip
        got = mtop(kubeconfig, *line, "-n", "platform")
        assert (got.exit_code, got.stdout) == (3, ""), line
        assert got.stderr.splitlines()[0] == f"mtop: error: {said}", line
    got = mtop(kubeconfig, "get", "-n", "platform", "-o", "name")
    assert got.stdout != ""
    assert f"mtop: not checked: inferenceservices.serving.kserve.io ({why})\n" in got.stderr


def test_namespaces_that_may_be_read_in_part_are_seen_in_part(vic: Plane, world: LoadWorld) -> None:
    world("degraded")
    for kind, namespace in (("inferenceservices", "chat"), ("llminferenceservices", "platform")):
        _apply(vic, _without(kind, _printed("list", "-n", namespace)))
    _let_list_namespaces(vic)
    got = documents(mtop(vic.kubeconfig(TOKEN), "list", "-A", "-o", "json"))
    assert "only namespaces chat, platform can be seen" in got["notes"][0]
    assert {(row["namespace"], row["kind"]) for row in got["items"]} == {
        ("chat", "LLMInferenceService"), ("platform", "InferenceService"),
    }  # fmt: skip
    reasons = {gap["resource"].partition(".")[0]: gap["reason"] for gap in got["gaps"]}
    assert reasons["inferenceservices"].endswith("inferenceservices.serving.kserve.io in namespace chat")
    assert reasons["llminferenceservices"].endswith("llminferenceservices.serving.kserve.io in namespace platform")


def test_create_and_delete_with_the_roles_printed(vic: Plane, world: LoadWorld) -> None:
    world("empty")
    _apply(vic, _printed("create", "delete", "-n", "default"))
    kubeconfig = vic.kubeconfig(TOKEN)
    manifest = json.dumps(service("mine", "default")).encode()
    got = mtop(kubeconfig, "create", "-f", "-", stdin=manifest)
    assert (got.exit_code, got.stdout) == (0, "llminferenceservice.serving.kserve.io/mine created\n"), got.stderr
    got = mtop(kubeconfig, "delete", "mine", "--yes")
    assert (got.exit_code, got.stdout) == (0, "llminferenceservice.serving.kserve.io/mine deleted\n"), got.stderr
    elsewhere = json.dumps(service("x", "kube-system")).encode()
    got = mtop(kubeconfig, "create", "-f", "-", "-n", "kube-system", stdin=elsewhere)
    assert got.exit_code == 3
    resource = "llminferenceservices.serving.kserve.io"
    assert f"forbidden: user vic may not create {resource} in namespace kube-system" in got.stderr
