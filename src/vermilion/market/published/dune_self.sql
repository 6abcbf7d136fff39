-- step: evidence
SELECT collection, token, sender AS party, CAST(-1 AS BIGINT) AS other, CAST(0 AS BIGINT) AS episode, n, 'sell' AS role
FROM moves WHERE sale AND sender = recipient

-- step: findings
SELECT collection, token, party, other, episode, CAST(100 AS BIGINT) AS part_rule
FROM evidence
GROUP BY collection, token, party, other, episode
