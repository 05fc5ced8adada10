"""From a view of the rooms to the bytes of its page (floor 1: templates are package data, read once).

    RoomRenderer().page(view)

The policy of these pages allows our own host and nothing inline; recordings and pictures that a person just made may
be shown from memory (`blob:`). Files under `/static/` are named with a digest of their content, so that a browser
never mixes versions.
"""

import hashlib
from functools import cache
from typing import Any

from jinja2 import Environment
from markupsafe import Markup
from ocop.trace.pages.phrases import phrases
from ocop.trace.pages.render import Sayer, environment_of_pages, static_files
from ocop.trace.pages.rooms import (
    base,
    batch_views,
    door_views,
    help_views,
    import_views,
    office_views,
    story_views,
)

CSP = (
    "default-src 'none'; img-src 'self' blob: data:; media-src 'self' blob:; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# One line for each module with views.
TEMPLATES: dict[type, str] = {
    **base.TEMPLATES,
    **door_views.TEMPLATES,
    **office_views.TEMPLATES,
    **import_views.TEMPLATES,
    **help_views.TEMPLATES,
    **story_views.TEMPLATES,
    **batch_views.TEMPLATES,
}


@cache
def _environment() -> Environment:
    """Compiled once in a process, each template when it is first asked for."""
    digests = {
        name: hashlib.sha256(content).hexdigest()[:12] for name, (content, _) in static_files().items()
    }
    environment = environment_of_pages()
    environment.filters.update(drawing=Markup)
    environment.globals["asset"] = lambda name: f"/static/{name}?v={digests[name]}"
    return environment


class RoomRenderer:
    """The compiled templates of the rooms."""

    def page(self, view: Any) -> bytes:
        """The page as UTF-8 bytes. `view` is of a type in `TEMPLATES`."""
        words = phrases(view.base.lang)
        template = _environment().get_template(TEMPLATES[type(view)])
        return template.render(v=view, b=view.base, say=Sayer(words), words=words).encode()
