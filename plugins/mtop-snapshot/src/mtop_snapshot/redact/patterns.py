"""Secrets that give themselves away wherever they stand: tokens of known forms, headers, URLs, keys and passwords."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from mtop_snapshot.redact.certificates import described
from mtop_snapshot.redact.masks import Masker
from mtop_snapshot.redact.names import is_secret_field, is_secret_flag, takes_several

_TOKEN = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"hf_(?:[A-Za-z0-9]{16,}|(?=[A-Za-z0-9]*[A-Z0-9])[A-Za-z0-9]{8,})"
    r"|sk-[A-Za-z0-9_-]{8,}"
    r"|gh[pousr]_[A-Za-z0-9]{8,}|github_pat_[A-Za-z0-9_]{8,}|glpat-[A-Za-z0-9_-]{8,}"
    r"|A[KS]IA[0-9A-Z]{8,}|AIza[0-9A-Za-z_-]{20,}"
    r"|xox[abeoprs]-[A-Za-z0-9-]{6,}|nvapi-[A-Za-z0-9_-]{8,}|pypi-[A-Za-z0-9_-]{16,}|dckr_pat_[A-Za-z0-9_-]{8,}"
    r")"
)
_JWT = re.compile(r"eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?")
_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]{1,40})-----(.*?)(?:-----END \1-----|\Z)", re.DOTALL)
_HEADER = re.compile(
    r"((?:proxy-)?authorization|x-api-key|api-key|x-auth-token)"
    r"(\\?[\"']?\s*[:=,]\s*[\[(]?(?:b(?=[\"']))?\\?[\"']?)"
    r"((?:(?:bearer|basic|token|digest)\s+)?)(?!(?:bearer|basic|token|digest)\s+<redacted )"
    r"([^\s\"'\\,;)\]}<][^\s\"'\\,;)\]}]*)",
    re.IGNORECASE,
)
_COOKIE = re.compile(
    r"(?<![\w-])((?:set-)?cookie\\?[\"']?\s*[:=,]\s*[\[(]?(?:b(?=[\"']))?\\?[\"']?)"
    r"([^\s\"'\\<][^\"'\\\r\n]*)",
    re.IGNORECASE,
)
_USER = re.compile(
    r"(?<![\w-])((?:-u|--user|--proxy-user)(?:\s+|=)[\"']?[^\s:\"'<]+:)(?![0-9]+(?![^\s\"']))([^\s\"'<][^\s\"']*)"
)
_BEARER = re.compile(r"\b(bearer\s+)([A-Za-z0-9._~+/=-]{8,})", re.IGNORECASE)
_USER_INFO = re.compile(r"([a-z][a-z0-9+.-]{1,20}://)([^\s/@\"'<>]{1,512})@", re.IGNORECASE)
_QUERY = re.compile(
    r"([?&](?:X-Amz-[A-Za-z-]+|X-Goog-[A-Za-z-]+|AWSAccessKeyId|GoogleAccessId|Signature|Policy|Key-Pair-Id|sig|sv|se|sp|sr|"
    r"st|skoid|sktid|ske|sks|skt|skv|Expires|pass|pwd|session_?id|session|sid|[A-Za-z_.-]*(?:token|secret|password|key|signature|credential)|code|auth)=)"
    r"([^&\s\"'\\<>#)]+)",
    re.IGNORECASE,
)
_WEBHOOK = re.compile(
    r"(https?://(?:hooks\.[a-z0-9.-]+/(?:services/|workflows/|triggers/|v1/)?|[a-z0-9.-]*discord(?:app)?\.com/api/webhooks/|"
    r"[a-z0-9.-]*webhook\.office\.com/|[a-z0-9.-]*office\.com/webhook/|chat\.googleapis\.com/v1/spaces/|"
    r"[a-z0-9.:-]+/(?:[\w.-]+/){0,4}(?:web)?hooks?/))([^\s\"'\\<>)]+)",
    re.IGNORECASE,
)
_CONNECTION = re.compile(
    r"\b((?:AccountKey|SharedAccessKey|SharedAccessSignature|Password|Pwd)\s*=\s*)([^;\s\"'<]+)", re.IGNORECASE
)
_FLAG = re.compile(r"(?<![\w-])(--?[A-Za-z][A-Za-z0-9_.-]{1,60})(=|\s+)(\"[^\"]*\"|'[^']*'|[^\s\"'<-][^\s\"']*)")
_PAIR = re.compile(
    r"([A-Za-z_][A-Za-z0-9_.-]{1,60})(\\{0,3}[\"']?\s*(?:=>|[:=])\s*\[?(?:[A-Za-z_][\w.]{0,40}\((?=b?[\"']))?b?)"
    r"(\\{0,3}\"(?:[^\"\\]|\\[^\"])*\\{0,3}\"|'(?:[^'\\]|\\.)*'|[^\s,;'\"\\<>()\[\]{}]+)"
)
# In a sentence: a value of capitals, small letters and digits behind one of these words is no word of prose.
_SAID = re.compile(
    r"(?i:(\b(?:token|password|passphrase)(?:\s+is)?:?\s+[\"']?))"
    r"(?=[^\s\"']*[A-Z])(?=[^\s\"']*[a-z])(?=[^\s\"']*[0-9])([^\s\"'\\<>,;()\[\]{}]{8,})"
)
_TWO_LINES = re.compile(
    r"(\\?[\"']?name\\?[\"']?\s*[:=]\s*\\?[\"']?)([A-Za-z_][\w.-]*)"
    r"(\\?[\"']?\s*,?(?:\s|\\n)*\\?[\"']?value\\?[\"']?\s*[:=]\s*\\?[\"']?)([^\s\"'\\,}<][^\"'\\,}\n]*)"
)
_PLAIN_VALUE = re.compile(r"(?:|none|null|true|false|nil|undefined|[0-9]{1,5}(?:\.[0-9]+)?|\*+|\.\.\.)", re.IGNORECASE)
_REFERENCE = re.compile(r"\$(?:\([\w.-]+\)|\{[^{}]+\}|\([^()]*\)|[A-Za-z_]\w*|[0-9@*?#])")
_NEXT_VALUE = re.compile(r"(\s*,\s*)(\\{0,3}\"[^\"\\<]*\\{0,3}\"|'[^'\\<]*')")
_NEXT_WORD = re.compile(r"([ \t]+)(?![a-z]{1,8}\b)(\"[^\"<]+\"|'[^'<]+'|[^\s\"'\\<>|&;$-][^\s\"']*)")
_PROSE = re.compile(r" [a-z]+\b(?!\s*[:=])")  # "failed to fetch token: unexpected status" is a sentence
# `-p VALUE` and `-u USER:PW` mean a password to these programs alone; `-p 5432` is a port.
_LOGIN = re.compile(
    r"\b((?:mysql\w*|mariadb[\w-]*|psql|pg_\w+|mongo\w*|sshpass|cypher-shell|clickhouse-client|sqlcmd|mosquitto_\w+|"
    r"(?:docker|podman|nerdctl|skopeo|oras|crane|helm registry|argocd) login)\b(?:[^|;&\n]{0,300}?\s)"
    r"(?:-p(?![\s=]*[\"']?\d{1,5}(?![^\s\"']))(?:\s+|=)?|-p(?=\d))[\"']?)([^\s\"'<|;&-][^\s\"']*)"
)
_CURL = re.compile(
    r"\b((?:curl|wget|httpie|https?|mysql\w*|psql|mongo\w*)\b(?: [^|;&\n]{0,300}?)?\s(?:-[ua]|--user|--auth)"
    r"[\s=]*[\"']?[^\s:\"'<]{1,100}:)([^\s\"'</][^\s\"']*)"
)
# In logs alone: names so short that in an object they are as likely to name something harmless.
_BARE = re.compile(
    r"(?<![\w.-])((?:key|pass|pwd|session_?id|session|sid|auth|sig)=)"
    r"(\\?\"[^\"\\]{6,}|\\?'[^'\\]{6,}|[^\s\"'\\<>,;&)\]}]{6,})",
    re.IGNORECASE,
)
# Cheap to look for: without any of them in it a text needs no closer look.
_HINTS = (
    "hf_", "sk-", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "akia", "asia", "aiza", "xox",
    "nvapi-",
    "pypi-", "dckr_pat_", "eyj", "-----begin", "authorization", "api-key", "api_key", "apikey", "auth-token", "cookie",
    "bearer", "signature", "x-amz-", "x-goog-", "sig=", "token", "webhook", "hooks.", "hook/", "passw", "pwd",
    "passphrase",
    "secret=", "secret:",
    "secretkey", "secret_key", "secret-key", "_pass", "_pwd", "passwd",
    "secret\"", "secret'", "_secret", "-secret", "clientsecret", "accesskey", "access_key",
    "access-key",
    "privatekey", "private_key", "private-key", "accountkey", "keyid=", "credential", "?code=", "&code=", "&key=",
    "?key=",
    "-key ", "-key=", "--key", "auth=", "-u ", "--user", "--proxy-user", "&pass=", "?pass=", "?session", "&session",
    "?sid=", "&sid=", "mysql", "mariadb", "psql", "pg_", "mongo", "sshpass", "cypher-shell", "clickhouse-client",
    "sqlcmd", "mosquitto_", " login ", "curl ", "wget ", "httpie ",
)  # fmt: skip


def suspect(text: str) -> bool:
    """Whether a text may hold a secret of a known form."""
    low = text.lower()
    return any(hint in low for hint in _HINTS) or ("@" in low and _USER_INFO.search(low) is not None)


def suspect_in_log(text: str) -> bool:
    """Whether a line of a log may hold a secret."""
    return suspect(text) or ("=" in text and _BARE.search(text) is not None)


def masked_in_log(text: str, masker: Masker) -> str:
    """A line of a log with every secret of a known form masked, and what stands behind the barest of names."""
    return _replaced(masked(text, masker), _BARE, "key-value", _bare, masker)


def masked(text: str, masker: Masker) -> str:
    """A text with every secret of a known form masked."""
    for pattern, rule, replace in _RULES:
        text = _replaced(text, pattern, rule, replace, masker)
    return text


def _replaced(text: str, pattern: re.Pattern[str], rule: str, replace: Replace, masker: Masker) -> str:
    """A text after one rule; what follows the first group of a match that stays is searched too: `error: token=x`."""
    pieces: list[str] = []
    at = searched = 0
    while match := pattern.search(text, searched):
        fresh = replace(match, rule, masker)
        if fresh == match.group():
            searched = match.end(1) if match.re.groups and match.end(1) > match.start() else match.end()
            continue
        pieces += (text[at : match.start()], fresh)
        at = searched = match.end()
        if (more := _MORE.get(pattern)) is not None:
            rest, at = more(match, rule, masker)
            pieces.append(rest)
            searched = at
    return "".join(pieces) + text[at:]


def is_plain(value: str) -> bool:
    """Whether a value is too plain for a secret: a truth, a short number, nothing."""
    return _PLAIN_VALUE.fullmatch(value) is not None


def is_reference(value: str) -> bool:
    """Whether a value only names a variable, as `$(TOKEN)` and `$TOKEN` do; a password may begin with a dollar."""
    return _REFERENCE.fullmatch(value.strip("\\'\"")) is not None


def without(text: str, known: Iterable[str], masker: Masker) -> str:
    """A text in which known secrets are masked wherever they stand."""
    for value in known:
        if value in text:
            text = text.replace(value, masker.mask(value, "known-value"))
    return text


Replace = Callable[["re.Match[str]", str, Masker], str]


def _whole(match: re.Match[str], rule: str, masker: Masker) -> str:
    return masker.mask(match.group(), rule, known=True)


def _second(match: re.Match[str], rule: str, masker: Masker) -> str:
    return match.group(1) + masker.mask(match.group(2), rule, known=True)


def _pem(match: re.Match[str], rule: str, masker: Masker) -> str:
    if "CERTIFICATE" in match.group(1) and "REQUEST" not in match.group(1):
        masker.count("certificate")
        return described(match.group())
    return masker.mask(match.group(), rule)


def _header(match: re.Match[str], rule: str, masker: Masker) -> str:
    name, between, scheme, value = match.groups()
    if _PLAIN_VALUE.fullmatch(value):
        return match.group()
    return f"{name}{between}{scheme}{masker.mask(value, rule, known=True)}"


def _user(match: re.Match[str], rule: str, masker: Masker) -> str:
    _, _, password = match.group(2).partition(":")
    masker.mask(password or match.group(2), rule, known=True)
    return f"{match.group(1)}{masker.mask(match.group(2), rule)}@"


def _flag(match: re.Match[str], rule: str, masker: Masker) -> str:
    flag, between, value = match.groups()
    if not is_secret_flag(flag) or is_reference(value):
        return match.group()
    return f"{flag}{between}{_unquoted(value, rule, masker)}"


def _bare(match: re.Match[str], rule: str, masker: Masker) -> str:
    name, value = match.groups()
    inner = value.lstrip("\\\"'")
    if _PLAIN_VALUE.fullmatch(inner) or is_reference(inner) or inner.startswith(("lambda", "<redacted ")):
        return match.group()
    if name.lower() == "key=" and "(" in inner:  # a call in a traceback
        return match.group()
    masker.guess(inner)
    return f"{name}{value[: len(value) - len(inner)]}{masker.mask(inner, rule)}"


def _pair(match: re.Match[str], rule: str, masker: Masker) -> str:
    name, between, value = match.groups()
    if not is_secret_field(name) or _PLAIN_VALUE.fullmatch(value.strip("\\'\"")) or is_reference(value):
        return match.group()
    if between == ": " and value.isalpha() and value.islower() and _PROSE.match(match.string, match.end()):
        return match.group()
    return f"{name}{between}{_unquoted(value, rule, masker)}"


def _two_lines(match: re.Match[str], rule: str, masker: Masker) -> str:
    before, name, between, value = match.groups()
    if not is_secret_field(name) or _PLAIN_VALUE.fullmatch(value):
        return match.group()
    return f"{before}{name}{between}{masker.mask(value, rule, known=True)}"


def _unquoted(value: str, rule: str, masker: Masker) -> str:
    inner = value.strip("\\'\"") if value[:1] in "\\'\"" else value
    start = value.index(inner) if inner else len(value)
    return f"{value[:start]}{masker.mask(inner, rule, known=True)}{value[start + len(inner) :]}" if inner else value


def _rest(match: re.Match[str], rule: str, masker: Masker, pattern: re.Pattern[str]) -> tuple[str, int]:
    """What follows a masked value and belongs to it, masked, and where it ends."""
    pieces, at = [], match.end()
    while following := pattern.match(match.string, at):
        pieces.append(following.group(1) + _unquoted(following.group(2), rule, masker))
        at = following.end()
    return "".join(pieces), at


def _rest_of_keys(match: re.Match[str], rule: str, masker: Masker) -> tuple[str, int]:
    """The further keys of vLLM's `--api-key`, which takes several."""
    if not takes_several(match.group(1)) or match.group(2) == "=":
        return "", match.end()
    return _rest(match, rule, masker, _NEXT_WORD)


def _rest_of_list(match: re.Match[str], rule: str, masker: Masker) -> tuple[str, int]:
    """The further texts of a list: `api_key=['a', 'b']`."""
    return _rest(match, rule, masker, _NEXT_VALUE) if "[" in match.group(2) else ("", match.end())


_MORE: dict[re.Pattern[str], Callable[[re.Match[str], str, Masker], tuple[str, int]]] = {
    _FLAG: _rest_of_keys,
    _PAIR: _rest_of_list,
}
_RULES: tuple[tuple[re.Pattern[str], str, Replace], ...] = (
    (_PEM, "private-key", _pem),
    (_WEBHOOK, "webhook-url", _second),
    (_USER_INFO, "url-user", _user),
    (_QUERY, "url-query", _second),
    (_COOKIE, "header", _second),
    (_HEADER, "header", _header),
    (_BEARER, "header", _second),
    (_TOKEN, "token", _whole),
    (_JWT, "token", _whole),
    (_CONNECTION, "connection-string", _second),
    (_USER, "url-user", _second),
    (_LOGIN, "argument", _second),
    (_CURL, "url-user", _second),
    (_FLAG, "argument", _flag),
    (_SAID, "key-value", _second),
    (_TWO_LINES, "key-value", _two_lines),
    (_PAIR, "key-value", _pair),
)
