"""How bad a log line says it is, in the languages of the runtimes and of what stands around them."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

LEVELS = ("trace", "debug", "info", "warning", "error", "fatal")
RANK = {level: rank for rank, level in enumerate(LEVELS)}
_NAMES = {
    "trace": "trace", "debug": "debug", "verbose": "debug", "info": "info", "information": "info", "notice": "info",
    "warn": "warning", "warning": "warning", "error": "error", "err": "error", "severe": "error",
    "critical": "fatal", "fatal": "fatal", "panic": "fatal", "dpanic": "fatal", "alert": "fatal", "emergency": "fatal",
}  # fmt: skip
_LETTERS = {"I": "info", "W": "warning", "E": "error", "F": "fatal", "D": "debug", "V": "debug"}
_WORD = r"(TRACE|DEBUG|INFO|NOTICE|WARNING|WARN|ERROR|CRITICAL|FATAL)\b"
_PROCESS = re.compile(r"\([A-Z]\w*(?: \w+=\d+){0,2}(?:, ip=[\w.:]+)?\) ?|\[rank\d+\]: ?")  # vLLM, Ray, torch
_FORMS = (
    re.compile(rf"{_WORD} \d\d-\d\d \d\d:\d\d:\d\d (?:\[[^\]]{{1,200}}|[^\] ]{{1,200}}:\d+)\] ?"),  # vLLM, also of old
    re.compile(r"\[?([IWEF])\d{4} \d\d:\d\d:\d\d\.\d+ +(?:\d+ )?[^\] ]+\] ?"),  # klog, Triton, torch
    re.compile(rf"\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z +{_WORD} (?:[\w:.]+: )?"),  # TGI and others in Rust
    re.compile(rf"\[TensorRT-LLM\]\[{_WORD}\] ?"),
    re.compile(r"(?:\[\d\d/\d\d/\d{4}-\d\d:\d\d:\d\d\] )?\[TRT-LLM\] \[([IWEFDV])\] ?"),  # its Python half
    re.compile(rf"\S{{1,40}}\t(?i:{_WORD})\t"),  # zap for people
    re.compile(rf"\[\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d(?:[ .,][^\]]{{0,40}})?\] {_WORD}:? ?"),  # Python with brackets
    re.compile(rf"\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d[.,]\d+ (?:- )?(?:[\w.]+ (?:- )?){{0,2}}{_WORD} ?"
               r"(?:- |: |\[[^\]]{1,200}\] )?"),  # Python, KServe
    re.compile(rf"{_WORD}:(?:[\w.]+:)? *"),  # Python's default, uvicorn
    re.compile(rf"\[{_WORD}\] ?"),
)
COLOUR = re.compile(r"\x1b\[[0-9;:]*[mK]")
_SGLANG = re.compile(r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[^\]]{0,40}\] ")
_KEY_VALUE = re.compile(r'(?:^|\s)level="?(\w+)"?')
# What is an error although no level is written on it.
_BARE = re.compile(
    r"(?:[\w.]*(?:Error|Exception|Exit)\b(?::|$)|Traceback \(most recent call last\)|panic: "
    r"|(?:[\w.-]+: )?error: |fatal: |Killed$|Fatal Python error: |exec \S+: |Segmentation fault|terminate called after)"
)
_SGLANG_BAD = re.compile(r"hit an exception|Traceback|[A-Z]\w*Error\b|Received sigquit")


class Said(NamedTuple):
    """What a line says: its level (empty where it names none), its text behind the prefix, and its process."""

    level: str
    message: str
    process: str = ""
    prefixed: bool = False


def said(text: str) -> Said:
    """Level and message of a line; colours, which raw lines have, are passed over."""
    if "\x1b" in text:
        text = COLOUR.sub("", text)
    if text[:1] == "{":
        fields = fields_of(text)
        if fields is not None:
            return Said(level_of(fields), message_of(fields), prefixed=True)
    process = _PROCESS.match(text)
    rest = text[process.end() :] if process else text
    who = process.group().rstrip() if process else ""
    for form in _FORMS:
        if found := form.match(rest):
            word = found.group(1)
            return Said(_LETTERS.get(word) or _NAMES[word.lower()], rest[found.end() :], who, True)
    if found := _SGLANG.match(rest):
        message = rest[found.end() :]
        return Said("error" if _SGLANG_BAD.search(message) else "info", message, who, True)
    if _BARE.match(rest):
        return Said("error", rest, who, bool(process))
    if " level=" in rest[:200] or rest.startswith("level="):
        word = _KEY_VALUE.search(rest)
        return Said(_NAMES.get(word.group(1).lower(), "") if word else "", rest, who, True)
    return Said("", rest, who, bool(process))


def fields_of(text: str) -> dict[str, Any] | None:
    """The fields of a line that is a JSON object."""
    import json

    if text[:1] != "{":
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def level_of(fields: dict[str, Any]) -> str:
    """The level in a line of JSON, by any of the names it goes by."""
    for name in ("level", "severity", "lvl", "levelname", "log.level"):
        value = fields.get(name)
        if isinstance(value, str):
            word = value.lower()
            if word.startswith("level("):  # zap's, for what klog calls -v
                return "debug"
            return _NAMES.get(word, _LETTERS.get(value, ""))
        if isinstance(value, int) and not isinstance(value, bool):
            return LEVELS[min(max(value // 10 - 1, 0), 5)]  # bunyan, pino: 30 is info
    return "error" if fields.get("error") else ""


def message_of(fields: dict[str, Any]) -> str:
    """The message in a line of JSON."""
    for name in ("msg", "message", "Message"):
        if isinstance(fields.get(name), str):
            return str(fields[name])
    inner = fields.get("fields")  # TGI
    return message_of(inner) if isinstance(inner, dict) else ""
