"""Names of container images."""

from __future__ import annotations

from collections.abc import Collection

MOVING = ("latest",)


def tag_of(image: str) -> str:
    """What pins an image: its digest, else its tag, empty where it has neither."""
    name, _, digest = image.partition("@")
    return digest or name.rpartition("/")[2].partition(":")[2]


def is_mutable(image: str, moving: Collection[str] = MOVING) -> bool:
    """Whether the same image name can mean another image tomorrow."""
    return tag_of(image) in ("", *moving)
