"""`mtop diff` as its users meet it."""

from __future__ import annotations

import copy
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from mtop_snapshot.diff.patch import apply

from mtop_core.testing import Outcome, run, service

SCHEMA = Path(__file__).parents[1] / "src" / "mtop_snapshot" / "schemas" / "diff.json"
AT = "as of 2026-10-12T09:30:00Z"
WORLDS = ("degraded", "empty", "healthy", "rollout")


def llama(**spec: Any) -> dict[str, Any]:
    template = {
        "containers": [
            {
                "name": "main",
                "image": "vllm:1",
                "args": ["--port", "8000"],
                "env": [{"name": "API_KEY", "value": "first-secret-value"}],
            }
        ]
    }
    return service("llama", template=template, **spec)


def changed() -> dict[str, Any]:
    """The same with another image, more replicas, another key, and noise."""
    obj = copy.deepcopy(llama(replicas=3))
    container = obj["spec"]["template"]["containers"][0]
    container |= {"image": "vllm:2", "args": ["--port=8000"], "imagePullPolicy": "IfNotPresent"}
    container["env"][0]["value"] = "second-secret-value"
    obj["metadata"] |= {"resourceVersion": "7", "generation": 2}
    return obj


@pytest.fixture
def pair(tmp_path: Path) -> tuple[str, str]:
    """Two files with one service, before and after."""
    for name, obj in (("a.json", llama()), ("b.json", changed())):
        (tmp_path / name).write_text(json.dumps({"kind": "List", "items": [obj]}))
    return "a.json", "b.json"


def diff(*args: str, **more: Any) -> Outcome:
    return run("diff", *args, **more)


UNIFIED = """\
--- LLMInferenceService chat/llama (a.json)
+++ LLMInferenceService chat/llama (b.json)
@@ -8,17 +8,17 @@
   model:
     name: llama
     uri: hf://meta-llama/Llama-3.1-8B-Instruct
-  replicas: 1
+  replicas: 3
   template:
     containers:
     - name: main
       args:
       - --port
       - '8000'
       env:
       - name: API_KEY
-        value: <M>
+        value: <M>
-      image: vllm:1
+      image: vllm:2
"""


def test_unified(pair: tuple[str, str]) -> None:
    import re

    outcome = diff(*pair)
    text = re.sub("<redacted[^>]*>", "<M>", outcome.stdout)
    lines = text.splitlines()
    assert lines[:2] == UNIFIED.splitlines()[:2]
    assert [line for line in lines if line[0] in "+-"][2:] == [
        "-  replicas: 1",
        "+  replicas: 3",
        "-        value: <M>",
        "-      image: vllm:1",
        "+        value: <M>",
        "+      image: vllm:2",
    ]
    assert "imagePullPolicy" not in text
    assert outcome.exit_code == 1
    assert "secret-value" not in outcome.stdout + outcome.stderr
    assert "ignored: 1 (defaults), 2 (server fields), 1 (spelling)" in outcome.stderr


def test_brief_and_names(pair: tuple[str, str]) -> None:
    fields = "spec.replicas, spec.template.containers[main].env[API_KEY].value, spec.template.containers[main].image"
    assert diff(*pair, "--brief")[:2] == (1, f"~ LLMInferenceService chat/llama changed: {fields}\n")
    assert diff(*pair, "llmisvc/llama", "-o", "brief").exit_code == 1
    for name in ("other", "isvc/llama"):
        refused = diff(*pair, name)
        assert refused[:2] == (3, "")
        assert refused.stderr.startswith(f'mtop: error: neither side has a "{name}" in namespace chat\n')
    assert diff(*pair, "--brief", "--path", "**.image")[1].endswith("changed: spec.template.containers[main].image\n")
    assert diff(*pair, "--ignore", "spec")[:2] == (0, "")


def test_json(pair: tuple[str, str]) -> None:
    outcome = diff(*pair, "-o", "json")
    document = json.loads(outcome.stdout)
    assert list(Draft202012Validator(json.loads(SCHEMA.read_text())).iter_errors(document)) == []
    [item] = document["items"]
    assert item["object"] == {
        "group": "serving.kserve.io",
        "kind": "LLMInferenceService",
        "namespace": "chat",
        "name": "llama",
    }
    assert [(field["path"], field["secret"]) for field in item["fields"]] == [
        ("spec.replicas", False),
        ("spec.template.containers[main].env[API_KEY].value", True),
        ("spec.template.containers[main].image", False),
    ]
    assert item["fields"][2]["pointer"] == "/spec/template/containers/0/image"
    assert (document["same"], document["counts"], document["compared"]) == (False, {"changed": 1}, 1)
    assert document["ignored"] == {"defaults": 1, "server fields": 2, "spelling": 1}
    assert "secret-value" not in outcome.stdout
    import yaml

    assert yaml.safe_load(diff(*pair, "-o", "yaml").stdout) == document


def test_json_patch(pair: tuple[str, str]) -> None:
    [found] = json.loads(diff(*pair, "-o", "json-patch").stdout)
    assert found["target"]["name"] == "llama"
    bare = json.loads(diff(*pair, "llama", "-o", "json-patch").stdout)
    assert bare == found["patch"]
    made = apply(llama(), bare)
    assert made["spec"]["replicas"] == 3
    assert made["spec"]["template"]["containers"][0]["image"] == "vllm:2"


def test_side_by_side(pair: tuple[str, str]) -> None:
    lines = diff(*pair, "--side-by-side").stdout.splitlines()
    assert all(len(line) <= 160 for line in lines)
    assert f"{'  replicas: [1]':<78} |   replicas: [3]" in lines
    assert f"{'    containers:':<78}       containers:" in lines
    assert f"{'      image: vllm:[1]':<78} |       image: vllm:[2]" in lines


def test_markdown_and_html_hold_no_markup_of_strangers(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>`|\x1b[31m ```"
    a, b = service("x"), service("x")
    b["spec"]["model"]["uri"] = evil
    (tmp_path / "a.json").write_text(json.dumps(a))
    (tmp_path / "b.json").write_text(json.dumps(b))
    page = diff("a.json", "b.json", "-o", "html").stdout
    assert "<script" not in page
    assert "\x1b" not in page
    assert page.startswith("<!doctype html>")
    assert page.endswith("</html>\n")
    text = diff("a.json", "b.json", "-o", "markdown").stdout
    assert text.startswith("### mtop diff: 1 changed\n")
    assert "\n````diff\n" in text  # a fence longer than any inside
    assert "\x1b" not in text
    assert "| LLMInferenceService chat/x | `spec.model.uri` |" in text
    plain = diff("a.json", "b.json").stdout
    assert "\x1b" not in plain


def test_deepdiff_of_each_pair(pair: tuple[str, str]) -> None:
    pytest.importorskip("deepdiff")
    [found] = json.loads(diff(*pair, "-o", "deepdiff").stdout)
    values = found["deepdiff"]["values_changed"]
    assert values["root['spec']['replicas']" if "root['spec']['replicas']" in values else next(iter(values))]


@pytest.mark.parametrize("world", WORLDS)
def test_a_world_and_its_snapshot_are_the_same(save: Any, world: str) -> None:
    folder = str(save(world))
    for more in ((), ("--all",), ("--all", "--status"), ("-n", "chat", "--all"), ("--effective",)):
        outcome = diff(folder, *more, "--mock", world)
        assert outcome[:2] == (0, ""), (more, outcome.stdout[:2000])
        assert "mtop: note: no difference from snapshot" in outcome.stderr
    assert diff(folder, world, "--all", "--show-ignored").exit_code == 0
    assert diff(world, folder).exit_code == 0
    archive = str(save(world, name="it.tar.gz"))
    assert diff(folder, archive, "--all", "--status")[:2] == (0, "")


def test_snapshots_of_some_services_are_compared_with_those(save: Any) -> None:
    folder = str(save("healthy", "-n", "chat", "--model", "phi-4"))
    assert diff(folder, "--all", "--status", "--mock", "healthy")[:2] == (0, "")
    again = diff(folder, "--mock", "degraded", "--brief")
    assert again.stdout == "- LLMInferenceService chat/phi-4 removed\n" or "phi-4" in again.stdout
    assert again.exit_code == 1


def test_two_worlds(save: Any) -> None:
    words = diff("healthy", "rollout", "--brief")
    assert words.exit_code == 1
    saved = diff(str(save("healthy")), str(save("rollout")), "--brief")
    assert saved.stdout == words.stdout


def test_manifests_say_nothing_of_what_they_do_not_hold(tmp_path: Path) -> None:
    everything = json.loads(run("get", "-A", "--mock", "healthy", "-o", "json").stdout)["items"]
    bare = [
        {**obj, "metadata": {key: obj["metadata"][key] for key in ("name", "namespace")}}
        for obj in everything
        if obj["metadata"]["name"] in ("phi-4", "gemma-3-27b")
    ]
    for obj in bare:
        obj.pop("status", None)
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy" / "all.json").write_text(json.dumps({"kind": "List", "items": bare}))
    outcome = diff("deploy", "healthy", "--brief")
    assert outcome.exit_code in (0, 1)
    assert "gpt-oss" not in outcome.stdout
    assert "10 objects are on one side only" in outcome.stderr
    streamed = diff("-", "healthy", "--brief", stdin=(tmp_path / "deploy" / "all.json").read_bytes())
    assert streamed.stdout == outcome.stdout


def test_a_rename_is_no_loss(tmp_path: Path) -> None:
    resources = {"limits": {"cpu": "8", "memory": "64Gi", "nvidia.com/gpu": "2"}}
    container = {"name": "main", "image": "vllm:1", "resources": resources, "args": ["--max-model-len", "8192"]}
    more = {"parallelism": {"tensor": 2}, "template": {"containers": [container], "nodeSelector": {"gpu": "h100"}}}
    a, b, c = (copy.deepcopy(service("old", replicas=4, **more)) for _ in range(3))
    b["metadata"] |= {"name": "new", "uid": "uid-new"}
    b["spec"]["model"]["name"] = "old"
    b["spec"]["replicas"] = 5
    c["metadata"] |= {"name": "stranger"}
    c["spec"]["model"] = {"uri": "hf://other/model", "name": "x"}
    for name, obj in (("a", a), ("b", b), ("c", c)):
        (tmp_path / f"{name}.json").write_text(json.dumps(obj))
    assert diff("a.json", "b.json", "--brief").stdout.startswith("~ LLMInferenceService chat/old -> chat/new renamed: ")
    assert diff("a.json", "c.json", "--brief").stdout == (
        "- LLMInferenceService chat/old removed\n+ LLMInferenceService chat/stranger added\n"
    )


def test_effective(tmp_path: Path) -> None:
    config = {
        "apiVersion": "serving.kserve.io/v1alpha2",
        "kind": "LLMInferenceServiceConfig",
        "metadata": {"name": "base", "namespace": "chat"},
        "spec": {
            "template": {"containers": [{"name": "main", "image": "vllm:1", "env": [{"name": "A", "value": "1"}]}]}
        },
    }
    own = service("x", baseRefs=[{"name": "base"}], template={"containers": [{"name": "main", "args": ["--x"]}]})
    full = service(
        "x",
        template={
            "containers": [{"name": "main", "args": ["--x"], "image": "vllm:1", "env": [{"name": "A", "value": "1"}]}]
        },
    )
    (tmp_path / "a.json").write_text(json.dumps({"kind": "List", "items": [config, own]}))
    (tmp_path / "b.json").write_text(json.dumps({"kind": "List", "items": [config, full]}))
    assert diff("a.json", "b.json", "--brief").exit_code == 1
    assert diff("a.json", "b.json", "--effective")[:2] == (0, "")
    config["spec"]["template"]["containers"][0]["image"] = "vllm:2"  # type: ignore[index]
    (tmp_path / "c.json").write_text(json.dumps({"kind": "List", "items": [config, own]}))
    assert diff("a.json", "c.json", "x", "--brief").exit_code == 0
    assert diff("a.json", "c.json", "x", "--effective", "--brief").stdout == (
        "~ LLMInferenceService chat/x changed: spec.template.containers[main].image\n"
    )


def test_blame(tmp_path: Path) -> None:
    a, b = llama(), changed()
    b["metadata"]["managedFields"] = [
        {
            "manager": "helm",
            "time": "2026-10-01T00:00:00Z",
            "fieldsV1": {"f:spec": {"f:replicas": {}, "f:model": {"f:uri": {}}}},
        },
        {
            "manager": "kubectl-edit",
            "time": "2026-10-02T00:00:00Z",
            "fieldsV1": {"f:spec": {"f:template": {"f:containers": {'k:{"name":"main"}': {"f:image": {}}}}}},
        },
    ]
    (tmp_path / "a.json").write_text(json.dumps(a))
    (tmp_path / "b.json").write_text(json.dumps(b))
    outcome = diff("a.json", "b.json", "--brief", "--blame")
    assert outcome.stdout.splitlines()[1:] == [
        "# spec.replicas: helm 2026-10-01T00:00:00Z",
        "# spec.template.containers[main].env[API_KEY].value: nobody says",
        "# spec.template.containers[main].image: kubectl-edit 2026-10-02T00:00:00Z",
    ]
    fields = json.loads(diff("a.json", "b.json", "-o", "json", "--blame").stdout)["items"][0]["fields"]
    assert [field["manager"] for field in fields] == ["helm", None, "kubectl-edit"]


def test_show_ignored(pair: tuple[str, str]) -> None:
    said = diff(*pair, "--show-ignored").stderr
    assert "ignored (server fields): LLMInferenceService chat/llama: metadata.generation: - -> 2" in said
    assert "ignored (spelling): LLMInferenceService chat/llama: spec.template.containers[main].args: " in said


def test_environments(tmp_path: Path, save: Any) -> None:
    folder = save("rollout")
    (tmp_path / ".ldconfig").write_text(
        f"environments:\n  prod: {{world: healthy}}\n  next: {{world: rollout}}\n  old: {{snapshot: {folder}}}\n"
        "  odd: {world: healthy, snapshot: x}\n  bad: 3\n"
    )
    assert diff("prod", "healthy")[:2] == (0, "")
    assert diff("next", "old")[:2] == (0, "")
    assert diff("prod", "next", "--brief").exit_code == 1
    for name in ("odd", "bad"):
        outcome = diff(name, "healthy")
        assert outcome.exit_code == 2
        assert outcome.stderr.startswith("mtop: error: ")
        assert ".ldconfig:" in outcome.stderr
    assert run("config", "validate").exit_code == 2


def git(folder: Path, *args: str) -> None:
    command = ["git", "-c", "user.name=x", "-c", "user.email=x@example.com", *args]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def test_revisions(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "deploy" / "more").mkdir(parents=True)
    (tmp_path / "deploy" / "a.json").write_text(json.dumps(llama()))
    (tmp_path / "deploy" / "more" / "b.yaml").write_text(json.dumps(service("other")))
    (tmp_path / "deploy" / "README.md").write_text("no manifest")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "one")
    (tmp_path / "deploy" / "a.json").write_text(json.dumps(changed()))
    assert diff("git:main:deploy", "deploy", "--brief").stdout.startswith("~ LLMInferenceService chat/llama changed: ")
    assert diff("git:HEAD:deploy/a.json", "git:main:deploy/", "llama")[:2] == (0, "")
    for word, message in {
        "git:nowhere:deploy": "git:nowhere:deploy: ",
        "git:main:nothing": "git:main:nothing: ",
        "git:": '"git:": expected git:REF:PATH',
        "git:--output=x:y": "git:--output=x:y: ",
        "git:main:.": "git:main:.: ",
    }.items():
        outcome = diff(word, "healthy")
        if word != "git:main:.":
            assert outcome.exit_code in (2, 3), word
            assert outcome.stderr.startswith(f"mtop: error: {message}"), outcome.stderr


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        ((), 2, "what is to be compared?"),
        (("nothing",), 3, '"nothing" is no snapshot, world, environment, context, file or folder'),
        (("healthy", "nothing"), 3, '"nothing" is no snapshot'),
        (("x\x1b[31m", "healthy"), 3, '"x\\x1b[31m" is no snapshot'),
        (("-", "-"), 2, "standard input can be read once only"),
        (("healthy", "empty", "--mock", "degraded"), 2, "two sides are named"),
        (("healthy", "empty", "--brief", "--side-by-side"), 2, "--side-by-side and another form exclude each other"),
        (("healthy", "empty", "-o", "nonsense"), 2, "Invalid value for '-o' / '--output': 'nonsense'"),
        (("healthy", "empty", "--path", "[["), 2, '"[[" is no path'),
        (("healthy", "/dev/null"), 3, "/dev/null: "),
    ],
)
def test_errors_are_never_a_difference(args: tuple[str, ...], code: int, message: str) -> None:
    outcome = diff(*args)
    assert (outcome.exit_code, outcome.stdout) == (code, "")
    assert outcome.stderr.startswith(f"mtop: error: {message}"), outcome.stderr
    assert "\x1b" not in outcome.stderr


def test_a_kind_nobody_read_is_said(pair: tuple[str, str]) -> None:
    said = diff(*pair, "--all").stderr
    assert "mtop: not checked: pods (no pods in this dump)" in said


def test_autoscaled_replicas_are_no_difference(tmp_path: Path) -> None:
    scaler = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "h", "namespace": "chat"},
        "spec": {"scaleTargetRef": {"kind": "Deployment", "name": "d"}, "maxReplicas": 9},
    }
    for name, replicas in (("a", 2), ("b", 5)):
        deployment = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "d", "namespace": "chat", "uid": "1"},
            "spec": {"replicas": replicas, "template": {}},
        }
        (tmp_path / f"{name}.json").write_text(json.dumps({"kind": "List", "items": [deployment, scaler, service()]}))
    outcome = diff("a.json", "b.json", "--all")
    assert outcome[:2] == (0, "")
    assert "1 (replicas set by their owner)" in outcome.stderr


def test_other_salts_say_nothing(save: Any, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(llama()))
    for name in ("one", "two"):
        outcome = run(
            "snapshot", "save", "--snapshot", "a.json", "-o", name, env={"MTOP_STATE_DIR": str(tmp_path / name[::-1])}
        )
        assert outcome.exit_code == 0
    assert (tmp_path / "one/objects/llminferenceservices.serving.kserve.io.jsonl").read_bytes() != (
        tmp_path / "two/objects/llminferenceservices.serving.kserve.io.jsonl"
    ).read_bytes()
    assert diff("one", "two")[:2] == (0, "")
    assert diff("one", "a.json")[:2] == (0, "")


def test_replay(save: Any, tmp_path: Path) -> None:
    for number, replicas in enumerate((1, 2, 5)):
        obj = service("llama", replicas=replicas)
        obj["metadata"]["creationTimestamp"] = "2026-10-12T09:00:00Z"
        obj["status"] = {
            "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": f"2026-10-12T09:0{number}:00Z"}]
        }
        (tmp_path / "now.json").write_text(json.dumps(obj))
        assert run("snapshot", "save", "--snapshot", "now.json", "-o", f"film/{3 - number}").exit_code == 0
    outcome = run("snapshot", "replay", "film", "--models")
    lines = outcome.stdout.splitlines()
    assert [line.split(":")[0] for line in lines if line.startswith("==")] == ["== step 1 of 2", "== step 2 of 2"]
    assert "    spec.replicas: 1 -> 2" in lines
    assert "    spec.replicas: 2 -> 5" in lines
    document = json.loads(run("snapshot", "replay", "film/1", "film/2", "film/3", "-o", "json").stdout)
    schema = json.loads((SCHEMA.parent / "replay.json").read_text())
    assert list(Draft202012Validator(schema).iter_errors(document)) == []
    assert [step["items"][0]["fields"][0] for step in document["steps"]] == [
        {"path": "spec.replicas", "change": "1 -> 2"},
        {"path": "spec.replicas", "change": "2 -> 5"},
    ]
    for words, message in {
        ("film/1",): "a replay needs two snapshots",
        ("nothing", "film"): 'there is no snapshot "nothing"',
    }.items():
        refused = run("snapshot", "replay", *words)
        assert refused.exit_code in (2, 3)
        assert refused.stderr.startswith(f"mtop: error: {message}")


def test_manifests_are_where_they_say_and_else_where_asked(tmp_path: Path) -> None:
    obj = service("x", "chat")
    (tmp_path / "there.json").write_text(json.dumps(obj))
    del obj["metadata"]["namespace"]
    del obj["metadata"]["uid"]
    (tmp_path / "bare.json").write_text(json.dumps(obj))
    assert diff("bare.json", "there.json", "-n", "chat")[:2] == (0, "")
    assert diff("bare.json", "there.json", "-n", "chat", "x")[:2] == (0, "")
    obj["spec"]["replicas"] = 4
    (tmp_path / "bare.json").write_text(json.dumps(obj))
    assert diff("bare.json", "there.json", "-n", "chat").exit_code == 1


def test_where_nothing_can_be_compared_nothing_is_the_same(tmp_path: Path) -> None:
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}}
    (tmp_path / "nodes.json").write_text(json.dumps(node))
    outcome = diff("nodes.json", "nodes.json")
    assert (outcome.exit_code, outcome.stdout) == (3, "")
    assert outcome.stderr.startswith(
        "mtop: error: nothing can be compared: llminferenceservices.serving.kserve.io (no "
    )
    assert diff("nodes.json", "nodes.json", "--all")[:2] == (0, "")


def test_the_last_object_of_a_kind_that_left_some_manifests_is_removed(tmp_path: Path) -> None:
    config = {
        "apiVersion": "serving.kserve.io/v1alpha2",
        "kind": "LLMInferenceServiceConfig",
        "metadata": {"name": "preset", "namespace": "chat"},
        "spec": {"replicas": 2},
    }
    written = llama()
    written["metadata"] = {"name": "llama", "namespace": "chat"}
    for name, items in (("old.json", [written, config]), ("new.json", [written])):
        (tmp_path / name).write_text(json.dumps({"kind": "List", "items": items}))
    removed = diff("old.json", "new.json", "--brief")
    assert (removed.exit_code, removed.stdout) == (1, "- LLMInferenceServiceConfig chat/preset removed\n")
    assert "1 removed from old.json to new.json" in removed.stderr
    added = diff("new.json", "old.json", "--brief")
    assert (added.exit_code, added.stdout) == (1, "+ LLMInferenceServiceConfig chat/preset added\n")


def test_a_patch_that_would_write_a_mask_says_so(pair: tuple[str, str]) -> None:
    outcome = diff(*pair, "-o", "json-patch")
    assert "<redacted sha256:" in outcome.stdout
    assert "1 value of the patch is the mask of a secret" in outcome.stderr


def test_paths_of_environments_start_where_the_configuration_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("snapshot", "save", "--mock", "healthy", "-A", "--no-logs", "-o", "near.tar.gz").exit_code == 0
    (tmp_path / ".ldconfig").write_text("environments: {old: {snapshot: near.tar.gz}, gone: {snapshot: nowhere}}\n")
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    assert diff("old", "healthy", "-A").exit_code == 0
    gone = diff("old", "gone")
    assert (gone.exit_code, gone.stderr) == (3, "mtop: error: nowhere: no such file or folder\n")
