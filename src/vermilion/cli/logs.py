"""`vermilion logs`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vermilion.cli.output import print_json, progress
from vermilion.errors import DataError, UsageError

if TYPE_CHECKING:
    from vermilion.intake.evm.chains import Chain
    from vermilion.intake.evm.follow import Followed
    from vermilion.intake.evm.written import Written

CONFIRMATIONS = 12
"""As in `intake.evm.follow`, which is imported only when it is needed. Policy."""


@click.command("logs")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Write tables here.")
@click.option(
    "--chain",
    "number",
    type=click.IntRange(1, 2**63 - 1),
    default=1,
    show_default=True,
    help="The chain's number, as in CAIP-2; 1 is Ethereum.",
)
@click.option(
    "--market",
    "markets",
    multiple=True,
    help="A further contract of the Seaport kind to believe; may be repeated.",
)
@click.option("--rpc", metavar="URL", help="Read from this node instead of FILES.")
@click.option("--from", "first", type=click.IntRange(0), help="With --rpc: the first block.")
@click.option(
    "--to",
    "last",
    type=click.IntRange(0),
    help="With --rpc: the last block. Default: the last that is confirmed.",
)
@click.option(
    "--contract",
    "contracts",
    multiple=True,
    help="With --rpc: read logs of this contract and of marketplaces only; may be repeated.",
)
@click.option(
    "--confirmations",
    type=click.IntRange(0),
    default=CONFIRMATIONS,
    show_default=True,
    help="With --rpc: blocks that must lie on top of one before it is read. Policy.",
)
@click.option("--resume", is_flag=True, help="With --rpc: go on where the last run stopped.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of words.")
def command(
    files: tuple[Path, ...],
    out: Path,
    number: int,
    markets: tuple[str, ...],
    rpc: str | None,
    first: int | None,
    last: int | None,
    contracts: tuple[str, ...],
    confirmations: int,
    resume: bool,
    as_json: bool,
) -> None:
    """Decode raw EVM logs of FILES, or of a node, into moves, payments and listings.

    FILES are Parquet, Arrow, CSV or JSON: exports of blockchain-etl or cryo, or answers of
    eth_getLogs. Files of blocks or transactions beside them give times and payments.
    """
    from vermilion.intake.evm import chain

    if (rpc is None) == (not files):
        raise UsageError(
            "no_source",
            "give either files of logs or a node",
            help="a node is named with --rpc URL",
        )
    found = chain(number, frozenset(_address(market) for market in markets))
    if rpc is None:
        written, followed = _files(files, out, found, quiet=as_json), None
    else:
        if first is None:
            raise UsageError("no_begin", "it is not said where to begin", help="give --from BLOCK")
        if last is not None and last < first:
            raise UsageError("bad_range", f"block {last} comes before block {first}")
        chosen = tuple(sorted({f"0x{_address(contract)}" for contract in contracts}))
        asked = (first, last, chosen, confirmations)
        written, followed = _node(rpc, out, found, asked, resume=resume, quiet=as_json)
    _show(written, followed, out, as_json=as_json)
    if written.rejects and not written.moves + written.payments + written.listings:
        raise DataError(
            "nothing_read", "every log was rejected", help=f"see {out / 'rejects.ndjson'}"
        )


def _files(files: tuple[Path, ...], out: Path, chain: Chain, *, quiet: bool) -> Written:
    from vermilion.intake.evm import decode_parts
    from vermilion.intake.evm.written import write_decoded

    with progress(list(files), quiet=quiet) as on_bytes:
        return write_decoded(decode_parts(files, chain, on_bytes), out)


def _node(
    url: str,
    out: Path,
    chain: Chain,
    asked: tuple[int, int | None, tuple[str, ...], int],
    *,
    resume: bool,
    quiet: bool,
) -> tuple[Written, Followed]:
    from vermilion.intake.evm.follow import Reading, follow
    from vermilion.intake.evm.parts import Cursor, Parts
    from vermilion.intake.evm.rpc import Node
    from vermilion.intake.evm.written import write_decoded

    reading = Reading(*asked)
    begun = Cursor(chain.id, reading.first, list(reading.contracts), reading.first)
    node = Node(url)
    try:
        parts = Parts.begun(out, begun, resume=resume)
        followed = follow(node, chain, reading, parts, _on_range(quiet=quiet))
    finally:
        node.close()
    return write_decoded(parts.decoded(), out), followed


def _on_range(*, quiet: bool) -> Callable[[int, int], None] | None:
    """Say on stderr how far the reading is, where a person watches."""
    if quiet or not sys.stderr.isatty():
        return None
    return lambda read, end: click.echo(f"read to block {read:,} of {end:,}", err=True)


def _address(text: str) -> str:
    found = text.lower().removeprefix("0x")
    if len(found) != 40 or set(found) - set("0123456789abcdef"):
        raise UsageError(
            "bad_contract", f"`{text}` is no contract", help="write 0x and 40 hex digits"
        )
    return found


def _show(written: Written, followed: Followed | None, out: Path, *, as_json: bool) -> None:
    import msgspec

    if as_json:
        told: dict[str, Any] = msgspec.structs.asdict(written)
        if followed is not None:
            told |= msgspec.structs.asdict(followed)
        print_json(told)
        return
    notes = written.notes
    click.echo(
        f"{notes.get('read', 0):,} logs read, {notes.get('passed_over', 0):,} of other events, "
        f"{written.rejects:,} rejected"
    )
    click.echo(
        f"{written.moves:,} moves, {written.payments:,} payments, {written.listings:,} listings"
    )
    for name, meaning in _NOTES.items():
        if notes.get(name):
            click.echo(f"  {notes[name]:,} {meaning}")
    if followed is not None:
        click.echo(f"read to block {followed.last:,}")
        if followed.reorganisations:
            click.echo(
                f"the chain changed {followed.reorganisations:,} times, "
                f"{followed.withdrawn:,} moves withdrawn"
            )
    click.echo(f"written: {out}")


_NOTES = {
    "bundles": "orders of several tokens, whose prices are unknown",
    "barters": "orders of tokens against tokens, whose prices are unknown",
    "mixed_currencies": "orders in several currencies, whose prices are unknown",
    "sales_without_transfer": "sales whose transfer is not in the input",
    "passed_through": "hands that held a token within a sale, no owners",
    "foreign_orders": "orders of contracts that are not believed; name one with --market",
    "punk_buyers_unknown": "accepted bids for punks whose buyer is unknown",
    "punk_prices_unknown": "accepted bids for punks whose price is unknown",
}
