"""What rival readings of a rule's clauses would find, beside what the rulebook finds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

import msgspec

from vermilion.desk.decision import Ruling
from vermilion.desk.judge import stronger
from vermilion.facts.events import Event, event_type_of
from vermilion.rulebook import Engine, Profile, Rule, Rulebook, Verdict, Words, check_document


class OnReading(msgspec.Struct, frozen=True, kw_only=True):
    """A rival reading of a rule: the rule's verdict on it, and the whole jurisdiction's."""

    rule: str
    text: Words
    violates_if: str
    verdict: Verdict
    whole: Verdict


class Rivals:
    """A rulebook whose rules are the rival readings of another's, and which judge nothing there.

    Args:
        rulebook: whose readings these are.
        profile: for whom they are judged.
    """

    def __init__(self, rulebook: Rulebook, profile: Profile) -> None:
        self._of: dict[str, tuple[Rule, Words, str]] = {}
        rules = list(self._rules(rulebook))
        document = msgspec.structs.replace(rulebook.document, rules=rules)
        self.engine = Engine(check_document(document), profile) if rules else None

    def _rules(self, rulebook: Rulebook) -> Iterator[Rule]:
        for loaded in rulebook.rules:
            rule = loaded.rule
            for number, reading in enumerate(rule.readings or (), start=1):
                name = f"{rule.id}-R{number}"
                self._of[name] = rule, reading.text, reading.violates_if
                yield msgspec.structs.replace(
                    rule,
                    id=name,
                    violates_if=reading.violates_if,
                    reason=reading.text,
                    readings=msgspec.UNSET,
                    cases=[],
                )

    def found(
        self, judged: Sequence[tuple[Event, Ruling]], base: Sequence[tuple[str, str, Verdict]]
    ) -> list[OnReading]:
        """Return each reading in force with its verdict, by the order of the rules.

        Args:
            judged: the events, as the readings judged them.
            base: rule, event and verdict, as the rulebook itself found them.
        """
        verdicts: dict[str, Verdict] = {}
        for event, ruling in judged:
            for name, verdict in self._verdicts(event, ruling):
                verdicts[name] = stronger(verdicts.get(name, "not_applicable"), verdict)
        return [
            OnReading(
                rule=self._of[name][0].key,
                text=self._of[name][1],
                violates_if=self._of[name][2],
                verdict=verdicts[name],
                whole=self._whole(name, verdicts[name], base),
            )
            for name in self._of
            if name in verdicts
        ]

    def _whole(
        self, name: str, verdict: Verdict, base: Sequence[tuple[str, str, Verdict]]
    ) -> Verdict:
        for rule, _, found in base:
            if rule != self._of[name][0].id:
                verdict = stronger(verdict, found)
        return verdict

    def _verdicts(self, event: Event, ruling: Ruling) -> Iterator[tuple[str, Verdict]]:
        if self.engine is None:
            return
        day = dt.date.fromisoformat(ruling.as_of)
        rules = {
            one.rule.key: one.rule
            for one in self.engine.on(event_type_of(event), event.stage, day).rules
        }
        yield from rule_verdicts(ruling, rules)


def rule_verdicts(ruling: Ruling, rules: dict[str, Rule]) -> Iterator[tuple[str, Verdict]]:
    """Give each live rule that applied, by id, with what it came to."""
    by_id = {rule.id: rule for rule in rules.values()}
    for outcome in ruling.rules:
        rule = by_id.get(outcome.id)
        if rule is not None:
            yield rule.id, rule.verdict if outcome.outcome == "hit" else rule.on_missing
    for key in ruling.passed:
        if key in rules:
            yield rules[key].id, "allow"
