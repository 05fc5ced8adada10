"""The command that gives a proxy our words: proxy-pages."""

from pathlib import Path
from typing import Annotated

import typer
from ocop.trace.api.problems import Wrong, problem_json
from ocop.trace.cli_common import Json, Refused, give, say
from ocop.trace.pages.phrases import LANGS
from ocop.trace.pages.render import Renderer
from ocop.trace.pages.site_pages import message_view
from ocop.trace.settings import read_settings

# What nginx has to say by itself; docs/deploy/nginx.conf names these files. 503 stands for 502 and 504 too.
SAID = (Wrong.LINK, Wrong.UNKNOWN, Wrong.TOO_LARGE, Wrong.TOO_LONG, Wrong.TOO_MANY, Wrong.AWAY)
READABLE = 0o644


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("proxy-pages")(proxy_pages)


def proxy_pages(
    folder: Annotated[Path, typer.Argument(help="The folder for them, such as /etc/ocop/words.")],
    json_: Json = False,
) -> None:
    """Write the pages that a proxy shows when it refuses by itself or the service does not answer."""
    settings = read_settings()
    if not folder.is_dir():
        raise Refused(f"expected a folder for the pages, got {folder}", "make it first", 3)
    renderer, files = Renderer(), {}
    for wrong in SAID:
        files[f"{wrong.status}.json"] = problem_json(wrong.status, wrong.problem()).body
        for lang in LANGS:
            view = message_view(wrong.status, lang, settings.public_url)
            files[f"{wrong.status}.{lang}.html"] = renderer.page(view)
    for name, content in files.items():
        _put(folder / name, content)
    if json_:
        give({"folder": str(folder), "files": sorted(files)})
    else:
        say(f"{len(files)} pages for {settings.public_url} are in {folder}; write them anew after an upgrade")


def _put(path: Path, content: bytes) -> None:
    """A proxy that reads while we write sees the old page or the new one, and may read it whatever our mask is."""
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    part.chmod(READABLE)
    part.rename(path)
