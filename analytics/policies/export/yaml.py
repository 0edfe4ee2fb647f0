"""Block YAML of lists, tables and text. Every scalar is written as JSON, which YAML reads as it is, so nothing needs guessing."""

import json
from typing import Any


def yaml_lines(content: Any, indent: str = "") -> list[str]:
    """The lines of a nested dict or list; keys are plain words of this package."""
    lines = []
    if isinstance(content, dict):
        for key, value in content.items():
            if isinstance(value, dict | list):
                lines += [f"{indent}{key}:", *yaml_lines(value, indent + "  ")]
            else:
                lines.append(f"{indent}{key}: {_scalar(value)}")
        return lines
    for entry in content:
        if isinstance(entry, dict | list):
            first, *rest = yaml_lines(entry, indent + "  ")
            lines += [f"{indent}- {first[len(indent) + 2 :]}", *rest]
        else:
            lines.append(f"{indent}- {_scalar(entry)}")
    return lines


def _scalar(value: object) -> str:
    """JSON; signs that YAML takes for line breaks or refuses are escaped."""
    if isinstance(value, float):  # 1e-09 would be text in YAML
        return f"{value:.12f}".rstrip("0").rstrip(".")
    text = json.dumps(value, ensure_ascii=False)
    return "".join(sign if sign.isprintable() else f"\\U{ord(sign):08x}" for sign in text)
