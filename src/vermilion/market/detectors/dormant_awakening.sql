-- step: dormant_awakening_gaps
SELECT p.n, p.ms, p.collection, p.token, p.ms - p.before AS quiet,
  CASE WHEN p.before IS NOT NULL AND p.ms - p.before >= p.days * CAST(86400000 AS BIGINT) THEN 1 ELSE 0 END AS wakes
FROM (
  SELECT u.n, u.ms, u.collection, u.token, u.days,
    MAX(u.ms) OVER (PARTITION BY u.collection, u.token ORDER BY u.n ROWS BETWEEN 1 PRECEDING AND 1 PRECEDING) AS before
  FROM (
    SELECT m.n, m.ms, m.collection, CAST(-1 AS BIGINT) AS token, CAST({collection_days} AS BIGINT) AS days
    FROM moves AS m LEFT JOIN flagged AS f ON f.n = m.n WHERE m.sale AND f.n IS NULL
    UNION ALL
    SELECT m.n, m.ms, m.collection, m.token, CAST({token_days} AS BIGINT)
    FROM moves AS m LEFT JOIN flagged AS f ON f.n = m.n WHERE m.sale AND f.n IS NULL
  ) AS u
) AS p

-- step: dormant_awakening_sales
SELECT g.n, g.ms, g.collection, g.token, g.quiet,
  MAX(CASE WHEN g.wakes = 1 THEN g.n END) OVER (PARTITION BY g.collection, g.token ORDER BY g.n ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS woke,
  MAX(CASE WHEN g.wakes = 1 THEN g.ms END) OVER (PARTITION BY g.collection, g.token ORDER BY g.n ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS episode
FROM dormant_awakening_gaps AS g
JOIN (
  SELECT collection, token FROM dormant_awakening_gaps GROUP BY collection, token
  HAVING MAX(wakes) = 1 AND COUNT(*) > CASE WHEN token = -1 THEN {collection_sales} ELSE {token_sales} END
) AS k ON k.collection = g.collection AND k.token = g.token

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
