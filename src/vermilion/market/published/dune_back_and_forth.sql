-- step: dune_back_and_forth_both
SELECT n, collection, token, low, high, ahead FROM (
  SELECT n, collection, token, low, high, ahead,
    MIN(ahead) OVER (PARTITION BY token, low, high) AS least,
    MAX(ahead) OVER (PARTITION BY token, low, high) AS most
  FROM (
    SELECT n, collection, token,
      CASE WHEN sender < recipient THEN sender ELSE recipient END AS low,
      CASE WHEN sender < recipient THEN recipient ELSE sender END AS high,
      CASE WHEN sender < recipient THEN 1 ELSE 0 END AS ahead
    FROM moves WHERE sale AND sender <> recipient
  ) AS directed
) AS known
WHERE least < most

-- step: evidence
SELECT collection, token, low AS party, high AS other, CAST(0 AS BIGINT) AS episode, n,
  CASE WHEN ahead = 1 THEN 'sell' ELSE 'buy' END AS role
FROM dune_back_and_forth_both

-- step: findings
SELECT collection, token, party, other, episode, CAST(100 AS BIGINT) AS part_rule
FROM evidence
GROUP BY collection, token, party, other, episode
