"""JSON and YAML: the same data for machines, never by way of formatted text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from mtop_core.objects.times import rfc3339
from mtop_core.render.result import API_VERSION, Result

# What a terminal might obey, but for the line ends of the document itself.
_UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


def document(result: Result) -> Any:
    """What `-o json` prints: the object, a List of them, or the Result itself."""
    if result.objects is not None:
        if result.single:
            return result.objects[0]
        return {"apiVersion": "v1", "kind": "List", "metadata": {}, "items": list(result.objects)}
    return {**head(result), "items": [dict(row) for row in result.rows]}


def head(result: Result) -> dict[str, Any]:
    """The Result without its rows."""
    found: dict[str, Any] = {"apiVersion": API_VERSION, "kind": result.kind}
    if result.source is not None:
        mode, name, time = result.source
        found["source"] = {"mode": mode, "name": name, "time": rfc3339(time)}
    found["gaps"] = [{"resource": gap.resource, "reason": gap.reason} for gap in result.gaps]
    found["notes"] = list(result.notes)
    found["errors"] = list(result.errors)
    return found


def as_json(value: Any, *, ascii: bool = False) -> Iterator[str]:
    """Indented JSON, the items of a list one by one so that a long one is never held twice."""
    items = value.get("items") if isinstance(value, Mapping) and len(value) > 1 else None
    if not isinstance(items, list) or not items:
        yield _json(value, "", ascii) + "\n"
        return
    rest = {key: part for key, part in value.items() if key != "items"}
    opening = _json(rest, "", ascii).rpartition("\n")[0]
    yield f'{opening},\n    "items": [\n'
    for number, item in enumerate(items, 1):
        yield f"        {_json(item, '        ', ascii)}{',' if number < len(items) else ''}\n"
    yield "    ]\n}\n"


def _json(value: Any, indent: str, ascii: bool) -> str:
    text = json.dumps(value, indent=4, ensure_ascii=ascii)
    if indent:
        text = text.replace("\n", "\n" + indent)
    return escaped(text)


def escaped(text: str) -> str:
    """JSON text with what a terminal might obey as \\u escapes, which mean the same."""
    return _UNSAFE.sub(_escape, text) if not text.isascii() or "\x7f" in text else text


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match.group()):04x}"


def as_yaml(value: Any, *, ascii: bool = False) -> str:
    """YAML in the order of the data; all but ASCII is escaped where asked, or a control character hides in it."""
    text = _yaml(value, unicode=not ascii)
    return _yaml(value, unicode=False) if _UNSAFE.search(text) else text


def _yaml(value: Any, *, unicode: bool) -> str:
    import yaml

    from mtop_core.providers.yamltext import scalar

    class Dumper(yaml.CSafeDumper):
        """Repeats what is shared: an alias in the output would be one more thing to know."""

        def ignore_aliases(self, data: Any) -> bool:
            """Always."""
            return True

    def text(dumper: Any, data: str) -> Any:
        # PyYAML leaves some texts bare that Kubernetes reads as a number or a boolean, such as 1e3 and y
        style = "'" if scalar(data) != data else "|" if "\n" in data else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", data, style)

    Dumper.add_representer(str, text)
    dumped: str = yaml.dump(
        value, Dumper=Dumper, sort_keys=False, allow_unicode=unicode, width=2**31 - 1, default_flow_style=False
    )
    return dumped
