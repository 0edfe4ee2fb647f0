"""One model, many spellings; different models, never one name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.prices import canonical_model

CASES = {
    "claude-opus-4-1": [
        "claude-opus-4-1", "claude-opus-4-1-20250805", "anthropic/claude-opus-4-1", "anthropic/claude-opus-4-1-20250805",
        "Claude-Opus-4-1", " claude-opus-4-1 ", "claude-opus-4.1", "openrouter/anthropic/claude-opus-4.1",
        "us.anthropic.claude-opus-4-1-20250805-v1:0", "anthropic.claude-opus-4-1-20250805-v1:0",
        "bedrock/us.anthropic.claude-opus-4-1-20250805-v1:0", "bedrock/converse/global.anthropic.claude-opus-4-1-20250805-v1:0",
        "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-opus-4-1-20250805-v1:0",
        "vertex_ai/claude-opus-4-1@20250805", "litellm_proxy/anthropic/claude-opus-4-1",
    ],
    "claude-sonnet-4-5": [
        "claude-sonnet-4-5-20250929", "claude-sonnet-4-5@20250929", "openrouter/anthropic/claude-sonnet-4.5:beta",
        "eu.anthropic.claude-sonnet-4-5-20250929-v1:0", "apac.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5-latest",
    ],
    "claude-3-5-sonnet": ["claude-3-5-sonnet-20241022", "claude-3.5-sonnet", "claude-3-5-sonnet-latest", "anthropic.claude-3-5-sonnet-20241022-v2:0"],
    "gpt-4o": ["gpt-4o", "openai/gpt-4o", "azure/gpt-4o", "azure/gpt-4o-2024-08-06", "azure/eu/gpt-4o-2024-08-06", "gpt-4o-2024-11-20", "GPT-4o"],
    "gpt-4o-mini": ["openai/gpt-4o-mini-2024-07-18", "azure_ai/gpt-4o-mini", "openrouter/openai/gpt-4o-mini:free"],
    "gpt-4.1": ["openai/gpt-4.1", "azure/gpt-4.1-2025-04-14"],
    "gpt-5-mini": ["openai/gpt-5-mini", "gpt-5-mini-2025-08-07"],
    "gemini-2.5-flash": ["gemini/gemini-2.5-flash", "vertex_ai/gemini-2.5-flash", "models/gemini-2.5-flash", "google/gemini-2.5-flash", "gemini-2.5-flash-preview-05-20"],
    "gemini-2.5-flash-lite": ["gemini/gemini-2.5-flash-lite"],
    "gpt-4-32k": ["openai/gpt-4-32k"],
    "gpt-4-turbo-preview": ["gpt-4-turbo-preview"],
    "o1-preview": ["openai/o1-preview", "o1-preview-2024-09-12"],
    "llama-3.3-70b-instruct-turbo": ["together_ai/meta-llama/Llama-3.3-70B-Instruct-Turbo"],
    "mistral-large": ["mistral/mistral-large-latest"],
    "deepseek-chat": ["deepseek/deepseek-chat"],
    "our-own-model": ["our-own-model"],
    "latest": ["latest"],
    "-latest": ["-latest"],
    "acme-labs/openai/gpt-4o": ["acme-labs/openai/gpt-4o"],  # who knows what they made of it
    "openai/": ["openai/"],
    "gpt-oss": ["arn:aws:bedrock:us-east-1::foundation-model/openai.gpt-oss"],
}  # fmt: skip


@pytest.mark.parametrize(("raw", "expected"), [(raw, name) for name, spellings in CASES.items() for raw in spellings])
def test_spellings(raw: str, expected: str) -> None:
    assert canonical_model(raw) == expected


@given(
    st.text(min_size=1, max_size=60).filter(lambda text: bool(text.strip()))
    | st.sampled_from([raw for spellings in CASES.values() for raw in spellings])
)
def test_the_canonical_name_is_its_own(raw: str) -> None:
    name = canonical_model(raw)
    assert name
    assert canonical_model(name) == name
