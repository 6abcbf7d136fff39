-- step: instant_refund_pairs
-- More than 10^28 of one row count as that many, so that sums keep within 38 digits.
SELECT m.collection, m.tx, m.sender, m.recipient, m.currency, SUM(CAST(LEAST(m.price, CAST(10000000000000000000000000000 AS DECIMAL(38,0))) AS DECIMAL(38,0))) AS price
FROM moves AS m
WHERE m.priced AND m.tx IS NOT NULL AND m.sender <> m.recipient AND NOT m.sender_service AND NOT m.recipient_service
GROUP BY m.collection, m.tx, m.sender, m.recipient, m.currency

-- step: instant_refund_paid
SELECT s.collection, s.tx, s.sender, s.recipient, s.currency,
  SUM(CAST(LEAST(p.amount, CAST(10000000000000000000000000000 AS DECIMAL(38,0))) AS DECIMAL(38,0))) AS amount
FROM instant_refund_pairs AS s
JOIN payments AS p ON p.tx = s.tx AND p.payer = s.sender AND p.currency = s.currency
LEFT JOIN links AS k ON k.party = s.recipient
WHERE p.payee <> p.payer AND (p.payee = s.recipient OR p.payee = k.funder)
GROUP BY s.collection, s.tx, s.sender, s.recipient, s.currency

-- step: instant_refund_found
SELECT f.collection, f.tx, f.sender, f.recipient, f.currency, f.amount, f.price
FROM (
  SELECT s.collection, s.tx, s.sender, s.recipient, s.currency, s.price, p.amount - COALESCE(b.price, CAST(0 AS DECIMAL(38,0))) AS amount
  FROM instant_refund_pairs AS s
  JOIN instant_refund_paid AS p ON p.collection = s.collection AND p.tx = s.tx AND p.sender = s.sender AND p.recipient = s.recipient AND p.currency = s.currency
  LEFT JOIN instant_refund_pairs AS b ON b.collection = s.collection AND b.tx = s.tx AND b.sender = s.recipient AND b.recipient = s.sender AND b.currency = s.currency
) AS f
WHERE 1000 * f.amount >= {min_share} * f.price

-- step: evidence
SELECT m.collection, CAST(-1 AS BIGINT) AS token, m.sender AS party, m.recipient AS other, CAST(0 AS BIGINT) AS episode, m.n, 'refunded' AS role
FROM instant_refund_found AS f
JOIN moves AS m ON m.collection = f.collection AND m.tx = f.tx AND m.sender = f.sender AND m.recipient = f.recipient AND m.currency = f.currency
WHERE m.priced

-- step: findings
SELECT f.collection, CAST(-1 AS BIGINT) AS token, f.sender AS party, f.recipient AS other, CAST(0 AS BIGINT) AS episode,
  CAST(COUNT(*) AS BIGINT) AS refunds,
  CAST(60 AS BIGINT) AS part_refund,
  CAST(MAX(CASE WHEN 10 * f.amount >= 9 * f.price THEN 20 ELSE 0 END) AS BIGINT) AS part_whole,
  CAST(CASE WHEN COUNT(*) > 1 THEN 20 ELSE 0 END AS BIGINT) AS part_again
FROM instant_refund_found AS f
GROUP BY f.collection, f.sender, f.recipient
