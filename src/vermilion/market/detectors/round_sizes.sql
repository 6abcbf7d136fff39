-- step: round_sizes_sales
-- What is left of a price beyond its two first digits.
SELECT s.n, s.ms, s.collection, s.currency, s.sender,
  CASE WHEN s.over = 0 THEN 1 ELSE 0 END AS round
FROM (
  SELECT s.n, s.ms, s.collection, s.currency, s.sender,
    CASE
      WHEN s.price < CAST(1000 AS DECIMAL(38,0)) THEN s.price % CAST(10 AS DECIMAL(38,0))
      WHEN s.price < CAST(10000 AS DECIMAL(38,0)) THEN s.price % CAST(100 AS DECIMAL(38,0))
      WHEN s.price < CAST(100000 AS DECIMAL(38,0)) THEN s.price % CAST(1000 AS DECIMAL(38,0))
      WHEN s.price < CAST(1000000 AS DECIMAL(38,0)) THEN s.price % CAST(10000 AS DECIMAL(38,0))
      WHEN s.price < CAST(10000000 AS DECIMAL(38,0)) THEN s.price % CAST(100000 AS DECIMAL(38,0))
      WHEN s.price < CAST(100000000 AS DECIMAL(38,0)) THEN s.price % CAST(1000000 AS DECIMAL(38,0))
      WHEN s.price < CAST(1000000000 AS DECIMAL(38,0)) THEN s.price % CAST(10000000 AS DECIMAL(38,0))
      WHEN s.price < CAST(10000000000 AS DECIMAL(38,0)) THEN s.price % CAST(100000000 AS DECIMAL(38,0))
      WHEN s.price < CAST(100000000000 AS DECIMAL(38,0)) THEN s.price % CAST(1000000000 AS DECIMAL(38,0))
      WHEN s.price < CAST(1000000000000 AS DECIMAL(38,0)) THEN s.price % CAST(10000000000 AS DECIMAL(38,0))
      WHEN s.price < CAST(10000000000000 AS DECIMAL(38,0)) THEN s.price % CAST(100000000000 AS DECIMAL(38,0))
      WHEN s.price < CAST(100000000000000 AS DECIMAL(38,0)) THEN s.price % CAST(1000000000000 AS DECIMAL(38,0))
      WHEN s.price < CAST(1000000000000000 AS DECIMAL(38,0)) THEN s.price % CAST(10000000000000 AS DECIMAL(38,0))
      WHEN s.price < CAST(10000000000000000 AS DECIMAL(38,0)) THEN s.price % CAST(100000000000000 AS DECIMAL(38,0))
      WHEN s.price < CAST(100000000000000000 AS DECIMAL(38,0)) THEN s.price % CAST(1000000000000000 AS DECIMAL(38,0))
      WHEN s.price < CAST(1000000000000000000 AS DECIMAL(38,0)) THEN s.price % CAST(10000000000000000 AS DECIMAL(38,0))
      WHEN s.price < CAST(10000000000000000000 AS DECIMAL(38,0)) THEN s.price % CAST(100000000000000000 AS DECIMAL(38,0))
      WHEN s.price < CAST(100000000000000000000 AS DECIMAL(38,0)) THEN s.price % CAST(1000000000000000000 AS DECIMAL(38,0))
      WHEN s.price < CAST(1000000000000000000000 AS DECIMAL(38,0)) THEN s.price % CAST(10000000000000000000 AS DECIMAL(38,0))
      WHEN s.price < CAST(10000000000000000000000 AS DECIMAL(38,0)) THEN s.price % CAST(100000000000000000000 AS DECIMAL(38,0))
      WHEN s.price < CAST(100000000000000000000000 AS DECIMAL(38,0)) THEN s.price % CAST(1000000000000000000000 AS DECIMAL(38,0))
      WHEN s.price < CAST(1000000000000000000000000 AS DECIMAL(38,0)) THEN s.price % CAST(10000000000000000000000 AS DECIMAL(38,0))
      WHEN s.price < CAST(10000000000000000000000000 AS DECIMAL(38,0)) THEN s.price % CAST(100000000000000000000000 AS DECIMAL(38,0))
      WHEN s.price < CAST(100000000000000000000000000 AS DECIMAL(38,0)) THEN s.price % CAST(1000000000000000000000000 AS DECIMAL(38,0))
      WHEN s.price < CAST(1000000000000000000000000000 AS DECIMAL(38,0)) THEN s.price % CAST(10000000000000000000000000 AS DECIMAL(38,0))
      WHEN s.price < CAST(10000000000000000000000000000 AS DECIMAL(38,0)) THEN s.price % CAST(100000000000000000000000000 AS DECIMAL(38,0))
      WHEN s.price < CAST(100000000000000000000000000000 AS DECIMAL(38,0)) THEN s.price % CAST(1000000000000000000000000000 AS DECIMAL(38,0))
      WHEN s.price < CAST(1000000000000000000000000000000 AS DECIMAL(38,0)) THEN s.price % CAST(10000000000000000000000000000 AS DECIMAL(38,0))
      WHEN s.price < CAST(10000000000000000000000000000000 AS DECIMAL(38,0)) THEN s.price % CAST(100000000000000000000000000000 AS DECIMAL(38,0))
      WHEN s.price < CAST(100000000000000000000000000000000 AS DECIMAL(38,0)) THEN s.price % CAST(1000000000000000000000000000000 AS DECIMAL(38,0))
      WHEN s.price < CAST(1000000000000000000000000000000000 AS DECIMAL(38,0)) THEN s.price % CAST(10000000000000000000000000000000 AS DECIMAL(38,0))
      WHEN s.price < CAST(10000000000000000000000000000000000 AS DECIMAL(38,0)) THEN s.price % CAST(100000000000000000000000000000000 AS DECIMAL(38,0))
      WHEN s.price < CAST(100000000000000000000000000000000000 AS DECIMAL(38,0)) THEN s.price % CAST(1000000000000000000000000000000000 AS DECIMAL(38,0))
      WHEN s.price < CAST(1000000000000000000000000000000000000 AS DECIMAL(38,0)) THEN s.price % CAST(10000000000000000000000000000000000 AS DECIMAL(38,0))
      WHEN s.price < CAST(10000000000000000000000000000000000000 AS DECIMAL(38,0)) THEN s.price % CAST(100000000000000000000000000000000000 AS DECIMAL(38,0))
      ELSE s.price % CAST(1000000000000000000000000000000000000 AS DECIMAL(38,0)) END AS over
  FROM (
    SELECT m.n, m.ms, m.collection, COALESCE(m.currency, CAST(-1 AS BIGINT)) AS currency, m.sender, m.price
    FROM moves AS m LEFT JOIN flagged AS f ON f.n = m.n
    LEFT JOIN (SELECT DISTINCT collection, issuer FROM issues WHERE issuer IS NOT NULL) AS i ON i.collection = m.collection AND i.issuer = m.sender
    WHERE m.priced AND m.quantity = 1 AND m.price >= {least_price} AND f.n IS NULL AND i.issuer IS NULL
  ) AS s
) AS s

-- step: round_sizes_markets
SELECT collection, currency, COUNT(*) AS sales, CAST(SUM(round) AS BIGINT) AS round
FROM round_sizes_sales GROUP BY collection, currency

-- step: round_sizes_found
SELECT k.collection, k.currency, CAST(-1 AS BIGINT) AS party, k.sales, k.round, CAST(0 AS BIGINT) AS other_sales, CAST(0 AS BIGINT) AS other_round
FROM round_sizes_markets AS k
WHERE k.sales >= {min_sales} AND k.round * 1000 <= {most_per_mille} * k.sales
UNION ALL
SELECT p.collection, p.currency, p.party, p.sales, p.round, k.sales - p.sales, k.round - p.round
FROM (
  SELECT collection, currency, sender AS party, COUNT(*) AS sales, CAST(SUM(round) AS BIGINT) AS round
  FROM round_sizes_sales WHERE sender IS NOT NULL GROUP BY collection, currency, sender
) AS p
JOIN round_sizes_markets AS k ON k.collection = p.collection AND k.currency = p.currency
WHERE p.sales >= {min_party_sales} AND k.sales - p.sales >= {min_sales}
  AND p.round * 1000 * (k.sales - p.sales) <= {party_per_mille} * (k.round - p.round) * p.sales
  AND (k.round - p.round) * 1000 > {most_per_mille} * (k.sales - p.sales)

-- step: round_sizes_rows
SELECT r.collection, r.currency, r.party, r.n, r.place, r.sales, MIN(r.ms) OVER (PARTITION BY r.collection, r.currency, r.party) AS episode
FROM (
  SELECT f.collection, f.currency, f.party, s.n, s.ms, f.sales,
    CAST(ROW_NUMBER() OVER (PARTITION BY f.collection, f.currency, f.party ORDER BY s.n) AS BIGINT) AS place
  FROM round_sizes_found AS f
  JOIN round_sizes_sales AS s ON s.collection = f.collection AND s.currency = f.currency
  WHERE f.party = -1 OR f.party = s.sender
) AS r

-- step: evidence
SELECT collection, CAST(-1 AS BIGINT) AS token, party, CAST(-1 AS BIGINT) AS other, episode, n,
  CASE WHEN place = sales THEN 'last' ELSE 'sample' END AS role
FROM round_sizes_rows WHERE place <= {shown} OR place = sales

-- step: findings
SELECT e.collection, CAST(-1 AS BIGINT) AS token, e.party, CAST(-1 AS BIGINT) AS other, e.episode,
  MAX(f.sales) AS counted, MAX(f.round) AS round_sales, MAX(f.other_sales) AS other_sales, MAX(f.other_round) AS other_round,
  CAST(10 AS BIGINT) AS part_few_round,
  CAST(CASE WHEN MAX(f.sales) >= 10 * CASE WHEN e.party = -1 THEN {min_sales} ELSE {min_party_sales} END THEN 10 ELSE 0 END AS BIGINT) AS part_sales,
  CAST(CASE WHEN MAX(f.round) = 0 THEN 10 ELSE 0 END AS BIGINT) AS part_none
FROM (SELECT DISTINCT collection, currency, party, episode FROM round_sizes_rows) AS e
JOIN round_sizes_found AS f ON f.collection = e.collection AND f.currency = e.currency AND f.party = e.party
GROUP BY e.collection, e.party, e.episode
