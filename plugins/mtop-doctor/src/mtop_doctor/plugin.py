"""What mtop-doctor offers; nothing here is loaded but names."""

from __future__ import annotations

from collections.abc import Iterator

from mtop_core.api import CommandSpec, ConfigSpec, RuleSpec, hookimpl

_LOGS = ("pods", "logs")

# id, summary, module:function, severity, stage, needs
_RULES: tuple[tuple[str, str, str, str, str, tuple[str, ...]], ...] = (
    ("cr-stuck-deleting", "A service waits to be deleted because a finalizer is not taken off.",
     "lifecycle:cr_stuck_deleting", "warning", "admission", ()),
    ("base-config-not-found", "A config that the service is built on does not exist.",
     "configs:base_config_not_found", "error", "config", ()),
    ("quota-exceeded", "A resource quota of the namespace keeps pods from being created.",
     "creation:quota_exceeded", "error", "creation", ()),
    ("gpu-request-exceeds-node", "A pod wants more GPUs than any node has.",
     "scheduling:gpu_request_exceeds_node", "error", "scheduling", ("pods", "nodes")),
    ("gpu-insufficient", "No node that fits the pod has as many GPUs free as it wants.",
     "scheduling:gpu_insufficient", "error", "scheduling", ("pods", "nodes")),
    ("rollout-surge-no-free-gpu", "A rollout waits for GPUs that the replicas it replaces hold.",
     "scheduling:rollout_surge_no_free_gpu", "error", "scheduling", ("pods", "nodes", "deployments")),
    ("untolerated-taint", "Every node that fits the pod has a taint it does not tolerate.",
     "scheduling:untolerated_taint", "error", "scheduling", ("pods", "nodes")),
    ("node-selector-mismatch", "No node has the labels that the pod asks for.",
     "scheduling:node_selector_mismatch", "error", "scheduling", ("pods", "nodes")),
    ("pending-long", "A pod has waited for a node for more than five minutes, and no other rule knows why.",
     "pending:pending_long", "warning", "scheduling", ("pods",)),
    ("pvc-missing", "A pod mounts a PersistentVolumeClaim that does not exist.",
     "volumes:pvc_missing", "error", "volume", ("pods", "persistentvolumeclaims")),
    ("pvc-storageclass-missing", "A claim names a StorageClass that does not exist.",
     "volumes:pvc_storageclass_missing", "error", "volume", ("pods", "persistentvolumeclaims", "storageclasses")),
    ("pvc-pending", "A claim that a pod waits for gets no volume.",
     "volumes:pvc_pending", "warning", "volume", ("pods", "persistentvolumeclaims", "storageclasses")),
    ("env-secret-missing", "A container takes its environment from a Secret or ConfigMap that does not exist.",
     "volumes:env_secret_missing", "error", "volume", ("pods",)),
    ("mount-secret-missing", "A pod mounts a Secret that does not exist.",
     "mounts:mount_secret_missing", "error", "volume", ("pods", "events")),
    ("mount-configmap-missing", "A pod mounts a ConfigMap that does not exist.",
     "mounts:mount_configmap_missing", "error", "volume", ("pods", "events")),
    ("image-not-found", "An image does not exist under that name and tag.",
     "images:image_not_found", "error", "image", ("pods",)),
    ("image-unauthorized", "A registry refuses to hand out an image.",
     "images:image_unauthorized", "error", "image", ("pods",)),
    ("hf-token-missing", "A gated model is downloaded without a Hugging Face token.",
     "download:hf_token_missing", "error", "download", _LOGS),
    ("hf-token-no-access", "The Hugging Face token has no access to a gated model.",
     "download:hf_token_no_access", "error", "download", _LOGS),
    ("hf-repo-not-found", "The model or its revision does not exist on Hugging Face.",
     "download:hf_repo_not_found", "error", "download", _LOGS),
    ("host-oom-killed", "The kernel killed a container that used more memory than its limit.",
     "engine:host_oom_killed", "error", "engine", ("pods",)),
    ("engine-args-unknown", "The engine does not know one of its arguments.",
     "engine:engine_args_unknown", "error", "engine", _LOGS),
    ("cuda-oom", "The model does not fit into the memory of its GPUs.",
     "engine:cuda_oom", "error", "engine", _LOGS),
    ("gpu-memory-busy", "Something else holds memory of the GPU.",
     "engine:gpu_memory_busy", "error", "engine", _LOGS),
    ("kv-cache-too-small", "The context length needs more KV cache than the GPUs have left.",
     "engine:kv_cache_too_small", "error", "engine", _LOGS),
    ("kv-cache-none", "The weights leave no GPU memory for the KV cache.",
     "engine:kv_cache_none", "error", "engine", _LOGS),
    ("max-len-exceeds-model", "The context length is longer than the model supports.",
     "engine:max_len_exceeds_model", "error", "engine", _LOGS),
    ("trust-remote-code", "The model brings its own code, which the engine runs only when told to.",
     "engine:trust_remote_code", "error", "engine", _LOGS),
    ("architecture-unsupported", "The engine is too old for the architecture of the model.",
     "engine:architecture_unsupported", "error", "engine", _LOGS),
    ("crash-loop-unknown", "A container crashes, and no other rule knows why.",
     "engine:crash_loop_unknown", "warning", "engine", _LOGS),
    ("startup-probe-too-short", "The startup probe kills the engine while it is still loading.",
     "probes:startup_probe_too_short", "error", "probe", _LOGS),
    ("probe-503", "A running engine answers its readiness probe with 503.",
     "probes:probe_503", "warning", "probe", ("pods", "events")),
    ("probe-refused", "Nothing listens where the readiness probe of a running engine asks.",
     "probes:probe_refused", "warning", "probe", ("pods", "events")),
    ("isvc-load-failed", "An InferenceService could not load its model.",
     "rollouts:isvc_load_failed", "error", "rollout", ()),
    ("ready-but-rollout-stuck", "The service is Ready on its old revision while the new one does not come up.",
     "rollouts:ready_but_rollout_stuck", "error", "rollout", ("pods",)),
    ("lws-group-partial", "A multi-node group lacks some of its pods.",
     "rollouts:lws_group_partial", "error", "rollout", ("pods", "leaderworkersets")),
    ("httproute-not-accepted", "The gateway does not accept the route of the service.",
     "routes:httproute_not_accepted", "error", "route", ("httproutes",)),
    ("group-degraded", "Members of a routing group do not serve the same model.",
     "routes:group_degraded", "warning", "route", ()),
    ("node-not-ready", "A node that runs pods of a model is lost.",
     "nodes:node_not_ready", "error", "node", ("pods", "nodes")),
)  # fmt: skip


@hookimpl
def mtop_commands() -> Iterator[CommandSpec]:
    """The command `mtop doctor`."""
    yield CommandSpec("doctor", "Find out why models are not well.", "mtop_doctor.cli:command", "Diagnose")


@hookimpl
def mtop_rules() -> Iterator[RuleSpec]:
    """The rule catalogue."""
    for name, summary, target, severity, stage, needs in _RULES:
        yield RuleSpec(name, summary, f"mtop_doctor.rules.{target}", severity, stage, needs)


@hookimpl
def mtop_config() -> Iterator[ConfigSpec]:
    """The section `doctor` of `.ldconfig`."""
    yield ConfigSpec("doctor", "Findings that are known and accepted.", "mtop_doctor.accepted:SCHEMA")
