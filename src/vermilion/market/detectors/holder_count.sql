-- step: holder_count_busy
SELECT token
FROM moves
WHERE many AND recipient IS NOT NULL AND NOT recipient_service
GROUP BY token
HAVING COUNT(DISTINCT recipient) > {max_holders}

-- step: holder_count_firsts
SELECT m.collection, m.token, e.entity, MIN(m.n) AS n, COUNT(DISTINCT m.recipient) AS accounts, MAX(m.quantity) AS most
FROM moves AS m
JOIN holder_count_busy AS b ON b.token = m.token
JOIN entities AS e ON e.party = m.recipient
WHERE m.many AND m.recipient IS NOT NULL AND NOT m.recipient_service
GROUP BY m.collection, m.token, e.entity

-- step: holder_count_running
SELECT f.collection, f.token, f.n, CAST(ROW_NUMBER() OVER (PARTITION BY f.token ORDER BY f.n) AS BIGINT) AS place
FROM holder_count_firsts AS f

-- step: holder_count_totals
SELECT collection, token, COUNT(*) AS holders, SUM(accounts) AS accounts, MAX(most) AS most
FROM holder_count_firsts
GROUP BY collection, token
HAVING COUNT(*) > {max_holders}

-- step: evidence
SELECT r.collection, r.token, CAST(-1 AS BIGINT) AS party, CAST(-1 AS BIGINT) AS other, CAST(0 AS BIGINT) AS episode, r.n,
  CASE WHEN r.place = {max_holders} + 1 THEN 'crossing' ELSE 'holder' END AS role
FROM holder_count_running AS r
JOIN holder_count_totals AS t ON t.token = r.token
WHERE r.place <= {max_holders} + 1

-- step: findings
SELECT t.collection, t.token, CAST(-1 AS BIGINT) AS party, CAST(-1 AS BIGINT) AS other, CAST(0 AS BIGINT) AS episode,
  CAST(t.holders AS BIGINT) AS holders, CAST(t.accounts AS BIGINT) AS accounts,
  CAST(30 AS BIGINT) AS part_cap,
  CAST(CASE WHEN t.holders >= 5 * {max_holders} THEN 30 WHEN t.holders >= 2 * {max_holders} THEN 20 ELSE 10 END AS BIGINT) AS part_excess,
  CAST(CASE WHEN t.most >= {lot} THEN 40 WHEN t.most > 1 THEN 15 ELSE 0 END AS BIGINT) AS part_lots
FROM holder_count_totals AS t
