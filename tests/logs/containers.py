"""The same records in every container an export may come in."""

import csv
import json
from pathlib import Path
from typing import Any

import polars as pl

CONTAINERS = ("jsonl", "json", "wrapped.json", "pretty.json", "csv", "parquet", "jsonl.gz")


def write_records(folder: Path, records: list[dict[str, Any]], container: str) -> Path:
    """Write `records`; nested values become JSON text in tables."""
    file = folder / f"log.{container}"
    flat = [
        {key: json.dumps(value) if isinstance(value, dict | list) else value for key, value in one.items()}
        for one in records
    ]
    if container == "csv":
        names = list(dict.fromkeys(key for one in flat for key in one))
        with file.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, names)
            writer.writeheader()
            writer.writerows(flat)
    elif container == "parquet":
        pl.DataFrame(flat, infer_schema_length=None, strict=False).write_parquet(file)
    elif container == "json":
        file.write_text(json.dumps(records), encoding="utf-8")
    elif container == "wrapped.json":
        file.write_text(
            json.dumps({"data": records, "meta": {"page": 1, "totalItems": len(records)}}), encoding="utf-8"
        )
    elif container == "pretty.json":
        file.write_text(json.dumps({"meta": {"page": 1}, "data": records}, indent=2), encoding="utf-8")
    else:
        text = "\n".join(json.dumps(one) for one in records).encode()
        if container.endswith(".gz"):
            import gzip

            text = gzip.compress(text)
        file.write_bytes(text)
    return file


def one_line(error: Exception) -> None:
    """What a user is told is one sentence on one line."""
    assert str(error)
    assert "\n" not in str(error)
