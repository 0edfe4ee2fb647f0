-- How fast single attempts were: time to first token and tokens per second after it, in the bins of latency_histogram.
SELECT day, model, use_case, team, environment, measure, ceil(ln(greatest(value, 0.001)) / ln(1.02))::INTEGER AS bin, count(*) AS n
FROM (
    SELECT timestamp::DATE AS day, model, use_case, team, environment, 'first_token_ms' AS measure, ttft_ms AS value
    FROM clean WHERE status = 'ok' AND ttft_ms IS NOT NULL
    UNION ALL
    SELECT timestamp::DATE, model, use_case, team, environment, 'tokens_per_s', 1000 * output_tokens / (latency_ms - coalesce(ttft_ms, 0))
    FROM clean WHERE status = 'ok' AND output_tokens > 0 AND latency_ms > coalesce(ttft_ms, 0)
)
GROUP BY ALL
ORDER BY day, model, use_case
