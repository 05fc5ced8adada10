"""All of Wycheproof's Ed25519 cases (C2SP/wycheproof, Apache-2.0), through our verifier."""

import json
from pathlib import Path

from ocop.trace.signing.keys import Verifier


def test_every_ed25519_case_is_judged_right(conformance: Path) -> None:
    suite = json.loads((conformance / "wycheproof" / "ed25519_test.json").read_text())
    judged, wrong = 0, []
    for group in suite["testGroups"]:
        verifier = Verifier(bytes.fromhex(group["publicKey"]["pk"]))
        for case in group["tests"]:
            holds = verifier.holds(bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"]))
            judged += 1
            if holds != (case["result"] == "valid"):
                wrong.append((case["tcId"], case["comment"]))
    assert judged == suite["numberOfTests"] >= 151
    assert not wrong
