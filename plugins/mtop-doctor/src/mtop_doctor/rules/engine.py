"""Engines that crash: memory, arguments, models they cannot run."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mtop_core.api import Evidence, Finding, Inventory, Model, dig, text
from mtop_doctor.rules.common import folded, kubectl, nearest, path_of, spec_of, unready_since
from mtop_doctor.rules.crash import OOM, Cause, caused, causes, ending, loaded, root
from mtop_doctor.rules.fields import change, engine_arguments, in_container, with_flag
from mtop_doctor.rules.flags import FLAGS

_ESTIMATE = re.compile(r"estimated maximum model length is (\d+)")
_STORED = re.compile(r"stored in (?:the )?KV cache \((\d+)\)", re.IGNORECASE)
_NEEDED = re.compile(r"max seq len \((?P<length>\d+)\).{0,80}?(?P<need>[\d.]+) Gi?B KV cache is needed")
_LEFT = re.compile(r"available KV cache memory \(([\d.]+) Gi?B\)")
_ENDINGS = {
    1: "an error of the program", 2: "wrong usage of its command line", 126: "its command cannot be executed",
    127: "its command does not exist", 128: "its command could not be started", 132: "an illegal instruction",
    134: "an abort", 137: "SIGKILL, and not for want of memory", 139: "a segmentation fault", 143: "SIGTERM",
}  # fmt: skip


@folded
def host_oom_killed(model: Model, inventory: Inventory) -> Iterator[Finding]:
    """The kernel killed a container that went over its memory limit.

    Evidence: the failed run ended with reason OOMKilled.
    Guard: not for exit 137 with another reason, and not once the pod is ready again.
    """
    for cause in caused(model, inventory, OOM):
        crash, name = cause.crash, cause.crash.container.name
        limit = dig(spec_of(crash.pod, name), "resources", "limits", "memory")
        over = f"its memory limit of {limit}" if limit else "the memory of its node"
        field = in_container(model, crash.pod, name, "resources", "limits", "memory")
        proof = [ending(crash)]
        if limit:
            proof.append(Evidence(crash.pod.ref, f"{path_of(crash.pod, name)}.resources.limits.memory", str(limit)))
        yield Finding(
            crash.pod.ref, f"The container {name} used more than {over} and was killed by the kernel.", tuple(proof),
            f"Raise {field.words}: weights pass through host memory while they load, and /dev/shm counts too.",
            change(model, field._replace(pointer=""), None), since=unready_since(crash.pod),
        )  # fmt: skip


@folded
def engine_args_unknown(model: Model, inventory: Inventory) -> Iterator[Finding]:
    """The engine refuses an argument that this version does not have.

    Evidence: `error: unrecognized arguments: ...` in the log of the failed run.
    Guard: not for INFO and WARNING lines.
    """
    for cause in caused(model, inventory, "engine-args-unknown"):
        crash = cause.crash
        given = cause.found["flags"].split()
        flags = [word.partition("=")[0] for word in given if word.startswith("-")] or given
        near = {flag: nearest(flag, FLAGS, 0.8) for flag in flags}
        known = "".join(f" Did you mean {hit} for {flag}?" for flag, hit in near.items() if hit and hit != flag)
        field = engine_arguments(model, crash.pod, crash.container.name)
        value = field.value
        for flag, hit in near.items():
            value = value.replace(flag, hit) if hit else value
        yield _finding(
            cause, f"The engine does not know {' '.join(flags)}.",
            f"Correct or drop {' '.join(flags)} in {field.words}.{known}",
            change(model, field, value) if known else change(model, field._replace(pointer=""), None),
        )  # fmt: skip


@folded
def cuda_oom(model: Model, inventory: Inventory) -> Iterator[Finding]:
    """The GPUs have too little memory.

    Evidence: an out-of-memory error of CUDA, HIP or torch in the log of the failed run; whether the
    weights were loaded before tells which remedy helps.
    Guard: not for lines that follow an earlier error of the same run.
    """
    for cause in caused(model, inventory, "cuda-oom"):
        crash = cause.crash
        field = engine_arguments(model, crash.pod, crash.container.name)
        if loaded(crash.lines, cause.line):
            summary = "GPU memory ran out after the weights were loaded."
            action = f"Lower --max-num-seqs or --gpu-memory-utilization, or add --enforce-eager, in {field.words}."
        else:
            summary = "The weights do not fit into the memory of the GPUs."
            action = (
                "Spread them over more GPUs (spec.parallelism.tensor and the GPU limit, both), use quantised weights, "
                "or GPUs with more memory."
            )
        yield _finding(cause, summary, action, change(model, field._replace(pointer=""), None))


@folded
def gpu_memory_busy(model: Model, inventory: Inventory) -> Iterator[Finding]:
    """Part of the GPU's memory is taken before the engine starts.

    Evidence: `Free memory on device ... is less than desired GPU memory utilization`.
    Guard: not for INFO and WARNING lines.
    """
    for cause in caused(model, inventory, "gpu-memory-busy"):
        node = cause.crash.pod.node
        yield _finding(
            cause, "Another process holds memory of the GPU that the engine was given.",
            f"Look for pods that are still ending, time-slicing or leftovers on node {node}; else lower "
            "--gpu-memory-utilization.",
            kubectl("get", "pods", "-A", "--field-selector", f"spec.nodeName={node}"),
        )  # fmt: skip


@folded
def kv_cache_too_small(model: Model, inventory: Inventory) -> Iterator[Finding]:
    """One request of full length needs more KV cache than is left beside the weights.

    Evidence: `KV cache is needed, which is larger than the available KV cache memory`, or the older
    `larger than the maximum number of tokens that can be stored in KV cache`.
    Guard: not for INFO and WARNING lines.
    """
    for cause in caused(model, inventory, "kv-cache-too-small"):
        crash = cause.crash
        field = engine_arguments(model, crash.pod, crash.container.name)
        needed, left = _NEEDED.search(cause.passage), _LEFT.search(cause.passage)
        fits = _ESTIMATE.search(cause.passage) or _STORED.search(cause.passage)
        summary = "The context length needs more KV cache than the GPUs have left."
        if needed and left:
            summary = (
                f"A context of {needed['length']} tokens needs {needed['need']} GiB of KV cache, and the GPUs have "
                f"{left.group(1)} GiB left."
            )
        value = fits.group(1) if fits else ""
        yield _finding(
            cause, summary,
            f"Set --max-model-len to at most {value or 'what fits'} in {field.words}; or raise "
            "--gpu-memory-utilization, use --kv-cache-dtype fp8, or more GPUs.",
            change(model, field if value else field._replace(pointer=""),
                   with_flag(field.value, "--max-model-len", value)),
        )  # fmt: skip


@folded
def kv_cache_none(model: Model, inventory: Inventory) -> Iterator[Finding]:
    """The weights fill all the GPU memory that the engine may use.

    Evidence: `No available memory for the cache blocks`.
    Guard: not for INFO and WARNING lines.
    """
    for cause in caused(model, inventory, "kv-cache-none"):
        field = engine_arguments(model, cause.crash.pod, cause.crash.container.name)
        yield _finding(
            cause, "The weights leave no GPU memory for the KV cache.",
            f"Raise --gpu-memory-utilization in {field.words}, use quantised weights, or more GPUs.",
            change(model, field._replace(pointer=""), None),
        )  # fmt: skip


@folded
def max_len_exceeds_model(model: Model, inventory: Inventory) -> Iterator[Finding]:
    """The context asked for is longer than the model's own.

    Evidence: `max_model_len (x) is greater than the derived max_model_len`.
    Guard: not for INFO and WARNING lines.
    """
    for cause in caused(model, inventory, "max-len-exceeds-model"):
        field = engine_arguments(model, cause.crash.pod, cause.crash.container.name)
        limit = cause.found["limit"]
        yield _finding(
            cause, f"The context of {cause.found['asked']} tokens is longer than the {limit} the model supports.",
            f"Set --max-model-len to at most {limit} in {field.words}, or scale the model's positions (rope scaling).",
            change(model, field, with_flag(field.value, "--max-model-len", limit)),
        )  # fmt: skip


@folded
def trust_remote_code(model: Model, inventory: Inventory) -> Iterator[Finding]:
    """The model repository holds code that the engine must run to load it.

    Evidence: `contains custom code which must be executed` in the log of the failed run.
    Guard: not for INFO and WARNING lines.
    """
    for cause in caused(model, inventory, "trust-remote-code"):
        field = engine_arguments(model, cause.crash.pod, cause.crash.container.name)
        yield _finding(
            cause, f"{model.model_name} brings its own code, and the engine was not told to trust it.",
            f"Review the code in the model repository, then add --trust-remote-code to {field.words}.",
            change(model, field, f"{field.value} --trust-remote-code".strip()),
        )  # fmt: skip


@folded
def architecture_unsupported(model: Model, inventory: Inventory) -> Iterator[Finding]:
    """The engine in this image does not know the model's architecture.

    Evidence: `Model architectures [...] are not supported`, or transformers does not recognize it.
    Guard: not for INFO and WARNING lines.
    """
    for cause in caused(model, inventory, "architecture-unsupported"):
        crash = cause.crash
        field = in_container(model, crash.pod, crash.container.name, "image")
        image = text(spec_of(crash.pod, crash.container.name), "image")
        yield _finding(
            cause, f"The engine in {image or 'this image'} does not know the architecture of {model.model_name}.",
            f"Set {field.words} to a newer release of the engine.", change(model, field._replace(pointer=""), None),
        )  # fmt: skip


@folded
def crash_loop_unknown(model: Model, inventory: Inventory) -> Iterator[Finding]:
    """A container crashes again and again and no rule knows why.

    Evidence: how the last run ended, and the line of its log that most likely says why.
    It is an error where no replica serves, else a warning.
    Guard: not where any other rule explains the crash.
    """
    serving = any(pod.ready for pod in model.pods if pod.serving)
    for cause in caused(model, inventory, ""):
        crash, name = cause.crash, cause.crash.container.name
        index = root(crash)
        meaning = _ENDINGS.get(crash.exit_code, "")
        proof = (ending(crash), *((crash.proof(index),) if index >= 0 else ()))
        previous = ("--previous",) if crash.path.endswith("lastState.terminated") else ()
        yield Finding(
            crash.pod.ref,
            f"The container {name} crashes with exit code {crash.exit_code}{f': {meaning}' if meaning else ''}.",
            proof, "Read the log of the failed run from its start.",
            kubectl("logs", crash.pod.name, "-n", crash.pod.namespace, "-c", name, *previous),
            "possible", "warning" if serving else "error", unready_since(crash.pod),
        )  # fmt: skip


def crashes(model: Model, inventory: Inventory) -> bool:
    """Whether a container of a model crashes."""
    return bool(causes(model, inventory))


def _finding(cause: Cause, summary: str, action: str, command: str) -> Finding:
    pod = cause.crash.pod
    return Finding(pod.ref, summary, cause.evidence, action, command, since=unready_since(pod))
