"""JSON and YAML: complete, safe to print, and the same data."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mtop_core.inventory import Gap
from mtop_core.objects.kinds import POD
from mtop_core.providers.base import Source
from mtop_core.render.result import Result
from mtop_core.render.structured import as_json, as_yaml, document

HOSTILE = "\x00\x07\x1b[31m\x7f\x80\x9b\x9f\u061c\u200b\u200e\u2028\u2029\u202e\u2066\ufeff \t\r é 模 🚀"
RAW = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
LOOKS_LIKE = [
    "1", "1.5", "0x1f", "0o17", "017", "1e3", "1_000", "true", "no", "Off", "null", "~", "", "2026-01-31",
    "2026-10-12T09:30:00Z", "12:30:45", "=", "<<", "- a", "a: b", "#x", "&a", "*a", "!t", "%x", "@x", "`x`", "'", '"',
    " lead", "trail ", "a\nb", "a\n\nb\n", "\n", ".inf", ".NaN", "yes", "y", "[", "{", "|", ">", "?", "---", "...",
]  # fmt: skip

text = st.text(st.characters(codec="utf-8")) | st.sampled_from(LOOKS_LIKE)
numbers = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | numbers
values = st.recursive(
    scalars | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=12,
)


def as_text(value: Any) -> str:
    return "".join(as_json(value))


@given(values)
def test_json_says_the_value(value: Any) -> None:
    shown = as_text(value)
    assert json.loads(shown) == value
    assert not RAW.search(shown)


@given(st.dictionaries(st.sampled_from(["a", "kind", "z"]), values, max_size=3), st.lists(values, max_size=3),
       st.booleans())  # fmt: skip
def test_a_list_piece_by_piece_is_the_list_at_once(rest: dict[str, Any], items: list[Any], first: bool) -> None:
    value = {"items": items, **rest} if first else {**rest, "items": items}
    shown = as_text(value)
    assert json.loads(shown) == value
    ordered = {**{key: part for key, part in value.items() if key != "items"}, "items": items}
    if items and not RAW.search(json.dumps(ordered, ensure_ascii=False)):
        assert shown == json.dumps(ordered, ensure_ascii=False, indent=4) + "\n"


def test_the_items_come_one_by_one() -> None:
    pieces = list(as_json({"kind": "List", "items": [{"n": number} for number in range(100)]}))
    assert max(map(len, pieces)) < 80
    assert len(pieces) == 102


@given(values)
def test_yaml_says_the_value(value: Any) -> None:
    shown = as_yaml(value)
    assert yaml.safe_load(shown) == value
    assert not RAW.search(shown)


@pytest.mark.parametrize("word", LOOKS_LIKE)
def test_text_that_looks_like_something_else_stays_text(word: str) -> None:
    assert yaml.safe_load(as_yaml({word: [word]})) == {word: [word]}


def test_hostile_text_is_escaped_and_means_the_same() -> None:
    value = {HOSTILE: [HOSTILE]}
    assert not RAW.search(as_text(value))
    assert not RAW.search(as_yaml(value))
    assert json.loads(as_text(value)) == yaml.safe_load(as_yaml(value)) == value


def test_what_is_harmless_is_readable() -> None:
    value = {"größe": "模型"}
    assert as_text(value) == '{\n    "größe": "模型"\n}\n'
    assert as_yaml(value) == "größe: 模型\n"


def test_what_is_shared_is_repeated() -> None:
    shared = {"cpu": "1"}
    assert as_yaml({"a": shared, "b": [shared, shared]}) == "a:\n  cpu: '1'\nb:\n- cpu: '1'\n- cpu: '1'\n"


def test_long_text_is_not_folded() -> None:
    line = "word " * 1000
    assert as_yaml({"a": line.strip()}).count("\n") == 1


def test_documents() -> None:
    at = datetime(2026, 10, 12, 9, 30, tzinfo=UTC)
    result = Result("Things", rows=[{"a": 1}], source=Source("mock", "w", at), gaps=[Gap(POD, "forbidden")],
                    notes=("n",), errors=("e",))  # fmt: skip
    assert document(result) == {
        "apiVersion": "mtop.dev/v1alpha1",
        "kind": "Things",
        "source": {"mode": "mock", "name": "w", "time": "2026-10-12T09:30:00Z"},
        "gaps": [{"resource": "pods", "reason": "forbidden"}],
        "notes": ["n"],
        "errors": ["e"],
        "items": [{"a": 1}],
    }
    assert "source" not in document(Result("Things"))
    assert document(Result("Things", objects=[{"a": 1}], single=True)) == {"a": 1}
    assert document(Result("Things", objects=[{"a": 1}])) == {
        "apiVersion": "v1", "kind": "List", "metadata": {}, "items": [{"a": 1}],
    }  # fmt: skip
