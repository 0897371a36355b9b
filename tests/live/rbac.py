"""What a user of a test's own may do: granted for one test, and taken back after it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mtop_core.objects.kinds import Kind
from tests.live.plane import Plane
from tests.live.waiting import until

READ = ("get", "list", "watch")
_ROOT = "/apis/rbac.authorization.k8s.io/v1"
_LABEL = "mtop.dev/test"


def grant(
    plane: Plane, token: str, kinds: Iterable[Kind | str], verbs: tuple[str, ...] = READ, namespace: str = ""
) -> None:
    """Lets the user of `token` do `verbs` with kinds (or resources such as `pods/log`), in one namespace or in all.

    Returns when the server knows.
    """
    user = plane.tokens[token][0]
    wanted = [("", kind) if isinstance(kind, str) else (kind.group, kind.plural) for kind in kinds]
    rules = [{"apiGroups": [group], "resources": [resource], "verbs": list(verbs)} for group, resource in wanted]
    role_kind = "Role" if namespace else "ClusterRole"
    root = f"{_ROOT}/namespaces/{namespace}" if namespace else _ROOT
    meta = {"generateName": "test-", "labels": {_LABEL: "grant"}}
    role = plane.request("POST", f"{root}/{role_kind.lower()}s", {"metadata": meta, "rules": rules})
    of = {"apiGroup": "rbac.authorization.k8s.io", "kind": role_kind, "name": role["metadata"]["name"]}
    subject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}
    binding = {"metadata": meta, "roleRef": of, "subjects": [subject]}
    plane.request("POST", f"{root}/{role_kind.lower()}bindings", binding)
    asked = [(verb, group, resource) for group, resource in wanted for verb in verbs]
    until(lambda: all(may(plane, token, *one, namespace) for one in asked), f"{user} may {verbs} {wanted}")


def may(plane: Plane, token: str, verb: str, group: str, resource: str, namespace: str = "") -> bool:
    """What the server says when the user of `token` asks whether it may."""
    name, _, part = resource.partition("/")
    asked = {"verb": verb, "group": group, "resource": name, "subresource": part, "namespace": namespace}
    body: dict[str, Any] = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": asked},
    }
    path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    return bool(plane.request("POST", path, body, token=token)["status"]["allowed"])


def take_back(plane: Plane) -> None:
    """Removes everything that was granted."""
    for plural in ("clusterrolebindings", "clusterroles", "rolebindings", "roles"):
        for item in plane.request("GET", f"{_ROOT}/{plural}?labelSelector={_LABEL}=grant")["items"]:
            meta = item["metadata"]
            inside = f"/namespaces/{meta['namespace']}" if "namespace" in meta else ""
            plane.request("DELETE", f"{_ROOT}{inside}/{plural}/{meta['name']}")
