"""Which rows are the same call, and which calls are attempts of one request, as SQL text that a load and a warehouse share."""

_CONTENT = (
    "logical_id, attempt, timestamp, model_logged, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, "
    "latency_ms, cost_usd, status, use_case, team, user_id, environment, session_id, quality, propensity"
)


def repeated_sql(rows: str) -> str:
    """The request_ids that `rows` have more than once, with their first line and how many different contents they have."""
    return (
        # A batch is logged again, at another time, whenever somebody fetches it: it is paid for once.
        "SELECT request_id, min(line) AS first_line, count(DISTINCT content) FILTER (NOT batch) AS contents FROM "
        f"(SELECT request_id, line, batch, hash({_CONTENT}) AS content FROM {rows}) AS hashed "
        "GROUP BY request_id HAVING count(*) > 1"
    )


def dropped_sql(rows: str, keys: str = "line") -> str:
    """The `keys` of `rows` that do not enter, by `repeated`: copies (no reason), and ids that stand for several contents."""
    return (
        f"SELECT {keys}, CASE WHEN contents > 1 THEN 'request_id ''' || left(request_id, 40) || "
        "''' stands for different rows of this file: ids must be unique' END AS reason "
        f"FROM {rows} AS good JOIN repeated USING (request_id) WHERE contents > 1 OR line <> first_line"
    )


def logical_sql(rows: str, stored_logical: str | None = None) -> str:
    """The attempts of requests that have several, among `rows`: which of them stands for the request, and its latency.

    The last attempt does, with the end-to-end latency. Attempts of a request that is counted already (`stored_logical`: a
    relation of logical_ids) are not counted again.
    """
    again = f" AND logical_id NOT IN (SELECT logical_id FROM {stored_logical})" if stored_logical else ""
    return f"""WITH called AS (SELECT * REPLACE (coalesce(logical_id, request_id) AS logical_id) FROM ({rows}) AS rows WHERE origin IS NULL),
        multiple AS (SELECT logical_id FROM called GROUP BY logical_id HAVING count(*) > 1 OR bool_or(logical_id <> request_id)),
        ranked AS (SELECT request_id, logical_id, timestamp, latency_ms,
            row_number() OVER (PARTITION BY logical_id ORDER BY attempt NULLS LAST, timestamp, request_id) AS nth,
            count(*) OVER (PARTITION BY logical_id) AS attempts,
            max(epoch_ms(timestamp) + coalesce(latency_ms, 0)) OVER whole - min(epoch_ms(timestamp)) OVER whole AS span_ms,
            min(model) OVER whole <> max(model) OVER whole AS fell_back,
            min(timestamp) OVER whole = max(timestamp) OVER whole AS together, sum(latency_ms) OVER whole AS total_ms
            FROM called JOIN multiple USING (logical_id) WINDOW whole AS (PARTITION BY logical_id))
        SELECT request_id, nth, nth = attempts{again} AS is_request,
            CASE WHEN attempts = 1 THEN latency_ms WHEN together THEN total_ms WHEN latency_ms IS NOT NULL THEN span_ms END
                AS request_latency_ms, fell_back FROM ranked"""


def clean_sql(rows: str) -> str:
    """`rows` in the shape of the store's `requests`, attempts told apart from requests by `logical`."""
    return f"""SELECT good.* REPLACE (coalesce(good.attempt, logical.nth, 1)::INTEGER AS attempt),
        coalesce(logical.is_request, good.origin IS NULL) AS is_request, coalesce(logical.fell_back, false) AS fell_back,
        CASE WHEN logical.request_id IS NULL THEN latency_ms ELSE logical.request_latency_ms END AS request_latency_ms
        FROM ({rows}) AS good LEFT JOIN logical USING (request_id)"""


def single_sql(rows: str) -> str:
    """`clean_sql` of a log without retries: every call is a request of its own."""
    return (
        "SELECT * REPLACE (coalesce(attempt, 1) AS attempt), origin IS NULL AS is_request, "
        f"latency_ms AS request_latency_ms, false AS fell_back FROM ({rows}) AS rows"
    )
