#!/usr/bin/env bash
# Prints the directory of Node 20 or newer: the machine's own, or that of .venv/node, which is made from locks/node.txt
# where the machine has none.
set -euo pipefail
cd "$(dirname "$0")/../.."

if infra/local/web.sh node 2>/dev/null; then
  dirname "$(command -v node)"
  exit
fi
home=$PWD/.venv/node
wanted=$(cksum <locks/node.txt)
if [[ $(cat "$home/.ready" 2>/dev/null || true) != "$wanted" ]]; then
  infra/local/setup.sh run >&2
  .venv/bin/python infra/uv.py venv --quiet --clear --python .venv/bin/python "$home" >&2
  .venv/bin/python infra/uv.py pip sync --quiet --python "$home/bin/python" --require-hashes locks/node.txt >&2
  echo "$wanted" >"$home/.ready"
fi
echo "$home/bin"
