-- Scored answers per class and metric, of the rows of a load or of a segment with its late scores; explored means the model was chosen at random with a known probability.
SELECT timestamp::DATE AS day, model, provider, use_case, team, environment, batch, complexity_bin, context_band,
    coalesce(quality_metric, 'quality') AS metric,
    propensity IS NOT NULL AS explored,
    count(*) AS n,
    sum(quality) AS quality,
    sum(quality * quality) AS quality_squares,
    sum(1 / propensity) AS inverse_propensity,
    sum(quality / propensity) AS weighted_quality,
    sum(1 / (propensity * propensity)) AS inverse_propensity_squares
FROM scored
WHERE quality IS NOT NULL AND origin IS NULL
GROUP BY ALL
ORDER BY day, model, use_case
