"""The `-o` flag: what was asked for, and a Result said that way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mtop_core.errors import UsageError
from mtop_core.objects.refs import full_name
from mtop_core.objects.text import plain, safe
from mtop_core.record import Record
from mtop_core.render.result import Column, Result, Row

FORMS = ("table", "wide", "json", "yaml", "csv", "name", "jsonpath=...", "custom-columns=...")


class Output(Record):
    """A parsed `-o`: the form, its template (of jsonpath and custom-columns), and how a table is trimmed.

    `ascii` spells every other character out in JSON and YAML, for a stream that lacks them.
    """

    form: str = "table"
    template: str = ""
    header: bool = True
    sort_by: str = ""
    width: int = 0
    colour: bool = False
    ascii: bool = False


def parse_output(words: str) -> tuple[str, str]:
    """Form and template of an `-o` value; raises UsageError that lists what there is."""
    form, equals, template = words.partition("=")
    if form in ("table", "wide", "json", "yaml", "csv", "name") and not equals:
        return form, ""
    if form in ("jsonpath-file", "custom-columns-file") and template:
        form, template = form.removesuffix("-file"), _template_file(template)
    if form in ("jsonpath", "custom-columns") and template:
        _check_template(form, template)
        return form, template
    if form.startswith("go-template") or form == "template":
        raise UsageError("-o go-template is not supported", "use -o jsonpath=... or -o json with jq")
    raise UsageError(f'-o "{plain(words)}" is no output format', f"there are: {', '.join(FORMS)}")


def _check_template(form: str, template: str) -> None:
    """Raises UsageError for a malformed template now: after the command ran it would be too late."""
    if form == "jsonpath":
        from mtop_core.render.jsonpath import Template

        Template(template)
    else:
        from mtop_core.render.columns import columns_of

        columns_of(template)


def check_sort(sort_by: str) -> None:
    """Raises UsageError for a `--sort-by` that can be neither a column nor a path."""
    if not sort_by.replace("-", "").isalnum():
        from mtop_core.render.jsonpath import relaxed

        relaxed(sort_by)


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
    if result.pages is not None:
        yield from result.pages
        return
    form = output.form
    if output.sort_by:
        sort(result, output.sort_by)
    if form in ("table", "wide"):
        yield from _table(result, output)
        return
    from mtop_core.render import structured

    if form == "json":
        yield from structured.as_json(structured.document(result), ascii=output.ascii)
    elif form == "yaml":
        yield structured.as_yaml(structured.document(result), ascii=output.ascii)
    elif form == "csv":
        from mtop_core.render.csvtext import csv_lines

        keys = list(dict.fromkeys(column.key for column in result.columns))
        yield from csv_lines(keys, result.rows, header=output.header)
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
    if result.rows:
        lines = table(columns, list(result.rows), header=output.header, width=output.width, colour=output.colour)
        yield from (line + "\n" for line in lines)


def sort(result: Result, sort_by: str) -> None:
    """Sorts a Result by a column or a JSONPath, what is absent first; UsageError for a path to nothing."""
    rows = list(result.rows)
    holders = list(result.objects) if result.objects is not None else rows
    columns = [column for column in result.columns if all(column.key in row for row in rows)]
    values = _by_column(columns, rows, sort_by) or _by_path([c.key for c in columns], holders, sort_by)
    order = sorted(range(len(rows)), key=lambda at: _sortable(values[at]))
    result.rows = [rows[at] for at in order]
    if result.objects is not None:
        result.objects = [holders[at] for at in order]


def _by_column(columns: Sequence[Column], rows: Sequence[Row], name: str) -> list[Any]:
    """What to sort by where `name` is a column of these rows, nothing where it is none."""
    column = next((c for c in columns if name.lower() in (c.key.lower(), c.header.lower())), None)
    return [] if column is None else [_sort_value(column, row) for row in rows]


def _by_path(columns: Sequence[str], holders: Sequence[Mapping[str, Any]], path: str) -> list[Any]:
    from mtop_core.render.jsonpath import relaxed

    found = [relaxed(path).find(holder) for holder in holders]
    if found and not any(found):
        raise UsageError(f'--sort-by: nothing here has "{plain(path)}"', f"there are: {', '.join(columns)}")
    return [next(iter(values), None) for values in found]


def _sort_value(column: Column, row: Row) -> Any:
    value = row[column.key]
    return column.sort(value) if column.sort else value


def _sortable(value: Any) -> tuple[int, Any]:
    """A key that orders values of one type by value and mixed types by type."""
    from mtop_core.objects.quantity import parse_quantity

    if value is None or value in ("", []):
        return (0, 0)
    if isinstance(value, tuple):
        return (1, value)
    amount = parse_quantity(value)
    return (2, amount) if amount is not None else (3, str(value))


def _names(result: Result) -> Iterator[str]:
    if result.objects is not None:
        return (full_name(obj) for obj in result.objects)
    if result.names is None:
        raise UsageError("-o name goes with commands that answer with objects")
    name = result.names
    return (plain(name(row)) for row in result.rows)


def _templated(result: Result, output: Output) -> Iterator[str]:
    from mtop_core.render.structured import document

    whole = document(result)
    if output.form == "jsonpath":
        from mtop_core.render.jsonpath import Template

        yield safe(Template(output.template).render(whole))
        return
    from mtop_core.render.columns import custom_columns

    several = isinstance(whole, dict) and isinstance(whole.get("items"), list)
    yield from custom_columns(output.template, whole["items"] if several else [whole], header=output.header)
