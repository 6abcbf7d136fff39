-- step: dune_three_times_counted
SELECT m.n, m.ms, m.collection, m.token, m.sender, m.recipient,
  COUNT(*) OVER (PARTITION BY m.token, m.recipient) AS bought,
  COUNT(*) OVER (PARTITION BY m.token, m.sender) AS sold
FROM moves AS m WHERE m.sale AND NOT m.many

-- step: evidence
SELECT collection, token, party, CAST(-1 AS BIGINT) AS other, CAST(0 AS BIGINT) AS episode, n, role FROM (
  SELECT c.collection, c.token, c.recipient AS party, c.n, 'buy' AS role
  FROM dune_three_times_counted AS c
  LEFT JOIN (SELECT DISTINCT party FROM services WHERE role = 'lending') AS s ON s.party = c.recipient
  WHERE c.bought >= 3 AND c.recipient IS NOT NULL AND s.party IS NULL
  UNION ALL
  SELECT collection, token, sender, n, 'sell' FROM dune_three_times_counted WHERE sold >= 3 AND sender IS NOT NULL
) AS either

-- step: findings
SELECT collection, token, party, other, episode, CAST(100 AS BIGINT) AS part_rule
FROM evidence
GROUP BY collection, token, party, other, episode
