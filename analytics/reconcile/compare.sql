-- Ours and the invoice's per provider and month, both for the days that the invoice covers; months without one as they are.
WITH billed AS (
    SELECT provider, date_trunc('month', starts)::DATE AS month, min(starts) AS starts, max(ends) AS ends,
        sum(amount_usd) AS invoice_usd, sum(amount_usd) FILTER (kind NOT IN ('tokens', 'unknown')) AS other_invoiced_usd
    FROM invoices
    GROUP BY ALL
), logged AS (
    SELECT coalesce(provider, 'unknown') AS provider, date_trunc('month', bucket)::DATE AS month, bucket::DATE AS day,
        sum(attempts)::BIGINT AS attempts, sum(list_cost_usd) AS list_usd, sum(billed_cost_usd) AS billed_usd,
        sum(billed_known)::BIGINT AS billed_known, sum(unpriced)::BIGINT AS unpriced, sum(estimated)::BIGINT AS estimated,
        sum(failed_attempts)::BIGINT AS failed, sum(zero_billed)::BIGINT AS zero_billed, sum(other_cost_usd) AS other_usd,
        sum(list_cost_usd) FILTER (origin IS NOT NULL) AS overhead_usd
    FROM rollup
    GROUP BY ALL
), months AS (
    SELECT coalesce(billed.provider, logged.provider) AS provider, coalesce(billed.month, logged.month) AS month,
        any_value(starts) AS starts, any_value(ends) AS ends, any_value(invoice_usd) AS invoice_usd,
        any_value(other_invoiced_usd) AS other_invoiced_usd,
        list({'day': day, 'usd': list_usd}) FILTER (list_usd > 0) AS days, coalesce(sum(attempts), 0)::BIGINT AS attempts,
        sum(list_usd) AS list_usd, sum(billed_usd) AS billed_usd, coalesce(sum(billed_known), 0)::BIGINT AS billed_known,
        coalesce(sum(unpriced), 0)::BIGINT AS unpriced, coalesce(sum(estimated), 0)::BIGINT AS estimated,
        coalesce(sum(failed), 0)::BIGINT AS failed, coalesce(sum(zero_billed), 0)::BIGINT AS zero_billed,
        sum(other_usd) AS other_usd, sum(overhead_usd) AS overhead_usd, count(DISTINCT day) AS days_logged,
        min(day) AS first_day, max(day) AS last_day
    FROM billed FULL JOIN logged ON billed.provider = logged.provider AND billed.month = logged.month
        AND logged.day >= billed.starts AND logged.day < billed.ends
    WHERE billed.provider IS NOT NULL
        OR NOT EXISTS (FROM billed AS b WHERE b.provider = logged.provider AND b.month = logged.month)
    GROUP BY 1, 2
)
FROM months ORDER BY month DESC, invoice_usd DESC NULLS LAST, list_usd DESC NULLS LAST, provider
