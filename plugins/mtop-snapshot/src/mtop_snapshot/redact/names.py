"""Which names of variables, flags and fields promise a secret, and which are known to hold none."""

from __future__ import annotations

import math
import re
from functools import lru_cache

# An allow-list: lists of bad names have leaked API_KEY, AUTH and PRIVATE_KEY for years elsewhere.
_SAFE_PREFIXES = (
    "VLLM_", "NCCL_", "CUDA_", "UCX_", "NVIDIA_", "NVSHMEM_", "NIXL_", "GLOO_", "TORCH_", "PYTORCH_", "TORCHINDUCTOR_",
    "OMP_", "MKL_", "TRITON_", "SGLANG_", "SGL_", "RAY_", "LMCACHE_", "ROCM_", "HIP_", "HSA_", "RCCL_", "TPU_", "XLA_",
    "JAX_", "HABANA_", "PT_HPU_", "FLASHINFER_", "DEEPEP_", "TRTLLM_", "TENSORRT_", "LLAMA_ARG_", "TRANSFORMERS_",
    "TOKENIZERS_", "HF_HUB_", "HF_DATASETS_", "KSERVE_", "MODEL_", "MAX_", "MIN_", "NUM_", "PYTHON", "LWS_", "GRPC_",
    "GODEBUG", "GOMAXPROCS", "GOMEMLIMIT", "KV_", "EPP_", "POD_", "NODE_", "OTEL_SERVICE_", "OTEL_TRACES_",
    "OTEL_METRICS_", "OTEL_LOGS_", "OTEL_PROPAGATORS",
)  # fmt: skip
_SAFE_NAMES = frozenset((
    "PATH", "HOME", "PWD", "HOSTNAME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SHELL", "USER_UID", "HF_HOME", "HF_ENDPOINT",
    "HF_HUB_CACHE", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "LD_LIBRARY_PATH", "NAMESPACE", "POD", "PORT", "HOST", "DEBUG",
    "LOG_LEVEL", "LOGLEVEL", "LOG_FORMAT", "PROTOCOL", "SERVED_MODEL_NAME", "STORAGE_URI", "TENSOR_PARALLEL_SIZE",
    "PIPELINE_PARALLEL_SIZE", "DATA_PARALLEL_SIZE", "DP_SIZE", "DP_SIZE_LOCAL", "TP_SIZE", "WORLD_SIZE", "RANK",
    "START_RANK", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT", "AWS_REGION", "AWS_DEFAULT_REGION", "S3_ENDPOINT",
    "S3_USE_HTTPS", "S3_REGION", "S3_VERIFY_SSL", "AWS_ENDPOINT_URL", "AWS_CA_BUNDLE", "INFERENCE_POOL",
    "ENABLE_PREFIX_CACHING", "HTTP_PORT", "GRPC_PORT", "PROMETHEUS_MULTIPROC_DIR", "SAFETENSORS_FAST_GPU", "REVISION",
))  # fmt: skip
_SECRET_WORDS = frozenset((
    "token", "secret", "password", "passwd", "passphrase", "pass", "pwd", "key", "apikey", "credential", "credentials",
    "auth", "authorization", "private", "signature", "cookie", "jwt", "bearer", "headers", "dsn", "webhook", "salt",
))  # fmt: skip
_HARMLESS = frozenset((
    "tokens", "tokenizer", "tokenizers", "tokenize", "tokenization", "keyfile", "keys", "keepalive", "monkey",
    "keyword",
    "keywords", "tokenspeed",
))  # fmt: skip
_MEASURES = frozenset(("max", "min", "num", "len", "length", "size", "count", "limit", "budget", "ratio", "per", "id"))
_KEYS = frozenset(
    ("api", "access", "private", "secret", "account", "auth", "encryption", "signing", "master", "shared")
)
# Fields of Kubernetes that sound like secrets and only name one, or something else.
_FIELDS = frozenset(("key", "secret", "topologyKey", "secretName", "pass", "auth", "token"))
_LOGINS = frozenset(
    ("admin", "basic", "db", "ldap", "mysql", "pg", "postgres", "proxy", "redis", "root", "smtp", "user")
)
_HEADERS = frozenset(("authorization", "proxy-authorization", "cookie", "set-cookie", "x-auth"))
_UUID = re.compile(r"(?:GPU-|MIG-)?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_BASE64 = re.compile(r"[A-Za-z0-9+/_=-]{24,}")


@lru_cache(4096)
def words_of(name: str) -> tuple[str, ...]:
    """The words of a name in whatever style: `hfToken`, `HF_TOKEN` and `--hf-token` are two."""
    return tuple(re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name).replace("-", " ").replace("_", " ").replace(".", " ")
                 .lower().split())  # fmt: skip


@lru_cache(4096)
def is_safe_variable(name: str) -> bool:
    """Whether an environment variable of that name is known to hold no secret."""
    if name in _SAFE_NAMES:
        return True
    return name.startswith(_SAFE_PREFIXES) and not sounds_secret(name)


@lru_cache(4096)
def sounds_secret(name: str) -> bool:
    """Whether a variable of that name is likely to hold a secret."""
    words = words_of(name)
    return not _MEASURES.intersection(words) and any(word in _SECRET_WORDS for word in words)


@lru_cache(4096)
def sounds_measured(name: str) -> bool:
    """Whether a variable of that name speaks of a secret and of a measure: harmless only where it is a number."""
    words = words_of(name)
    return bool(_MEASURES.intersection(words)) and any(word in _SECRET_WORDS for word in words)


def takes_several(flag: str) -> bool:
    """Whether a flag takes more than one secret, as vLLM's `--api-key` does."""
    return words_of(flag) == ("api", "key")


@lru_cache(4096)
def is_secret_header(name: str) -> bool:
    """Whether an HTTP header or setting of that name carries a secret."""
    return name.lower() in _HEADERS or is_secret_field(name)


@lru_cache(4096)
def is_secret_flag(flag: str) -> bool:
    """Whether a command-line flag takes a secret: any that speaks of a token, secret, password or key."""
    words = [word for word in words_of(flag) if word not in _HARMLESS]
    if _MEASURES.intersection(words):
        return False
    return any(
        part in word for word in words for part in ("token", "secret", "passw", "passphrase", "key", "credential")
    )


@lru_cache(4096)
def is_secret_field(name: str) -> bool:
    """Whether a field or key in running text of that name holds a secret itself."""
    words = words_of(name)
    if not words or words[-1] in _HARMLESS:
        return False
    last = words[-1]
    if last in ("key", "keys"):
        return len(words) > 1 and words[-2] in _KEYS
    if last == "pass":
        return len(words) > 1 and words[-2] in _LOGINS
    return last.endswith(("token", "secret", "password", "passwd", "passphrase", "apikey", "pwd", "secretkey")) or (
        last in ("credential", "credentials")
    )


@lru_cache(4096)
def is_secret_key(name: str) -> bool:
    """Whether a string below that key of an object is a secret; fields of Kubernetes that only name one are none."""
    return name not in _FIELDS and "/" not in name and is_secret_field(name)


@lru_cache(4096)
def is_secret_annotation(name: str) -> bool:
    """Whether the value of an annotation is a secret, by the name behind its prefix."""
    return is_secret_field(name.rpartition("/")[2])


def looks_secret(value: str) -> bool:
    """Whether a value is as random as a secret: long, of mixed characters, and no uuid, path or sentence."""
    if not _BASE64.fullmatch(value) or _UUID.fullmatch(value):
        return False
    kinds = (any(map(str.isupper, value)), any(map(str.islower, value)), any(map(str.isdigit, value)))
    return all(kinds) and "/" not in value[:2] and _entropy(value) > 3.8


def _entropy(value: str) -> float:
    counts = [value.count(char) / len(value) for char in set(value)]
    return -sum(part * math.log2(part) for part in counts)
