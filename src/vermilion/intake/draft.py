"""Draft the mapping of a platform's sale export from its heading and first rows.

A draft says of every line what was guessed, by what and how sure. Nothing is guessed that would
change a verdict unseen: what is not plain stays unknown, and a comment says how to add it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from vermilion.errors import DataError
from vermilion.facts.money import CURRENCIES
from vermilion.intake.draft_words import BY, PARTS, SAY, Language
from vermilion.intake.draft_yaml import Field, item_text, listed, pairs_text
from vermilion.intake.headings import (
    ANSWERS,
    INSTRUMENTS,
    VERIFIED,
    Outcome,
    Part,
    money_unit,
    normalised,
)
from vermilion.intake.items import shown
from vermilion.intake.sample import currency_code, is_amount, is_known, is_time, states_offset
from vermilion.intake.understood import Answers, Side, Understood
from vermilion.rulebook.yaml_text import commented, quoted

_UNIQUE = 0.95
_NEVER_AN_ID = ["-", "--", "/", "null", "NULL", "None", "N/A", "无"]
_PAID = frozenset({"paid_amount", "实付金额", "支付金额"})
_WALLET = re.compile(r"0x[0-9a-fA-F]{40}")
_FREE: tuple[Part, ...] = (
    "order",
    "buyer",
    "seller",
    "issuer",
    "token",
    "collection",
    "platform",
    "channel",
)
_WHEN = frozenset({"created", "paid", "refunded"})
_TIMES: dict[str, tuple[Part, ...]] = {
    "settled": ("paid", "created"),
    "proposed": ("created", "paid"),
    "withdrawn": ("refunded", "paid", "created"),
}


@dataclass(frozen=True)
class Naming:
    """How events and ids are called: the table, the prefix of ids, and whose platform it is."""

    table: str
    prefix: str
    own_platform: bool = False


@dataclass(frozen=True)
class Draft:
    """A mapping's text, which column was taken for what, and what nothing was guessed for."""

    text: str
    columns: dict[Part, str]
    open: list[str]


def draft_mapping(
    table: Understood, answers: Answers, naming: Naming, language: Language = "en"
) -> Draft:
    """Draft the mapping of a table.

    Raises:
        DataError: no column holds times, without which there are no events.
    """
    if not {"paid", "created"} & set(table.columns):
        misfit = next((one for one, part in table.found.misfits.items() if part in _WHEN), None)
        raise DataError(
            "table_without_times",
            "no column holds times that can be read",
            help=f"write {f'those of {shown(misfit)}' if misfit else 'times'} as "
            "`2024-05-01 10:00:00`",
            where=naming.table,
        )
    return _Writer(table, answers, naming, language).draft()


def prefix_of(name: str) -> str:
    """Return the prefix of a book's ids, from the name of its folder."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "market"


class _Writer:
    def __init__(
        self, table: Understood, answers: Answers, naming: Naming, language: Language
    ) -> None:
        self.sample = table.sample
        self.found = table.found
        self.columns = table.columns
        self.answers = answers
        self.naming = naming
        self.language: Language = language
        self.open: list[str] = []
        self.nulls: dict[str, list[str]] = {}
        self.timed: set[Part] = set()
        self.minor = table.minor(answers.minor) if "price" in self.columns else None
        known, self.unknown = table.outcomes(answers.outcomes or {})
        self.waiting = table.waiting(known, answers.outcomes or {})
        self.known = {text: one for text, one in known.items() if text not in self.waiting}
        order = self.columns.get("order")
        self.numbered = order is not None and "{" not in order and self._is_unique(order)

    def draft(self) -> Draft:
        entries = self.entries()
        for part, column in self.columns.items():
            texts = [*(_NEVER_AN_ID if part in _FREE else []), *self.sample.nulls(column)]
            self.nulls[column] = [*dict.fromkeys([*self.nulls.get(column, []), *texts])]
        table = quoted(self.naming.table)
        text = commented(self.say("head", file=table, rows=f"{len(self.sample.rows):,}"))
        text += "\n" + commented(self.say("source"))
        text += f"source: {quoted(f'//{self.naming.prefix}/orders')}\n"
        text += "format: csv\n"
        if self.sample.encoding != "utf-8":
            text += commented(self.say("encoding")) + f"encoding: {self.sample.encoding}\n"
        if self.sample.delimiter != ",":
            text += f"delimiter: {quoted(self.sample.delimiter)}\n"
        if any(self.nulls.values()):
            text += "\n" + commented(self.say("nulls")) + "nulls:\n"
            text += "".join(
                f"  {quoted(column)}: {listed(texts)}\n"
                for column, texts in self.nulls.items()
                if texts
            )
        text += "\nemit:\n" + "\n".join(entries)
        if left := self.left():
            text += "\n" + commented(self.say("left"))
            text += "".join(commented(f"- {line}") for line in left)
        return Draft(text, self.columns, self.open)

    def entries(self) -> list[str]:
        """Return an entry for each stage and group of currencies; the first has the comments."""
        stages = self.stages()
        entries: list[str] = []
        said: list[str] | None = None
        for stage, texts in stages.items():
            groups = self.currency_groups() if stage != "withdrawn" else [({}, None)]
            for currencies, condition in groups:
                fields = self.entry(stage, texts, currencies, condition)
                entries.append(item_text(fields, 2, bare=bool(entries)))
                said = list(self.open) if said is None else said
        self.open = said or []
        return entries

    def stages(self) -> dict[str, list[str] | None]:
        if not self.known:
            return {"settled": None}
        taken: dict[str, list[str] | None] = {}
        for stage in ("settled", "proposed", "withdrawn"):
            also = ("refunded",) if stage != "proposed" else ()
            texts = [text for text, one in self.known.items() if one in (stage, *also)]
            if texts:
                taken[stage] = texts
        return taken

    def entry(
        self,
        stage: str,
        texts: list[str] | None,
        currencies: dict[str, str],
        condition: str | None,
    ) -> list[Field]:
        conditions = [condition] if condition else []
        if texts is not None:
            column = quoted(self.columns["status"])
            conditions.insert(0, f"{{column: {column}, in: {listed(texts)}}}")
        fields = [Field("type", "sale", self.status_comments())]
        if conditions:
            fields.append(Field("when", f"[{', '.join(conditions)}]"))
        fields.append(Field("stage", stage))
        return [*fields, *self.id(stage), self.time(stage, texts), self.data(stage, currencies)]

    def status_comments(self) -> list[str]:
        if "status" not in self.columns:
            return [self.say("no_status")]
        column = self.columns["status"]
        by = BY[self.found.parts["status"][1]][self.language]
        if not self.known:
            example = self.unknown[-1] if self.unknown else ""
            line = f"when: {{column: {quoted(column)}, not_in: [{quoted(example)}]}}"
            texts = self.texts(self.unknown)
            return [self.said("status_codes", line, column=quoted(column), texts=texts)]
        comments = [
            self.say(
                "status_known",
                column=quoted(column),
                by=by,
                texts=self.texts([text for text, one in self.known.items() if one == outcome]),
                outcome=self.say(outcome),
            )
            for outcome in get_args(Outcome)
            if outcome in self.known.values()
        ]
        if self.waiting:
            texts = self.texts(self.waiting)
            comments.append(self.said("status_waiting", column=quoted(column), texts=texts))
        if self.unknown:
            texts = self.texts(self.unknown)
            comments.append(self.said("status_unknown", column=quoted(column), texts=texts))
        return comments

    def id(self, stage: str) -> list[Field]:
        if not self.numbered:
            return [Field("", "", [self.said("no_id")])]
        order = self.columns["order"]
        return [
            Field(
                "id",
                f"{{template: {quoted(f'{{{order}}}-{stage}')}}}",
                [self.recognised("order"), self.say("id")],
            ),
            Field("subject", f"{{column: {quoted(order)}}}"),
        ]

    def time(self, stage: str, texts: list[str] | None) -> Field:
        part = self.time_part(stage, texts)
        self.timed.add(part)
        column = self.columns[part]
        comments = [self.recognised(part)]
        if self.sample.fits(column, states_offset):
            return Field("time", f"{{column: {quoted(column)}}}", comments)
        comments.append(self.say("zone_said" if self.answers.zone_said else "zone_taken"))
        zone = quoted(self.answers.zone)
        return Field("time", f"{{column: {quoted(column)}, zone: {zone}}}", comments)

    def time_part(self, stage: str, texts: list[str] | None) -> Part:
        """Return the best time for a stage that every sampled row of the stage has."""
        candidates = [part for part in _TIMES[stage] if part in self.columns]
        rows = self.sample.rows
        if texts is not None:
            at = self.sample.heading.index(self.columns["status"])
            rows = [row for row in rows if row[at] in texts]
        for part in candidates:
            at = self.sample.heading.index(self.columns[part])
            if all(is_known(row[at]) for row in rows):
                return part
        return next((part for part in candidates if part == "created"), candidates[0])

    def data(self, stage: str, currencies: dict[str, str]) -> Field:
        fields = [*self.named("token", "token"), *self.platform(), *self.roles()]
        if stage == "withdrawn":
            return Field("data", fields or "{}")
        price, comments = self.price(currencies)
        fields += [*price, *self.settlement(currencies), *self.inline()]
        lacking = [
            self.said("lacking", part=PARTS[part][self.language])
            for part in ("token", "seller", "buyer", "price")
            if part not in self.columns
        ]
        return Field("data", fields or "{}", [*comments, *lacking])

    def named(self, part: Part, kind: str, name: str | None = None) -> list[Field]:
        if part not in self.columns:
            return []
        column = self.columns[part]
        comments = [self.recognised(part)]
        if self.sample.fits(column, lambda text: bool(_WALLET.fullmatch(text))):
            comments.append(self.say("wallets", name=quoted(column)[1:-1]))
        return [Field(name or part, self.reference(part, kind), comments)]

    def reference(self, part: Part, kind: str) -> str:
        """Return the value that makes an id of a column's texts."""
        column = self.columns[part]
        whole = self.sample.fits(column, lambda text: text.count(":") >= 2)
        if whole or "{" in column or "}" in column:
            return f"{{column: {quoted(column)}}}"
        return f"{{template: {quoted(f'{self.naming.prefix}:{kind}:{{{column}}}')}}}"

    def platform(self) -> list[Field]:
        if "platform" in self.columns:
            return self.named("platform", "platform")
        if not self.naming.own_platform:
            return []
        own = quoted(f"{self.naming.prefix}:platform:main")
        return [Field("platform", f"{{const: {own}}}", [self.say("own_platform")])]

    def roles(self) -> list[Field]:
        sides = [*self.named("seller", "user"), *self.named("buyer", "user")]
        roles = [*sides, *self.named("issuer", "issuer")]
        return [Field("parties", roles)] if roles else []

    def currency_groups(self) -> list[tuple[dict[str, str], str | None]]:
        """Return groups of currencies with as many decimals, by text, and the condition of each.

        An amount in major units is read with one number of decimals, so each group has its entry.
        """
        if "currency" not in self.columns or self.minor is not False:
            return [(self.currency_codes(), None)]
        groups: dict[int, dict[str, str]] = {}
        for text, code in self.currency_codes().items():
            groups.setdefault(CURRENCIES[code].decimals, {})[text] = code
        first, *others = groups.values()
        if not others:
            return [(first, None)]
        column = quoted(self.columns["currency"])
        rest = listed([text for group in others for text in group])
        return [
            (first, f"{{column: {column}, not_in: {rest}}}"),
            *((group, f"{{column: {column}, in: {listed(list(group))}}}") for group in others),
        ]

    def currency_codes(self) -> dict[str, str]:
        if "currency" not in self.columns:
            return {}
        counts = self.sample.counts(self.columns["currency"])
        return {text: code for text in counts if (code := currency_code(text)) is not None}

    def money(self, currencies: dict[str, str]) -> str | None:
        """Return the price as a value, or None where its unit or currency is not known."""
        heading = self.columns.get("price")
        code = heading and (self.answers.currency or money_unit(heading)[0])
        if heading is None or self.minor is None or not (code or currencies):
            return None
        decimals = "" if self.minor else f", decimals_of: {next(iter(currencies.values()), code)}"
        amount = f"{{column: {quoted(heading)}{decimals}}}"
        if not currencies:
            return f"{{amount: {amount}, currency: {{const: {code}}}}}"
        pairs = ", ".join(f"{quoted(text)}: {one}" for text, one in currencies.items())
        column = quoted(self.columns["currency"])
        return f"{{amount: {amount}, currency: {{column: {column}, values: {{{pairs}}}}}}}"

    def price(self, currencies: dict[str, str]) -> tuple[list[Field], list[str]]:
        """Return the price, and the comments that stand in its place where it is not known."""
        if "price" not in self.columns:
            return [], []
        heading = self.columns["price"]
        column = quoted(heading)
        money = self.money(currencies)
        if money is None:
            major = f"price: {{amount: {{column: {column}, decimals_of: CNY}}, currency: {{const: CNY}}}}"
            minor = f"price: {{amount: {{column: {column}}}, currency: {{const: CNY}}}}"
            key = "no_amounts" if self.minor is None else "no_currency"
            lines = {None: [major, minor], True: [minor], False: [major]}[self.minor]
            return [], [self.said(key, *lines, column=column)]
        comments = [self.recognised("price"), self.scale()]
        if currencies:
            comments.append(self.recognised("currency"))
        else:
            said = self.answers.currency
            key = "currency_said" if said else "currency_heading"
            comments.append(self.say(key, code=said or money_unit(heading)[0]))
        return [Field("price", money, comments)], []

    def scale(self) -> str:
        price = self.columns["price"]
        if self.answers.minor is not None:
            why = "why_said"
        elif money_unit(price)[1] is self.minor:
            why = "why_heading"
        else:
            why = "why_point"
        return self.say("minor" if self.minor else "major", why=self.say(why))

    def settlement(self, currencies: dict[str, str]) -> list[Field]:
        leg: list[Field] = []
        if "channel" in self.columns:
            channel = f"{{column: {quoted(self.columns['channel'])}}}"
            leg.append(Field("channel", channel, [self.recognised("channel")]))
        instrument, comments = self.instrument()
        leg += instrument
        if not leg:
            return []
        money = self.money(currencies)
        if money and normalised(self.columns["price"]) in _PAID:
            leg.append(Field("amount", money))
        elif money:
            comments = [*comments, self.said("no_leg", f"amount: {money}")]
        return [Field("settlement", [leg], comments)]

    def instrument(self) -> tuple[list[Field], list[str]]:
        part: Part = "method" if "method" in self.columns else "channel"
        if part not in self.columns:
            return [], []
        column = self.columns[part]
        texts = list(self.sample.counts(column))
        pairs = {
            text: INSTRUMENTS[key] for text in texts if (key := normalised(text)) in INSTRUMENTS
        }
        unclear = [text for text in texts if text not in pairs]
        comments = [self.said("no_instrument", texts=self.texts(unclear))] if unclear else []
        # What a channel is called is a fact of its own, so its texts cannot be made unknown.
        if not pairs or (unclear and part == "channel"):
            return [], comments
        self.nulls[column] = unclear
        return [
            Field(
                "instrument",
                f"{{column: {quoted(column)}, values: {pairs_text(pairs)}}}",
                [*([self.recognised(part)] if part == "method" else []), self.say("instrument")],
            )
        ], comments

    def inline(self) -> list[Field]:
        described: list[list[Field]] = []
        comments: list[str] = []
        for side in get_args(Side):
            facts, said = self.facts_of(side)
            comments += said
            if facts:
                described.append([Field("id", self.reference(side, "user")), *facts])
        if "verified" in self.columns and self.answers.verified_of is None:
            comments.append(self.said("whose", column=quoted(self.columns["verified"])))
        fields = [Field("parties", described, comments)] if described else []
        if "collection" in self.columns and "token" in self.columns:
            token = Field("id", self.reference("token", "token"))
            fields.append(Field("tokens", [[token, *self.named("collection", "collection")]]))
        if fields:
            return [Field("inline", fields, [] if described else comments)]
        return [Field("", "", comments)] if comments else []

    def facts_of(self, side: Side) -> tuple[list[Field], list[str]]:
        part: Part = "buyer_verified" if side == "buyer" else "seller_verified"
        if part not in self.columns and self.answers.verified_of == side:
            part = "verified"
        own: list[Part] = [part, *(["birth_date"] if side == "buyer" and self.numbered else [])]  # type: ignore[list-item]
        stated = [one for one in own if one in self.columns]
        if stated and side not in self.columns:
            return [], [self.said("no_one", column=quoted(self.columns[one])) for one in stated]
        facts: list[Field] = []
        comments: list[str] = []
        if part in stated:
            facts, comments = self.verified(part)
        if "birth_date" in stated:
            column = f"{{column: {quoted(self.columns['birth_date'])}}}"
            facts.append(Field("birth_date", column, [self.recognised("birth_date")]))
        return facts, comments

    def verified(self, part: Part) -> tuple[list[Field], list[str]]:
        column = self.columns[part]
        meanings = VERIFIED | ANSWERS
        texts = list(self.sample.counts(column))
        pairs = {text: meanings[key] for text in texts if (key := normalised(text)) in meanings}
        unclear = [text for text in texts if text not in pairs]
        comments = []
        if unclear:
            said = self.said("not_verified", texts=self.texts(unclear), column=quoted(column))
            comments.append(said)
            self.nulls[column] = unclear
        if not pairs:
            self.nulls.pop(column, None)
            return [], comments
        status = f"{{column: {quoted(column)}, values: {pairs_text(pairs)}}}"
        own = [self.recognised(part), self.say("verified")]
        return [Field("kyc", f"{{status: {status}}}", own)], comments

    def left(self) -> list[str]:
        lines = [self.say("left_personal", column=quoted(one)) for one in self.found.personal]
        for part in self.columns:
            if part in _WHEN and part not in self.timed:
                what, column = PARTS[part][self.language], quoted(self.columns[part])
                lines.append(self.say("left_time", column=column, part=what))
        for column, part in self.found.misfits.items():
            need = "need_other"
            if part in _WHEN:
                need = "need_time"
            elif part == "price":
                need = "need_amount"
            what = PARTS[part][self.language]
            lines.append(
                self.said("left_misfit", column=quoted(column), part=what, need=self.say(need))
            )
        for column, other in self.found.left.items():
            if other is not None:
                what = PARTS[other][self.language]
                lines.append(self.say("left_other", column=quoted(column), part=what))
            else:
                hint = self.say(self.hint(column))
                lines.append(self.say("left_unknown", column=quoted(column), hint=hint))
        return lines

    def hint(self, column: str) -> str:
        if self.sample.fits(column, is_time):
            return "hint_time"
        if self.sample.fits(column, lambda text: normalised(text) in {*ANSWERS, "0", "1"}):
            return "hint_answer"
        return "hint_amount" if self.sample.fits(column, is_amount) else "hint_text"

    def recognised(self, part: Part) -> str:
        column, by = self.found.parts[part]
        what = PARTS[part][self.language]
        return self.say("is", column=quoted(column), part=what, by=BY[by][self.language])

    def texts(self, texts: Sequence[str]) -> str:
        shown = [quoted(text) for text in texts[:8]]
        return self.say("and").join([*shown, *(["..."] if len(texts) > 8 else [])])

    def say(self, key: str, **names: object) -> str:
        return SAY[key][self.language].format(**names)

    def said(self, key: str, *lines: str, **names: object) -> str:
        """Say that something is left open, also to whoever has the draft made."""
        text = self.say(key, **names)
        line = text.replace("\n", " " if self.language == "en" else "")
        if (whole := " ".join([line, " | ".join(lines)]).strip()) not in self.open:
            self.open.append(whole)
        return "\n".join([text, *(f"  {line}" for line in lines)])

    def _is_unique(self, column: str) -> bool:
        known = self.sample.known(column)
        return len(set(known)) >= _UNIQUE * len(self.sample.rows)
