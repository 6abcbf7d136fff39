-- step: evidence
SELECT m.collection, m.token, m.sender AS party, CAST(-1 AS BIGINT) AS other,
  CAST(0 AS BIGINT) AS episode, m.n, CASE WHEN m.priced THEN 'priced' ELSE 'sell' END AS role
FROM moves AS m
WHERE m.sale AND m.sender = m.recipient AND NOT m.sender_service AND NOT m.recipient_service

-- step: findings
SELECT collection, token, party, other, episode,
  CAST(90 AS BIGINT) AS part_same,
  CAST(CASE WHEN COUNT(*) > 1 THEN 10 ELSE 0 END AS BIGINT) AS part_again
FROM evidence
GROUP BY collection, token, party, other, episode
