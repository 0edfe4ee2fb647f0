"""What the exported LiteLLM hook needs beside `support`: each function is copied into it as it stands here."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


def request_of(data: Mapping[str, Any], key: Any) -> dict[str, Any]:
    """A call as the policy sees it, from what its caller said in `metadata`, its tags, its key and its messages."""
    own = data.get("litellm_metadata") or data.get("metadata") or {}
    parts = (own, data.get("metadata"), own.get("requester_metadata"))
    said = {name: value for part in parts if isinstance(part, dict) for name, value in part.items()}
    tags = [tag for tag in own.get("tags") or said.get("tags") or [] if isinstance(tag, str)]
    chars = text_length(data.get("system")) + text_length(
        data.get("messages") or data.get("input") or data.get("prompt")
    )

    def first(*values: Any) -> str | None:
        return next((str(value) for value in values if value not in (None, "")), None)

    def tagged(prefix: str) -> str | None:
        return next((tag[len(prefix) :] for tag in tags if tag.startswith(prefix)), None)

    tokens = whole(said.get("input_tokens"))
    return {
        "request_id": first(said.get("request_id"), data.get("litellm_call_id")),
        "timestamp": datetime.now(UTC),
        "model": first(data.get("model")),
        "provider": first(said.get("provider")),
        "use_case": first(said.get("use_case"), tagged("task:")),
        "environment": first(said.get("environment"), tagged("env:")),
        "team": first(said.get("team"), getattr(key, "team_alias", None), getattr(key, "team_id", None)),
        "user_id": first(data.get("user"), getattr(key, "user_id", None)),
        "session_id": first(data.get("litellm_session_id"), said.get("session_id")),
        "prompt_version": first(said.get("prompt_version")),
        "batch": said.get("batch") in (True, "true"),
        "complexity": number(said.get("complexity")),
        "input_tokens": round(chars / 4) if tokens is None else tokens,
        "cache_read_tokens": whole(said.get("cache_read_tokens")),
        "prompt_chars": chars,
        "predicted_quality": numbers(said.get("predicted_quality")),
        "expected_cost_usd": numbers(said.get("expected_cost_usd")),
    }


def predictions(request: Mapping[str, Any]) -> Mapping[str, float]:
    """Quality by model as the caller predicted it, for the models whose cost is expected too."""
    costs = request["expected_cost_usd"]
    return {model: value for model, value in request["predicted_quality"].items() if model in costs}


def expected_costs(request: Mapping[str, Any]) -> Mapping[str, float]:
    """USD by model as the caller expects them."""
    found: Mapping[str, float] = request["expected_cost_usd"]
    return found


def numbers(value: Any) -> dict[str, float]:
    """The entries of an object that are numbers."""
    found = {name: number(entry) for name, entry in value.items()} if isinstance(value, dict) else {}
    return {name: entry for name, entry in found.items() if entry is not None}


def number(value: Any) -> float | None:
    """A number, or text that is one. Anything else is unknown."""
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def whole(value: Any) -> int | None:
    """The same as a whole number."""
    found = number(value)
    return None if found is None else round(found)


def text_length(content: Any) -> int:
    """The characters of all texts of messages, in any of the shapes the protocols have."""
    if isinstance(content, str):
        return len(content)
    if isinstance(content, list):
        return sum(text_length(part) for part in content)
    return text_length(content.get("content") or content.get("text")) if isinstance(content, dict) else 0
