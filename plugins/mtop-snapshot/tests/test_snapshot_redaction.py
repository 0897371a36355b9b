"""No secret value, token, signed URL, prompt or completion survives; what is known to be safe does."""

from __future__ import annotations

import base64
import datetime
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mtop_snapshot.redact.canary import self_test
from mtop_snapshot.redact.masks import MASK, Masker
from mtop_snapshot.redact.objects import redacted
from mtop_snapshot.redact.pseudonyms import Pseudonyms
from mtop_snapshot.redact.redactor import Redactor

from mtop_core.testing import pod, run, service

CANARY = "cAnary7Sings0nly4Leaks"


def clean(obj: dict[str, Any]) -> str:
    """An object's JSON after redaction."""
    return json.dumps(redacted(obj, Masker(b"test")), ensure_ascii=False)


def in_container(**fields: Any) -> dict[str, Any]:
    return pod("llama-0", service(), spec={"containers": [{"name": "main", **fields}]})


def log(*lines: str) -> list[str]:
    redactor = Redactor(b"test")
    return b"".join(redactor.lines("log", [f"{line}\n".encode() for line in lines])).decode().splitlines()


def masked(text: str) -> str:
    """A text with its masks made alike."""
    return MASK.sub("<M>", text)


def test_the_redaction_tests_itself() -> None:
    assert self_test(Redactor(b"x")) == []


UNSAFE = (
    "API_KEY",
    "SECRET",
    "AUTH",
    "PRIVATE_KEY",
    "HF_TOKEN",
    "HUGGING_FACE_HUB_TOKEN",
    "VLLM_API_KEY",
    "DB_PASSWORD",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "DATABASE_URL",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "SOMETHING",
    "X",
    "NCCL_API_TOKEN",
    "HF_HUB_TOKEN",
    "S3_SECRET",
)


@pytest.mark.parametrize("name", UNSAFE)
def test_variables_are_masked(name: str) -> None:
    assert CANARY not in clean(in_container(env=[{"name": name, "value": CANARY}]))
    assert "plain" not in clean(in_container(env=[{"name": name, "value": "plain"}]))


SAFE = {
    "VLLM_LOGGING_LEVEL": "DEBUG",
    "VLLM_ATTENTION_BACKEND": "FLASHINFER",
    "VLLM_MAX_TOKENS_PER_EXPERT": "8",
    "NCCL_DEBUG": "INFO",
    "NCCL_IB_HCA": "mlx5_0,mlx5_1",
    "HF_HUB_CACHE": "/models",
    "HF_HUB_OFFLINE": "1",
    "CUDA_VISIBLE_DEVICES": "0,1",
    "UCX_TLS": "rc,cuda_copy",
    "PYTORCH_CUDA_ALLOC_CONF": "expandable_segments:True",
    "NVIDIA_VISIBLE_DEVICES": "GPU-6f2a1c1e-0b5f-4a57-9d0c-0d2a5f1f2b3c",
    "TOKENIZERS_PARALLELISM": "false",
    "VLLM_ADDITIONAL_ARGS": "--max-model-len 8192 --max-num-batched-tokens 4096 --tokenizer-mode auto",
    "HOME": "/home",
    "OMP_NUM_THREADS": "8",
    "LD_LIBRARY_PATH": "/usr/local/nvidia/lib64",
    "HF_HOME": "/root/.cache/hf",
}


@pytest.mark.parametrize("name", SAFE)
def test_what_is_known_to_be_safe_survives(name: str) -> None:
    obj = in_container(env=[{"name": name, "value": SAFE[name]}])
    assert clean(obj) == json.dumps(obj)


@pytest.mark.parametrize("name", ["VLLM_ATTENTION_BACKEND", "HF_HUB_CACHE", "NCCL_DEBUG"])
def test_a_safe_name_is_no_excuse(name: str) -> None:
    for value in ("hf_abcdefghijklmnopqrst", "sk-proj-abcdefghijkl", "Zx9Kq2Lm8Np4Rt6Vw1Yb3Cd5"):
        assert value not in clean(in_container(env=[{"name": name, "value": value}]))


ARGUMENTS: list[list[str]] = [
    ["--api-key", CANARY],
    [f"--api-key={CANARY}"],
    ["--hf-token", CANARY],
    ["--ssl-keyfile-password", CANARY],
    [f"--my-secret={CANARY}"],
    ["--auth-token", CANARY],
    ["--accesskey", CANARY],
    ["--client_secret", CANARY],
    ["sh", "-c", f"exec vllm serve /m --api-key {CANARY} --port 8000"],
    [f"vllm serve /m --api-key '{CANARY}'"],
    ["sh", "-c", f"API_KEY={CANARY} vllm serve"],
    ["sh", "-c", f"export HF_TOKEN={CANARY}\nvllm serve /m"],
    ["curl", "-H", f"Authorization: Bearer {CANARY}"],
    ["--header", f"X-API-Key: {CANARY}"],
]


@pytest.mark.parametrize("words", ARGUMENTS, ids=lambda words: " ".join(words).replace(CANARY, "X"))
def test_arguments_are_masked(words: list[str]) -> None:
    for field in ("args", "command"):
        assert CANARY not in clean(in_container(**{field: words}))
    text = " ".join(words)
    assert CANARY not in clean(in_container(env=[{"name": "VLLM_ADDITIONAL_ARGS", "value": text}]))
    assert CANARY not in "".join(log(f"INFO starting: {text}"))


def test_harmless_arguments_survive() -> None:
    words = [
        "--max-num-batched-tokens",
        "8192",
        "--tokenizer",
        "Qwen/Qwen3",
        "--ssl-keyfile",
        "/tls/key.pem",
        "--num-key-value-heads",
        "8",
        "--kv-cache-dtype",
        "fp8",
        "--api-key",
        "$(API_KEY)",
    ]
    obj = in_container(args=words)
    assert json.loads(clean(obj))["spec"]["containers"][0]["args"] == words


EVERYWHERE = {
    "hf_": "hf_abcDEFghiJKL123456",
    "sk": "sk-abcdefghijklmnop",
    "ghp": "ghp_abcdefghij0123456789",
    "pat": "github_pat_11ABCDEFG0abc",
    "akia": "AKIAIOSFODNN7EXAMPLE",
    "slack": "xoxb-123456789-abcdef",
    "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
}
AROUND = ("{}", "a sentence with {} in it", "https://x.example.com/?q={}", "key={}", '"{}"', "({})", "x,{};y")


@pytest.mark.parametrize("kind", EVERYWHERE)
@pytest.mark.parametrize("around", AROUND)
def test_known_forms_are_masked_anywhere(kind: str, around: str) -> None:
    secret = EVERYWHERE[kind]
    text = around.format(secret)
    obj = service()
    obj["metadata"]["annotations"] = {"example.com/note": text}
    obj["status"] = {"conditions": [{"type": "Ready", "status": "False", "message": text}]}
    assert secret not in clean(obj)
    assert secret not in "".join(log(f"2026-10-12T09:00:00.1Z INFO {text}"))


URLS = {
    "https://bucket.s3.amazonaws.com/m?X-Amz-Algorithm=AWS4&X-Amz-Credential=CANARY&X-Amz-Signature=CANARY": "https://bucket.s3.amazonaws.com/m?X-Amz-Algorithm=<M>&X-Amz-Credential=<M>&X-Amz-Signature=<M>",
    "https://storage.googleapis.com/b/m?X-Goog-Signature=CANARY&alt=media": "https://storage.googleapis.com/b/m?X-Goog-Signature=<M>&alt=media",
    "https://acct.blob.core.windows.net/c/m?sv=2024&sig=CANARY": "https://acct.blob.core.windows.net/c/m?sv=<M>&sig=<M>",
    "https://user:CANARY@host.example.com/x": "https://<M>@host.example.com/x",
    "postgres://svc:CANARY@db/models": "postgres://<M>@db/models",
    "https://hooks.slack.com/services/T000/B000/CANARY": "https://hooks.slack.com/services/<M>",
    "https://discord.com/api/webhooks/1/CANARY": "https://discord.com/api/webhooks/<M>",
    "https://x.example.com/hook?token=CANARY&y=1": "https://x.example.com/hook?token=<M>&y=1",
}


@pytest.mark.parametrize("url", URLS)
def test_urls(url: str) -> None:
    expected = URLS[url]
    written = url.replace("CANARY", CANARY)
    assert masked(log(f"INFO fetching {written} now")[0]) == f"INFO fetching {expected} now"
    obj = service(model={"uri": written, "name": "x"})
    assert masked(json.loads(clean(obj))["spec"]["model"]["uri"]) == expected


def test_words_that_give_secrets_away() -> None:
    lines = {
        f"password={CANARY}": "password=<M>",
        f'{{"apiKey":"{CANARY}","port":8000}}': '{"apiKey":"<M>","port":8000}',
        f'{{\\"apiKey\\":\\"{CANARY}\\"}}': '{\\"apiKey\\":\\"<M>\\"}',
        f"args: {{'api_key': ['{CANARY}'], 'port': 1}}": "args: {'api_key': ['<M>'], 'port': 1}",
        f"AccountName=x;AccountKey={CANARY};Suffix=y": "AccountName=x;AccountKey=<M>;Suffix=y",
        f"Authorization: Basic {CANARY}": "Authorization: Basic <M>",
        f'"name": "token", "value": "{CANARY}"': '"name": "token", "value": "<M>"',
        "eos_token_id=2 max_tokens: 100 hf_token=None": "eos_token_id=2 max_tokens: 100 hf_token=None",
        "failed to fetch anonymous token: unexpected status": "failed to fetch anonymous token: unexpected status",
    }
    for line, expected in lines.items():
        assert masked(log(line)[0]) == expected, line


SAID = "Dear model, my salary is 12345; what's it worth?"
PROMPTS = (
    "INFO Received request cmpl-1: prompt: {!r}, params: SamplingParams(n=1), prompt_token_ids: [11, 22], lora: None.",
    "INFO Generated response cmpl-1 (streaming): output: {!r}, output_token_ids: [11, 22], finish_reason: stop",
    "Receive: obj=GenerateReqInput(rid='1', text={!r}, input_ids=[11, 22], sampling_params={{}})",
    "Finish: out={{'text': {!r}, 'meta_info': {{'id': '1'}}}}",
    "messages=[{{'role': 'user', 'content': {!r}}}] model=x",
    "POST /v1/chat/completions body: {{'messages': [{{'role': 'user', 'content': {!r}}}]}}",
    "compat_generate{{inputs={!r} parameters=x}}",
)


@pytest.mark.parametrize("form", PROMPTS, ids=range(len(PROMPTS)))
def test_prompts_and_completions_are_masked(form: str) -> None:
    line = form.format(SAID)
    [said] = log(line)
    for word in ("salary", "12345", "11, 22"):
        assert word not in said, said
    assert MASK.search(said)


def test_prompts_in_json_lines_and_over_several_lines() -> None:
    document = json.dumps({"level": "debug", "messages": [{"role": "user", "content": SAID}], "model": "x"})
    assert "salary" not in log(document)[0]
    assert '"model": "x"' in log(document)[0]
    said = log("INFO prompt: 'first line", "my salary is 12345", "the end', params: None", "INFO [engine.py] ready")
    assert "salary" not in "".join(said)
    assert said[-1] == "INFO [engine.py] ready"
    key = log("-----BEGIN RSA PRIVATE KEY-----", "MIIBOgIBAAJBAK", "-----END RSA PRIVATE KEY-----", "INFO next")
    assert "MIIBOg" not in "".join(key)
    assert key[-1] == "INFO next"


def test_the_logs_of_engines_stay_readable() -> None:
    lines = [
        "(APIServer pid=1) INFO 10-12 09:25:43 [api_server.py:1351] vLLM API server version 0.20.1",
        "ERROR 10-12 09:25:43 torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB",
        '{"level":"info","logger":"setup","msg":"ExtProc server listening","port":9002}',
        'INFO: 10.0.0.1:5000 - "POST /v1/completions HTTP/1.1" 200 OK',
        "INFO [loggers.py] Avg prompt throughput: 12.0 tokens/s, Avg generation throughput: 3.1 tokens/s",
    ]
    assert log(*lines) == lines


def test_secrets_and_config_maps() -> None:
    meta = {"name": "x", "namespace": "chat"}
    encoded = base64.b64encode(CANARY.encode()).decode()
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": meta,
        "data": {"token": encoded},
        "stringData": {"again": CANARY},
    }
    said = json.loads(clean(secret))
    assert list(said["data"]) == ["token"]
    assert MASK.fullmatch(said["data"]["token"])
    assert said["data"]["token"] == said["stringData"]["again"]  # the same secret, however written
    config = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": meta,
        "data": {"deploy": '{"mode": "Standard"}', "url": f"https://u:{CANARY}@h/"},
    }
    said = json.loads(clean(config))
    assert said["data"]["deploy"] == '{"mode": "Standard"}'
    assert CANARY not in said["data"]["url"]


def test_what_was_applied_last_and_managed_fields_go() -> None:
    obj = service()
    applied = {"kubectl.kubernetes.io/last-applied-configuration": f'{{"x":"{CANARY}"}}', "keep": "me"}
    obj["metadata"] |= {"annotations": applied, "managedFields": [{"manager": "kubectl"}]}
    said = json.loads(clean(obj))
    assert said["metadata"]["annotations"] == {"keep": "me"}
    assert "managedFields" not in said["metadata"]


def test_certificates_by_what_they_are() -> None:
    trustme = pytest.importorskip("trustme")
    authority = trustme.CA()
    leaf = authority.issue_cert(
        "x.example.com", common_name="x", not_after=datetime.datetime(2030, 1, 2, tzinfo=datetime.UTC)
    )
    pem = leaf.cert_chain_pems[0].bytes().decode()
    key = leaf.private_key_pem.bytes().decode()
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "ca"}, "data": {"ca.crt": pem, "key": key}}
    said = json.loads(clean(config))["data"]
    assert said["ca.crt"].startswith("<certificate sha256:")
    assert said["ca.crt"].rstrip().endswith("subject CN=x notAfter 2030-01-02T00:00:00Z>")
    assert masked(said["key"]).strip() == "<M>"


def dumped(tmp_path: Path, *objects: dict[str, Any], logs: dict[str, str] | None = None) -> Path:
    folder = tmp_path / "dump"
    (folder / "logs/chat/llama-0").mkdir(parents=True)
    (folder / "objects.jsonl").write_text("".join(json.dumps(obj) + "\n" for obj in objects))
    for name, text in (logs or {}).items():
        (folder / "logs/chat/llama-0" / name).write_text(text)
    return folder


def test_a_secret_given_away_once_is_masked_everywhere(tmp_path: Path) -> None:
    model = service()
    secret = "not-of-any-known-form"
    owned = in_container(env=[{"name": "ADMIN_PASSWORD", "value": secret}], args=["--x"])
    owned["status"] = {"containerStatuses": [{"name": "main", "state": {"running": {}}}]}
    event = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": "a", "namespace": "chat"},
        "message": f"got {secret}",
        "involvedObject": {"kind": "Pod", "namespace": "chat", "name": "llama-0"},
    }
    late = "late-found-secret-1"
    text = f"2026-10-12T09:00:00Z it says {secret} and {late}\n2026-10-12T09:00:01Z api_key='{late}'\n"
    folder = dumped(tmp_path, model, owned, event, logs={"main.log": text})
    out = tmp_path / "out"
    outcome = run("snapshot", "save", "--snapshot", str(folder), "-o", str(out))
    assert outcome.exit_code == 0, outcome.stderr
    whole = "".join(path.read_text() for path in out.rglob("*") if path.is_file())
    assert secret not in whole
    assert late not in whole
    assert whole.count("<redacted") >= 4
    assert masked((out / "logs/chat/llama-0/main.log").read_text()) == (
        "2026-10-12T09:00:00Z it says <M> and <M>\n2026-10-12T09:00:01Z api_key='<M>'\n"
    )


def test_pseudonyms_are_the_same_for_the_same(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("snapshot", "save", "--mock", "degraded", "-A", "--pseudonyms", "-o", str(out)).exit_code == 0
    whole = "".join(path.read_text() for path in out.rglob("*") if path.is_file())
    assert "ec2.internal" not in whole
    assert "llm.example.com" not in whole
    assert not re.search(r"\b10\.\d+\.\d+\.\d+\b", whole)
    named = json.loads(run("list", "-A", "--snapshot", str(out), "-o", "json").stdout)["items"]
    plain = json.loads(run("list", "-A", "--mock", "degraded", "-o", "json").stdout)["items"]
    for one, other in zip(named, plain, strict=True):
        assert [one[key] for key in ("name", "status", "gpu")] == [other[key] for key in ("name", "status", "gpu")]
    text = (
        "2026-10-12T09:00:00Z mail anna.b@corp.example.com from 10.0.0.1:80 and 127.0.0.1, fe80::1, v0.20.1, 12:30:01"
    )
    said = Pseudonyms(b"x", [{"kind": "Node", "metadata": {"name": "node-a"}}]).text(f"{text} on node-a")
    assert re.sub("[0-9a-f]{8}", "H", said) == (
        "2026-10-12T09:00:00Z mail user-H@example.invalid from ip-H:80 and 127.0.0.1, ip-H, v0.20.1, 12:30:01 on host-H"
    )


def test_preview_says_what_and_where_and_saves_nothing(tmp_path: Path) -> None:
    folder = dumped(tmp_path, service(), in_container(env=[{"name": "SOMETHING", "value": "x"}]))
    outcome = run("snapshot", "save", "--snapshot", str(folder), "--preview")
    assert outcome.stdout == (
        "FILE                 RULE       COUNT   FIRST\nobjects/pods.jsonl   variable   1       Pod chat/llama-0\n"
    )
    assert "a preview: nothing was saved" in outcome.stderr
    assert run("snapshot", "list").stdout == ""


@pytest.mark.parametrize("rule", ["finished", "structured"])
def test_a_leaking_snapshot_is_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rule: str) -> None:
    from mtop_snapshot.redact import redactor

    monkeypatch.setattr(redactor, rule, lambda obj, *more: obj)
    monkeypatch.setattr("mtop_snapshot.save.take.self_test", lambda redactor: [])
    model = service(model={"uri": "https://u:hunter22@h/x", "name": "hf_abcDEFghiJKL123456"})
    folder = dumped(tmp_path, model)
    out = tmp_path / "place" / "out"
    outcome = run("snapshot", "save", "--snapshot", str(folder), "-o", str(out))
    if rule == "structured":  # what searches text still finds these
        assert outcome.exit_code == 0
        return
    assert outcome.exit_code == 3
    assert "would still hold a secret" in outcome.stderr
    assert "hunter22" not in outcome.stderr
    assert list((tmp_path / "place").iterdir()) == []


def test_a_rule_that_does_nothing_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    from mtop_snapshot.redact import redactor

    monkeypatch.setattr(redactor, "structured", lambda obj, masker: dict(obj))
    outcome = run("snapshot", "save", "--mock", "healthy")
    assert outcome.exit_code == 3
    assert "the redaction lets secrets through" in outcome.stderr
    assert run("snapshot", "list").stdout == ""


SECRETS = st.from_regex(r"[A-Za-z0-9]{4}[A-Za-z0-9._~+-]{8,30}[A-Za-z0-9]", fullmatch=True)
PLACES = (
    lambda s: in_container(env=[{"name": "API_KEY", "value": s}]),
    lambda s: in_container(args=["--api-key", s]),
    lambda s: in_container(args=[f"--hf-token={s}"]),
    lambda s: in_container(command=["sh", "-c", f"vllm serve /m --api-key {s} --port 1"]),
    lambda s: {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x"}, "stringData": {"k": s}},
    lambda s: service(model={"uri": f"https://user:{s}@host/x", "name": "x"}),
)


@settings(max_examples=200, deadline=None)
@given(SECRETS, st.sampled_from(range(len(PLACES))))
def test_no_secret_survives_where_secrets_are(secret: str, place: int) -> None:
    assert secret not in clean(PLACES[place](secret))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_masked_the_same_twice(text: str) -> None:
    line = text.replace("\n", " ").replace("\r", " ")
    once = log(line)
    assert [masked(part) for part in log(*once)] == [masked(part) for part in once]


def probed(header: str, value: str) -> dict[str, Any]:
    return in_container(livenessProbe={"httpGet": {"httpHeaders": [{"name": header, "value": value}]}})


SURVIVORS = (
    lambda s: in_container(args=["--api-key", "first-of-two-keys", s, "--port", "8000"]),
    lambda s: in_container(command=["sh", "-c", f"vllm serve /m --api-key first-of-two-keys {s} --port 1"]),
    lambda s: in_container(args=["--api-key", f"${s}!"]),
    lambda s: in_container(command=["bash", "-lc", f'bash -lc "vllm serve --api-key {s}"']),
    lambda s: in_container(command=["curl", "-u", f"user:{s}", "https://example.com"]),
    lambda s: in_container(command=["sh", "-c", f"curl --user user:{s} https://example.com"]),
    lambda s: in_container(command=["sh", "-c", f"echo error: password={s}"]),
    lambda s: in_container(env=[{"name": "MAX_API_KEY", "value": s}]),
    lambda s: probed("X-API-Key", s),
    lambda s: probed("Authorization", f"Basic {s}"),
    lambda s: service(metadata={"annotations": {"example.com/api-token": s}}),
    lambda s: service(metadata={"annotations": {"own": json.dumps({"env": [{"name": "PLAIN", "value": s}]})}}),
    lambda s: service(metadata={"annotations": {"objectset.rio.cattle.io/applied": s}}),
    lambda s: service(
        spec={"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/last-applied-configuration": s}}}}
    ),
)  # fmt: skip


@pytest.mark.parametrize("made", SURVIVORS)
def test_a_secret_in_an_unlikely_place_is_masked_and_a_second_look_changes_nothing(made: Any) -> None:
    assert CANARY in json.dumps(made(CANARY))
    once = redacted(made(CANARY), Masker(b"test"))
    assert CANARY not in json.dumps(once)
    assert redacted(once, Masker(b"test")) == once


@pytest.mark.parametrize(
    "line",
    [
        f"vllm: api_key=['first-of-two', '{CANARY}'], port=8000",
        f"\x1b[36mapi_key\x1b[0m=\x1b[35m{CANARY}\x1b[0m",
        f"Cookie: theme=dark; session={CANARY}",
        f"INFO Prompt: {CANARY} and more",
        f"INFO PROMPT='{CANARY}'",
        f"Generated text: {CANARY}",
        f"conversation: [{{'role': 'user', 'value': '{CANARY}'}}]",
        f"> Authorization: Bearer {CANARY}",
        f"hf_token=HfToken('{CANARY}')",
        f"Error: invalid token '{CANARY}'",
        f"the password is {CANARY}",
        f"secretKey={CANARY}",
        f"PGPASSWORD={CANARY}",
        f"MYSQL_PWD={CANARY}",
        f"db_pass={CANARY}",
    ],
)
def test_a_secret_in_an_unlikely_line_is_masked_and_a_second_look_changes_nothing(line: str) -> None:
    once = log(line)
    assert CANARY not in "".join(once)
    assert log(*once) == once


def test_a_number_in_a_variable_is_masked_as_a_text_is() -> None:
    env = [{"name": "PIN", "value": 12345678}, {"name": "PORT", "value": 8000}]
    found = redacted(in_container(env=env), Masker(b"x"))
    pin, port = found["spec"]["containers"][0]["env"]
    assert MASK.fullmatch(pin["value"])
    assert port["value"] == 8000


def test_what_only_names_a_variable_or_a_measure_stays() -> None:
    args = ["--api-key", "$(API_KEY)", "--port", "8000", "-u", "1000:1000"]
    env = [{"name": "VLLM_MAX_TOKEN_KEY_SIZE", "value": "128"}, {"name": "PYTHONUNBUFFERED", "value": "1"}]
    obj = in_container(args=args, env=env, command=["sh", "-c", "vllm serve --api-key ${API_KEY} --port 1"])
    assert redacted(obj, Masker(b"x"))["spec"] == obj["spec"]


@pytest.mark.parametrize(
    "line",
    [
        'secret "hf-token-prod2" not found',
        "forward_pass: prefill",
        "Using max_num_batched_tokens=8192, eos_token_id: 2, pad_token=None",
        "INFO Avg prompt throughput: 12.3 tokens/s, Avg generation throughput: 4.5 tokens/s",
        "failed to fetch token: unexpected status",
        "tokenizer='org/Name-7B', tokenizer_mode=auto",
    ],
)
def test_a_line_that_only_sounds_like_a_secret_stays(line: str) -> None:
    assert log(line) == [line]


def test_colours_of_a_line_without_secrets_stay() -> None:
    assert log("\x1b[32mINFO\x1b[0m ready") == ["\x1b[32mINFO\x1b[0m ready"]


@pytest.mark.parametrize("pseudonyms", [False, True])
def test_what_a_server_says_when_it_refuses_is_redacted_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pseudonyms: bool
) -> None:
    from mtop_core.errors import SourceError
    from mtop_core.providers.mock import MockProvider

    def refused(*_: object, **__: object) -> None:
        raise SourceError(f"Get https://user:{CANARY}@10.0.23.12:10250/containerLogs: connection refused")

    monkeypatch.setattr(MockProvider, "logs", refused)
    more = ("--pseudonyms",) if pseudonyms else ()
    outcome = run("snapshot", "save", "--mock", "degraded", "-n", "code", "-o", str(tmp_path / "s"), *more)
    assert outcome.exit_code == 0
    text = (tmp_path / "s" / "snapshot.json").read_text()
    assert "containerLogs: connection refused" in text
    assert CANARY not in text
    assert CANARY not in outcome.stderr
    assert ("10.0.23.12" in text) is not pseudonyms
