-- step: funded_each_other_sales
SELECT m.n, m.ms, m.collection, m.sender, m.recipient, l.ms AS funded_ms, CASE WHEN l.currency = m.currency THEN l.amount END AS amount, l.party = m.recipient AS buyer,
  CASE WHEN m.sender < m.recipient THEN m.sender ELSE m.recipient END AS low,
  CASE WHEN m.sender < m.recipient THEN m.recipient ELSE m.sender END AS high,
  m.ms - l.ms AS since,
  CASE WHEN m.priced AND m.currency = l.currency AND l.amount >= m.price AND l.amount - m.price <= m.price
    AND m.ms - l.ms <= {later_days} * CAST(86400000 AS BIGINT) THEN 1 ELSE 0 END AS covers
FROM (
  SELECT party, funder, party AS buyer, funder AS seller, ms, amount, currency FROM links
  UNION ALL
  SELECT party, funder, funder, party, ms, amount, currency FROM links
) AS l
JOIN moves AS m ON m.sender = l.seller AND m.recipient = l.buyer
WHERE m.sale AND m.sender <> m.recipient AND NOT m.sender_service AND NOT m.recipient_service AND l.ms <= m.ms

-- step: funded_each_other_pairs
SELECT collection, low, high, COUNT(DISTINCT n) AS trades, MIN(since) AS since, MAX(covers) AS covers,
  MAX(CASE WHEN buyer THEN 1 ELSE 0 END) AS buyer, MIN(funded_ms) AS funded_ms, MAX(amount) AS amount
FROM funded_each_other_sales
GROUP BY collection, low, high

-- step: evidence
SELECT DISTINCT collection, CAST(-1 AS BIGINT) AS token, low AS party, high AS other, CAST(0 AS BIGINT) AS episode, n,
  CASE WHEN recipient = low THEN 'buy' ELSE 'sell' END AS role
FROM funded_each_other_sales

-- step: findings
SELECT e.collection, e.token, e.party, e.other, e.episode, p.funded_ms, p.amount,
  CAST((p.since - p.since % 3600000) / 3600000 AS BIGINT) AS hours,
  CAST(35 AS BIGINT) AS part_link,
  CAST(CASE WHEN p.since <= {fast_hours} * CAST(3600000 AS BIGINT) THEN 25
    WHEN p.since <= {soon_days} * CAST(86400000 AS BIGINT) THEN 20
    WHEN p.since <= {later_days} * CAST(86400000 AS BIGINT) THEN 10 ELSE 0 END AS BIGINT) AS part_soon,
  CAST(CASE WHEN p.covers = 1 THEN 15 ELSE 0 END AS BIGINT) AS part_covers,
  CAST(CASE WHEN p.buyer = 1 THEN 10 ELSE 0 END AS BIGINT) AS part_buyer,
  CAST(CASE WHEN p.trades >= 3 THEN 20 WHEN p.trades = 2 THEN 15 ELSE 0 END AS BIGINT) AS part_trades
FROM (SELECT DISTINCT collection, token, party, other, episode FROM evidence) AS e
JOIN funded_each_other_pairs AS p ON p.collection = e.collection AND p.low = e.party AND p.high = e.other
