#!/usr/bin/env bash
# The web client's tools: `web.sh setup` installs them in clients/web/node_modules, as pinned in package-lock.json; `web.sh check`
# also checks the types of the client, the elements and the page. Nothing else in Parley needs Node, but for deploying the page
# (infra/page/). Where Node 20 is missing this says so and succeeds, unless PARLEY_NODE=required. `web.sh node` says why Node cannot
# be used, and fails, or says nothing.
set -euo pipefail
cd "$(dirname "$0")/../../clients/web"

missing() { # why Node cannot be used, if it cannot
  local version
  version=$(node --version 2>/dev/null) || { echo "Node 20 or newer is not installed"; return; }
  [[ ${version#v} =~ ^([0-9]+)\. && ${BASH_REMATCH[1]} -ge 20 ]] || { echo "Node 20 or newer is needed, and this is $version"; return; }
  command -v npm >/dev/null || echo "npm is not installed"
}

why=$(missing)
if [[ -n $why ]]; then
  echo "The web client is not checked: $why" >&2
  [[ ${1:-} != node && ${PARLEY_NODE:-} != required ]]
  exit
fi
[[ ${1:-} != node ]] || exit 0

exec 9>.lock
flock 9
wanted=$(cksum <package-lock.json)
if [[ $(cat node_modules/.ready 2>/dev/null || true) != "$wanted" ]]; then
  log=$(npm ci --ignore-scripts --no-audit --no-fund 2>&1) || {
    echo "setup: could not install the web client's tools: $(grep -m 1 -i 'npm error' <<<"$log" || true)" >&2
    exit 1
  }
  echo "$wanted" >node_modules/.ready
fi
exec 9>&-
case ${1:-} in
  setup) ;;
  check) node_modules/.bin/tsc -p tsconfig.json ;;
  *) echo "usage: web.sh (setup|check|node)" >&2; exit 2 ;;
esac
