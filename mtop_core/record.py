"""Records: what NamedTuple offers, without the code it generates and compiles for every class at every start.

Two dozen named tuples cost a command a third of bare Python's own start-up time; these cost nothing
that can be measured. Type checkers see them as frozen dataclasses.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Self, dataclass_transform


@dataclass_transform(frozen_default=True, eq_default=True)
class Record:
    """Fields by annotation, in order, with class attributes as defaults; immutable, compared by value."""

    _fields: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        cls._fields = tuple(cls.__annotations__)

    def __init__(self, *values: Any, **named: Any) -> None:
        self.__dict__.update(zip(self._fields, values))  # noqa: B905 - what does not fit is told below
        if named or len(values) != len(self._fields):
            self._complete(values, named)

    def _complete(self, values: tuple[Any, ...], named: dict[str, Any]) -> None:
        """Fills in defaults; raises TypeError for what does not fit."""
        name, own = type(self).__name__, self.__dict__
        own.update(named)
        if len(values) > len(self._fields):
            raise TypeError(f"{name} takes {len(self._fields)} values, got {len(values)}")
        if twice := sorted(set(self._fields[: len(values)]) & named.keys()):
            raise TypeError(f"{name} got {', '.join(twice)} twice")
        if unknown := sorted(own.keys() - set(self._fields)):
            raise TypeError(f"{name} has no field {', '.join(unknown)}")
        for field in self._fields:
            if field not in own:
                if not hasattr(type(self), field):
                    raise TypeError(f"{name} lacks {field}")
                own[field] = getattr(type(self), field)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable")

    def __iter__(self) -> Iterator[Any]:
        own = self.__dict__
        return (own[field] for field in self._fields)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Record):
            return type(self) is type(other) and self.__dict__ == other.__dict__
        return NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        inside = ", ".join(f"{field}={value!r}" for field, value in zip(self._fields, self, strict=True))
        return f"{type(self).__name__}({inside})"

    def replaced(self, **changes: Any) -> Self:
        """The same record with some fields changed."""
        return type(self)(**{**self.as_dict(), **changes})

    def as_dict(self) -> dict[str, Any]:
        """The fields by name, in order."""
        return dict(zip(self._fields, self, strict=True))
