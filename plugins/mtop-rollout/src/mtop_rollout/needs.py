"""The kinds of objects that the commands of this plugin read."""

from __future__ import annotations

from mtop_core.api import kinds

PREDICTS = (
    *kinds.MODEL_KINDS, kinds.DEPLOYMENT, kinds.LEADER_WORKER_SET, kinds.REPLICA_SET, kinds.POD, kinds.NODE,
)  # fmt: skip
WATCHES = (*PREDICTS, kinds.HTTP_ROUTE, kinds.GATEWAY, kinds.INFERENCE_POOL)
