"""The floor of any page: an ASGI application that answers eleven bytes and does nothing else, and one that verifies a
signature before it does.

Every verification is of another signature: over one and the same, the processor learns its branches by heart and
takes a fifth off, which no scan gets.
"""

import os
from collections.abc import Callable, Coroutine
from itertools import cycle
from typing import Any

from ocop.trace.signing.keys import Signer, Verifier

SIGNATURES = 4096


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer every HTTP request with 11 bytes."""
    if scope["type"] != "http":
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"11")]})
    await send({"type": "http.response.body", "body": b"hello world"})


def verifying() -> Callable[[dict[str, Any], Any, Any], Coroutine[Any, Any, None]]:
    """`app` with one Ed25519 verification a request."""
    signer = Signer.from_seed("bench", 1, os.urandom(32))
    verifier = Verifier(signer.public)
    signed = cycle([(signer.sign(text), text) for text in (os.urandom(65) for _ in range(SIGNATURES))])

    async def verify(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http" and not verifier.holds(*next(signed)):
            raise RuntimeError("a signature that was just made does not hold")
        await app(scope, receive, send)

    return verify
