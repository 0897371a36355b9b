"""The next rolling update of a model that exists, from its workloads, its pods and the nodes of the source."""

from __future__ import annotations

from mtop_rollout.predict.command import filled, predicted, with_model

__all__ = ["filled", "predicted", "with_model"]
