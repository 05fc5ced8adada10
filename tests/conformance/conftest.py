"""Data from outside, in `$OCOP_CONFORMANCE` (default `../shared/conformance` beside the repository).

Where it is absent the tests of this folder are not collected at all: the suite needs no file outside the
repository. `make conformance` then ends with "no tests ran".
"""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DATA = (ROOT / os.environ.get("OCOP_CONFORMANCE", "../shared/conformance")).resolve()

collect_ignore_glob = [] if DATA.is_dir() else ["test_*.py"]


def pytest_report_header() -> str:
    return f"conformance data: {DATA}" + ("" if DATA.is_dir() else " (absent: nothing to run)")


@pytest.fixture(scope="session")
def conformance() -> Path:
    """The folder of the conformance data."""
    return DATA
