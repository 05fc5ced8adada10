"""What one worker holds while it serves: settings, store, scanner, the memory of who scanned, prepared pages."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ocop.trace.api.http import HTML, NO_STORE, PRIVATE, SAFE, Header, Request, Trusted
from ocop.trace.api.limits import Limits
from ocop.trace.api.since import Seen
from ocop.trace.api.usual import Lanes
from ocop.trace.api.usual_taps import ChipLanes
from ocop.trace.certifying_likeness import Samples
from ocop.trace.pages.render import PreparedPage, Renderer
from ocop.trace.provisioning_desk import Bench
from ocop.trace.registry.keystore import Keystore
from ocop.trace.registry.masters import Masters
from ocop.trace.registry.scans import ScanRecorder, ScanRow
from ocop.trace.registry.store import Store
from ocop.trace.registry.taps import TapWriter
from ocop.trace.scanning import Kept, Scanner
from ocop.trace.settings import Settings
from ocop.trace.sightings import Sightings
from ocop.trace.taps import Receipts

KEPT_PAGES = 2048


def utc_now() -> datetime:
    """The time, from the only clock of the service."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Service:
    """One worker. `clock` is an argument so that a test can live on another day.

    `darkroom` is held while a reader's photograph is decoded: one at a time.
    A keystore that could not be opened raises KeystoreShut, with a sentence for whoever asked, at every use.
    """

    settings: Settings
    store: Store
    scanner: Scanner
    sightings: Sightings
    recorder: ScanRecorder
    taps: TapWriter
    receipts: Receipts
    keystore: Keystore
    masters: Masters
    bench: Bench
    renderer: Renderer = field(default_factory=Renderer)
    clock: Callable[[], datetime] = utc_now
    pages: Kept[PreparedPage] = field(default_factory=lambda: Kept(KEPT_PAGES))
    thanks: Limits = field(default_factory=lambda: Limits(most=30, seconds=60))
    thanked: Limits = field(default_factory=lambda: Limits(most=1, seconds=24 * 3600))
    alarms: Limits = field(default_factory=lambda: Limits(most=1, seconds=3600))
    reports: Limits = field(default_factory=lambda: Limits(most=10, seconds=600))
    seen: Seen = field(default_factory=Seen)
    darkroom: threading.Lock = field(default_factory=threading.Lock)
    samples: Samples = field(default_factory=Samples)
    lanes: Lanes = field(init=False)
    chip_lanes: ChipLanes = field(init=False)
    trusted: Trusted = field(init=False)
    page_headers: tuple[Header, ...] = ()
    story_headers: tuple[Header, ...] = ()
    tap_headers: tuple[Header, ...] = ()

    def __post_init__(self) -> None:
        self.trusted = Trusted(self.settings.trusted_proxies)
        csp = (b"content-security-policy", self.renderer.csp.encode("ascii"))
        self.page_headers = (HTML, csp, (b"vary", b"accept-language"), *SAFE)
        self.story_headers = (*self.page_headers, PRIVATE)
        self.tap_headers = (*self.page_headers, NO_STORE)
        self.scanner.on_change(self.pages.clear)
        self.lanes = Lanes(self.scanner, self.sightings, self.record)
        self.chip_lanes = ChipLanes(
            self.scanner, self.sightings, self.record, self.receipts, self.masters.key
        )

    def record(self, row: ScanRow) -> None:
        """Remember a scan: what was scanned and answered, never by whom or where."""
        self.recorder.append(row)

    def client(self, request: Request) -> str:
        """The caller's address, seen through the trusted proxies. Used in memory only."""
        return request.client(self.trusted)
