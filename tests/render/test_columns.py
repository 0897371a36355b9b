"""`-o custom-columns`: a table that kubectl wrote, the same against kubectl itself, and where mtop differs."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from mtop_core.errors import UsageError
from mtop_core.render.columns import custom_columns
from tests.render import kubectl

GOLDEN = Path(__file__).parent / "golden" / "columns.json"
ITEMS: list[dict[str, Any]] = [
    {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "beta", "namespace": "default", "labels": {"a.b/c": "dot"}, "annotations": {"x": "<&>"}},
        "spec": {
            "nothing": None,
            "mixed": [1, 2.5, True, None, {"b": "c"}, ["q"], "s"],
            "fraction": 1.5,
            "huge": 1e30,
            "tiny": 1e-7,
            "negative": -3,
            "map": {"b": 1, "a": {"x": [1, 2]}},
            "empty": {},
            "none": [],
            "blank": "",
            "off": False,
            "conditions": [{"type": "Ready", "status": "True"}, {"type": "Other", "status": "False"}],
        },
    },
    {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "alpha", "namespace": "default"}, "spec": {"n": 1}},
]
CASES = [
    "NAME:.metadata.name", "N:metadata.name,K:.kind", "N:{.metadata.name},K:{kind}", "NAME:.metadata.name,X:.spec.nope",
    "N:.metadata.name,M:.spec.map,L:.spec.mixed,X:.spec.nothing", "F:.spec.fraction,H:.spec.huge,T:.spec.tiny",
    "E:.spec.empty,O:.spec.none,G:.spec.off,N:.spec.negative", "C:.spec.conditions[*].type,N:.metadata.name",
    'R:.spec.conditions[?(@.type=="Ready")].status,N:.metadata.name', "L:.spec.mixed[-1],M:.spec.mixed[0:2]",
    r"L:.metadata.labels.a\.b/c,N:.metadata.name", r"L:.metadata.labels['a\.b/c']", "A B:.metadata.name,C:.kind",
    ":.metadata.name", "A:.metadata..name", "A:.spec.map['a']", "A:.metadata.annotations",
    "LONGER-THAN-ALL:.kind,N:.kind",
    "NAME", "A:.metadata.name,", ",A:.metadata.name", "A:{.metadata.name", "A:.metadata.name}", "A:.spec.mixed[",
    "A:.spec.mixed[99]",
]  # fmt: skip


def answer(spec: str) -> str | None:
    try:
        return "".join(custom_columns(spec, ITEMS, header=True))
    except UsageError as error:
        refused(error)
    return None


def refused(error: UsageError) -> None:
    """Holds an error to one printable line."""
    assert error.exit_code == 2
    assert error.message.isprintable()


@pytest.mark.parametrize("spec", CASES)
def test_as_kubectl_wrote_it_down(spec: str) -> None:
    assert answer(spec) == json.loads(GOLDEN.read_text(encoding="utf-8"))[spec]


@pytest.mark.skipif(kubectl.KUBECTL is None, reason="kubectl is not installed: nothing to compare with")
def test_as_kubectl_answers_now(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with kubectl.server(ITEMS) as url, ThreadPoolExecutor(4) as pool:
        kubectl.listed(url, tmp_path, "name")  # fills the cache of what the server has
        specs = [f"custom-columns={case}" for case in CASES]
        theirs = dict(zip(CASES, pool.map(lambda spec: kubectl.listed(url, tmp_path, spec), specs), strict=True))
    if os.environ.get("MTOP_UPDATE_GOLDEN"):
        GOLDEN.write_text(json.dumps(theirs, indent=1) + "\n", encoding="utf-8")
    assert {case: answer(case) for case in CASES} == theirs


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        # kubectl cuts at every comma
        ("N:.metadata.name,L:.spec.mixed[0,1]", "N       L\nbeta    1,2.5\nalpha   <none>\n"),
        ("A:", None),  # kubectl shows a column of <none>
    ],
)
def test_where_it_is_kinder_than_kubectl(spec: str, expected: str | None) -> None:
    assert answer(spec) == expected


def test_a_file_names_headings_and_paths() -> None:
    assert answer("NAME      KIND\n.metadata.name   .kind\n") == "NAME    KIND\nbeta    ConfigMap\nalpha   ConfigMap\n"
    assert answer("NAME KIND\n.metadata.name\n") is None


def test_hostile_cells_and_headings() -> None:
    item = {"metadata": {"name": "a\x1b[31m\x9b\u202e\nb"}, "map": {"\x1bk": "\x07"}}
    shown = "".join(custom_columns("N\x1b:.metadata.name,M:.map", [item], header=True))
    assert shown == "N\\x1b                   M\na\\x1b[31m\\x9b\\u202e b   map[\\x1bk:\\x07]\n"
