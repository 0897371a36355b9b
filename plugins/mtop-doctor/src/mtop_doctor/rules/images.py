"""Images that cannot be pulled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from mtop_core.api import Container, Evidence, Finding, Inventory, Model, Pod, text
from mtop_doctor.rules.common import folded, kubectl, nearest, once, said_in_event, spec_of, stuck_pods, unready_since
from mtop_doctor.rules.fields import change, in_container, in_template

_WAITING = frozenset({"ErrImagePull", "ImagePullBackOff"})
_PLATFORM = re.compile(r"no match for platform", re.IGNORECASE)
_DENIED = re.compile(
    r"\b401\b|\b403\b|unauthorized|forbidden|authentication required|pull access denied|insufficient_scope"
    r"|failed to fetch anonymous token",
    re.IGNORECASE,
)
_ABSENT = re.compile(r"not found|manifest unknown|code = NotFound|does not exist", re.IGNORECASE)


class Pull(NamedTuple):
    """A pull that fails: for which container, the kubelet's words, and where they stand."""

    pod: Pod
    container: Container
    image: str
    proof: Evidence


@folded
def image_not_found(model: Model, inventory: Inventory) -> Iterator[Finding]:
    """The registry has no image of that name and tag.

    Evidence: `not found` or `manifest unknown` in the message of ErrImagePull or ImagePullBackOff, else
    in the event Failed.
    Guard: not for a wrong platform, and not where the registry refuses access: both may say `not found` too.
    """
    for pull in _pulls(model, inventory):
        words = pull.proof.text
        if _PLATFORM.search(words) or _DENIED.search(words) or not _ABSENT.search(words):
            continue
        field = in_container(model, pull.pod, pull.container.name, "image")
        near = nearest(pull.image, _running(inventory), 0.8)
        hint = f" Other pods run {near}." if near else ""
        yield Finding(
            pull.pod.ref, f"The image {pull.image} does not exist.", (pull.proof,),
            f"Correct {field.words}.{hint}", change(model, field if near else field._replace(pointer=""), near),
            since=unready_since(pull.pod),
        )  # fmt: skip


@folded
def image_unauthorized(model: Model, inventory: Inventory) -> Iterator[Finding]:
    """The registry wants credentials, or other ones.

    Evidence: 401, 403, `authentication required`, `pull access denied` or `insufficient_scope` in the
    message of the failing pull; `failed to fetch anonymous token` means that none were sent.
    Guard: not for a wrong platform.
    """
    for pull in _pulls(model, inventory):
        if _PLATFORM.search(pull.proof.text) or not _DENIED.search(pull.proof.text):
            continue
        field = in_template(model, pull.pod, "imagePullSecrets")
        anonymous = "anonymous" in pull.proof.text
        what = "was asked without credentials and refuses" if anonymous else "refuses the credentials for"
        registry = pull.image.partition("/")[0]
        yield Finding(
            pull.pod.ref, f"The registry {registry} {what} the image {pull.image}.", (pull.proof,),
            f"Create a pull Secret for {registry} in {pull.pod.namespace} and name it in {field.words}, or in the "
            "service account of the pod.",
            kubectl("create", "secret", "docker-registry", "pull-secret", "-n", pull.pod.namespace,
                    f"--docker-server={registry}", "--docker-username=...", "--docker-password=..."),
            since=unready_since(pull.pod),
        )  # fmt: skip


def _pulls(model: Model, inventory: Inventory) -> Iterator[Pull]:
    for pod in stuck_pods(model):
        for container in pod.containers:
            if container.waiting in _WAITING:
                image = text(spec_of(pod, container.name), "image")
                yield Pull(pod, container, image, _words(pod, container, image, inventory))


def _words(pod: Pod, container: Container, image: str, inventory: Inventory) -> Evidence:
    """What the kubelet says of the failing pull: its message, else (it is cut at times) the event."""
    message = text(container.state, "waiting", "message")
    if not (_ABSENT.search(message) or _DENIED.search(message)):
        for event in reversed(inventory.events_of(pod.raw)):
            told = text(event, "message")
            if text(event, "reason") == "Failed" and told.startswith("Failed to pull") and image in told:
                return said_in_event(event, pod.ref)
    return Evidence(pod.ref, f"{container.path}.state.waiting.message", message)


def _running(inventory: Inventory) -> set[str]:
    """The images that ready pods of any model run."""
    models = inventory.models
    return once(inventory, "images", lambda: {i for m in models for pod in m.pods if pod.ready for i in pod.images})
