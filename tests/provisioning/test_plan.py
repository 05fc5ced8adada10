"""Which number the next chip gets, and whether its link has room, before any chip is on a reader."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ocop.hardware.simulator import simulated_maker
from ocop.trace.signing.merkle import root
from ocop.trace.tags.originality import SECP128R1, SECP224R1, SIMULATED_21X, SIMULATED_424
from ocop.trace.tags.plan import Kind, NumberTaken, Plan, PlanError, PlanFull, check_room

PATH = "/01/09521234543213/10/L2609A/21/000012"


def test_the_next_chip_gets_the_lowest_number_without_one() -> None:
    assert Plan("L1", Kind.NTAG424, 1, 300, frozenset({1, 2, 5})).choose() == 3


def test_a_label_scanned_first_decides() -> None:
    assert Plan("L1", Kind.NTAG424, 1, 300, frozenset({1})).choose(12) == 12


def test_a_number_that_has_a_chip_is_refused() -> None:
    with pytest.raises(NumberTaken) as caught:
        Plan("L1", Kind.NTAG21X, 1, 3, frozenset({2})).choose(2)
    assert caught.value.number == 2


@pytest.mark.parametrize("wanted", [0, 4, -1])
def test_a_number_of_another_plan_is_refused(wanted: int) -> None:
    with pytest.raises(PlanError, match=r"within 1\.\.3"):
        Plan("L1", Kind.NTAG21X, 1, 3).choose(wanted)


@pytest.mark.parametrize(("first", "last"), [(0, 3), (3, 2), (1, 1_000_000)])
def test_a_plan_has_items_that_exist(first: int, last: int) -> None:
    with pytest.raises(PlanError):
        Plan("L1", Kind.NTAG424, first, last)


@given(st.sets(st.integers(1, 40)), st.integers(1, 20), st.integers(20, 30))
def test_a_chosen_number_is_always_free_and_inside(taken: set[int], first: int, last: int) -> None:
    plan = Plan("L1", Kind.NTAG424, first, last, frozenset(taken))
    if plan.left == 0:
        with pytest.raises(PlanFull):
            plan.choose()
        return
    number = plan.choose()
    assert first <= number <= last
    assert number not in taken
    assert not set(range(first, number)) - taken


def test_an_ntag424_has_room_for_113_characters_of_host_and_path() -> None:
    host = "h" * (113 - len(PATH))
    check_room(Kind.NTAG424, f"https://{host}", PATH)
    with pytest.raises(PlanError, match="254 bytes"):
        check_room(Kind.NTAG424, f"https://{host}h", PATH)
    check_room(Kind.NTAG21X, f"https://{host}h", PATH)


@pytest.mark.parametrize(
    ("leaves", "expected"),
    [
        ([], "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ([""], "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        (["", "00"], "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
        (["", "00", "10"], "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
        (
            [
                "",
                "00",
                "10",
                "2021",
                "3031",
                "40414243",
                "5051525354555657",
                "606162636465666768696a6b6c6d6e6f",
            ],
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ),
    ],
    ids=[0, 1, 2, 3, 8],
)  # Certificate Transparency's own reference vectors (google/certificate-transparency, merkle_tree_test)
def test_the_root_is_the_tree_hash_of_rfc_6962(leaves: list[str], expected: str) -> None:
    assert root([bytes.fromhex(leaf) for leaf in leaves]).hex() == expected


def test_the_makers_of_simulated_chips_are_the_simulators() -> None:
    assert simulated_maker(SECP128R1) == SIMULATED_21X
    assert simulated_maker(SECP224R1) == SIMULATED_424
