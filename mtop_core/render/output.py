"""The `-o` flag: what was asked for, and a Result said that way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from mtop_core.errors import UsageError
from mtop_core.objects.refs import full_name
from mtop_core.objects.text import plain, safe
from mtop_core.render.result import Column, Result, Row

FORMS = ("table", "wide", "json", "yaml", "name", "jsonpath=...", "custom-columns=...")


class Output(NamedTuple):
    """A parsed `-o`: the form, its template (of jsonpath and custom-columns), and how a table is trimmed."""

    form: str = "table"
    template: str = ""
    header: bool = True
    sort_by: str = ""
    width: int = 0
    colour: bool = False


def parse_output(words: str) -> tuple[str, str]:
    """Form and template of an `-o` value; raises UsageError that lists what there is."""
    form, equals, template = words.partition("=")
    if form in ("table", "wide", "json", "yaml", "name") and not equals:
        return form, ""
    if form in ("jsonpath", "custom-columns") and template:
        return form, template
    if form in ("jsonpath-file", "custom-columns-file") and template:
        return form.removesuffix("-file"), _template_file(template)
    if form.startswith("go-template") or form == "template":
        raise UsageError("-o go-template is not supported", "use -o jsonpath=... or -o json with jq")
    raise UsageError(f'-o "{plain(words)}" is no output format', f"there are: {', '.join(FORMS)}")


def _template_file(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as stream:
            return stream.read(1 << 20).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{plain(path)}: the template cannot be read ({type(error).__name__})") from None


def said(result: Result, output: Output) -> Iterator[str]:
    """A Result in the form asked for, piece by piece; raises UsageError for a malformed template."""
    if result.text:
        yield result.text
        return
    form = output.form
    if form in ("table", "wide"):
        yield from _table(result, output)
        return
    from mtop_core.render import structured

    if form == "json":
        yield from structured.as_json(_sorted_document(result, output))
    elif form == "yaml":
        yield structured.as_yaml(_sorted_document(result, output))
    elif form == "name":
        yield from (f"{name}\n" for name in _names(result))
    else:
        yield from _templated(result, output)


def _table(result: Result, output: Output) -> Iterator[str]:
    from mtop_core.render.table import table

    if result.line:
        for row in result.rows:
            yield plain(result.line.format_map(row)) + "\n"
        return
    columns = [column for column in result.columns if output.form == "wide" or not column.wide]
    rows = sorted_rows(result, output.sort_by)
    if rows:
        lines = table(columns, rows, header=output.header, width=output.width, colour=output.colour)
        yield from (line + "\n" for line in lines)


def sorted_rows(result: Result, sort_by: str) -> list[Row]:
    """The rows by the column or JSONPath asked for, values that are absent first."""
    rows = list(result.rows)
    if not sort_by:
        return rows
    column = next((c for c in result.columns if sort_by.lower() in (c.key.lower(), c.header.lower())), None)
    if column is not None:
        return sorted(rows, key=lambda row: _sortable(_sort_value(column, row)))
    from mtop_core.render.jsonpath import relaxed

    path = relaxed(sort_by)
    holders: Sequence[Any] = result.objects if result.objects is not None else rows
    pairs = sorted(zip(holders, rows, strict=True), key=lambda pair: _sortable(next(iter(path.find(pair[0])), None)))
    return [row for _, row in pairs]


def _sort_value(column: Column, row: Row) -> Any:
    value = row[column.key]
    return column.sort(value) if column.sort else value


def _sortable(value: Any) -> tuple[int, Any]:
    """A key that orders values of one type by value and mixed types by type."""
    from mtop_core.objects.quantity import parse_quantity

    if value is None or value == "":
        return (0, 0)
    if isinstance(value, tuple):
        return (1, value)
    amount = parse_quantity(value)
    return (2, amount) if amount is not None else (3, str(value))


def _sorted_document(result: Result, output: Output) -> Any:
    from mtop_core.render.structured import document

    if output.sort_by and result.objects is None:
        result.rows = sorted_rows(result, output.sort_by)
    return document(result)


def _names(result: Result) -> Iterator[str]:
    if result.objects is not None:
        return (full_name(obj) for obj in result.objects)
    if result.names is None:
        raise UsageError("-o name goes with commands that answer with objects")
    name = result.names
    return (plain(name(row)) for row in result.rows)


def _templated(result: Result, output: Output) -> Iterator[str]:
    from mtop_core.render.jsonpath import Template, custom_columns
    from mtop_core.render.structured import document

    whole = _sorted_document(result, output) if output.form == "jsonpath" else document(result)
    if output.form == "jsonpath":
        yield safe(Template(output.template).render(whole))
        return
    several = isinstance(whole, dict) and isinstance(whole.get("items"), list)
    yield from custom_columns(output.template, whole["items"] if several else [whole], header=output.header)
