-- step: floor_run_up_floors
SELECT r.collection, r.currency, r.begins, r.n, m.ms, r.unit_log AS floor, m.price
FROM (
  SELECT s.collection, s.currency, s.begins, s.n, s.unit_log,
    CAST(ROW_NUMBER() OVER (PARTITION BY s.collection, s.currency, s.begins ORDER BY s.unit_log, s.n) AS BIGINT) AS place,
    COUNT(*) OVER (PARTITION BY s.collection, s.currency, s.begins) AS sales
  FROM (
    SELECT m.n, m.collection, COALESCE(m.currency, CAST(-1 AS BIGINT)) AS currency, m.unit_log,
      m.ms - (((m.ms - 345600000) % ({period_days} * CAST(86400000 AS BIGINT))) + {period_days} * CAST(86400000 AS BIGINT))
        % ({period_days} * CAST(86400000 AS BIGINT)) AS begins
    FROM moves AS m LEFT JOIN flagged AS f ON f.n = m.n
    LEFT JOIN (SELECT DISTINCT collection, issuer FROM issues WHERE issuer IS NOT NULL) AS i ON i.collection = m.collection AND i.issuer = m.sender
    WHERE m.priced AND m.unit_log IS NOT NULL AND f.n IS NULL AND i.issuer IS NULL
  ) AS s
) AS r
JOIN moves AS m ON m.n = r.n
WHERE r.sales >= {min_sales} AND (r.place - 1) * 1000 <= r.sales * {low_per_mille} AND r.sales * {low_per_mille} < r.place * 1000

-- step: floor_run_up_highs
SELECT h.collection, h.currency, h.begins, h.ms, h.floor, h.price, h.before
FROM (
  SELECT f.collection, f.currency, f.begins, f.ms, f.floor, f.price,
    MAX(f.floor) OVER (PARTITION BY f.collection, f.currency ORDER BY f.begins ROWS BETWEEN {window} PRECEDING AND 1 PRECEDING) AS before,
    COUNT(*) OVER (PARTITION BY f.collection, f.currency ORDER BY f.begins ROWS BETWEEN {window} PRECEDING AND 1 PRECEDING) AS points
  FROM floor_run_up_floors AS f
) AS h
WHERE h.points >= {min_before} AND h.floor > h.before

-- step: floor_run_up_runs
-- `before` and `first_floor` are of the first new high of each run: a narrow window may forget it.
SELECT g.collection, g.currency, g.begins, g.ms, g.floor, g.price,
  CASE WHEN g.breaks = 1 THEN g.before END AS before, CASE WHEN g.breaks = 1 THEN g.floor END AS first_floor,
  SUM(g.breaks) OVER (PARTITION BY g.collection, g.currency ORDER BY g.begins ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS run
FROM (
  SELECT h.collection, h.currency, h.begins, h.ms, h.floor, h.price, h.before,
    CASE WHEN h.begins - LAG(h.begins) OVER (PARTITION BY h.collection, h.currency ORDER BY h.begins)
      <= {gap_periods} * {period_days} * CAST(86400000 AS BIGINT) THEN 0 ELSE 1 END AS breaks
  FROM floor_run_up_highs AS h
) AS g

-- step: floor_run_up_found
SELECT r.collection, r.currency, r.run, MIN(r.ms) AS episode, COUNT(*) AS rises, MAX(r.before) AS before,
  MIN(r.begins) AS begins, MAX(r.begins) + {period_days} * CAST(86400000 AS BIGINT) AS ends,
  MAX(r.floor) - MAX(r.before) AS rise, MAX(r.price) AS price_peak
FROM floor_run_up_runs AS r
GROUP BY r.collection, r.currency, r.run
HAVING COUNT(*) >= {min_rises} AND MAX(r.floor) - MAX(r.before) >= {min_rise_micro}
  AND MAX(r.floor) - MAX(r.first_floor) >= {min_climb_micro}

-- step: floor_run_up_rows
SELECT f.collection, f.currency, f.run, f.episode, m.n, m.ms, m.recipient, CASE WHEN k.n IS NULL THEN 'climb' ELSE 'floor' END AS role
FROM floor_run_up_found AS f
JOIN moves AS m ON m.collection = f.collection AND COALESCE(m.currency, CAST(-1 AS BIGINT)) = f.currency AND m.ms >= f.begins AND m.ms < f.ends
LEFT JOIN floor_run_up_floors AS k ON k.n = m.n
LEFT JOIN flagged AS w ON w.n = m.n
LEFT JOIN (SELECT DISTINCT collection, issuer FROM issues WHERE issuer IS NOT NULL) AS i ON i.collection = m.collection AND i.issuer = m.sender
WHERE m.priced AND m.unit_log > f.before AND w.n IS NULL AND i.issuer IS NULL

-- step: floor_run_up_episodes
SELECT f.collection, f.currency, f.run, f.episode, f.rises, f.rise, f.price_peak, b.price_before, s.sales, s.buyers, COUNT(w.n) AS news
FROM floor_run_up_found AS f
JOIN (
  SELECT f.collection, f.currency, f.run, MIN(k.price) AS price_before
  FROM floor_run_up_found AS f
  JOIN floor_run_up_floors AS k ON k.collection = f.collection AND k.currency = f.currency AND k.begins < f.begins AND k.floor = f.before
  GROUP BY f.collection, f.currency, f.run
) AS b ON b.collection = f.collection AND b.currency = f.currency AND b.run = f.run
JOIN (
  SELECT collection, currency, run, COUNT(*) AS sales, COUNT(DISTINCT recipient) AS buyers
  FROM floor_run_up_rows GROUP BY collection, currency, run
) AS s ON s.collection = f.collection AND s.currency = f.currency AND s.run = f.run
LEFT JOIN news AS w ON w.collection = f.collection AND w.ms < f.ends
  AND w.ms > f.episode - {news_days} * CAST(86400000 AS BIGINT)
GROUP BY f.collection, f.currency, f.run, f.episode, f.rises, f.rise, f.price_peak, b.price_before, s.sales, s.buyers

-- step: evidence
SELECT r.collection, CAST(-1 AS BIGINT) AS token, CAST(-1 AS BIGINT) AS party, CAST(-1 AS BIGINT) AS other, r.episode, r.n, r.role
FROM floor_run_up_rows AS r

-- step: findings
SELECT f.collection, CAST(-1 AS BIGINT) AS token, CAST(-1 AS BIGINT) AS party, CAST(-1 AS BIGINT) AS other, f.episode,
  CAST(MAX(f.rises) AS BIGINT) AS rises, MAX(f.price_before) AS price_before, MAX(f.price_peak) AS price_peak,
  CAST(MAX(f.buyers) AS BIGINT) AS buyers, CAST(MAX(f.news) AS BIGINT) AS news,
  CAST(MAX(CASE WHEN f.rise >= 2302585 THEN 50 WHEN f.rise >= 1609438 THEN 40 WHEN f.rise >= 1098612 THEN 30 ELSE 20 END) AS BIGINT) AS part_height,
  CAST(MAX(CASE WHEN f.rises >= 6 THEN 20 WHEN f.rises >= 4 THEN 10 ELSE 0 END) AS BIGINT) AS part_length,
  CAST(MAX(CASE WHEN f.news = 0 THEN 20 ELSE 0 END) AS BIGINT) AS part_no_news,
  CAST(MAX(CASE WHEN f.buyers * 3 <= f.sales THEN 20 ELSE 0 END) AS BIGINT) AS part_few_buyers
FROM floor_run_up_episodes AS f
GROUP BY f.collection, f.episode
