"""What an API server made of an object: the differences between what was written and what is read.

A server says some things in its own words, and these are no differences: a quantity in its canonical form, and an
empty list or a zero as nothing at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from mtop_core.objects.quantity import parse_quantity
from tests.live.worlds import SERVER_SIDE

_QUANTITIES = ("capacity", "allocatable", "requests", "limits", "hard", "used")


class Difference(NamedTuple):
    """One field, what was written there and what is read; None is an absent field."""

    path: str
    written: Any
    read: Any


def differences(written: Mapping[str, Any], read: Mapping[str, Any]) -> list[Difference]:
    """Every field in which an object read from a server differs from the one written."""
    return list(_differences(_plain(written), _plain(read), ""))


def _plain(obj: Mapping[str, Any]) -> dict[str, Any]:
    meta = {key: value for key, value in obj["metadata"].items() if key not in SERVER_SIDE}
    return {**obj, "metadata": meta}


def _differences(written: Any, read: Any, path: str) -> Iterator[Difference]:
    if isinstance(written, dict) and isinstance(read, dict):
        amounts = path.rpartition(".")[2] in _QUANTITIES
        for key in sorted(written.keys() | read.keys()):
            one, other = written.get(key), read.get(key)
            if not (amounts and _amount(one) == _amount(other)):
                yield from _differences(one, other, f"{path}.{key}")
    elif isinstance(written, list) and isinstance(read, list) and len(written) == len(read):
        for index, (one, other) in enumerate(zip(written, read, strict=True)):
            yield from _differences(one, other, f"{path}[{index}]")
    elif written != read and not (read is None and not written):
        yield Difference(path, written, read)


def _amount(value: Any) -> object:
    amount = parse_quantity(value)
    return value if amount is None else amount
