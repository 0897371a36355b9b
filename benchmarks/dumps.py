"""A dump of 10,000 services: `mtop list` beside the bare parsers and kubectl, time and peak memory in one run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

OBJECTS = 10_000
RUNS = 3
PARSE_JSON = "import json; json.load(open({path!r}))"
PARSE_YAML = "import yaml; yaml.load(open({path!r}), Loader=yaml.CSafeLoader)"


def service(number: int) -> dict[str, Any]:
    """One service of about 3 KB, as a cluster would return it."""
    conditions = ("Ready", "PresetsCombined", "WorkloadsReady", "RouterReady", "MainWorkloadReady", "HTTPRoutesReady",
                  "GatewaysReady", "InferencePoolReady", "SchedulerWorkloadReady")  # fmt: skip
    resources = {"nvidia.com/gpu": "2", "cpu": "8", "memory": "64Gi"}
    container = {
        "name": "main",
        "image": "ghcr.io/llm-d/llm-d-cuda:v0.8.0",
        "env": [{"name": f"NAME_{i}", "value": f"value {i}"} for i in range(12)],
        "resources": {"limits": resources, "requests": resources},
    }
    return {
        "apiVersion": "serving.kserve.io/v1alpha2",
        "kind": "LLMInferenceService",
        "metadata": {
            "name": f"model-{number:05d}",
            "namespace": f"team-{number % 40}",
            "uid": f"00000000-0000-0000-0000-{number:012d}",
            "creationTimestamp": "2026-10-01T00:00:00Z",
            "labels": {f"example.com/label-{i}": f"value-{i}" for i in range(6)},
            "annotations": {f"example.com/note-{i}": "a sentence of some length" for i in range(5)},
        },
        "spec": {
            "model": {"uri": "hf://Qwen/Qwen3-32B", "name": "Qwen/Qwen3-32B"},
            "replicas": 2,
            "router": {"route": {}, "gateway": {}, "scheduler": {}},
            "template": {"containers": [container]},
        },
        "status": {
            "url": f"http://gateway.example.com/team-{number % 40}/model-{number:05d}",
            "conditions": [
                {"type": kind, "status": "True", "severity": "Info", "lastTransitionTime": "2026-10-01T00:10:00Z"}
                for kind in conditions
            ],
            "workloads": {"primary": {"apiGroup": "apps", "kind": "Deployment", "name": "x", "readyReplicas": 2}},
        },
    }


def measured(command: list[str]) -> tuple[float, float]:
    """Seconds and peak MiB of one process, both the best of a few runs."""
    seconds, peak = float("inf"), float("inf")
    for _ in range(RUNS):
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
        seconds, peak = min(seconds, time.perf_counter() - start), min(peak, usage.ru_maxrss / 1024)
    return seconds, peak


def main() -> None:
    """Prints one line per command, each with its ratio to the bare parser of the same file."""
    if sys.argv[1:2] == ["--write"]:
        write(Path(sys.argv[2]))
        return
    with tempfile.TemporaryDirectory() as folder:
        # in a process of its own: a child starts its peak memory at what its parent holds
        subprocess.run([sys.executable, __file__, "--write", folder], check=True)
        _compare(Path(folder, "dump.json"), PARSE_JSON)
        _compare(Path(folder, "dump.yaml"), PARSE_YAML)


def write(folder: Path) -> None:
    """Writes the same dump as JSON and as YAML."""
    items = [service(number) for number in range(OBJECTS)]
    dump = {"apiVersion": "v1", "kind": "List", "items": items}
    text = json.dumps(dump)
    (folder / "dump.json").write_text(text)
    with (folder / "dump.yaml").open("w") as stream:
        yaml.dump(json.loads(text), stream, Dumper=yaml.CSafeDumper, sort_keys=False)


def _compare(path: Path, parse: str) -> None:
    print(f"{path.name}: {OBJECTS:,} services, {path.stat().st_size / 1e6:.0f} MB")
    base, base_peak = measured([sys.executable, "-c", parse.format(path=str(path))])
    print(f"  {'the parser alone':28} {base:6.2f} s  {base_peak:6.0f} MiB")
    mtop = str(Path(sys.executable).with_name("mtop"))
    commands = {"mtop list": [mtop, "list", "-q", "--snapshot", str(path)]}
    if kubectl := shutil.which("kubectl"):
        # kubectl has no table without a server; this reads and prints every object of the file
        commands["kubectl label --local"] = [kubectl, "label", "--local", "-f", str(path), "a=b", "-o", "name"]
    for name, command in commands.items():
        seconds, peak = measured(command)
        ratios = f"{seconds / base:.2f}x time, {peak / base_peak:.2f}x memory"
        print(f"  {name:28} {seconds:6.2f} s  {peak:6.0f} MiB   {ratios}")


if __name__ == "__main__":
    main()
