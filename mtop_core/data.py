"""Where the files that ship with mtop lie: mock worlds, schemas and the plugin template."""

from __future__ import annotations

from pathlib import Path

_PACKAGED = Path(__file__).parent / "_data"
_CHECKOUT = Path(__file__).parent.parent


def data_path(name: str) -> Path:
    """The folder `name` ("mocks", "schemas" or "template"), in the wheel or in a checkout."""
    packaged = _PACKAGED / name
    if packaged.is_dir():
        return packaged
    return _CHECKOUT / ("plugins/_template" if name == "template" else name)
