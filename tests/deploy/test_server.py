"""The units are what systemd accepts, and the commands of the operator's pages are true: they are run."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from ocop.trace import erasing
from ocop.trace.registering import EXAMPLE
from ocop.trace.registry import erasures, tables, telling
from ocop.trace.registry.store import open_store
from ocop.trace.settings import Settings
from PIL import Image
from sqlalchemy import select

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "docs" / "deploy"
UNITS = ("ocop-trace.service", "ocop-trace-backup.service", "ocop-trace-backup.timer")
FENCE = re.compile(r"^ *```sh\n(.*?)^ *```$", re.S | re.M)
PROGRAM = "/opt/ocop/.venv/bin/ocop-trace"


def commands(page: str) -> list[str]:
    """Every line of the page's blocks of commands."""
    blocks = FENCE.findall((DEPLOY / page).read_text("utf-8"))
    return [line.strip() for block in blocks for line in block.splitlines() if line.strip()]


def unit(name: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in (DEPLOY / name).read_text("utf-8").splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units, with programs of this machine in place of those of a server."""
    for name in UNITS:
        text = (DEPLOY / name).read_text("utf-8")
        (tmp_path / name).write_text(
            re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", text, flags=re.M), "utf-8"
        )
    return tmp_path


@pytest.fixture(scope="session")
def systemd_analyze() -> None:
    """The program that judges units."""
    if shutil.which("systemd-analyze") is None:
        reason = "no systemd-analyze found: install Debian's systemd package (it needs no running service)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(f"{reason}; see the test below")


@pytest.mark.usefixtures("systemd_analyze")
def test_systemd_accepts_the_units_and_finds_them_well_shut(units: Path) -> None:
    files = [units / name for name in UNITS]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *files],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, [line for line in done.stderr.splitlines() if str(units) in line]) == (0, [])
    for name in UNITS[:2]:
        # The scale ends at 100 for a service that may do everything.
        done = subprocess.run(
            ["systemd-analyze", "security", "--no-pager", "--offline=yes", "--threshold=20", units / name],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout.splitlines()[-1]


def test_the_units_name_what_there_is_and_write_only_where_they_must() -> None:
    serve, backup, timer = (unit(name) for name in UNITS)
    tool, *words = shlex.split(serve["ExecStart"][0])
    assert (tool, words[0]) == (PROGRAM, "serve")
    done = subprocess.run([Path(sys.executable).with_name("ocop-trace"), "serve", "--help"], capture_output=True,
                          text=True, check=True)  # fmt: skip
    assert all(word in done.stdout for word in words if word.startswith("--"))
    assert backup["ExecStart"] == ["/opt/ocop/docs/deploy/ocop-backup"]
    assert os.access(DEPLOY / "ocop-backup", os.X_OK)
    assert serve["ReadWritePaths"] == ["/var/lib/ocop"]
    assert backup["ReadWritePaths"] == ["/var/lib/ocop /var/backups/ocop"]
    for one in (serve, backup):
        assert (one["User"], one["ProtectSystem"], one["NoNewPrivileges"]) == (["ocop"], ["strict"], ["yes"])
        assert one["EnvironmentFile"] == ["/etc/ocop/settings"]
    assert serve["LoadCredential"] == ["kek:/etc/ocop/kek"]
    assert serve["Environment"] == ["OCOP_KEK_FILE=%d/kek"]
    assert timer["Persistent"] == ["yes"]


def test_the_shipped_settings_are_settings() -> None:
    lines = [
        line for line in (DEPLOY / "settings").read_text("utf-8").splitlines() if line[:1] not in {"#", ""}
    ]
    names = {line.partition("=")[0] for line in lines}
    assert names <= {f"OCOP_{name.upper()}" for name in Settings.model_fields}
    assert {"OCOP_DATA", "OCOP_PUBLIC_URL", "OCOP_REALM", "OCOP_TRUSTED_PROXIES"} <= names
    # systemd would let the file win over the credential that the unit names.
    assert "OCOP_KEK_FILE" not in names


class Server:
    """A scratch folder that stands for `/` of a server: the shipped scripts run in it, as whoever we are."""

    def __init__(self, root: Path, tool: Path) -> None:
        self.root = root
        program = root / PROGRAM[1:]
        for folder in (
            program.parent,
            *(root / name for name in ("etc/ocop", "var/lib", "var/backups", "sbin")),
        ):
            folder.mkdir(parents=True)
        program.symlink_to(tool)
        (root / "opt/ocop/docs").symlink_to(ROOT / "docs")
        as_user = "setpriv --reuid=ocop --regid=ocop --init-groups --no-new-privs -- "
        self._script("ocop", {as_user: ""})
        self._script("ocop-backup", {})

    def _script(self, name: str, more: dict[str, str]) -> None:
        text = (DEPLOY / name).read_text("utf-8")
        for shipped, here in more.items():
            assert shipped in text
            text = text.replace(shipped, here)
        target = self.root / "sbin" / name
        target.write_text(self.here(text), "utf-8")
        target.chmod(0o755)

    def here(self, text: str) -> str:
        """The text with a server's folders below ours."""
        return re.sub(r"(?<![\w.])/(?=(?:opt|etc|var/lib|var/backups)/ocop)", f"{self.root}/", text)

    def run(self, line: str, **env: str) -> subprocess.CompletedProcess[str]:
        """One line of the page, as a shell on the server would run it."""
        given = {name: value for name, value in os.environ.items() if not name.startswith("OCOP_")}
        given["PATH"] = f"{self.root}/sbin:{given['PATH']}"
        owners = re.sub(r" -o \w+ -g \w+", "", line)
        done = subprocess.run(
            ["sh", "-ec", self.here(owners)], env={**given, **env}, cwd=self.root, capture_output=True, text=True,
            timeout=120, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        settings = self.root / "etc/ocop/settings"
        if "/etc/ocop/settings" in line:
            # The shipped file names folders of this machine, which are no business of a test.
            settings.write_text(self.here(settings.read_text("utf-8")), "utf-8")
        return done

    def must(self, line: str, **env: str) -> str:
        done = self.run(line, **env)
        assert done.returncode == 0, (line, done.stdout, done.stderr)
        return done.stdout


@pytest.fixture
def server(tmp_path: Path, warm_tool: Path) -> Server:
    return Server(tmp_path / "server", warm_tool)


# What needs root, the network, systemd or nginx; nginx.conf has tests of its own.
ELSEWHERE = re.compile(r"(apt-get|useradd|git|make|chown|cp|systemctl|certbot|sed|ln|nginx|sudo|curl|echo) ")
SKIPPED = re.compile(r"install .*/usr/local/sbin|rm -f /etc/nginx")


def test_every_command_of_the_operator_s_page_can_be_run_in_its_order(server: Server) -> None:
    ran = []
    for line in commands("README.md"):
        if ELSEWHERE.match(line) or SKIPPED.match(line):
            continue
        if line.startswith("ocop key list"):
            picture = server.root / "hop-tra.jpg"
            Image.new("RGB", (400, 300), (90, 120, 60)).save(picture)
            (server.root / "tra.toml").write_text(EXAMPLE, "utf-8")
            server.must("ocop register tra.toml")
        server.must(line)
        ran.append(line)
    assert {line.split()[1] for line in ran if line.startswith("ocop ")} == {
        "init", "proxy-pages", "ledger", "invite", "backup", "upgrade", "key", "chips",
    }  # fmt: skip
    assert sum("OCOP_TRY" in line for line in ran) == 3
    assert (server.root / "etc/ocop/kek").stat().st_size == 32
    assert "is in order" in server.must("ocop ledger check")
    assert "withdrawn" in server.must("ocop key list")


def test_the_short_page_says_what_the_long_one_says(server: Server) -> None:
    assert set(commands("README.vi.md")) <= set(commands("README.md"))


def test_a_restore_is_tried_beside_the_service_s_own_state(server: Server) -> None:
    prepare(server)
    server.must("ocop backup /var/backups/ocop/a.zip")
    refused = server.run("ocop restore /var/backups/ocop/a.zip")
    assert refused.returncode == 4
    assert "expected an empty place" in refused.stderr
    server.must("ocop restore /var/backups/ocop/a.zip", OCOP_TRY=f"{server.root}/tried")
    assert "is in order" in server.must("ocop ledger check", OCOP_TRY=f"{server.root}/tried")
    assert (server.root / "tried/ocop.db").is_file()


def test_a_night_s_backup_is_whole_and_only_the_oldest_go(server: Server) -> None:
    prepare(server)
    kept = server.root / "var/backups/ocop"
    for day in range(1, 32):
        (kept / f"ocop-2026-01-{day:02}T193000Z.zip").write_bytes(b"")
    (kept / "before-upgrade.zip").write_bytes(b"")
    env = environment(server)
    server.must("ocop-backup", **env)
    names = sorted(path.name for path in kept.iterdir())
    assert len(names) == 32
    assert names[:3] == ["before-upgrade.zip", "erasures.jsonl", "ocop-2026-01-03T193000Z.zip"]
    newest = kept / names[-1]
    assert newest.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(newest) as archive:
        assert "kek" not in archive.namelist()
    (server.root / "var/lib/ocop/ocop.db").unlink()
    assert server.run("ocop-backup", **env).returncode != 0
    assert sorted(path.name for path in kept.iterdir()) == names, "nothing goes when nothing came"


def test_a_restore_of_an_older_night_with_the_list_of_a_later_one_brings_nobody_back(server: Server) -> None:
    prepare(server)
    env, kept = environment(server), server.root / "var/backups/ocop"
    data = server.root / "var/lib/ocop"
    (server.root / "tra.toml").write_text(EXAMPLE, "utf-8")
    Image.new("RGB", (400, 300), (90, 120, 60)).save(server.root / "hop-tra.jpg")
    server.must("ocop register tra.toml")
    store = open_store(data=data)
    now = store.check().created_at
    with store.begin() as session:
        slug = session.scalars(select(tables.Producer.slug)).one()
        telling.give_consent(session, slug, "phone", person="Nguyễn Thị Hoa", proof="giấy", at=now)
    server.must("ocop-backup", **env)
    (first,) = kept.glob("ocop-*.zip")
    first.rename(kept / "older.zip")
    with store.begin() as session:
        row = session.scalars(select(tables.Consent).where(tables.Consent.person == "Nguyễn Thị Hoa")).one()
        erasing.erase(session, [erasures.Entry("consent", row.id or 0, erasures.mark_of(row), now, (1,))])
    store.close()
    (kept / ".erasures.jsonl").write_text("what a night that was cut off has left")
    server.must("ocop-backup", **env)
    listed = kept / "erasures.jsonl"
    assert listed.read_bytes() == (data / "erasures.jsonl").read_bytes()
    assert listed.stat().st_mode & 0o077 == 0
    assert not (kept / ".erasures.jsonl").exists()
    for number, more in enumerate(
        ("--erasures /var/lib/ocop.old/erasures.jsonl", "--erasures /var/backups/ocop/erasures.jsonl")
    ):
        data.rename(data.with_name(f"ocop{'.old' if not number else '.lost'}"))
        if number:
            shutil.rmtree(data.with_name("ocop.old"))
        server.must(f"ocop restore /var/backups/ocop/older.zip {more}")
        store = open_store(data=data)
        with store.read() as session:
            assert "Nguyễn Thị Hoa" not in set(session.scalars(select(tables.Consent.person)))
        store.close()
    page = (DEPLOY / "README.md").read_text("utf-8")
    assert "ocop restore FILE --erasures /var/lib/ocop.old/erasures.jsonl" in page
    assert "`/var/backups/ocop/erasures.jsonl`" in page


def prepare(server: Server) -> None:
    for line in commands("README.md"):
        if line.startswith(("install -d", "install -m 0640", "head -c")):
            server.must(line)
    server.must("ocop init")


def environment(server: Server) -> dict[str, Any]:
    """The settings as systemd would give them to the unit."""
    lines = (DEPLOY / "settings").read_text("utf-8").splitlines()
    pairs = (line.partition("=") for line in lines if line[:1] not in {"#", ""})
    return {name: server.here(value) for name, _, value in pairs}
