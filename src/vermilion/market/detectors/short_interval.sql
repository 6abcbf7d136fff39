-- step: short_interval_issuers
-- Whichever account of the issuer's, as for a primary sale; by entity it is the smallest of them.
SELECT DISTINCT i.collection, o.party
FROM issues AS i
JOIN entities AS e ON e.party = i.issuer
JOIN entities AS o ON o.entity = e.entity

-- step: short_interval_near
-- One number tells of a trade its place in time, its side (65536 bought, 131072 sold) and the trading
-- days until then, so that few columns are sorted. What the calendar does not hold lies before or
-- after all that it holds, so that it is between no two trades.
SELECT k.party, k.trade, k.bought, k.sold
FROM (
  SELECT t.party, t.trade,
    MAX(CASE WHEN t.trade % 131072 >= 65536 THEN t.trade END) OVER (PARTITION BY t.party, t.item ORDER BY t.trade ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bought,
    MAX(CASE WHEN t.trade % 262144 >= 131072 THEN t.trade END) OVER (PARTITION BY t.party, t.item ORDER BY t.trade ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS sold
  FROM (
    SELECT m.recipient AS party, CASE WHEN {single_token} = 1 THEN m.token ELSE m.collection END AS item,
      m.n * 262144 + CASE WHEN m.sender = m.recipient THEN 196608 ELSE 65536 END + d.upto AS trade
    FROM moves AS m JOIN days AS d ON d.begins * 1000 = m.ms - (m.ms + 28800000) % 86400000
    WHERE m.sale AND m.recipient IS NOT NULL AND NOT m.recipient_service
    UNION ALL
    SELECT m.sender AS party, CASE WHEN {single_token} = 1 THEN m.token ELSE m.collection END AS item,
      m.n * 262144 + 131072 + d.upto AS trade
    FROM moves AS m JOIN days AS d ON d.begins * 1000 = m.ms - (m.ms + 28800000) % 86400000
    WHERE m.sale AND m.sender IS NOT NULL AND NOT m.sender_service AND m.sender IS DISTINCT FROM m.recipient
  ) AS t
) AS k
WHERE k.trade % 262144 >= 131072 AND k.trade % 65536 - k.bought % 65536 < {trading_days}
  OR k.trade % 131072 >= 65536 AND k.trade % 65536 - k.sold % 65536 < {trading_days}

-- step: short_interval_hits
SELECT m.collection, CASE WHEN {single_token} = 1 THEN m.token ELSE CAST(-1 AS BIGINT) END AS item, h.party, h.n, h.open_n, h.apart, h.selling
FROM (
  SELECT k.party, CAST((k.trade - k.trade % 262144) / 262144 AS BIGINT) AS n, CAST((k.bought - k.bought % 262144) / 262144 AS BIGINT) AS open_n,
    k.trade % 65536 - k.bought % 65536 AS apart, CAST(1 AS BIGINT) AS selling
  FROM short_interval_near AS k
  WHERE k.trade % 262144 >= 131072 AND k.trade % 65536 - k.bought % 65536 < {trading_days}
  UNION ALL
  SELECT k.party, CAST((k.trade - k.trade % 262144) / 262144 AS BIGINT) AS n, CAST((k.sold - k.sold % 262144) / 262144 AS BIGINT) AS open_n,
    k.trade % 65536 - k.sold % 65536 AS apart, CAST(0 AS BIGINT) AS selling
  FROM short_interval_near AS k
  WHERE k.trade % 131072 >= 65536 AND k.trade % 65536 - k.sold % 65536 < {trading_days}
) AS h
JOIN moves AS m ON m.n = h.n
LEFT JOIN short_interval_issuers AS i ON i.collection = m.collection AND i.party = h.party
WHERE i.party IS NULL

-- step: evidence
SELECT DISTINCT e.collection, e.token, e.party, CAST(-1 AS BIGINT) AS other, CAST(0 AS BIGINT) AS episode, e.n, e.role
FROM (
  SELECT collection, item AS token, party, open_n AS n, 'open' AS role FROM short_interval_hits
  UNION ALL
  SELECT collection, item, party, n, 'close' FROM short_interval_hits
) AS e

-- step: findings
SELECT h.collection, h.item AS token, h.party, CAST(-1 AS BIGINT) AS other, CAST(0 AS BIGINT) AS episode,
  CAST(COUNT(DISTINCT h.n) AS BIGINT) AS times, CAST(MIN(h.apart) AS BIGINT) AS least_days,
  CAST(COUNT(*) FILTER (WHERE h.selling = 1) AS BIGINT) AS sold_after_buying, CAST(COUNT(*) FILTER (WHERE h.selling = 0) AS BIGINT) AS bought_after_selling,
  CAST(40 AS BIGINT) AS part_interval,
  CAST(CASE WHEN MIN(h.apart) = 0 THEN 20 WHEN MIN(h.apart) < 3 THEN 10 ELSE 0 END AS BIGINT) AS part_sooner,
  CAST(CASE WHEN COUNT(DISTINCT h.n) >= {many_times} THEN 40 WHEN COUNT(DISTINCT h.n) >= 3 THEN 20 ELSE 0 END AS BIGINT) AS part_times
FROM short_interval_hits AS h
GROUP BY h.collection, h.item, h.party
