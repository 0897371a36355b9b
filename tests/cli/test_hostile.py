"""Text from a cluster never reaches a terminal raw, whatever the command and the form."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mtop_core.testing import Outcome, pod, run, service
from tests.cli.kit import write

# Everything a terminal may obey; a document may end its lines, and a tab may stand in a template's text.
RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
ATTACKS = [
    "\x1b[31mred", "\x1b]0;title\x07", "\x1b]52;c;ZXZpbA==\x07", "\x9b31m", "\x9d0;x\x9c", "a\rb", "a\nb\n", "\x00",
    "\x08\x08",
    "\u202eevil", "\u2066x\u2069", "\u200b\ufeff", "\u2028\u2029", "a\x7fb", "{end}{range .items[*]}", "%s%n{0}{kind}",
    "\x1b" * 1_000, " lead and trail ", "null", "---\nkind: Pod",
]  # fmt: skip
FORMS = (
    "table", "wide", "json", "yaml", "name", "jsonpath={}", "jsonpath={..message} {..labels} {.metadata}",
    "jsonpath={range .items[*]}{.metadata}{'\\n'}{end}", "custom-columns=A:.metadata,B:.status,C:.spec.model",
)  # fmt: skip


def hostile(text: str) -> list[dict[str, Any]]:
    """A service and its pod that say `text` wherever Kubernetes lets anyone say anything."""
    one = service("fine")
    one["metadata"] |= {"labels": {"tier": text, text: "x"}, "annotations": {text: text}, "resourceVersion": text}
    one["spec"] |= {"model": {"uri": f"hf://{text}", "name": text}, text: text}
    one["status"] = {
        "url": text,
        "conditions": [
            {"type": "Ready", "status": "False", "reason": text, "message": text}, {"type": text, "status": text},
        ],
    }  # fmt: skip
    two = pod("fine-1", one)
    two["spec"] |= {"nodeName": text, "containers": [{"name": "main", "image": text}]}
    two["status"] = {
        "phase": "Pending",
        "reason": text,
        "message": text,
        "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": text}],
        "containerStatuses": [{"name": "main", "state": {"waiting": {"reason": text, "message": text}}}],
    }
    return [one, two]


def safe(said: Outcome) -> None:
    assert said.exit_code in (0, 2, 3), said.stderr[-400:]
    assert not RAW.search(said.stdout)
    assert not RAW.search(said.stderr)
    assert all(line.startswith(("mtop: ", "  ", "No resources")) for line in said.stderr.splitlines())
    said.stdout.encode()


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: ascii(attack[:12]))
def test_every_form_of_every_look(attack: str) -> None:
    dump = "\n".join(map(json.dumps, hostile(attack))).encode()
    for form in FORMS:
        for line in (("list", "--show-labels"), ("get",), ("get", "fine"), ("list", "--sort-by", ".labels")):
            said = run(*line, "--snapshot", "-", "-o", form, "--color=never", stdin=dump)
            safe(said)
            if form in ("table", "wide"):
                assert all(line == line.rstrip() for line in said.stdout.splitlines())
                assert len(said.stdout.splitlines()) == 2 or said.exit_code


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: ascii(attack[:12]))
def test_data_comes_out_as_it_went_in(attack: str) -> None:
    objects = hostile(attack)
    dump = "\n".join(map(json.dumps, objects)).encode()
    assert json.loads(run("get", "fine", "--snapshot", "-", "-o", "json", stdin=dump).stdout) == objects[0]
    said = run("get", "fine", "--snapshot", "-", "-o", "yaml", stdin=dump).stdout
    assert yaml.load(said, yaml.CSafeLoader) == objects[0]


def test_a_million_characters(tmp_path: Path) -> None:
    objects = hostile("\x1b" + "x" * 1_000_000)
    dump = write(tmp_path, "dump.json", "\n".join(map(json.dumps, objects)))
    for form in ("table", "json", "yaml", "jsonpath={.items[*].kind}"):
        safe(run("list", "--snapshot", dump, "-o", form))
    one = write(tmp_path, "one.json", json.dumps(objects[0]))
    refused = run("create", "-f", one, "--mock", "empty")
    assert refused.exit_code == 3
    assert all(len(line) < 400 for line in refused.stderr.splitlines())


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: ascii(attack[:12]))
def test_what_is_written(attack: str, tmp_path: Path) -> None:
    objects = hostile(attack)[:1]
    path = write(tmp_path, "a.json", json.dumps(objects[0]))
    for validate in ("strict", "warn", "ignore"):
        for form in ("table", "json", "yaml", "name"):
            safe(run("create", "-f", path, "--mock", "empty", "--dry-run", f"--validate={validate}", "-o", form))
    assert run("create", "-f", path, "--mock", "empty", "--validate=ignore").exit_code == 0
    for form in ("table", "wide", "json", "yaml"):
        safe(run("get", "--mock", "empty", "-o", form))
        safe(run("list", "--mock", "empty", "-o", form))
    safe(run("delete", "fine", "--mock", "empty", "--yes"))


@pytest.mark.parametrize("attack", [attack for attack in ATTACKS if len(attack) < 100], ids=ascii)
def test_words_of_the_user(attack: str, tmp_path: Path) -> None:
    config = write(tmp_path, "config", json.dumps({"mode": attack, attack: attack, "namespace": attack}))
    for line in (
        (attack,), ("list", attack), ("get", attack), ("get", f"isvc/{attack}"), ("get", f"{attack}/x"),
        ("list", "-n", attack), ("list", "-l", attack), ("list", "-o", attack), ("list", "-o", f"jsonpath={attack}"),
        ("list", "-o", f"jsonpath={{{attack}"), ("list", "-o", f"custom-columns={attack}"), ("list", f"--{attack}"),
        ("list", "--sort-by", attack), ("list", f"--mock={attack}"), ("list", "--snapshot", attack),
        ("list", "--at", attack), ("delete", attack),
        ("list", "--source", attack), ("create", "-f", attack), ("mock", "use", attack), ("mock", "path", attack),
        ("config", "validate", attack), ("config", "validate", config), ("completion", attack), ("plugins", attack),
        ("--color", attack, "list"), ("list", "-o", f"jsonpath-file={attack}"),
    ):  # fmt: skip
        if "\x00" not in attack:
            said = run(*line)
            safe(said._replace(exit_code=min(said.exit_code, 3)))
            assert said.exit_code != 70
    for looking in (("config", "show"), ("list",), ("config", "validate", "-o", "json"), ("plugins",)):
        said = run(*looking, env={"MTOP_CONFIG": config})
        safe(said._replace(exit_code=min(said.exit_code, 3)))
        assert said.exit_code != 70


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(ATTACKS[:17]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from(FORMS), st.sampled_from(["list", "get"]), values, values, values)
def test_objects_of_any_shape(form: str, command: str, spec: Any, status: Any, metadata: Any) -> None:
    one = service("fine")
    one["spec"], one["status"] = spec, status
    if isinstance(metadata, dict):
        one["metadata"] |= {"labels": metadata, "annotations": metadata}
    two = pod("fine-1", one, spec=spec, status=status)
    said = run(command, "--snapshot", "-", "-o", form, stdin="\n".join(map(json.dumps, [one, two])).encode())
    safe(said)
