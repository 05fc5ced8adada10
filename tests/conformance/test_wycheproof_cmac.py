"""Project Wycheproof's AES-CMAC vectors, the whole file."""

import json
from pathlib import Path

import pytest
from ocop.trace.tags.secure import KEY_LENGTH, SecureError, cmac, same


def test_every_vector_is_met_and_every_other_key_size_is_refused(conformance: Path) -> None:
    data = json.loads((conformance / "wycheproof" / "aes_cmac_test.json").read_text("utf-8"))
    seen = {"valid": 0, "invalid": 0, "refused": 0}
    for group in data["testGroups"]:
        for test in group["tests"]:
            key, message, tag = (bytes.fromhex(test[name]) for name in ("key", "msg", "tag"))
            if len(key) != KEY_LENGTH:
                with pytest.raises(SecureError):
                    cmac(key, message)
                seen["refused"] += 1
                continue
            made = cmac(key, message)[: group["tagSize"] // 8]
            assert same(made, tag) == (test["result"] == "valid"), test["tcId"]
            seen[test["result"]] += 1
    assert sum(seen.values()) == data["numberOfTests"]
    assert min(seen.values()) > 0
