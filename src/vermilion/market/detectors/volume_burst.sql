-- step: volume_burst_days
SELECT d.collection, d.day, d.sales, d.before_sales, d.before_days
FROM (
  SELECT k.collection, k.day, k.sales,
    COUNT(*) OVER (PARTITION BY k.collection ORDER BY k.day ROWS BETWEEN {window} PRECEDING AND 1 PRECEDING) AS before_days,
    SUM(CAST(k.sales AS DECIMAL(38,0))) OVER (PARTITION BY k.collection ORDER BY k.day ROWS BETWEEN {window} PRECEDING AND 1 PRECEDING) AS before_sales
  FROM (
    SELECT s.collection, s.day, COUNT(*) AS sales
    FROM (
      SELECT m.collection, m.ms - ((m.ms % CAST(86400000 AS BIGINT)) + 86400000) % CAST(86400000 AS BIGINT) AS day
      FROM moves AS m LEFT JOIN flagged AS f ON f.n = m.n WHERE m.sale AND f.n IS NULL
    ) AS s
    GROUP BY s.collection, s.day
  ) AS k
) AS d
WHERE d.sales >= {min_sales} AND d.before_days >= {min_days} AND d.sales * d.before_days >= {ratio} * d.before_sales

-- step: volume_burst_spans
SELECT g.collection, g.day, g.sales, g.before_sales, g.before_days,
  SUM(g.opens) OVER (PARTITION BY g.collection ORDER BY g.day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS span
FROM (
  SELECT d.collection, d.day, d.sales, d.before_sales, d.before_days,
    CASE WHEN d.day - MAX(d.day) OVER (PARTITION BY d.collection ORDER BY d.day ROWS BETWEEN 1 PRECEDING AND 1 PRECEDING)
      <= ({gap_days} + 1) * CAST(86400000 AS BIGINT) THEN 0 ELSE 1 END AS opens
  FROM volume_burst_days AS d
) AS g

-- step: volume_burst_rows
SELECT p.collection, p.span, p.sales, p.before_sales, p.before_days, s.n, s.recipient,
  MIN(s.ms) OVER (PARTITION BY p.collection, p.span) AS episode
FROM volume_burst_spans AS p
JOIN (
  SELECT m.n, m.ms, m.collection, m.recipient,
    m.ms - ((m.ms % CAST(86400000 AS BIGINT)) + 86400000) % CAST(86400000 AS BIGINT) AS day
  FROM moves AS m LEFT JOIN flagged AS f ON f.n = m.n WHERE m.sale AND f.n IS NULL
) AS s ON s.collection = p.collection AND s.day = p.day

-- step: volume_burst_episodes
SELECT r.collection, r.episode, r.most, r.buyers, r.burst, r.times, COUNT(w.n) AS news
FROM (
  SELECT collection, episode, MAX(sales) AS most, COUNT(DISTINCT recipient) AS buyers, COUNT(*) AS burst,
    MAX(CASE WHEN sales * before_days >= 20 * before_sales THEN 20 WHEN sales * before_days >= 10 * before_sales THEN 10 ELSE {ratio} END) AS times
  FROM volume_burst_rows GROUP BY collection, episode
) AS r
LEFT JOIN news AS w ON w.collection = r.collection AND w.ms <= r.episode
  AND w.ms > r.episode - {news_days} * CAST(86400000 AS BIGINT)
GROUP BY r.collection, r.episode, r.most, r.buyers, r.burst, r.times

-- step: evidence
SELECT collection, CAST(-1 AS BIGINT) AS token, CAST(-1 AS BIGINT) AS party, CAST(-1 AS BIGINT) AS other, episode, n, 'burst' AS role
FROM volume_burst_rows

-- step: findings
SELECT e.collection, CAST(-1 AS BIGINT) AS token, CAST(-1 AS BIGINT) AS party, CAST(-1 AS BIGINT) AS other, e.episode,
  CAST(e.most AS BIGINT) AS most_in_a_day, CAST(e.times AS BIGINT) AS times, CAST(e.buyers AS BIGINT) AS buyers, CAST(e.news AS BIGINT) AS news,
  CAST(10 AS BIGINT) AS part_burst,
  CAST(CASE WHEN e.times >= 20 THEN 20 WHEN e.times >= 10 THEN 10 ELSE 0 END AS BIGINT) AS part_times,
  CAST(CASE WHEN e.news = 0 THEN 20 ELSE 0 END AS BIGINT) AS part_no_news,
  CAST(CASE WHEN e.buyers * 3 <= e.burst THEN 20 ELSE 0 END AS BIGINT) AS part_few_buyers
FROM volume_burst_episodes AS e
