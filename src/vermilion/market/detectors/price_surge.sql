-- step: price_surge_sales
SELECT m.n, m.collection, COALESCE(m.currency, CAST(-1 AS BIGINT)) AS currency, m.unit_log,
  m.ms - ((m.ms % CAST(86400000 AS BIGINT)) + 86400000) % CAST(86400000 AS BIGINT) AS day
FROM moves AS m LEFT JOIN flagged AS f ON f.n = m.n
LEFT JOIN (SELECT DISTINCT collection, issuer FROM issues WHERE issuer IS NOT NULL) AS i ON i.collection = m.collection AND i.issuer = m.sender
WHERE m.priced AND m.unit_log IS NOT NULL AND f.n IS NULL AND i.issuer IS NULL

-- step: price_surge_days
SELECT k.collection, k.currency, k.day, k.begins, k.ends,
  SUM(k.sales) OVER (PARTITION BY k.collection, k.currency, k.begins, k.ends) AS sales,
  MIN(k.first_n) OVER (PARTITION BY k.collection, k.currency, k.begins, k.ends) AS period
FROM (
  SELECT d.collection, d.currency, d.day, d.sales, d.first_n,
    CASE WHEN d.most >= {min_sales} THEN d.day ELSE d.week END AS begins,
    CASE WHEN d.most >= {min_sales} THEN d.day + 86400000 ELSE d.week + 604800000 END AS ends
  FROM (
    SELECT w.collection, w.currency, w.day, w.week, w.sales, w.first_n,
      MAX(w.sales) OVER (PARTITION BY w.collection, w.currency, w.week) AS most
    FROM (
      SELECT s.collection, s.currency, s.day, COUNT(*) AS sales, MIN(s.n) AS first_n,
        s.day - (((s.day - 345600000) % CAST(604800000 AS BIGINT)) + 604800000) % CAST(604800000 AS BIGINT) AS week
      FROM price_surge_sales AS s GROUP BY s.collection, s.currency, s.day
    ) AS w
  ) AS d
) AS k

-- step: price_surge_middles
SELECT r.period, r.n, r.unit_log
FROM (
  SELECT d.period, d.sales, s.n, s.unit_log, CAST(ROW_NUMBER() OVER (PARTITION BY d.period ORDER BY s.unit_log, s.n) AS BIGINT) AS place
  FROM price_surge_days AS d
  JOIN price_surge_sales AS s ON s.collection = d.collection AND s.currency = d.currency AND s.day = d.day
  WHERE d.sales >= {min_sales}
) AS r
WHERE 2 * r.place = r.sales + r.sales % 2

-- step: price_surge_periods
SELECT d.collection, d.currency, d.begins, d.ends, r.unit_log AS median, m.price,
  CAST(ROW_NUMBER() OVER (PARTITION BY d.collection, d.currency ORDER BY d.begins) AS BIGINT) - 1 AS q
FROM price_surge_middles AS r
JOIN (SELECT DISTINCT collection, currency, begins, ends, period FROM price_surge_days) AS d ON d.period = r.period
JOIN moves AS m ON m.n = r.n

-- step: price_surge_possible
-- A median lies within a standard deviation of the mean, which running sums give: what is not high
-- enough above that cannot be above the median.
SELECT v.collection, v.currency, v.begins, v.ends, v.median, v.price, v.q
FROM (
  SELECT t.collection, t.currency, t.begins, t.ends, t.median, t.price, t.q, t.points, t.squares,
    CAST((t.median - {min_rise_micro}) * t.points - t.total AS DECIMAL(19,0)) AS above, CAST(t.total AS DECIMAL(19,0)) AS total
  FROM (
    SELECT k.collection, k.currency, k.begins, k.ends, k.median, k.price, k.q,
      COUNT(*) OVER (PARTITION BY k.collection, k.currency ORDER BY k.q ROWS BETWEEN {window} PRECEDING AND 1 PRECEDING) AS points,
      SUM(k.median) OVER (PARTITION BY k.collection, k.currency ORDER BY k.q ROWS BETWEEN {window} PRECEDING AND 1 PRECEDING) AS total,
      SUM(CAST(k.median * k.median AS DECIMAL(38,0))) OVER (PARTITION BY k.collection, k.currency ORDER BY k.q ROWS BETWEEN {window} PRECEDING AND 1 PRECEDING) AS squares
    FROM price_surge_periods AS k
  ) AS t
  WHERE t.points >= {min_before}
) AS v
WHERE v.above >= 0 OR v.above * v.above <= CAST(v.points AS DECIMAL(19,0)) * CAST(v.squares AS DECIMAL(19,0)) - v.total * v.total

-- step: price_surge_before
SELECT f.collection, f.currency, f.begins, f.ends, f.median AS now, f.price AS now_price, p.median, p.price, p.q
FROM (
  SELECT b.collection, b.currency, b.begins, b.ends, b.q, b.median, b.price,
    (b.q - 1) - (b.q - 1) % CAST({window} AS BIGINT) - e.back AS block
  FROM price_surge_possible AS b
  CROSS JOIN (SELECT CAST(0 AS BIGINT) AS back UNION ALL SELECT CAST({window} AS BIGINT) AS back) AS e
) AS f
JOIN price_surge_periods AS p ON p.collection = f.collection AND p.currency = f.currency
  AND p.q - p.q % CAST({window} AS BIGINT) = f.block
WHERE p.q < f.q AND p.q >= f.q - {window}

-- step: price_surge_medians
SELECT r.collection, r.currency, r.begins, r.ends, r.now, r.now_price,
  MAX(CASE WHEN 2 * r.place = r.points + r.points % 2 THEN r.median END) AS median,
  MAX(CASE WHEN 2 * r.place = r.points + r.points % 2 THEN r.price END) AS price
FROM (
  SELECT b.collection, b.currency, b.begins, b.ends, b.now, b.now_price, b.median, b.price,
    CAST(ROW_NUMBER() OVER (PARTITION BY b.collection, b.currency, b.begins, b.ends ORDER BY b.median, b.q) AS BIGINT) AS place,
    COUNT(*) OVER (PARTITION BY b.collection, b.currency, b.begins, b.ends) AS points
  FROM price_surge_before AS b
) AS r
GROUP BY r.collection, r.currency, r.begins, r.ends, r.now, r.now_price

-- step: price_surge_found
SELECT r.collection, r.currency, r.begins, r.ends, r.rise, r.least, r.before_price, r.price
FROM (
  SELECT h.collection, h.currency, h.begins, h.ends, h.now - h.median AS rise, h.median + {min_rise_micro} AS least,
    h.price AS before_price, h.now_price AS price,
    CASE WHEN b.median >= h.median THEN b.median - h.median ELSE h.median - b.median END AS distance,
    CAST(ROW_NUMBER() OVER (PARTITION BY h.collection, h.currency, h.begins, h.ends
      ORDER BY CASE WHEN b.median >= h.median THEN b.median - h.median ELSE h.median - b.median END, b.q) AS BIGINT) AS place,
    COUNT(*) OVER (PARTITION BY h.collection, h.currency, h.begins, h.ends) AS points
  FROM price_surge_medians AS h
  JOIN price_surge_before AS b ON b.collection = h.collection AND b.currency = h.currency AND b.begins = h.begins AND b.ends = h.ends
  WHERE h.now - h.median >= {min_rise_micro}
) AS r
WHERE 2 * r.place = r.points + r.points % 2 AND 6745 * r.rise >= 10 * {z_milli} * r.distance

-- step: price_surge_spans
SELECT g.collection, g.currency, g.begins, g.ends, g.least, g.rise, g.before_price, g.price,
  SUM(g.opens) OVER (PARTITION BY g.collection, g.currency ORDER BY g.begins
    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS span
FROM (
  SELECT f.collection, f.currency, f.begins, f.ends, f.least, f.rise, f.before_price, f.price,
    CASE WHEN f.begins <= MAX(f.ends) OVER (PARTITION BY f.collection, f.currency ORDER BY f.begins
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) + {gap_days} * CAST(86400000 AS BIGINT) THEN 0 ELSE 1 END AS opens
  FROM price_surge_found AS f
) AS g

-- step: price_surge_rows
SELECT g.collection, g.currency, g.span, s.n, m.recipient,
  MIN(m.ms) OVER (PARTITION BY g.collection, g.currency, g.span) AS episode
FROM price_surge_spans AS g
JOIN price_surge_days AS d ON d.collection = g.collection AND d.currency = g.currency AND d.begins = g.begins AND d.ends = g.ends
JOIN price_surge_sales AS s ON s.collection = d.collection AND s.currency = d.currency AND s.day = d.day
JOIN moves AS m ON m.n = s.n
WHERE s.unit_log >= g.least

-- step: price_surge_episodes
SELECT r.collection, r.currency, r.span, r.episode, r.buyers, r.high_sales, g.periods, g.rise, g.price_before, g.price_peak,
  COUNT(w.n) AS news
FROM (
  SELECT collection, currency, span, MIN(episode) AS episode, COUNT(DISTINCT recipient) AS buyers, COUNT(*) AS high_sales
  FROM price_surge_rows GROUP BY collection, currency, span
) AS r
JOIN (
  SELECT b.collection, b.currency, b.span, COUNT(*) AS periods, MAX(b.rise) AS rise,
    MAX(CASE WHEN b.nth = 1 THEN b.before_price END) AS price_before,
    MAX(CASE WHEN b.nth = 1 THEN b.price END) AS price_peak
  FROM (
    SELECT collection, currency, span, rise, before_price, price,
      CAST(ROW_NUMBER() OVER (PARTITION BY collection, currency, span ORDER BY rise DESC NULLS LAST, begins NULLS LAST) AS BIGINT) AS nth
    FROM price_surge_spans
  ) AS b GROUP BY b.collection, b.currency, b.span
) AS g ON g.collection = r.collection AND g.currency = r.currency AND g.span = r.span
LEFT JOIN news AS w ON w.collection = r.collection AND w.ms <= r.episode
  AND w.ms > r.episode - {news_days} * CAST(86400000 AS BIGINT)
GROUP BY r.collection, r.currency, r.span, r.episode, r.buyers, r.high_sales, g.periods, g.rise, g.price_before, g.price_peak

-- step: evidence
SELECT collection, CAST(-1 AS BIGINT) AS token, CAST(-1 AS BIGINT) AS party, CAST(-1 AS BIGINT) AS other, episode, n,
  'surge' AS role
FROM price_surge_rows

-- step: findings
SELECT e.collection, CAST(-1 AS BIGINT) AS token, CAST(-1 AS BIGINT) AS party, CAST(-1 AS BIGINT) AS other, e.episode,
  MAX(e.price_before) AS price_before, MAX(e.price_peak) AS price_peak,
  CAST(MAX(e.ratio) AS BIGINT) AS ratio_per_mille, CAST(MAX(e.periods) AS BIGINT) AS periods,
  CAST(MAX(e.buyers) AS BIGINT) AS buyers, CAST(MAX(e.news) AS BIGINT) AS news,
  CAST(MAX(CASE WHEN e.ratio >= 10000 THEN 50 WHEN e.ratio >= 5000 THEN 40 WHEN e.ratio >= 3000 THEN 30 ELSE 20 END) AS BIGINT) AS part_height,
  CAST(MAX(CASE WHEN e.high_sales >= 50 THEN 20 WHEN e.high_sales >= 10 THEN 10 ELSE 0 END) AS BIGINT) AS part_sales,
  CAST(MAX(CASE WHEN e.news = 0 THEN 20 ELSE 0 END) AS BIGINT) AS part_no_news,
  CAST(MAX(CASE WHEN e.buyers * 3 <= e.high_sales THEN 10 ELSE 0 END) AS BIGINT) AS part_few_buyers
FROM (
  SELECT p.collection, p.episode, p.price_before, p.price_peak, p.periods, p.high_sales, p.buyers, p.news,
    CASE WHEN p.rise >= 6907755 THEN 1000000 WHEN p.rise >= 6214608 THEN 500000 WHEN p.rise >= 5298317 THEN 200000
      WHEN p.rise >= 4605170 THEN 100000 WHEN p.rise >= 3912023 THEN 50000 WHEN p.rise >= 3401197 THEN 30000
      WHEN p.rise >= 2995732 THEN 20000 WHEN p.rise >= 2708050 THEN 15000 WHEN p.rise >= 2302585 THEN 10000
      WHEN p.rise >= 2079442 THEN 8000 WHEN p.rise >= 1791759 THEN 6000 WHEN p.rise >= 1609438 THEN 5000
      WHEN p.rise >= 1386294 THEN 4000 WHEN p.rise >= 1098612 THEN 3000 WHEN p.rise >= 916291 THEN 2500
      WHEN p.rise >= 693147 THEN 2000 WHEN p.rise >= 405465 THEN 1500 WHEN p.rise >= 182322 THEN 1200
      ELSE 1000 END AS ratio
  FROM price_surge_episodes AS p
) AS e
GROUP BY e.collection, e.episode
