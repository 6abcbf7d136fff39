-- step: round_trip_touched
SELECT DISTINCT token FROM moves WHERE NOT many AND (sender_service OR recipient_service)

-- step: round_trip_passages
-- A row that goes on from one service account to the next belongs to the passage before it.
SELECT s.token, s.passage,
  COALESCE(MAX(CASE WHEN s.sale THEN s.n END), MAX(s.n)) AS n,
  MAX(CASE WHEN NOT s.sender_service THEN s.sender END) AS sender,
  MAX(CASE WHEN NOT s.recipient_service THEN s.recipient END) AS recipient,
  MAX(CASE WHEN s.sale THEN 1 ELSE 0 END) AS sold,
  MAX(CASE WHEN s.sender_service OR s.recipient_service THEN 1 ELSE 0 END) AS served
FROM (
  SELECT a.*, SUM(CASE WHEN a.sender_service AND a.after_service THEN 0 ELSE 1 END)
    OVER (PARTITION BY a.token ORDER BY a.n ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS passage
  FROM (
    SELECT m.token, m.n, m.sale, m.sender, m.recipient, m.sender_service, m.recipient_service,
      COALESCE(LAG(m.recipient_service) OVER (PARTITION BY m.token ORDER BY m.n), FALSE) AS after_service
    FROM moves AS m JOIN round_trip_touched AS t ON t.token = m.token
    WHERE NOT m.many
  ) AS a
) AS s
GROUP BY s.token, s.passage

-- step: round_trip_again
-- Tokens that somebody got after having given them: few, and no other is looked at closely.
WITH hands AS (
  SELECT token, n, sender, recipient FROM round_trip_passages WHERE sender IS DISTINCT FROM recipient
  UNION ALL
  SELECT m.token, m.n, m.sender, m.recipient
  FROM moves AS m LEFT JOIN round_trip_touched AS t ON t.token = m.token
  WHERE t.token IS NULL AND NOT m.many AND m.sender IS DISTINCT FROM m.recipient
)
SELECT DISTINCT token FROM (
  SELECT token, party FROM (
    SELECT token, sender AS party, n AS gave, CAST(NULL AS BIGINT) AS took FROM hands WHERE sender IS NOT NULL
    UNION ALL
    SELECT token, recipient, CAST(NULL AS BIGINT), n FROM hands WHERE recipient IS NOT NULL
  ) AS legs
  GROUP BY token, party
  HAVING MAX(took) > MIN(gave)
) AS returned

-- step: round_trip_walk
-- `breaks` says that who receives does not continue what went before.
SELECT w.token, w.n, m.ms, w.sender, w.recipient, m.sale, m.priced, m.unit_log, m.currency,
  CASE WHEN m.kind = 'mint' OR m.kind = 'burn' THEN 1 ELSE w.breaks END AS breaks
FROM (
  SELECT p.token, p.n, p.sender, p.recipient,
    CASE WHEN p.served = 1 AND (p.sold = 0 OR p.sender IS NULL OR p.recipient IS NULL) THEN 1 ELSE 0 END AS breaks
  FROM round_trip_passages AS p JOIN round_trip_again AS a ON a.token = p.token
  WHERE p.sender IS DISTINCT FROM p.recipient
) AS w
JOIN moves AS m ON m.n = w.n
UNION ALL
SELECT m.token, m.n, m.ms, m.sender, m.recipient, m.sale, m.priced, m.unit_log, m.currency,
  CASE WHEN m.kind = 'mint' OR m.kind = 'burn' THEN 1 ELSE 0 END AS breaks
FROM moves AS m JOIN round_trip_again AS a ON a.token = m.token LEFT JOIN round_trip_touched AS t ON t.token = m.token
WHERE t.token IS NULL AND NOT m.many AND m.sender IS DISTINCT FROM m.recipient

-- step: round_trip_places
SELECT w.*,
  CAST(ROW_NUMBER() OVER (PARTITION BY w.token ORDER BY w.n) AS BIGINT) AS pos,
  LAG(w.recipient) OVER (PARTITION BY w.token ORDER BY w.n) AS holder,
  SUM(CASE WHEN w.priced THEN 1 ELSE 0 END)
    OVER (PARTITION BY w.token ORDER BY w.n ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS paid,
  SUM(w.breaks)
    OVER (PARTITION BY w.token ORDER BY w.n ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS segment
FROM round_trip_walk AS w

-- step: round_trip_loops
WITH stays AS (
  SELECT token, segment, recipient AS party, pos, n, ms, sale, priced, unit_log, currency, paid, TRUE AS taken
  FROM round_trip_places WHERE recipient IS NOT NULL
  UNION ALL
  SELECT token, segment - breaks, sender, pos - 1, n, ms, sale, priced, unit_log, currency,
    paid - CASE WHEN priced THEN 1 ELSE 0 END, FALSE
  FROM round_trip_places WHERE sender IS NOT NULL AND sender IS DISTINCT FROM holder
), returns AS (
  SELECT s.*,
    LAG(s.pos) OVER (PARTITION BY s.token, s.segment, s.party ORDER BY s.pos, s.n) AS since,
    LAG(s.paid) OVER (PARTITION BY s.token, s.segment, s.party ORDER BY s.pos, s.n) AS paid_since
  FROM stays AS s
), loops AS (
  SELECT r.token, r.party, r.n, r.pos, r.since, r.pos - r.since - 1 AS hands, r.paid - r.paid_since AS priced,
    r.ms - o.ms AS age,
    CASE WHEN o.priced AND r.priced AND o.currency = r.currency AND o.sender = r.party
      THEN r.unit_log - o.unit_log END AS drift,
    CASE WHEN o.sender = r.party AND NOT (o.sale AND r.sale) THEN 1 ELSE 0 END AS half
  FROM returns AS r JOIN round_trip_places AS o ON o.token = r.token AND o.pos = r.since + 1
  WHERE r.taken AND r.since IS NOT NULL AND r.pos - r.since >= 2 AND r.paid > r.paid_since
), scored AS (
  SELECT l.*,
    CASE WHEN age <= {fast_hours} * CAST(3600000 AS BIGINT) THEN 28
      WHEN age <= {soon_days} * CAST(86400000 AS BIGINT) THEN 24
      WHEN age <= {later_days} * CAST(86400000 AS BIGINT) THEN 16
      WHEN age <= {max_age_days} * CAST(86400000 AS BIGINT) THEN 8 ELSE 0 END AS short,
    CASE WHEN drift BETWEEN -{same_price} AND {same_price} THEN 25
      WHEN drift BETWEEN -{near_price} AND {near_price} THEN 22
      WHEN drift BETWEEN -{like_price} * hands AND {like_price} * hands THEN 18
      WHEN half = 1 THEN 18 ELSE 0 END AS close,
    CASE WHEN hands = 1 THEN 26 WHEN hands = 2 THEN 16 WHEN hands <= 4 THEN 12 WHEN hands <= 6 THEN 8 ELSE 0 END AS few
  FROM loops AS l
)
SELECT * FROM scored WHERE short + close + few >= {min_loop}

-- step: round_trip_rows
-- Running numbers of loops that have begun and ended cover the rows, however many loops overlap.
WITH marks AS (
  SELECT token, pos, SUM(begun) AS begun, SUM(ended) AS ended FROM (
    SELECT token, since + 1 AS pos, 1 AS begun, 0 AS ended FROM round_trip_loops
    UNION ALL
    SELECT token, pos, 0, 1 FROM round_trip_loops
  ) AS every
  GROUP BY token, pos
), open_loops AS (
  SELECT p.token, p.pos, p.n, p.ms, p.priced, COALESCE(k.begun, 0) AS begun, COALESCE(k.ended, 0) AS ended,
    SUM(COALESCE(k.begun, 0) - COALESCE(k.ended, 0))
      OVER (PARTITION BY p.token ORDER BY p.pos ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS running,
    COALESCE(LAG(k.ended) OVER (PARTITION BY p.token ORDER BY p.pos), 0) AS ended_before
  FROM round_trip_places AS p
  JOIN (SELECT DISTINCT token FROM round_trip_loops) AS l ON l.token = p.token
  LEFT JOIN marks AS k ON k.token = p.token AND k.pos = p.pos
)
SELECT token, pos, n, begun, ended, priced,
  MAX(CASE WHEN starts THEN pos END)
    OVER (PARTITION BY token ORDER BY pos ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS island,
  MAX(CASE WHEN starts THEN ms END)
    OVER (PARTITION BY token ORDER BY pos ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS episode
FROM (
  SELECT o.*, begun > 0 AND running - begun + ended = 0 AND ended_before = 0 AS starts FROM open_loops AS o
) AS flagged_rows
WHERE running + ended > 0

-- step: round_trip_best
SELECT * FROM (
  SELECT l.*, r.island, r.episode,
    CAST(ROW_NUMBER() OVER (PARTITION BY l.token, r.island ORDER BY l.short + l.close + l.few DESC, l.n) AS BIGINT) AS rank,
    COUNT(*) OVER (PARTITION BY l.token, r.island) AS loops
  FROM round_trip_loops AS l JOIN round_trip_rows AS r ON r.n = l.n
) AS ranked
WHERE rank = 1

-- step: evidence
SELECT m.collection, m.token, b.party, CAST(-1 AS BIGINT) AS other, b.episode, r.n,
  CASE WHEN r.ended > 0 THEN 'close' WHEN r.begun > 0 THEN 'open' WHEN r.priced THEN 'priced' ELSE 'free' END AS role
FROM round_trip_rows AS r
JOIN round_trip_best AS b ON b.token = r.token AND b.island = r.island
JOIN moves AS m ON m.n = r.n

-- step: findings
WITH counted AS (
  SELECT e.collection, e.token, e.party, e.other, e.episode,
    SUM(CASE WHEN m.priced THEN 1 ELSE 0 END) AS priced,
    SUM(CASE WHEN m.priced THEN 0 ELSE 1 END) AS free
  FROM evidence AS e JOIN moves AS m ON m.n = e.n
  GROUP BY e.collection, e.token, e.party, e.other, e.episode
)
SELECT c.collection, c.token, c.party, c.other, c.episode,
  CAST(b.loops AS BIGINT) AS loops,
  CAST((b.age - b.age % 3600000) / 3600000 AS BIGINT) AS hours,
  CAST((b.age - b.age % 86400000) / 86400000 AS BIGINT) AS age_days,
  CAST(c.priced AS BIGINT) AS priced, CAST(c.free AS BIGINT) AS free,
  CAST(b.hands AS BIGINT) AS hands, CAST(b.drift AS BIGINT) AS drift,
  CAST(b.short AS BIGINT) AS part_short, CAST(b.close AS BIGINT) AS part_price,
  CAST(b.few AS BIGINT) AS part_hands,
  CAST(CASE WHEN b.loops >= 5 THEN 24 WHEN b.loops >= 3 THEN 18 WHEN b.loops = 2 THEN 10 ELSE 0 END AS BIGINT) AS part_again
FROM counted AS c
JOIN round_trip_best AS b ON b.token = c.token AND b.episode = c.episode AND b.party = c.party
