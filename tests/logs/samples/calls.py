"""What the makers of samples share: calls through an OpenAI client (plain, streamed, refused, embedded), clean texts."""

import contextlib
import sys
from pathlib import Path


def make_calls(client, rounds: int) -> None:  # type: ignore[no-untyped-def]
    """Per round two chats, one streamed chat with usage, one refused chat and one embedding."""
    import openai

    for number in range(rounds):
        ask = [{"role": "user", "content": f"Question {number}: what is six by seven?"}]
        client.chat.completions.create(model="gpt-4o-mini", messages=ask)
        client.chat.completions.create(model="gpt-4o", messages=ask)
        for _ in client.chat.completions.create(
            model="gpt-4o", messages=ask, stream=True, stream_options={"include_usage": True}
        ):
            pass
        with contextlib.suppress(openai.RateLimitError):
            client.chat.completions.create(model="overloaded", messages=ask)
        client.embeddings.create(model="text-embedding-3-small", input="six by seven")


def without_paths(text: str, *folders: str) -> str:
    """A text without the places where it was made: stack traces and metadata name them."""
    for folder in (sys.prefix, str(Path.cwd()), *folders):
        text = text.replace(f"{folder}/", "").replace(f"{folder}/".replace("/", "\\/"), "")
    return text


def clean(file: Path, *folders: str) -> None:
    """Rewrite a text file without the places where it was made."""
    file.write_text(without_paths(file.read_text(encoding="utf-8"), *folders), encoding="utf-8")
