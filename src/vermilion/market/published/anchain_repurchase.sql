-- step: anchain_repurchase_legs
SELECT token, collection, party, n, ms, sold,
  MAX(CASE WHEN sold = 1 THEN n END) OVER (PARTITION BY token, party ORDER BY n, sold ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS last,
  MAX(CASE WHEN sold = 1 THEN ms END) OVER (PARTITION BY token, party ORDER BY n, sold ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS last_ms
FROM (
  SELECT token, collection, sender AS party, n, ms, 1 AS sold FROM moves
  WHERE sale AND NOT many AND sender IS NOT NULL AND sender IS DISTINCT FROM recipient
  UNION ALL
  SELECT token, collection, recipient, n, ms, 0 FROM moves
  WHERE sale AND NOT many AND recipient IS NOT NULL AND sender IS DISTINCT FROM recipient
) AS legs

-- step: anchain_repurchase_again
SELECT token, collection, party, n, last FROM anchain_repurchase_legs
WHERE sold = 0 AND last IS NOT NULL AND ms - last_ms <= {days} * CAST(86400000 AS BIGINT)

-- step: evidence
SELECT DISTINCT collection, token, party, CAST(-1 AS BIGINT) AS other, CAST(0 AS BIGINT) AS episode, n, role FROM (
  SELECT collection, token, party, n, 'buy' AS role FROM anchain_repurchase_again
  UNION ALL
  SELECT collection, token, party, last, 'sell' FROM anchain_repurchase_again
) AS both_legs

-- step: findings
SELECT collection, token, party, other, episode, CAST(100 AS BIGINT) AS part_rule
FROM evidence
GROUP BY collection, token, party, other, episode
