"""The workload of one role: a Deployment, or a LeaderWorkerSet for several nodes."""

from __future__ import annotations

from datetime import datetime

from .base import Obj, later
from .cluster import Cluster
from .conditions import GOOD, Outcome
from .deployments import deployment
from .deploystatus import Generation, Rollout, available
from .leaderworker import leaderworkerset
from .lwsparts import Group, revision_of
from .model import Model, Revision, Role, Verdict
from .plans import Plan, ready
from .pods import serving_pod
from .templates import labels, pod_template

_DEPLOYMENT_DOWN: Verdict = (
    "False",
    "MinimumReplicasUnavailable",
    "Deployment does not have minimum availability.",
)
_LWS_DOWN: Verdict = ("False", "AllGroupsReady", "All replicas are ready")


def workload(cluster: Cluster, model: Model, role: Role, cr: Obj, part: str) -> Outcome:
    """Add the workload of a role and tell how it ended up."""
    if role.size > 1:
        return _several_nodes(cluster, model, role, cr, part)
    name = model.child("-kserve-prefill" if part else "-kserve")
    rollout = Rollout(
        name,
        model.namespace,
        labels(model, role, part),
        role.replicas,
        later(model.created, 3),
        role.complete,
    )
    generations = [_generation(model, role, part, r) for r in _revisions(model, role)]

    def make(pod_name: str, template: Obj, plan: Plan, owner: Obj) -> Obj:
        return serving_pod(cluster, model, pod_name, template, plan, owner)

    deployment(cluster, rollout, generations, cr, make)
    count = sum(generation.ready for generation in generations)
    verdict = GOOD if available(rollout, count) else _DEPLOYMENT_DOWN
    condition = "PrefillWorkloadReady" if part else "MainWorkloadReady"
    since = later(model.changed, 258) if verdict == GOOD else broken_since(model, role)
    return Outcome(condition, "Deployment", name, count, verdict, since)


def _revisions(model: Model, role: Role) -> tuple[Revision, ...]:
    if role.revisions:
        return role.revisions
    moment = later(model.created, 5)
    return (Revision(moment, tuple(ready(later(moment, i)) for i in range(role.replicas * role.size))),)


def broken_since(model: Model, role: Role) -> datetime:
    """Return the moment when the first of the pods that are not ready appeared."""
    moments = [p.deleted or p.created for r in role.revisions for p in r.plans if not p.ready]
    return later(min(moments, default=model.changed), 12)


def _generation(model: Model, role: Role, part: str, revision: Revision) -> Generation:
    template = pod_template(model, role, part, revision)
    return Generation(template, revision.plans, revision.created, revision.desired, revision.failure)


def _several_nodes(cluster: Cluster, model: Model, role: Role, cr: Obj, part: str) -> Outcome:
    name = model.child("-kserve-mn-prefill" if part else "-kserve-mn")
    groups: list[Group] = []
    for number, revision in enumerate(_revisions(model, role)):
        mark = revision_of(name, number)
        plans = revision.plans
        for start in range(0, len(plans), role.size):
            groups.append(Group(plans[start : start + role.size], mark, revision.created, revision.container))
    leaderworkerset(cluster, model, role, cr, name, groups)
    count = sum(group.is_ready() for group in groups)
    up = count == role.replicas and len({group.revision for group in groups}) == 1
    condition = "PrefillWorkerWorkloadReady" if part else "WorkerWorkloadReady"
    since = later(model.changed, 258) if up else broken_since(model, role)
    return Outcome(condition, "LeaderWorkerSet", name, count, GOOD if up else _LWS_DOWN, since)
