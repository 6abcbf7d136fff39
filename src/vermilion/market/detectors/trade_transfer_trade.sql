-- step: trade_transfer_trade_again
SELECT m.token, m.n, w.last, m.sender AS party, o.ms AS last_ms, m.ms, o.unit_log AS last_log, m.unit_log,
  o.currency AS last_currency, m.currency
FROM (
  SELECT n, sender, LAG(n) OVER (PARTITION BY token ORDER BY n) AS last,
    LAG(sender) OVER (PARTITION BY token ORDER BY n) AS last_sender
  FROM moves WHERE sale AND NOT many
) AS w
JOIN moves AS m ON m.n = w.n
JOIN moves AS o ON o.n = w.last
WHERE w.sender = w.last_sender AND o.recipient <> m.sender AND NOT m.sender_service AND NOT o.recipient_service

-- step: trade_transfer_trade_between
-- Rows after a sale and before the next one, with what held the token before each.
SELECT w.token, w.n, w.ms, w.kind, w.sender, w.recipient, w.last, w.holder,
  CASE WHEN w.recipient_service AND e.party IS NULL THEN 1 ELSE 0 END AS served
FROM (
  SELECT m.token, m.n, m.ms, m.kind, m.sale, m.sender, m.recipient, m.recipient_service,
    LAG(m.recipient) OVER (PARTITION BY m.token ORDER BY m.n) AS holder,
    MAX(CASE WHEN m.sale THEN m.n END)
      OVER (PARTITION BY m.token ORDER BY m.n ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS last
  FROM moves AS m JOIN (SELECT DISTINCT token FROM trade_transfer_trade_again) AS a ON a.token = m.token
  WHERE NOT m.many
) AS w
LEFT JOIN (SELECT DISTINCT party FROM services WHERE role = 'escrow') AS e ON e.party = w.recipient
WHERE NOT w.sale

-- step: trade_transfer_trade_loops
SELECT a.token, a.n, a.last, a.party, g.relays, g.back_ms - a.last_ms AS away,
  CASE WHEN a.last_currency = a.currency THEN a.unit_log - a.last_log END AS drift
FROM trade_transfer_trade_again AS a
JOIN (
  SELECT token, last, COUNT(*) - 1 AS relays, MAX(n) AS back, MAX(ms) AS back_ms
  FROM trade_transfer_trade_between
  GROUP BY token, last
  HAVING COUNT(*) <= {max_relays} + 1 AND SUM(served) = 0
    AND SUM(CASE WHEN kind <> 'transfer' OR sender IS DISTINCT FROM holder THEN 1 ELSE 0 END) = 0
) AS g ON g.token = a.token AND g.last = a.last
JOIN trade_transfer_trade_between AS b ON b.n = g.back AND b.recipient = a.party

-- step: evidence
SELECT DISTINCT m.collection, m.token, r.party, CAST(-1 AS BIGINT) AS other, CAST(0 AS BIGINT) AS episode, r.n, r.role
FROM (
  SELECT party, n, 'sell' AS role FROM trade_transfer_trade_loops
  UNION ALL
  SELECT party, last, 'sell' FROM trade_transfer_trade_loops
  UNION ALL
  SELECT l.party, b.n, 'free' FROM trade_transfer_trade_loops AS l
  JOIN trade_transfer_trade_between AS b ON b.token = l.token AND b.last = l.last
) AS r
JOIN moves AS m ON m.n = r.n

-- step: findings
SELECT e.collection, e.token, e.party, e.other, e.episode,
  CAST(l.times AS BIGINT) AS times, CAST(l.relays AS BIGINT) AS relays,
  CAST((l.away - l.away % 3600000) / 3600000 AS BIGINT) AS hours,
  CAST(40 AS BIGINT) AS part_given_back,
  CAST(CASE WHEN l.away <= {soon_days} * CAST(86400000 AS BIGINT) THEN 20
    WHEN l.away <= {later_days} * CAST(86400000 AS BIGINT) THEN 15 ELSE 0 END AS BIGINT) AS part_soon,
  CAST(CASE WHEN l.like_price = 1 THEN 15 ELSE 0 END AS BIGINT) AS part_price,
  CAST(CASE WHEN l.times > 1 THEN 25 ELSE 0 END AS BIGINT) AS part_again
FROM (SELECT DISTINCT collection, token, party, other, episode FROM evidence) AS e
JOIN (
  SELECT token, party, COUNT(*) AS times, MAX(relays) AS relays, MIN(away) AS away,
    MAX(CASE WHEN drift BETWEEN -{near_price} AND {near_price} THEN 1 ELSE 0 END) AS like_price
  FROM trade_transfer_trade_loops GROUP BY token, party
) AS l ON l.token = e.token AND l.party = e.party
