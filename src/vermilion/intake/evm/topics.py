"""The events that are decoded, and the topics by which logs name them.

A topic is the digest of the event's signature: Keccak-256 on Ethereum and its kin, SM3 on chains of
the FISCO and AntChain kind. Both are recognised everywhere; no digest of the one kind is one of the
other.
"""

from __future__ import annotations

from enum import IntEnum


class Event(IntEnum):
    """What a log says; NONE is every event that is not decoded."""

    NONE = 0
    TRANSFER = 1
    SINGLE = 2
    BATCH = 3
    UNIQUE_BATCH = 4
    CONSECUTIVE = 5
    ORDER = 6
    PUNK_ASSIGN = 7
    PUNK_TRANSFER = 8
    PUNK_BOUGHT = 9
    PUNK_BID = 10
    PUNK_BID_GONE = 11
    PUNK_OFFERED = 12
    TAKER_BID = 13
    TAKER_ASK = 14


_TAKEN = "(bytes32,uint256,address,address,address,address,address,uint256,uint256,uint256)"
SIGNATURES = {
    Event.TRANSFER: "Transfer(address,address,uint256)",
    Event.SINGLE: "TransferSingle(address,address,address,uint256,uint256)",
    Event.BATCH: "TransferBatch(address,address,address,uint256[],uint256[])",
    Event.UNIQUE_BATCH: "TransferBatch(address,address,address,uint256[])",
    Event.CONSECUTIVE: "ConsecutiveTransfer(uint256,uint256,address,address)",
    Event.ORDER: (
        "OrderFulfilled(bytes32,address,address,address,"
        "(uint8,address,uint256,uint256)[],(uint8,address,uint256,uint256,address)[])"
    ),
    Event.PUNK_ASSIGN: "Assign(address,uint256)",
    Event.PUNK_TRANSFER: "PunkTransfer(address,address,uint256)",
    Event.PUNK_BOUGHT: "PunkBought(uint256,uint256,address,address)",
    Event.PUNK_BID: "PunkBidEntered(uint256,uint256,address)",
    Event.PUNK_BID_GONE: "PunkBidWithdrawn(uint256,uint256,address)",
    Event.PUNK_OFFERED: "PunkOffered(uint256,uint256,address)",
    Event.TAKER_BID: f"TakerBid{_TAKEN}",
    Event.TAKER_ASK: f"TakerAsk{_TAKEN}",
}
"""The signature of each event (ERC-20, 721, 1155, 2309; Seaport 1.x; LooksRare v1; CryptoPunksMarket;
BSN-DDC 721)."""

KECCAK = {
    Event.TRANSFER: "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef",
    Event.SINGLE: "c3d58168c5ae7397731d063d5bbf3d657854427343f4c083240f7aacaa2d0f62",
    Event.BATCH: "4a39dc06d4c0dbc64b70af90fd698a233a518aa5d07e595d983b8c0526c8f7fb",
    Event.UNIQUE_BATCH: "2e75a6cf483a33fd7e40b01fc5b561361f6e9b2d5a492f866bd66ca430a8c557",
    Event.CONSECUTIVE: "deaa91b6123d068f5821d0fb0678463d1a8a6079fe8af5de3ce5e896dcf9133d",
    Event.ORDER: "9d9af8e38d66c62e2c12f0225249fd9d721c54b83f48d9352c97c6cacdcb6f31",
    Event.PUNK_ASSIGN: "8a0e37b73a0d9c82e205d4d1a3ff3d0b57ce5f4d7bccf6bac03336dc101cb7ba",
    Event.PUNK_TRANSFER: "05af636b70da6819000c49f85b21fa82081c632069bb626f30932034099107d8",
    Event.PUNK_BOUGHT: "58e5d5a525e3b40bc15abaa38b5882678db1ee68befd2f60bafe3a7fd06db9e3",
    Event.PUNK_BID: "5b859394fabae0c1ba88baffe67e751ab5248d2e879028b8c8d6897b0519f56a",
    Event.PUNK_BID_GONE: "6f30e1ee4d81dcc7a8a478577f65d2ed2edb120565960ac45fe7c50551c87932",
    Event.PUNK_OFFERED: "3c7b682d5da98001a9b8cbda6c647d2c63d698a4184fd1d55e2ce7b66f5d21eb",
    Event.TAKER_BID: "95fb6205e23ff6bda16a2d1dba56b9ad7c783f67c96fa149785052f47696f2be",
    Event.TAKER_ASK: "68cd251d4d267c6e2034ff0088b990352b97b2002c0476587d0c4da889c11330",
}
"""Each event's topic in Keccak-256."""

SM3 = {
    Event.TRANSFER: "18f84334255a242551aa98c68047b5da8063eab9fbeaec1eddeea280044b9ff1",
    Event.SINGLE: "45602168d5eab1690a00c497b82a7da906ba3cd28c97cbaedc9e98dd1ef7d824",
    Event.BATCH: "f36dc76d22baee5b32a2b0ac36d8c4808a08617e18e7e917f723d32db22a7a13",
    Event.UNIQUE_BATCH: "c01b8e5f223614da9b5972b4eab7120bf114efcf2e7a30600f79e44c0b2ee50d",
    Event.CONSECUTIVE: "f53e20c681aa15e25c90fc5afbe70db9c670f5a8e7c6f028df1bd6f00c07f562",
    Event.ORDER: "ed2d7933d6fafbec45da9f5623dec6c9322ffed72f25bdeba6a9b6127520a09e",
    Event.PUNK_ASSIGN: "a9913c5a3db401dd5407bff94019c7b5e1eb4404fc9474aee24b274690a901bb",
    Event.PUNK_TRANSFER: "9b205006d454f4095fae2b85ce8d764cc42abdfbf20442f0987dc0a5f3d12052",
    Event.PUNK_BOUGHT: "dc5df8016b206817d4a4bd4f8f44e3c3f2f45442f41bbde3409f5769949c2c77",
    Event.PUNK_BID: "91f93fa5700af9d50c44c841cb4389f37c895cd90b50445dd8f96aa8df09a6b0",
    Event.PUNK_BID_GONE: "97d10e57be130458b8a607003e3f3ffe4b4eadcb5862553ad798204607b7376e",
    Event.PUNK_OFFERED: "56ec5688016134b5cd9f12633fcf6b94fd76b70c151627d34e076cc1f96471c0",
    Event.TAKER_BID: "223b2586beaee210b9185045d0a3a1df2a0274578b3becfdb610425e10ff60ff",
    Event.TAKER_ASK: "1bc96008d6bc4f3c51885b6f16678b208d1170ea29b9a4dfd6a70a076440276e",
}
"""Each event's topic in SM3."""

TOPIC_EVENTS = {
    bytes.fromhex(text): event for table in (KECCAK, SM3) for event, text in table.items()
}
"""The event of each topic."""
