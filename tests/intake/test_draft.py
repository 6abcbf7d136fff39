"""A drafted mapping loads, says what it guessed, and guesses nothing that changes a verdict unseen."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from vermilion.errors import DataError, RulebookError
from vermilion.facts.events import Event
from vermilion.intake import Received, load_mapping, read_events
from vermilion.intake.draft import Draft, Naming, draft_mapping, prefix_of
from vermilion.intake.draft_words import SAY, Language
from vermilion.intake.sample import read_sample
from vermilion.intake.understood import Answers, Understood

from .exports import CHINESE, CODES, ENGLISH, WORDS, rows, translated, with_column, write

NAMING = Naming("export.csv", "shop", own_platform=True)


def drafted(path: Path, answers: Answers = Answers(), language: Language = "en") -> Draft:  # noqa: B008
    """Draft the mapping of a table and put it beside it."""
    draft = draft_mapping(Understood(read_sample(path)), answers, NAMING, language)
    path.with_name("mapping.yaml").write_text(draft.text, encoding="utf-8")
    return draft


def events(path: Path) -> list[Event]:
    """Return the events of a table through the mapping beside it."""
    items = read_events(path, load_mapping(path.with_name("mapping.yaml")))
    return [item.event for item in items if isinstance(item, Received)]


def of_column(
    folder: Path, name: str, texts: Sequence[str], *, without: Sequence[str] = ()
) -> Path:
    """Write the English table with one more column."""
    return write(folder / "export.csv", *with_column(name, texts, without=without))


@pytest.fixture
def english(tmp_path: Path) -> Path:
    """Return an export with English headings."""
    return write(tmp_path / "export.csv", ENGLISH, rows())


class TestColumns:
    """What the columns are is seen by names in two languages, and by what they hold."""

    def test_english_and_chinese_give_the_same_events(self, tmp_path: Path, english: Path) -> None:
        """All that differs is what a payment channel is called."""
        (tmp_path / "zh").mkdir()
        chinese = write(tmp_path / "zh" / "export.csv", CHINESE, translated(rows(), WORDS))
        drafted(english)
        drafted(chinese, language="zh")
        texts = []
        for path in (english, chinese):
            found = [
                item.canonical.decode()
                for item in read_events(path, load_mapping(path.with_name("mapping.yaml")))
                if isinstance(item, Received)
            ]
            texts.append(found)
        for word, chinese_word in WORDS.items():
            texts[1] = [text.replace(chinese_word, word) for text in texts[1]]
        assert texts[0] == texts[1]
        assert len(texts[0]) == 40

    def test_every_column_is_mapped_or_told(self, tmp_path: Path) -> None:
        """No column of a table passes without a word, and no word names the cells of a stranger."""
        path = of_column(tmp_path, "remark", ["secret remark"])
        text = drafted(path).text
        assert [name for name in [*ENGLISH, "remark"] if f'"{name}"' not in text] == []
        assert "secret remark" not in text

    @pytest.mark.parametrize("language", ["zh", "en"])
    def test_every_line_of_facts_has_a_comment(self, english: Path, language: Language) -> None:
        """Above each field of the first entry stands what was guessed, by what and how sure."""
        text = drafted(english, language=language).text
        first = text.split("emit:\n")[1].split("\n\n")[0].splitlines()
        for key in ("id", "time", "token", "platform", "seller", "buyer", "price", "kyc"):
            (at,) = [n for n, line in enumerate(first) if line.strip().startswith(f"{key}: ")][:1]
            assert first[at - 1].strip().startswith("# ") or key == "id"

    def test_times_and_currencies_are_known_by_what_they_hold(self, tmp_path: Path) -> None:
        """The only column of times is the time; its comment says that the name did not tell."""
        heading = ["col_a" if n == "created_at" else n for n in ENGLISH]
        heading[heading.index("currency")] = "col_b"
        at = heading.index("paid_at")
        table = [[*row[:at], *row[at + 1 :]] for row in rows()]
        del heading[at]
        draft = drafted(write(tmp_path / "export.csv", heading, table))
        assert (draft.columns["created"], draft.columns["currency"]) == ("col_a", "col_b")
        assert draft.text.count("unsure") == 2

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("手机号", "x"),
            ("buyer_name", "x"),
            ("contact", "13812345678"),
            ("note", "a@b.example"),
            ("code", "11010519491231002X"),
        ],
    )
    def test_what_identifies_a_person_stays_out(self, tmp_path: Path, name: str, text: str) -> None:
        """By its name or by what it holds."""
        path = of_column(tmp_path, name, [text])
        assert f'# - "{name}": identifies a person' in drafted(path).text
        load = load_mapping(path.with_name("mapping.yaml"))
        assert name not in load.columns()

    def test_an_order_number_may_look_like_a_telephone(self, tmp_path: Path) -> None:
        """What is called an order number is one."""
        table = [[str(13_800_000_000 + n), *row[1:]] for n, row in enumerate(rows())]
        path = write(tmp_path / "export.csv", ENGLISH, table)
        assert drafted(path).columns["order"] == "order_no"

    def test_ids_repeat_in_no_column_called_so(self, tmp_path: Path) -> None:
        """Where several rows have one order number, neither id nor business is made of it."""
        table = [["A-1", *row[1:]] for row in rows()]
        path = write(tmp_path / "export.csv", ENGLISH, table)
        assert any("`id`" in line for line in drafted(path).open)
        found = events(path)
        assert len({event.id for event in found}) == len(found) == 40
        assert all(event.subject is None for event in found)

    def test_wallets_and_whole_ids_are_told_apart(self, tmp_path: Path) -> None:
        """An id in its final form is taken as it is."""
        table = [[*row[:3], f"eip155:1:0x{n:040x}", *row[4:]] for n, row in enumerate(rows())]
        path = write(tmp_path / "export.csv", ENGLISH, table)
        drafted(path)
        assert events(path)[1].data.parties.buyer == f"eip155:1:0x{1:040x}"  # type: ignore[union-attr]


class TestNothingInSilence:
    """What would change a verdict is mapped only where it is plain."""

    def test_unclear_identity_checks_stay_unknown(self, tmp_path: Path) -> None:
        """Plain texts are mapped; the others count as unknown, and a line says so."""
        path = of_column(
            tmp_path, "buyer_kyc", ["verified", "L2", "1", ""], without=["buyer_verified"]
        )
        draft = drafted(path)
        assert any('"1", "L2"' in line or '"L2", "1"' in line for line in draft.open)
        kyc = [
            event.data.inline.parties[0].kyc for event in events(path) if event.stage != "withdrawn"
        ]  # type: ignore[union-attr]
        assert {one.status for one in kyc if one is not None} == {"verified"}
        assert sum(one is not None for one in kyc) == 10

    @pytest.mark.parametrize("texts", [["1", "0"], ["L1", "L2"]])
    def test_codes_of_identity_checks_are_not_mapped(
        self, tmp_path: Path, texts: list[str]
    ) -> None:
        """Nobody is verified by a number whose meaning is not told."""
        path = of_column(tmp_path, "buyer_kyc", texts, without=["buyer_verified"])
        assert "kyc:" not in drafted(path).text
        assert "buyer_kyc" not in load_mapping(path.with_name("mapping.yaml")).columns()

    def test_an_identity_check_of_nobody_is_asked_for(self, tmp_path: Path) -> None:
        """It is the buyer's or seller's only where somebody says so."""
        path = of_column(tmp_path, "real_name_verified", ["yes", "no"], without=["buyer_verified"])
        assert "kyc:" not in drafted(path).text
        for side, at in (("buyer", "u0"), ("seller", "s0")):
            drafted(path, Answers(verified_of=side))  # type: ignore[arg-type]
            (party,) = events(path)[0].data.inline.parties  # type: ignore[union-attr]
            assert (party.id, party.kyc.status) == (f"shop:user:{at}", "verified")

    def test_whole_amounts_may_be_in_either_unit(self, tmp_path: Path) -> None:
        """Without a word on the unit there is no price; with one it is exact."""
        table = [[*row[:7], "12", *row[8:]] for row in rows()]
        path = write(tmp_path / "export.csv", ENGLISH, table)
        assert "minor" in {one.topic for one in Understood(read_sample(path)).questions()}
        drafted(path)
        assert events(path)[0].data.price is None  # type: ignore[union-attr]
        for minor, amount in ((True, 12), (False, 1_200)):
            drafted(path, Answers(minor=minor))
            assert events(path)[0].data.price.amount == amount  # type: ignore[union-attr]

    @pytest.mark.parametrize(
        ("name", "text", "amount", "currency"),
        [
            ("金额(元)", "12.50", 1_250, "CNY"),
            ("金额（分）", "1250", 1_250, "CNY"),
            ("price_usd", "12.50", 1_250, "USD"),
            ("amount_eth", "0.5", 5 * 10**17, "ETH"),
            ("price_wei", "500", 500, "ETH"),
        ],
    )
    def test_headings_tell_units(
        self, tmp_path: Path, name: str, text: str, amount: int, currency: str
    ) -> None:
        """Major or minor units, and the currency."""
        path = of_column(tmp_path, name, [text], without=["price", "currency"])
        drafted(path)
        price = events(path)[0].data.price  # type: ignore[union-attr]
        assert (price.minor_units, price.currency) == (amount, currency)

    def test_a_currency_that_nobody_names_is_not_made_up(self, tmp_path: Path) -> None:
        """The price stays unknown until somebody names it."""
        path = of_column(tmp_path, "x", ["y"], without=["currency"])
        assert "price:" not in [line.strip()[:6] for line in drafted(path).text.splitlines()]
        drafted(path, Answers(currency="HKD"))
        assert events(path)[0].data.price.currency == "HKD"  # type: ignore[union-attr]

    def test_currencies_of_other_decimals_are_exact(self, tmp_path: Path) -> None:
        """Each amount is read with the decimals of its own currency; a new one is a reject."""
        path = of_column(
            tmp_path, "币种", ["CNY", "USDT", "人民币", "JPY"], without=["currency", "price"]
        )
        heading, table = with_column("币种", ["CNY", "USDT", "人民币", "JPY"], without=["currency"])
        table = [[*row[:7], "3", *row[8:]] for row in table]
        table[0][7] = "3.00"
        write(path, heading, table)
        drafted(path)
        found = {
            event.data.price.currency: event.data.price.amount
            for event in events(path)
            if event.stage != "withdrawn"
        }  # type: ignore[union-attr]
        assert found == {"CNY": 300, "USDT": 3_000_000, "JPY": 3}
        table[4][-1] = "KWD"
        write(path, heading, table)
        items = list(read_events(path, load_mapping(path.with_name("mapping.yaml"))))
        rejects = [
            item for item in items if not isinstance(item, Received) and item.code != "unmapped"
        ]
        assert [(item.line, item.field, item.code) for item in rejects] == [
            (6, "币种", "unknown_value")
        ]

    def test_a_channel_that_may_be_anything_has_no_instrument(self, tmp_path: Path) -> None:
        """What is plain of one channel is not said of another."""
        path = of_column(
            tmp_path, "pay_channel", ["alipay", "UnionPay"], without=["payment_channel"]
        )
        assert any('"UnionPay"' in line for line in drafted(path).open)
        legs = [event.data.settlement[0] for event in events(path) if event.stage != "withdrawn"]  # type: ignore[union-attr]
        assert {leg.channel for leg in legs} == {"alipay", "UnionPay"}
        assert {leg.instrument for leg in legs} == {None}


class TestStages:
    """What became of an order decides the stage of its events."""

    def test_a_refunded_order_was_settled_first(self, english: Path) -> None:
        """It is judged as a sale, and withdrawn afterwards under the same business."""
        drafted(english)
        found = events(english)
        assert Counter(event.stage for event in found) == {"settled": 30, "withdrawn": 10}
        refunded = [(event.stage, event.subject) for event in found if event.subject == "A-3"]
        assert refunded == [("settled", "A-3"), ("withdrawn", "A-3")]

    def test_a_refund_is_not_dated_before_its_sale(self, english: Path) -> None:
        """Where the export does not say when money went back, it did so once it had been paid."""
        drafted(english)
        times = {event.id: event.time for event in events(english)}
        withdrawn = [id for id in times if id.endswith("-withdrawn")]
        assert withdrawn
        assert all(times[id] >= times[id.replace("withdrawn", "settled")] for id in withdrawn)

    def test_an_order_that_waits_is_no_proposal_until_somebody_says_so(self, english: Path) -> None:
        """One proposal would make every sale of the source need a permit."""
        assert any('"pending"' in line and "permit" in line for line in drafted(english).open)
        items = list(read_events(english, load_mapping(english.with_name("mapping.yaml"))))
        codes = [item.code for item in items if not isinstance(item, Received)]
        assert codes == ["unmapped"] * 10
        drafted(english, Answers(outcomes={"pending": "proposed"}))
        assert Counter(event.stage for event in events(english))["proposed"] == 10

    def test_an_export_of_nothing_but_waiting_orders_proposes(self, tmp_path: Path) -> None:
        """Then they are what is asked about."""
        table = translated(rows(), dict.fromkeys(CODES, "pending"))
        path = write(tmp_path / "export.csv", ENGLISH, table)
        drafted(path)
        assert Counter(event.stage for event in events(path)) == {"proposed": 40}

    def test_codes_are_settled_until_somebody_says_more(self, tmp_path: Path) -> None:
        """Without an answer every row is judged as settled, and a line says so."""
        path = write(tmp_path / "export.csv", ENGLISH, translated(rows(), CODES))
        draft = drafted(path)
        assert any('"20"' in line and "settled" in line for line in draft.open)
        assert Counter(event.stage for event in events(path)) == {"settled": 40}
        answers = Answers(outcomes={"20": "settled", "10": "proposed", "40": "refunded"})
        assert not any("settled" in line for line in drafted(path, answers).open)
        assert Counter(event.stage for event in events(path)) == {
            "settled": 30,
            "proposed": 10,
            "withdrawn": 10,
        }

    def test_a_status_that_nobody_knows_among_plain_ones_is_a_reject(self, tmp_path: Path) -> None:
        """Its rows are told, and are not taken for anything."""
        table = translated(rows(), {"pending": "99"})
        path = write(tmp_path / "export.csv", ENGLISH, table)
        assert any('"99"' in line for line in drafted(path).open)
        items = list(read_events(path, load_mapping(path.with_name("mapping.yaml"))))
        codes = [item.code for item in items if not isinstance(item, Received)]
        assert codes == ["unmapped"] * 10


class TestTimes:
    """Times without offset need a zone, and no events are made without times."""

    def test_a_zone_is_stated_and_told(self, english: Path) -> None:
        """The comment says whether it was named or taken."""
        for said, key in ((True, "zone_said"), (False, "zone_taken")):
            draft = drafted(english, Answers(zone="Asia/Tokyo", zone_said=said))
            assert SAY[key]["en"].splitlines()[0] in draft.text
            assert events(english)[0].time.isoformat() == "2026-03-01T02:00:00+00:00"

    def test_a_stated_offset_needs_no_zone(self, tmp_path: Path) -> None:
        """Nobody is asked for what the table says."""
        table = [[row[0], row[1] + "+08:00", "", *row[3:]] for row in rows()]
        path = write(tmp_path / "export.csv", ENGLISH, table)
        assert "zone" not in {one.topic for one in Understood(read_sample(path)).questions()}
        assert "zone" not in drafted(path).text.replace("rulebook's zone", "")

    def test_unreadable_times_are_told_by_their_column(self, tmp_path: Path) -> None:
        """The error names the column and how to write it."""
        table = [[row[0], "01/05/2026 10:00", "", *row[3:]] for row in rows()]
        with pytest.raises(DataError) as caught:
            drafted(write(tmp_path / "export.csv", ENGLISH, table))
        assert caught.value.code == "table_without_times"
        assert "`created_at`" in str(caught.value.help)


class TestTables:
    """What cannot be read is told before anything is made."""

    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
    def test_other_forms_give_the_same_events(
        self, tmp_path: Path, delimiter: str, encoding: str
    ) -> None:
        """Delimiters and encodings make no difference, also inside quotes."""
        table = [[*row[:6], f"山{delimiter}海\n", *row[7:]] for row in translated(rows(), WORDS)]
        found = []
        for name, form in (("a", {}), ("b", {"encoding": encoding, "delimiter": delimiter})):
            (tmp_path / name).mkdir()
            path = write(tmp_path / name / "export.csv", CHINESE, table, **form)
            drafted(path)
            found.append(events(path))
        assert found[0] == found[1]
        assert len(found[0]) == 40

    def test_a_line_in_another_encoding_is_a_reject(self, tmp_path: Path) -> None:
        """The other lines keep their events."""
        path = write(tmp_path / "export.csv", CHINESE, translated(rows(), WORDS), encoding="gbk")
        drafted(path)
        lines = path.read_bytes().split(b"\r\n")
        lines[5] = lines[5].replace("已完成".encode("gbk"), b"\xff\xff")
        path.write_bytes(b"\r\n".join(lines))
        items = read_events(path, load_mapping(path.with_name("mapping.yaml")))
        rejects = [(item.line, item.code) for item in items if not isinstance(item, Received)]
        assert [one for one in rejects if one[1] != "unmapped"] == [(6, "encoding_not_gb18030")]

    @pytest.mark.parametrize(
        ("line", "words"),
        [
            ("encoding: latin-1", "gb18030"),
            ("delimiter: x", ";"),
            ("format: ndjson\nencoding: utf-8", "leave"),
        ],
    )
    def test_a_form_that_is_not_read_is_refused(
        self, tmp_path: Path, line: str, words: str
    ) -> None:
        """With what may stand there."""
        text = f"source: //x\n{line}\nemit:\n  - {{type: post, stage: settled, time: {{column: t}}, data: {{}}}}\n"
        form = "" if "format" in line else "format: csv\n"
        (tmp_path / "mapping.yaml").write_text(form + text)
        with pytest.raises(RulebookError) as caught:
            load_mapping(tmp_path / "mapping.yaml")
        assert words in str(caught.value.help)

    @pytest.mark.parametrize("content", [b"", b"\n\n", b"a,a\n1,2\n", b"a,\n1,2\n", b"only\n1\n"])
    def test_no_heading_with_names(self, tmp_path: Path, content: bytes) -> None:
        """A table without a name for each column is refused."""
        (tmp_path / "export.csv").write_bytes(content)
        with pytest.raises(DataError):
            read_sample(tmp_path / "export.csv")


CELLS = st.one_of(
    st.sampled_from(
        ["", "-", "1", "12.50", "2026-03-01 10:00:00", "CNY", "已完成", "yes", "a:b:c"]
    ),
    st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8),
)
NAMES = st.one_of(
    st.sampled_from(
        [*ENGLISH, *CHINESE, "price_cents", "status", "kyc", "{x}", "a}", "birth_date"]
    ),
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=8),
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@example(heading=["order_no", "0\n"], table=[[""] * 8], language="zh")
@given(
    st.lists(NAMES, min_size=2, max_size=8, unique_by=str.strip),
    st.lists(st.lists(CELLS, min_size=8, max_size=8), max_size=6),
    st.sampled_from(["zh", "en"]),
)
def test_whatever_a_table_holds_its_draft_loads(
    tmp_path: Path, heading: list[str], table: list[list[str]], language: Language
) -> None:
    """Headings and cells of any text give a mapping that loads and fits the table, or an error."""
    text = io.StringIO()
    names = ["time", *(name for name in heading if name.strip() != "time")]
    full = [["2026-03-01 10:00:00", *row][: len(names)] for row in table]
    csv.writer(text).writerow(names)
    # A heading may hold line breaks itself.
    first = text.getvalue().count("\n") + 1
    csv.writer(text).writerows(full)
    path = tmp_path / "export.csv"
    path.write_bytes(text.getvalue().encode())
    try:
        drafted(path, language=language)
    except DataError:
        return
    mapping = load_mapping(path.with_name("mapping.yaml"))
    assert {item.line for item in read_events(path, mapping)} >= {first}


@pytest.mark.parametrize(
    ("folder", "prefix"), [("shop", "shop"), ("My Shop", "my-shop"), ("账册", "market")]
)
def test_ids_begin_with_the_book(folder: str, prefix: str) -> None:
    """In letters that stand in any id."""
    assert prefix_of(folder) == prefix
