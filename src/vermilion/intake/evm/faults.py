"""Why a log is rejected, and what to do about it."""

from __future__ import annotations

from vermilion.intake.items import Fault

REMOVED = Fault(
    "removed",
    "the chain dropped the block of this log",
    "nothing is lost; read the range again if its replacement is not in the input",
    "removed",
)
TOPIC_COUNT = Fault(
    "topic_count",
    "the event has another number of topics than its standard says",
    "another contract uses the event's name; nothing to do if it is not yours",
    "topics",
)
TOPIC = Fault(
    "topic_malformed", "a topic is not 32 bytes in hex", "export the topics whole", "topics"
)
NO_ADDRESS = Fault(
    "no_address",
    "a topic that should hold an address holds more than 20 bytes",
    "another contract uses the event's name; nothing to do if it is not yours",
    "topics",
)
CONTRACT = Fault(
    "address_malformed",
    "the contract's address is not 20 bytes in hex",
    "export the address whole",
    "address",
)
TX = Fault(
    "tx_malformed",
    "the transaction's hash is not 32 bytes in hex",
    "export the hash whole",
    "transaction_hash",
)
BLOCK = Fault(
    "block_malformed",
    "the block's number is absent, no number, or beyond 2^31",
    "export block_number; pending logs have none and are no facts yet",
    "block_number",
)
INDEX = Fault(
    "index_malformed",
    "the log's index is absent, no number, or beyond 2^20",
    "export log_index, the log's place in its block",
    "log_index",
)
TIME = Fault(
    "time_missing",
    "the time of the log's block is not known",
    "give a file of blocks or transactions beside it, or export block_timestamp",
    "block_timestamp",
)
HEX = Fault("data_malformed", "the data is not hex", "export the data whole", "data")
SHORT = Fault(
    "data_short",
    "the data ends before the event does",
    "export the data whole; else another contract uses the event's name",
    "data",
)
ARRAY = Fault(
    "array_malformed",
    "a list in the data lies outside it, or two lists that belong together differ in length",
    "export the data whole; else the contract keeps to no standard",
    "data",
)
ITEM_TYPE = Fault(
    "item_type",
    "an order names a kind of item that Seaport does not have",
    "the contract is no Seaport; do not name it as one",
    "data",
)
TOO_LARGE = Fault(
    "too_large",
    "the amount has more than 38 digits",
    "no market trades such amounts; the token is worthless or broken",
    "data",
)
NOBODY = Fault(
    "nobody",
    "the token passes from nobody to nobody",
    "the contract keeps to no standard",
    "topics",
)
LONG_RUN = Fault(
    "run_malformed",
    "the range of tokens is empty, or longer than is read",
    "read the tokens from the contract; ERC-2309 names no limit, we keep one",
    "data",
)
