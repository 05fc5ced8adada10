"""Load from a second process: wrk over a list of paths, its rate, p50 and p99.

A path may bring a cookie, behind a tab; then it comes from the network that asked before.
"""

import random
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

SCRIPT = """
local paths = {}
for line in io.lines("%s") do paths[#paths + 1] = line end
-- Every request comes from another network, through a trusted proxy, so that every scan counts and is recorded. The
-- seed is another one for each load and each thread of wrk: the same visitors once more would be no new scans.
local seed, i, address = %d, 0, nil
local threads = 0
setup = function(thread)
  threads = threads + 1
  thread:set("nth", threads)
end
init = function()
  math.randomseed(seed + nth * 7919)
  -- Each thread begins in its own half: no path is asked for twice while there are fewer requests than paths.
  i = math.floor((nth - 1) * #paths / 2)
end
request = function()
  i = i %% #paths + 1
  local path, cookie = paths[i]:match("^([^\t]*)\t?(.*)$")
  if cookie == "" then
    address = math.random(11, 120) .. "." .. math.random(0, 255) .. "." .. math.random(0, 255) .. ".7"
  end
  return wrk.format("GET", path, {
    ["Cookie"] = cookie ~= "" and cookie or nil,
    ["X-Forwarded-For"] = address,
    ["Accept-Language"] = "vi-VN,vi;q=0.9,en;q=0.5",
    ["User-Agent"] = "Mozilla/5.0 (Linux; Android 13; SM-A145F) AppleWebKit/537.36 Chrome/138.0 Mobile Safari/537.36"
  })
end
"""
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True)
class Load:
    """What wrk saw: requests answered, answers that were not 2xx or 3xx, milliseconds at two quantiles."""

    requests: int
    seconds: float
    errors: int
    p50_ms: float
    p99_ms: float


def wrk(url: str, paths: list[str], seconds: float, connections: int, scratch: Path) -> Load:
    """Drive `url` over loopback. Needs wrk (Debian's package of that name)."""
    if shutil.which("wrk") is None:
        raise SystemExit("bench: wrk is needed for the load; install Debian's package wrk")
    (scratch / "paths.txt").write_text("\n".join(paths))
    script = scratch / "paths.lua"
    script.write_text(SCRIPT % (scratch / "paths.txt", random.getrandbits(31)))
    command = ["wrk", "-t2", f"-c{connections}", f"-d{seconds:g}s", "--latency", "-s", str(script), url]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    done = re.search(r"(\d+) requests in ([\d.]+)(us|ms|s|m)", out)
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    if not done:
        raise RuntimeError(out)

    def quantile(name: str) -> float:
        found = re.search(rf"{name}%\s+([\d.]+)(us|ms|s)", out)
        return float(found[1]) * UNITS[found[2]] if found else float("nan")

    sockets = sum(int(n) for n in re.findall(r"(?:connect|read|write|timeout) (\d+)", out))
    return Load(int(done[1]), seconds, int(bad[1] if bad else 0) + sockets, quantile("50"), quantile("99"))
