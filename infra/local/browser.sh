#!/usr/bin/env bash
# Installs what tests/browser/ needs, if it is not there: Chromium and npm (on Debian and Ubuntu), and axe-core as pinned
# in tests/browser/package-lock.json.
set -euo pipefail
cd "$(dirname "$0")/../.."

missing=()
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || missing+=(chromium)
command -v npm >/dev/null || missing+=(npm)
if ((${#missing[@]})); then
  command -v apt-get >/dev/null || {
    echo "browser: install ${missing[*]}; this does it by itself on Debian and Ubuntu only" >&2
    exit 1
  }
  root=()
  [[ $(id -u) == 0 ]] || root=(sudo)
  ${root[@]+"${root[@]}"} apt-get update -q
  ${root[@]+"${root[@]}"} env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
fi
if [[ ! tests/browser/node_modules/.package-lock.json -nt tests/browser/package-lock.json ]]; then
  npm ci --prefix tests/browser --no-audit --no-fund --loglevel=error
fi
