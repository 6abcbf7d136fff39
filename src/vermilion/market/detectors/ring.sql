-- step: ring_legs
-- Passages through services have two rows, of which one side each is a member.
SELECT e.collection, e.token, e.party, e.other, e.episode, e.n, m.ms, m.priced, m.unit_log, m.currency,
  CASE WHEN m.sender_service THEN NULL ELSE m.sender END AS sender,
  CASE WHEN m.recipient_service THEN NULL ELSE m.recipient END AS recipient
FROM evidence AS e JOIN moves AS m ON m.n = e.n

-- step: ring_members
SELECT collection, token, party, other, episode, COUNT(*) AS members, MIN(member) AS low, MAX(member) AS high,
  SUM(CAST(member AS DECIMAL(38,0))) AS power, SUM(CAST(member AS DECIMAL(18,0)) * CAST(member AS DECIMAL(18,0))) AS square
FROM (
  SELECT collection, token, party, other, episode, sender AS member FROM ring_legs WHERE sender IS NOT NULL
  UNION
  SELECT collection, token, party, other, episode, recipient FROM ring_legs WHERE recipient IS NOT NULL
) AS sides
GROUP BY collection, token, party, other, episode

-- step: ring_sets
-- A set is told by its size, ends, sum and sum of squares: exact up to four members.
SELECT collection, members, low, high, power, square, COUNT(DISTINCT token) AS tokens
FROM ring_members
GROUP BY collection, members, low, high, power, square

-- step: ring_ends
SELECT collection, token, party, other, episode, COUNT(*) AS legs,
  SUM(CASE WHEN priced THEN 1 ELSE 0 END) AS priced, MIN(ms) AS first_ms, MAX(ms) AS last_ms,
  MAX(CASE WHEN turn = 1 THEN sender END) AS opens, MAX(CASE WHEN back = 1 THEN recipient END) AS closes,
  CASE WHEN COUNT(DISTINCT CASE WHEN priced THEN currency END) = 1 AND SUM(CASE WHEN priced THEN 1 ELSE 0 END) > 1
    THEN MAX(CASE WHEN priced THEN unit_log END) - MIN(CASE WHEN priced THEN unit_log END) END AS spread
FROM (
  SELECT l.*,
    CAST(ROW_NUMBER() OVER (PARTITION BY collection, token, party, other, episode ORDER BY n) AS BIGINT) AS turn,
    CAST(ROW_NUMBER() OVER (PARTITION BY collection, token, party, other, episode ORDER BY n DESC) AS BIGINT) AS back
  FROM ring_legs AS l
) AS ranked
GROUP BY collection, token, party, other, episode

-- step: ring_ways
SELECT collection, token, party, other, episode, COUNT(*) AS ways FROM (
  SELECT DISTINCT collection, token, party, other, episode, sender, recipient FROM ring_legs
) AS each_way
GROUP BY collection, token, party, other, episode

-- step: ring_traded
SELECT m.token, COUNT(*) AS sales FROM moves AS m
JOIN (SELECT DISTINCT token FROM evidence) AS e ON e.token = m.token
WHERE m.priced
GROUP BY m.token

-- step: findings
WITH told AS (
  SELECT e.*, k.members, s.tokens, w.ways, t.sales,
    CASE WHEN e.opens = e.closes THEN 1 ELSE 0 END AS neutral,
    CASE WHEN k.members >= {min_members} OR s.tokens >= {min_tokens} THEN 1 ELSE 0 END AS group_of
  FROM ring_ends AS e
  JOIN ring_members AS k ON k.collection = e.collection AND k.token = e.token AND k.party = e.party AND k.episode = e.episode
  JOIN ring_sets AS s ON s.collection = k.collection AND s.members = k.members AND s.low = k.low AND s.high = k.high
    AND s.power = k.power AND s.square = k.square
  JOIN ring_ways AS w ON w.collection = e.collection AND w.token = e.token AND w.party = e.party AND w.episode = e.episode
  JOIN ring_traded AS t ON t.token = e.token
)
SELECT collection, token, party, other, episode,
  CAST(members AS BIGINT) AS members, CAST(legs AS BIGINT) AS legs, CAST(priced AS BIGINT) AS priced,
  CAST(tokens AS BIGINT) AS tokens, CAST(neutral AS BIGINT) AS neutral, CAST(spread AS BIGINT) AS spread,
  CAST((priced * 100 - (priced * 100) % sales) / sales AS BIGINT) AS share,
  CAST(((last_ms - first_ms) - (last_ms - first_ms) % 86400000) / 86400000 AS BIGINT) AS days,
  CAST(group_of * CASE WHEN neutral = 1 THEN 20 ELSE 0 END AS BIGINT) AS part_neutral,
  CAST(group_of * CASE WHEN spread <= {flat_price} THEN 19 WHEN spread <= {like_price} * (priced - 1) THEN 12 ELSE 0 END AS BIGINT) AS part_flat,
  CAST(group_of * CASE WHEN members <= {few_members} THEN 10 ELSE 0 END AS BIGINT) AS part_few,
  CAST(group_of * CASE WHEN last_ms - first_ms <= {soon_days} * CAST(86400000 AS BIGINT) THEN 25
    WHEN last_ms - first_ms <= {later_days} * CAST(86400000 AS BIGINT) THEN 20
    WHEN last_ms - first_ms <= {late_days} * CAST(86400000 AS BIGINT) THEN 6 ELSE 0 END AS BIGINT) AS part_soon,
  CAST(group_of * CASE WHEN legs >= 2 * ways AND members <= {few_members} THEN 15 ELSE 0 END AS BIGINT) AS part_again,
  CAST(group_of * CASE WHEN tokens >= {min_tokens} + 1 THEN 40 WHEN tokens >= {min_tokens} THEN 30 ELSE 0 END AS BIGINT) AS part_tokens
FROM told
