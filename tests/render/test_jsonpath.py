"""JSONPath templates: a table that kubectl wrote, the same against kubectl itself, and where mtop differs."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtop_core.errors import UsageError
from mtop_core.render.jsonpath import MAX_TEMPLATE, Template, relaxed
from tests.render import kubectl

GOLDEN = Path(__file__).parent / "golden" / "jsonpath.json"
# Mappings have one key where a template walks over their values: Go walks over them in any order.
OBJECT: dict[str, Any] = {
    "apiVersion": "serving.kserve.io/v1alpha2",
    "kind": "LLMInferenceService",
    "metadata": {
        "name": "llama",
        "namespace": "chat",
        "labels": {"app.kubernetes.io/name": "llama", "tier": "a b"},
        "annotations": {"html": "<a href=\"x\">&</a>", "lines": "one\ntwo\tthree"},
    },
    "spec": {
        "replicas": 3,
        "zero": 0,
        "negative": -7,
        "fraction": 2.5,
        "large": 1234567.5,
        "huge": 1e30,
        "tiny": 1e-7,
        "small": 0.0001,
        "on": True,
        "off": False,
        "nothing": None,
        "empty": {},
        "none": [],
        "blank": "",
        "text": "x<y&z",
        "mixed": [1, 2.5, True, None, {"b": "c"}, ["q"], "s"],
        "letters": ["a", "b", "c", "d", "e"],
        "nested": {"z": {"y": {"x": "deep"}}},
        "sorted": {"b": 1, "a": {"d": 2, "c": 3}},
        "dash-key": "dashed",
        "under_key": "underscored",
        "a.b/c": "dotted",
        "unicode": "größe 模型",
        "matrix": [[1, 2], [3, 4]],
        "rows": [{"r": [{"k": "1a"}, {"k": "1b"}]}, {"r": [{"k": "2a"}]}, {"r": []}],
    },
    "status": {
        "conditions": [
            {"type": "Ready", "status": "True", "n": 3, "ok": True},
            {"type": "Routes", "status": "False", "n": 10, "ok": False, "reason": "Not=Accepted"},
            {"type": "Bare"},
        ]
    },
}
CASES = [
    # fields
    "{.kind}", "{.metadata.name}", "{$.metadata.name}", "{@.metadata.name}", "{.metadata.nope}", "{.nope.nope}",
    "{.spec.dash-key}", "{.spec.under_key}", r"{.spec.a\.b/c}", r"{.metadata.labels.app\.kubernetes\.io/name}",
    r"{.metadata.labels['app\.kubernetes\.io/name']}", "{.metadata.labels['app.kubernetes.io/name']}",
    "{.metadata['name']}", "{['metadata']['name']}", "{.metadata .name}", "{ .kind }", "{.kind.name}", "{}", "{.}",
    "{@}", "{$}", "{.spec.nested.z.y.x}",
    # text around and quoted text
    "plain text", "name: {.metadata.name}!", "{.kind}/{.metadata.name}", "{.kind}{'\\n'}", '{.kind}{"\\t"}{.spec.on}',
    '{"a\\"b"}', "{'a\"b'}", "{\"it's\"}", '{"\\x41\\u00e9"}', '{"\\\\ \\n"}', "{.kind}}", "}", "{.kind 'last wins'}",
    "{''}", '{"größe"}', "{1}", "{-2.5}", "{true}", "{+3}",
    # values
    "{.spec.replicas} {.spec.zero} {.spec.negative}", "{.spec.fraction} {.spec.huge}", "{.spec.tiny} {.spec.small}",
    "{.spec.large}", "{.spec.on} {.spec.off}", "{.spec.nothing}", "[{.spec.blank}]", "{.spec.empty} {.spec.none}",
    "{.spec.mixed}", "{.spec.mixed[*]}", "{.spec.sorted}", "{.metadata.annotations}", "{.spec.text}", "{.spec}",
    "{.metadata.annotations.lines}", "{.spec.unicode}", "{.spec.matrix}", "{.status.conditions}",
    # indexes, slices, unions
    "{.spec.letters[0]}", "{.spec.letters[-1]}", "{.spec.letters[-5]}", "{.spec.letters[1:3]}", "{.spec.letters[:2]}",
    "{.spec.letters[3:]}", "{.spec.letters[-2:]}", "{.spec.letters[:-2]}", "{.spec.letters[::2]}",
    "{.spec.letters[1:4:2]}", "{.spec.letters[:]}", "{.spec.letters[]}", "{.spec.letters[2:2]}", "{.spec.letters[*]}",
    "{.spec.letters[0,2]}", "{.spec.letters[0, -1]}", "{.spec.letters[1:3,0]}", "{.spec.matrix[*][0]}",
    "{.spec.matrix[1][1]}", "{.metadata['name','namespace']}", "{.status.conditions[*]['type','status']}",
    "{.status.conditions[0,1].type}", "{['kind','apiVersion']}", "{.spec.nothing[0]}", "{.spec.nope[0]}",
    "{.spec.letters.*}", "{.spec.nested.*}", "{.spec.nested.*.*}", "{.spec.nested.z[*]}", "{.kind.nope.*}",
    # recursive descent
    "{..name}", "{..k}", "{..conditions[0].type}", "{.spec..x}", "{.spec.rows..k}", "{.spec.letters..}", "{..['k']}",
    "{.spec.nested..}", "{...name}", "{..nope}", "{..*}",
    # filters
    '{.status.conditions[?(@.type=="Ready")].status}', "{.status.conditions[?(@.type=='Ready')].status}",
    '{.status.conditions[?(@.type == "Ready")].status}', '{.status.conditions[?(@.type!="Ready")].type}',
    "{.status.conditions[?(@.n<10)].type}", "{.status.conditions[?(@.n<=10)].type}",
    "{.status.conditions[?(@.n>3)].type}", "{.status.conditions[?(@.n>=3)].type}",
    "{.status.conditions[?(@.n==3)].type}", "{.status.conditions[?(@.ok==true)].type}",
    "{.status.conditions[?(@.ok!=true)].type}", "{.status.conditions[?(@.reason)].type}",
    "{.status.conditions[?(@.nope)].type}", '{.status.conditions[?(@.reason=="Not=Accepted")].type}',
    '{.status.conditions[?("Ready"==@.type)].type}', '{.spec.letters[?(@=="c")]}', '{.spec.letters[?(@>"c")]}',
    "{.status.conditions[?(@.type==@.type)].type}", '{.spec.rows[*].r[?(@.k=="2a")].k}', "{.spec.nope[?(@.x)]}",
    "{.spec.rows[?(@.r[0].k)].r[0].k}",
    '{.status.conditions[?(@.type=="a)b")].type}',
    # ranges
    '{range .status.conditions[*]}{.type}={.status}{"\\n"}{end}', "{range .spec.letters[*]}{@}{end}",
    "{range .spec.rows[*]}{range .r[*]}{.k},{end};{end}", "{range .nope[*]}x{end}y", "a{range .spec.none}x{end}b",
    "{range .spec.matrix[*]}{[0]}-{[1]} {end}", "{range .spec.mixed[:3]}[{@}]{end}",
    "{range .metadata}{.name}{end}", "{range .spec.letters[:2]}{.}{@}{end}!", "{range .metadata.nope}{.name}{end}-",
    # refused
    "{.kind", "{", "{{.kind}}", "{.spec.letters[0}", "{.spec.letters[x]}", "{.spec.letters[9]}",
    "{.spec.letters[-9]}", "{.spec.letters[3:1]}", "{.spec.letters[0:9]}", "{.spec.letters[::0]}",
    "{.spec.letters[::-1]}", "{.kind[0]}", "{.spec[*]}", "{.spec[0]}", "{[0]}", "{.spec[?(@.x)]}",
    "{.status.conditions[?(@.n>5}", "{.status.conditions[?(@.n>5)", '{.status.conditions[?(@.n=="3")].type}',
    '{.status.conditions[?(@.type=~"R")].type}', '{.status.conditions[?(@.n=3)].type}', "{kind}", "{.a|b} {|}",
    '{"a\\qb"}', '{"open}', "{'open}", "{end}", "{.kind}{end}", "{#}", "{.spec.letters[1.5]}", "{.spec.letters[a,b]}",
    '{.status.conditions[?(@.ok<true)].type}', "{.spec.letters[?(@==1)]}", "{.spec.letters[1:2:3:4]}", "{1.2.3}",
    "{.kind\n}", "{....name}", '{.status.conditions[?(@.type=="a" && @.n==3)].type}', "{.spec.mixed[?(@==null)]}",
]  # fmt: skip


def answer(template: str) -> str | None:
    try:
        return Template(template).render(OBJECT)
    except UsageError as error:
        refused(error)
    return None


def refused(error: UsageError) -> None:
    """Holds an error to one printable line."""
    assert error.exit_code == 2
    assert error.message.isprintable()
    assert error.hint.isprintable()


def golden() -> dict[str, str | None]:
    found: dict[str, str | None] = json.loads(GOLDEN.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("template", CASES)
def test_as_kubectl_wrote_it_down(template: str) -> None:
    assert answer(template) == golden()[template]


def test_the_table_holds_these_cases() -> None:
    assert list(golden()) == list(dict.fromkeys(CASES))
    assert len(CASES) >= 60


@pytest.mark.skipif(kubectl.KUBECTL is None, reason="kubectl is not installed: nothing to compare with")
def test_as_kubectl_answers_now(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    file = tmp_path / "object.json"
    file.write_text(json.dumps(OBJECT), encoding="utf-8")
    with ThreadPoolExecutor(4) as pool:
        theirs = dict(zip(CASES, pool.map(lambda case: kubectl.templated(file, case), CASES), strict=True))
    if os.environ.get("MTOP_UPDATE_GOLDEN"):
        GOLDEN.write_text(json.dumps(theirs, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert {case: answer(case) for case in CASES} == theirs


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        (".metadata.name", "llama"),  # kubectl prints the template
        ("$.kind", "LLMInferenceService"),
        ('{.metadata["name"]}', "llama"),  # kubectl knows single quotes only
        ("{.status.conditions[?(@.n>2.5)].type}", "Ready Routes"),  # kubectl compares no integer with a fraction
        ("{range .spec.letters[*]}{@}", None),  # kubectl prints the rest once more for the whole object
        ("{range .spec.letters[*]}{@}{end .x}", None),
        ('{.status.conditions[?(@["type"]=="Ready")].type}', "Ready"),
        ("{range .spec.mixed[3:5]}{@}{end}", 'null{"b":"c"}'),  # kubectl says <no value>, and null everywhere else
        ("{.kind\t}", "LLMInferenceService"),  # kubectl knows spaces only
        ("{range .spec.letters[*]}{@}{end}{range .kind}", None),
        ("{'\\\\'}", "\\"),  # kubectl takes the last quote for an escaped one
    ],
)
def test_where_it_is_kinder_than_kubectl(template: str, expected: str | None) -> None:
    assert answer(template) == expected


def test_template_size_is_bounded() -> None:
    assert answer("x" * MAX_TEMPLATE) == "x" * MAX_TEMPLATE
    assert answer("x" * (MAX_TEMPLATE + 1)) is None
    assert answer("{.spec.letters[" + "9" * 500 + "]}") is None
    assert answer("{" + "9" * 6000 + "}") is None
    assert answer("{.spec.letters[" + "0," * 500 + "0]}") == " ".join("a" * 501)


@pytest.mark.parametrize("number", [10**400, -(10**400), float("inf"), float("nan")])
def test_numbers_that_no_api_server_holds(number: float) -> None:
    assert Template("{.n} {.l}").render({"n": number, "l": [number]}) == f"{number} [{number}]"


@given(st.text(alphabet="{}[]().'\"@$*,:?=<>!&|\\ \nabk019-range end", max_size=60))
def test_garbage_is_answered_or_refused(template: str) -> None:
    answer(template)


@given(st.text(max_size=40))
def test_text_without_braces_is_itself(text: str) -> None:
    if "{" not in text and not text.startswith((".", "$", "@")):
        assert answer(text) == text


@pytest.mark.parametrize(
    "path", [".metadata.name", "metadata.name", "{.metadata.name}", "{metadata.name}", " .metadata.name "]
)
def test_relaxed(path: str) -> None:
    assert relaxed(path).find(OBJECT) == ["llama"]


@pytest.mark.parametrize("path", ["", "{", "{.a}{.b}", "{.a", "a}b", "{}", ".a[", ".a['x'", "\x1b[31m"])
def test_relaxed_refuses(path: str) -> None:
    with pytest.raises(UsageError) as caught:
        relaxed(path)
    assert "\n" not in caught.value.message
    assert caught.value.message.isprintable()
