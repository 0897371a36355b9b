"""Where the files that ship with mtop lie: mock worlds, schemas and the plugin template.

Paths here are text: importing pathlib would cost every command a third of bare Python's start.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_HERE = os.path.dirname(os.path.abspath(__file__))


def data_folder(name: str) -> str:
    """The folder `name` ("mocks", "schemas" or "template"), in the wheel or in a checkout."""
    packaged = os.path.join(_HERE, "_data", name)
    if os.path.isdir(packaged):
        return packaged
    in_checkout = os.path.join("plugins", "_template") if name == "template" else name
    return os.path.join(os.path.dirname(_HERE), in_checkout)


def data_path(name: str) -> Path:
    """The same as a Path."""
    from pathlib import Path

    return Path(data_folder(name))
