"""What an LLM service is made of, as the worlds describe it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from .base import Obj, ago, child
from .plans import Plan

MONTH_AGO = ago(days=30)
Verdict = tuple[str, str, str]


@dataclass(frozen=True)
class Revision:
    """One revision of a workload: how it differs from the CR, and its pods."""

    created: datetime
    plans: tuple[Plan, ...] = ()
    container: Obj = field(default_factory=dict)
    pod: Obj = field(default_factory=dict)
    desired: int | None = None
    failure: str = ""


@dataclass(frozen=True)
class Role:
    """One workload of a service: the main (decode) one or the prefill one."""

    gpus: int = 1
    replicas: int = 1
    size: int = 1
    cpu: str = "8"
    memory: str = ""
    parallelism: Obj = field(default_factory=dict)
    args: str = ""
    container: Obj = field(default_factory=dict)
    pod: Obj = field(default_factory=dict)
    revisions: tuple[Revision, ...] = ()
    complete: bool = True
    selector: dict[str, str] | None = None


@dataclass(frozen=True)
class Model:
    """One LLMInferenceService."""

    namespace: str
    name: str
    uri: str
    served: str
    gpu: str
    role: Role
    created: datetime = MONTH_AGO
    prefill: Role | None = None
    lora: tuple[str, ...] = ()
    base_refs: tuple[str, ...] = ()
    group: str = ""
    weight: int = 0
    version: str = "v1alpha2"
    scaling: Obj = field(default_factory=dict)
    scheduler: bool = True
    internal: bool = False
    stopped: bool = False
    generation: int = 1
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    route_verdict: Verdict | None = None
    weights_gb: int = 16
    deleted: datetime | None = None
    verdicts_since: datetime | None = None

    def child(self, suffix: str) -> str:
        """Return the name of a child object."""
        return child(self.name, suffix)

    @property
    def changed(self) -> datetime:
        """Return the moment of the newest revision of the main workload."""
        return self.role.revisions[-1].created if self.role.revisions else self.created
