-- step: volatility_band_sales
SELECT m.n, m.ms, m.collection, COALESCE(m.currency, CAST(-1 AS BIGINT)) AS currency, m.unit_log,
  CAST(ROW_NUMBER() OVER (PARTITION BY m.collection, m.currency ORDER BY m.n) AS BIGINT) - 1 AS q,
  LAG(m.ms) OVER (PARTITION BY m.collection, m.currency ORDER BY m.n) AS ms_before,
  MIN(m.unit_log) OVER (PARTITION BY m.collection, m.currency ORDER BY m.n ROWS BETWEEN {window} PRECEDING AND 1 PRECEDING) AS lowest,
  MAX(m.unit_log) OVER (PARTITION BY m.collection, m.currency ORDER BY m.n ROWS BETWEEN {window} PRECEDING AND 1 PRECEDING) AS highest
FROM moves AS m LEFT JOIN flagged AS f ON f.n = m.n
WHERE m.priced AND m.unit_log IS NOT NULL AND f.n IS NULL

-- step: volatility_band_possible
-- The reference lies between the lowest and the highest price before, and half a step: a sale within the
-- band around both is inside. Sales of one moment are held against those before the first of them.
SELECT v.n, v.ms, v.collection, v.currency, v.unit_log, v.first, v.width, v.points,
  v.unit_log - v.width - 1 - (((v.unit_log - v.width - 1) % CAST(2 * {half_step_micro} AS BIGINT)) + 2 * {half_step_micro})
    % CAST(2 * {half_step_micro} AS BIGINT) + {half_step_micro} AS above_from,
  v.unit_log + v.width - (((v.unit_log + v.width) % CAST(2 * {half_step_micro} AS BIGINT)) + 2 * {half_step_micro})
    % CAST(2 * {half_step_micro} AS BIGINT) + {half_step_micro} AS below_from
FROM (
  SELECT k.n, k.ms, k.collection, k.currency, k.unit_log, k.first, k.lowest, k.highest,
    CASE WHEN k.first < {window} THEN k.first ELSE CAST({window} AS BIGINT) END AS points,
    CASE WHEN k.first < {window} THEN CAST({width_few_micro} AS BIGINT) ELSE CAST({width_micro} AS BIGINT) END AS width
  FROM (
    SELECT s.n, s.ms, s.collection, s.currency, s.unit_log, s.q AS first, s.lowest, s.highest
    FROM volatility_band_sales AS s WHERE s.ms IS DISTINCT FROM s.ms_before
    UNION ALL
    SELECT s.n, s.ms, s.collection, s.currency, s.unit_log, t.q AS first, t.lowest, t.highest
    FROM volatility_band_sales AS s
    JOIN volatility_band_sales AS t ON t.collection = s.collection AND t.currency = s.currency AND t.ms = s.ms
    WHERE s.ms = s.ms_before AND t.ms IS DISTINCT FROM t.ms_before
  ) AS k
) AS v
WHERE v.points >= {min_points}
  AND (v.unit_log - v.lowest + {half_step_micro} > v.width OR v.highest + {half_step_micro} - v.unit_log > v.width)

-- step: volatility_band_far
-- The lower median is below a number if at least half of the prices are, which takes no order.
SELECT k.n, k.ms, k.collection, k.currency, k.unit_log, k.first, k.width
FROM (
  SELECT b.n, b.ms, b.collection, b.currency, b.unit_log, b.first, b.width, b.points,
    COUNT(*) FILTER (WHERE p.unit_log < b.above_from) AS under_above, COUNT(*) FILTER (WHERE p.unit_log < b.below_from) AS under_below
  FROM (
    SELECT v.n, v.ms, v.collection, v.currency, v.unit_log, v.first, v.width, v.points, v.above_from, v.below_from,
      (v.first - 1) - (v.first - 1) % CAST({window} AS BIGINT) - e.back AS block
    FROM volatility_band_possible AS v
    CROSS JOIN (SELECT CAST(0 AS BIGINT) AS back UNION ALL SELECT CAST({window} AS BIGINT) AS back) AS e
  ) AS b
  JOIN volatility_band_sales AS p ON p.collection = b.collection AND p.currency = b.currency
    AND p.q - p.q % CAST({window} AS BIGINT) = b.block
  WHERE p.q < b.first AND p.q >= b.first - {window}
  GROUP BY b.n, b.ms, b.collection, b.currency, b.unit_log, b.first, b.width, b.points
) AS k
WHERE 2 * k.under_above >= k.points OR 2 * k.under_below < k.points

-- step: volatility_band_references
SELECT r.n, MAX(r.points) AS points, MAX(CASE WHEN 2 * r.place = r.points + r.points % 2 THEN r.unit_log END) AS median
FROM (
  SELECT b.n, p.unit_log,
    CAST(ROW_NUMBER() OVER (PARTITION BY b.n ORDER BY p.unit_log, p.q) AS BIGINT) AS place,
    COUNT(*) OVER (PARTITION BY b.n) AS points
  FROM (
    SELECT v.n, v.collection, v.currency, v.first,
      (v.first - 1) - (v.first - 1) % CAST({window} AS BIGINT) - e.back AS block
    FROM volatility_band_far AS v
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
  FROM volatility_band_far AS v JOIN volatility_band_references AS r ON r.n = v.n
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
