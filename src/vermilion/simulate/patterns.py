"""What can be wrong in a market: one table of patterns.

Each pattern is played on either side of the line: the wrong side breaks the rules that it names,
the lawful one does the same thing just within them. Its events carry parties, works, tokens and
platforms inline, under ids of their own, so that nothing else in the market is touched.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from vermilion.simulate.plots import (
    finance,
    gifts,
    history,
    minors,
    offenders,
    posts,
    price,
    reviews,
    terms,
    venue,
    wares,
    works,
)
from vermilion.simulate.scene import Scene


@dataclass(frozen=True)
class Pattern:
    """A way of breaking a rule.

    `rules` are those that its wrong side breaks and its lawful side keeps. `days` is how long it
    takes from its first event to its last, at most.
    """

    name: str
    rules: frozenset[str]
    days: int
    play: Callable[[Scene], None]

    @property
    def says(self) -> str:
        """What is wrong, in a sentence."""
        return self.play.__doc__ or self.name

    @property
    def counts_trading_days(self) -> bool:
        """Whether it needs to know which days are trading days."""
        return "CN-N3-05" in self.rules


_TABLE: tuple[tuple[Callable[[Scene], None], str, int], ...] = (
    (wares.financial_underlying, "CN-N1-01", 0),
    (wares.financial_redemption, "CN-N1-01", 0),
    (wares.financial_chain, "CN-N1-01", 0),
    (wares.promised_income, "CN-N1-02", 0),
    (finance.product_as_collectibles, "CN-N1-03", 0),
    (wares.split_token, "CN-N2-01", 0),
    (wares.interchangeable_units, "CN-N2-02", 0),
    (wares.copied_metadata, "CN-N2-02", 0),
    (wares.open_edition, "CN-N2-03", 0),
    (wares.reminted_file, "CN-N2-03", 0),
    (wares.raised_edition, "CN-N2-03", 0),
    (wares.oversold_edition, "CN-N2-05", 0),
    (venue.central_trading, "CN-N3-01", 0),
    (venue.standing_trade, "CN-N3-02", 0),
    (history.resold_within_five_days, "CN-N3-05", history.LONGEST),
    (history.bought_back_within_five_days, "CN-N3-05", history.LONGEST),
    (history.too_many_holders, "CN-N3-06 CN-N3-09", 0),
    (gifts.paid_gift, "CN-N3-07", 1),
    (gifts.paid_for_before, "CN-N3-07", 7),
    (gifts.offered_in_public, "CN-N3-07 CN-AD-11", 1),
    (finance.serves_exchange, "CN-N3-08", 0),
    (price.coin_price, "CN-N4-01", 0),
    (price.foreign_price, "CN-N4-01", 0),
    (price.coin_settlement, "CN-N4-02", 0),
    (price.loose_points, "CN-N4-03", 0),
    (offenders.unverified_buyer, "CN-N5-01", 0),
    (offenders.expired_identity, "CN-N5-01", 0),
    (offenders.listed_party, "CN-N5-03", 0),
    (offenders.controlled_by_listed, "CN-N5-03", 0),
    (offenders.member_invests, "CN-N6-01", 0),
    (offenders.controlled_company_invests, "CN-N6-01", 0),
    (offenders.fund_with_collectibles, "CN-N6-01", 0),
    (price.bought_on_credit, "CN-N6-02", 0),
    (venue.financing_platform, "CN-N6-02", 0),
    (finance.loan_to_buy, "CN-N6-03", 0),
    (finance.pledged_collectibles, "CN-N6-04", 0),
    (finance.exchange_on_loan, "CN-N6-04", 0),
    (finance.fund_invests, "CN-N6-05", 0),
    (wares.real_asset, "CN-N42-01", 0),
    (terms.over_cap, "CN-P2-03", 0),
    (terms.unread_notice, "CN-P2-03", 0),
    (terms.bought_by_machine, "CN-P2-03", 0),
    (price.inflated_comparison, "CN-PR-01", 0),
    (price.forgotten_deal, "CN-PR-01", 7),
    (price.old_deal, "CN-PR-01", 7),
    (price.above_marked, "CN-PR-02", 0),
    (price.added_charge, "CN-PR-02", 0),
    (price.unrecorded_offer, "CN-PR-02 CN-P2-03", 0),
    (terms.great_prize, "CN-PR-04", 0),
    (terms.changed_terms, "CN-PR-04", 1),
    (terms.late_terms, "CN-PR-04", 0),
    (terms.insider_winner, "CN-PR-05", 0),
    (posts.absolute_words, "CN-AD-01 CN-AD-06", 0),
    (posts.state_symbols, "CN-AD-01 CN-AD-06", 0),
    (posts.return_promise, "CN-AD-02 CN-AD-07", 0),
    (posts.return_hint, "CN-AD-08 CN-AD-09", 0),
    (posts.endorsement, "CN-AD-01 CN-AD-06", 0),
    (posts.words_in_talk, "CN-AD-01", 0),
    (posts.coin_post, "CN-AD-05", 0),
    (posts.lure, "CN-AD-10", 0),
    (posts.trade_post, "CN-AD-03 CN-AD-11", 0),
    (posts.unproven_partner, "CN-AD-03", 0),
    (posts.repeated_strikes, "CN-AD-11 CN-AD-04", 1),
    (price.foreign_money, "CN-FX-01", 0),
    (price.unlicensed_channel, "CN-PAY-01", 0),
    (works.broken_licence, "CN-IP-01", 0),
    (works.expired_licence, "CN-IP-01", 0),
    (works.narrow_licence, "CN-IP-01", 0),
    (works.edition_above_licence, "CN-IP-01", 0),
    (works.raw_relic_scan, "CN-RL-01", 0),
    (works.relic_itself, "CN-RL-02", 0),
    (works.relic_copy, "CN-RL-02", 0),
    (works.unauthorised_derivative, "CN-RL-03", 0),
    (works.unlabelled_machine_work, "CN-CT-02", 0),
    (minors.child_buys, "CN-MN-01", 0),
    (minors.minor_without_consent, "CN-MN-01", 0),
    (minors.minor_on_own_wages, "CN-MN-01", 0),
    (minors.minor_pays, "CN-MN-01", 0),
    (minors.consent_exceeded, "CN-MN-01", 0),
    (minors.childs_data, "CN-MN-02 PF-AGE-02", 0),
    (terms.hidden_odds, "CN-MN-04", 0),
    (terms.other_odds, "CN-MN-04", 0),
    (terms.minor_draws, "CN-MN-03", 0),
    (terms.child_draws, "CN-MN-01 CN-MN-03", 0),
    (terms.adult_draws, "CN-MN-01 CN-MN-03", 0),
    (venue.lapsed_filing, "CN-LC-01", 0),
    (venue.hidden_filing, "CN-LC-01", 0),
    (venue.lapsed_licence, "CN-LC-03", 0),
    (terms.incomplete_disclosure, "CN-DS-01", 0),
    (gifts.early_gift, "PF-GIFT-01", 1),
    (gifts.early_regift, "PF-GIFT-02", 6),
    (gifts.many_gifts, "PF-GIFT-03", 1),
    (gifts.unverified_donee, "PF-GIFT-04 CN-N5-01", 1),
    (minors.childs_account, "PF-AGE-01 PF-AGE-02", 0),
    (venue.resale, "PF-RESALE-01", 0),
    (reviews.careless_review, "CN-IP-02 CN-CT-01 CN-CT-03 CN-CT-04 CN-N2-04", 0),
    (reviews.unsupported_price, "CN-P2-01 CN-P2-02 CN-LC-04", 0),
    (reviews.traded_fragments, "CN-N2-06", 0),
    (reviews.restrained_work, "CN-IP-04 CN-IP-05 CN-IP-06", 0),
    (reviews.unlicensed_auction, "CN-N3-04", 0),
    (reviews.loose_platform, "CN-N3-03 CN-LC-02 CN-N5-02 CN-N5-07 CN-N5-08", 0),
    (reviews.barred_name, "CN-NM-01 CN-N5-06", 0),
    (reviews.derivative_product, "CN-N3-10", 0),
    (
        reviews.suspicious_trade,
        "CN-N5-04 CN-PR-03 CN-P2-04 CN-N3-11 CN-N3-12 CN-PR-06 CN-P2-05 CN-P2-06",
        0,
    ),
    (reviews.late_answer, "CN-N5-05 CN-IP-03", 0),
)

PATTERNS: tuple[Pattern, ...] = tuple(
    Pattern(play.__name__, frozenset(rules.split()), days, play) for play, rules, days in _TABLE
)
"""Every pattern, in the order in which they are first planted."""
