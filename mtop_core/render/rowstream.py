"""A RowStream said in the form asked for, a few rows at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from mtop_core.errors import UsageError
from mtop_core.objects.text import plain
from mtop_core.render.output import Output
from mtop_core.render.result import Result, Row, RowStream

_BATCH = 200  # rows that share one width of columns, as far as they are wide enough for it


def said(stream: RowStream, output: Output) -> Iterator[str]:
    """The pieces of the answer; UsageError for a form or a flag that needs all rows at once."""
    form = output.form
    if output.sort_by:
        raise UsageError("--sort-by does not go with rows that come one by one")
    if form in ("table", "wide"):
        return _table(stream, output)
    if form == "json":
        return _json(stream, output)
    if form == "yaml":
        return _yaml(stream, output)
    if form == "csv":
        return _csv(stream, output)
    if form == "custom-columns":
        return _custom(stream, output)
    raise UsageError(f"-o {form} does not go with this command", "use table, wide, json, yaml, csv or custom-columns")


def _batches(rows: Iterator[Row], size: int = _BATCH) -> Iterator[list[Row]]:
    while batch := list(islice(rows, size)):
        yield batch


def _table(stream: RowStream, output: Output) -> Iterator[str]:
    from mtop_core.render.table import table

    columns = [column for column in stream.columns if output.form == "wide" or not column.wide]
    widths: list[int] = []
    header = output.header
    for batch in _batches(stream.rows):
        lines = table(columns, batch, header=header, colour=output.colour, width=output.width, widths=widths)
        yield from (f"{line}\n" for line in lines)
        header = False
    last = "".join(f"{plain(line)}\n" for line in stream.last())
    if last:
        yield f"\n{last}"


def _json(stream: RowStream, output: Output) -> Iterator[str]:
    from mtop_core.render.structured import as_json

    opening = "".join(as_json(_head(stream), ascii=output.ascii)).rpartition("\n}")[0]
    yield f'{opening},\n    "items": ['
    before = "\n"
    for row in stream.rows:
        item = "".join(as_json(dict(row), ascii=output.ascii)).rstrip("\n").replace("\n", "\n        ")
        yield f"{before}        {item}"
        before = ",\n"
    rest = "".join(as_json(dict(stream.total()), ascii=output.ascii)).strip()
    more = "," + rest[1:-1].rstrip("\n") if len(rest) > 2 else ""
    yield f"\n    ]{more}\n}}\n"


def _yaml(stream: RowStream, output: Output) -> Iterator[str]:
    from mtop_core.render.structured import as_yaml

    yield as_yaml(_head(stream), ascii=output.ascii)
    first = True
    for batch in _batches(stream.rows, 20):
        yield ("items:\n" if first else "") + as_yaml([dict(row) for row in batch], ascii=output.ascii)
        first = False
    if first:
        yield "items: []\n"
    if total := dict(stream.total()):
        yield as_yaml(total, ascii=output.ascii)


def _csv(stream: RowStream, output: Output) -> Iterator[str]:
    from mtop_core.render.csvtext import csv_lines

    keys = list(dict.fromkeys(column.key for column in stream.columns))
    return csv_lines(keys, stream.rows, header=output.header)


def _custom(stream: RowStream, output: Output) -> Iterator[str]:
    from mtop_core.render.columns import custom_columns

    yield from custom_columns(output.template, list(stream.rows), header=output.header)


def _head(stream: RowStream) -> Mapping[str, Any]:
    from mtop_core.render.structured import head

    return head(Result(stream.kind, source=stream.source, notes=_notes(stream.notes)))


def _notes(notes: Sequence[str]) -> list[str]:
    return list(notes)
