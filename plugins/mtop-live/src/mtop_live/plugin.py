"""What mtop-live offers."""

from __future__ import annotations

from mtop_core.api import ProviderSpec, hookimpl


@hookimpl
def mtop_providers() -> tuple[ProviderSpec, ...]:
    """The cluster of a kubeconfig context, or the one mtop runs in."""
    return (ProviderSpec("live", "A cluster, as kubectl would reach it", "mtop_live.provider:live",
                         "mtop_live.kubeconfig:contexts"),)  # fmt: skip
