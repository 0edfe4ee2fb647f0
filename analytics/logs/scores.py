"""Late scores: they attach to requests that are loaded already, and the newest score of a request and metric counts.

The scores go into the catalogue's table `scores`. A segment is never changed: one whose requests got scores is replaced,
in the same transaction, by one that shares all its files but those that sum up scores.
"""

from pathlib import Path

import duckdb

from analytics.errors import LoadError
from analytics.logs.containers import LINE
from analytics.logs.fields import SCORE_FIELDS, field_sql, problem_sql, quoted_name
from analytics.logs.load import (
    MAX_LISTED_REJECTIONS,
    LoadResult,
    Rejection,
    forget_known,
    keep_rejections,
    record_load,
    refuse_empty,
)
from analytics.logs.read import Reading
from analytics.store import Transaction
from analytics.store.segments import quoted, segments_folder, table_sql
from analytics.traffic.segment import rescore_segment


def enter_scores(transaction: Transaction, reading: Reading, file: Path, source: str, part: bool = False) -> LoadResult:
    """Enter the scores in `source_rows`; `source` is where their requests came from ('' when it is not known).

    read = loaded + duplicates + rejected; an older score than the one that is stored counts as a duplicate.
    """
    connection = transaction.catalogue
    segments = transaction.segments()
    if not segments:
        raise LoadError(f"{file.name} holds scores, but no request is loaded yet: load the log first.")
    _stage(connection, reading)
    _match(connection, transaction.path, segments, source)
    connection.execute(
        "CREATE TEMP TABLE entering AS SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY source, request_id, metric "
        "ORDER BY scored_at DESC NULLS LAST, line DESC) AS nth FROM matched WHERE reason IS NULL) AS new WHERE nth = 1 AND NOT EXISTS "
        "(SELECT 1 FROM scores AS old WHERE old.source = new.source AND old.request_id = new.request_id AND old.metric = new.metric "
        # Without times the last load is the newest; the same value says nothing new.
        "AND (old.quality = new.quality OR old.scored_at > new.scored_at))"
    )
    result = _result(connection, reading, file, part)
    load_id = record_load(connection, file, source or "scores", reading.format.name, "scores", result)
    keep_rejections(connection, load_id, file, reading, keep_prompts=False)
    if part:
        result = forget_known(connection, load_id, source or "scores", result)
    if result.loaded:
        connection.execute(
            "DELETE FROM scores USING entering AS new WHERE scores.source = new.source "
            "AND scores.request_id = new.request_id AND scores.metric = new.metric"
        )
        connection.execute("INSERT INTO scores SELECT source, request_id, metric, quality, scored_at FROM entering")
        for (segment,) in connection.execute("SELECT DISTINCT segment FROM entering ORDER BY segment").fetchall():
            folder, old = transaction.new_segment(), segments_folder(transaction.path) / segment
            rescore_segment(connection, old, folder, "scores")
            transaction.replace_segments([segment], folder)
    return result


def _stage(connection: duckdb.DuckDBPyConnection, reading: Reading) -> None:
    """`staged`: every record with typed values and the reason why it is refused, if it is."""
    types = reading.types
    branches = [branch for field in SCORE_FIELDS for branch in problem_sql(field, types)]
    typed = ", ".join(f"{field_sql(field, types)} AS {quoted_name(field.name)}" for field in SCORE_FIELDS)
    connection.execute(
        f"CREATE TEMP TABLE staged AS SELECT {LINE} AS line, {typed}, CASE {' '.join(branches)} END AS reason FROM source_rows"
    )


def _match(connection: duckdb.DuckDBPyConnection, database: Path, segments: list[str], source: str) -> None:
    """`matched`: the staged scores with the stored request that each one judges.

    A score of a trace judges the last answer that the trace gave its user.
    """
    wanted = "source, request_id, timestamp, origin, is_request, status, trace_id"
    rows = [
        f"SELECT {wanted}, {quoted(segment)} AS segment FROM {table_sql(connection, database, [segment], 'requests')}"
        for segment in segments
    ]
    connection.execute(
        f"CREATE TEMP TABLE stored AS SELECT * FROM ({' UNION ALL '.join(rows)}) WHERE {'source = $source' if source else 'true'} "
        "AND (request_id IN (SELECT request_id FROM staged) OR trace_id IN (SELECT trace_id FROM staged WHERE request_id IS NULL))",
        {"source": source} if source else None,
    )
    of_request = (
        "SELECT request_id, any_value(source) AS source, any_value(segment) AS segment, count(DISTINCT source) AS sources "
        "FROM stored WHERE request_id IN (SELECT request_id FROM staged) GROUP BY request_id"
    )
    of_trace = (
        "SELECT trace_id, arg_max(request_id, (status = 'ok', timestamp, request_id)) AS request_id, any_value(source) AS source, "
        "arg_max(segment, (status = 'ok', timestamp, request_id)) AS segment, count(DISTINCT source) AS sources FROM stored "
        "WHERE is_request AND origin IS NULL AND trace_id IN (SELECT trace_id FROM staged WHERE request_id IS NULL) GROUP BY trace_id"
    )
    connection.execute(
        f"""CREATE TEMP TABLE matched AS WITH of_request AS ({of_request}), of_trace AS ({of_trace})
        SELECT staged.line, coalesce(of_request.source, of_trace.source) AS source, coalesce(of_request.segment, of_trace.segment) AS segment,
            coalesce(of_request.request_id, of_trace.request_id) AS request_id, coalesce(staged.quality_metric, 'quality') AS metric,
            staged.quality, staged.scored_at,
            CASE WHEN reason IS NOT NULL THEN reason
                WHEN staged.request_id IS NULL AND staged.trace_id IS NULL THEN 'request_id and trace_id are missing'
                WHEN coalesce(of_request.sources, of_trace.sources, 0) = 0
                    THEN 'no request ''' || left(coalesce(staged.request_id, staged.trace_id), 40) || ''' is loaded'
                WHEN coalesce(of_request.sources, of_trace.sources) > 1
                    THEN 'request ''' || left(coalesce(staged.request_id, staged.trace_id), 40) || ''' is in several sources: name one with --source'
            END AS reason
        FROM staged LEFT JOIN of_request ON staged.request_id = of_request.request_id
            LEFT JOIN of_trace ON staged.request_id IS NULL AND staged.trace_id = of_trace.trace_id"""
    )


def _result(connection: duckdb.DuckDBPyConnection, reading: Reading, file: Path, part: bool) -> LoadResult:
    connection.execute("CREATE TEMP VIEW refused AS SELECT line, reason FROM matched WHERE reason IS NOT NULL")
    listed = [Rejection(line.line, line.reason) for line in reading.unreadable]
    listed += [
        Rejection(*row)
        for row in connection.execute(f"FROM refused ORDER BY line LIMIT {MAX_LISTED_REJECTIONS}").fetchall()
    ]
    refused = int(connection.execute("SELECT count(*) FROM refused").fetchall()[0][0]) + len(reading.unreadable)
    listed = sorted(listed, key=lambda rejection: rejection.line)[:MAX_LISTED_REJECTIONS]
    if not part:
        refuse_empty(file, reading.records, refused, listed)
    loaded = int(connection.execute("SELECT count(*) FROM entering").fetchall()[0][0])
    return LoadResult(
        read=reading.records,
        loaded=loaded,
        duplicates=reading.records - loaded - refused,
        rejected=refused,
        rejections=listed,
        format=reading.format.name,
        ignored=reading.ignored,
    )
