-- Mergeable log-spaced histogram of end-to-end latency, relative error 1% (DDSketch, Masson et al., VLDB 2019).
SELECT timestamp::DATE AS day, model, use_case, team, environment,
    ceil(ln(greatest(request_latency_ms, 0.001)) / ln(1.02))::INTEGER AS bin,
    count(*) AS n
FROM clean
WHERE is_request AND status = 'ok' AND request_latency_ms IS NOT NULL
GROUP BY ALL
ORDER BY day, model, use_case
