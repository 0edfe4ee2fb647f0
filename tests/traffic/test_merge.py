"""A log that comes in pieces: few segments, and the same sums as if it had come at once."""

from pathlib import Path

import duckdb
import pytest

from analytics.logs import load_log
from analytics.store import open_store, segments_folder
from analytics.store.segments import SEGMENT_TABLES, segment_columns
from analytics.traffic.merge import ALIKE, FIRST_SUM

PIECES, ROWS = 20, 40


@pytest.fixture(scope="module")
def pieces(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Twenty files of forty calls: sessions of five, some retried, some scored, some without a price, each over all pieces."""
    folder = tmp_path_factory.mktemp("pieces")
    query = """
        SELECT 'r' || (i * 7919 % 800) AS request_id, TIMESTAMPTZ '2026-10-01' + to_minutes((i * 37 % 40000)::INTEGER) AS timestamp,
            ['gpt-4o', 'claude-haiku-4-5', 'house-model'][1 + i % 3] AS model, 100 + i AS input_tokens, 20 + i % 30 AS output_tokens,
            300.0 + i AS latency_ms, ['chat', 'code'][1 + i % 2] AS use_case, 's' || (i % 160) AS session_id,
            CASE WHEN i % 10 < 2 THEN 'same' || (i // 40) || (i // 10 % 4) END AS logical_id,
            CASE WHEN i % 4 = 0 THEN (i % 16 = 0)::INTEGER::DOUBLE END AS quality, 0.001 * (i % 5) AS cost_usd
        FROM range(800) r(i) WHERE i // 40 = {piece}"""
    files = [folder / f"{piece}.parquet" for piece in range(PIECES)]
    with duckdb.connect() as connection:
        for piece, file in enumerate(files):
            connection.execute(f"COPY ({query.format(piece=piece)}) TO '{file}' (FORMAT parquet)")
    return files


def load_all(database: Path, files: list[Path]) -> dict[str, list[tuple[object, ...]]]:
    """Every table after loading the files one after the other, late scores in between, rows in a fixed order."""
    for number, file in enumerate(files):
        load_log(database, file)
        if number == PIECES // 2:
            late = database.with_name("late.csv")
            late.write_text("request_id,quality,quality_metric\n" + "".join(f"r{i},0.5,tone\n" for i in range(800)))
            load_log(database, late, source="canonical")
    store = open_store(database)
    return {table: store.rows(f"SELECT * FROM {table} ORDER BY ALL") for table in SEGMENT_TABLES}


def test_merged_segments_hold_the_same_as_single_ones(
    tmp_path: Path, pieces: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    merged = load_all(tmp_path / "merged.duckdb", pieces)
    monkeypatch.setattr("analytics.logs.load.merge_segments", lambda transaction: None)
    single = load_all(tmp_path / "single.duckdb", pieces)
    assert len(merged["requests"]) == PIECES * ROWS
    assert merged["requests"] == single["requests"]
    for table, first in FIRST_SUM.items():
        found, expected = totals(merged[table], table, first), totals(single[table], table, first)
        assert found.keys() == expected.keys()
        assert all(found[keys] == pytest.approx(expected[keys], rel=1e-12) for keys in expected), table
    store = open_store(tmp_path / "single.duckdb")
    clusters = store.rows("SELECT metric, sum(n) FROM score_clusters GROUP BY metric ORDER BY metric")
    store = open_store(tmp_path / "merged.duckdb")
    assert store.rows("SELECT metric, sum(n) FROM score_clusters GROUP BY metric ORDER BY metric") == clusters
    assert [row[0] for row in store.rows("SELECT attempts FROM segments ORDER BY load_id")] == [
        320,
        320,
        40,
        40,
        40,
        40,
    ]
    assert store.rows("SELECT min(first_at), max(last_at) FROM segments") == store.rows(
        "SELECT min(timestamp), max(timestamp) FROM requests"
    )


def test_sessions_over_several_pieces_are_seen_as_one_after_a_merge(tmp_path: Path, pieces: list[Path]) -> None:
    for file in pieces[:ALIKE]:
        load_log(tmp_path / "pieces.duckdb", file)
    whole = tmp_path / "whole.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"COPY (FROM read_parquet({[str(file) for file in pieces[:ALIKE]]})) TO '{whole}'")
    load_log(tmp_path / "whole.duckdb", whole)
    of_pieces, of_whole = (
        open_store(tmp_path / name).rows(
            "SELECT metric, sessions, n, round(squares, 9), round(cluster_squares, 9) FROM score_clusters"
        )
        for name in ("pieces.duckdb", "whole.duckdb")
    )
    assert of_pieces == of_whole


def test_few_segments_are_left_and_the_old_ones_stay_a_while(tmp_path: Path, pieces: list[Path]) -> None:
    database = tmp_path / "log.duckdb"
    before = None
    for file in pieces[:ALIKE]:
        load_log(database, file)
        before = before or open_store(database)
    assert open_store(database).rows("SELECT count(*) FROM segments") == [(1,)]
    assert len(list(segments_folder(database).iterdir())) == ALIKE + 1
    assert before is not None
    assert before.rows("SELECT count(*) FROM requests") == [(ROWS,)]


def totals(rows: list[tuple[object, ...]], table: str, first: str) -> dict[tuple[object, ...], list[float]]:
    """Sums by what the leading columns tell apart, in plain Python; None counts as nothing."""
    keys = list(segment_columns(table)).index(first)
    found: dict[tuple[object, ...], list[float]] = {}
    for row in rows:
        sums = found.setdefault(row[:keys], [0.0] * (len(row) - keys))
        for place, value in enumerate(row[keys:]):
            sums[place] += float(value or 0)  # type: ignore[arg-type]
    return found
