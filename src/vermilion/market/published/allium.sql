-- step: allium_first
SELECT f.payee AS party, f.payer AS funder FROM (
  SELECT payee, payer, CAST(ROW_NUMBER() OVER (PARTITION BY payee ORDER BY n) AS BIGINT) AS nth
  FROM payments WHERE payee IS NOT NULL AND payer IS NOT NULL
) AS f
LEFT JOIN (SELECT DISTINCT party FROM services WHERE role IN ('exchange', 'platform')) AS s ON s.party = f.payer
WHERE f.nth = 1 AND s.party IS NULL

-- step: allium_frequent
SELECT c.party, c.payer FROM (
  SELECT payee AS party, payer, CAST(ROW_NUMBER() OVER (PARTITION BY payee ORDER BY times DESC, payer) AS BIGINT) AS nth
  FROM (
    SELECT payee, payer, COUNT(*) AS times FROM payments
    WHERE payee IS NOT NULL AND payer IS NOT NULL GROUP BY payee, payer
  ) AS counted
) AS c
LEFT JOIN (SELECT DISTINCT party FROM services WHERE role IN ('exchange', 'platform')) AS s ON s.party = c.payer
WHERE c.nth = 1 AND s.party IS NULL

-- step: allium_paid
SELECT payer, payee, n, ms, tx FROM payments
WHERE payer <> payee AND NOT payer_service AND NOT payee_service

-- step: allium_recent
SELECT m.n,
  MAX(CASE WHEN p.payer = m.recipient THEN 1 ELSE 0 END) AS buyer_paid,
  MAX(CASE WHEN p.payer = m.sender THEN 1 ELSE 0 END) AS seller_paid
FROM (
  SELECT n, ms, sender, recipient, tx, sender AS one, recipient AS two FROM moves WHERE sale AND sender <> recipient
  UNION ALL
  SELECT n, ms, sender, recipient, tx, recipient, sender FROM moves WHERE sale AND sender <> recipient
) AS m
JOIN allium_paid AS p ON p.payer = m.one AND p.payee = m.two
WHERE p.ms <= m.ms AND p.ms > m.ms - {recent_days} * CAST(86400000 AS BIGINT) AND (m.tx IS NULL OR p.tx IS DISTINCT FROM m.tx)
GROUP BY m.n

-- step: allium_refunded
SELECT m.n
FROM moves AS m
JOIN payments AS p ON p.tx = m.tx AND p.payer = m.sender AND p.currency = m.currency
LEFT JOIN allium_first AS b ON b.party = m.recipient
WHERE m.priced AND m.sender <> m.recipient AND (p.payee = m.recipient OR p.payee = b.funder)
  AND p.amount < CAST(10000000000000000000000000000 AS DECIMAL(38,0))
GROUP BY m.n, m.price
HAVING 2 * SUM(CAST(p.amount AS DECIMAL(38,0))) > m.price

-- step: allium_again
SELECT n, nth FROM (
  SELECT n, sale, sender, recipient,
    LEAD(n, 2) OVER (PARTITION BY token ORDER BY n) AS nth,
    LEAD(kind) OVER (PARTITION BY token ORDER BY n) AS next_kind,
    LEAD(sender) OVER (PARTITION BY token ORDER BY n) AS next_sender,
    LEAD(recipient) OVER (PARTITION BY token ORDER BY n) AS next_recipient,
    LEAD(sale, 2) OVER (PARTITION BY token ORDER BY n) AS then_sale,
    LEAD(sender, 2) OVER (PARTITION BY token ORDER BY n) AS then_sender
  FROM moves WHERE NOT many
) AS three
WHERE sale AND then_sale AND next_kind = 'transfer' AND next_sender = recipient AND next_recipient = sender AND then_sender = sender

-- step: allium_sales
SELECT n, ms, collection, token, sender, recipient, many, low, high,
  MIN(ahead) OVER (PARTITION BY token, low, high) AS token_least,
  MAX(ahead) OVER (PARTITION BY token, low, high) AS token_most,
  MIN(ahead) OVER (PARTITION BY collection, low, high) AS collection_least,
  MAX(ahead) OVER (PARTITION BY collection, low, high) AS collection_most,
  COUNT(*) OVER (PARTITION BY token, recipient) AS bought,
  COUNT(*) OVER (PARTITION BY token, sender) AS sold
FROM (
  SELECT n, ms, collection, token, sender, recipient, many,
    CASE WHEN sender < recipient THEN sender ELSE recipient END AS low,
    CASE WHEN sender < recipient THEN recipient ELSE sender END AS high,
    CASE WHEN sender < recipient THEN 1 WHEN sender > recipient THEN 0 END AS ahead
  FROM moves WHERE sale AND sender IS NOT NULL AND recipient IS NOT NULL
) AS directed

-- step: allium_scored
SELECT s.n, s.ms, s.collection, s.token, s.sender, s.recipient,
  CASE WHEN s.sender = s.recipient THEN 16 ELSE 0 END AS same,
  CASE WHEN r.n IS NOT NULL THEN 16 ELSE 0 END AS refund,
  CASE WHEN s.sender <> s.recipient AND (f.funder = s.recipient OR g.funder = s.sender) THEN 12 ELSE 0 END AS each_other,
  CASE WHEN s.token_least < s.token_most THEN 8 ELSE 0 END AS token_back,
  CASE WHEN s.collection_least < s.collection_most THEN 4 ELSE 0 END AS collection_back,
  CASE WHEN p.buyer_paid = 1 THEN 4 ELSE 0 END AS buyer_paid,
  CASE WHEN p.seller_paid = 1 THEN 4 ELSE 0 END AS seller_paid,
  CASE WHEN NOT s.many AND (s.bought >= {repeats} OR s.sold >= {repeats}) THEN 4 ELSE 0 END AS repeated,
  CASE WHEN s.sender <> s.recipient AND f.funder = g.funder THEN 2 ELSE 0 END AS same_first,
  CASE WHEN s.sender <> s.recipient AND h.payer = k.payer THEN 1 ELSE 0 END AS same_frequent,
  CASE WHEN a.n IS NOT NULL THEN 1 ELSE 0 END AS again
FROM allium_sales AS s
LEFT JOIN allium_refunded AS r ON r.n = s.n
LEFT JOIN allium_first AS f ON f.party = s.sender
LEFT JOIN allium_first AS g ON g.party = s.recipient
LEFT JOIN allium_frequent AS h ON h.party = s.sender
LEFT JOIN allium_frequent AS k ON k.party = s.recipient
LEFT JOIN allium_recent AS p ON p.n = s.n
LEFT JOIN (
  SELECT DISTINCT n FROM (SELECT n FROM allium_again UNION ALL SELECT nth FROM allium_again) AS both_sales
) AS a ON a.n = s.n

-- step: evidence
SELECT collection, token, sender AS party, recipient AS other, ms AS episode, n, 'priced' AS role
FROM allium_scored
WHERE same + refund + each_other + token_back + collection_back + buyer_paid + seller_paid + repeated
  + same_first + same_frequent + again > 0

-- step: findings
SELECT e.collection, e.token, e.party, e.other, e.episode,
  CAST(MAX(s.same) AS BIGINT) AS part_same, CAST(MAX(s.refund) AS BIGINT) AS part_refund,
  CAST(MAX(s.each_other) AS BIGINT) AS part_each_other, CAST(MAX(s.token_back) AS BIGINT) AS part_token_back,
  CAST(MAX(s.collection_back) AS BIGINT) AS part_collection_back,
  CAST(MAX(s.buyer_paid) AS BIGINT) AS part_buyer_paid, CAST(MAX(s.seller_paid) AS BIGINT) AS part_seller_paid,
  CAST(MAX(s.repeated) AS BIGINT) AS part_repeated, CAST(MAX(s.same_first) AS BIGINT) AS part_same_first,
  CAST(MAX(s.same_frequent) AS BIGINT) AS part_same_frequent, CAST(MAX(s.again) AS BIGINT) AS part_again
FROM evidence AS e JOIN allium_scored AS s ON s.n = e.n
GROUP BY e.collection, e.token, e.party, e.other, e.episode
