"""How each kind of API is asked and how it answers: one streamed call, its pieces of text, its token counts.

Counts are brought to the log's meaning: input and output are totals, cache and reasoning are parts of them. OpenAI's
prompt_tokens contain what was cached; Anthropic's input_tokens do not; Gemini's candidates do not contain thoughts.
"""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from analytics.sidebyside.endpoints import Endpoint

ANTHROPIC_VERSION = "2023-06-01"
MOST_ERROR_CHARACTERS = 300
# What the kinds of API call an answer that was stopped by its limit of output tokens.
STOPPED_BY_LIMIT = ("length", "max_tokens", "MAX_TOKENS")


@dataclass(frozen=True)
class Usage:
    """Token counts of one call; None is unknown."""

    input_tokens: int
    output_tokens: int
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0


@dataclass(frozen=True)
class Request:
    """What to send: URL, headers (one of them holds the key) and JSON body."""

    url: str
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass
class Reply:
    """What has come so far; `complete` once the API said that the answer has ended."""

    pieces: list[str] = field(default_factory=list)
    usage: Usage | None = None
    complete: bool = False
    stopped_because: str = ""
    error: str = ""
    _parts: dict[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The answer."""
        return "".join(self.pieces)


def build_request(endpoint: Endpoint, key: str, model: str, prompt: str, max_output_tokens: int) -> Request:
    """One prompt for one model, to be streamed."""
    messages = [{"role": "user", "content": prompt}]
    if endpoint.kind == "anthropic":
        headers = {"x-api-key": key, "anthropic-version": ANTHROPIC_VERSION} if key else {}
        body = {"model": model, "max_tokens": max_output_tokens, "messages": messages, "stream": True}
        return Request(f"{endpoint.url.removesuffix('/v1')}/v1/messages", headers, body)
    if endpoint.kind == "gemini":
        path = f"/models/{quote(model.removeprefix('models/'), safe='')}:streamGenerateContent?alt=sse"
        parts = [{"role": "user", "parts": [{"text": prompt}]}]
        limits = {"maxOutputTokens": max_output_tokens}
        return Request(
            endpoint.url + path, {"x-goog-api-key": key} if key else {}, {"contents": parts, "generationConfig": limits}
        )
    body = {
        "model": model, "messages": messages, "stream": True, "stream_options": {"include_usage": True},
        endpoint.limit_field: max_output_tokens,
    }  # fmt: skip
    return Request(f"{endpoint.url}/chat/completions", {"Authorization": f"Bearer {key}"} if key else {}, body)


def take_event(kind: str, reply: Reply, data: str) -> bool:
    """Take in the data of one server-sent event; True when it brought a piece of the answer. Unknown events are passed over."""
    if data.strip() == "[DONE]":
        reply.complete = reply.complete or bool(reply.stopped_because)
        return False
    try:
        event = json.loads(data)
    except ValueError:
        return False
    if not isinstance(event, dict):
        return False
    if event.get("error"):
        reply.error = error_text(event)
        return False
    before = len(reply.pieces)
    {"anthropic": _anthropic, "gemini": _gemini, "openai": _openai}[kind](reply, event)
    return len(reply.pieces) > before


def _openai(reply: Reply, event: dict[str, Any]) -> None:
    for choice in _list(event.get("choices")):
        delta = choice.get("delta") or choice.get("message") or {}
        if isinstance(delta.get("content"), str) and delta["content"]:
            reply.pieces.append(delta["content"])
        reply.stopped_because = choice.get("finish_reason") or reply.stopped_because
    counts = event.get("usage")
    if isinstance(counts, dict):
        reply.usage = openai_usage(counts)
        # The usage comes in the last chunk, after the reason to stop: then nothing more is to come.
        reply.complete = bool(reply.stopped_because)


def openai_usage(counts: dict[str, Any]) -> Usage:
    """OpenAI's counts, and those that gateways add for caches that are written."""
    given, made = counts.get("prompt_tokens_details") or {}, counts.get("completion_tokens_details") or {}
    written = counts.get("cache_creation_input_tokens") or given.get("cache_creation_tokens")
    return Usage(
        _count(counts.get("prompt_tokens")),
        _count(counts.get("completion_tokens")),
        _count(given.get("cached_tokens") or counts.get("cache_read_input_tokens")),
        _count(written or given.get("cache_write_tokens")),
        _count(made.get("reasoning_tokens")),
    )


def _anthropic(reply: Reply, event: dict[str, Any]) -> None:
    name = event.get("type")
    if name == "message_start":
        reply._parts.update(_known((event.get("message") or {}).get("usage")))
    elif name == "content_block_delta":
        text = (event.get("delta") or {}).get("text")
        if isinstance(text, str) and text:
            reply.pieces.append(text)
    elif name == "message_delta":
        reply.stopped_because = (event.get("delta") or {}).get("stop_reason") or reply.stopped_because
        reply._parts.update(_known(event.get("usage")))  # cumulative
        if "input_tokens" in reply._parts:
            reply.usage = anthropic_usage(reply._parts)
    elif name == "message_stop":
        reply.complete = True


def anthropic_usage(counts: dict[str, Any]) -> Usage:
    """Anthropic's counts: what was read from or written to a cache comes on top of input_tokens."""
    read, written = _count(counts.get("cache_read_input_tokens")), _count(counts.get("cache_creation_input_tokens"))
    return Usage(
        _count(counts.get("input_tokens")) + read + written, _count(counts.get("output_tokens")), read, written
    )


def _gemini(reply: Reply, event: dict[str, Any]) -> None:
    for candidate in _list(event.get("candidates")):
        for part in _list((candidate.get("content") or {}).get("parts")):
            if isinstance(part.get("text"), str) and part["text"] and not part.get("thought"):
                reply.pieces.append(part["text"])
        reply.stopped_because = candidate.get("finishReason") or reply.stopped_because
    blocked = (event.get("promptFeedback") or {}).get("blockReason")
    reply.stopped_because = blocked or reply.stopped_because
    counts = event.get("usageMetadata")
    if isinstance(counts, dict):
        reply.usage = gemini_usage(counts)
    reply.complete = bool(reply.stopped_because)


def gemini_usage(counts: dict[str, Any]) -> Usage:
    """Gemini's counts: thoughts and the results of tools come on top."""
    thoughts = _count(counts.get("thoughtsTokenCount"))
    return Usage(
        _count(counts.get("promptTokenCount")) + _count(counts.get("toolUsePromptTokenCount")),
        _count(counts.get("candidatesTokenCount")) + thoughts,
        _count(counts.get("cachedContentTokenCount")),
        0,
        thoughts,
    )


def error_text(content: object) -> str:
    """The message of an API's error, cut to a sentence's length."""
    found = content.get("error", content) if isinstance(content, dict) else content
    if isinstance(found, dict):
        found = found.get("message") or found.get("type") or found.get("status") or ""
    return " ".join(str(found).split())[:MOST_ERROR_CHARACTERS]


def _count(value: object) -> int:
    return max(0, int(value)) if isinstance(value, int | float) else 0


def _known(counts: object) -> dict[str, Any]:
    return {key: value for key, value in counts.items() if value is not None} if isinstance(counts, dict) else {}


def _list(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
