-- step: findings
SELECT collection, token, party, other, episode,
  COUNT(*) AS matched,
  CAST(COUNT(*) FILTER (WHERE role = 'short') AS BIGINT) AS within_short,
  CAST(COUNT(*) FILTER (WHERE role = 'middle') AS BIGINT) AS within_middle,
  CAST(COUNT(*) FILTER (WHERE role = 'long') AS BIGINT) AS within_long,
  CAST(40 AS BIGINT) AS part_neutral,
  CAST(CASE WHEN COUNT(*) >= 20 THEN 40 ELSE 2 * COUNT(*) END AS BIGINT) AS part_trades,
  CAST(CASE WHEN COUNT(*) FILTER (WHERE role = 'short') * 2 >= COUNT(*) THEN 20
    WHEN COUNT(*) FILTER (WHERE role <> 'long') * 2 >= COUNT(*) THEN 10 ELSE 0 END AS BIGINT) AS part_quick
FROM evidence
GROUP BY collection, token, party, other, episode
