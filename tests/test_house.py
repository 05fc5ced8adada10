"""The house rules, read from the syntax tree of every product file.

A file imports from lower floors, from its own package, and along the same-floor edges named here; never
upwards. The other rules are habits that a reviewer should not have to repeat.
"""

import ast
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted(
    path
    for top in ("trace", "hardware")
    for path in (ROOT / top).rglob("*.py")
    if "migrations/versions" not in path.as_posix()
)

# The longest matching prefix decides. A package's `__init__` belongs to the package.
FLOORS = {
    "trace": 0,
    "trace.text": 0,
    "trace.gs1": 0,
    "trace.signing": 0,
    "trace.tags": 0,
    "trace.sheets": 0,
    "trace.deadlines": 0,
    "trace.facts": 1,
    "trace.rights": 1,
    "trace.scanned": 1,
    "trace.verdict": 1,
    "trace.sightings": 1,
    "trace.pages": 1,
    "trace.illustrative": 1,
    "trace.registry": 2,
    "trace.issuing": 3,
    "trace.withdrawing": 3,
    "trace.scanning": 3,
    "trace.taps": 3,
    "trace.storytelling": 3,
    "trace.illustrating": 3,
    "trace.keeping": 3,
    "trace.printing": 3,
    "trace.registering": 3,
    "trace.provisioning": 3,
    "trace.doors": 3,
    "trace.auditing": 3,
    "trace.batching": 3,
    "trace.certifying": 3,
    "trace.importing": 3,
    "trace.answering": 3,
    "trace.handing": 3,
    "trace.erasing": 3,
    "trace.housekeeping": 3,
    "trace.settings": 4,
    "trace.cli": 4,
    "trace.api": 4,
    "hardware": 4,
}
# (importer, imported): edges between packages of one floor.
SAME_FLOOR = {
    ("trace.gs1", "trace.text"),
    ("trace.sheets", "trace.text"),
    ("trace.sheets", "trace.gs1"),
    ("trace.signing", "trace.gs1"),
    ("trace.tags", "trace.gs1"),
    ("trace.verdict", "trace.facts"),
    ("trace.verdict", "trace.scanned"),
    ("trace.pages", "trace.facts"),
    ("trace.pages", "trace.verdict"),
    ("trace.illustrative", "trace.facts"),
    ("trace.scanning", "trace.taps"),
    ("trace.printing", "trace.issuing"),
    ("trace.batching", "trace.issuing"),
    ("trace.batching", "trace.printing"),
    ("trace.batching", "trace.provisioning"),
    ("trace.batching", "trace.withdrawing"),
    ("trace.provisioning", "trace.issuing"),
    # A chip is voided in the middle of a dialogue, and the log's line belongs to that transaction.
    ("trace.provisioning", "trace.auditing"),
    ("trace.storytelling", "trace.issuing"),
    ("trace.registering", "trace.issuing"),
    ("trace.illustrating", "trace.registering"),
    ("trace.illustrating", "trace.issuing"),
    ("trace.illustrating", "trace.withdrawing"),
    ("trace.illustrating", "trace.provisioning"),
    ("trace.certifying", "trace.withdrawing"),
    ("trace.certifying", "trace.issuing"),
    ("trace.certifying", "trace.answering"),
    ("trace.handing", "trace.certifying"),
    ("trace.handing", "trace.doors"),
    ("trace.handing", "trace.provisioning"),
    ("trace.handing", "trace.withdrawing"),
    ("trace.erasing", "trace.certifying"),
    ("trace.erasing", "trace.doors"),
    ("trace.keeping", "trace.erasing"),
    ("trace.api", "trace.settings"),
    ("trace.cli", "trace.settings"),
    ("trace.cli", "trace.api"),
    # The illustration writes simulated chips.
    ("trace.cli", "hardware"),
}
HARDWARE_MAY_IMPORT = ("trace.tags", "trace.signing", "trace.gs1", "trace.text", "hardware")
# Floor 0 and 1 take time, randomness, files and databases as arguments.
IMPURE = {"os", "time", "random", "secrets", "sqlite3", "sqlalchemy", "sqlmodel", "socket", "subprocess",
          "threading", "fastapi", "starlette", "requests", "httpx", "urllib.request"}  # fmt: skip
CLOCK_CALLS = {"now", "utcnow", "today", "time", "monotonic", "perf_counter"}
# Modules that read package data once (templates, catalogues, fonts, pictures) may touch files.
READS_PACKAGE_DATA = {"trace.pages", "trace.illustrative"}
GUESSED = {"mac", "_mac", "cmac", "truncated", "command_mac", "answer_mac", "rotated", "csrf", "token_hash"}
COMPARES = [
    ("trace/tags/sun.py", "check"),
    ("trace/tags/secure.py", "same"),
    ("trace/tags/secure.py", "check_answer"),
    ("trace/tags/ntag424_commands.py", "_check_echo"),
    ("trace/taps.py", "read"),
    ("trace/provisioning_stations.py", "authenticate"),
    ("trace/api/rooms/dispatch.py", "_judge"),
    ("hardware/page.py", "_name"),
]
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60


def module_of(path: Path) -> str:
    """`trace/signing/token.py` -> `trace.signing.token`; an `__init__` is its package."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def area_of(module: str) -> str:
    """The longest prefix of `module` that stands in FLOORS."""
    parts = module.split(".")
    for end in range(len(parts), 0, -1):
        prefix = ".".join(parts[:end])
        if prefix in FLOORS and not (prefix == "trace" and len(parts) > 1):
            return prefix
        # `trace/cli_keys.py` and `trace/verdict_x.py` live on the floor of their stem.
        stem = prefix.rpartition("_")[0]
        while stem and stem != "trace":
            if stem in FLOORS and end == len(parts):
                return stem
            stem = stem.rpartition("_")[0]
    raise AssertionError(f"{module} stands on no floor: name it in FLOORS")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), filename=str(path))


def imports_of(path: Path) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of everything a file imports; `ocop.` is cut off our own names."""
    module = module_of(path)
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name.removeprefix("ocop.")
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                up = package.split(".")
                base = ".".join([*up[: len(up) - node.level + 1], *([base] if base else [])])
            base = base.removeprefix("ocop.") if base != "ocop" else ""
            for alias in node.names:
                full = f"{base}.{alias.name}" if base else alias.name
                yield node.lineno, full


def own_module(name: str) -> str | None:
    """The module of this project that a dotted import names, or None for other people's."""
    if name.split(".")[0] not in {"trace", "hardware"}:
        return None
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        path = ROOT.joinpath(*parts[:end])
        if path.with_suffix(".py").is_file() or path.is_dir():
            return ".".join(parts[:end])
    return None


def ids(paths: list[Path]) -> list[str]:
    return [path.relative_to(ROOT).as_posix() for path in paths]


every_file = pytest.mark.parametrize("path", FILES, ids=ids(FILES))


def test_every_package_on_disk_is_in_the_package_list() -> None:
    listed = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    on_disk = {
        "ocop." + ".".join(init.parent.relative_to(ROOT).parts)
        for top in ("trace", "hardware")
        for init in (ROOT / top).rglob("__init__.py")
    }
    assert on_disk == listed


@every_file
def test_a_file_imports_from_lower_floors_only(path: Path) -> None:
    importer = area_of(module_of(path))
    wrong = []
    for line, name in imports_of(path):
        imported_module = own_module(name)
        if imported_module is None:
            continue
        imported = area_of(imported_module)
        if imported == importer or (importer, imported) in SAME_FLOOR:
            continue
        if importer == "hardware":
            if not imported.startswith(HARDWARE_MAY_IMPORT):
                wrong.append(f"line {line}: hardware imports {imported_module}")
        elif imported == "hardware" or FLOORS[imported] >= FLOORS[importer]:
            wrong.append(f"line {line}: {importer} (floor {FLOORS[importer]}) imports {imported_module}")
    assert not wrong, wrong


@every_file
def test_a_pure_file_takes_time_chance_and_files_as_arguments(path: Path) -> None:
    area = area_of(module_of(path))
    if area == "hardware" or FLOORS[area] > 1:
        return
    wrong = [f"line {line}: imports {name}" for line, name in imports_of(path)
             if name in IMPURE or name.split(".")[0] in IMPURE]  # fmt: skip
    for node in ast.walk(tree_of(path)):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id == "open":
            wrong.append(f"line {node.lineno}: opens a file")
        if (
            isinstance(node.func, ast.Attribute)
            and node.func.attr in CLOCK_CALLS
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id in {"datetime", "date", "time"}
        ):
            wrong.append(f"line {node.lineno}: asks the clock")
    if area not in READS_PACKAGE_DATA:
        wrong += [
            f"line {line}: imports {name}" for line, name in imports_of(path) if name.startswith("pathlib")
        ]
    assert not wrong, wrong


@every_file
def test_product_code_has_no_assert_no_bare_except_and_nothing_left_undone(path: Path) -> None:
    wrong = []
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Assert):
            wrong.append(f"line {node.lineno}: assert (python -O removes it)")
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            wrong.append(f"line {node.lineno}: bare except")
        if isinstance(node, ast.Raise) and ast.unparse(node).startswith("raise NotImplementedError"):
            wrong.append(f"line {node.lineno}: not implemented")
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        wrong += [
            f"line {number}: {mark}" for mark in ("TODO", "FIXME", "XXX", "HACK") if mark in line.split()
        ]
    assert not wrong, wrong


def _called(node: ast.expr) -> str:
    """The last name of what is called, taken by index or named: `mac` of `sun.mac(key, uid)[:8]`."""
    while isinstance(node, ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


@every_file
def test_a_mac_or_a_secret_is_never_compared_byte_by_byte(path: Path) -> None:
    """How long `==` takes tells how much of a guess is right; `hmac.compare_digest` tells nothing."""
    wrong = [
        f"line {node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Compare)
        and any(isinstance(one, ast.Eq | ast.NotEq | ast.In | ast.NotIn) for one in node.ops)
        and any(_called(side) in GUESSED for side in (node.left, *node.comparators))
    ]
    assert not wrong, wrong


@pytest.mark.parametrize(("file", "function"), COMPARES)
def test_whoever_checks_a_mac_or_a_secret_takes_the_same_time_for_each(file: str, function: str) -> None:
    found = [
        node
        for node in ast.walk(tree_of(ROOT / file))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == function
    ]
    assert len(found) == 1
    calls = [ast.unparse(node.func) for node in ast.walk(found[0]) if isinstance(node, ast.Call)]
    assert {"hmac.compare_digest", "compare_digest", "same"} & set(calls), calls


@every_file
def test_nothing_is_configured_when_a_module_is_imported(path: Path) -> None:
    wrong = []
    for node in tree_of(path).body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Call):
            called = ast.unparse(node.value.func)
            if called.endswith(("Settings", "create_engine", "open_store", "getenv", "environ.get")):
                wrong.append(f"line {node.lineno}: {called}() at import")
    assert not wrong, wrong


@every_file
def test_files_and_functions_stay_readable(path: Path) -> None:
    wrong = []
    lines = len(path.read_text("utf-8").splitlines())
    if lines > MAX_FILE_LINES:
        wrong.append(f"{lines} lines (at most {MAX_FILE_LINES}): would each line know its room?")
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            length = node.end_lineno - node.lineno + 1
            if length > MAX_FUNCTION_LINES:
                wrong.append(f"{node.name}: {length} lines (at most {MAX_FUNCTION_LINES})")
    assert not wrong, wrong


@every_file
def test_modules_and_public_names_say_what_they_are(path: Path) -> None:
    tree = tree_of(path)
    wrong = [] if ast.get_docstring(tree) else ["module without a docstring"]
    public = [n for n in tree.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)]
    for node in public:
        if not node.name.startswith("_") and not ast.get_docstring(node):
            wrong.append(f"line {node.lineno}: {node.name} without a docstring")
    assert not wrong, wrong


def test_most_functions_are_short() -> None:
    lengths = sorted(
        (node.end_lineno or node.lineno) - node.lineno + 1
        for path in FILES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    assert lengths[int(len(lengths) * 0.9)] <= 40 if lengths else True


def test_the_lock_names_hashes_and_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert "://" not in lock
    assert "--index-url" not in lock
    pins = [line for line in lock.splitlines() if line and not line.startswith((" ", "#"))]
    assert all("==" in pin for pin in pins)
    assert lock.count("--hash=sha256:") >= len(pins)
