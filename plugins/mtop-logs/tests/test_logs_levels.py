"""What lines say of how bad they are, in the words of every runtime."""

from __future__ import annotations

import pytest
from mtop_logs.levels import said

LINES = r"""
error    (EngineCore_DP0 pid=2) ERROR 10-12 09:00:00 [core.py:708] bad
warning  (Worker_DP0_TP1_EP1 pid=2) WARNING 10-12 09:00:00 [v1/worker/gpu_worker.py:4] bad
error    (VllmWorker rank=0 pid=12) ERROR 05-05 10:00:00 [multiproc_executor.py:435] bad
error    (RayWorkerWrapper pid=12, ip=10.0.0.1) ERROR 05-05 10:00:00 [worker_base.py:435] bad
error    ERROR 05-05 10:00:00 engine.py:400] bad
error    [2026-10-12 09:00:00 TP0] Scheduler hit an exception: Traceback (most recent call last):
info     [2026-10-12 09:00:00 TP0] Load weight begin. avail mem=78.58 GB
warning  [2026-10-12 09:00:00] WARNING server.py:12: bad
error    2026-10-12T09:00:00.123456Z ERROR text_generation_launcher: bad
warning  2026-10-12T09:00:00.123456Z  WARN text_generation_router::server: src/x.rs:1: bad
error    {"timestamp":"2026","level":"ERROR","fields":{"message":"bad"},"target":"x"}
error    E1012 09:00:00.000000 1 model_lifecycle.cc:642] bad
error    E1012 09:00:00.000000       1 file.go:12] bad
error    [rank0]:[E1012 09:00:00.123456789 ProcessGroupNCCL.cpp:616] bad
error    [rank0]: torch.OutOfMemoryError: CUDA out of memory
error    [TensorRT-LLM][ERROR] bad
error    [10/12/2026-10:00:00] [TRT-LLM] [E] bad
warning  [TRT-LLM] [W] bad
error    {"level":"error","ts":"2026-10-12T09:00:00Z","msg":"bad"}
debug    {"level":"Level(-4)","msg":"bad"}
error    2026-10-12T09:00:00Z	ERROR	setup	bad	{"a": 1}
error    2026-10-12 09:00:00.123 1 kserve ERROR [model_server.py:start():120] bad
info     2026-10-12 09:00:00.123 1 kserve INFO [storage.py:download():64] fine
error    2026-10-12 09:00:00,123 - lmcache - ERROR - bad
error    ERROR:root:bad
info     INFO:     127.0.0.1:1 - "GET /health HTTP/1.1" 200 OK
fatal    CRITICAL:root:bad
warning  time="2026-10-12T09:00:00Z" level=warning msg="bad"
error    vllm: error: unrecognized arguments: --foo
error    exec /usr/bin/vllm: exec format error
error    Fatal Python error: Aborted
error    AssertionError:
-        Errors: none
-        starting
""".strip().splitlines()


@pytest.mark.parametrize("line", LINES)
def test_levels(line: str) -> None:
    level, _, text = line.partition(" ")
    assert (said(text.lstrip(" ")).level or "-") == level


def test_the_message_stands_behind_all_that() -> None:
    messages = {said(line[9:]).message for line in LINES if line.endswith(" bad")}
    assert messages == {"bad", "src/x.rs:1: bad", "server.py:12: bad"}
