#!/usr/bin/env bash
# Writes locks/: the version and hashes of every package, for Python 3.11 and newer on any platform. Versions stay as
# they are unless a requirement forbids them or a package is named: lock.sh PACKAGE…, or --all.
set -euo pipefail
cd "$(dirname "$0")/../.."

# Use one index only: with several, uv would write the hash of just the file that it would install here, not those of
# every platform's files.
export PIP_EXTRA_INDEX_URL='' PIP_FIND_LINKS=''
unset UV_INDEX UV_EXTRA_INDEX_URL UV_FIND_LINKS

upgrades=()
for name in "$@"; do
  if [[ $name == --all ]]; then upgrades+=(--upgrade); else upgrades+=(--upgrade-package "$name"); fi
done

lock() { # takes its name, then the files of requirements
  local name=$1
  shift
  .venv/bin/python infra/uv.py pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-emit-find-links --allow-unsafe --custom-compile-command "make lock" \
    --output-file "locks/$name.txt" ${upgrades[@]+"${upgrades[@]}"} "$@" >/dev/null
}

lock uv requirements-uv.txt
lock dev requirements-dev.txt
lock checkov requirements-checkov.txt
lock node requirements-node.txt
# All others are subsets of it, so that what runs is what was tested. Each starts as a copy, whose versions and hashes
# uv keeps.
upgrades=()
for part in "run requirements-run.txt" "report requirements-report.txt" "lambda requirements.txt" \
  "lambda-images requirements.txt requirements-images.txt" "lambda-migration requirements.txt requirements-migration.txt" \
  "lambda-canary requirements.txt requirements-canary.txt" "lambda-runtime requirements-runtime.txt"; do
  read -ra words <<<"$part"
  cp locks/dev.txt "locks/${words[0]}.txt"
  lock "${words[@]}"
done
