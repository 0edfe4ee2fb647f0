-- Architectures that were put to work, each with what it was expected to do: the projection, and what it stood on.
CREATE TABLE IF NOT EXISTS adoptions (
    name TEXT PRIMARY KEY, starts DATE, adopted_at TIMESTAMPTZ, author TEXT, note TEXT, architecture TEXT, scenario JSON,
    scope JSON, metric TEXT, requests_per_month DOUBLE, baseline_days DOUBLE, projection JSON, current JSON, prices JSON
);
-- The traffic a projection stood on: one row per traffic class (route, use case, tenth of complexity) and model. Everything
-- is per request of the class, or per call of the model there.
CREATE TABLE IF NOT EXISTS adoption_cells (
    name TEXT, route BIGINT, use_case TEXT, tenth BIGINT, model TEXT, share DOUBLE, extra_usd DOUBLE, calls DOUBLE,
    answers DOUBLE, input_tokens DOUBLE, output_tokens DOUBLE, input_usd DOUBLE, output_usd DOUBLE, latency_ms DOUBLE,
    ms_per_token DOUBLE, quality DOUBLE, quality_low DOUBLE, quality_high DOUBLE
);
