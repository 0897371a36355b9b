"""The timelines of all shipped topologies, whole: a change in the simulator is a change in these files.

`MTOP_WRITE_GOLDEN=1 pytest plugins/mtop-rollout/tests/test_rollout_timelines.py` writes them anew.
"""

from __future__ import annotations

import csv
import io
import json
import os
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

import pytest
import yaml
from mtop_rollout.topology import files

from mtop_core.schema import check
from mtop_core.testing import Outcome, run

GOLDEN = Path(__file__).parent / "golden"
NAMES = files.names()
STRATEGIES = ("canary", "bluegreen", "rolling", "recreate", "shadow", "ab", "progressive", "multiregion",
              "disaggregated", "multinode")  # fmt: skip
# What each topology ends as.
ENDS = {
    "ab": "Succeeded", "ab-replica-lost": "RolledBack", "bluegreen": "Succeeded",
    "bluegreen-gpu-shortage": "RolledBack", "canary": "Succeeded", "canary-gate-fails": "RolledBack",
    "canary-overloaded": "RolledBack", "disaggregated": "Succeeded", "disaggregated-image-missing": "Failed",
    "multinode": "Succeeded", "multinode-outage": "Failed", "multiregion": "Succeeded",
    "multiregion-region-down": "Succeeded", "multiregion-wave-fails": "RolledBack", "progressive": "Succeeded",
    "progressive-budget-spent": "RolledBack", "recreate": "Succeeded", "recreate-crash-loop": "Failed",
    "rolling": "Succeeded", "rolling-gpu-shortage": "Failed", "rolling-slow-load": "Failed", "shadow": "Succeeded",
    "shadow-gate-fails": "RolledBack",
}  # fmt: skip


def schema(name: str) -> Any:
    return json.loads((resources("mtop_rollout") / "schemas" / f"{name}.json").read_text(encoding="utf-8"))


def simulate(*args: str) -> Outcome:
    return run("simulate", *args)


def golden(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get("MTOP_WRITE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_every_strategy_has_a_topology_and_one_that_fails() -> None:
    assert set(ENDS) == set(NAMES)
    for strategy in STRATEGIES:
        assert ENDS[strategy] == "Succeeded"
        variants = [name for name in NAMES if name.startswith(f"{strategy}-")]
        assert any(ENDS[name] != "Succeeded" for name in variants), strategy
        for name in (strategy, *variants):
            text = (Path(files.folder()) / f"{name}.yaml").read_text(encoding="utf-8")
            assert yaml.safe_load(text)["spec"]["strategy"] == strategy
            assert text.startswith("# "), "it says what it shows"


@pytest.mark.parametrize("name", NAMES)
def test_timeline(name: str) -> None:
    done = run("watch", "--topology", name)
    assert done.exit_code == (0 if ENDS[name] == "Succeeded" else 1)
    assert done.stderr == f"mtop: note: topology {name} ({name}.yaml)\n"
    golden(f"{name}.txt", done.stdout)


@pytest.mark.parametrize("name", ["canary", "rolling-gpu-shortage"])
def test_whole_table(name: str) -> None:
    golden(f"{name}.table.txt", simulate("-t", name, "-o", "wide").stdout)


@pytest.mark.parametrize("name", NAMES)
def test_documents_fit_their_schemas(name: str) -> None:
    done = simulate("--topology", name, "-o", "json")
    document = json.loads(done.stdout)
    assert check(document, schema("timeline")) == []
    assert document["summary"]["phase"] == ENDS[name]
    assert done.exit_code == (0 if ENDS[name] == "Succeeded" else 1)
    assert done.stderr == ""
    for line in run("watch", "-t", name, "-o", "json").stdout.splitlines():
        assert check(json.loads(line), schema("frame")) == []


def test_all_forms_say_the_same() -> None:
    document = json.loads(simulate("-t", "rolling", "-o", "json").stdout)
    assert yaml.safe_load(simulate("-t", "rolling", "-o", "yaml").stdout) == document
    rows = list(csv.DictReader(io.StringIO(simulate("-t", "rolling", "-o", "csv").stdout)))
    assert len(rows) == len(document["items"])
    for row, item in zip(rows, document["items"], strict=True):
        assert {key: value if isinstance(value, str) else "" if value is None else json.dumps(value)
                for key, value in item.items()} == row  # fmt: skip
    custom = simulate("-t", "rolling", "-o", "custom-columns=T:.seconds,M:.model").stdout.splitlines()
    assert custom[1].split() == ["0", "llama"]
    for form in ("name", "jsonpath={.items}"):
        assert simulate("-t", "rolling", "-o", form).exit_code == 2
    assert simulate("-t", "rolling", "--sort-by", "ready").exit_code == 2


def test_no_headers() -> None:
    assert simulate("-t", "rolling", "--no-headers").stdout.startswith("0:00 ")


def test_list() -> None:
    done = simulate("--list", "-o", "json")
    assert check(json.loads(done.stdout), schema("topologylist")) == []
    assert [item["name"] for item in json.loads(done.stdout)["items"]] == NAMES
    assert simulate("--list", "-o", "name").stdout.splitlines() == NAMES


def test_plots(tmp_path: Path) -> None:
    golden("canary.plot.txt", simulate("-t", "canary", "--plot", "terminal").stdout)
    image = tmp_path / "canary.svg"
    done = simulate("-t", "canary", "--plot", str(image))
    assert done.stdout.startswith(f"{image} written\nverdict: canary succeeds after 600 s\n")
    golden("canary.svg", image.read_text(encoding="utf-8"))
    assert simulate("-t", "canary", "--plot", "x.png").exit_code == 2
    assert simulate("-t", "canary", "--plot", str(tmp_path / "no" / "x.svg")).exit_code == 3


def test_settings_change_the_outcome() -> None:
    done = simulate("-t", "canary", "--set", "models.candidate.quality.errorRate=0.05", "-o", "json")
    assert json.loads(done.stdout)["summary"]["phase"] == "RolledBack"
    assert done.exit_code == 1
    seeds = {simulate("-t", "canary", "--set", "noise=0.2", "--set", f"seed={seed}").stdout for seed in (1, 1, 2)}
    assert len(seeds) == 2


def test_a_manual_pause_waits_for_approval(tmp_path: Path) -> None:
    args = ("-t", "canary", "--set", "rollout.steps=[{pause: manual}]", "--set", "maxSeconds=300", "-o", "json")
    waiting = json.loads(simulate(*args).stdout)["summary"]
    assert waiting["verdict"] == "is not done after 300 s: step 1 of 1, waits for approval"
    approved = json.loads(simulate(*args, "--approve", "42").stdout)["summary"]
    assert approved["verdict"] == "succeeds after 42 s"
