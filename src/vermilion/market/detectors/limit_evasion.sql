-- step: limit_evasion_caps
SELECT i.collection, MAX(i.per_person_cap) AS cap
FROM issues AS i
JOIN (SELECT collection, MAX(n) AS n FROM issues WHERE per_person_cap IS NOT NULL GROUP BY collection) AS l
  ON l.collection = i.collection AND l.n = i.n
GROUP BY i.collection

-- step: limit_evasion_issuers
SELECT DISTINCT i.collection, o.party AS party
FROM issues AS i
JOIN entities AS e ON e.party = i.issuer
JOIN entities AS o ON o.entity = e.entity

-- step: limit_evasion_primary
-- More than 10^28 units of one row count as that many, so that sums keep within 38 digits.
SELECT m.collection, m.token, m.n, m.ms, m.recipient AS buyer, m.many, LEAST(m.quantity, CAST(10000000000000000000000000000 AS DECIMAL(38,0))) AS quantity
FROM moves AS m
JOIN limit_evasion_caps AS c ON c.collection = m.collection
LEFT JOIN limit_evasion_issuers AS s ON s.collection = m.collection AND s.party = m.sender
LEFT JOIN limit_evasion_issuers AS r ON r.collection = m.collection AND r.party = m.recipient
WHERE m.recipient IS NOT NULL AND NOT m.recipient_service AND r.party IS NULL
  AND (m.kind = 'mint' OR (m.sale AND s.party IS NOT NULL))

-- step: limit_evasion_given
-- What a buyer gave away later; whether anything was between is looked up for these alone.
SELECT b.n, m.token, m.n AS next_n, m.recipient AS next_recipient, m.ms - b.ms <= CAST({hours} AS BIGINT) * 3600000 AS soon
FROM limit_evasion_primary AS b
JOIN moves AS m ON m.token = b.token AND m.sender = b.buyer
LEFT JOIN limit_evasion_issuers AS f ON f.collection = m.collection AND f.party = m.recipient
WHERE m.kind = 'transfer' AND NOT b.many AND m.n > b.n AND m.ms - b.ms <= CAST({days} AS BIGINT) * 86400000
  AND m.recipient <> b.buyer AND NOT m.recipient_service AND f.party IS NULL

-- step: limit_evasion_bought
SELECT b.collection, b.n, b.buyer, b.quantity, g.next_n AS forward_n, g.next_recipient, g.soon
FROM limit_evasion_primary AS b
LEFT JOIN (
  SELECT g.n, g.next_n, g.next_recipient, g.soon
  FROM limit_evasion_given AS g
  JOIN (
    SELECT m.n, LEAD(m.n) OVER (PARTITION BY m.token ORDER BY m.n) AS next_n
    FROM moves AS m JOIN (SELECT DISTINCT token FROM limit_evasion_given) AS t ON t.token = m.token
  ) AS a ON a.n = g.n AND a.next_n = g.next_n
) AS g ON g.n = b.n

-- step: limit_evasion_hands
SELECT b.collection, b.n, b.buyer, b.quantity, b.forward_n, e.entity,
  CASE WHEN b.soon THEN b.forward_n END AS soon_n, CASE WHEN t.units = c.cap THEN b.buyer END AS full_buyer
FROM limit_evasion_bought AS b
JOIN limit_evasion_caps AS c ON c.collection = b.collection
JOIN (
  SELECT collection, buyer, SUM(CAST(quantity AS DECIMAL(38,0))) AS units FROM limit_evasion_bought GROUP BY collection, buyer
) AS t ON t.collection = b.collection AND t.buyer = b.buyer AND t.units <= c.cap
JOIN entities AS e ON e.party = CASE WHEN b.forward_n IS NULL THEN b.buyer ELSE b.next_recipient END

-- step: limit_evasion_totals
SELECT h.collection, h.entity, c.cap, SUM(CAST(h.quantity AS DECIMAL(38,0))) AS units, COUNT(DISTINCT h.buyer) AS buyers, COUNT(h.forward_n) AS forwarded,
  COUNT(h.soon_n) AS soon, COUNT(DISTINCT h.full_buyer) AS exhausted
FROM limit_evasion_hands AS h
JOIN limit_evasion_caps AS c ON c.collection = h.collection
GROUP BY h.collection, h.entity, c.cap
HAVING SUM(CAST(h.quantity AS DECIMAL(38,0))) > c.cap AND COUNT(DISTINCT h.buyer) >= {min_buyers}

-- step: evidence
SELECT e.collection, CAST(-1 AS BIGINT) AS token, e.entity AS party, CAST(-1 AS BIGINT) AS other, CAST(0 AS BIGINT) AS episode, e.n, e.role
FROM (
  SELECT h.collection, h.entity, h.n, 'buy' AS role FROM limit_evasion_hands AS h
  UNION ALL
  SELECT h.collection, h.entity, h.forward_n AS n, 'free' AS role FROM limit_evasion_hands AS h WHERE h.forward_n IS NOT NULL
) AS e
JOIN limit_evasion_totals AS t ON t.collection = e.collection AND t.entity = e.entity

-- step: findings
SELECT t.collection, CAST(-1 AS BIGINT) AS token, t.entity AS party, CAST(-1 AS BIGINT) AS other, CAST(0 AS BIGINT) AS episode,
  CAST(t.cap AS BIGINT) AS cap, CAST(t.units AS DECIMAL(38,0)) AS units, CAST(t.buyers AS BIGINT) AS buyers,
  CAST(t.exhausted AS BIGINT) AS exhausted, CAST(t.forwarded AS BIGINT) AS forwarded,
  CAST(CASE WHEN t.units >= CAST(5 AS DECIMAL(38,0)) * t.cap THEN 40 WHEN t.units >= CAST(3 AS DECIMAL(38,0)) * t.cap THEN 30 WHEN t.units >= CAST(2 AS DECIMAL(38,0)) * t.cap THEN 15 ELSE 5 END AS BIGINT) AS part_excess,
  CAST(CASE WHEN t.buyers >= 5 THEN 30 WHEN t.buyers >= 3 THEN 20 ELSE 0 END AS BIGINT) AS part_buyers,
  CAST(CASE WHEN t.exhausted = t.buyers THEN 20 WHEN 2 * t.exhausted >= t.buyers THEN 10 ELSE 0 END AS BIGINT) AS part_exhausted,
  CAST(CASE WHEN t.soon >= t.units - t.cap THEN 30 WHEN t.forwarded >= t.units - t.cap THEN 10 ELSE 0 END AS BIGINT) AS part_passed
FROM limit_evasion_totals AS t
