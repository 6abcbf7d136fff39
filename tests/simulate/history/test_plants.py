"""Plants are what they are said to be, and look-alikes are innocent."""

from __future__ import annotations

import pytest

from vermilion.simulate.history import INNOCENTS, PATTERNS

from .samples import CONFIG, ask

LOOPS = "pattern IN ('round_trip', 'ring')"


def test_everything_is_planted() -> None:
    """Each pattern and each look-alike occurs, under its own flag."""
    told = dict(ask("SELECT DISTINCT pattern, innocent FROM truth"))
    assert told == dict.fromkeys(PATTERNS, False) | dict.fromkeys(INNOCENTS, True)


def test_prevalence_is_as_asked() -> None:
    """Planted sales are about as many as the share of all sales that was asked for."""
    [(planted, sales)] = ask(
        "SELECT COUNT(*) FILTER (WHERE NOT innocent), (SELECT COUNT(*) FROM moves WHERE kind = 'sale') "
        "FROM planted WHERE kind = 'sale'"
    )
    assert planted / sales == pytest.approx(CONFIG.planted / 1_000, rel=0.35)


def test_loops_close() -> None:
    """A loop starts with its first owner and comes back to him, by as many owners as it says."""
    rows = ask(
        "SELECT plant, ANY_VALUE(loop), ARG_MIN(sender, step), ARG_MAX(recipient, step), "
        "COUNT(*) FILTER (WHERE kind = 'sale'), ANY_VALUE(free_legs), ANY_VALUE(relays), "
        "COUNT(*), ANY_VALUE(escrow), COUNT(DISTINCT token), ANY_VALUE(members), "
        f"LIST(DISTINCT recipient) FROM planted WHERE {LOOPS} GROUP BY plant"
    )
    assert {row[1] for row in rows} == {2, 3, 4, 5, 6}
    for _, loop, first, last, sales, free, relays, moves, escrow, tokens, members, takers in rows:
        assert first == last
        assert tokens == 1
        assert sales == loop - free >= 1
        assert moves == loop + relays + (sales if escrow else 0)
        assert escrow or len(takers) == members == loop + relays


def test_loops_take_their_time() -> None:
    """The delay told is the time from first to last leg, from minutes to months."""
    rows = ask(
        f"SELECT ANY_VALUE(delay_ms), MAX(ms) - MIN(ms) FROM planted WHERE {LOOPS} "
        "AND role <> 'escrow' GROUP BY plant"
    )
    for told, taken in rows:
        # Blocks of the chain are twelve seconds apart.
        assert abs(told - taken) <= 12_000
    days = [told / 86_400_000 for told, _ in rows]
    assert min(days) < 1 / 24
    assert max(days) > 30


def test_ways_of_loops() -> None:
    """Some loops have free legs, some a relay, some an escrow account between, most none of these."""
    [(free, relayed, escrowed, every)] = ask(
        "SELECT COUNT(*) FILTER (WHERE free_legs > 0), SUM(relays), COUNT(*) FILTER (WHERE escrow), "
        f"COUNT(*) FROM (SELECT DISTINCT ON (plant) * FROM truth WHERE {LOOPS})"
    )
    assert 0 < free < every / 2
    assert 0 < relayed < every / 2
    assert 0 < escrowed < every / 2
    [(kept,)] = ask(
        "SELECT COUNT(*) FROM planted p JOIN accounts a ON a.party = p.recipient "
        "WHERE p.role = 'escrow' AND a.role <> 'escrow'"
    )
    assert kept == 0


def test_self_trades_are_with_oneself() -> None:
    """A self trade has one party on both sides."""
    assert ask(
        "SELECT COUNT(*) FROM planted WHERE pattern = 'self_trade' AND sender <> recipient"
    ) == [(0,)]


def test_sold_given_back_and_sold_again() -> None:
    """Between two sales to the same wallet the token comes back for nothing."""
    rows = ask(
        "SELECT LIST(kind ORDER BY step), COUNT(DISTINCT sender), COUNT(DISTINCT recipient) "
        "FROM planted WHERE pattern = 'trade_transfer_trade' GROUP BY plant"
    )
    for kinds, senders, recipients in rows:
        assert kinds == ["sale", "transfer"] * (len(kinds) // 2) + ["sale"]
        assert len(kinds) >= 3
        assert (senders, recipients) == (2, 2)


def test_pairs_sell_each_other_alike() -> None:
    """Each of a pair sells the other as many tokens as it buys, and none comes back."""
    rows = ask(
        "SELECT COUNT(*), COUNT(DISTINCT token), COUNT(DISTINCT sender), MAX(n), MIN(n) FROM "
        "(SELECT plant, token, sender, COUNT(*) OVER (PARTITION BY plant, sender) AS n "
        "FROM planted WHERE pattern = 'pair_symmetry') GROUP BY plant"
    )
    for sales, tokens, sellers, most, least in rows:
        assert sales == tokens >= 10
        assert sellers == 2
        assert most == least


@pytest.mark.parametrize("pattern", ["common_funder", "chain_funder", "seller_funds_buyer"])
def test_funded_groups_are_one_purse(pattern: str) -> None:
    """Who trades in a funded group is joined by first payments to all others of it, and got them before."""
    rows = ask(
        "WITH first AS (SELECT payee, ARG_MIN(payer, (ms, position)) AS payer, MIN(ms) AS ms "
        "FROM payments GROUP BY payee), "
        f"sold AS (SELECT * FROM planted WHERE pattern = '{pattern}') "
        "SELECT s.plant, s.sender, s.recipient, a.payer, b.payer, b.ms < s.ms "
        "FROM sold s JOIN first a ON a.payee = s.sender JOIN first b ON b.payee = s.recipient"
    )
    assert rows
    for _, seller, buyer, paid_seller, paid_buyer, before in rows:
        linked = {
            "common_funder": paid_seller == paid_buyer,
            "chain_funder": paid_buyer == seller,
            "seller_funds_buyer": paid_buyer == seller,
        }
        assert linked[pattern]
        assert before
        assert seller != buyer


def test_sellers_who_fund_are_funded_by_exchanges() -> None:
    """A seller who funds his buyer got his own first money from a service."""
    rows = ask(
        "SELECT DISTINCT a.role FROM truth t JOIN payments p USING (id) "
        "JOIN payments q ON q.payee = p.payer LEFT JOIN accounts a ON a.party = q.payer "
        "WHERE t.pattern = 'seller_funds_buyer' AND t.kind = 'payment'"
    )
    assert {role for (role,) in rows} <= {"exchange", "bridge", "mixer", "platform"}


def test_entity_loops_return_to_the_purse() -> None:
    """An entity's loop ends with another wallet than it began with, of the same first funder."""
    rows = ask(
        "WITH first AS (SELECT payee, ARG_MIN(payer, (ms, position)) AS payer FROM payments GROUP BY 1), "
        "ends AS (SELECT plant, ARG_MIN(sender, step) AS a, ARG_MAX(recipient, step) AS b "
        "FROM planted WHERE pattern = 'entity_loop' GROUP BY plant) "
        "SELECT e.a <> e.b, x.payer = y.payer FROM ends e JOIN first x ON x.payee = e.a "
        "JOIN first y ON y.payee = e.b"
    )
    assert set(rows) == {(True, True)}


def test_matched_groups_end_where_they_began() -> None:
    """In a volume-matched group every member's units in and out cancel out, in unlike parts."""
    rows = ask(
        "SELECT plant, party, SUM(units), COUNT(*) FROM (SELECT plant, sender AS party, -quantity AS units "
        "FROM planted WHERE pattern = 'volume_matched' UNION ALL SELECT plant, recipient, quantity "
        "FROM planted WHERE pattern = 'volume_matched') GROUP BY plant, party"
    )
    assert {row[2] for row in rows} == {0}
    assert all(row[3] >= 4 for row in rows)
    [(many, sizes)] = ask(
        "SELECT BOOL_AND(many), COUNT(DISTINCT quantity) FROM planted WHERE pattern = 'volume_matched'"
    )
    assert many
    assert sizes > 3


def test_limits_are_evaded_by_the_planted_only() -> None:
    """Each planted buyer keeps to the limit, all of them together do not, and nobody else exceeds it."""
    rows = ask(
        "SELECT plant, COUNT(*), COUNT(DISTINCT recipient), MAX(n), ANY_VALUE(per_person_cap), "
        "ANY_VALUE(members) FROM (SELECT *, COUNT(*) OVER (PARTITION BY plant, recipient) AS n "
        "FROM planted WHERE pattern = 'limit_evasion' AND role = 'primary') "
        "JOIN issues USING (collection) GROUP BY plant"
    )
    assert rows
    for _, bought, people, most, cap, members in rows:
        assert most == cap
        assert people == members
        assert bought == people * cap > cap
    over = ask(
        "SELECT m.collection, m.recipient FROM (SELECT DISTINCT * FROM moves) m "
        "JOIN issues i USING (collection) WHERE m.kind = 'sale' AND m.sender = i.issuer "
        "OR m.kind = 'mint' AND m.recipient <> i.issuer "
        "GROUP BY m.collection, m.recipient HAVING COUNT(*) > ANY_VALUE(i.per_person_cap)"
    )
    assert not over


def test_divided_tokens_alone_have_too_many_holders() -> None:
    """Only tokens that were planted so are ever held by more than two hundred."""
    held = ask("SELECT token FROM moves GROUP BY token HAVING COUNT(DISTINCT recipient) > 201")
    planted = ask("SELECT DISTINCT token FROM planted WHERE pattern = 'divided_token'")
    assert set(held) == set(planted)


def test_too_soon_is_planted_on_the_platform_only() -> None:
    """On the platform nobody sells within five days what was bought, unless it is planted."""
    rows = ask(
        "SELECT DISTINCT COALESCE(t.pattern, '') FROM (SELECT *, LAG(ms) OVER (PARTITION BY token "
        "ORDER BY ms, position) AS before, LAG(kind) OVER (PARTITION BY token ORDER BY ms, position) "
        "AS was FROM (SELECT DISTINCT * FROM moves) WHERE source = 'lanting') m "
        "LEFT JOIN truth t USING (source, id) "
        "WHERE m.kind = 'sale' AND was IN ('sale', 'transfer') AND m.ms - before < 5 * 86400000"
    )
    assert ("",) not in rows
    assert ("t_plus_5",) in rows


@pytest.mark.parametrize(("pattern", "times"), [("surge", 2), ("floor_run_up", 1.7)])
def test_prices_are_driven(pattern: str, times: float) -> None:
    """The last planted sales cost a multiple of what the collection cost before."""
    rows = ask(
        "WITH told AS (SELECT collection, MIN(ms) AS since, MAX(ms) AS until FROM planted "
        f"WHERE pattern = '{pattern}' GROUP BY collection) "
        "SELECT MEDIAN(price) FILTER (WHERE m.ms < since), "
        "MEDIAN(price) FILTER (WHERE m.ms > until - (until - since) / 4 AND m.ms <= until) "
        "FROM moves m JOIN told USING (collection) JOIN issues i USING (collection) "
        "WHERE kind = 'sale' AND sender IS DISTINCT FROM i.issuer GROUP BY collection"
    )
    assert rows
    assert all(float(high) > times * float(low) for low, high in rows)


def test_sleepers_slept() -> None:
    """A collection that is awakened was not traded for half a year before."""
    rows = ask(
        "WITH told AS (SELECT collection, MIN(ms) AS since FROM planted "
        "WHERE pattern = 'dormant_awakening' GROUP BY collection) "
        "SELECT since - MAX(ms) FROM moves JOIN told USING (collection) WHERE ms < since GROUP BY "
        "collection, since"
    )
    assert rows
    assert min(quiet for (quiet,) in rows) > 180 * 86_400_000


def test_news_comes_before_innocent_surges_only() -> None:
    """A surge with an announcement within a day before is a look-alike; a planted one has none."""
    rows = ask(
        "SELECT pattern, COUNT(n.id) > 0 FROM (SELECT pattern, collection, MIN(ms) AS ms FROM planted "
        "WHERE pattern IN ('surge', 'news_surge') GROUP BY pattern, collection, plant) s LEFT JOIN news n "
        "ON n.collection = s.collection AND n.ms BETWEEN s.ms - 2 * 86400000 AND s.ms GROUP BY s.pattern, "
        "s.collection"
    )
    assert set(rows) == {("surge", False), ("news_surge", True)}


def test_refunds_lie_in_the_transaction() -> None:
    """In the transaction of a refunded sale the seller pays nearly the price back to the buyer."""
    rows = ask(
        "SELECT p.amount / m.price FROM planted m LEFT JOIN payments p ON p.tx = m.tx AND p.payer = m.sender "
        "AND p.payee = m.recipient WHERE m.pattern = 'instant_refund'"
    )
    assert rows
    assert all(0.96 < float(share) <= 1 for (share,) in rows)


def test_borrowed_money_goes_back_in_the_transaction() -> None:
    """A sale with borrowed money has a lender in its transaction who is paid and repaid."""
    rows = ask(
        "SELECT COUNT(DISTINCT m.id), COUNT(*) FILTER (WHERE a.party = p.payer), "
        "COUNT(*) FILTER (WHERE a.party = p.payee) FROM planted m JOIN payments p USING (tx) "
        "LEFT JOIN accounts a ON a.role = 'lending' AND a.party IN (p.payer, p.payee) "
        "WHERE m.pattern = 'flash_loan' GROUP BY m.tx"
    )
    assert set(rows) == {(2, 2, 2)}


def test_buy_backs_are_by_the_collector() -> None:
    """A look-alike buy-back is by who sold first, after two months at least, from a third owner."""
    rows = ask(
        "SELECT ARG_MIN(sender, step) = ARG_MAX(recipient, step), MAX(ms) - MIN(ms) >= 59 * 86400000::BIGINT, "
        "COUNT(DISTINCT recipient) FROM planted WHERE pattern = 'buy_back' GROUP BY plant"
    )
    assert set(rows) == {(True, True, 3)}


def test_lenders_and_keepers_are_on_the_list() -> None:
    """What goes to a lender, keeper or bridge and comes back passes an account of that role."""
    rows = ask(
        "SELECT DISTINCT p.pattern, a.role FROM planted p LEFT JOIN accounts a ON a.party = p.recipient "
        "WHERE p.role = 'deposit'"
    )
    assert set(rows) == {("lender", "lending"), ("custody", "custody"), ("bridge", "bridge")}


def test_families_and_users_buy_from_strangers() -> None:
    """Those whom a relative or an issuer has funded never trade with each other or the funder."""
    rows = ask(
        "WITH family AS (SELECT t.plant, UNNEST([p.payer, p.payee]) AS party FROM truth t "
        "JOIN payments p USING (source, id) WHERE t.pattern IN ('family', 'official_funder')) "
        "SELECT COUNT(*) FROM planted m JOIN family a ON a.party = m.sender AND a.plant = m.plant "
        "JOIN family b ON b.party = m.recipient AND b.plant = m.plant"
    )
    assert rows == [(0,)]


def test_collectors_stay_within_the_rules() -> None:
    """A big collector buys exactly what one person may."""
    rows = ask(
        "SELECT COUNT(*) = ANY_VALUE(per_person_cap), COUNT(DISTINCT recipient) FROM planted "
        "JOIN issues USING (collection) WHERE pattern = 'big_collector' GROUP BY plant"
    )
    assert set(rows) == {(True, 1)}


def test_innocents_are_nobody_of_a_plant() -> None:
    """No move is told of twice, and no look-alike's own party belongs to a plant."""
    [(twice,)] = ask("SELECT COUNT(*) - COUNT(DISTINCT (source, id)) FROM truth")
    assert twice == 0
    rows = ask(
        "SELECT COUNT(*) FROM (SELECT recipient FROM planted WHERE innocent AND role IN ('close', 'gift') "
        "INTERSECT SELECT recipient FROM planted WHERE NOT innocent AND role IN ('open', 'leg', 'close')) r "
        "WHERE recipient NOT IN (SELECT party FROM accounts)"
    )
    assert rows == [(0,)]


def test_wallets_are_funded_before_they_trade() -> None:
    """Every trader has a first payment, and it comes before the first move."""
    [(traders, early)] = ask(
        "WITH seen AS (SELECT party, MIN(ms) AS ms FROM (SELECT sender AS party, ms FROM moves UNION ALL "
        "SELECT recipient, ms FROM moves) WHERE party IS NOT NULL AND party NOT IN "
        "(SELECT party FROM accounts) GROUP BY party) SELECT COUNT(*), COUNT(*) FILTER (WHERE p.ms < s.ms) "
        "FROM seen s LEFT JOIN (SELECT payee, MIN(ms) AS ms FROM payments GROUP BY payee) p "
        "ON p.payee = s.party"
    )
    assert traders == early > 1_000
