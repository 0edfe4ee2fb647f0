-- The traffic classes: what simulations weigh, calls made for users only. An answer from the gateway's own cache is a
-- request without tokens: no architecture would pay for it. Token sums run over all attempts, so retries are paid for;
-- squares and products carry sampling variances; latency sums run over answered requests that say how long they took.
SELECT timestamp::DATE AS day, model, provider, use_case, team, environment, batch, complexity_bin, context_band,
    count(*) FILTER (is_request) AS requests,
    count(*) AS attempts,
    sum(input_tokens)::DOUBLE AS input_tokens,
    sum(output_tokens)::DOUBLE AS output_tokens,
    sum(cache_read_tokens)::DOUBLE AS cache_read_tokens,
    sum(cache_write_tokens)::DOUBLE AS cache_write_tokens,
    sum(reasoning_tokens)::DOUBLE AS reasoning_tokens,
    sum(input_tokens::DOUBLE * input_tokens) AS input_squares,
    sum(output_tokens::DOUBLE * output_tokens) AS output_squares,
    sum(input_tokens::DOUBLE * output_tokens) AS input_output,
    sum(list_cost_usd) AS list_cost_usd,
    sum(list_cost_usd * list_cost_usd) AS list_cost_squares,
    sum(cost_usd) AS billed_cost_usd,
    count(cost_usd) AS billed_known,
    count(*) FILTER (list_cost_usd IS NULL) AS unpriced,
    count(answer_ms) AS latency_n,
    sum(answer_ms) AS latency_ms,
    sum(answer_ms * answer_ms) AS latency_squares,
    sum(answer_ms * output_tokens) AS latency_output,
    sum(output_tokens) FILTER (answer_ms IS NOT NULL)::DOUBLE AS latency_output_tokens,
    sum(output_tokens::DOUBLE * output_tokens) FILTER (answer_ms IS NOT NULL) AS latency_output_squares,
    sum(answer_ms * input_tokens) AS latency_input,
    sum(input_tokens) FILTER (answer_ms IS NOT NULL)::DOUBLE AS latency_input_tokens
FROM (
    SELECT * REPLACE (
            CASE WHEN cache_hit THEN 0 ELSE input_tokens END AS input_tokens,
            CASE WHEN cache_hit THEN 0 ELSE output_tokens END AS output_tokens,
            CASE WHEN cache_hit THEN 0 ELSE cache_read_tokens END AS cache_read_tokens,
            CASE WHEN cache_hit THEN 0 ELSE cache_write_tokens END AS cache_write_tokens,
            CASE WHEN cache_hit THEN 0 ELSE reasoning_tokens END AS reasoning_tokens
        ), CASE WHEN is_request AND status = 'ok' THEN request_latency_ms END AS answer_ms
    FROM clean WHERE origin IS NULL
)
GROUP BY ALL
ORDER BY day, model, use_case
