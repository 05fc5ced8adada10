"""A worker that only answers scans doesn't carry the rooms and their libraries."""

import subprocess
import sys

import pytest

LOOK = "import sys, ocop.trace.api.app; print(' '.join(sys.modules))"


@pytest.fixture(scope="module")
def loaded() -> frozenset[str]:
    done = subprocess.run(
        [sys.executable, "-c", LOOK], capture_output=True, text=True, check=True, timeout=60
    )
    return frozenset(done.stdout.split())


@pytest.mark.parametrize("module", ["numpy", "reportlab", "webauthn", "openpyxl", "ocop.trace.api.rooms"])
def test_what_only_rooms_need_is_not_loaded_with_the_worker(loaded: frozenset[str], module: str) -> None:
    assert "ocop.trace.api.story" in loaded
    assert module not in loaded
