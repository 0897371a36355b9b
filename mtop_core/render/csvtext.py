"""Rows as comma-separated values: raw, one line each, for spreadsheets and programs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from mtop_core.objects.text import safe
from mtop_core.render.result import Row


def csv_lines(keys: Sequence[str], rows: Iterable[Row], *, header: bool = True) -> Iterator[str]:
    """The lines of some keys of every row; lists and mappings are JSON, what is absent is empty."""
    if header:
        yield _line(keys)
    for row in rows:
        yield _line([_cell(row.get(key)) for key in keys])


def _line(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return safe(value)
    return safe(json.dumps(value, ensure_ascii=False))
