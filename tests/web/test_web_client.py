"""The web client's own tests, and the package that others install."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.web.node import WEB, require

_TESTS = sorted(path.name for path in (WEB / "tests").glob("*.test.js"))
_USER = """
import { createAuth, createClient, type ParleyClient } from "parley-client";

async function main(): Promise<void> {
  const settings = { socketUrl: "wss://x", httpUrl: "https://x", region: "r", userPoolId: "p", clientId: "c" };
  const client: ParleyClient = await createClient({ settings, auth: createAuth(settings) });
  client.on("received", ({ entry }) => console.log(entry.seq + 1, entry.body.text));
  client.on("failed", ({ code, reason }) => console.log(code, reason));
  const id: string = await client.send("ben", { text: "hello" });
  for (const message of await client.messages("ben")) console.log(message.state === "waiting", message.id === id);
  // @ts-expect-error a number is no message
  await client.send("ben", { text: 1 });
  // @ts-expect-error there is no such event
  client.on("nonsense", () => {});
}
void main;
"""


def _run(*command: str | Path, at: Path = WEB) -> str:
    done = subprocess.run(command, cwd=at, check=False, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, (done.stdout + done.stderr)[-8_000:]
    return done.stdout


@pytest.mark.parametrize("name", _TESTS)
def test_the_clients_own_tests_pass(name: str):
    require()
    _run("node", "--test", f"tests/{name}")


def test_the_package_works_where_it_is_installed_and_has_types(tmp_path: Path):
    require()
    [packed] = json.loads(_run("npm", "pack", "--json", "--pack-destination", tmp_path, at=WEB / "parley"))
    names = {file["path"] for file in packed["files"]}
    assert {"index.js", "core.js", "README.md", "types/index.d.ts", "protocol/session.js"} <= names
    installed = tmp_path / "node_modules" / "parley-client"
    installed.mkdir(parents=True)
    _run("tar", "-xzf", tmp_path / packed["filename"], "-C", installed, "--strip-components=1")
    (tmp_path / "user.mts").write_text(_USER)
    _run(WEB / "node_modules/.bin/tsc", "--strict", "--noEmit", "--module", "nodenext", "--target", "es2022",
         "--lib", "es2022,dom,dom.iterable", "user.mts", at=tmp_path)  # fmt: skip
    names_of = "import('parley-client').then(m => console.log(typeof m.createClient, typeof m.IndexedDBStore))"
    assert _run("node", "-e", names_of, at=tmp_path).split() == ["function", "function"]
