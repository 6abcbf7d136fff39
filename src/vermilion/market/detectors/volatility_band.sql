-- step: volatility_band_sales
SELECT s.n, s.ms, s.collection, s.currency, s.unit_log, s.q,
  MIN(s.q) OVER (PARTITION BY s.collection, s.currency, s.ms) AS first,
  CASE WHEN s.points < {window} THEN CAST({width_few_micro} AS BIGINT) ELSE CAST({width_micro} AS BIGINT) END AS width,
  s.points, s.total, s.squares
FROM (
  SELECT k.n, k.ms, k.collection, k.currency, k.unit_log, k.q,
    COUNT(*) OVER (PARTITION BY k.collection, k.currency ORDER BY k.q ROWS BETWEEN {window} PRECEDING AND 1 PRECEDING) AS points,
    SUM(k.unit_log) OVER (PARTITION BY k.collection, k.currency ORDER BY k.q ROWS BETWEEN {window} PRECEDING AND 1 PRECEDING) AS total,
    SUM(CAST(k.unit_log * k.unit_log AS DECIMAL(38,0))) OVER (PARTITION BY k.collection, k.currency ORDER BY k.q ROWS BETWEEN {window} PRECEDING AND 1 PRECEDING) AS squares
  FROM (
    SELECT m.n, m.ms, m.collection, COALESCE(m.currency, CAST(-1 AS BIGINT)) AS currency, m.unit_log,
      ROW_NUMBER() OVER (PARTITION BY m.collection, m.currency ORDER BY m.n) - 1 AS q
    FROM moves AS m LEFT JOIN flagged AS f ON f.n = m.n
    WHERE m.priced AND m.unit_log IS NOT NULL AND f.n IS NULL
  ) AS k
) AS s

-- step: volatility_band_possible
-- The reference lies within a standard deviation of the mean before, and half a step: only a sale that
-- is further out than the rest of the width can be outside.
SELECT v.n, v.ms, v.collection, v.currency, v.unit_log, v.first, v.width
FROM (
  SELECT k.n, k.ms, k.collection, k.currency, k.unit_log, k.first, k.width, k.points, k.squares,
    CAST(k.total AS DECIMAL(19,0)) AS total,
    CAST((k.width - {half_step_micro}) * k.points - CASE WHEN k.unit_log * k.points >= k.total THEN k.unit_log * k.points - k.total
      ELSE k.total - k.unit_log * k.points END AS DECIMAL(19,0)) AS inside
  FROM (
    SELECT s.n, s.ms, s.collection, s.currency, s.unit_log, s.first, s.width, s.points, s.total, s.squares
    FROM volatility_band_sales AS s WHERE s.first = s.q
    UNION ALL
    SELECT s.n, s.ms, s.collection, s.currency, s.unit_log, s.first, t.width, t.points, t.total, t.squares
    FROM volatility_band_sales AS s
    JOIN volatility_band_sales AS t ON t.collection = s.collection AND t.currency = s.currency AND t.q = s.first
    WHERE s.first <> s.q
  ) AS k
  WHERE k.points >= {min_points}
) AS v
WHERE v.inside <= 0 OR v.inside * v.inside <= CAST(v.points AS DECIMAL(19,0)) * CAST(v.squares AS DECIMAL(19,0)) - v.total * v.total

-- step: volatility_band_references
SELECT r.n, MAX(r.points) AS points, MAX(CASE WHEN 2 * r.place = r.points + r.points % 2 THEN r.unit_log END) AS median
FROM (
  SELECT b.n, p.unit_log,
    ROW_NUMBER() OVER (PARTITION BY b.n ORDER BY p.unit_log, p.q) AS place,
    COUNT(*) OVER (PARTITION BY b.n) AS points
  FROM (
    SELECT v.n, v.collection, v.currency, v.first,
      (v.first - 1) - (v.first - 1) % CAST({window} AS BIGINT) - e.back AS block
    FROM volatility_band_possible AS v
    CROSS JOIN (SELECT CAST(0 AS BIGINT) AS back UNION ALL SELECT CAST({window} AS BIGINT) AS back) AS e
  ) AS b
  JOIN volatility_band_sales AS p ON p.collection = b.collection AND p.currency = b.currency
    AND p.q - p.q % CAST({window} AS BIGINT) = b.block
  WHERE p.q < b.first AND p.q >= b.first - {window}
) AS r
GROUP BY r.n

-- step: volatility_band_outside
SELECT k.n, k.collection, k.currency, k.unit_log - k.reference AS away, k.width,
  k.ms - ((k.ms % CAST(86400000 AS BIGINT)) + 86400000) % CAST(86400000 AS BIGINT) AS day
FROM (
  SELECT v.n, v.ms, v.collection, v.currency, v.unit_log, v.width,
    r.median + {half_step_micro} - (((r.median + {half_step_micro}) % CAST(2 * {half_step_micro} AS BIGINT)) + 2 * {half_step_micro})
      % CAST(2 * {half_step_micro} AS BIGINT) AS reference
  FROM volatility_band_possible AS v JOIN volatility_band_references AS r ON r.n = v.n
) AS k
WHERE k.unit_log - k.reference > k.width OR k.reference - k.unit_log > k.width

-- step: evidence
SELECT collection, CAST(-1 AS BIGINT) AS token, CAST(-1 AS BIGINT) AS party, CAST(-1 AS BIGINT) AS other, day AS episode, n,
  CASE WHEN away > 0 THEN 'above' ELSE 'below' END AS role
FROM volatility_band_outside

-- step: findings
SELECT collection, CAST(-1 AS BIGINT) AS token, CAST(-1 AS BIGINT) AS party, CAST(-1 AS BIGINT) AS other, day AS episode,
  COUNT(*) FILTER (WHERE away > 0) AS above, COUNT(*) FILTER (WHERE away < 0) AS below,
  CAST(15 AS BIGINT) AS part_outside,
  CAST(CASE WHEN COUNT(*) >= 10 THEN 30 WHEN COUNT(*) >= 3 THEN 15 ELSE 0 END AS BIGINT) AS part_sales,
  CAST(MAX(CASE WHEN CASE WHEN away > 0 THEN away ELSE -away END >= 2 * width THEN 20
    WHEN CASE WHEN away > 0 THEN away ELSE -away END >= width + 693147 THEN 10 ELSE 0 END) AS BIGINT) AS part_far
FROM volatility_band_outside
GROUP BY collection, day
