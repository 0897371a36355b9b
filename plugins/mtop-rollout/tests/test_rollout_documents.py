"""Documents that are wrong, and what is said of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mtop_rollout.topology import files

from mtop_core.testing import Outcome, run

HEAD = "apiVersion: mtop.dev/v1alpha1\nkind: Topology\nmetadata: {name: mine}\nspec:\n"
MODELS = """\
  models:
    - {name: old, replicas: 2}
    - {name: new, role: candidate}
"""


def simulate(text: str, *args: str) -> Outcome:
    return run("simulate", "-f", "-", *args, stdin=text.encode())


# What stands after the head, and the errors with their lines.
WRONG = [
    ("  strategy: canary\n  stratgy: x\n" + MODELS,
     ["6: spec.stratgy: unknown field; did you mean spec.strategy?"]),
    ("  strategy: canry\n" + MODELS,
     ['5: spec.strategy: "canry" is not one of canary, bluegreen, rolling, recreate, shadow, ab, progressive, '
      "multiregion, disaggregated, multinode; did you mean canary?"]),
    ("  strategy: canary\n" + MODELS + "  traffic: {old: 0, new: 0}\n",
     ["9: spec.traffic: all weights are zero: nobody would serve"]),
    ("  strategy: canary\n" + MODELS + "  traffic: {old: 90, new: 10}\n",
     ["9: spec.traffic.new: new has weight and no replicas"]),
    ("  strategy: canary\n" + MODELS + "  traffic: {odl: 100}\n",
     ['9: spec.traffic.odl: there is no model "odl"; did you mean old?',
      "9: spec.traffic: all weights are zero: nobody would serve"]),
    ("  strategy: canary\n" + MODELS
     + "  rollout:\n    steps:\n      - {setWeight: {nwe: 10}}\n      - promote: candidate\n",
     ['11: spec.rollout.steps[0].setWeight.nwe: there is no model "nwe"; did you mean new?',
      '12: spec.rollout.steps[1].promote: there is no model "candidate"']),
    ("  strategy: canary\n  models: [{name: old, replicas: 2}]\n",
     ["6: spec.models: canary needs two models, an old and a new one"]),
    ("  strategy: rolling\n  models: [{name: old, replicas: 2}]\n  rollout: {maxSurge: 0, maxUnavailable: 0}\n",
     ["7: spec.rollout.maxUnavailable: maxSurge and maxUnavailable cannot both be zero"]),
    ("  strategy: rolling\n  cluster: {gpus: {L4: 1}}\n  models: [{name: old, replicas: 2, gpu: {class: L4}}]\n",
     ["7: spec.models[0].replicas: needs 2 L4 together with those before it, the cluster has 1"]),
    ("  strategy: rolling\n  tickSeconds: 0\n  models: [{name: old, replicas: 2}]\n",
     ["6: spec.tickSeconds: must be at least 0.001"]),
    ("  strategy: rolling\n  models: [{name: old, replicas: 0}]\n",
     ["6: spec.models: all weights are zero: nobody would serve"]),
    ("  strategy: disaggregated\n" + MODELS,
     ["6: spec.models: disaggregated needs a model with the role prefill",
      "6: spec.models: disaggregated needs a model with the role decode"]),
    ("  strategy: canary\n" + MODELS + "  faults:\n    - {at: {step: 99}, model: new, kind: latency}\n",
     ["10: spec.faults[0].at.step: there is no step 99, the last one is 13",
      "10: spec.faults[0]: latency needs a value, a number above zero"]),
    ("  strategy: canary\n" + MODELS + "  rollout: {steps: []}\n",
     ["9: spec.rollout.steps: canary does nothing without steps"]),
    ("  strategy: canary\n" + MODELS + "  gates: [{name: g, metric: queue, model: new}]\n",
     ["9: spec.gates[0]: needs max, min or relativeTo"]),
]  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), WRONG)
def test_wrong_documents(body: str, expected: list[str]) -> None:
    done = simulate(HEAD + body)
    assert (done.exit_code, done.stdout) == (3, "")
    first, *rest = [f"standard input:{line}" for line in expected]
    lines = [f"mtop: error: {first}", *(f"  {line}" for line in rest)]
    assert done.stderr.splitlines() == [*lines, "mtop: hint: docs/rollouts.md describes the document"]


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("", 3, "standard input: there is no document in it"),
        ("a: [", 3, "standard input:1: not YAML"),
        ("just words", 3, "standard input:1: expected an object"),
        ("---\na: 1\n---\nb: 2\n", 2, "standard input: it holds 2 documents"),
        ("[]", 3, "standard input: there is no state in it"),
        ("- 1", 3, "standard input:1: a state is a mapping"),
        ("\x00", 3, "standard input: binary data"),
    ],
)
def test_what_is_no_document(text: str, code: int, said: str) -> None:
    done = simulate(text)
    assert done.exit_code == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_hostile_names_are_plain(tmp_path: Path) -> None:
    done = simulate(HEAD + '  strategy: canary\n  "\\e[31mred": 1\n' + MODELS)
    assert "\x1b" not in done.stderr
    assert done.exit_code == 3


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ((), "nothing to simulate"),
        (("-t", "canary", "-f", "x"), "--topology and -f exclude each other"),
        (("-t", "canry"), "did you mean canary?"),
        (("-t", "canary", "--set", "x"), 'expected KEY=VALUE'),
        (("-t", "canary", "--set", "models.nobody.replicas=1"), 'there is no "nobody" to go into'),
        (("-t", "canary", "--set", "strategy.x=1"), 'there is no "x" to go into'),
        (("-t", "canary", "--approve", "-1"), "--approve must be from 0 to 10,000,000, got -1"),
        (("-t", "canary", "--approve", "nan"), "--approve must be from 0 to 10,000,000, got nan"),
    ],
)
def test_wrong_usage(args: tuple[str, ...], said: str) -> None:
    done = run("simulate", *args)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr


def test_an_absent_file() -> None:
    done = run("simulate", "-f", "nowhere.yaml")
    assert (done.exit_code, done.stderr) == (3, "mtop: error: nowhere.yaml: no such file or folder\n")


KEYS = ["name", "replicas", "at", "step", "model", "kind", "old", "load", "from", "to", "seconds"]
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["", "canary", "stable", "old", "manual", "25%", "all", "\x1b[2J", "x" * 300]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
PATHS = [
    "strategy", "tickSeconds", "maxSeconds", "seed", "noise", "cluster", "cluster.gpus", "load", "load.profile",
    "load.points", "load.users", "models", "models.0", "models.0.replicas", "models.1.role", "models.0.gpu",
    "models.0.startup", "models.0.capacity", "models.0.cache", "models.0.name", "regions", "traffic", "rollout",
    "rollout.steps", "rollout.maxSurge", "gates", "onFailure", "faults", "metadata.name", "models.0.drainSeconds",
]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(PATHS), values, st.sampled_from(files.names()))
def test_any_value_anywhere_is_simulated_or_refused(path: str, value: object, name: str) -> None:
    import json

    done = run("simulate", "-t", name, "--set", f"{path}={json.dumps(value)}", "--set", "maxSeconds=200", "-o", "csv")
    assert done.exit_code in (0, 1, 2, 3), done.stderr
    assert "bug" not in done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    if done.exit_code in (2, 3):
        assert done.stdout == ""
