"""Loading side-by-side outcomes: several models' scored answers to the same prompts."""

from pathlib import Path

import duckdb

from analytics.logs.containers import LINE
from analytics.logs.fields import OUTCOME_FIELDS, field_sql, problem_sql, quoted_name
from analytics.logs.load import (
    MAX_LISTED_REJECTIONS,
    LoadResult,
    Progress,
    Rejection,
    drop_temporary,
    keep_rejections,
    record_load,
    refuse_empty,
)
from analytics.logs.prices import refresh_prices
from analytics.logs.read import Reading, read_requests
from analytics.logs.texts import REDACTED, KeepPrompts, add_redaction, prompt_sql
from analytics.prices import own_prices_of, resolve_prices
from analytics.store import write_transaction
from analytics.store.catalogue import Kind
from analytics.store.insert import insert_rows
from analytics.traffic.complexity import complexity_bin_sql, complexity_sql

SOURCE = "side_by_side"
# Characters of English text per token, for prompts whose file does not count them.
CHARACTERS_PER_TOKEN = 4


def load_outcomes(
    database: Path, file: Path, progress: Progress | None = None, kind: Kind = "own", redact: bool = False
) -> LoadResult:
    """Load one file of side-by-side outcomes; a (prompt_id, model, quality_metric) is loaded once.

    Prompt texts are kept, because they are needed to run other models on them; `redact`: without what names a person. Raises LoadError as `load_log` does.
    """
    tell = progress or (lambda fraction, what: None)
    with write_transaction(database, kind, "load outcomes", progress) as transaction:
        connection = transaction.catalogue
        file = file.absolute()
        transaction.reads_only(file)
        tell(0.1, f"reading {file.name}")
        reading = read_requests(connection, file, OUTCOME_FIELDS, "canonical")
        _stage(connection, reading)
        tell(0.6, "looking for rows that are already loaded")
        keep: KeepPrompts = REDACTED if redact else True
        if redact:
            add_redaction(connection)
        result = _enter(connection, reading, file, keep)
        load_id = record_load(connection, file, SOURCE, "outcomes", "outcomes", result)
        transaction.detail = result.account(file.name)
        keep_rejections(connection, load_id, file, reading, keep)
        pairs = [(row[0], None) for row in connection.execute("SELECT DISTINCT model_logged FROM outcomes").fetchall()]
        refresh_prices(connection, pairs, own_prices_of(transaction.path))
        drop_temporary(connection)
    tell(1.0, "done")
    return result


def _stage(connection: duckdb.DuckDBPyConnection, reading: Reading) -> None:
    types = reading.types
    branches = [branch for field in OUTCOME_FIELDS for branch in problem_sql(field, types)]
    reason = f"CASE {' '.join(branches)} END"
    typed = ", ".join(f"{field_sql(field, types)} AS {quoted_name(field.name)}" for field in OUTCOME_FIELDS)
    connection.execute(
        f"CREATE TEMP TABLE typed AS SELECT {LINE} AS line, {typed}, {reason} AS reason FROM source_rows"
    )
    names = connection.execute("SELECT DISTINCT model FROM typed WHERE model IS NOT NULL").fetchall()
    resolved = resolve_prices([(row[0], None) for row in names])
    connection.execute("CREATE TEMP TABLE aliases (model_logged TEXT, canonical TEXT)")
    insert_rows(connection, "aliases", [(one.model_logged, one.model) for one in resolved])
    tokens = f"coalesce(input_tokens, length(prompt) // {CHARACTERS_PER_TOKEN})"
    connection.execute(
        f"CREATE TEMP TABLE staged AS WITH ruled AS (SELECT *, coalesce(complexity, {complexity_sql('use_case', tokens)}) "
        "AS known_complexity, coalesce(quality_metric, 'quality') AS metric FROM typed), aliased AS (SELECT ruled.*, "
        "coalesce(aliases.canonical, ruled.model) AS canonical FROM ruled LEFT JOIN aliases ON ruled.model = aliases.model_logged) "
        "SELECT aliased.* REPLACE (CASE WHEN aliased.reason IS NOT NULL THEN aliased.reason END AS reason), "
        f"{complexity_bin_sql('known_complexity')} AS bin FROM aliased"
    )


def _enter(connection: duckdb.DuckDBPyConnection, reading: Reading, file: Path, keep: KeepPrompts) -> LoadResult:
    connection.execute(
        "CREATE TEMP TABLE dropped AS SELECT line, NULL::TEXT AS reason FROM staged WHERE reason IS NULL AND EXISTS "
        "(SELECT 1 FROM outcomes WHERE outcomes.prompt_id = staged.prompt_id AND outcomes.model = staged.canonical "
        "AND outcomes.quality_metric = staged.metric)"
    )
    connection.execute(
        "INSERT INTO dropped SELECT line, CASE WHEN contents > 1 THEN 'prompt_id ''' || left(prompt_id, 40) || "
        "''' has different outcomes of the same model in this file' END FROM (SELECT line, prompt_id, "
        "row_number() OVER same AS nth, count(*) OVER same AS copies, min(quality) OVER every <> max(quality) OVER every AS differ, "
        "CASE WHEN differ THEN 2 ELSE 1 END AS contents FROM staged WHERE reason IS NULL AND line NOT IN (SELECT line FROM dropped) "
        "WINDOW same AS (PARTITION BY prompt_id, canonical, metric ORDER BY line), "
        "every AS (PARTITION BY prompt_id, canonical, metric)) WHERE contents > 1 OR nth > 1"
    )
    connection.execute(
        "CREATE TEMP VIEW refused AS SELECT line, reason FROM staged WHERE reason IS NOT NULL "
        "UNION ALL SELECT line, reason FROM dropped WHERE reason IS NOT NULL"
    )
    loaded = connection.execute(
        "INSERT INTO outcomes SELECT prompt_id, canonical, model, use_case, known_complexity, bin, input_tokens, output_tokens, "
        "latency_ms, cost_usd, quality, metric, judge_score, inclusion_probability, "
        f"{prompt_sql(keep)}, length(prompt), md5(prompt), NULL, "
        f"'{SOURCE}' FROM staged WHERE reason IS NULL AND line NOT IN (SELECT line FROM dropped)"
    ).fetchall()[0][0]
    connection.execute(
        "INSERT INTO prompts_kept SELECT DISTINCT prompt_id, now() FROM staged WHERE reason IS NULL AND prompt IS NOT NULL "
        "AND line NOT IN (SELECT line FROM dropped) ON CONFLICT DO NOTHING"
    )
    listed = [Rejection(line.line, line.reason) for line in reading.unreadable]
    listed += [
        Rejection(*row)
        for row in connection.execute(f"FROM refused ORDER BY line LIMIT {MAX_LISTED_REJECTIONS}").fetchall()
    ]
    refused = int(connection.execute("SELECT count(*) FROM refused").fetchall()[0][0]) + len(reading.unreadable)
    listed = sorted(listed, key=lambda rejection: rejection.line)[:MAX_LISTED_REJECTIONS]
    refuse_empty(file, reading.records, refused, listed)
    return LoadResult(
        read=reading.records,
        loaded=int(loaded),
        duplicates=reading.records - int(loaded) - refused,
        rejected=refused,
        rejections=listed,
        format="outcomes",
    )
