-- step: dune_funded_first
SELECT f.payee AS party, f.payer AS funder FROM (
  SELECT payee, payer, ms, CAST(ROW_NUMBER() OVER (PARTITION BY payee ORDER BY n) AS BIGINT) AS nth
  FROM payments WHERE payee IS NOT NULL AND payer IS NOT NULL
) AS f
LEFT JOIN (SELECT DISTINCT party FROM services WHERE role IN ('exchange', 'bridge', 'mixer', 'platform')) AS s ON s.party = f.payer
WHERE f.nth = 1 AND s.party IS NULL

-- step: evidence
SELECT m.collection, CAST(-1 AS BIGINT) AS token,
  CASE WHEN m.sender < m.recipient THEN m.sender ELSE m.recipient END AS party,
  CASE WHEN m.sender < m.recipient THEN m.recipient ELSE m.sender END AS other,
  CAST(0 AS BIGINT) AS episode, m.n, CASE WHEN m.sender < m.recipient THEN 'sell' ELSE 'buy' END AS role
FROM moves AS m
JOIN dune_funded_first AS s ON s.party = m.sender
JOIN dune_funded_first AS b ON b.party = m.recipient
WHERE m.sale AND (s.funder = b.funder OR s.funder = m.recipient OR b.funder = m.sender)

-- step: findings
SELECT collection, token, party, other, episode, CAST(100 AS BIGINT) AS part_rule
FROM evidence
GROUP BY collection, token, party, other, episode
