"""A runner that calls the command line in process, and a shop: a store that the commands themselves have filled."""

import contextlib
import io
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ocop.trace import cli
from ocop.trace.registering import EXAMPLE
from PIL import Image

GTIN, LOT = "09521234543213", "L2609A"
ADDRESS = "https://id.ocop.example"


@dataclass(frozen=True)
class Said:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one JSON object that it gave."""
        (line,) = self.out.splitlines()
        found: dict[str, Any] = json.loads(line)
        return found


@dataclass(frozen=True)
class Cli:
    """`ocop-trace` with its environment; `cli("issue", …)` runs a command to its end."""

    data: Path
    env: dict[str, str] = field(default_factory=dict)

    def __call__(self, *words: object, **env: str) -> Said:
        out, err = io.StringIO(), io.StringIO()
        settings = {"OCOP_DATA": str(self.data), "OCOP_PUBLIC_URL": ADDRESS, **self.env, **env}
        with pytest.MonkeyPatch.context() as patch:
            for name, value in settings.items():
                patch.setenv(name, value)
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                try:
                    cli.main(lambda: cli.app([str(word) for word in words], prog_name="ocop-trace"))
                    code: object = 0
                except SystemExit as end:
                    code = end.code or 0
        assert isinstance(code, int)
        return Said(code, out.getvalue(), err.getvalue())

    def must(self, *words: object, **env: str) -> Said:
        """The same for a command that has to succeed."""
        said = self(*words, **env)
        assert said.code == 0, (words, said)
        return said


def example(folder: Path) -> Path:
    """The example of `register`, with a GTIN and a picture."""
    folder.mkdir(parents=True, exist_ok=True)
    Image.effect_noise((900, 700), 40).convert("RGB").save(folder / "hop-tra.jpg")
    file = folder / "tra.toml"
    file.write_text(EXAMPLE.replace('key = ""', f'key = "{GTIN}"'), "utf-8")
    return file


@pytest.fixture(scope="session")
def make_cli() -> Callable[..., Cli]:
    """Runs commands on any folder."""
    return Cli


@pytest.fixture
def write_example() -> Callable[[Path], Path]:
    """Writes the example file and its picture into a folder."""
    return example


@pytest.fixture(scope="session")
def made_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that `init` made."""
    data = tmp_path_factory.mktemp("made") / "data"
    Cli(data).must("init", OCOP_REALM="ocop.example/tag")
    return data


@pytest.fixture(scope="session")
def shop_template(made_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one product, one lot of 60 items on sale and its first 21 labels printed."""
    data = tmp_path_factory.mktemp("shop") / "data"
    shutil.copytree(made_template, data)
    shop = Cli(data)
    shop.must("register", example(data.parent))
    shop.must("issue", GTIN, LOT, "--made", "2026-09-01", "--count", 60)
    shop.must("labels", GTIN, LOT, "--to", 21, "--out", data.parent / "labels.pdf")
    shop.must("release", GTIN, LOT)
    return data


@pytest.fixture
def made(made_template: Path, tmp_path: Path) -> Cli:
    """An empty store with its keystore."""
    return Cli(Path(shutil.copytree(made_template, tmp_path / "data")))


@pytest.fixture
def shop(shop_template: Path, tmp_path: Path) -> Cli:
    """A store with goods on sale."""
    return Cli(Path(shutil.copytree(shop_template, tmp_path / "data")))


@pytest.fixture(scope="session")
def sheet(shop_template: Path) -> Path:
    """The PDF of the shop's first 21 labels."""
    return shop_template.parent / "labels.pdf"
