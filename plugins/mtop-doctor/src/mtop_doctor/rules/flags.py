"""Flags of vLLM's server that people misspell: the nearest one is proposed."""

FLAGS = (
    "--allowed-origins", "--api-key", "--async-scheduling", "--block-size", "--chat-template", "--compilation-config",
    "--cpu-offload-gb", "--data-parallel-size", "--data-parallel-size-local", "--disable-log-requests",
    "--distributed-executor-backend", "--dtype", "--enable-auto-tool-choice", "--enable-chunked-prefill",
    "--enable-expert-parallel", "--enable-lora", "--enable-prefix-caching", "--enforce-eager",
    "--gpu-memory-utilization", "--hf-overrides", "--host", "--kv-cache-dtype", "--kv-transfer-config",
    "--limit-mm-per-prompt", "--load-format", "--lora-modules", "--max-lora-rank", "--max-loras", "--max-model-len",
    "--max-num-batched-tokens", "--max-num-seqs", "--no-enable-prefix-caching", "--override-generation-config",
    "--pipeline-parallel-size", "--port", "--quantization", "--reasoning-parser", "--revision",
    "--rope-scaling", "--scheduling-policy", "--seed", "--served-model-name", "--speculative-config",
    "--ssl-certfile", "--ssl-keyfile", "--swap-space", "--task", "--tensor-parallel-size", "--tokenizer",
    "--tokenizer-mode", "--tool-call-parser", "--trust-remote-code", "--uvicorn-log-level",
)  # fmt: skip
