"""What the chip tests share: vectors, a desk that stands for the server, and simulated chips."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ocop.hardware.simulator import SimulatedReader, simulated_maker
from ocop.trace.tags import ntag21x, ntag21x_flows, ntag424, ntag424_flows
from ocop.trace.tags.dialogue import Dialogue, Exchange, drive, seeded
from ocop.trace.tags.originality import SECP128R1, SECP224R1

VECTORS = Path(__file__).resolve().parent.parent / "vectors"
BASE = "https://demo.invalid/01/09521234543213/10/L2609A/21/000012?s=" + "A" * 90
MASTER = bytes.fromhex("00112233445566778899aabbccddeeff")


@pytest.fixture(scope="session")
def vectors() -> Callable[[str], Any]:
    return lambda name: json.loads((VECTORS / f"{name}.json").read_text("utf-8"))


@pytest.fixture(scope="session")
def base() -> str:
    return BASE


@dataclass
class Desk:
    """The server's part: derives keys, gives out one link per UID. Holds no state between dialogues."""

    base: str = BASE
    generation: int = 1
    earlier: tuple[int, ...] = ()
    replaces: str = ""
    resuming: bool = False

    def chip_keys(self, uid: bytes, generation: int | None = None) -> ntag424_flows.ChipKeys:
        return ntag424_flows.ChipKeys.derive(MASTER, uid, 1, generation or self.generation)

    def keys(self, survey: ntag424_flows.Survey) -> ntag424_flows.KeyRing:
        earlier = (self.chip_keys(survey.uid, g) for g in self.earlier)
        return ntag424_flows.KeyRing.of(self.chip_keys(survey.uid), *earlier)

    def order(self, chip: ntag424_flows.Entered) -> ntag424_flows.Order:
        return ntag424_flows.Order(ntag424.template(self.base), self.replaces, self.resuming)

    def provision_424(self, seed: bytes = b"desk") -> Dialogue[ntag424_flows.Provisioned]:
        return ntag424_flows.provision(self, seeded(seed), simulated_maker(SECP224R1))

    def order_21x(self, model: ntag21x.Model) -> ntag21x_flows.Order:
        credential = ntag21x_flows.Credential(b"pw%02d" % self.generation, b"p%d" % self.generation)
        earlier = [ntag21x_flows.Credential(b"pw%02d" % g, b"p%d" % g) for g in self.earlier]
        image = ntag21x.image(model, self.base)
        return ntag21x_flows.Order(image, credential, earlier, self.replaces, self.resuming)

    def provision_21x(self, lock: bool = True) -> Dialogue[ntag21x_flows.Provisioned]:
        found = yield from ntag21x_flows.survey(simulated_maker(SECP128R1))
        order = self.order_21x(found.model)
        ready = yield from ntag21x_flows.personalise(found, order)
        return (yield from ntag21x_flows.lock(found, order)) if lock else ready


@pytest.fixture(scope="session")
def desk() -> type[Desk]:
    return Desk


@pytest.fixture(scope="session")
def run() -> Callable[..., Any]:
    """Drives a dialogue on a simulated reader; with `log`, keeps every exchange."""

    def run(dialogue: Dialogue[Any], reader: SimulatedReader, log: list[Exchange] | None = None) -> Any:
        keep = log.append if log is not None else lambda exchange: None
        return drive(dialogue, reader.transceive, reader.reactivate, keep)

    return run
