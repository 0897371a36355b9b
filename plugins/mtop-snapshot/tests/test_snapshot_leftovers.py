"""What logs say without saying that it is private; what a killed `--force` leaves; what excludes itself."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from mtop_snapshot import store
from mtop_snapshot.redact.masks import MASK, Masker
from mtop_snapshot.redact.objects import redacted
from mtop_snapshot.redact.redactor import Redactor

from mtop_core.testing import pod, run, service


def log(*lines: str, redactor: Redactor | None = None) -> list[str]:
    redactor = redactor or Redactor(b"test")
    return b"".join(redactor.lines("log", [f"{line}\n".encode() for line in lines])).decode().splitlines()


def masked(text: str) -> str:
    return MASK.sub("<M>", text)


@pytest.mark.parametrize("opening", ["prompt: 'a", "prompt: \"it's", "text='a", "messages=[{'content': 'a"])
@pytest.mark.parametrize("later", ["INFO: private", '{"private": 1}', "2026-10-12 private", "isn't private"])
def test_a_prompt_goes_on_until_its_quote_closes(opening: str, later: str) -> None:
    if opening.startswith("messages"):
        end = "]" if '"private"' not in later else "x'}]"
        end = "private'}]" if end == "]" else end
    else:
        end = "private" + ('"' if '"' in opening else "'")
    if '"' in later and '"it' in opening:
        later = "ERROR private"
    said = log(f"INFO {opening}", later, "", f"{end}, params: None", "INFO ready")
    assert "private" not in "".join(said)
    assert said[3].endswith(", params: None")
    assert said[4] == "INFO ready"
    assert log(*said) == said


def test_a_quote_that_never_closes_ends_after_a_while() -> None:
    said = log("prompt: 'a", *["INFO line"] * 300)
    assert all(MASK.fullmatch(line) for line in said[1:200])
    assert said[200:] == ["INFO line"] * 101
    assert log("prompt: 'a", "x" * 70_000, "INFO line", "INFO line")[2:] == ["INFO line"] * 2


def test_quotes_in_quotes_in_json_in_json_end_nothing() -> None:
    inner = json.dumps({"prompt": 'he said "private" and private'})
    assert "private" not in log(json.dumps({"msg": json.dumps(inner)}))[0]
    assert "private" not in log(json.dumps({"msg": inner}))[0]


@pytest.mark.parametrize(
    "line",
    [
        "User: private words here",
        "INFO user: private",
        "Assistant: private words",
        "system: You are private",
        "query: private",
        "[chat] question: why is private private?",
        "input: 12 private things",
        "prompt: 12 private things",
        "User: 'private words'",
        'user: "private", assistant: "private"',
    ],
)
def test_what_people_say_is_masked(line: str) -> None:
    once = log(line)
    assert "private" not in once[0]
    assert log(*once) == once


def test_what_people_say_may_go_on() -> None:
    said = log("User: some private words", "more private", "INFO ready")
    assert "private" not in "".join(said)
    assert said[-1] == "INFO ready"
    assert log("Running as user: root", "next line")[1] == "next line"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("cache key=abcdef12 hit", "cache key=<M> hit"),
        ("login pass=abcdef ok", "login pass=<M> ok"),
        ("pwd='my pass phrase' ok", "pwd='<M>' ok"),
        ("sessionid=abc123; session=abc124; sid=abc125", "sessionid=<M>; session=<M>; sid=<M>"),
        ("auth=abcdef sig=abcdef", "auth=<M> sig=<M>"),
        ('INFO: 10.0.0.1:1 - "GET /x?sid=abc123&session=abc123&n=1 HTTP/1.1" 200',
         'INFO: 10.0.0.1:1 - "GET /x?sid=<M>&session=<M>&n=1 HTTP/1.1" 200'),
        ("+ mysql -u root -phunter2 -h db", "+ mysql -u root -p<M> -h db"),
        ("+ mysql -u root -p hunter2 db", "+ mysql -u root -p <M> db"),
        ("+ psql -p 5432 -p 'hunter2'", "+ psql -p 5432 -p '<M>'"),
        ("+ curl -s -u me:12345 https://x", "+ curl -s -u me:<M> https://x"),
        ("docker login -u me -p hunter2 reg", "docker login -u me -p <M> reg"),
    ],
)  # fmt: skip
def test_short_names_of_secrets(line: str, expected: str) -> None:
    once = log(line)
    assert masked(once[0]) == expected
    assert log(*once) == once


@pytest.mark.parametrize(
    "line",
    [
        'INFO: 10.0.0.1:5000 - "POST /v1/chat/completions HTTP/1.1" 200 OK',
        '10.0.0.1 - - [12/Oct/2026:09:00:00 +0000] "GET /health HTTP/1.1" 200 2 "-" "kube-probe/1.33"',
        "User-Agent: curl/8.0",
        'User "system:serviceaccount:chat:default" cannot get resource "pods"',
        "system:anonymous was refused",
        "input: 512 tokens, output: 128 tokens",
        "key=None pass=12 auth=$TOKEN",
        "sorted(rows, key=lambda row: row)",
        "sorted(rows, key=itemgetter(1))",
        "docker run -p 8080:8080 vllm",
    ],
)
def test_lines_that_only_look_like_it_stay(line: str) -> None:
    assert log(line) == [line]


def test_short_names_stay_in_objects() -> None:
    obj = service(metadata={"annotations": {"example.com/note": "key=abcdef12 session=abcdef12"}})
    assert redacted(obj, Masker(b"x")) == obj


PUBLIC = ("production", "round-robin", "us-east-1", "/models/llama", "12345678", "10.0.23.12", "redis-master:6379",
          "https://x.example.com/v1", "registry.example.com/vllm:v0.20.1", "Qwen/Qwen3-8B-Instruct", "v0.20.1-rc.1",
          "2026-10-12T09:00:00Z", "org-name/model-name", "llama-70b-v2")  # fmt: skip
PRIVATE = ("blue42horse!", "correct-horse-battery", "aB3/xY9kL2mN", "me:hunter2pw", "q7Hs92.kd81jA",
           "https://x.example.com/Zx9Kq2Lm8Np4Rt6Vw1Yb3Cd5")  # fmt: skip


def test_a_value_masked_for_its_name_is_masked_in_logs_and_events_too() -> None:
    redactor = Redactor(b"test")
    values = [*PUBLIC, *PRIVATE, "short1!"]
    env = [{"name": f"OTHER_{number}", "value": value} for number, value in enumerate(values)]
    redactor.learn("pods", pod("llama-0", service(), spec={"containers": [{"name": "main", "env": env}]}))
    other = service(metadata={"labels": {"app": "llama-70b-v2"}, "annotations": {"note": PRIVATE[0]}})
    learned = redactor.learn("services", other)
    kept = log(*(f"got {value}" for value in (*PUBLIC, "short1!")), redactor=redactor)
    assert kept == [f"got {value}" for value in (*PUBLIC, "short1!")]
    for line in log(*(f"got {value}." for value in PRIVATE), redactor=redactor):
        assert masked(line) == "got <M>."
    event = {"kind": "Event", "metadata": {"name": "a"}, "message": f"got {PRIVATE[0]}"}
    event = redactor.learn("events", event)
    assert masked(redactor.finish("events", event, json.dumps(event))["message"]) == "got <M>"
    assert redactor.finish("services", learned, json.dumps(learned)) is learned  # objects keep their own rules


def test_a_value_a_log_gives_away_late_is_masked_in_logs_written_before(tmp_path: Path) -> None:
    owned = pod("llama-0", service(), spec={"containers": [{"name": "main"}]})
    owned["status"] = {"containerStatuses": [{"name": "main", "state": {"running": {}}}]}
    folder = tmp_path / "dump"
    (folder / "logs/chat/llama-0").mkdir(parents=True)
    (folder / "objects.jsonl").write_text("".join(json.dumps(obj) + "\n" for obj in (service(), owned)))
    (folder / "logs/chat/llama-0/main.log").write_text("it says blue42horse\nsession=blue42horse\n")
    assert run("snapshot", "save", "--snapshot", str(folder), "-o", str(tmp_path / "out")).exit_code == 0
    assert masked((tmp_path / "out/logs/chat/llama-0/main.log").read_text()) == "it says <M>\nsession=<M>\n"


@pytest.mark.parametrize("command", ["list", "show", "save"])
def test_what_a_killed_force_moved_aside_is_put_back(command: str) -> None:
    assert run("snapshot", "save", "before", "--mock", "healthy").exit_code == 0
    place = Path(store.found("before"))
    old = place.with_name(".before.abcd1234.old")
    place.rename(old)
    if command == "list":
        assert "before" in run("snapshot", "list").stdout
    elif command == "show":
        assert run("snapshot", "show", "before").exit_code == 0
    else:
        assert run("snapshot", "save", "before", "--mock", "healthy").exit_code == 3
    assert place.is_dir()
    assert not old.exists()


def test_what_a_killed_force_had_replaced_is_removed_and_one_at_work_is_left_alone() -> None:
    fcntl = pytest.importorskip("fcntl")
    assert run("snapshot", "save", "before", "--mock", "healthy").exit_code == 0
    place = Path(store.found("before"))
    old = place.with_name(".before.abcd1234.old")
    old.mkdir()
    assert store.names() == ["before"]
    assert not old.exists()
    place.rename(old)
    working = place.with_name(".before.abcd1234")
    working.mkdir()
    handle = os.open(working, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    assert store.names() == []
    assert old.exists()
    os.close(handle)
    assert store.names() == ["before"]


def test_files_and_folders_are_on_the_disk_before_the_name_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    synced: list[tuple[str, bool]] = []
    real = store._sync
    monkeypatch.setattr(store, "_sync", lambda path: (synced.append((path, out.exists())), real(path)))
    assert run("snapshot", "save", "--mock", "healthy", "-o", str(out)).exit_code == 0
    files = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert sum(not there for _, there in synced) >= len(files)
    assert len(synced) == len({path for path, _ in synced})
    assert synced[-1] == (str(tmp_path), True)


@pytest.mark.parametrize("more", [("--every", "1s"), ("--for", "1s"), ("--every", "1s", "--for", "1s")])
def test_a_preview_of_a_film_is_refused(more: tuple[str, ...]) -> None:
    outcome = run("snapshot", "save", "--mock", "healthy", "--preview", *more)
    assert outcome.exit_code == 2
    assert "--preview saves nothing" in outcome.stderr
