"""`mtop diff` over 10,000 services beside the bare parsers, GNU diff and deepdiff: time and peak memory in one run."""

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

from benchmarks.dumps import OBJECTS, measured, service

CHANGED = OBJECTS // 100
PARSE_BOTH = "import json\nfor path in {paths!r}:\n    found = [json.loads(line) for line in open(path)]\n"
YAML_BOTH = "import yaml\nfor path in {paths!r}:\n    found = yaml.load(open(path), Loader=yaml.CSafeLoader)\n"
DEEP = """
import json
from deepdiff import DeepDiff
one, other = ([json.loads(line) for line in open(path)] for path in {paths!r})
for x, y in zip(one[:{most}], other[:{most}]):
    if {always} or x != y:
        DeepDiff(x, y)
"""
MTOP = str(Path(sys.executable).with_name("mtop"))


def copies() -> dict[str, list[dict[str, Any]]]:
    """The services, a copy of which 1 % changed, and one whose every resourceVersion and times moved besides."""
    base = [service(number) for number in range(OBJECTS)]
    for number, obj in enumerate(base):
        obj["metadata"]["resourceVersion"] = str(1000 + number)
    changed: list[dict[str, Any]] = json.loads(json.dumps(base))
    for obj in changed[:: OBJECTS // CHANGED]:
        obj["spec"]["replicas"] = 5
        obj["spec"]["template"]["containers"][0]["image"] = "ghcr.io/llm-d/llm-d-cuda:v0.9.0"
    churned: list[dict[str, Any]] = json.loads(json.dumps(changed))
    for number, obj in enumerate(churned):
        if number % 100 != 1:
            obj["metadata"]["resourceVersion"] = str(900_000 + number)
            for condition in obj["status"]["conditions"]:
                condition["lastTransitionTime"] = "2026-10-12T09:29:00Z"
    return {"base": base, "changed": changed, "churned": churned}


def write(folder: Path) -> None:
    """Each copy as JSON lines, as sorted text, as YAML and as a snapshot."""
    environment = {**os.environ, "MTOP_STATE_DIR": str(folder / "state")}
    for name, objects in copies().items():
        lines = folder / f"{name}.jsonl"
        lines.write_text("".join(json.dumps(obj) + "\n" for obj in objects))
        text = "".join(json.dumps(obj, indent=1, sort_keys=True) + "\n" for obj in objects)
        (folder / f"{name}.txt").write_text(text)
        if name != "churned":
            with (folder / f"{name}.yaml").open("w") as stream:
                dump = {"apiVersion": "v1", "kind": "List", "items": json.loads(json.dumps(objects))}
                yaml.dump(dump, stream, Dumper=yaml.CSafeDumper, sort_keys=False)
        for output in (name, f"{name}.tar.gz"):
            save = [MTOP, "snapshot", "save", "-q", "-A", "--snapshot", str(lines), "-o", str(folder / output)]
            subprocess.run(save, env=environment, check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    """Prints one line per command, each with its ratio to the bare parser of the same two files."""
    if sys.argv[1:2] == ["--write"]:
        write(Path(sys.argv[2]))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["MTOP_STATE_DIR"] = str(folder / "state")
        subprocess.run([sys.executable, "-m", "benchmarks.diff", "--write", name], check=True)
        for other in ("changed", "churned"):
            _compare(folder, other)
        _compare_yaml(folder)


def _compare(folder: Path, other: str) -> None:
    """Snapshots on disk beside json, deepdiff and GNU diff of the same objects."""
    pair = [str(folder / f"{name}.jsonl") for name in ("base", other)]
    print(f"{OBJECTS:,} services against a copy, {other}")
    base, _ = _line("json, parsing both", [sys.executable, "-c", PARSE_BOTH.format(paths=pair)], 0)
    for suffix in ("", ".tar.gz"):
        sides = [str(folder / f"{name}{suffix}") for name in ("base", other)]
        for form in ("--brief", "-ojson"):
            _line(f"mtop diff {form}{suffix}", [MTOP, "diff", "-q", form, *sides], base)
    if shutil.which("diff"):
        _line("GNU diff, sorted text", ["diff", *(str(folder / f"{name}.txt") for name in ("base", other))], base)
    if other == "changed":
        _line("deepdiff, changed pairs only",
              [sys.executable, "-c", DEEP.format(paths=pair, most=OBJECTS, always=False)], base)  # fmt: skip
        some = OBJECTS // 50
        start = time.perf_counter()
        code = DEEP.format(paths=pair, most=some, always=True)
        subprocess.run([sys.executable, "-c", code], check=True)
        seconds = (time.perf_counter() - start - base) * OBJECTS / some
        print(f"  {'deepdiff, every pair (estimated)':34} {seconds:7.2f} s           {seconds / base:8.2f}x")


def _compare_yaml(folder: Path) -> None:
    pair = [str(folder / f"{name}.yaml") for name in ("base", "changed")]
    print("the same as two YAML dumps")
    base, _ = _line("libyaml, parsing both", [sys.executable, "-c", YAML_BOTH.format(paths=pair)], 0)
    _line("mtop diff --brief", [MTOP, "diff", "-q", "--brief", *pair], base)


def _line(name: str, command: list[str], base: float) -> tuple[float, float]:
    seconds, peak = measured(command)
    ratio = f"{seconds / base:8.2f}x" if base else "    1.00x"
    print(f"  {name:34} {seconds:7.2f} s  {peak:6.0f} MiB {ratio}")
    return seconds, peak


if __name__ == "__main__":
    main()
