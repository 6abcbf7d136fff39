-- step: short_interval_trades
SELECT collection, token * {single_token} - (1 - {single_token}) AS item, recipient AS party, n,
  CAST(1 AS BIGINT) AS bought, CASE WHEN sender = recipient THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END AS sold,
  ms - (ms + 28800000) % 86400000 AS day_ms
FROM moves
WHERE sale AND recipient IS NOT NULL AND NOT recipient_service
UNION ALL
SELECT collection, token * {single_token} - (1 - {single_token}) AS item, sender AS party, n,
  CAST(0 AS BIGINT) AS bought, CAST(1 AS BIGINT) AS sold, ms - (ms + 28800000) % 86400000 AS day_ms
FROM moves
WHERE sale AND sender IS NOT NULL AND NOT sender_service AND sender IS DISTINCT FROM recipient

-- step: short_interval_both
SELECT collection, item, party
FROM short_interval_trades
GROUP BY collection, item, party
HAVING SUM(bought) > 0 AND SUM(sold) > 0 AND COUNT(*) > 1

-- step: short_interval_packed
SELECT t.collection, t.item, t.party, t.n, t.bought, t.sold, d.upto,
  MAX(CASE WHEN t.bought = 1 THEN t.n * 65536 + COALESCE(d.upto, CAST(65535 AS BIGINT)) END) OVER (PARTITION BY t.collection, t.item, t.party ORDER BY t.n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bought_last,
  MAX(CASE WHEN t.sold = 1 THEN t.n * 65536 + COALESCE(d.upto, CAST(65535 AS BIGINT)) END) OVER (PARTITION BY t.collection, t.item, t.party ORDER BY t.n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS sold_last
FROM short_interval_trades AS t
JOIN short_interval_both AS b ON b.collection = t.collection AND b.item = t.item AND b.party = t.party
LEFT JOIN days AS d ON d.begins * 1000 = t.day_ms

-- step: short_interval_last
SELECT collection, item, party, n, bought, sold, upto,
  CAST((bought_last - bought_last % 65536) / 65536 AS BIGINT) AS bought_n,
  CASE WHEN bought_last % 65536 < 65535 THEN bought_last % 65536 END AS bought_upto,
  CAST((sold_last - sold_last % 65536) / 65536 AS BIGINT) AS sold_n,
  CASE WHEN sold_last % 65536 < 65535 THEN sold_last % 65536 END AS sold_upto
FROM short_interval_packed

-- step: short_interval_issuers
-- Whichever account of the issuer's, as for a primary sale; by entity it is the smallest of them.
SELECT DISTINCT i.collection, o.party
FROM issues AS i
JOIN entities AS e ON e.party = i.issuer
JOIN entities AS o ON o.entity = e.entity

-- step: short_interval_hits
SELECT l.collection, l.item, l.party, l.n, l.bought_n AS open_n, l.upto - l.bought_upto AS apart, CAST(1 AS BIGINT) AS selling
FROM short_interval_last AS l
LEFT JOIN short_interval_issuers AS i ON i.collection = l.collection AND i.party = l.party
WHERE i.party IS NULL AND l.sold = 1 AND l.upto - l.bought_upto < {trading_days}
UNION ALL
SELECT l.collection, l.item, l.party, l.n, l.sold_n AS open_n, l.upto - l.sold_upto AS apart, CAST(0 AS BIGINT) AS selling
FROM short_interval_last AS l
LEFT JOIN short_interval_issuers AS i ON i.collection = l.collection AND i.party = l.party
WHERE i.party IS NULL AND l.bought = 1 AND l.upto - l.sold_upto < {trading_days}

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
