"""The schemas: loaded, with their references resolved, and ready for use."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

from mtop_core.data import data_path
from mtop_core.schema.keywords import validator_type
from mtop_core.schema.problem import Path


class Compiled:
    """A schema ready for use, and where its fields are."""

    def __init__(self, body: dict[str, Any]) -> None:
        self.body = body
        self.validator = validator_type()(body)

    def places(self, name: str) -> list[Path]:
        """Where a field of this name exists, list items as a step "[]"."""
        if not hasattr(self, "_places"):
            self._places: dict[str, list[Path]] = {}
            for path in _field_paths(self.body, ()):
                self._places.setdefault(str(path[-1]), []).append(path)
        return self._places.get(name, [])


def compiled(schema: str | Mapping[str, Any]) -> Compiled:
    """A schema by its name in schemas/, or a schema as it is."""
    return _named(schema) if isinstance(schema, str) else _given(json.dumps(schema, default=dict))


@cache
def _named(name: str) -> Compiled:
    return Compiled(_Inliner().whole(name))


@lru_cache(maxsize=32)
def _given(text: str) -> Compiled:
    return Compiled(json.loads(text))


@cache
def _file(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((data_path("schemas") / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


class _Inliner:
    """Puts the referenced objects in the place of `$ref`: to look them up is slow.

    A definition that leads back to itself would never end: there the reference stays, and the definition
    stands in `$defs` of the whole schema.
    """

    def __init__(self) -> None:
        self._made: dict[str, dict[str, Any] | None] = {}  # by name of file and definition; None: being made
        self._recursive: set[str] = set()

    def whole(self, name: str) -> dict[str, Any]:
        """The schema of one file, with all that it needs from this and other files."""
        body: dict[str, Any] = self._inlined(_file(name), name)
        return body | {"$defs": {id_: self._made[id_] for id_ in self._recursive}} if self._recursive else body

    def _inlined(self, node: Any, name: str) -> Any:
        if isinstance(node, list):
            return [self._inlined(item, name) for item in node]
        if not isinstance(node, dict):
            return node
        made = {key: self._inlined(value, name) for key, value in node.items() if key not in ("$ref", "$defs")}
        if isinstance(node.get("$ref"), str):
            file, _, key = node["$ref"].partition("#/$defs/")
            return self._definition(file.removesuffix(".json") or name, key) | made
        return made

    def _definition(self, name: str, key: str) -> dict[str, Any]:
        id_ = f"{name}:{key}"
        if id_ not in self._made:
            self._made[id_] = None
            self._made[id_] = self._inlined(_file(name)["$defs"][key], name)
        made = self._made[id_]
        if made is None:
            self._recursive.add(id_)
            return {"$ref": f"#/$defs/{id_}"}
        return made


def _field_paths(node: Any, path: Path) -> Iterator[Path]:
    if not isinstance(node, dict):
        return
    for name, child in node.get("properties", {}).items():
        if not path and name == "status":
            continue  # nobody writes a status
        yield (*path, name)
        yield from _field_paths(child, (*path, name))
    yield from _field_paths(node.get("items"), (*path, "[]"))
