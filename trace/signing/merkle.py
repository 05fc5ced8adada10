"""The Merkle tree hash of RFC 6962, section 2.1: one number of 32 bytes that stands for a list.

    root of nothing     SHA-256("")
    root of one leaf    SHA-256(00 | leaf)
    root of n > 1       SHA-256(01 | root of the first k | root of the rest), k the largest power of two below n

The `chips` entry of the ledger holds the root over the UIDs (7 bytes each) of the chips bound in a batch, in the
order of their item numbers.

Worked example: `root([b""])` is 6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d.
"""

from collections.abc import Sequence
from hashlib import sha256


def root(leaves: Sequence[bytes]) -> bytes:
    """The Merkle tree hash of `leaves`, 32 bytes."""
    if not leaves:
        return sha256(b"").digest()
    level = [sha256(b"\x00" + leaf).digest() for leaf in leaves]
    # Pairing from the left and carrying an odd one up is the same tree as splitting at a power of two.
    while len(level) > 1:
        pairs = [sha256(b"\x01" + level[i] + level[i + 1]).digest() for i in range(0, len(level) - 1, 2)]
        level = pairs + level[len(level) & ~1 :]
    return level[0]
