"""Keccak-256 and SM3, by which chains name their events.

Slow and plain: they check the table of topics and name events that are not in it; logs are not hashed.
"""

from __future__ import annotations

import struct

_MASK = 2**64 - 1
_ROTATIONS = (
    (0, 36, 3, 41, 18),
    (1, 44, 10, 45, 2),
    (62, 6, 43, 15, 61),
    (28, 55, 25, 21, 56),
    (27, 20, 39, 8, 14),
)
_RATE = 136


def keccak256(message: bytes) -> bytes:
    """Return the Keccak-256 digest of a message, padded as before FIPS 202, as Ethereum does."""
    padded = bytearray(message + b"\x01")
    padded += bytes(-len(padded) % _RATE)
    padded[-1] |= 0x80
    lanes = [[0] * 5 for _ in range(5)]
    for begin in range(0, len(padded), _RATE):
        for place, word in enumerate(struct.unpack_from("<17Q", padded, begin)):
            lanes[place % 5][place // 5] ^= word
        lanes = _permuted(lanes)
    return struct.pack("<4Q", *(lanes[x][0] for x in range(4)))


def _permuted(lanes: list[list[int]]) -> list[list[int]]:
    """Apply Keccak-f[1600]; its round constants come of a shift register (Keccak reference, 1.2)."""
    register = 1
    for _ in range(24):
        parity = [a ^ b ^ c ^ d ^ e for a, b, c, d, e in lanes]
        mixed = [parity[x - 1] ^ _left(parity[(x + 1) % 5], 1) for x in range(5)]
        moved = [[0] * 5 for _ in range(5)]
        for x in range(5):
            for y in range(5):
                moved[y][(2 * x + 3 * y) % 5] = _left(lanes[x][y] ^ mixed[x], _ROTATIONS[x][y])
        lanes = [
            [moved[x][y] ^ (~moved[(x + 1) % 5][y] & moved[(x + 2) % 5][y]) for y in range(5)]
            for x in range(5)
        ]
        for bit in range(7):
            if register & 1:
                lanes[0][0] ^= 1 << ((1 << bit) - 1)
            register = (register << 1) ^ (0x171 if register & 0x80 else 0)
    return lanes


def _left(word: int, by: int) -> int:
    return (word << by | word >> (64 - by)) & _MASK


def sm3(message: bytes) -> bytes:
    """Return the SM3 digest of a message (GB/T 32905-2016), by which some Chinese chains name events."""
    padded = message + b"\x80"
    padded += bytes(-(len(padded) + 8) % 64) + struct.pack(">Q", 8 * len(message))
    state: tuple[int, ...] = (
        0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600,
        0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E,
    )  # fmt: skip
    for begin in range(0, len(padded), 64):
        pressed = _pressed(state, struct.unpack_from(">16I", padded, begin))
        state = tuple(old ^ new for old, new in zip(state, pressed, strict=True))
    return struct.pack(">8I", *state)


def _pressed(state: tuple[int, ...], block: tuple[int, ...]) -> tuple[int, ...]:
    words = list(block)
    for j in range(16, 68):
        mixed = words[j - 16] ^ words[j - 9] ^ _turn(words[j - 3], 15)
        mixed ^= _turn(mixed, 15) ^ _turn(mixed, 23)
        words.append(mixed ^ _turn(words[j - 13], 7) ^ words[j - 6])
    a, b, c, d, e, f, g, h = state
    for j in range(64):
        constant = 0x79CC4519 if j < 16 else 0x7A879D8A
        first = _turn((_turn(a, 12) + e + _turn(constant, j % 32)) % 2**32, 7)
        second = first ^ _turn(a, 12)
        most = a ^ b ^ c if j < 16 else a & b | a & c | b & c
        chosen = e ^ f ^ g if j < 16 else e & f | ~e & g
        left = (most + d + second + (words[j] ^ words[j + 4])) % 2**32
        right = (chosen + h + first + words[j]) % 2**32
        a, b, c, d = left, a, _turn(b, 9), c
        e, f, g, h = right ^ _turn(right, 9) ^ _turn(right, 17), e, _turn(f, 19), g
    return a, b, c, d, e, f, g, h


def _turn(word: int, by: int) -> int:
    return (word << by | word >> (32 - by)) & 0xFFFFFFFF
