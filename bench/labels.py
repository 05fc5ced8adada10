"""Label sheets: labels a second on one core from key to PDF, bytes a label, memory; beside floor and textbook.

    floor      the Ed25519 signatures alone
    product    sign, symbols in bulk, PDF (`trace.pages.labels`), five lines of text a label
    textbook   sign, `qrcode` with Pillow, reportlab's `drawImage` and `drawString`, three lines of text a label

CPU seconds of this process, rounds interleaved, the median of each; the peak of memory is that of a fresh process that
makes the large sheet and nothing else (`VmHWM`).

    python -m bench.labels
"""

import io
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import qrcode
from ocop.trace.pages.labels import Label, LabelText, find_stock, sheets
from ocop.trace.signing.keys import Signer
from ocop.trace.signing.token import Carrier, message, nfc_text, qr_text, sign
from ocop.trace.tags.qr import print_link
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

LABELS = 10_000
TEXTBOOK_LABELS = 195
STOCK = "a4-65"
REALM, KEY, LOT, HOST = "bench.invalid/tag", "09521234543213", "L2609A", "id.ocop.vn"
NAME, HEADLINE = "Trà Hương Vân", "Quét mã, đọc lời người làm"
TARGETS = {"labels_per_second": 1_000, "bytes_per_label": 450, "peak_mib": 100}


class _Count(io.RawIOBase):
    """Counts what is written and keeps nothing, so that memory is that of the product."""

    def __init__(self) -> None:
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.size += len(data)
        return len(data)


def signer() -> Signer:
    return Signer.from_seed("bench", 1, bytes(range(1, 33)))


def floor(count: int) -> int:
    """Only the signatures; gives 0 bytes."""
    key = signer()
    for number in range(1, count + 1):
        key.sign(message(REALM, Carrier.PRINT, 1, KEY, LOT, f"{number:06d}"))
    return 0


def product(count: int) -> int:
    """Bytes of the sheet that the product makes, signatures included."""
    out = _Count()
    sheets(find_stock(STOCK), _labels(count), out, total=count)  # type: ignore[arg-type]
    return out.size


def textbook(count: int) -> int:
    """Bytes of the sheet that one writes first: a link in one piece, an image for each code, three lines."""
    key = signer()
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(210 * mm, 297 * mm), pageCompression=1)
    stock = find_stock(STOCK)
    for index in range(count):
        if index and index % stock.per_page == 0:
            canvas.showPage()
        serial = f"{index + 1:06d}"
        token = nfc_text(sign(key, REALM, Carrier.PRINT, KEY, LOT, serial))
        code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=4)
        code.add_data(f"https://{HOST}/01/{KEY}/10/{LOT}/21/{serial}?s={token}")
        x, y = (side * mm for side in stock.corner(index % stock.per_page))
        image = ImageReader(code.make_image().get_image())
        canvas.drawImage(image, x, y, stock.square * mm, stock.square * mm)
        canvas.setFont("Helvetica", 5)
        for line, text in enumerate((HEADLINE, NAME, f"Hộp số {index + 1}/{count}")):
            canvas.drawString(x + stock.square * mm, y + (15 - 5 * line) * mm, text)
    canvas.save()
    return len(out.getvalue())


def run(rounds: int = 3) -> dict[str, Any]:
    """The figures as a JSON-able dict; `met` says for each target whether it is."""
    makers: dict[str, tuple[Callable[[int], int], int]] = {
        "floor": (floor, LABELS),
        "product": (product, LABELS),
        "textbook": (textbook, TEXTBOOK_LABELS),
    }
    seconds: dict[str, list[float]] = {name: [] for name in makers}
    sizes: dict[str, float] = {}
    for make, count in makers.values():
        make(min(count, 65))  # fonts and tables are read once; a long-running server has them
    for _ in range(rounds):
        for name, (make, count) in makers.items():
            start = time.process_time()
            sizes[name] = make(count) / count
            seconds[name].append((time.process_time() - start) / count)
    microseconds = {name: statistics.median(times) * 1e6 for name, times in seconds.items()}
    figures: dict[str, Any] = {
        "labels": LABELS,
        "rounds": rounds,
        "microseconds_per_label": microseconds,
        "labels_per_second": 1e6 / microseconds["product"],
        "textbook_labels_per_second": 1e6 / microseconds["textbook"],
        "times_floor": microseconds["product"] / microseconds["floor"],
        "times_faster_than_textbook": microseconds["textbook"] / microseconds["product"],
        "bytes_per_label": sizes["product"],
        "textbook_bytes_per_label": sizes["textbook"],
        "peak_mib": _peak_mib(),
    }
    met = {
        "labels_per_second": figures["labels_per_second"] >= TARGETS["labels_per_second"],
        "bytes_per_label": figures["bytes_per_label"] <= TARGETS["bytes_per_label"],
        "peak_mib": figures["peak_mib"] <= TARGETS["peak_mib"],
    }
    return {**figures, "targets": TARGETS, "met": met}


def main() -> None:
    """Print the table and the JSON object; with `--memory` only the peak of memory of one large sheet."""
    if sys.argv[1:] == ["--memory"]:
        product(LABELS)
        print(_own_peak_mib())
        return
    figures = run()
    print(table(figures))
    print(json.dumps(figures))


def table(figures: dict[str, Any]) -> str:
    """The figures as lines for a person."""
    lines = [f"label sheets, {figures['labels']} labels on {STOCK}, CPU time of one core"]
    for name, value in figures["microseconds_per_label"].items():
        lines.append(f"  {name:10} {value:10,.1f} µs a label {1e6 / value:12,.0f} labels/s")
    lines.append(
        f"  product = {figures['times_floor']:.1f} x floor, {figures['times_faster_than_textbook']:.0f} x faster "
        "than the textbook"
    )
    for name, target in TARGETS.items():
        sign_ = ">=" if name == "labels_per_second" else "<="
        verdict = "met" if figures["met"][name] else "NOT MET"
        lines.append(f"  {name:18} {figures[name]:10,.1f}  target {sign_} {target:,}: {verdict}")
    lines.append(f"  textbook: {figures['textbook_bytes_per_label']:,.0f} bytes a label")
    return "\n".join(lines)


def _labels(count: int) -> Iterator[Label]:
    key = signer()
    for number in range(1, count + 1):
        serial = f"{number:06d}"
        digits = qr_text(sign(key, REALM, Carrier.PRINT, KEY, LOT, serial))
        link = print_link(f"https://{HOST}", f"/01/{KEY}/10/{LOT}/21/{serial}", digits)
        yield Label(link, LabelText(NAME, LOT, "hộp", number, count, HOST))


def _peak_mib() -> float:
    command = [sys.executable, "-m", "bench.labels", "--memory"]
    root = Path(__file__).resolve().parent.parent
    return float(subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout)


def _own_peak_mib() -> float:
    status = Path("/proc/self/status").read_text("ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
