"""Requests with all their scores: those of the log itself and those that came later."""


def scored_sql(requests: str, scores: str) -> str:
    """A query over the columns of `requests`: one row per request and metric; a late score replaces the log's own."""
    metric = "coalesce(request.quality_metric, 'quality')"
    return (
        f"SELECT * FROM {requests} AS request WHERE quality IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {scores} AS late "
        f"WHERE late.source = request.source AND late.request_id = request.request_id AND late.metric = {metric}) "
        "UNION ALL SELECT request.* REPLACE (late.quality AS quality, late.metric AS quality_metric) "
        f"FROM {requests} AS request JOIN {scores} AS late ON late.source = request.source AND late.request_id = request.request_id"
    )
