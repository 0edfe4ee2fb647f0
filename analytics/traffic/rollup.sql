-- What every audit page sums: 15-minute steps in UTC, so that local days exist in zones at :30 and :45.
SELECT time_bucket(INTERVAL 15 MINUTE, timestamp) AS bucket, model, provider, use_case, team, environment,
    count(*) FILTER (is_request) AS requests,
    count(*) AS attempts,
    count(*) FILTER (is_request AND status = 'error') AS failed_requests,
    count(*) FILTER (status = 'error') AS failed_attempts,
    sum(input_tokens)::DOUBLE AS input_tokens,
    sum(output_tokens)::DOUBLE AS output_tokens,
    sum(cache_read_tokens)::DOUBLE AS cache_read_tokens,
    sum(cache_write_tokens)::DOUBLE AS cache_write_tokens,
    sum(reasoning_tokens)::DOUBLE AS reasoning_tokens,
    sum(list_cost_usd) AS list_cost_usd,
    sum(cost_usd) AS billed_cost_usd,
    count(cost_usd) AS billed_known,
    count(*) FILTER (list_cost_usd IS NULL) AS unpriced,
    count(*) FILTER (cost_usd = 0 AND list_cost_usd > 0) AS zero_billed,
    count(request_latency_ms) FILTER (is_request AND status = 'ok') AS latency_n,
    sum(request_latency_ms) FILTER (is_request AND status = 'ok') AS latency_ms
FROM clean
GROUP BY ALL
ORDER BY bucket
