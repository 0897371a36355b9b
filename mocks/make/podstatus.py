"""Status of pods: phase, conditions and container statuses."""

from __future__ import annotations

from datetime import datetime

from .base import Obj, digest, later, stamp, without_none
from .plans import Death, Life, Plan


def pod_status(pod: Obj, plan: Plan, host: str, address: str) -> Obj:
    """Return the status of a pod whose spec is complete."""
    spec = pod["spec"]
    status: Obj = {
        "conditions": _conditions(plan, spec["containers"][0]["name"]),
        "observedGeneration": 1,
        "phase": plan.phase,
        "qosClass": qos(spec),
    }
    if not plan.placed:
        return status
    inits = [_init_status(pod, container, plan) for container in spec.get("initContainers", [])]
    status |= without_none({"initContainerStatuses": inits})
    status["containerStatuses"] = [_container(pod, c, plan.main) for c in spec["containers"]]
    status["hostIP"], status["hostIPs"] = host, [{"ip": host}]
    status["podIP"], status["podIPs"] = address, [{"ip": address}]
    status["startTime"] = stamp(later(plan.created, 1))
    return status


def qos(spec: Obj) -> str:
    """Return the quality-of-service class of a pod spec."""
    every = [c.get("resources", {}) for c in [*spec["containers"], *spec.get("initContainers", [])]]
    if all(r.get("limits") and r.get("limits") == r.get("requests") for r in every):
        return "Guaranteed"
    return "Burstable" if any(every) else "BestEffort"


def _conditions(plan: Plan, name: str) -> list[Obj]:
    if not plan.placed:
        return [_condition("PodScheduled", False, plan.created, "Unschedulable", plan.unschedulable)]
    out = [_condition("PodReadyToStartContainers", True, later(plan.created, 4))]
    if plan.initialized:
        out.append(_condition("Initialized", True, later(plan.created, 101)))
    else:
        text = "containers with incomplete status: [storage-initializer]"
        out.append(_condition("Initialized", False, plan.created, "ContainersNotInitialized", text))
    out += _readiness(plan, name)
    out.append(_condition("PodScheduled", True, later(plan.created, 1)))
    if plan.deleted is not None:
        text = "Taint manager: deleting due to NoExecute taint"
        out.append(_condition("DisruptionTarget", True, plan.deleted, "DeletionByTaintManager", text))
    return out


def _readiness(plan: Plan, name: str) -> list[Obj]:
    up = plan.main.started or plan.created
    unready = f"containers with unready status: [{name}]"
    since = later(up, 118) if plan.main.ready else up
    out = []
    for kind in ("Ready", "ContainersReady"):
        reason = "" if plan.main.ready else "ContainersNotReady"
        out.append(_condition(kind, plan.main.ready, since, reason, unready if reason else ""))
    if plan.lost and plan.deleted is not None:
        out[0] |= {"lastTransitionTime": stamp(later(plan.deleted, -300)), "status": "False"}
    return out


def _condition(kind: str, good: bool, since: datetime, reason: str = "", message: str = "") -> Obj:
    base: Obj = {"lastProbeTime": None, "lastTransitionTime": stamp(since), "observedGeneration": 1}
    base |= {"status": "True" if good else "False", "type": kind}
    return base | without_none({"reason": reason, "message": message})


def _init_status(pod: Obj, container: Obj, plan: Plan) -> Obj:
    if container.get("restartPolicy") != "Always":
        return _container(pod, container, plan.init)
    if plan.initialized:
        started = later(plan.created, 102)
        return _container(pod, container, Life(started=started, ready=True))
    return _container(pod, container, Life(waiting=("PodInitializing", "")))


def _container(pod: Obj, container: Obj, life: Life) -> Obj:
    ran = life.started is not None or life.ended is not None or life.last is not None
    out: Obj = {
        "image": container["image"],
        "imageID": image_id(container["image"]) if ran else "",
        "lastState": _ended(pod, container, life.last, life.restarts - 1) if life.last else {},
        "name": container["name"],
        "ready": life.ready,
        "resources": container.get("resources", {}),
        "restartCount": life.restarts,
        "started": _is_started(container, life),
        "state": _state(pod, container, life),
    }
    if ran:
        run = life.restarts - (1 if life.waiting else 0)
        out["containerID"] = container_id(pod, container, run)
    return out


def _is_started(container: Obj, life: Life) -> bool:
    if life.started is None:
        return False
    return life.ready or "startupProbe" not in container


def _state(pod: Obj, container: Obj, life: Life) -> Obj:
    if life.waiting is not None:
        reason, message = life.waiting
        return {"waiting": without_none({"reason": reason, "message": message})}
    if life.ended is not None:
        return _ended(pod, container, life.ended, life.restarts)
    if life.started is None:
        raise ValueError(f"container {container['name']} has no state")
    return {"running": {"startedAt": stamp(life.started)}}


def _ended(pod: Obj, container: Obj, death: Death, run: int) -> Obj:
    state = {
        "containerID": container_id(pod, container, run),
        "exitCode": death.exit_code,
        "finishedAt": stamp(death.finished),
        "reason": death.reason,
        "startedAt": stamp(death.started),
    }
    return {"terminated": state | without_none({"message": death.message})}


def container_id(pod: Obj, container: Obj, run: int) -> str:
    """Return the runtime id of one run of a container."""
    meta = pod["metadata"]
    return "containerd://" + digest(meta["namespace"], meta["name"], container["name"], run)


def image_id(image: str) -> str:
    """Return the resolved form of an image reference."""
    repository = image.split("@")[0].rsplit(":", 1)[0]
    return f"{repository}@sha256:{digest(image)}"
