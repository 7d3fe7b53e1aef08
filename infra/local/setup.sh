#!/usr/bin/env bash
# Creates .venv, with every package as pinned in locks/: `setup.sh run` installs what Parley runs on, `setup.sh report`
# also what draws its figures, and `setup.sh dev` also what tests and checks need. Does nothing if the environment is as
# it should be.
set -euo pipefail
cd "$(dirname "$0")/../.."

stamp=.venv/.ready
group=${1:-run}
needed_mb=900

fail() {
  echo "setup: $1" >&2
  exit 1
}

newest_python() { # one that is new enough; if PYTHON is set, it is the only one tried
  local name found candidates=(python3.13 python3.12 python3.11 python3 python)
  [[ -z ${PYTHON:-} ]] || candidates=("$PYTHON")
  for name in "${candidates[@]}"; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$name"
      return
    fi
  done
  name=${PYTHON:-python3}
  found=$("$name" --version 2>/dev/null | head -n 1) || true
  fail "Python 3.11 or newer is needed, and $name is ${found:-not there, or does not run}; set PYTHON=/path/to/python3.11"
}

recipe() { # everything that the environment is made from, including its path, since a moved one is broken
  pwd
  cat infra/local/setup.sh infra/uv.py locks/uv.txt locks/run.txt locks/report.txt locks/dev.txt clients/python/pyproject.toml
}

wanted=$(recipe | cksum)
present=none
[[ ! -f $stamp ]] || present=$(<$stamp)
enough="$group dev"
[[ $group != run ]] || enough="run report dev" # each has what those before it have
if [[ $present == "$wanted "* && " $enough " == *" ${present#"$wanted "} "* ]] && .venv/bin/python -c '' 2>/dev/null; then
  exit 0
fi

[[ -w . && (! -e .venv || -w .venv) ]] || fail "cannot write to $PWD, where .venv and build are made"
interpreter=$(newest_python)
free_mb=$(df -Pm . | awk 'NR == 2 {print $4}')
((free_mb > needed_mb)) || fail "the disk is full: $free_mb MB are free here, and $needed_mb are needed"
echo "Setting up .venv, this once (less than a minute):"

starts() { # says that a step is under way; on a terminal the step's last line replaces this one
  if [[ -t 1 ]]; then printf '  … %s\r' "$1"; else echo "  … $1"; fi
}

began=$SECONDS
rm -f $stamp
if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
  starts "an environment"
  "$interpreter" -m venv --clear .venv >/dev/null 2>&1 ||
    fail "$interpreter cannot make a virtual environment; on Debian and Ubuntu: apt install python3-venv"
fi
echo "  ✓ $(.venv/bin/python --version) ($((SECONDS - began)) s)"

export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_NO_INPUT=1 PIP_PROGRESS_BAR=off
install() { # takes the message to show, then a module or script and its arguments
  local what=$1 began=$SECONDS log
  shift
  log=$(mktemp)
  starts "$what"
  if ! .venv/bin/python "$@" >"$log" 2>&1; then
    local reason
    reason=$(grep -m 1 -ioE 'no space left on device|connection (refused|broken|reset)|failure in name resolution|name or service not known|failed to lookup address|dns error|network is unreachable|timed out|hash mismatch' "$log" ||
      grep -m 1 -iE '^error|^ *×' "$log" || true)
    rm -f "$log"
    fail "could not install packages (is there a network?): ${reason:-no reason is given}"
  fi
  rm -f "$log"
  echo "  ✓ $what ($((SECONDS - began)) s)"
}

uv=$(sed -n 's/^uv==\([^ ]*\).*/\1/p' locks/uv.txt)
if [[ $(.venv/bin/uv --version 2>/dev/null) != "uv $uv"* ]]; then
  install "uv $uv, which installs the rest" -m pip install --only-binary=:all: --require-hashes -r locks/uv.txt
fi
install "$(grep -c == "locks/$group.txt") packages" infra/uv.py pip sync --python .venv/bin/python --require-hashes "locks/$group.txt"
install "parley, the client's command line" infra/uv.py pip install --python .venv/bin/python --no-build-isolation --no-deps --editable clients/python
echo "$wanted $group" >$stamp
