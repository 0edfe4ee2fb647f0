"""Loading a log: all of a file or nothing, the same rows never twice, every refused row kept with its reason."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb

from analytics.errors import LoadError
from analytics.logs.containers import LINE
from analytics.logs.fields import REQUEST_FIELDS
from analytics.logs.formats import Format
from analytics.logs.prices import refresh_prices
from analytics.logs.read import Reading, read_requests
from analytics.logs.stage import create_clean, create_price_table, distinct_models, drop_repeated, stage
from analytics.logs.texts import TEXT_KEYS, KeepPrompts, may_hold_text, prompt_sql, tags_sql
from analytics.prices import own_prices_of, resolve_prices
from analytics.store import Transaction, write_transaction
from analytics.store.catalogue import Kind
from analytics.store.connection import of_database
from analytics.store.insert import insert_rows
from analytics.store.segments import table_sql
from analytics.traffic import merge_segments, write_segment

Progress = Callable[[float, str], None]

MAX_LISTED_REJECTIONS = 1000
# Row blocks may overlap by this much and time filters still skip nearly all of a segment.
IN_ORDER_OVERLAP_MINUTES = 60
ROW_GROUP_ROWS = 122_880
# Discounts and surcharges stay well within it; cents for dollars do not.
LIKELY_PRICE_RATIO = 30.0


@dataclass(frozen=True)
class Rejection:
    """A refused row: its line in the file (the record's number in Parquet) and why."""

    line: int
    reason: str


@dataclass(frozen=True)
class LoadResult:
    """What became of a file: read = loaded + duplicates + rejected. `rejections` lists the first 1,000.

    `ignored` counts records that are no model call (agent steps, tool spans); they are not part of what was read.
    `warnings` are sentences about what looks wrong though every row could be read.
    """

    read: int
    loaded: int
    duplicates: int
    rejected: int
    rejections: list[Rejection] = field(default_factory=list)
    unpriced: dict[str, int] = field(default_factory=dict)
    format: str = "canonical"
    ignored: int = 0
    warnings: list[str] = field(default_factory=list)

    def account(self, name: str) -> str:
        """What became of the file `name`, in a line."""
        return f"{name}: {self.loaded:,} of {self.read:,} rows loaded, {self.rejected:,} refused"


def load_log(
    database: Path,
    file: Path,
    format: str | None = None,
    source: str | None = None,
    keep_prompts: KeepPrompts = False,
    progress: Progress | None = None,
    kind: Kind = "own",
) -> LoadResult:
    """Load one log file, or scores of requests that are loaded already, into the database at `database`.

    `format` names a built-in format or a mapping saved beside the database; by default the content tells. `source` names where the rows come from (default: the format's name): within a source a request_id is loaded once.
    Raises LoadError when the file cannot be read or none of its rows can be loaded; then nothing has changed.
    """
    tell = progress or (lambda fraction, what: None)
    with write_transaction(database, kind, "load a log", progress) as transaction:
        result = load_into(transaction, file, format, source, keep_prompts, tell)
        transaction.detail = result.account(file.name)
    tell(1.0, "done")
    return result


def load_into(
    transaction: Transaction,
    file: Path,
    format: str | None = None,
    source: str | None = None,
    keep_prompts: KeepPrompts = False,
    progress: Progress | None = None,
    part: bool = False,
) -> LoadResult:
    """`load_log` within an open transaction.

    A `part` is a piece of a log that is read again and again: it may hold no call at all, or none that can be loaded; rows that
    were refused before count as duplicates, and a load that brought nothing new leaves no trace.
    """
    from analytics.logs.mapping import saved_formats

    tell = progress or (lambda fraction, what: None)
    connection = transaction.catalogue
    file = file.absolute()  # as it is told to DuckDB when access is limited to it
    transaction.reads_only(file)
    _check_here(transaction)
    mappings = saved_formats(transaction.path)
    try:
        result = _load(transaction, file, format, source, keep_prompts, tell, mappings, part)
    except duckdb.OutOfMemoryException as error:
        raise LoadError(
            f"{file.name} does not fit into memory and temporary disk space: free some, or load it in parts."
        ) from error
    except (duckdb.IOException, duckdb.DataError) as error:
        if known := of_database(transaction.path, error):
            raise known from error
        raise LoadError(f"{file.name} could not be loaded: {str(error).splitlines()[0]}.") from error
    drop_temporary(connection)
    return result


def _check_here(transaction: Transaction) -> None:
    """A log is here or in a warehouse: a question about its requests has one place to go."""
    found = transaction.catalogue.execute("SELECT name FROM warehouses").fetchall()
    if found:
        raise LoadError(
            f"{transaction.path.name} is the log of the warehouse '{found[0][0]}': load files into a database of their own (--db), or their rows into the warehouse."
        )


def _load(
    transaction: Transaction,
    file: Path,
    format: str | None,
    source: str | None,
    keep_prompts: KeepPrompts,
    tell: Progress,
    mappings: tuple[Format, ...],
    part: bool,
) -> LoadResult:
    connection = transaction.catalogue
    tell(0.05, f"reading {file.name}")
    reading = read_requests(connection, file, REQUEST_FIELDS, format, mappings, part)
    if reading.format.holds == "totals":
        raise LoadError(
            f"{file.name} holds totals per day, not requests: add it on the Reconciliation page (or with `routecast invoice`) to hold "
            f"the log against it, and load the single requests ({reading.format.source})."
        )
    if reading.format.holds == "scores":
        from analytics.logs.scores import enter_scores

        return enter_scores(transaction, reading, file, source or reading.format.source, part)
    source = source or reading.format.source or reading.format.name
    pairs = distinct_models(connection, reading.types)
    own = own_prices_of(transaction.path)
    create_price_table(connection, resolve_prices(pairs, own))
    tell(0.15, "checking and pricing rows")
    stage(connection, reading, source, keep_prompts)
    tell(0.4, "looking for rows that are already loaded")
    existing, logical = _stored_ids(transaction, source)
    drop_repeated(connection, existing)
    create_clean(connection, logical)
    result = _result(connection, reading, file, part)
    load_id = record_load(connection, file, source, reading.format.name, "log", result)
    keep_rejections(connection, load_id, file, reading, keep_prompts)
    if part:
        result = forget_known(connection, load_id, source, result)
    if result.loaded:
        folder = transaction.new_segment()
        write_segment(connection, folder, _in_order(connection), tell)
        connection.execute(
            "INSERT INTO segments SELECT ?, ?, min(timestamp), max(timestamp), count(*) FROM clean",
            [folder.name, load_id],
        )
        refresh_prices(connection, pairs, own)
        tell(0.95, "tidying up")
        merge_segments(transaction)
    return result


def _stored_ids(transaction: Transaction, source: str) -> tuple[str | None, str | None]:
    segments = transaction.segments()
    if not segments:
        return None, None
    connection = transaction.catalogue
    files = table_sql(connection, transaction.path, segments, "requests")
    connection.execute("CREATE TEMP TABLE this_source AS SELECT ?::TEXT AS source", [source])
    rows = f"{files} WHERE source = (SELECT source FROM this_source)"
    return f"(SELECT request_id FROM {rows})", f"(SELECT coalesce(logical_id, request_id) AS logical_id FROM {rows})"


def _result(connection: duckdb.DuckDBPyConnection, reading: Reading, file: Path, part: bool) -> LoadResult:
    loaded = int(connection.execute("SELECT count(*) FROM clean").fetchall()[0][0])
    connection.execute(
        "CREATE TEMP VIEW refused AS SELECT line, reason FROM staged WHERE reason IS NOT NULL "
        "UNION ALL SELECT line, reason FROM dropped WHERE reason IS NOT NULL"
    )
    listed = [Rejection(line.line, line.reason) for line in reading.unreadable]
    listed += [
        Rejection(*row)
        for row in connection.execute(f"FROM refused ORDER BY line LIMIT {MAX_LISTED_REJECTIONS}").fetchall()
    ]
    refused = int(connection.execute("SELECT count(*) FROM refused").fetchall()[0][0]) + len(reading.unreadable)
    listed = sorted(listed, key=lambda rejection: rejection.line)[:MAX_LISTED_REJECTIONS]
    if not part:
        refuse_empty(file, reading.records, refused, listed)
    unpriced = connection.execute(
        "SELECT model, count(*) FROM clean WHERE list_cost_usd IS NULL GROUP BY model ORDER BY 2 DESC"
    ).fetchall()
    return LoadResult(
        read=reading.records,
        loaded=loaded,
        duplicates=reading.records - loaded - refused,
        rejected=refused,
        rejections=listed,
        unpriced=dict(unpriced),
        format=reading.format.name,
        ignored=reading.ignored,
        warnings=[warning for warning in (_wrong_unit(connection),) if warning],
    )


def _wrong_unit(connection: duckdb.DuckDBPyConnection) -> str | None:
    """A sentence when billed cost is so far from list price that the money must be in another unit."""
    ratio = connection.execute(
        "SELECT median(cost_usd / list_cost_usd) FROM clean WHERE cost_usd > 0 AND list_cost_usd > 0"
    ).fetchall()[0][0]
    if ratio is None or 1 / LIKELY_PRICE_RATIO < ratio < LIKELY_PRICE_RATIO:
        return None
    return f"Billed cost is {ratio:.3g} times list price on a typical row: is the money in USD?"


def refuse_empty(file: Path, records: int, refused: int, listed: list[Rejection]) -> None:
    """Raise when a file has no rows, or none that can be used."""
    if records == 0:
        raise LoadError(f"{file.name} has a header but no rows: export the log again.")
    if refused == records:
        first = listed[0]
        rows = "its only row" if records == 1 else f"none of its {records:,} rows"
        cannot = "cannot be loaded" if records == 1 else "can be loaded"
        raise LoadError(f"{file.name}: {rows} {cannot}; line {first.line}: {first.reason}.")


def record_load(
    connection: duckdb.DuckDBPyConnection, file: Path, source: str, format: str, kind: str, result: LoadResult
) -> int:
    """Note a load in the catalogue; returns its number."""
    load_id = int(connection.execute("SELECT coalesce(max(load_id), 0) + 1 FROM loads").fetchall()[0][0])
    counts = [result.read, result.loaded, result.duplicates, result.rejected, json.dumps(result.unpriced)]
    connection.execute(
        "INSERT INTO loads VALUES (?, ?, ?, ?, ?, now(), ?, ?, ?, ?, ?)",
        [load_id, file.name, source, format, kind, *counts],
    )
    return load_id


def keep_rejections(
    connection: duckdb.DuckDBPyConnection, load_id: int, file: Path, reading: Reading, keep_prompts: KeepPrompts
) -> None:
    """Keep every refused row with its reason and its content; of the texts in it what `keep_prompts` says."""
    if reading.unreadable:
        of_texts = any(name.lower() in TEXT_KEYS for name in reading.types) and reading.sniffed.container == "csv"
        unreadable = [
            (
                load_id,
                file.name,
                line.line,
                line.reason,
                line.raw if keep_prompts is True or not (of_texts or may_hold_text(line.raw)) else "",
            )
            for line in reading.unreadable
        ]
        insert_rows(connection, "rejections", unreadable)
    shown = {"prompt": prompt_sql(keep_prompts), "tags": f"({tags_sql('tags', keep_prompts)})::VARCHAR"}
    cleaned = ", ".join(f"{value} AS {name}" for name, value in shown.items() if name in reading.types)
    connection.execute(
        f"INSERT INTO rejections SELECT ?, ?, line, reason, to_json(shown)::VARCHAR FROM refused "
        f"JOIN (SELECT *{f' REPLACE ({cleaned})' if cleaned else ''} FROM source_rows) AS shown ON shown.{LINE} = refused.line",
        [load_id, file.name],
    )


def forget_known(connection: duckdb.DuckDBPyConnection, load_id: int, source: str, result: LoadResult) -> LoadResult:
    """Keep a refused row once, however often its source sends it; drop a load of nothing new. Returns the account anew."""
    number = f"""'"{LINE}":[0-9]+,?', ''"""  # the same row on another line
    known = connection.execute(
        f"DELETE FROM rejections WHERE load_id = $load_id AND regexp_replace(raw, {number}) IN (SELECT regexp_replace(raw, {number}) "
        "FROM rejections JOIN loads USING (load_id) WHERE loads.source = $source AND load_id < $load_id) RETURNING line",
        {"load_id": load_id, "source": source},
    ).fetchall()
    again = {row[0] for row in known}
    result = replace(
        result,
        duplicates=result.duplicates + len(known),
        rejected=result.rejected - len(known),
        rejections=[one for one in result.rejections if one.line not in again],
    )
    if result.loaded or result.rejected:
        connection.execute(
            "UPDATE loads SET duplicates = ?, rejected = ? WHERE load_id = ?",
            [result.duplicates, result.rejected, load_id],
        )
    else:
        connection.execute("DELETE FROM loads WHERE load_id = ?", [load_id])
    return result


def _in_order(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the rows come nearly by time, block by block."""
    found = connection.execute(
        f"WITH blocks AS (SELECT line // {ROW_GROUP_ROWS} AS block, min(timestamp) AS first_at, max(timestamp) AS last_at "
        "FROM staged WHERE reason IS NULL GROUP BY block) "
        "SELECT coalesce(bool_and(last_at <= next_at), true) FROM (SELECT last_at, lead(first_at) OVER (ORDER BY block) "
        f"+ INTERVAL {IN_ORDER_OVERLAP_MINUTES} MINUTE AS next_at FROM blocks) WHERE next_at IS NOT NULL"
    ).fetchall()
    return bool(found[0][0])


def drop_temporary(connection: duckdb.DuckDBPyConnection) -> None:
    """Forget the staging tables, so that they are not kept in memory until the connection closes."""
    found = connection.execute(
        "SELECT view_name, 'VIEW' FROM duckdb_views() WHERE temporary AND NOT internal UNION ALL "
        "SELECT table_name, 'TABLE' FROM duckdb_tables() WHERE temporary AND NOT internal"
    ).fetchall()
    for name, what in found:
        connection.execute(f'DROP {what} IF EXISTS "{name}"')
