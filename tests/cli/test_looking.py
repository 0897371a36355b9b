"""`list` and `get` with kubectl's flags."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mtop_core.render.output import FORMS
from mtop_core.testing import Outcome, run, service
from tests.cli.kit import write

SOURCE = "mtop: source: mock rollout, as of 2026-10-12T09:30:00Z\n"


def rollout(*args: str) -> Outcome:
    return run(*args, "--mock", "rollout")


def column(said: Outcome, heading: str) -> list[str]:
    """One column of a table."""
    head, *lines = said.stdout.splitlines()
    start = f"{head} ".index(f"{heading} ")
    return [line[start:].split("   ")[0].strip() for line in lines]


def test_namespaces() -> None:
    everywhere, chat = rollout("list"), rollout("list", "-n", "chat")
    assert everywhere.stdout == rollout("list", "-A").stdout == rollout("list", "--all-namespaces").stdout
    assert chat.stdout == rollout("list", "--namespace", "chat").stdout == rollout("-n", "chat", "list").stdout
    assert set(column(everywhere, "NAMESPACE")) == {"chat", "code", "platform", "search"}
    assert "NAMESPACE" not in chat.stdout
    assert column(chat, "NAME") == [
        name for name, place in zip(column(everywhere, "NAME"), column(everywhere, "NAMESPACE"), strict=True)
        if place == "chat"
    ]  # fmt: skip
    both = rollout("list", "-A", "-n", "chat")
    assert (both.exit_code, both.stdout, both.stderr) == (2, "", "mtop: error: -A and -n exclude each other\n")


def test_the_configured_namespace_gives_way_to_flags(tmp_path: Path) -> None:
    write(tmp_path, ".ldconfig", "namespace: code\n")
    assert rollout("list").stdout == rollout("list", "-n", "code").stdout
    assert "NAMESPACE" in rollout("list", "-A").stdout
    assert column(rollout("list", "-n", "chat"), "NAME")[0] == "deepseek-v3"


@pytest.mark.parametrize("command", ["list", "get"])
def test_nothing_found(command: str) -> None:
    said = rollout(command, "-n", "nope")
    assert (said.exit_code, said.stdout) == (0, "")
    assert said.stderr == "No resources found in nope namespace.\n" + SOURCE
    assert rollout(command, "-l", "no=such").stderr == "No resources found.\n" + SOURCE
    assert rollout(command, "-n", "nope", "-q") == Outcome(0, "", "")
    assert rollout(command, "-n", "nope", "-o", "name", "-q") == Outcome(0, "", "")
    document = rollout(command, "-n", "nope", "-o", "json", "-q")
    assert (document.exit_code, document.stderr) == (0, "")
    assert json.loads(document.stdout)["items"] == []


def test_selector() -> None:
    objects = [service("a"), service("b"), service("c")]
    for obj, labels in zip(objects, ({"tier": "gold", "x": "1"}, {"tier": "tin"}, {}), strict=True):
        obj["metadata"]["labels"] = labels
    dump = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}).encode()
    for selector, expected in (
        ("tier=gold", "a"), ("tier==gold", "a"), ("tier!=gold", "bc"), ("tier", "ab"), ("!tier", "c"),
        ("tier in (gold, tin)", "ab"), ("tier notin (gold)", "bc"), ("tier,x=1", "a"), ("tier=gold,x=2", ""),
    ):  # fmt: skip
        for command in ("list", "get"):
            form = "jsonpath={.items[*].metadata.name}"
            said = run(command, "--snapshot", "-", "-l", selector, "-o", form, stdin=dump)
            assert said.stdout.replace(" ", "") == expected, selector
    bad = run("list", "--snapshot", "-", "--selector", "x in (", stdin=dump)
    assert bad.exit_code == 2
    assert bad.stderr.startswith('mtop: error: label selector "x in ("')
    labelled = run("list", "--snapshot", "-", "--show-labels", stdin=dump).stdout
    assert [line.split()[-1] for line in labelled.splitlines()] == ["LABELS", "tier=gold,x=1", "tier=tin", "<none>"]


def test_headings() -> None:
    shown = rollout("list").stdout.splitlines()
    bare = rollout("list", "--no-headers").stdout.splitlines()
    assert shown[0].split() == [
        "NAMESPACE", "NAME", "KIND", "STATUS", "READY", "RESTARTS", "GPU", "MODEL", "WEIGHT", "AGE", "ERROR",
    ]  # fmt: skip
    assert [" ".join(line.split()) for line in bare] == [" ".join(line.split()) for line in shown[1:]]
    assert not any(line.endswith(" ") for line in [*shown, *bare])
    wide = rollout("list", "-o", "wide").stdout.splitlines()[0].split()
    assert wide == [*shown[0].split()[:-1], "NODES", "IMAGES", "URL", "CONFIGS", "ERROR"]


@pytest.mark.parametrize(
    ("sort_by", "path"),
    [
        ("name", "name"), ("NAME", "name"), ("age", "ageSeconds"), ("model", "model"), ("status", "label"),
        ("gpu", "gpu.count"), ("ready", "ready.ready"), (".gpu.count", "gpu.count"), ("{.name}", "name"),
        (".metadata.creationTimestamp", "metadata.creationTimestamp"),
    ],
)  # fmt: skip
def test_sorted_by_value(sort_by: str, path: str) -> None:
    for form in ("json", f"jsonpath={{range .items[*]}}{{.{path}}}{{'\\n'}}{{end}}"):
        shown = rollout("list", "--sort-by", sort_by, "-o", form).stdout
        if form == "json":
            values = json.loads(shown)["items"]
            for step in path.split("."):
                values = [value[step] for value in values]
        else:
            values = [line if not line.replace(".", "").isdigit() else float(line) for line in shown.splitlines()]
        assert values == sorted(values)
        assert len(set(map(str, values))) > 1


def test_sort_errors() -> None:
    said = rollout("list", "--sort-by", "nope")
    assert (said.exit_code, said.stdout) == (2, "")
    assert said.stderr.startswith('mtop: error: --sort-by: nothing here has "nope"\nmtop: hint: there are: namespace, ')
    assert rollout("list", "--sort-by", "{").exit_code == 2


@pytest.mark.parametrize("command", ["list", "get", "create", "delete", "version", "plugins"])
@pytest.mark.parametrize("form", ["xml", "", "JSON", "jsonpath", "custom-columns=", "json=1"])
def test_a_wrong_form_names_the_right_ones(command: str, form: str) -> None:
    said = run(command, "-o", form)
    assert (said.exit_code, said.stdout) == (2, "")
    assert said.stderr == (
        f'mtop: error: -o "{form}" is no output format\nmtop: hint: there are: {", ".join(FORMS)}\n'
    )


def test_go_templates_are_refused_with_a_way_out() -> None:
    said = run("get", "-o", "go-template={{.metadata.name}}")
    assert said.exit_code == 2
    assert said.stderr.endswith("mtop: hint: use -o jsonpath=... or -o json with jq\n")


@pytest.mark.parametrize("template", ["jsonpath={", "jsonpath={.items[0}", "jsonpath={nope}", "custom-columns=NAME",
                                      "custom-columns=N:{", "jsonpath-file=/nonexistent", "jsonpath={.items[99]}",
                                      "jsonpath={.kind[0]}"])  # fmt: skip
def test_a_wrong_template_is_one_line(template: str) -> None:
    for command in ("list", "get"):
        said = rollout(command, "-o", template)
        assert (said.exit_code, said.stdout) == (2, "")
        assert said.stderr.startswith("mtop: error: ")
        assert said.stderr.count("\n") <= 2


def test_names() -> None:
    names = rollout("list", "-o", "name", "-q").stdout.splitlines()
    assert names[0] == "llminferenceservice.serving.kserve.io/deepseek-v3"
    assert sorted(names) == sorted(rollout("get", "-o", "name", "-q").stdout.splitlines())
    assert rollout("get", names[0], "-o", "name", "-q").stdout == names[0] + "\n"
    assert rollout("get", *names, "-o", "name", "-q").stdout.splitlines() == names
    assert run("mock", "list", "-o", "name").stdout.splitlines()[0] == "world/broken"
    refused = run("version", "-o", "name")
    assert (refused.exit_code, refused.stdout) == (2, "")


def test_templates_from_files(tmp_path: Path) -> None:
    template = write(tmp_path, "t", "{range .items[*]}{.metadata.name}{'\\n'}{end}\n")
    assert rollout("get", "-o", f"jsonpath-file={template}", "-q").stdout.startswith("deepseek-v3\n")
    columns = write(tmp_path, "c", "NAME             URI\n.metadata.name   .spec.model.uri\n")
    assert rollout("get", "-o", f"custom-columns-file={columns}", "-q").stdout.split()[:3] == [
        "NAME", "URI", "deepseek-v3",
    ]  # fmt: skip
    assert rollout("get", "-o", "custom-columns=N:.metadata.name", "--no-headers").stdout.startswith("deep")


def test_the_source_is_always_said() -> None:
    assert rollout("list").stderr == SOURCE
    assert rollout("list", "-q").stderr == rollout("-q", "list").stderr == ""
    assert rollout("list", "-o", "json").stderr == rollout("list", "-o", "yaml").stderr == ""
    assert json.loads(rollout("list", "-o", "json").stdout)["source"]["name"] == "rollout"
    assert rollout("list", "-o", "name").stderr == SOURCE
    assert rollout("get", "-o", "json").stderr == SOURCE  # a v1 List has no place for it
    assert rollout("get", "-o", "json", "-q").stderr == ""


def test_list_has_an_alias() -> None:
    assert rollout("ls") == rollout("list")


def test_get_one_and_many() -> None:
    one = json.loads(rollout("get", "deepseek-v3", "-o", "json").stdout)
    assert one["kind"] == "LLMInferenceService"
    assert one["metadata"]["name"] == "deepseek-v3"
    many = json.loads(rollout("get", "llama-guard", "deepseek-v3", "-o", "json").stdout)
    assert [obj["metadata"]["name"] for obj in many["items"]] == ["llama-guard", "deepseek-v3"]
    for word in ("llmisvc", "LLMInferenceService", "llminferenceservices.serving.kserve.io"):
        assert json.loads(rollout("get", f"{word}/deepseek-v3", "-o", "json").stdout) == one
        assert json.loads(rollout("get", word, "deepseek-v3", "-o", "json").stdout) == one


def test_get_by_kind() -> None:
    llm = rollout("get", "llmisvc", "-o", "name", "-q").stdout.splitlines()
    classic = rollout("get", "isvc", "-o", "name", "-q").stdout.splitlines()
    assert {name.partition("/")[0] for name in llm} == {"llminferenceservice.serving.kserve.io"}
    assert {name.partition("/")[0] for name in classic} == {"inferenceservice.serving.kserve.io"}
    assert llm + classic == rollout("get", "-o", "name", "-q").stdout.splitlines()
    places = rollout("get", "llmisvc", "-o", "jsonpath={range .items[*]}{.metadata.namespace}/{.metadata.name} {end}")
    assert places.stdout.split() == sorted(places.stdout.split())


def test_get_configs() -> None:
    table = rollout("get", "config")
    assert table.stdout.splitlines()[0].split() == ["NAMESPACE", "NAME", "KIND", "READY", "REASON", "AGE"]
    assert set(column(table, "KIND")) == {"config"}
    name = column(table, "NAME")[0]
    for words in (("config", name), (f"config/{name}",)):
        found = json.loads(rollout("get", *words, "-o", "json").stdout)
        assert (found["kind"], found["metadata"]["name"]) == ("LLMInferenceServiceConfig", name)
    mixed = rollout("get", "deepseek-v3", f"config/{name}")
    assert column(mixed, "KIND") == ["llmisvc", "config"]
    absent = rollout("get", "config", "nope")
    assert absent.exit_code == 3
    assert absent.stderr == (
        'mtop: error: there is no LLMInferenceServiceConfig "nope"\n'
        "mtop: hint: mtop get config -A shows all there are\n"
    )


def test_get_what_is_not_there() -> None:
    near = rollout("get", "deepsek-v3")
    assert (near.exit_code, near.stdout) == (3, "")
    assert near.stderr.splitlines()[1] == "mtop: hint: did you mean deepseek-v3?"
    elsewhere = rollout("get", "deepseek-v3", "-n", "code")
    assert elsewhere.exit_code == 3
    assert 'deepseek-v3" in namespace code' in elsewhere.stderr
    assert rollout("get", "isvc/deepseek-v3").exit_code == 3
    assert rollout("get", "deepseek-v3", "nope").stdout == ""
    wrong = rollout("get", "pod/x")
    assert wrong.exit_code == 2
    assert wrong.stderr.startswith('mtop: error: "pod" is no kind of model')


def test_get_what_is_there_twice() -> None:
    dump = "\n".join(json.dumps(service("same", place)) for place in ("a", "b")).encode()
    said = run("get", "same", "--snapshot", "-", stdin=dump)
    assert (said.exit_code, said.stdout) == (2, "")
    assert said.stderr == (
        'mtop: error: more than one is named "same"\n'
        "mtop: hint: say which: llmisvc/same -n a; llmisvc/same -n b\n"
    )
    assert run("get", "same", "-n", "b", "-o", "name", "--snapshot", "-", stdin=dump).exit_code == 0
