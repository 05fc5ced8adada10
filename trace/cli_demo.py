"""The chips of the illustration: simulated ones in `OCOP_DATA`, and a station that may write more of them.

| in `OCOP_DATA` | what |
|---|---|
| `station.json` | address and token of the illustrative station, where `ocop-station` finds them |
| `station/ready/` | the two chips that are written already; each tap counts on in their files |
"""

import json
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from ocop.hardware.simulator import SimulatedReader, blank_21x, blank_424
from ocop.hardware.simulator_tray import Tray
from ocop.trace import illustrating_chips as verbs
from ocop.trace.cli_common import now
from ocop.trace.cli_stations import FILE, write_station_file
from ocop.trace.illustrating import REALM, IllustrativeCode, day_of
from ocop.trace.illustrating_chips import FAMILIES, ChipBatch, chip_batch
from ocop.trace.provisioning_desk import Bench
from ocop.trace.registry.keystore import Keystore
from ocop.trace.registry.masters import Masters
from ocop.trace.registry.store import Store
from ocop.trace.settings import Settings
from ocop.trace.tags.ntag21x import NTAG215
from ocop.trace.tags.plan import Kind


class DemoChips:
    """The chips of one illustrative store."""

    def __init__(self, settings: Settings, store: Store, keystore: Keystore) -> None:
        self._settings = settings
        self._masters = Masters(keystore)
        self._bench = Bench(store.begin, store.read, keystore, self._masters, REALM, settings.public_url, now)
        self._tray = settings.data / "station" / "ready"
        self.batch: ChipBatch = chip_batch(day_of(store))

    def prepare(self) -> None:
        """Write the two chips and the station's file; what is there is left alone."""
        if not self._masters.generations():
            self._masters.add()
        self._masters.check()
        path, url = self._settings.data / FILE, self._settings.public_url
        kept = _kept(path)
        with self._bench.begin() as session:
            caller, token = verbs.station_token(session, kept.get("token", ""), secrets.token_bytes, now())
        if kept.get("token") != token or kept.get("url") != url:
            write_station_file(path, url, token, caller.name)
        tray = Tray.open(self._tray, [blank_424(b"ready ntag424"), blank_21x(NTAG215, b"ready ntag215")])

        def chip_of(family: Kind) -> SimulatedReader:
            number = FAMILIES.index(family)
            return SimulatedReader(tray.chip(number), changed=lambda: tray.keep(number))

        verbs.prepare(self._bench, caller, self.batch, chip_of, secrets.token_bytes)

    def codes(self) -> Iterator[IllustrativeCode]:
        """The links of the static chip, with the answers expected of them."""
        return verbs.chip_codes(self._bench, self.batch)

    def tap(self) -> str:
        """The next link of the chip that counts its taps, at today's address; it opens once."""
        link = urlsplit(Tray.open(self._tray).tap(FAMILIES.index(Kind.NTAG424)) or "")
        return f"{self._settings.public_url}{link.path}?{link.query}"


def _kept(path: Path) -> dict[str, str]:
    """What stands in an earlier file; nothing in one that can't be read, which is then written anew."""
    with suppress(OSError, ValueError):
        found = json.loads(path.read_text("utf-8"))
        if isinstance(found, dict):
            return {str(name): str(value) for name, value in found.items()}
    return {}
