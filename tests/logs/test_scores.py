"""Late scores attach to loaded requests, replace older ones, and change nothing when they come again."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from analytics.errors import LoadError
from analytics.logs import load_log
from analytics.store import open_store, segments_folder
from tests.conftest import WriteCsv
from tests.logs.containers import write_records
from tests.logs.records import iso, observation

EVIDENCE = "SELECT metric, sum(n)::BIGINT, sum(quality), sum(quality_squares) FROM class_scores GROUP BY metric ORDER BY metric"


@pytest.fixture
def scores_csv(tmp_path: Path) -> Callable[..., Path]:
    """Write a plain table of scores."""

    def write(*rows: str, header: str = "request_id,quality,quality_metric,scored_at") -> Path:
        file = tmp_path / "scores.csv"
        file.write_text("\n".join([header, *rows]) + "\n")
        return file

    return write


def evidence(database: Path) -> list[tuple[Any, ...]]:
    return open_store(database).rows(EVIDENCE)


def test_scores_attach_and_newer_ones_replace_older_ones(
    database: Path, write_csv: WriteCsv, scores_csv: Callable[..., Path]
) -> None:
    load_log(database, write_csv("a,2026-10-01,gpt-4o,10,5", "b,2026-10-01,gpt-4o,10,5", "c,2026-10-02,gpt-4o,10,5"))
    first = load_log(
        database, scores_csv("a,0.5,helpful,2026-10-03", "b,1,helpful,2026-10-03", "a,0.25,correct,2026-10-03")
    )
    assert (first.read, first.loaded, first.duplicates, first.rejected, first.format) == (3, 3, 0, 0, "scores")
    assert evidence(database) == [("correct", 1, 0.25, 0.0625), ("helpful", 2, 1.5, 1.25)]
    again = load_log(database, scores_csv("a,0.5,helpful,2026-10-03", "b,1,helpful,2026-10-03"))
    assert (again.loaded, again.duplicates) == (0, 2)
    mixed = load_log(
        database, scores_csv("a,0.75,helpful,2026-10-04", "b,0,helpful,2026-10-02", "a,0.1,helpful,2026-10-01")
    )
    assert (mixed.loaded, mixed.duplicates) == (1, 2)
    assert evidence(database)[1] == ("helpful", 2, 1.75, 0.75**2 + 1)
    clusters = open_store(database).rows(
        "SELECT metric, sum(n)::BIGINT FROM score_clusters GROUP BY metric ORDER BY metric"
    )
    assert clusters == [("correct", 1), ("helpful", 2)]
    store = open_store(database)
    assert store.rows("SELECT count(*) FROM requests") == [(3,)]
    found = store.rows("SELECT request_id, quality_metric, quality FROM scored_requests ORDER BY ALL")
    assert found == [("a", "correct", 0.25), ("a", "helpful", 0.75), ("b", "helpful", 1.0)]


def test_a_late_score_replaces_the_logs_own_of_the_same_metric(
    database: Path, write_csv: WriteCsv, scores_csv: Callable[..., Path]
) -> None:
    load_log(
        database,
        write_csv(
            "a,2026-10-01,gpt-4o,10,5,0.2,m,0.5",
            "b,2026-10-01,gpt-4o,10,5,0.4,m,0.5",
            more="quality,quality_metric,propensity",
        ),
    )
    load_log(database, scores_csv("a,1,m,2026-10-03", "a,0.5,n,2026-10-03"))
    assert [row[:3] for row in evidence(database)] == [("m", 2, 1.4), ("n", 1, 0.5)]
    explored = open_store(database).rows(
        "SELECT sum(weighted_quality) FROM class_scores WHERE metric = 'm' AND explored"
    )
    assert explored == [(pytest.approx(1 / 0.5 + 0.4 / 0.5),)]


def test_only_touched_segments_are_replaced_and_share_their_files(
    database: Path, write_csv: WriteCsv, scores_csv: Callable[..., Path]
) -> None:
    load_log(database, write_csv("a,2026-10-01,gpt-4o,10,5"))
    load_log(database, write_csv("b,2026-10-02,gpt-4o,10,5"))
    before = [row[0] for row in open_store(database).rows("SELECT segment FROM segments ORDER BY load_id")]
    load_log(database, scores_csv("b,1,m,2026-10-03"))
    after = [row[0] for row in open_store(database).rows("SELECT segment FROM segments ORDER BY load_id")]
    assert before[0] == after[0]
    assert before[1] != after[1]
    old, new = (segments_folder(database) / name / "requests.parquet" for name in (before[1], after[1]))
    assert old.stat().st_ino == new.stat().st_ino


def test_what_cannot_be_attached_is_refused_with_a_reason(
    database: Path, write_csv: WriteCsv, scores_csv: Callable[..., Path], tmp_path: Path
) -> None:
    with pytest.raises(LoadError, match="no request is loaded yet"):
        load_log(database, scores_csv("a,1,m,2026-10-03"))
    assert not database.exists()
    log = write_csv("a,2026-10-01,gpt-4o,10,5", "b,2026-10-01,gpt-4o,10,5")
    load_log(database, log)
    result = load_log(database, scores_csv("a,1,m,", "x,1,m,", "b,4,stars,", ",1,m,"))
    assert (result.read, result.loaded, result.rejected) == (4, 1, 3)
    assert [one.reason for one in result.rejections] == [
        "no request 'x' is loaded", "quality '4' is not a number in [0, 1]", "request_id and trace_id are missing",
    ]  # fmt: skip
    load_log(database, log, source="another")
    with pytest.raises(LoadError, match="in several sources: name one with --source"):
        load_log(database, scores_csv("b,1,m,"))
    assert load_log(database, scores_csv("b,1,m,"), source="another").loaded == 1


def langfuse_log(database: Path, tmp_path: Path) -> None:
    records = [
        observation(random.Random(1), number) | {"type": "GENERATION", "level": "DEFAULT"} for number in range(6)
    ]
    load_log(database, write_records(tmp_path, records, "jsonl"))


def v2(number: int, **changes: object) -> dict[str, object]:
    return {
        "id": f"s{number}", "name": "correct", "source": "EVAL", "dataType": "NUMERIC", "value": 0.5, "stringValue": None, "timestamp": iso(9),
        "updatedAt": iso(10), "traceId": "trace-0", "observationId": f"obs-{number}", "sessionId": None,
    } | changes  # fmt: skip


def v3(number: int, subject: dict[str, object], **changes: object) -> dict[str, object]:
    return {
        "id": f"s{number}", "name": "correct", "source": "API", "dataType": "NUMERIC", "value": 0.5, "timestamp": iso(9), "subject": subject,
    } | changes  # fmt: skip


def test_langfuse_scores_of_every_version(database: Path, tmp_path: Path) -> None:
    langfuse_log(database, tmp_path)
    scores = [
        v2(0), v2(1, dataType="BOOLEAN", value=1, stringValue="True"), v2(2, dataType="CATEGORICAL", value=0, stringValue="good"),
        v2(3, observationId=None), v2(4, observationId=None, traceId=None, sessionId="s"),
    ]  # fmt: skip
    result = load_log(database, write_records(tmp_path, scores, "wrapped.json"))
    assert (result.format, result.read, result.loaded, result.ignored) == ("langfuse-scores", 3, 3, 2)
    found = dict(open_store(database).rows("SELECT request_id, quality FROM scored_requests"))
    # trace-0 holds obs-0, obs-1 and obs-2: its score judges the last answer.
    assert found == {"obs-0": 0.5, "obs-1": 1.0, "obs-2": 0.5}
    newer = [
        v3(0, {"kind": "observation", "id": "obs-0", "traceId": "trace-0"}, value=1.0, timestamp=iso(99)),
        v3(1, {"kind": "trace", "id": "trace-1", "traceId": "trace-1"}, value=0.25),
        v3(2, {"kind": "session", "id": "s", "traceId": None}), v3(3, {"kind": "observation", "id": "obs-1", "traceId": "trace-0"}, dataType="TEXT", value="fine"),
    ]  # fmt: skip
    result = load_log(database, write_records(tmp_path, newer, "pretty.json"))
    assert (result.read, result.loaded, result.ignored) == (2, 2, 2)
    found = dict(open_store(database).rows("SELECT request_id, quality FROM scored_requests"))
    assert found == {"obs-0": 1.0, "obs-1": 1.0, "obs-2": 0.5, "obs-5": 0.25}
    exported = {
        "id": "x", "timestamp": "2026-10-05 10:00:00.000000", "trace_id": "trace-0", "observation_id": "obs-0", "session_id": "", "name": "correct",
        "value": 0.0, "string_value": "", "data_type": "NUMERIC", "source": "EVAL",
    }  # fmt: skip
    for container in ("csv", "parquet"):
        result = load_log(database, write_records(tmp_path, [exported], container))
        assert result.format == "langfuse-scores-export"
    assert (result.loaded, result.duplicates) == (0, 1)
    assert open_store(database).rows("SELECT quality FROM scored_requests WHERE request_id = 'obs-0'") == [(0.0,)]


def test_scores_are_evidence_for_every_reader(database: Path, tmp_path: Path) -> None:
    """Late scores end up where projections and the learned router read them."""
    from analytics.audit import log_totals
    from analytics.learning.material import read_lessons, scored_models
    from analytics.scope import Scope

    langfuse_log(database, tmp_path)
    scores = [v2(number, value=number / 6) for number in range(6)] * 1
    file = tmp_path / "scores.jsonl"
    file.write_text("\n".join(json.dumps(one) for one in scores))
    load_log(database, file)
    store = open_store(database)
    assert log_totals(store, Scope()).requests == 6
    assert scored_models(store, "correct") in ((), ("gpt-4o",))
    lessons = read_lessons(store, ("gpt-4o",), "correct", with_prompts=False)
    assert sorted(lessons.quality[:, 0]) == pytest.approx([number / 6 for number in range(6)])


def test_an_older_database_takes_scores(database: Path, write_csv: WriteCsv, scores_csv: Callable[..., Path]) -> None:
    import polars as pl

    load_log(database, write_csv("a,2026-10-01,gpt-4o,10,5"))
    folder = next(segments_folder(database).iterdir())
    pl.read_parquet(folder / "requests.parquet").drop("trace_id", "origin").write_parquet(folder / "requests.parquet")
    assert load_log(database, scores_csv("a,1,m,")).loaded == 1
    assert evidence(database) == [("m", 1, 1.0, 1.0)]


def test_new_prices_keep_late_scores(database: Path, write_csv: WriteCsv, scores_csv: Callable[..., Path]) -> None:
    from analytics.logs.reprice import reprice

    load_log(database, write_csv("a,2026-10-01,gpt-4o,10,5"))
    load_log(database, scores_csv("a,1,m,"))
    reprice(database)
    assert evidence(database) == [("m", 1, 1.0, 1.0)]
