CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE loads (
    load_id BIGINT, file TEXT, source TEXT, format TEXT, kind TEXT, loaded_at TIMESTAMPTZ,
    read BIGINT, loaded BIGINT, duplicates BIGINT, rejected BIGINT, unpriced JSON
);

CREATE TABLE rejections (load_id BIGINT, file TEXT, line BIGINT, reason TEXT, raw TEXT);

CREATE TABLE segments (segment TEXT PRIMARY KEY, load_id BIGINT, first_at TIMESTAMPTZ, last_at TIMESTAMPTZ, attempts BIGINT);

CREATE TABLE outcomes (
    prompt_id TEXT, model TEXT, model_logged TEXT, use_case TEXT, complexity DOUBLE, complexity_bin UTINYINT,
    input_tokens BIGINT, output_tokens BIGINT, latency_ms DOUBLE, cost_usd DOUBLE,
    quality DOUBLE, quality_metric TEXT, judge_score DOUBLE, inclusion_probability DOUBLE,
    prompt TEXT, prompt_chars BIGINT, prompt_hash TEXT, request_id TEXT, source TEXT
);

CREATE TABLE prices (
    model TEXT, provider TEXT, valid_from TIMESTAMPTZ, valid_to TIMESTAMPTZ, above_tokens BIGINT,
    input_usd_per_mtok DOUBLE, output_usd_per_mtok DOUBLE, cache_read_usd_per_mtok DOUBLE,
    cache_write_usd_per_mtok DOUBLE, reasoning_usd_per_mtok DOUBLE, request_usd DOUBLE, batch_factor DOUBLE, source TEXT
);
