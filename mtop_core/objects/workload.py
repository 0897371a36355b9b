"""A Deployment or LeaderWorkerSet of a model: how many replicas it wants, has and has updated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mtop_core.objects.access import mapping, number, strings
from mtop_core.objects.cached import cached_property
from mtop_core.objects.conditions import Condition, conditions_of
from mtop_core.objects.pod import SUPPORTING, gpus_of, role_of
from mtop_core.objects.refs import Ref, ref_of


class Workload:
    """A read-only view over one raw Deployment or LeaderWorkerSet; a replica of the latter is a group of pods."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.raw = raw
        self.multi_node = raw.get("kind") == "LeaderWorkerSet"

    @property
    def ref(self) -> Ref:
        """Its name."""
        return ref_of(self.raw)

    @cached_property
    def role(self) -> str:
        """Its part in the service: `main`, `prefill`, `scheduler`, `tokenizer`, `predictor`, ..."""
        role = role_of(strings(self.raw, "metadata", "labels"))
        return {"worker": "main", "leader": "main", "prefill-worker": "prefill", "prefill-leader": "prefill"}.get(
            role, role
        )

    @property
    def serving(self) -> bool:
        """Whether its pods serve the model itself."""
        return self.role not in SUPPORTING

    @property
    def desired(self) -> int:
        """How many replicas are wanted."""
        return number(self.raw, "spec", "replicas", default=1)

    @property
    def ready(self) -> int:
        """How many replicas are ready."""
        return number(self.raw, "status", "readyReplicas")

    @property
    def updated(self) -> int:
        """How many replicas run the newest revision."""
        return number(self.raw, "status", "updatedReplicas")

    @property
    def total(self) -> int:
        """How many replicas exist, of every revision."""
        return number(self.raw, "status", "replicas")

    @property
    def rolling(self) -> bool:
        """Whether replicas of an old revision are still there, or the newest revision has not been seen."""
        seen = number(self.raw, "status", "observedGeneration", default=-1)
        unseen = 0 <= seen < number(self.raw, "metadata", "generation")
        return unseen or (self.desired > 0 and self.total > 0 and self.updated < max(self.desired, self.total))

    @cached_property
    def conditions(self) -> dict[str, Condition]:
        """Its conditions by type."""
        return conditions_of(self.raw)

    @cached_property
    def gpus(self) -> dict[str, int]:
        """The accelerators one replica asks for, by resource name, over all pods of a group."""
        if not self.multi_node:
            return gpus_of(mapping(self.raw, "spec", "template", "spec"))
        template = mapping(self.raw, "spec", "leaderWorkerTemplate")
        worker = gpus_of(mapping(template, "workerTemplate", "spec"))
        leader = gpus_of(mapping(template, "leaderTemplate", "spec")) if "leaderTemplate" in template else worker
        size = number(template, "size", default=1)
        return {name: leader.get(name, 0) + worker.get(name, 0) * (size - 1) for name in {**leader, **worker}}
