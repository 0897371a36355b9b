"""`mtop cost`, run as a user runs it."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from mtop_cost.settings import SCHEMA

from mtop_core.schema import check
from mtop_core.testing import Outcome, pod, run, service


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `.ldconfig` that says nothing."""
    path = tmp_path / ".ldconfig"
    path.write_text("")
    monkeypatch.setenv("MTOP_CONFIG", str(path))
    monkeypatch.setenv("MTOP_STATE_DIR", str(tmp_path / "state"))
    for name in ("LLD_MODE", "MTOP_DISABLE_PLUGINS"):
        monkeypatch.delenv(name, raising=False)
    return path


def objects(image: object = "vllm", product: str = "NVIDIA-H100-80GB-HBM3") -> list[dict[str, Any]]:
    """Two models: one holds four GPUs and waits for four more, the other holds none."""
    container = {"name": "main", "image": image, "resources": {"limits": {"nvidia.com/gpu": "4"}}}
    labels = {"nvidia.com/gpu.product": product}
    llama = service()
    return [
        llama,
        service("idle"),
        pod("llama-1", llama, spec={"nodeName": "gpu-1", "containers": [container]}),
        pod("llama-2", llama, spec={"containers": [container]}),
        {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "gpu-1", "labels": labels}},
    ]


def cost(*args: str, given: list[dict[str, Any]] | None = None) -> Outcome:
    document = {"apiVersion": "v1", "kind": "List", "items": given or objects()}
    return run("cost", *args, "--snapshot", "-", "--at", "2026-10-12T09:30:00Z", stdin=json.dumps(document).encode())


def items(done: Outcome) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(done.stdout)["items"]
    return found


TABLE = """\
NAMESPACE   NAME    GPUS   PRODUCT   USD/HOUR   USD/30D     SHARE
chat        idle    0      -         0.00       0.00        0%
chat        llama   4      H100      27.52      19,814.40   100%
"""
NOTES = """\
mtop: note: total of 2 models: 27.52 USD per hour, 19,814.40 USD per 30 days (cost model list-price)
mtop: note: 4 GPUs not counted: the pods wait for a node
mtop: source: snapshot standard input, as of 2026-10-12T09:30:00Z
"""


def test_table() -> None:
    done = cost()
    assert (done.exit_code, done.stdout) == (0, TABLE)
    assert [line for line in done.stderr.splitlines(keepends=True) if "not checked" not in line] == NOTES.splitlines(
        keepends=True
    )


@pytest.mark.parametrize("world", ["healthy", "degraded", "rollout", "empty"])
def test_every_document_fits_its_schema(world: str) -> None:
    done = run("cost", "-A", "--mock", world, "-o", "json")
    assert done.exit_code == 0
    schema = json.loads((files("mtop_cost") / "schemas" / "cost.json").read_text())
    assert check(json.loads(done.stdout), schema) == []


def test_the_shares_of_a_world_add_up() -> None:
    found = items(run("cost", "-A", "--mock", "healthy", "-o", "json"))
    assert len(found) > 10
    assert sum(row["share"] for row in found) == pytest.approx(1)


@pytest.mark.parametrize("world", ["healthy", "degraded", "rollout"])
def test_cost_and_list_count_the_same(world: str) -> None:
    listed = {(row["kind"], row["namespace"], row["name"]): row["gpu"]
              for row in items(run("list", "-A", "--mock", world, "-o", "json"))}  # fmt: skip
    rows = items(run("cost", "-A", "--mock", world, "-o", "json"))
    assert len(rows) == len(listed)
    for row in rows:
        gpu = listed[row["kind"], row["namespace"], row["name"]]
        assert row["gpus"] + row["waiting"] == gpu["count"]
        products = {part["product"] for part in row["products"]} - {None}
        assert products == set(filter(None, (gpu["product"] or "").split("/")))


def test_what_nobody_can_know_is_no_zero() -> None:
    done = cost(given=[service()])
    assert done.stdout.splitlines()[1].split() == ["chat", "llama", "-", "-", "-", "-", "-"]
    assert "mtop: note: what 1 model holds is not known: neither pods nor workloads were read" in done.stderr
    (row,) = items(cost("-o", "json", given=[service()]))
    assert (row["gpus"], row["perHour"], row["products"]) == (None, None, [])
    schema = json.loads((files("mtop_cost") / "schemas" / "cost.json").read_text())
    assert check(json.loads(cost("-o", "json", given=[service()]).stdout), schema) == []


def test_an_unknown_product_is_named_and_never_priced() -> None:
    done = cost(given=objects(product="NVIDIA-GeForce-RTX-4090"))
    assert done.stdout.splitlines()[2].split() == ["chat", "llama", "4", "GEFORCE", "-", "-", "-"]
    assert "mtop: note: total of 1 model, without 1 of unknown price: 0.00 USD per hour" in done.stderr
    assert "mtop: note: no price for 4xGEFORCE: set cost.prices.GEFORCE in .ldconfig\n" in done.stderr


def test_own_prices_and_discount(config: Path) -> None:
    config.write_text("cost:\n  prices: {H100: 2.5}\n  discount: 0.5\n")
    llama = items(cost("llama", "-o", "json"))[0]
    assert (llama["perHour"], llama["per30Days"], llama["share"]) == (10.0, 7200.0, 1.0)
    assert llama["products"][0]["basis"] == f"cost.prices.H100 of {config}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cost:\n  prices:\n    H100: cheap\n", "3: cost.prices.H100: expected a number that is not negative"),
        ("cost:\n  discount: -1\n", "2: cost.discount: expected a number that is not negative"),
        ("cost:\n  discount: .nan\n", "2: cost.discount: expected a number that is not negative"),
        ("cost:\n  discount: 10\n", "2: cost.discount: expected a part of one, such as 0.1 for ten percent"),
    ],
)
def test_wrong_settings_are_named_by_line(config: Path, text: str, message: str) -> None:
    config.write_text(text)
    done = cost()
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.splitlines()[0] == f"mtop: error: {config}:{message}"


def test_the_schema_of_the_section() -> None:
    assert check({"prices": {"H100": 2.5}, "discount": 0.1}, SCHEMA) == []
    (problem,) = check({"discout": 0.1}, SCHEMA)
    assert (problem.message, problem.suggestion) == ("unknown field", "discount")


def test_a_selector_leaves_those_with_its_labels() -> None:
    given = objects()
    given[0]["metadata"]["labels"] = {"team": "a"}
    assert [row["name"] for row in items(cost("-l", "team=a", "-o", "json", given=given))] == ["llama"]


def test_an_unknown_cost_model() -> None:
    done = cost("--model", "spot")
    assert (done.exit_code, done.stderr) == (
        2,
        'mtop: error: no cost model is named "spot"\nmtop: hint: there are: list-price\n',
    )


def test_an_unknown_name() -> None:
    done = cost("lama")
    assert done.exit_code == 3
    assert done.stderr.endswith("mtop: hint: did you mean llama?\n")


def test_a_malformed_pod_costs_only_its_own_model() -> None:
    given = objects()
    given[2]["spec"]["containers"] = "many"
    done = cost("-o", "json", given=given)
    assert done.exit_code == 3
    assert [row["name"] for row in items(done)] == ["idle"]
    (error,) = json.loads(done.stdout)["errors"]
    assert error == (
        'LLMInferenceService chat/llama: Pod chat/llama-1: spec.containers: expected a list, got the string "many"'
    )
