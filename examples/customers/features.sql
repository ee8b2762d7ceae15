-- The one definition of the features. `moments` says for whom and as of when: training fills it with the time of each
-- example, the store with now. Only what was known before that time counts, so that training sees what serving will.
SELECT
  m.customer_id,
  m.at,
  (SELECT count(*) FROM orders o
    WHERE o.customer_id = m.customer_id AND o.at < m.at AND o.at >= m.at - 30 * 86400) AS orders_30d,
  (SELECT round(avg(o.amount), 2) FROM orders o
    WHERE o.customer_id = m.customer_id AND o.at < m.at AND o.at >= m.at - 90 * 86400) AS mean_amount_90d,
  (SELECT count(*) FROM tickets t
    WHERE t.customer_id = m.customer_id AND t.at < m.at AND t.at >= m.at - 90 * 86400) AS tickets_90d
FROM moments m
ORDER BY m.customer_id, m.at
