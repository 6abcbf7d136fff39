-- step: dune_flash_loan_lent
SELECT DISTINCT o.tx
FROM payments AS o
JOIN (SELECT DISTINCT party FROM services WHERE role = 'lending') AS s ON s.party = o.payer
JOIN payments AS b ON b.tx = o.tx AND b.payer = o.payee AND b.payee = o.payer AND b.n > o.n
WHERE b.amount >= o.amount AND b.currency = o.currency

-- step: evidence
SELECT m.collection, m.token, CAST(-1 AS BIGINT) AS party, CAST(-1 AS BIGINT) AS other,
  CAST(0 AS BIGINT) AS episode, m.n, 'priced' AS role
FROM moves AS m JOIN dune_flash_loan_lent AS l ON l.tx = m.tx
WHERE m.sale

-- step: findings
SELECT collection, token, party, other, episode, CAST(100 AS BIGINT) AS part_rule
FROM evidence
GROUP BY collection, token, party, other, episode
