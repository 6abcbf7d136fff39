-- step: repeated_token_often
SELECT token, recipient AS party, 'buy' AS side, COUNT(*) AS times FROM moves
WHERE sale AND NOT many AND NOT sender_service AND NOT recipient_service AND recipient IS NOT NULL AND sender IS DISTINCT FROM recipient
GROUP BY token, recipient
HAVING COUNT(*) >= {min_times}
UNION ALL
SELECT token, sender, 'sell', COUNT(*) FROM moves
WHERE sale AND NOT many AND NOT sender_service AND NOT recipient_service AND sender IS NOT NULL AND sender IS DISTINCT FROM recipient
GROUP BY token, sender
HAVING COUNT(*) >= {min_times}

-- step: repeated_token_sides
WITH sales AS (
  SELECT m.token, m.sender, m.recipient, m.n, m.ms
  FROM moves AS m JOIN (SELECT DISTINCT token FROM repeated_token_often) AS o ON o.token = m.token
  WHERE sale AND NOT many AND NOT sender_service AND NOT recipient_service AND m.sender IS DISTINCT FROM m.recipient
)
SELECT token, recipient AS party, sender AS other, n, ms, 'buy' AS side FROM sales WHERE recipient IS NOT NULL
UNION ALL
SELECT token, sender, recipient, n, ms, 'sell' FROM sales WHERE sender IS NOT NULL

-- step: repeated_token_rows
SELECT s.* FROM repeated_token_sides AS s
JOIN repeated_token_often AS o ON o.token = s.token AND o.party = s.party AND o.side = s.side

-- step: repeated_token_backs
-- Purchases from whom the party last sold it to, and sales to whom it last bought it from.
SELECT token, party, side, SUM(CASE WHEN other = last_other AND side <> last_side THEN 1 ELSE 0 END) AS back FROM (
  SELECT s.token, s.party, s.side, s.other,
    LAG(s.other) OVER (PARTITION BY s.token, s.party ORDER BY s.n) AS last_other,
    LAG(s.side) OVER (PARTITION BY s.token, s.party ORDER BY s.n) AS last_side
  FROM repeated_token_sides AS s
  JOIN (SELECT DISTINCT token, party FROM repeated_token_often) AS o ON o.token = s.token AND o.party = s.party
) AS turns
GROUP BY token, party, side

-- step: repeated_token_spans
SELECT token, party, side, MIN(span) AS span FROM (
  SELECT token, party, side,
    ms - LAG(ms, {min_times} - 1) OVER (PARTITION BY token, party, side ORDER BY n) AS span
  FROM repeated_token_rows
) AS runs
GROUP BY token, party, side

-- step: repeated_token_counterparties
SELECT token, party, side, MAX(times) AS same FROM (
  SELECT token, party, side, other, COUNT(*) AS times FROM repeated_token_rows
  WHERE other IS NOT NULL
  GROUP BY token, party, side, other
) AS each_other
GROUP BY token, party, side

-- step: repeated_token_scores
SELECT token, party, MAX(bought) AS bought, MAX(sold) AS sold, MAX(same) AS same, MAX(back) AS back, MIN(span) AS span,
  MAX(part_times) AS part_times, MAX(part_same) AS part_same, MAX(part_soon) AS part_soon
FROM (
  SELECT token, party, bought, sold, same, back, span, part_times, part_same, part_soon,
    CAST(ROW_NUMBER() OVER (PARTITION BY token, party ORDER BY part_times + part_same + part_soon DESC, side) AS BIGINT) AS best
  FROM (
    SELECT o.token, o.party, o.side, COALESCE(c.same, 0) AS same, k.back, p.span,
      SUM(CASE WHEN o.side = 'buy' THEN o.times ELSE 0 END) OVER (PARTITION BY o.token, o.party) AS bought,
      SUM(CASE WHEN o.side = 'sell' THEN o.times ELSE 0 END) OVER (PARTITION BY o.token, o.party) AS sold,
      CASE WHEN o.times >= {often} THEN 26 WHEN o.times > {min_times} THEN 24 ELSE 20 END AS part_times,
      CASE WHEN COALESCE(c.same, 0) = o.times OR k.back >= o.times - 1 THEN 40
        WHEN COALESCE(c.same, 0) * 4 >= o.times * 3 OR k.back * 4 >= o.times * 3 THEN 30
        WHEN COALESCE(c.same, 0) * 2 >= o.times OR k.back * 2 >= o.times THEN 10 ELSE 0 END AS part_same,
      CASE WHEN p.span <= {soon_days} * CAST(86400000 AS BIGINT) THEN 18
        WHEN p.span <= {later_days} * CAST(86400000 AS BIGINT) THEN 10 ELSE 0 END AS part_soon
    FROM repeated_token_often AS o
    JOIN repeated_token_spans AS p ON p.token = o.token AND p.party = o.party AND p.side = o.side
    JOIN repeated_token_backs AS k ON k.token = o.token AND k.party = o.party AND k.side = o.side
    LEFT JOIN repeated_token_counterparties AS c ON c.token = o.token AND c.party = o.party AND c.side = o.side
  ) AS sides
) AS ranked
WHERE best = 1
GROUP BY token, party

-- step: evidence
SELECT m.collection, m.token, r.party, CAST(-1 AS BIGINT) AS other, CAST(0 AS BIGINT) AS episode, r.n, r.side AS role
FROM repeated_token_rows AS r JOIN moves AS m ON m.n = r.n

-- step: findings
SELECT e.collection, e.token, e.party, e.other, e.episode,
  CAST(s.bought AS BIGINT) AS bought, CAST(s.sold AS BIGINT) AS sold, CAST(s.same AS BIGINT) AS same, CAST(s.back AS BIGINT) AS back,
  CAST((s.span - s.span % 3600000) / 3600000 AS BIGINT) AS hours,
  CAST(s.part_times AS BIGINT) AS part_times, CAST(s.part_same AS BIGINT) AS part_same,
  CAST(s.part_soon AS BIGINT) AS part_soon
FROM (SELECT DISTINCT collection, token, party, other, episode FROM evidence) AS e
JOIN repeated_token_scores AS s ON s.token = e.token AND s.party = e.party
