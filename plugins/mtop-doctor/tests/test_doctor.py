"""The command: worlds, grouping, gaps, broken rules, exit codes, output forms, accepted findings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mtop_doctor import plugin
from mtop_doctor.accepted import SCHEMA, acceptances, without

from mtop_core.api import Diagnosis, Finding, Inventory, Model, RuleSpec, diagnose, load_target
from mtop_core.schema import check
from mtop_core.testing import Outcome, inventory, pod, run, service

Obj = dict[str, Any]
SPECS = list(plugin.mtop_rules())

# What is wrong with each model of the degraded world, by the first rule that hits it.
DEGRADED = {
    "chat/config-missing": "base-config-not-found",
    "chat/deepseek-half": "gpu-insufficient",
    "chat/gated-gemma": "hf-token-missing",
    "chat/image-typo": "image-not-found",
    "chat/kv-too-small": "kv-cache-too-small",
    "chat/no-gpu-left": "gpu-insufficient",
    "chat/phi-old": "cr-stuck-deleting",
    "chat/secret-missing": "env-secret-missing",
    "chat/slow-load": "startup-probe-too-short",
    "chat/stuck-rollout": "engine-args-unknown",
    "code/claim-missing": "pvc-missing",
    "code/cuda-oom": "cuda-oom",
    "code/on-lost-node": "node-not-ready",
    "code/private-image": "image-unauthorized",
    "labs/route-rejected": "httproute-not-accepted",
    "platform/claim-pending": "pvc-storageclass-missing",
    "platform/custom-code": "trust-remote-code",
    "platform/host-oom": "host-oom-killed",
    "search/half-on-lost-node": "node-not-ready",
    "search/mistral-a": "group-degraded",
    "search/mistral-b": "group-degraded",
    "search/no-toleration": "untolerated-taint",
    "search/wrong-gpu-name": "node-selector-mismatch",
    "team-b/over-quota": "quota-exceeded",
}


def doctor(*args: str, env: dict[str, str] | None = None, stdin: bytes = b"") -> Outcome:
    return run("doctor", *args, env={"MTOP_CONFIG": "", "LLD_MODE": "", **(env or {})}, stdin=stdin)


def document(*args: str, **more: Any) -> Obj:
    found: Obj = json.loads(doctor(*args, "-o", "json", **more).stdout)
    return found


def own(*raw: Obj, **more: Any) -> Diagnosis:
    look = inventory(*raw, **more)
    return diagnose(look, look.models, SPECS, lambda spec: load_target(spec.target, spec.id))


def dump(*raw: Obj) -> bytes:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": list(raw)}).encode()


def typo(name: str = "llama") -> tuple[Obj, Obj]:
    cr = service(name, template={"containers": [{"name": "main", "image": "ghcr.io/x/vllm:v9"}]})
    state = {"waiting": {"reason": "ErrImagePull", "message": "ghcr.io/x/vllm:v9: not found"}}
    status = {"phase": "Pending", "containerStatuses": [{"name": "main", "ready": False, "state": state}]}
    spec = {"nodeName": "gpu-1", "containers": [{"name": "main", "image": "ghcr.io/x/vllm:v9"}]}
    return cr, pod(f"{name}-1", cr, spec=spec, status=status)


def test_the_healthy_world_has_no_finding() -> None:
    assert document("-A", "--mock=healthy", "--fail-on", "info")["items"] == []
    outcome = doctor("-A", "--mock=healthy", "--fail-on", "info")
    assert (outcome.exit_code, outcome.stdout) == (0, "")
    assert "No findings in 27 models." in outcome.stderr


def test_the_degraded_world_has_one_cause_for_each_failure() -> None:
    first: dict[str, str] = {}
    for item in document("-A", "--mock=degraded")["items"]:
        for model in item["models"]:
            first.setdefault(f"{model['namespace']}/{model['name']}", item["rule"])
    assert first == DEGRADED


def test_a_lost_node_is_one_finding_and_explains_its_pods() -> None:
    items = document("-A", "--mock=degraded")["items"]
    lost = [item for item in items if item["rule"] == "node-not-ready"]
    assert len(lost) == 1
    assert [symptom["rule"] for symptom in lost[0]["symptoms"]] == ["gpu-insufficient"] * 2
    assert items[0] == lost[0]  # the widest of the errors


def test_what_follows_from_a_cause_stands_below_it() -> None:
    items = {item["rule"]: item for item in document("-A", "--mock=degraded")["items"]}
    assert [s["rule"] for s in items["engine-args-unknown"]["symptoms"]] == ["ready-but-rollout-stuck"]
    assert [s["rule"] for s in items["trust-remote-code"]["symptoms"]] == ["isvc-load-failed"]
    assert not {"ready-but-rollout-stuck", "isvc-load-failed", "lws-group-partial"} & set(items)


def test_a_rollout_that_waits_for_itself_is_told() -> None:
    items = document("-A", "--mock=rollout")["items"]
    assert [item["rule"] for item in items] == ["rollout-surge-no-free-gpu"]


@pytest.mark.parametrize("world", ["healthy", "degraded", "rollout", "empty"])
def test_json_fits_its_schema(world: str) -> None:
    assert check(document("-A", f"--mock={world}"), "diagnosis") == []


def test_json_of_a_small_case() -> None:
    found = document("--snapshot", "-", "--at", "2026-10-12T09:30:00Z", stdin=dump(*typo()))
    subject = {"kind": "Pod", "namespace": "chat", "name": "llama-1"}
    assert found["items"] == [{
        "rule": "image-not-found",
        "severity": "error",
        "confidence": "proved",
        "stage": "image",
        "subject": subject,
        "summary": "The image ghcr.io/x/vllm:v9 does not exist.",
        "evidence": [{
            "object": subject,
            "path": "status.containerStatuses[0].state.waiting.message",
            "text": "ghcr.io/x/vllm:v9: not found",
        }],
        "action": "Correct spec.template.containers[0].image.",
        "command": "kubectl edit llmisvc llama -n chat",
        "since": "2026-10-12T09:00:00Z",
        "models": [{"kind": "LLMInferenceService", "namespace": "chat", "name": "llama"}],
        "symptoms": [],
    }]  # fmt: skip
    assert (found["kind"], found["errors"]) == ("Diagnosis", [])


def test_a_block_says_what_where_why_and_how() -> None:
    outcome = doctor("--snapshot", "-", "--at", "2026-10-12T09:30:00Z", stdin=dump(*typo()))
    assert outcome.stdout == (
        "ERROR    image-not-found  chat/llama\n"
        "  The image ghcr.io/x/vllm:v9 does not exist.\n"
        "  proof  Pod chat/llama-1 status.containerStatuses[0].state.waiting.message: "
        '"ghcr.io/x/vllm:v9: not found"\n'
        "  fix    Correct spec.template.containers[0].image.\n"
        "  run    kubectl edit llmisvc llama -n chat\n"
        "  since  30m ago\n"
    )
    assert outcome.exit_code == 1


def test_text_of_a_cluster_never_reaches_the_terminal_raw() -> None:
    cr, waits = typo()
    waits["status"]["containerStatuses"][0]["state"]["waiting"]["message"] = "\x1b[2Jv9: not found\nERROR  all is well"
    out = doctor("--snapshot", "-", "--at", "2026-10-12T09:30:00Z", stdin=dump(cr, waits)).stdout
    assert "\x1b" not in out
    assert "\nERROR  all is well" not in out


@pytest.mark.parametrize(("world", "fail_on", "code"), [
    ("degraded", "error", 1), ("degraded", "never", 0), ("healthy", "info", 0), ("rollout", "warning", 1),
])  # fmt: skip
def test_exit_codes(world: str, fail_on: str, code: int) -> None:
    assert doctor("-A", f"--mock={world}", "--fail-on", fail_on).exit_code == code


def test_a_warning_fails_only_when_asked() -> None:
    args = ("mistral-a", "-n", "search", "--mock=degraded")
    assert doctor(*args).exit_code == 0
    assert doctor(*args, "--fail-on", "warning").exit_code == 1


def test_names_and_labels_choose_models() -> None:
    assert len(document("image-typo", "llmisvc/kv-too-small", "-n", "chat", "--mock=degraded")["items"]) == 2
    assert document("-A", "-l", "no=such", "--mock=degraded")["items"] == []
    outcome = doctor("image-type", "-A", "--mock=degraded")
    assert outcome.exit_code == 3
    assert "did you mean image-typo?" in outcome.stderr


def test_names_of_findings() -> None:
    out = doctor("image-typo", "-A", "--mock=degraded", "-o", "name").stdout
    assert out.startswith("image-not-found/image-typo-kserve-")


def test_wide_proves_symptoms_too() -> None:
    plain, wide = (doctor("stuck-rollout", "-A", "--mock=degraded", "-o", form).stdout for form in ("table", "wide"))
    assert "has timed out progressing" not in plain
    assert "has timed out progressing" in wide


def test_what_could_not_be_read_is_said_and_not_called_healthy() -> None:
    diagnosis = own(*typo(), without=["pods"])
    assert diagnosis.findings == ()
    assert [(gap.kind.resource, gap.reason) for gap in diagnosis.gaps] == [("pods", "forbidden")]
    assert "image-not-found: not checked without pods" in diagnosis.skipped


def test_a_dump_that_lacks_kinds_shows_it() -> None:
    outcome = doctor("--snapshot", "-", "--at", "2026-10-12T09:30:00Z", stdin=dump(service()))
    assert "No findings in 1 model, but not everything was checked." in outcome.stderr
    assert "mtop: not checked: pods" in outcome.stderr


def broken(model: Model, look: Inventory) -> Iterator[Finding]:
    raise ZeroDivisionError("oh")


def test_a_rule_that_breaks_costs_only_its_own_answer() -> None:
    look = inventory(*typo())
    rules = [*SPECS, RuleSpec("broken", "Breaks.", "x:broken", "error", "engine")]
    found = diagnose(look, look.models, rules,
                     lambda spec: broken if spec.id == "broken" else load_target(spec.target, spec.id))  # fmt: skip
    assert [finding.rule for finding in found.findings] == ["image-not-found"]
    expected = "rule broken failed on LLMInferenceService chat/llama: ZeroDivisionError: oh"
    assert found.failures == (expected,)


def test_a_malformed_object_is_said_and_the_others_are_checked() -> None:
    cr, waits = typo("other")
    odd, stuck = typo()
    stuck["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] = 7
    found = own(cr, waits, odd, stuck)
    assert [finding.subject.name for finding in found.findings] == ["other-1"]
    assert any("chat/llama" in failure and "image-not-found" in failure for failure in found.failures)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.id)
def test_a_rule_can_be_explained(spec: RuleSpec) -> None:
    outcome = doctor("--explain", spec.id)
    assert outcome.exit_code == 0
    assert spec.summary in outcome.stdout
    assert "\nEvidence: " in outcome.stdout
    assert "\nGuard: " in outcome.stdout


def test_rules_are_unique_and_listed() -> None:
    names = [spec.id for spec in SPECS]
    assert len(set(names)) == len(names)
    listed = document("--list-rules")
    assert set(names) <= {item["id"] for item in listed["items"]}
    outcome = doctor("--explain", "cuda-om")
    assert outcome.exit_code == 2
    assert "did you mean cuda-oom?" in outcome.stderr


def configured(tmp_path: Path, *lines: str) -> dict[str, str]:
    path = tmp_path / ".ldconfig"
    path.write_text("doctor:\n  ignore:\n" + "".join(f"    {line}\n" for line in lines))
    return {"MTOP_CONFIG": str(path)}


def test_accepted_findings_are_counted_and_not_shown(tmp_path: Path) -> None:
    env = configured(tmp_path, "- {rule: group-degraded, object: search/mistral-*, reason: wanted}")
    outcome = doctor("mistral-a", "-A", "--mock=degraded", "--fail-on", "warning", env=env)
    assert (outcome.exit_code, outcome.stdout) == (0, "")
    assert "1 finding ignored by the configuration" in outcome.stderr


@pytest.mark.parametrize(("until", "code"), [("2026-10-13", 0), ("2026-10-12T09:30:00Z", 1), ("2026-01-01", 1)])
def test_an_acceptance_ends(tmp_path: Path, until: str, code: int) -> None:
    env = configured(tmp_path, f"- {{rule: image-not-found, until: {until}, reason: x}}")
    assert doctor("image-typo", "-A", "--mock=degraded", env=env).exit_code == code


def test_an_acceptance_of_one_model_keeps_the_others(tmp_path: Path) -> None:
    env = configured(tmp_path, "- {rule: node-not-ready, object: code/on-lost-node, reason: x}")
    items = document("-A", "--mock=degraded", env=env)["items"]
    lost = next(item for item in items if item["rule"] == "node-not-ready")
    assert [model["name"] for model in lost["models"]] == ["half-on-lost-node"]


@pytest.mark.parametrize(("line", "path"), [
    ("- {rule: image-not-found}", "reason"), ("- {rule: x, reason: y, till: z}", "till"),
    ("- {rule: x, reason: y, until: soon}", "until"),
])  # fmt: skip
def test_the_section_has_a_schema(line: str, path: str) -> None:
    import yaml

    assert path in str(check({"ignore": yaml.safe_load(line)}, SCHEMA))


@pytest.mark.parametrize("line", ["- {rule: [x], reason: y}", "- {rule: x, reason: y, until: soon}", "- 7"])
def test_a_malformed_section_is_an_error_of_the_configuration(tmp_path: Path, line: str) -> None:
    outcome = doctor("-A", "--mock=degraded", env=configured(tmp_path, line))
    assert outcome.exit_code == 2
    assert "doctor.ignore" in outcome.stderr


def test_an_accepted_symptom_leaves_its_cause() -> None:
    symptom = own(*typo()).findings[0]
    cause = symptom._replace(rule="cause", symptoms=(symptom,))
    kept, ignored = without([cause], acceptances({"ignore": [{"rule": "image-not-found", "reason": "x"}]}),
                            inventory().at)  # fmt: skip
    assert [(finding.rule, finding.symptoms, ignored) for finding in kept] == [("cause", (), 1)]


def test_the_cold_file_loads_nothing_warm() -> None:
    import subprocess
    import sys

    code = ("import sys, mtop_doctor.plugin as p; list(p.mtop_rules()); "
            "print([m for m in sys.modules if m.startswith('mtop_doctor.')])")  # fmt: skip
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "['mtop_doctor.plugin']"


def test_mock_before_the_command_takes_no_command_for_a_world() -> None:
    assert run("--mock", "doctor").stderr.endswith("mtop: source: mock healthy, as of 2026-10-12T09:30:00Z\n")
    assert "mtop: source: mock rollout" in run("--mock", "rollout", "doctor").stderr
