"""Creating and deleting on a real API server: strict, all or nothing, and plain about what stands in the way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from mtop_live.writing import Writer

from mtop_core.testing import service
from tests.live.driving import documents, mtop
from tests.live.plane import Plane

pytestmark = pytest.mark.live

ROOT = "/apis/serving.kserve.io/v1alpha2/namespaces/default/llminferenceservices"


def manifest(*objects: dict[str, Any]) -> bytes:
    return "\n".join(json.dumps(obj) for obj in objects).encode()


def names(plane: Plane) -> list[str]:
    return [obj["metadata"]["name"] for obj in plane.request("GET", ROOT)["items"]]


def held(name: str) -> dict[str, Any]:
    """A service that a finalizer keeps from going."""
    obj = service(name, "default")
    return {**obj, "metadata": {**obj["metadata"], "finalizers": ["mtop.dev/test"]}}


def test_what_was_created_is_there_as_the_server_stored_it(live_plane: Plane) -> None:
    made = mtop(live_plane.kubeconfig(), "create", "-f", "-", "-o", "json", stdin=manifest(service("one", "default")))
    stored = documents(made)
    there = live_plane.request("GET", f"{ROOT}/one")
    assert stored["metadata"]["uid"] == there["metadata"]["uid"]
    assert there["metadata"]["managedFields"][0]["manager"] == "mtop"
    assert there["spec"] == service("one")["spec"]


def test_the_namespace_is_the_one_of_the_context(live_plane: Plane) -> None:
    live_plane.request("POST", "/api/v1/namespaces", {"metadata": {"name": "mine"}})
    nowhere = service("one")
    del nowhere["metadata"]["namespace"]
    kubeconfig = live_plane.kubeconfig(namespace="mine")
    assert mtop(kubeconfig, "create", "-f", "-", stdin=manifest(nowhere)).exit_code == 0
    assert documents(mtop(kubeconfig, "get", "one", "-o", "json"))["metadata"]["namespace"] == "mine"
    assert documents(mtop(kubeconfig, "list", "-o", "json"))["items"][0]["name"] == "one"
    assert "No resources found in default namespace" in mtop(live_plane.kubeconfig(), "list").stderr


@pytest.mark.parametrize("dry_run", ["client", "server"])
def test_a_dry_run_changes_nothing(live_plane: Plane, dry_run: str) -> None:
    kubeconfig = live_plane.kubeconfig()
    flag = f"--dry-run={dry_run}"
    suffix = {"client": " (dry run)", "server": " (server dry run)"}[dry_run]
    made = mtop(kubeconfig, "create", "-f", "-", flag, stdin=manifest(service("a", "default"), service("b", "default")))
    prefix = "llminferenceservice.serving.kserve.io"
    assert made.stdout == f"{prefix}/a created{suffix}\n{prefix}/b created{suffix}\n"
    assert names(live_plane) == []
    mtop(kubeconfig, "create", "-f", "-", stdin=manifest(service("a", "default"), service("b", "default")))
    gone = mtop(kubeconfig, "delete", "a", "b", flag)
    assert (gone.exit_code, gone.stdout) == (0, f"{prefix}/a deleted{suffix}\n{prefix}/b deleted{suffix}\n")
    assert names(live_plane) == ["a", "b"]


def test_our_own_message_comes_first(live_plane: Plane) -> None:
    wrong = service("one", "default", replcas=2)
    made = mtop(live_plane.kubeconfig(), "create", "-f", "-", "-v", stdin=manifest(wrong))
    assert made.exit_code == 3
    assert made.stderr.splitlines() == [
        "mtop: error: standard input:1: spec.replcas: unknown field; did you mean spec.replicas?",
        "mtop: hint: nothing was created; --validate=warn creates it all the same",
    ]


def test_the_server_is_strict_where_our_schema_lets_through(live_plane: Plane) -> None:
    wrong = service("one", "default", replcas=2)
    warned = mtop(live_plane.kubeconfig(), "create", "-f", "-", "--validate=ignore", stdin=manifest(wrong))
    assert warned.exit_code == 0, warned.stderr
    assert "replcas" not in live_plane.request("GET", f"{ROOT}/one")["spec"]
    wrong = service("two", "default", model={"name": 7})
    refused = mtop(live_plane.kubeconfig(), "create", "-f", "-", "--validate=ignore", stdin=manifest(wrong))
    assert refused.exit_code == 3
    assert refused.stderr.startswith(
        "mtop: error: llminferenceservice.serving.kserve.io/two: the server refuses it: LLMInferenceService"
    )
    assert "spec.model.name" in refused.stderr


def test_of_several_none_is_created_where_one_exists(live_plane: Plane) -> None:
    kubeconfig = live_plane.kubeconfig()
    mtop(kubeconfig, "create", "-f", "-", stdin=manifest(service("b", "default")))
    made = mtop(kubeconfig, "create", "-f", "-", stdin=manifest(*(service(name, "default") for name in "abc")))
    assert made.exit_code == 3
    assert made.stderr.splitlines() == [
        "mtop: error: llminferenceservice.serving.kserve.io/b already exists in namespace default; nothing was created",
        "mtop: hint: delete it first, or give the new one another name",
    ]
    assert names(live_plane) == ["b"]


def test_what_was_created_is_taken_back_where_a_later_one_fails(
    live_plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else creates the second between the check and our own turn."""
    create = Writer._create

    def overtaken(self: Writer, obj: dict[str, Any], strict: bool, *, dry: bool = False) -> dict[str, Any]:
        if not dry and obj["metadata"]["name"] == "b":
            live_plane.request("POST", ROOT, service("b", "default"))
        return create(self, obj, strict, dry=dry)

    monkeypatch.setattr(Writer, "_create", overtaken)
    both = manifest(service("a", "default"), service("b", "default"))
    made = mtop(live_plane.kubeconfig(), "create", "-f", "-", stdin=both)
    assert made.exit_code == 3
    assert "already exists in namespace default; nothing was created" in made.stderr
    assert names(live_plane) == ["b"], "theirs stays, ours is gone"


def test_a_namespace_that_is_missing(live_plane: Plane) -> None:
    made = mtop(live_plane.kubeconfig(), "create", "-f", "-", stdin=manifest(service("a", "nowhere")))
    assert made.stderr.splitlines() == [
        "mtop: error: llminferenceservice.serving.kserve.io/a: there is no namespace nowhere; nothing was created",
        "mtop: hint: kubectl create namespace nowhere",
    ]


def test_what_is_saved_with_get_can_be_created_again(live_plane: Plane, tmp_path: Path) -> None:
    kubeconfig = live_plane.kubeconfig()
    mtop(kubeconfig, "create", "-f", "-", stdin=manifest(service("a", "default")))
    saved = mtop(kubeconfig, "get", "a", "-o", "yaml", "--show-managed-fields").stdout
    assert "managedFields" in saved
    assert "managedFields" not in mtop(kubeconfig, "get", "a", "-o", "yaml").stdout
    assert mtop(kubeconfig, "delete", "a", "--yes").exit_code == 0
    assert mtop(kubeconfig, "create", "-f", "-", stdin=saved.encode()).exit_code == 0
    assert names(live_plane) == ["a"]


def test_delete_waits_until_it_is_gone(live_plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    kubeconfig = live_plane.kubeconfig()
    live_plane.request("POST", ROOT, held("a"))
    gone = mtop(kubeconfig, "delete", "a", "--yes", "--timeout", "300ms")
    assert gone.exit_code == 3
    assert gone.stderr.splitlines()[0] == (
        "mtop: error: LLMInferenceService default/a is being deleted, and still there after 0.3 s"
    )
    assert "finalizers" in gone.stderr.splitlines()[1]
    let_go = Writer._until_gone

    def at_last(self: Writer, *args: Any) -> None:
        live_plane.request("PATCH", f"{ROOT}/a", {"metadata": {"finalizers": None}}, "application/merge-patch+json")
        let_go(self, *args)

    monkeypatch.setattr(Writer, "_until_gone", at_last)
    gone = mtop(kubeconfig, "delete", "a", "--yes")
    assert gone.exit_code == 0, gone.stderr
    assert names(live_plane) == []


def test_delete_without_waiting(live_plane: Plane) -> None:
    live_plane.request("POST", ROOT, held("a"))
    gone = mtop(live_plane.kubeconfig(), "delete", "a", "--yes", "--wait=false")
    assert (gone.exit_code, gone.stdout) == (0, "llminferenceservice.serving.kserve.io/a deleted\n")
    there = live_plane.request("GET", f"{ROOT}/a")
    assert "deletionTimestamp" in there["metadata"]
    live_plane.request("PATCH", f"{ROOT}/a", {"metadata": {"finalizers": None}}, "application/merge-patch+json")


def test_a_name_that_is_missing_leaves_the_others(live_plane: Plane) -> None:
    kubeconfig = live_plane.kubeconfig()
    mtop(kubeconfig, "create", "-f", "-", stdin=manifest(service("a", "default")))
    gone = mtop(kubeconfig, "delete", "a", "aa", "--yes")
    assert gone.exit_code == 3
    assert gone.stderr.splitlines() == [
        'mtop: error: there is no LLMInferenceService or InferenceService "aa" in namespace default',
        "mtop: hint: did you mean a?",
    ]
    assert names(live_plane) == ["a"]
    assert mtop(kubeconfig, "delete", "aa", "--yes", "--ignore-not-found").exit_code == 0


def test_a_manifest_names_what_to_delete(live_plane: Plane) -> None:
    kubeconfig = live_plane.kubeconfig()
    both = manifest(service("a", "default"), service("b", "default"))
    mtop(kubeconfig, "create", "-f", "-", stdin=both)
    assert mtop(kubeconfig, "delete", "-f", "-", "--yes", stdin=both).exit_code == 0
    assert names(live_plane) == []
