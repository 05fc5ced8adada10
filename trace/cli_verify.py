"""The command that judges one link, typed or read from a picture. It counts nothing."""

from pathlib import Path
from typing import Annotated

import typer
import zxingcpp
from ocop.trace.api.starting import check_keys, masters_of
from ocop.trace.api.verify import answers, judge_link
from ocop.trace.api.verify import verify as judge_as_json
from ocop.trace.cli_common import Desk, Json, Refused, desk, give, now, say
from ocop.trace.pages.answers import Subject, answers_view
from ocop.trace.pages.phrases import phrases, plain
from ocop.trace.pages.views import item_values
from ocop.trace.scanning import Judged, Scanner
from ocop.trace.sightings import SALT_SIZE, Sightings, day_of
from ocop.trace.verdict import Verdict
from ocop.trace.verdict_ids import CodeAnswer
from PIL import Image, UnidentifiedImageError

GOOD = frozenset(
    {CodeAnswer.CODE_ISSUED, CodeAnswer.CHIP_KNOWN, CodeAnswer.CHIP_ANSWERED, CodeAnswer.CHIP_SILENT}
)
MAX_PIXELS = 40_000_000
LINK_AT_MOST = 2048
QR_CODES = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(verify)


def verify(
    what: Annotated[str, typer.Argument(help="A link, or the file of a picture with a code on it.")],
    json_: Json = False,
) -> None:
    """The three answers about a link. Exit code 0: the code was issued; 1: any other answer."""
    link = what if "://" in what else read_picture(Path(what))
    with desk() as at:
        check_keys(at.settings)
        moment = now()
        nobody = Sightings(bytes(SALT_SIZE), day_of(int(moment.timestamp())))
        scanner = Scanner(
            at.store,
            at.meta.realm,
            nobody,
            restored=at.meta.restored_at is not None,
            master=masters_of(at.settings).key,
        )
        judged = judge_link(scanner, at.settings, link, moment)
        if judged is None:
            raise Refused("expected a product of this register, got an unknown one", link, 3)
        verdict = judged.verdict if isinstance(judged, Judged) else judged
        if json_:
            found = judge_as_json(scanner, at.settings, link, moment) or answers(verdict)
            give({"link": link, **found})
        else:
            _say_answers(at, judged, verdict, link)
        scanner.close()
    if verdict.code not in GOOD:
        raise typer.Exit(1)


def read_picture(path: Path) -> str:
    """The link in a picture's QR code. Raises Refused."""
    try:
        with Image.open(path, formats=("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise Refused(
                    f"expected at most {MAX_PIXELS:,} pixels, got {picture.width} x {picture.height}", code=3
                )
            codes = zxingcpp.read_barcodes(picture.convert("L"), formats=QR_CODES)
    except (FileNotFoundError, IsADirectoryError):
        raise Refused(
            f"expected a link or a picture, got {str(path)!r}", "a link begins with https://", 3
        ) from None
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError) as error:
        raise Refused(f"expected a picture such as PNG or JPEG, got {path}: {error}", code=3) from None
    links = sorted({code.text for code in codes if "://" in code.text[:8]})
    if not links:
        raise Refused(
            f"expected a QR code with a link in {path}, got none", "take it closer, straight and sharp", 3
        )
    if len(links) > 1:
        raise Refused(f"expected one code in {path}, got {len(links)}", "cut the picture to one of them", 3)
    return links[0]


def _say_answers(at: Desk, judged: Judged | Verdict, verdict: Verdict, link: str) -> None:
    words = phrases("vi")
    facts = judged.facts if isinstance(judged, Judged) else None
    batch = judged.batch.batch if isinstance(judged, Judged) and judged.batch else None
    subject = Subject(facts.product if facts else None, facts.producer if facts else None, batch)
    path = judged.scanned.identifier.path if isinstance(judged, Judged) else ""
    view = answers_view(words, subject, verdict, item_values(words, verdict, path=path, query=""))
    say(link[:LINK_AT_MOST])
    say(f"1. {plain(view.code.title)}  [{verdict.code.value}]")
    for detail in view.code.details:
        say(f"   {plain(detail)}")
    say(f"2. {plain(view.thing.title)}")
    stars = "★" * view.stars.stars + " " if view.stars.stars else ""
    say(f"3. {stars}{plain(view.stars.title)}  [{verdict.stars.value}]")
    for detail in view.stars.details:
        say(f"   {plain(detail)}")
    if verdict.code_reasons or verdict.star_reasons:
        say("   " + ", ".join(reason.value for reason in (*verdict.code_reasons, *verdict.star_reasons)))
    say(f"   {plain(view.answered)}; {at.meta.realm}")
