-- step: pair_symmetry_pairs
SELECT collection, low, high, COUNT(*) AS trades,
  COUNT(*) FILTER (WHERE sender = low) AS forward, COUNT(*) FILTER (WHERE sender = high) AS backward
FROM (
  SELECT collection, sender, CASE WHEN sender < recipient THEN sender ELSE recipient END AS low,
    CASE WHEN sender < recipient THEN recipient ELSE sender END AS high
  FROM moves WHERE sale AND sender <> recipient AND NOT sender_service AND NOT recipient_service
) AS sales
GROUP BY collection, low, high
HAVING COUNT(*) >= {min_trades}
  AND COUNT(*) FILTER (WHERE sender = low) * 100 >= COUNT(*) FILTER (WHERE sender = high) * {symmetry}
  AND COUNT(*) FILTER (WHERE sender = high) * 100 >= COUNT(*) FILTER (WHERE sender = low) * {symmetry}

-- step: pair_symmetry_totals
SELECT t.collection, t.party, COUNT(*) AS trades FROM (
  SELECT collection, sender AS party FROM moves WHERE sale AND sender <> recipient AND NOT sender_service AND NOT recipient_service
  UNION ALL
  SELECT collection, recipient FROM moves WHERE sale AND sender <> recipient AND NOT sender_service AND NOT recipient_service
) AS t
JOIN (
  SELECT collection, low AS party FROM pair_symmetry_pairs
  UNION
  SELECT collection, high FROM pair_symmetry_pairs
) AS p ON p.collection = t.collection AND p.party = t.party
GROUP BY t.collection, t.party

-- step: pair_symmetry_scores
SELECT p.*, CASE WHEN a.trades < b.trades THEN a.trades ELSE b.trades END AS least,
  CASE WHEN p.forward < p.backward THEN p.forward ELSE p.backward END AS rarer,
  CASE WHEN p.forward < p.backward THEN p.backward ELSE p.forward END AS commoner
FROM pair_symmetry_pairs AS p
JOIN pair_symmetry_totals AS a ON a.collection = p.collection AND a.party = p.low
JOIN pair_symmetry_totals AS b ON b.collection = p.collection AND b.party = p.high

-- step: evidence
SELECT s.collection, CAST(-1 AS BIGINT) AS token, p.low AS party, p.high AS other, CAST(0 AS BIGINT) AS episode, s.n,
  CASE WHEN s.sender = p.low THEN 'sell' ELSE 'buy' END AS role
FROM moves AS s
JOIN pair_symmetry_pairs AS p ON p.collection = s.collection
  AND p.low = CASE WHEN s.sender < s.recipient THEN s.sender ELSE s.recipient END
  AND p.high = CASE WHEN s.sender < s.recipient THEN s.recipient ELSE s.sender END
WHERE s.sale AND s.sender <> s.recipient AND NOT s.sender_service AND NOT s.recipient_service

-- step: findings
SELECT e.collection, e.token, e.party, e.other, e.episode,
  CAST(p.forward AS BIGINT) AS forward, CAST(p.backward AS BIGINT) AS backward,
  CAST((p.trades * 100 - (p.trades * 100) % p.least) / p.least AS BIGINT) AS share,
  CAST(CASE WHEN p.rarer * 10 >= p.commoner * 9 THEN 20 WHEN p.rarer * 10 >= p.commoner * 8 THEN 16 ELSE 10 END AS BIGINT) AS part_symmetry,
  CAST(CASE WHEN p.trades >= {many_trades} THEN 20 WHEN p.trades >= {min_trades} + 2 THEN 15 ELSE 10 END AS BIGINT) AS part_trades,
  CAST(CASE WHEN p.trades * 10 >= p.least * 8 THEN 50 WHEN p.trades * 2 >= p.least THEN 38
    WHEN p.trades * 4 >= p.least THEN 22 WHEN p.trades * 10 >= p.least THEN 8 ELSE 0 END AS BIGINT) AS part_share
FROM (SELECT DISTINCT collection, token, party, other, episode FROM evidence) AS e
JOIN pair_symmetry_scores AS p ON p.collection = e.collection AND p.low = e.party AND p.high = e.other
