"""The floor of any page: an ASGI application that answers eleven bytes and does nothing else, and two that verify a
signature before they do: `floor` by OpenSSL through `cryptography`, which the house's figures are held against, and
`nearest` as the house does it, by libsodium.

Every verification is of another signature: over one and the same, the processor learns its branches by heart and
takes a fifth off, which no scan gets.
"""

import os
from collections.abc import Callable, Coroutine
from itertools import cycle
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from ocop.trace.signing.keys import Signer, Verifier

App = Callable[[dict[str, Any], Any, Any], Coroutine[Any, Any, None]]

SIGNATURES = 4096


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer every HTTP request with 11 bytes."""
    if scope["type"] != "http":
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"11")]})
    await send({"type": "http.response.body", "body": b"hello world"})


def openssl(public: bytes) -> Callable[[bytes, bytes], bool]:
    """Verification by `cryptography`, with the key object at hand: whether a signature holds over a text."""
    key = Ed25519PublicKey.from_public_bytes(public)

    def holds(signature: bytes, text: bytes) -> bool:
        key.verify(signature, text)  # raises when it does not
        return True

    return holds


def floor() -> App:
    """`app` with one Ed25519 verification a request by OpenSSL."""
    signer = Signer.from_seed("bench", 1, os.urandom(32))
    return verifying(signer, openssl(signer.public))


def nearest() -> App:
    """`app` with one Ed25519 verification a request by libsodium."""
    signer = Signer.from_seed("bench", 1, os.urandom(32))
    return verifying(signer, Verifier(signer.public).holds)


def verifying(signer: Signer, holds: Callable[[bytes, bytes], bool]) -> App:
    """`app` with one verification a request."""
    signed = cycle([(signer.sign(text), text) for text in (os.urandom(65) for _ in range(SIGNATURES))])

    async def verify(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http" and not holds(*next(signed)):
            raise RuntimeError("a signature that was just made does not hold")
        await app(scope, receive, send)

    return verify
