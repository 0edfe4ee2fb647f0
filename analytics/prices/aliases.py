"""One model has many names in logs: this is the one place that knows they are the same.

Only spelling is removed (gateway prefixes, regions, release dates, version suffixes of a host); what tells models
apart (size, generation, "mini", "lite", "32k") is never touched.
"""

import re

_GATEWAYS = frozenset(
    [
        "anthropic",
        "azure",
        "azure_ai",
        "bedrock",
        "bedrock_converse",
        "cerebras",
        "cohere",
        "cohere_chat",
        "converse",
        "databricks",
        "deepinfra",
        "deepseek",
        "fireworks",
        "fireworks_ai",
        "gemini",
        "github",
        "google",
        "google-vertex",
        "groq",
        "invoke",
        "litellm_proxy",
        "meta-llama",
        "mistral",
        "mistralai",
        "models",
        "moonshotai",
        "nvidia_nim",
        "ollama",
        "openai",
        "openrouter",
        "perplexity",
        "qwen",
        "together",
        "together_ai",
        "vertex",
        "vertex_ai",
        "x-ai",
        "xai",
        "accounts",
        "publishers",
        "text-completion-openai",
        "us",
        "eu",
        "apac",
        "global",
        "deepseek-ai",
    ]
)
_REGION = re.compile(r"^(?:us|eu|apac|global|jp|au|us-gov)\.(?=[a-z0-9]+\.)")
_VENDOR = re.compile(r"^(?:anthropic|amazon|meta|mistral|cohere|deepseek|openai|qwen|ai21|writer)\.(?=[a-z])")
_BEDROCK_VERSION = re.compile(r"-v\d+(?::\d+)?(?::\d+k)?$")
_VARIANT = re.compile(r":(?:free|nitro|beta|floor|extended|online|thinking|exacto|\d+)$")
_DATE = re.compile(r"(?:-|@)(?:20\d{2}-?\d{2}-?\d{2})$")
_PREVIEW_DATE = re.compile(r"-preview-\d{2}-(?:\d{2}|20\d{2})$")
_CLAUDE_DOT = re.compile(r"(?<=\d)\.(?=\d)")


def canonical_model(raw: str) -> str:
    """The canonical name of a model as a log, a gateway or a person spells it; lower case, never empty for non-empty input."""
    name = raw.strip().lower()
    previous = ""
    while name != previous:
        previous = name
        name = _step(name)
    return name or raw.strip().lower()


def _step(name: str) -> str:
    if name.startswith("arn:"):
        name = name.rsplit("/", 1)[-1].rsplit(":foundation-model", 1)[-1] or name
    head, slash, tail = name.rpartition("/")
    if slash and tail and all(_is_place(part) for part in head.split("/")):
        name = tail
    for pattern in (_REGION, _VENDOR):
        name = pattern.sub("", name)
    name = _VARIANT.sub("", name)
    name = (
        _BEDROCK_VERSION.sub("", name) if re.search(r"claude|nova|llama|mistral|titan|command|deepseek", name) else name
    )
    for pattern in (_PREVIEW_DATE, _DATE):
        shorter = pattern.sub("", name)
        name = shorter if shorter else name
    if name.endswith("-latest") and len(name) > len("-latest"):
        name = name.removesuffix("-latest")
    if name.startswith("claude"):
        name = _CLAUDE_DOT.sub("-", name)
        name = name.removesuffix("@default")
    return name


def _is_place(part: str) -> bool:
    """Whether a path segment is a gateway, a vendor, a region or an account, not part of a name."""
    return part in _GATEWAYS or bool(
        re.fullmatch(r"[a-z]{2}(?:-[a-z]+)+-?\d*|[a-z]{2}|projects|locations|.*gateway.*", part)
    )
