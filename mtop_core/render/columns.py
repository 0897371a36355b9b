"""kubectl's `-o custom-columns=NAME:.path,...`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from mtop_core.errors import UsageError
from mtop_core.objects.text import plain
from mtop_core.render.jsonpath import Path, relaxed
from mtop_core.render.result import Column
from mtop_core.render.table import table
from mtop_core.render.values import as_cell


def custom_columns(template: str, items: Sequence[Any], *, header: bool) -> Iterator[str]:
    """The lines of the table, `<none>` where a path leads nowhere; UsageError for a malformed template."""
    wanted = columns_of(template)
    columns = [Column(str(number), name) for number, (name, _) in enumerate(wanted)]
    rows = [{str(number): _cell(path.find(item)) for number, (_, path) in enumerate(wanted)} for item in items]
    yield from (line + "\n" for line in table(columns, rows, header=header))


def columns_of(template: str) -> list[tuple[str, Path]]:
    """Heading and path of each column; UsageError where a part is not NAME:PATH."""
    return [_column(part) for part in _parts(template)]


def _column(part: str) -> tuple[str, Path]:
    name, colon, path = part.partition(":")
    if not colon or not path:
        raise UsageError(f'custom-columns: "{plain(part)}" is not NAME:PATH', "write NAME:.metadata.name,...")
    return plain(name), relaxed(path)


def _parts(template: str) -> list[str]:
    if "\n" in template.strip() or ":" not in template:  # a file: headings on one line, paths on the next
        lines = [line.split() for line in template.splitlines() if line.strip()]
        if len(lines) == 2 and len(lines[0]) == len(lines[1]):
            return [f"{name}:{path}" for name, path in zip(*lines, strict=True)]
    return re.split(r",(?![^\[(]*[\])])", template)


def _cell(values: list[Any]) -> str:
    return ",".join(map(as_cell, values)) or "<none>"
