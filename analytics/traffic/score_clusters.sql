-- How alike the scores of one session are: squares of single deviations from their model's and use case's mean, and of their
-- sums per session. The ratio of the two is the design effect by which sessions make scores count less (Kish 1965, 5.4).
SELECT metric, count(*) AS sessions, sum(n)::BIGINT AS n, sum(squares) AS squares, sum(total * total) AS cluster_squares
FROM (
    SELECT metric, cluster, count(*) AS n, sum(deviation) AS total, sum(deviation * deviation) AS squares
    FROM (
        SELECT coalesce(quality_metric, 'quality') AS metric, coalesce(session_id, 'request ' || request_id) AS cluster,
            quality - avg(quality) OVER (PARTITION BY quality_metric, model, use_case) AS deviation
        FROM scored
        WHERE quality IS NOT NULL AND origin IS NULL
    )
    GROUP BY metric, cluster
)
GROUP BY metric
ORDER BY metric
