"""Files, folders, pipes and standard input: what is read, and the one line for what cannot be."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from mtop_core.errors import DataError
from mtop_core.providers.load import LoadedFile, load, load_file, manifests, place_of
from mtop_core.testing import run, service

BROKEN = Path(__file__).resolve().parents[2] / "mocks" / "broken" / "crs"


def pod(name: str, **more: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, **more}}


def names(*files: LoadedFile) -> list[str]:
    return [obj["metadata"]["name"] for file in files for obj in file.objects]


def refusal(path: Path | str) -> str:
    with pytest.raises(DataError) as caught:
        load([str(path)])
    return caught.value.message


TWO = [pod("a"), pod("b")]
FORMS: dict[str, str] = {
    "one.json": json.dumps(pod("a")),
    "pretty.json": json.dumps(pod("a"), indent=2),
    "lines.jsonl": "".join(json.dumps(obj) + "\n" for obj in TWO),
    "lines.json": "".join(json.dumps(obj) + "\r\n\r\n" for obj in TWO),
    "jq.json": "\n".join(json.dumps(obj, indent=2) for obj in TWO),
    "touching.json": "".join(json.dumps(obj) for obj in TWO),
    "list.json": json.dumps({"apiVersion": "v1", "kind": "List", "metadata": {}, "items": TWO}, indent=1),
    "list.yaml": yaml.dump({"apiVersion": "v1", "kind": "List", "items": TWO}),
    "typed.json": json.dumps(
        {"apiVersion": "v1", "kind": "PodList", "items": [{"metadata": obj["metadata"]} for obj in TWO]}
    ),
    "two.yaml": yaml.dump_all(TWO, explicit_start=True),
    "gaps.yaml": f"---\n---\n{yaml.dump(TWO[0])}---\n# nothing\n---\n{yaml.dump(TWO[1])}---\n",
    "flow.yaml": "{apiVersion: v1, kind: Pod, metadata: {name: a}}",
    "marked.json": "\ufeff" + json.dumps(pod("a")),
}


@pytest.mark.parametrize("name", FORMS)
def test_forms(alone: Path, name: str) -> None:
    (alone / name).write_text(FORMS[name], encoding="utf-8")
    [file] = load([name])
    assert file.objects == TWO[: len(file.objects)]
    assert len(file.objects) == (1 if name in ("one.json", "pretty.json", "flow.yaml", "marked.json") else 2)


TIME = "2026-10-12T09:30:00Z"


@pytest.mark.parametrize("name", FORMS)
def test_forms_on_standard_input(alone: Path, name: str) -> None:
    (alone / "expected").mkdir()
    (alone / "expected" / name).write_text(FORMS[name], encoding="utf-8")
    from_file = run("list", "-o", "json", "--snapshot", f"expected/{name}", "--at", TIME)
    from_stdin = run("list", "-o", "json", "--snapshot", "-", "--at", TIME, stdin=FORMS[name].encode())
    assert from_stdin.stdout == from_file.stdout.replace(f"expected/{name}", "standard input")
    assert (from_stdin.exit_code, from_stdin.stderr) == (0, "")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("name", ["list.yaml", "jq.json"])
def test_encodings(alone: Path, name: str, encoding: str) -> None:
    (alone / name).write_bytes(FORMS[name].encode(encoding))
    assert load([name])[0].objects == TWO


def test_a_typed_list_keeps_what_its_items_say(alone: Path) -> None:
    items = [{"metadata": {"name": "a"}}, {"kind": "Node", "apiVersion": "v1", "metadata": {"name": "b"}}]
    (alone / "x.json").write_text(json.dumps({"apiVersion": "apps/v1", "kind": "DeploymentList", "items": items}))
    found = [(obj["apiVersion"], obj["kind"]) for obj in load(["x.json"])[0].objects]
    assert found == [("apps/v1", "Deployment"), ("v1", "Node")]


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "---\n", "null", '{"kind": "PodList", "items": []}',
                                  "kind: List\nitems:\n"])  # fmt: skip
def test_nothing_is_no_error(alone: Path, text: str) -> None:
    (alone / "x.yaml").write_text(text)
    assert load(["x.yaml"])[0].objects == []


def test_a_folder(alone: Path) -> None:
    for name in ("b.yaml", "a.json", "sub/c.yml", "sub/deep/d.jsonl", "sub/e.txt", ".hidden.yaml", ".git/f.yaml", "g"):
        path = alone / "all" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(pod(path.name.partition(".")[0] or "hidden")))
    (alone / "all" / "sub" / "loop").symlink_to(alone / "all", target_is_directory=True)
    (alone / "elsewhere").mkdir()
    (alone / "elsewhere" / "h.yaml").write_text(json.dumps(pod("h")))
    (alone / "all" / "linked.yaml").symlink_to(alone / "elsewhere" / "h.yaml")
    (alone / "all" / "away").symlink_to(alone / "elsewhere")
    files = load(["all"])
    assert [file.name for file in files] == [
        "all/a.json", "all/b.yaml", "all/linked.yaml", "all/sub/c.yml", "all/sub/deep/d.jsonl",
    ]  # fmt: skip
    assert names(*files) == ["a", "b", "h", "c", "d"]


def test_several_paths_in_the_order_given(alone: Path) -> None:
    for name in "ab":
        (alone / f"{name}.yaml").write_text(json.dumps(pod(name)))
    assert names(*load(["b.yaml", "a.yaml", "b.yaml"])) == ["b", "a", "b"]


def test_a_pipe(alone: Path) -> None:
    os.mkfifo("pipe")
    text = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n"
    writer = threading.Thread(target=lambda: Path("pipe").write_text(text))
    writer.start()
    file = load_file("pipe")
    writer.join()
    assert names(file) == ["a"]
    assert file.place(file.objects[0], ("metadata", "name")) == "pipe:4", "a pipe cannot be read a second time"


def test_a_file_descriptor_as_a_shell_passes_it(alone: Path) -> None:
    reader, writer = os.pipe()
    os.write(writer, json.dumps(pod("a")).encode())
    os.close(writer)
    assert names(*load([f"/dev/fd/{reader}"])) == ["a"]
    os.close(reader)


def test_absent_and_unreadable_paths(alone: Path) -> None:
    (alone / "file.yaml").write_text("")
    (alone / "empty").mkdir()
    (alone / "gone.yaml").symlink_to("nowhere")
    (alone / "round.yaml").symlink_to("round.yaml")
    cases = {
        "absent": "absent: no such file or folder",
        "\x1b[2J": "\\x1b[2J: no such file or folder",
        "gone.yaml": "gone.yaml: no such file or folder",
        "round.yaml": "round.yaml: too many levels of symbolic links",
        "file.yaml/x": "file.yaml/x: not a directory",
        "empty": "empty: no .json, .jsonl, .yaml, .yml file in this folder",
        "x" * 300: f"{'x' * 300}: file name too long",
    }
    for path, message in cases.items():
        for args in (("list", "--snapshot", path), ("create", "-f", path)):
            assert run(*args) == (3, "", f"mtop: error: {message}\n")


def test_a_snapshot_needs_a_path() -> None:
    assert run("list", "--snapshot", "") == (
        2, "",
        "mtop: error: a snapshot needs a name or a path\nmtop: hint: mtop --snapshot PATH, or - for standard input\n",
    )  # fmt: skip


def test_a_folder_in_place_of_a_manifest_is_no_manifest(alone: Path) -> None:
    (alone / "all" / "a.yaml").mkdir(parents=True)
    (alone / "all" / "a.yaml" / "b.yaml").write_text(json.dumps(pod("b")))
    assert manifests("all") == ["all/a.yaml/b.yaml"]


HUGE = (
    "mtop: error: {}: more than {} MiB\n"
    "mtop: hint: split it (for instance by namespace), or set MTOP_MAX_FILE_MIB to a higher number\n"
)


@pytest.mark.parametrize(("megabytes", "limit", "said"), [(100, "", 64), (2, "1", 1), (65, "64", 64)])
def test_a_large_file_is_refused_before_it_is_read(alone: Path, megabytes: int, limit: str, said: int) -> None:
    with open("large.yaml", "wb") as stream:
        stream.truncate(megabytes << 20)
    for args in (("list", "--snapshot", "large.yaml"), ("create", "-f", "large.yaml")):
        assert run(*args, env={"MTOP_MAX_FILE_MIB": limit}) == (3, "", HUGE.format("large.yaml", said))


def test_large_standard_input(alone: Path) -> None:
    outcome = run("list", "--snapshot", "-", stdin=b" " * ((1 << 20) + 1), env={"MTOP_MAX_FILE_MIB": "1"})
    assert outcome == (3, "", HUGE.format("standard input", 1))


def test_an_endless_file_is_refused(alone: Path) -> None:
    outcome = run("list", "--snapshot", "/dev/zero", env={"MTOP_MAX_FILE_MIB": "1"})
    assert outcome == (3, "", HUGE.format("/dev/zero", 1))


def test_a_file_of_exactly_the_limit_is_read(alone: Path) -> None:
    (alone / "x.yaml").write_text(json.dumps(pod("a")).ljust(1 << 20))
    assert run("list", "--snapshot", "x.yaml", "-q", env={"MTOP_MAX_FILE_MIB": "1"}) == (0, "", "")


@pytest.mark.parametrize("limit", ["0", "-1", "1.5", "x", " 1", "1_0", "²", "٣", "9" * 5000, "1048577"])
def test_a_limit_that_is_none(alone: Path, limit: str) -> None:
    (alone / "x.yaml").write_text("")
    shown = limit.strip() if len(limit) <= 20 else "9" * 19 + "…"
    assert run("list", "--snapshot", "x.yaml", env={"MTOP_MAX_FILE_MIB": limit}) == (
        2, "", f'mtop: error: MTOP_MAX_FILE_MIB is "{shown}", expected a whole number of MiB\n',
    )  # fmt: skip


OPEN = '{"apiVersion": "v1",\n "kind": "Pod",\n'
BAD: list[tuple[str, bytes, str]] = [
    ("x.yaml", b"a: 1\n\nb: \xe9t\xe9\n", "x.yaml:3: not UTF-8 (byte 0xe9)"),
    ("x.yaml", b"a: \xc3", "x.yaml:1: not UTF-8 (byte 0xc3)"),
    ("x.json", b'\n\n{"a": "\xff"}', "x.json:3: not UTF-8 (byte 0xff)"),
    ("x.yaml", b"\xff\xfea\x00\xd8", "x.yaml: not UTF-16, though it starts like it"),
    ("x.yaml", b"a: \x00", "x.yaml: binary data, not YAML or JSON"),
    ("x.json", b"\x1f\x8b\x08\x00", "x.json: binary data, not YAML or JSON"),
    ("x.json", (OPEN + ' "metadata": {"name": "a"').encode(),
     "x.json:3: not JSON: Expecting ',' delimiter (column 26)"),
    ("x.json", (OPEN + ' "metadata": {"name": "a').encode(),
     "x.json:3: not JSON: Unterminated string starting at (column 23)"),
    ("x.txt", (OPEN + ' "metadata": {"name": "a').encode(),
     "x.txt:3: not JSON: Unterminated string starting at (column 23)"),
    ("x.json", (OPEN + ' "metadata": {"name": "a", "x": NaN}}').encode(),
     "x.json:3: not JSON: NaN is no number that JSON knows"),
    ("x.json", (OPEN + ' "metadata": {"name": "NaN \\" NaN"},\n "x": [1, -Infinity]}').encode(),
     "x.json:4: not JSON: -Infinity is no number that JSON knows"),
    ("x.json", (OPEN + ' "metadata": {"name": "a",\n\n "name": "b"}}').encode(),
     'x.json:5: not JSON: the key "name" stands twice in one object'),
    ("x.json", (OPEN + ' "metadata": {"name": "\\ud83d\\ude00"},\n "a": {"b": 1, "b": 2}}').encode(),
     'x.json:1: not JSON: the key "b" stands twice in one object'),
    ("x.json", b'{"\\u001b[2J": 1, "\\u001b[2J": 2}',
     'x.json:1: not JSON: the key "\\x1b[2J" stands twice in one object'),
    ("x.json", b'{"a": ' + b"9" * 5000 + b"}", "x.json:1: not JSON: a number with thousands of digits"),
    ("x.json", b'{"a": ' * 100_000, "x.json:1: nested too deeply"),
    ("x.jsonl", json.dumps(pod("a")).encode() + b"\n\n[1]\n",
     "x.jsonl:3: a Kubernetes object is a mapping, this is a list"),
    ("x.jsonl", json.dumps(pod("a")).encode() + b"\nhello\n", "x.jsonl:2: not JSON: Expecting value (column 1)"),
    ("x.yaml", b"5", "x.yaml:1: a Kubernetes object is a mapping, this is the number 5"),
    ("x.yaml", b"# c\n---\ntrue", "x.yaml:3: a Kubernetes object is a mapping, this is true"),
    ("x.yaml", b"kind: Pod", "x.yaml:1: apiVersion: is missing"),
    ("x.yaml", b"apiVersion: v1\nkind: ''", "x.yaml:2: kind: is missing"),
    ("x.yaml", b"apiVersion: 1\nkind: Pod", "x.yaml:1: apiVersion: expected a string, got the number 1"),
    ("x.yaml", b"apiVersion: v1\nkind: [Pod]", "x.yaml:2: kind: expected a string, got a list"),
    ("x.yaml", b"apiVersion: v1\nkind: Pod", "x.yaml:1: metadata.name: is missing"),
    ("x.yaml", b"apiVersion: v1\nkind: Pod\nmetadata: a", 'x.yaml:3: metadata: expected a mapping, got the string "a"'),
    ("x.yaml", b"apiVersion: v1\nkind: Pod\nmetadata:\n  name: yes",
     "x.yaml:4: metadata.name: expected a string, got true"),
    ("x.yaml", b"apiVersion: v1\nkind: Pod\nmetadata:\n  name: a/b",
     'x.yaml:4: metadata.name: "a/b" is no name Kubernetes would accept'),
    ("x.yaml", b"apiVersion: v1\nkind: Pod\nmetadata:\n  name: " + b"a" * 254,
     f'x.yaml:4: metadata.name: "{"a" * 59}…" is no name Kubernetes would accept'),
    ("x.yaml", b"apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  namespace: b c",
     'x.yaml:5: metadata.namespace: "b c" is no name Kubernetes would accept'),
    ("x.yaml", b"apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  namespace: 5",
     "x.yaml:5: metadata.namespace: expected a string, got the number 5"),
    ("x.yaml", b'apiVersion: v1\nkind: Pod\nmetadata:\n  name: "a\\u202eb"',
     'x.yaml:4: metadata.name: "a\\u202eb" is no name Kubernetes would accept'),
    ("x.json", (OPEN + ' "metadata": {"name":\n "\\ud800"}}').encode(),
     'x.json:1: metadata.name: "\\ud800" is no name Kubernetes would accept'),
    ("x.yaml", b"kind: List\nitems: 5", "x.yaml:2: items: expected a list, got the number 5"),
    ("x.yaml", b"kind: List\nitems:\n- null", "x.yaml:3: items[0]: expected a mapping, got null"),
    ("x.yaml", b"kind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: a}}\n- x",
     'x.yaml:4: items[1]: expected a mapping, got the string "x"'),
    ("x.yaml", b"kind: PodList\napiVersion: v1\nitems:\n- metadata:\n    labels: {}",
     "x.yaml:4: items[0].metadata.name: is missing"),
    ("x.yaml", b"kind: List\nitems:\n- metadata:\n    name: a", "x.yaml:3: items[0].apiVersion: is missing"),
    ("x.json",
     b'{"apiVersion": "v1", "kind": "PodList",\n "items": [\n  {"metadata": {"name": "a"}},\n  {"metadata": {}}]}',
     "x.json:4: items[1].metadata.name: is missing"),
    ("x.jsonl", json.dumps(pod("a")).encode() + b"\n" + b'{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": 5}}',
     "x.jsonl:2: metadata.name: expected a string, got the number 5"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "data", "message"), BAD, ids=[message[:60] for *_, message in BAD])
def test_what_cannot_be_read(alone: Path, name: str, data: bytes, message: str) -> None:
    (alone / name).write_bytes(data)
    for args in (("list", "--snapshot", name), ("create", "-f", name), ("delete", "-f", name)):
        assert run(*args) == (3, "", f"mtop: error: {message}\n")


GOLDEN = {
    "bad-utf8.yaml": ":7: not UTF-8 (byte 0xe9)",
    "billion-laughs.yaml": ":15: not YAML: aliases that unfold to more than 100,000 values",
    "binary.yaml": ": binary data, not YAML or JSON",
    "control-name.yaml": ':4: metadata.name: "evil\\x1b[2J\\x1b[1;31mname" is no name Kubernetes would accept',
    "deep.json": ":1: nested too deeply",
    "duplicate-keys.json": ':4: not JSON: the key "name" stands twice in one object',
    "duplicate-keys.yaml": ':11: not YAML: the key "replicas" stands twice in one mapping',
    "list-of-scalars.json": ":1: a Kubernetes object is a mapping, this is a list",
    "missing-name.yaml": ":3: metadata.name: is missing",
    "nan.json": ":5: not JSON: NaN is no number that JSON knows",
    "no-kind.yaml": ":1: kind: is missing",
    "not-yaml.yaml": ":4: not YAML: did not find expected ',' or '}' (while parsing a flow mapping)",
    "scalar.yaml": ':1: a Kubernetes object is a mapping, this is the string "just a string where an object should be"',
    "tabs.yaml": ":4: not YAML: a tab where YAML wants spaces",
    "truncated.json": ":10: not JSON: Unterminated string starting at (column 15)",
}


def test_every_broken_file_has_its_error() -> None:
    assert {*GOLDEN, "unknown-kind.yaml", "wrong-types.yaml"} == {path.name for path in BROKEN.iterdir()}


@pytest.mark.parametrize("name", GOLDEN)
def test_a_broken_file(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(BROKEN)
    for args in (("list", "--snapshot", name), ("create", "-f", name), ("create", "-f", name, "--validate=ignore")):
        assert run(*args) == (3, "", f"mtop: error: {name}{GOLDEN[name]}\n")


def test_a_kind_that_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(BROKEN)
    listed = run("list", "--snapshot", "unknown-kind.yaml")
    assert (listed.exit_code, listed.stdout, listed.stderr.splitlines()[0]) == (0, "", "No resources found.")
    assert run("create", "-f", "unknown-kind.yaml") == (
        2, "",
        "mtop: error: unknown-kind.yaml:2: mtop does not create a LLMInferenceServiceSet (serving.kserve.io/v1alpha2)\n"
        "mtop: hint: it creates LLMInferenceService (serving.kserve.io), "
        "LLMInferenceServiceConfig (serving.kserve.io), InferenceService (serving.kserve.io)\n",
    )  # fmt: skip


def test_wrong_types(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(BROKEN)
    listed = run("list", "--snapshot", "wrong-types.yaml")
    assert listed.exit_code == 3
    assert listed.stderr.splitlines()[0] == (
        "mtop: error: wrong-types.yaml:10: LLMInferenceService chat/wrong-types: "
        'status: expected a mapping, got the string "ready"'
    )
    assert run("create", "-f", "wrong-types.yaml") == (
        3, "",
        "mtop: error: wrong-types.yaml:6: metadata.labels: expected an object, got a list\n"
        "  wrong-types.yaml:7: spec: expected an object, got a list\n"
        '  wrong-types.yaml:10: status: expected an object, got the string "ready"\n'
        "mtop: hint: nothing was created; --validate=warn creates it all the same\n",
    )  # fmt: skip


def as_list(objects: list[dict[str, Any]]) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "List", "items": objects}


WRITERS: dict[str, tuple[Callable[[list[dict[str, Any]]], str], list[int]]] = {
    "x.jsonl": (lambda objects: "".join(json.dumps(obj) + "\n" for obj in objects), [1, 2, 3]),
    "x.json": (lambda objects: "\n\n".join(json.dumps(obj, indent=1) for obj in objects), [5, 13, 21]),
    "list.json": (lambda objects: json.dumps(as_list(objects), indent=1), [9, 16, 23]),
    "x.yaml": (lambda objects: yaml.dump_all(objects, explicit_start=True), [5, 10, 15]),
    "list.yaml": (lambda objects: "# dump\n" + yaml.dump(as_list(objects)), [7, 11, 15]),
    "utf-16.yaml": (lambda objects: yaml.dump_all(objects, explicit_start=True), [5, 10, 15]),
}


@pytest.mark.parametrize("name", WRITERS)
def test_the_line_of_a_name(alone: Path, name: str) -> None:
    write, lines = WRITERS[name]
    encoding = "utf-16" if name.startswith("utf-16") else "utf-8"
    (alone / name).write_text(write([pod("a"), pod("b"), pod("c")]), encoding=encoding)
    files = load([name])
    placed = [place_of(files, obj, ("metadata", "name")) for obj in files[0].objects]
    assert placed == [f"{name}:{line}" for line in lines]
    assert place_of(files, pod("a")) == "", "an equal object is not the same one"


def test_the_line_in_json_that_libyaml_cannot_read(alone: Path) -> None:
    (alone / "x.json").write_text(json.dumps(pod("a")) + "\n" + json.dumps(pod("b", labels={"a": "😀"}), indent=1))
    files = load(["x.json"])
    assert place_of(files, files[0].objects[1], ("metadata", "name")) == "x.json:6"
    assert place_of(files, files[0].objects[1], ("metadata", "labels", "x")) == "x.json:2"
    assert place_of(files, files[0].objects[1], ("kind",)) == "x.json:4"


def test_every_problem_of_a_folder_is_named_in_its_own_file(alone: Path) -> None:
    (alone / "all").mkdir()
    for name in ("a", "b"):
        (alone / "all" / f"{name}.yaml").write_text(yaml.dump(service(name, replica=1), sort_keys=False))
    outcome = run("create", "-f", "all")
    assert (outcome.exit_code, outcome.stdout) == (3, "")
    lines = outcome.stderr.splitlines()
    assert [line.split(": unknown field")[0] for line in lines[:2]] == [
        "mtop: error: all/a.yaml:12: spec.replica", "  all/b.yaml:12: spec.replica",
    ]  # fmt: skip


@pytest.mark.parametrize("number", ["1e999", "-1e999"])
def test_a_number_that_is_infinite(tmp_path: Path, number: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(f'{{"apiVersion": "v1", "kind": "Pod", "metadata": {{"name": "a"}}, "spec": {{"x": {number}}}}}')
    said = run("list", "--snapshot", str(path))
    assert (said.exit_code, said.stderr) == (
        3, f"mtop: error: {path}:1: not JSON: a number beyond what JSON's readers hold\n")  # fmt: skip
