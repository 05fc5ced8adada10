"""Signed labels, pages as pictures, and what an independent reader finds on them."""

import io
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from ocop.trace.pages.labels import Label, LabelText
from ocop.trace.signing.keys import Signer
from ocop.trace.signing.token import Carrier, qr_text, sign
from ocop.trace.tags.qr import print_link
from PIL import Image

REALM = "labels.invalid/tag"
GTIN = "09521234543213"

MakeLabels = Callable[..., Iterator[Label]]
Render = Callable[..., np.ndarray]


@pytest.fixture(scope="session")
def signer() -> Signer:
    return Signer.from_seed("tri-le", 7, bytes(range(1, 33)))


@pytest.fixture(scope="session")
def make_labels(signer: Signer) -> MakeLabels:
    def make(count: int, name: str = "Trà Hương Vân", lot: str = "L2609A", classifier: str = "hộp",
             host: str = "id.ocop.vn", first: int = 1) -> Iterator[Label]:  # fmt: skip
        for number in range(first, first + count):
            serial = f"{number:06d}"
            digits = qr_text(sign(signer, REALM, Carrier.PRINT, GTIN, lot, serial))
            link = print_link(f"https://{host}", f"/01/{GTIN}/10/{lot}/21/{serial}", digits)
            yield Label(link, LabelText(name, lot, classifier, number, first + count - 1, host))

    return make


@pytest.fixture
def render(tmp_path: Path) -> Render:
    """A page of a PDF in grey, by poppler."""

    def page(data: bytes, number: int = 1, dpi: float = 300) -> np.ndarray:
        file = tmp_path / "sheet.pdf"
        file.write_bytes(data)
        command = ["pdftoppm", "-r", str(dpi), "-gray", "-f", str(number), "-l", str(number), str(file)]
        done = subprocess.run(command, check=True, capture_output=True)
        return np.array(Image.open(io.BytesIO(done.stdout)))

    return page
