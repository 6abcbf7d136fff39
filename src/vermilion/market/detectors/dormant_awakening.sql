-- step: dormant_awakening_long
-- What can wake: a collection with days of sales that lie far enough apart (of no silence at all every
-- one), and a token with sales enough over a time long enough.
SELECT g.collection, CAST(-1 AS BIGINT) AS token
FROM (
  SELECT d.collection, d.sales, d.first_ms - LAG(d.last_ms) OVER (PARTITION BY d.collection ORDER BY d.day) AS quiet
  FROM (
    SELECT s.collection, s.day, COUNT(*) AS sales, MIN(s.ms) AS first_ms, MAX(s.ms) AS last_ms
    FROM (
      SELECT m.collection, m.ms, m.ms - ((m.ms % CAST(86400000 AS BIGINT)) + 86400000) % CAST(86400000 AS BIGINT) AS day
      FROM moves AS m LEFT JOIN flagged AS f ON f.n = m.n WHERE m.sale AND f.n IS NULL
    ) AS s
    GROUP BY s.collection, s.day
  ) AS d
) AS g
GROUP BY g.collection
HAVING SUM(g.sales) > {collection_sales} AND (MAX(g.quiet) >= {collection_days} * CAST(86400000 AS BIGINT) OR {collection_days} = 0)
UNION ALL
SELECT MIN(m.collection) AS collection, m.token
FROM moves AS m LEFT JOIN flagged AS f ON f.n = m.n WHERE m.sale AND f.n IS NULL
GROUP BY m.token
HAVING COUNT(*) > {token_sales} AND MAX(m.ms) - MIN(m.ms) >= {token_days} * CAST(86400000 AS BIGINT)

-- step: dormant_awakening_wakes
SELECT p.collection, p.token, p.n, p.ms, p.ms - p.before AS quiet
FROM (
  SELECT m.collection, CAST(-1 AS BIGINT) AS token, m.n, m.ms, LAG(m.ms) OVER (PARTITION BY m.collection ORDER BY m.n) AS before
  FROM moves AS m JOIN dormant_awakening_long AS l ON l.collection = m.collection AND l.token = -1
  LEFT JOIN flagged AS f ON f.n = m.n WHERE m.sale AND f.n IS NULL
) AS p
WHERE p.ms - p.before >= {collection_days} * CAST(86400000 AS BIGINT)
UNION ALL
SELECT p.collection, p.token, p.n, p.ms, p.ms - p.before AS quiet
FROM (
  SELECT m.collection, m.token, m.n, m.ms, LAG(m.ms) OVER (PARTITION BY m.token ORDER BY m.n) AS before
  FROM moves AS m JOIN dormant_awakening_long AS l ON l.token = m.token
  LEFT JOIN flagged AS f ON f.n = m.n WHERE m.sale AND f.n IS NULL
) AS p
WHERE p.ms - p.before >= {token_days} * CAST(86400000 AS BIGINT)

-- step: dormant_awakening_sales
SELECT u.n, u.ms, u.collection, u.token, w.quiet,
  MAX(w.n) OVER (PARTITION BY u.collection, u.token ORDER BY u.n ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS woke,
  MAX(w.ms) OVER (PARTITION BY u.collection, u.token ORDER BY u.n ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS episode
FROM (
  SELECT m.n, m.ms, m.collection, CAST(-1 AS BIGINT) AS token
  FROM moves AS m JOIN (SELECT DISTINCT collection FROM dormant_awakening_wakes WHERE token = -1) AS k ON k.collection = m.collection
  LEFT JOIN flagged AS f ON f.n = m.n WHERE m.sale AND f.n IS NULL
  UNION ALL
  SELECT m.n, m.ms, m.collection, m.token
  FROM moves AS m JOIN (SELECT DISTINCT token FROM dormant_awakening_wakes WHERE token <> -1) AS k ON k.token = m.token
  LEFT JOIN flagged AS f ON f.n = m.n WHERE m.sale AND f.n IS NULL
) AS u
LEFT JOIN dormant_awakening_wakes AS w ON w.n = u.n AND w.token = u.token

-- step: dormant_awakening_bursts
SELECT s.collection, s.token, s.woke, MIN(s.episode) AS episode, COUNT(*) AS burst,
  MAX(CASE WHEN s.n = s.woke THEN s.quiet END) AS quiet
FROM dormant_awakening_sales AS s
WHERE s.woke IS NOT NULL AND s.ms - s.episode < {burst_days} * CAST(86400000 AS BIGINT)
GROUP BY s.collection, s.token, s.woke

-- step: evidence
SELECT s.collection, s.token, CAST(-1 AS BIGINT) AS party, CAST(-1 AS BIGINT) AS other, s.episode, s.n,
  CASE WHEN s.n = s.woke THEN 'open' ELSE 'burst' END AS role
FROM dormant_awakening_sales AS s
JOIN dormant_awakening_bursts AS b ON b.collection = s.collection AND b.token = s.token AND b.woke = s.woke
WHERE s.ms - s.episode < {burst_days} * CAST(86400000 AS BIGINT)
  AND b.burst >= CASE WHEN b.token = -1 THEN {collection_sales} ELSE {token_sales} END

-- step: findings
SELECT e.collection, e.token, e.party, e.other, e.episode,
  CAST(MAX((b.quiet - b.quiet % 86400000) / 86400000) AS BIGINT) AS quiet_days,
  CAST(MAX(b.burst) AS BIGINT) AS burst, COUNT(DISTINCT w.n) AS news,
  CAST(30 AS BIGINT) AS part_awakening,
  CAST(CASE WHEN MAX(b.quiet) >= 730 * CAST(86400000 AS BIGINT) THEN 20 WHEN MAX(b.quiet) >= 365 * CAST(86400000 AS BIGINT) THEN 10 ELSE 0 END AS BIGINT) AS part_quiet,
  CAST(CASE WHEN e.token = -1 AND MAX(b.burst) >= 10 * {collection_sales} OR e.token <> -1 AND MAX(b.burst) >= 2 * {token_sales} THEN 20 ELSE 0 END AS BIGINT) AS part_burst,
  CAST(CASE WHEN COUNT(w.n) = 0 THEN 15 ELSE 0 END AS BIGINT) AS part_no_news
FROM (SELECT DISTINCT collection, token, party, other, episode FROM evidence) AS e
JOIN dormant_awakening_bursts AS b ON b.collection = e.collection AND b.token = e.token AND b.episode = e.episode
LEFT JOIN news AS w ON w.collection = e.collection AND w.ms <= e.episode AND w.ms > e.episode - {news_days} * CAST(86400000 AS BIGINT)
GROUP BY e.collection, e.token, e.party, e.other, e.episode
