-- step: common_funder_sales
SELECT m.n, m.ms, m.collection, m.recipient, s.narrow,
  CASE WHEN m.sender < m.recipient THEN m.sender ELSE m.recipient END AS low,
  CASE WHEN m.sender < m.recipient THEN m.recipient ELSE m.sender END AS high,
  b.ms AS funded_ms, CASE WHEN b.currency = m.currency THEN b.amount END AS amount, b.currency = s.currency AND b.amount = s.amount AS even,
  m.ms - b.ms AS buyer_since, m.ms - s.ms AS seller_since
FROM moves AS m
JOIN links AS s ON s.party = m.sender
JOIN links AS b ON b.party = m.recipient AND b.funder = s.funder
WHERE m.sale AND m.sender <> m.recipient AND NOT m.sender_service AND NOT m.recipient_service
  AND s.ms <= m.ms AND b.ms <= m.ms

-- step: common_funder_pairs
SELECT collection, low, high, COUNT(*) AS trades, MAX(narrow) AS narrow,
  MIN(buyer_since) AS hours, MIN(CASE WHEN buyer_since > seller_since THEN buyer_since ELSE seller_since END) AS later,
  MIN(CASE WHEN buyer_since > seller_since THEN buyer_since - seller_since ELSE seller_since - buyer_since END) AS apart,
  MAX(CASE WHEN even THEN 1 ELSE 0 END) AS even,
  MIN(funded_ms) AS funded_ms, MAX(amount) AS amount
FROM common_funder_sales
GROUP BY collection, low, high

-- step: evidence
SELECT collection, CAST(-1 AS BIGINT) AS token, low AS party, high AS other, CAST(0 AS BIGINT) AS episode, n,
  CASE WHEN recipient = low THEN 'buy' ELSE 'sell' END AS role
FROM common_funder_sales

-- step: findings
SELECT e.collection, e.token, e.party, e.other, e.episode,
  p.funded_ms, p.amount, CAST(p.narrow AS BIGINT) AS funded,
  CAST((p.hours - p.hours % 3600000) / 3600000 AS BIGINT) AS hours,
  CAST(35 AS BIGINT) AS part_link,
  CAST(CASE WHEN p.later <= {soon_days} * CAST(86400000 AS BIGINT) THEN 20
    WHEN p.later <= {later_days} * CAST(86400000 AS BIGINT) THEN 10 ELSE 0 END AS BIGINT) AS part_soon,
  CAST(CASE WHEN p.apart <= {together_hours} * CAST(3600000 AS BIGINT) THEN 5 ELSE 0 END AS BIGINT) AS part_together,
  CAST(CASE WHEN p.even = 1 THEN 4 ELSE 0 END AS BIGINT) AS part_even,
  CAST(CASE WHEN p.trades >= 3 THEN 20 WHEN p.trades = 2 THEN 15 ELSE 0 END AS BIGINT) AS part_trades,
  CAST(CASE WHEN p.narrow <= {few} THEN 5 ELSE 0 END AS BIGINT) AS part_narrow
FROM (SELECT DISTINCT collection, token, party, other, episode FROM evidence) AS e
JOIN common_funder_pairs AS p ON p.collection = e.collection AND p.low = e.party AND p.high = e.other
