-- step: reservoir_pair_directed
SELECT n, collection, low, high, ahead, price, price <= {most_units} AS trifling,
  MIN(ahead) OVER (PARTITION BY collection, low, high) AS least,
  MAX(ahead) OVER (PARTITION BY collection, low, high) AS most
FROM (
  SELECT n, collection, price,
    CASE WHEN sender < recipient THEN sender ELSE recipient END AS low,
    CASE WHEN sender < recipient THEN recipient ELSE sender END AS high,
    CASE WHEN sender < recipient THEN 1 WHEN sender > recipient THEN 0 END AS ahead
  FROM moves WHERE sale AND sender IS NOT NULL AND recipient IS NOT NULL
) AS directed

-- step: evidence
SELECT collection, CAST(-1 AS BIGINT) AS token, low AS party, high AS other, CAST(0 AS BIGINT) AS episode, n,
  CASE WHEN ahead = 1 THEN 'sell' ELSE 'buy' END AS role
FROM reservoir_pair_directed WHERE least < most OR trifling

-- step: findings
SELECT collection, token, party, other, episode, CAST(100 AS BIGINT) AS part_rule
FROM evidence
GROUP BY collection, token, party, other, episode
