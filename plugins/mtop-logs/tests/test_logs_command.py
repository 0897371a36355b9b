"""`mtop logs`, run as a user runs it, on mock worlds and snapshots."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from mtop_logs.secrets import masked

from mtop_core.schema import check
from mtop_core.testing import Outcome, pod, run, service

Snapshot = Callable[..., Path]


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A `.ldconfig` that says nothing."""
    path = tmp_path / ".ldconfig"
    path.write_text("")
    monkeypatch.setenv("MTOP_CONFIG", str(path))


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    """Makes a snapshot of one service and its pods: `snapshot({"a/main": b"..."}, a={...})`; keywords are pods."""

    def make(logs: dict[str, bytes], **pods: Any) -> Path:
        llama = service()
        root = tmp_path / "snapshot"
        objects = [llama, *(pod(name, llama, **parts) for name, parts in pods.items())]
        for name in {path.partition("/")[0] for path in logs} - pods.keys():
            objects.append(pod(name, llama))
        root.mkdir(exist_ok=True)
        (root / "objects.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
        for path, data in logs.items():
            file = root / "logs" / "chat" / f"{path}.log"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        return root

    return make


def logs(root: Path, *args: str) -> Outcome:
    return run("logs", "llama", "-n", "chat", *args, "--snapshot", str(root), "--at", "2026-10-12T09:30:00Z")


def stamped(*texts: str, minute: int = 0) -> bytes:
    return "".join(f"2026-10-12T09:{minute:02d}:{at:02d}.000000000Z {text}\n" for at, text in enumerate(texts)).encode()


def died(code: int = 1, reason: str = "Error", restarts: int = 4, waits: str = "CrashLoopBackOff") -> dict[str, Any]:
    """The status of a pod whose container died and waits."""
    last = {"terminated": {"exitCode": code, "reason": reason, "finishedAt": "2026-10-12T09:10:00Z"}}
    entry = {"name": "main", "restartCount": restarts, "state": {"waiting": {"reason": waits}}, "lastState": last}
    return {"status": {"phase": "Running", "containerStatuses": [entry]}}


CRASH = """\
kv-too-small-kserve-lrvwfh5p8m-nsxgw main~1 ValueError: To serve at least one request with the models's max seq len \
(131072), (24.00 GiB KV cache is needed, which is larger than the available KV cache memory (9.37 GiB). Based on the \
available memory, the estimated maximum model length is 51152. Try increasing `gpu_memory_utilization` or decreasing \
`max_model_len` when initializing the engine.
kv-too-small-kserve-lrvwfh5p8m-nsxgw main --- ended: exit 1, now CrashLoopBackOff, restarts: 12 ---
"""


def test_the_cause_of_a_crash() -> None:
    done = run("logs", "kv-too-small", "-n", "chat", "--mock", "degraded", "--only-cause")
    assert done == (0, CRASH, "mtop: source: mock degraded, as of 2026-10-12T09:30:00Z\n")


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("cuda-oom -n code", "torch.OutOfMemoryError: CUDA out of memory"),
        ("stuck-rollout -n chat", "vllm: error: unrecognized arguments: --enable-chunked-prefil"),
        ("gated-gemma -n chat", "huggingface_hub.errors.GatedRepoError: 401 Client Error"),
        ("host-oom -n platform", "ended: exit 137 (OOMKilled)"),
        ("qwen3-32b -n chat", "torch.AcceleratorError: CUDA error: unspecified launch failure"),
    ],
)
def test_the_cause_comes_first(model: str, words: str) -> None:
    world = "healthy" if "qwen" in model else "degraded"
    done = run("logs", *model.split(), "--mock", world, "--only-cause", "--previous=joined")
    assert words in done.stdout.splitlines()[0]


def test_a_whole_model_merged(snapshot: Snapshot) -> None:
    root = snapshot({"a/main": stamped("one", "two", "three"), "b/main": stamped("eins", "zwei")})
    assert logs(root).stdout == "a main one\nb main eins\na main two\nb main zwei\na main three\n"
    assert logs(root, "--no-merge").stdout == "a main one\na main two\na main three\nb main eins\nb main zwei\n"
    assert logs(root, "--pod", "^b$", "-o", "raw").stdout == "eins\nzwei\n"
    assert logs(root, "--exclude-pod", "b", "--tail", "1").stdout == "a main three\n"
    assert logs(root, "-t", "--tail", "1", "--pod", "a").stdout == "2026-10-12T09:00:02.000000000Z a main three\n"
    assert logs(root, "--timestamps=short", "--timezone", "Asia/Tokyo", "--tail", "1", "--pod", "a").stdout == (
        "10-12 18:00:02 a main three\n"
    )
    assert logs(root, "--since", "29m59s", "--until", "29m58s").stdout == "a main two\nb main zwei\n"


def test_which_containers(snapshot: Snapshot) -> None:
    spec = {
        "nodeName": "gpu-1",
        "initContainers": [{"name": "storage-initializer"}, {"name": "sidecar", "restartPolicy": "Always"}],
        "containers": [{"name": "main"}],
        "ephemeralContainers": [{"name": "debug"}],
    }
    names = ("storage-initializer", "sidecar", "main", "debug")
    root = snapshot({f"a/{name}": stamped(name) for name in names}, a={"spec": spec})
    said = {
        (): names,
        ("--component", "init"): ("storage-initializer",),
        ("--component", "main"): names,
        ("--component", "decode,scheduler"): names,
        ("--component", "prefill"): (),
        ("-c", "main"): ("main",),
        ("-E", "main|debug"): ("storage-initializer", "sidecar"),
        ("--no-init-containers",): ("main", "debug"),
        ("--no-ephemeral-containers",): names[:3],
        ("--node", "gpu-1,gpu-2"): names,
        ("--node", "gpu-2"): (),
        ("--condition", "ready"): names,
        ("--condition", "Ready=False"): (),
        ("--container-state", "running"): (),
        ("--container-state", "all"): names,
    }
    for args, expected in said.items():
        assert logs(root, *args, "-o", "raw").stdout.split() == list(expected), args


def test_revisions(snapshot: Snapshot) -> None:
    def of(revision: str, made: str) -> dict[str, Any]:
        raw = pod(revision, service())
        raw["metadata"]["labels"]["pod-template-hash"] = revision
        raw["metadata"]["creationTimestamp"] = made
        return {"metadata": raw["metadata"]}

    pods = {"old": of("old1", "2026-10-12T08:00:00Z"), "new": of("new1", "2026-10-12T09:00:01Z")}
    pods["old"]["metadata"]["name"], pods["new"]["metadata"]["name"] = "old", "new"
    root = snapshot({"old/main": stamped("o0", "o1", "o2"), "new/main": stamped("n0", "n1", "n2")}, **pods)
    assert logs(root, "--revision", "new", "-o", "raw").stdout == "n0\nn1\nn2\n"
    assert logs(root, "--revision", "old", "-o", "raw").stdout == "o0\no1\no2\n"
    assert logs(root, "--revision", "old1", "--tail", "1", "-o", "raw").stdout == "o2\n"
    assert logs(root, "--since", "rollout", "-o", "raw").stdout.split() == ["n1", "o1", "n2", "o2"]


def test_a_run_that_died_is_shown_where_nothing_runs(snapshot: Snapshot) -> None:
    root = snapshot({"a/main.previous": stamped("dying"), "a/main": stamped("dying")}, a=died(137, "OOMKilled"))
    ended = "a main --- ended: exit 137 (OOMKilled), now CrashLoopBackOff, restarts: 4 ---\n"
    assert logs(root).stdout == f"a main~1 dying\n{ended}"
    assert logs(root, "-p").stdout == f"a main~1 dying\n{ended}"
    assert logs(root, "-o", "raw").stdout == "dying\n"


TRACEBACK = (
    "INFO 10-12 09:00:00 [a.py:1] fine", "ERROR 10-12 09:00:01 [a.py:2] it failed",
    "Traceback (most recent call last):", '  File "a.py", line 1, in f', "    g()", "ValueError: bad", "",
    "During handling of the above exception, another exception occurred:", "", "Traceback (most recent call last):",
    '  File "b.py", line 2, in h', "RuntimeError: worse", "INFO 10-12 09:00:02 [a.py:3] done",
)  # fmt: skip


@pytest.mark.parametrize("word", ["it failed", "ValueError", "b.py", "worse"])
def test_a_traceback_is_one_thing(snapshot: Snapshot, word: str) -> None:
    root = snapshot({"a/main": stamped(*TRACEBACK)})
    assert logs(root, "-i", word, "-o", "raw").stdout.splitlines() == list(TRACEBACK[1:-1])
    assert logs(root, "-e", word, "-o", "raw").stdout.splitlines() == [TRACEBACK[0], TRACEBACK[-1]]
    assert logs(root, "--level", "error", "-o", "raw").stdout.splitlines() == list(TRACEBACK[1:-1])
    assert logs(root, "-i", word, "-C", "1", "-o", "raw").stdout.splitlines() == list(TRACEBACK)
    assert logs(root, "--only-cause", "-o", "raw").stdout == "ValueError: bad\n"


def test_context_lines(snapshot: Snapshot) -> None:
    root = snapshot({"a/main": stamped(*"abcdefgh")})
    assert logs(root, "-i", "d", "-B", "2", "--after", "1", "-o", "raw").stdout.split() == list("bcde")


def test_highlights(snapshot: Snapshot) -> None:
    root = snapshot({"a/main": stamped("one two")})
    assert logs(root, "-H", "t.o").stdout == "a main one >>two<<\n"
    assert "\x1b[7mtwo\x1b[27m" in logs(root, "-H", "t.o", "--color", "always").stdout


NOISE = (
    'INFO:     10.0.0.1:1 - "GET /health HTTP/1.1" 200 OK', 'INFO:     10.0.0.1:1 - "GET /metrics HTTP/1.1" 200 OK',
    "INFO 10-12 09:00:00 [loggers.py:1] Engine 000: Avg prompt throughput: 1.0 tokens/s, Avg generation",
    "Loading safetensors checkpoint shards:  50% Completed | 1/2 [00:01<00:01,  1.21s/it]",
    'INFO:     10.0.0.1:1 - "GET /health HTTP/1.1" 503 Service Unavailable', "INFO:     Application startup complete.",
)  # fmt: skip


def test_noise(snapshot: Snapshot) -> None:
    root = snapshot({"a/main": stamped(*NOISE)})
    assert logs(root, "--no-noise", "-o", "raw").stdout.splitlines() == list(NOISE[4:])


def test_json_by_its_schema(snapshot: Snapshot) -> None:
    schema = json.loads((files("mtop_logs") / "schemas" / "line.json").read_text())
    root = snapshot({"a/main": stamped('{"level":"error","msg":"no"}', "hello\x1b[31m red\x1b[0m\x07")}, a=died())
    rows = [json.loads(line) for line in logs(root, "-o", "json").stdout.splitlines()]
    assert [row["message"] for row in rows] == [
        '{"level":"error","msg":"no"}', "hello red\\x07", "ended: exit 1, now CrashLoopBackOff, restarts: 4",
    ]  # fmt: skip
    assert rows[0]["fields"] == {"level": "error", "msg": "no"}
    assert rows[0]["level"] == "error"
    for row in rows:
        assert not list(check(row, schema)), row


def test_a_template(snapshot: Snapshot) -> None:
    root = snapshot({"a/main": stamped('{"msg":"no","x":1}', "text")})
    made = logs(root, "-o", "template={{time|clock('short')}} {{pod}}/{{container}} {{fields.msg or message}} {{node}}")
    assert made.stdout == "10-12 09:00:00 a/main no gpu-1\n10-12 09:00:01 a/main text gpu-1\n"
    hostile = snapshot({"a/main": stamped('{"msg":"\\u001b]0;title\\u0007"}')})
    assert logs(hostile, "-o", "template={{fields.msg}}").stdout == "\\x1b]0;title\\x07\n"
    assert logs(hostile, "-o", "template={{fields.msg}}", "--color", "always").stdout == "\\x1b]0;title\\x07\n"


def test_hostile_lines(snapshot: Snapshot) -> None:
    data = stamped("bell\x07 \x1b]0;x\x07", "ansi \x1b[1;31mred\x1b[0m", "50%\r60%\r\n70%", "caf\u00e9 \u202e")
    data += b"2026-10-12T09:00:30.000000000Z bad \xff\xfe utf-8\nno time at all\n2026-10-12T09:00:31.000000000Z no end"
    root = snapshot({"a/main": data})
    assert logs(root).stdout.splitlines() == [
        "a main bell\\x07 \\x1b]0;x\\x07", "a main ansi red", "a main 50%", "a main 60%", "a main 70%",
        "a main caf\u00e9 \\u202e", "a main bad \\xff\\xfe utf-8", "a main no time at all", "a main no end",
    ]  # fmt: skip


def test_a_line_too_long_to_hold_is_judged_once(snapshot: Snapshot) -> None:
    long = "needle" + "x" * 9_000_000
    root = snapshot({"a/main": stamped("before", long, "after")})
    assert logs(root, "-i", "needle", "-o", "raw").stdout == f"{long}\n"
    assert logs(root, "-e", "needle", "-o", "raw").stdout == "before\nafter\n"


def test_a_very_long_line_stays_one_line(snapshot: Snapshot) -> None:
    long = "x" * 5_000_000
    root = snapshot({"a/main": stamped("before", long, "after"), "b/main": stamped("one", "two", "three")})
    rows = logs(root).stdout.splitlines()
    assert rows == [
        "a main before", "b main one", f"a main {long}", "b main two", "a main after", "b main three",
    ]  # fmt: skip
    assert logs(root, "-o", "raw", "--pod", "a").stdout == f"before\n{long}\nafter\n"
    parts = [json.loads(row) for row in logs(root, "-o", "json", "--pod", "a").stdout.splitlines()]
    assert "".join(row["message"] for row in parts if row.get("part")) == long


SECRETS = (
    "Authorization: Bearer abcdef0123456789abcdef", "HF_TOKEN=hf_abcdefghijklmnopqrstuvwxyz012345",
    "key sk-proj-abcdefghijklmnop0123456789", "AWS AKIAIOSFODNN7EXAMPLE here",
    "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "GET https://b.s3.amazonaws.com/x?X-Amz-Signature=0123456789abcdef&X-Amz-Expires=1",
    "postgres://user:hunter2secret@db:5432/x", "jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl end",
    "'api_key': ['topsecretvalue1']", "--api-key topsecretvalue2", "https://hooks.slack.com/services/T0/B0/abcdefghij",
    '{"password":"topsecretvalue3"}', "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
)  # fmt: skip
INNOCENT = (
    "non-default args: {'model': '/mnt/models', 'api_key': None, 'max_tokens': 4096}",
    "Avg prompt throughput: 512.4 tokens/s", "Setting max batch total tokens to 4096", "token usage: 0.52",
    "http://0.0.0.0:8000/v1/models", "basic authentication failed", "tokenizer: mistral-tokenizer-large",
    "passwordless login",
)  # fmt: skip


def test_saved_logs_have_no_secrets(snapshot: Snapshot, tmp_path: Path) -> None:
    root = snapshot({"a/main": stamped(*SECRETS, *INNOCENT)})
    done = logs(root, "--save", str(tmp_path / "saved"))
    assert done.exit_code == 0
    assert "current" in done.stdout
    text = (tmp_path / "saved" / "logs" / "chat" / "a" / "main.log").read_text()
    for canary in ("abcdef0123", "hf_abc", "sk-proj", "AKIA", "wJalr", "hunter2", "eyJ", "topsecret", "abcdefghij",
                   "ghp_"):  # fmt: skip
        assert canary not in text, canary
    assert text.endswith(stamped(*SECRETS, *INNOCENT).decode().partition(SECRETS[-1])[2])
    assert text.count("<masked ") == len(SECRETS)


def test_masking_a_long_line_takes_one_pass() -> None:
    assert masked("tokenizer " + "x_" * 500_000) == ("tokenizer " + "x_" * 500_000, 0)  # took a minute


def test_the_time_of_the_next_saved_line_is_no_secret(snapshot: Snapshot, tmp_path: Path) -> None:
    texts = ("the special token", "enter password:", "-----BEGIN PRIVATE KEY----- and no end", "fine")
    root = snapshot({"a/main": stamped(*texts)})
    logs(root, "--save", str(tmp_path / "out"))
    saved = (tmp_path / "out/logs/chat/a/main.log").read_bytes()
    assert saved == stamped(*texts).replace(texts[2].encode(), b"<masked private-key>")


def test_saved_logs_are_a_snapshot_again(snapshot: Snapshot, tmp_path: Path) -> None:
    root = snapshot({"a/main": stamped("one", "two") + b"2026-10-12T09:00:30.000000000Z \xff\n"})
    logs(root, "--save", str(tmp_path / "saved"), "--no-redact")
    saved = tmp_path / "saved" / "logs" / "chat" / "a" / "main.log"
    assert saved.read_bytes() == (root / "logs" / "chat" / "a" / "main.log").read_bytes()
    again = logs(root, "--save", str(tmp_path / "saved"))
    assert (again.exit_code, again.stderr.splitlines()[0]) == (
        2, f"mtop: error: --save {tmp_path}/saved: something is in it already",
    )  # fmt: skip


def test_the_screen_is_masked_when_asked(snapshot: Snapshot) -> None:
    root = snapshot({"a/main": stamped(SECRETS[1])})
    assert logs(root).stdout == f"a main {SECRETS[1]}\n"
    assert "hf_abc" not in logs(root, "--redact").stdout


def test_a_file_is_not_followed(snapshot: Snapshot) -> None:
    done = logs(snapshot({"a/main": stamped("one")}), "-f")
    assert done.stdout == "a main one\n"
    assert "mtop: note: a snapshot does not change: there is nothing to follow\n" in done.stderr


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("-i", "a(b"), '--include "a(b": missing ), unterminated subpattern at position 1'),
        (("--since", "soon"), '--since "soon" is no time'),
        (("--since", "999999999d"), '--since "999999999d" is longer ago than there were calendars'),
        (("--until", "rollout"), '--until "rollout" is no time'),
        (("--component", "engine"), '--component "engine" is none'),
        (("--container-state", "gone"), '--container-state "gone" is none'),
        (("--timezone", "Mars/Base"), '--timezone "Mars/Base" is not known'),
        (("--timezone", "../../etc/passwd"), '--timezone "../../etc/passwd" is not known'),
        (("--window", "1y"), '--window "1y" is no duration up to 60s'),
        (("-o", "yaml"), '-o "yaml" is no form of lines'),
        (("-o", "template={{"), "-o template: "),
        (("-o", "template={{ 1/0 }}"), "-o template: division by zero"),
        (("-f", "--save", "x"), "--save and --follow exclude each other"),
        (("--save", "x", "-o", "json"), "--save and -o exclude each other"),
        (("--save", "x", "-t"), "--save and -t exclude each other"),
        (("--since", "10m", "--until", "20m"), "--until is not after --since"),
        (("-f", "-p"), "-p and --follow exclude each other"),
        (("-f", "--until", "1m"), "--until and --follow exclude each other"),
        (("--previous=never",), "Invalid value for '-p' / '--previous': 'never' is not one of"),
    ],
)
def test_what_is_malformed_is_said_in_a_line(snapshot: Snapshot, args: tuple[str, ...], message: str) -> None:
    done = logs(snapshot({"a/main": stamped("one")}), *args)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.splitlines()[0].startswith(f"mtop: error: {message}")


def test_the_cause_in_a_line_of_json(snapshot: Snapshot) -> None:
    text = r'{"level":"error","msg":"no \"x\"","error":"y"}'
    root = snapshot({"a/main": stamped("fine", text)})
    assert logs(root, "--only-cause").stdout == 'a main no "x"\n'
    assert logs(root, "--errors").stdout == f"a main {text}\n"
    root = snapshot({"a/main": stamped('{"level":"error"}')})
    assert logs(root, "--only-cause").stdout == 'a main {"level":"error"}\n'


def test_a_line_without_its_end_is_one_document(snapshot: Snapshot) -> None:
    done = logs(snapshot({"a/main": stamped("one", "two")[:-1]}), "-o", "json")
    assert [json.loads(text)["message"] for text in done.stdout.splitlines()] == ["one", "two"]
    assert "part" not in done.stdout


@pytest.mark.parametrize("form", ["default", "raw"])
def test_levels_behind_colours(snapshot: Snapshot, form: str) -> None:
    text = "\x1b[1;36m(EngineCore pid=1)\x1b[0;0m ERROR 10-12 09:00:00 [core.py:708] bad"
    root = snapshot({"a/main": stamped(text, "INFO 10-12 09:00:00 [x.py:1] fine")})
    done = logs(root, "--level", "error", "-o", form)
    assert done.stdout.endswith("ERROR 10-12 09:00:00 [core.py:708] bad\n")
    assert done.stdout.count("\n") == 1


def test_a_restart_beyond_the_time_asked_for_is_not_shown(snapshot: Snapshot) -> None:
    root = snapshot({"a/main": stamped("bad", minute=9)}, a=died())
    assert logs(root).stdout == "a main~1 bad\na main --- ended: exit 1, now CrashLoopBackOff, restarts: 4 ---\n"
    assert logs(root, "--since", "10m").stdout == ""
    assert logs(root, "--until", "2026-10-12T09:10:00Z").stdout == "a main~1 bad\n"


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--component", "prefill"), "none of the containers of 1 pod is one of those asked for"),
        (("--node", "elsewhere"), "none of the containers of 1 pod is one of those asked for"),
        (("-l", "no=such"), "there is no service here"),
    ],
)
def test_nothing_to_read_is_said(snapshot: Snapshot, args: tuple[str, ...], words: str) -> None:
    root = snapshot({"a/main": stamped("one")})
    done = run("logs", "-n", "chat", *args, "--snapshot", str(root))
    assert (done.exit_code, done.stdout) == (0, "")
    assert f"mtop: note: {words}\n" in done.stderr


def test_pods_of_several_namespaces_are_told_apart() -> None:
    lines = run("logs", "-A", "--mock", "degraded", "--tail", "1").stdout.splitlines()
    assert {text.partition("/")[0] for text in lines} == {"chat", "code", "labs", "platform", "search", "team-b"}


def test_a_service_without_pods(snapshot: Snapshot) -> None:
    assert "mtop: note: no pod belongs to llama\n" in logs(snapshot({})).stderr


def test_a_model_without_logs(snapshot: Snapshot) -> None:
    done = logs(snapshot({}, a={}, b={}))
    assert (done.exit_code, done.stdout) == (0, "")
    assert "mtop: note: no log: chat/a main; chat/b main\n" in done.stderr


def test_a_malformed_pod_costs_only_itself(snapshot: Snapshot) -> None:
    root = snapshot({"b/main": stamped("fine")}, a={"spec": {"containers": "many"}}, b={})
    done = logs(root)
    assert (done.exit_code, done.stdout) == (3, "b main fine\n")
    assert 'mtop: error: Pod chat/a: spec.containers: expected a list, got the string "many"' in done.stderr
