-- The shape of one segment: seven Parquet files of these columns. The tables stand in while there is no segment.
CREATE TABLE requests (
    source TEXT, request_id TEXT, logical_id TEXT, attempt INTEGER, timestamp TIMESTAMPTZ, model TEXT, model_logged TEXT,
    provider TEXT, input_tokens BIGINT, output_tokens BIGINT, cache_read_tokens BIGINT, cache_write_tokens BIGINT,
    reasoning_tokens BIGINT, latency_ms DOUBLE, ttft_ms DOUBLE, cost_usd DOUBLE, list_cost_usd DOUBLE, status TEXT,
    error TEXT, use_case TEXT, team TEXT, user_id TEXT, environment TEXT, session_id TEXT, trace_id TEXT, prompt_version TEXT,
    batch BOOLEAN, origin TEXT, cache_hit BOOLEAN, tokens_estimated BOOLEAN, other_cost_usd DOUBLE, cache_saving_usd DOUBLE,
    complexity DOUBLE, complexity_given BOOLEAN, complexity_bin UTINYINT, context_band UTINYINT,
    quality DOUBLE, quality_metric TEXT, propensity DOUBLE, prompt_chars BIGINT, prompt_hash TEXT, prompt TEXT, tags JSON,
    is_request BOOLEAN, request_latency_ms DOUBLE
);
CREATE TABLE rollup (
    bucket TIMESTAMPTZ, model TEXT, provider TEXT, use_case TEXT, team TEXT, environment TEXT, prompt_version TEXT,
    source TEXT, origin TEXT, batch BOOLEAN, requests BIGINT, attempts BIGINT, failed_requests BIGINT,
    failed_attempts BIGINT, retried_requests BIGINT, fallback_requests BIGINT, cache_hits BIGINT, estimated BIGINT, input_tokens DOUBLE, output_tokens DOUBLE,
    cache_read_tokens DOUBLE, cache_write_tokens DOUBLE, reasoning_tokens DOUBLE, list_cost_usd DOUBLE,
    billed_cost_usd DOUBLE, billed_known BIGINT, unpriced BIGINT, zero_billed BIGINT, failed_cost_usd DOUBLE,
    retry_cost_usd DOUBLE, other_cost_usd DOUBLE, cache_saving_usd DOUBLE, latency_n BIGINT, latency_ms DOUBLE,
    first_token_n BIGINT, first_token_ms DOUBLE, generation_tokens DOUBLE, generation_ms DOUBLE
);
CREATE TABLE classes (
    day DATE, model TEXT, provider TEXT, use_case TEXT, team TEXT, environment TEXT, batch BOOLEAN,
    complexity_bin UTINYINT, context_band UTINYINT, requests BIGINT, attempts BIGINT, input_tokens DOUBLE,
    output_tokens DOUBLE, cache_read_tokens DOUBLE, cache_write_tokens DOUBLE, reasoning_tokens DOUBLE,
    input_squares DOUBLE, output_squares DOUBLE, input_output DOUBLE, list_cost_usd DOUBLE, list_cost_squares DOUBLE,
    billed_cost_usd DOUBLE, billed_known BIGINT, unpriced BIGINT, latency_n BIGINT, latency_ms DOUBLE,
    latency_squares DOUBLE, latency_output DOUBLE, latency_output_tokens DOUBLE, latency_output_squares DOUBLE,
    latency_input DOUBLE, latency_input_tokens DOUBLE
);
CREATE TABLE class_scores (
    day DATE, model TEXT, provider TEXT, use_case TEXT, team TEXT, environment TEXT, batch BOOLEAN,
    complexity_bin UTINYINT, context_band UTINYINT, metric TEXT, explored BOOLEAN, n BIGINT, quality DOUBLE,
    quality_squares DOUBLE, inverse_propensity DOUBLE, weighted_quality DOUBLE, inverse_propensity_squares DOUBLE
);
CREATE TABLE score_clusters (metric TEXT, sessions BIGINT, n BIGINT, squares DOUBLE, cluster_squares DOUBLE);
CREATE TABLE latency_histogram (
    day DATE, model TEXT, use_case TEXT, team TEXT, environment TEXT, bin INTEGER, n BIGINT
);
CREATE TABLE speed_histogram (
    day DATE, model TEXT, use_case TEXT, team TEXT, environment TEXT, measure TEXT, bin INTEGER, n BIGINT
);
