-- step: floor_run_up_floors
SELECT r.collection, r.currency, r.begins, r.n, m.ms, r.unit_log AS floor, m.price
FROM (
  SELECT s.collection, s.currency, s.begins, s.n, s.unit_log,
    ROW_NUMBER() OVER (PARTITION BY s.collection, s.currency, s.begins ORDER BY s.unit_log, s.n) AS place,
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

-- step: floor_run_up_runs
SELECT g.collection, g.currency, g.begins, g.n, g.ms, g.floor, g.price,
  SUM(g.breaks) OVER (PARTITION BY g.collection, g.currency ORDER BY g.begins ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS run
FROM (
  SELECT k.collection, k.currency, k.begins, k.n, k.ms, k.floor, k.price,
    CASE WHEN k.floor > k.floor_before AND k.begins - k.begins_before <= {gap_periods} * {period_days} * CAST(86400000 AS BIGINT) THEN 0 ELSE 1 END AS breaks
  FROM (
    SELECT f.collection, f.currency, f.begins, f.n, f.ms, f.floor, f.price,
      MAX(f.floor) OVER (PARTITION BY f.collection, f.currency ORDER BY f.begins ROWS BETWEEN 1 PRECEDING AND 1 PRECEDING) AS floor_before,
      MAX(f.begins) OVER (PARTITION BY f.collection, f.currency ORDER BY f.begins ROWS BETWEEN 1 PRECEDING AND 1 PRECEDING) AS begins_before
    FROM floor_run_up_floors AS f
  ) AS k
) AS g

-- step: floor_run_up_found
SELECT r.collection, r.currency, r.run, MIN(r.ms) AS episode, COUNT(*) - 1 AS rises, MAX(r.floor) - MIN(r.floor) AS rise,
  MIN(r.price) AS price_before, MAX(r.price) AS price_peak
FROM floor_run_up_runs AS r
GROUP BY r.collection, r.currency, r.run
HAVING COUNT(*) > {min_rises} AND MAX(r.floor) - MIN(r.floor) >= {min_rise_micro}

-- step: evidence
SELECT r.collection, CAST(-1 AS BIGINT) AS token, CAST(-1 AS BIGINT) AS party, CAST(-1 AS BIGINT) AS other, f.episode, r.n, 'floor' AS role
FROM floor_run_up_runs AS r
JOIN floor_run_up_found AS f ON f.collection = r.collection AND f.currency = r.currency AND f.run = r.run

-- step: findings
SELECT f.collection, CAST(-1 AS BIGINT) AS token, CAST(-1 AS BIGINT) AS party, CAST(-1 AS BIGINT) AS other, f.episode,
  CAST(MAX(f.rises) AS BIGINT) AS rises, MAX(f.price_before) AS price_before, MAX(f.price_peak) AS price_peak,
  CAST(20 AS BIGINT) AS part_run,
  CAST(MAX(CASE WHEN f.rise >= 2302585 THEN 40 WHEN f.rise >= 1609438 THEN 30 WHEN f.rise >= 1098612 THEN 20 WHEN f.rise >= 693147 THEN 10 ELSE 0 END) AS BIGINT) AS part_height,
  CAST(MAX(CASE WHEN f.rises >= 6 THEN 20 WHEN f.rises >= 4 THEN 10 ELSE 0 END) AS BIGINT) AS part_length
FROM floor_run_up_found AS f
GROUP BY f.collection, f.episode
