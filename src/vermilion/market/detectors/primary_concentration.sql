-- step: primary_concentration_issuers
SELECT DISTINCT i.collection, o.party AS party
FROM issues AS i
JOIN entities AS e ON e.party = i.issuer
JOIN entities AS o ON o.entity = e.entity

-- step: primary_concentration_rows
SELECT m.collection, m.n, e.entity, m.quantity
FROM moves AS m
JOIN entities AS e ON e.party = m.recipient
LEFT JOIN primary_concentration_issuers AS s ON s.collection = m.collection AND s.party = m.sender
LEFT JOIN primary_concentration_issuers AS r ON r.collection = m.collection AND r.party = m.recipient
WHERE m.recipient IS NOT NULL AND NOT m.recipient_service AND r.party IS NULL
  AND (m.kind = 'mint' OR (m.sale AND s.party IS NOT NULL))

-- step: primary_concentration_takers
-- More than 10^28 units of one row count as that many, so that sums keep within 38 digits.
SELECT t.collection, t.entity, t.units, CAST(ROW_NUMBER() OVER (PARTITION BY t.collection ORDER BY t.units DESC, t.first_n) AS BIGINT) AS place
FROM (
  SELECT collection, entity, SUM(LEAST(quantity, CAST(10000000000000000000000000000 AS DECIMAL(38,0)))) AS units, MIN(n) AS first_n
  FROM primary_concentration_rows
  GROUP BY collection, entity
) AS t

-- step: primary_concentration_shares
SELECT collection, SUM(CAST(units AS DECIMAL(38,0))) AS of_all, COUNT(*) AS takers,
  SUM(CAST(units AS DECIMAL(38,0))) FILTER (WHERE place <= {top}) AS taken
FROM primary_concentration_takers
GROUP BY collection
HAVING SUM(CAST(units AS DECIMAL(38,0))) >= {min_units} AND COUNT(*) >= {min_takers}
  AND SUM(CAST(units AS DECIMAL(38,0))) FILTER (WHERE place <= {top}) * 100 >= SUM(CAST(units AS DECIMAL(38,0))) * {share}

-- step: evidence
SELECT r.collection, CAST(-1 AS BIGINT) AS token, CAST(-1 AS BIGINT) AS party, CAST(-1 AS BIGINT) AS other, CAST(0 AS BIGINT) AS episode, r.n, 'primary' AS role
FROM primary_concentration_rows AS r
JOIN primary_concentration_takers AS t ON t.collection = r.collection AND t.entity = r.entity
JOIN primary_concentration_shares AS s ON s.collection = r.collection
WHERE t.place <= {top}

-- step: findings
SELECT s.collection, CAST(-1 AS BIGINT) AS token, CAST(-1 AS BIGINT) AS party, CAST(-1 AS BIGINT) AS other, CAST(0 AS BIGINT) AS episode,
  CAST(s.of_all AS DECIMAL(38,0)) AS units, CAST(s.taken AS DECIMAL(38,0)) AS taken, CAST(s.takers AS BIGINT) AS takers, CAST((s.taken * 100 - (s.taken * 100) % s.of_all) / s.of_all AS BIGINT) AS percent,
  CAST(CASE WHEN s.taken * 10 >= s.of_all * 9 THEN 60 WHEN s.taken * 10 >= s.of_all * 7 THEN 50 ELSE 40 END AS BIGINT) AS part_share,
  CAST(CASE WHEN s.takers >= 10 * {top} THEN 40 WHEN s.takers >= 5 * {top} THEN 25 ELSE 10 END AS BIGINT) AS part_takers
FROM primary_concentration_shares AS s
