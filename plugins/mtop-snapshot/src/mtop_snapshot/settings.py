"""The section `environments` of `.ldconfig`: names for clusters, worlds and snapshots, for `mtop diff`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from mtop_core.api import App, ConfigError, ShapeError, mapping, text

_NAME = {"type": "string", "minLength": 1}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "additionalProperties": False,
        "minProperties": 1,
        "properties": {
            "context": _NAME, "kubeconfig": _NAME, "namespace": _NAME, "world": _NAME, "snapshot": _NAME,
        },
    },
}  # fmt: skip


def environment(app: App, name: str) -> Mapping[str, str] | None:
    """What `.ldconfig` says of an environment, None where it knows none of that name."""
    section = app.config.section("environments")
    if name not in section:
        return None
    try:
        found = mapping(section, name)
        known = {key: text(found, key) for key in SCHEMA["additionalProperties"]["properties"]}
    except ShapeError as error:
        raise ConfigError(f"{app.config.place(('environments', name))}: {error.message}", _CHECK) from None
    if sum(bool(known[key]) for key in ("context", "world", "snapshot")) > 1:
        place = app.config.place(("environments", name))
        raise ConfigError(f"{place}: an environment is a context, a world or a snapshot, not several", _CHECK)
    return {key: _beside(app.config.path, value) if key in _PATHS else value for key, value in known.items()}


def _beside(config: str, value: str) -> str:
    """A path of a configuration file, from where the file is; as it stands where there is nothing beside the file."""
    path = os.path.join(os.path.dirname(config), value)
    return path if value and "://" not in value and os.path.lexists(path) else value


def environments(app: App) -> list[str]:
    """The names of all environments."""
    return sorted(app.config.section("environments"))


_PATHS = ("kubeconfig", "world", "snapshot")
_CHECK = "mtop config validate checks the whole file"
