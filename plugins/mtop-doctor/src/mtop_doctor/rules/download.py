"""Failures of the download of a model."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mtop_core.api import Finding, Inventory, Model, items, text
from mtop_doctor.rules.common import folded, kubectl, spec_of, unready_since
from mtop_doctor.rules.crash import GATED, Cause, caused

_REFUSED = re.compile(r"\b403\b|not in the authorized list", re.IGNORECASE)
_TOKENS = frozenset({"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"})


@folded
def hf_token_missing(model: Model, inventory: Inventory) -> Iterator[Finding]:
    """The hub asks who is there and the container has no HF_TOKEN.

    Evidence: GatedRepoError with 401 in the log of the failed run.
    Guard: not where the container has a token (then hf-token-no-access).
    """
    for cause in caused(model, inventory, GATED):
        if not _has_token(cause) and not _REFUSED.search(cause.passage):
            yield _finding(
                model, cause, f"{model.model_name} is gated and the download has no Hugging Face token.",
                f"Put a token that may read {model.model_name} into a Secret with the key HF_TOKEN and add that "
                "Secret to the service account of the pod.",
                kubectl("create", "secret", "generic", "hf-token", "-n", model.namespace,
                        "--from-literal=HF_TOKEN=..."),
            )  # fmt: skip


@folded
def hf_token_no_access(model: Model, inventory: Inventory) -> Iterator[Finding]:
    """The hub knows the token and refuses it.

    Evidence: GatedRepoError with 403, or with 401 although the container has an HF_TOKEN.
    Guard: not where the container has no token and the answer was 401 (then hf-token-missing).
    """
    for cause in caused(model, inventory, GATED):
        if _has_token(cause) or _REFUSED.search(cause.passage):
            yield _finding(
                model, cause, f"The Hugging Face token in use has no access to the gated model {model.model_name}.",
                f"Accept the licence of {model.model_name} with the account of the token, or put another token into "
                "the Secret behind HF_TOKEN.",
            )  # fmt: skip


@folded
def hf_repo_not_found(model: Model, inventory: Inventory) -> Iterator[Finding]:
    """The hub has no such repository or revision.

    Evidence: RepositoryNotFoundError or RevisionNotFoundError in the log of the failed run.
    KServe words it as a failed authentication; the class of the error is what counts.
    Guard: not for gated repositories, and not for INFO and WARNING lines.
    """
    for cause in caused(model, inventory, "hf-repo-not-found"):
        field = "spec.model.uri" if model.llm else "the storageUri of the predictor"
        yield _finding(
            model, cause, f"Hugging Face has no {model.model_name}, or hides it from this token.",
            f"Correct {field} ({model.uri}), or give the download a token that may see it.",
        )  # fmt: skip


def _finding(model: Model, cause: Cause, summary: str, action: str, command: str = "") -> Finding:
    pod = cause.crash.pod
    return Finding(pod.ref, summary, cause.evidence, action, command, since=unready_since(pod))


def _has_token(cause: Cause) -> bool:
    spec = spec_of(cause.crash.pod, cause.crash.container.name)
    return any(text(entry, "name") in _TOKENS for entry in items(spec, "env"))
