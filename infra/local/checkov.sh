#!/usr/bin/env bash
# Looks for insecure settings in templates, with the exceptions in infra/checkov.yaml: checkov.sh FILE DIRECTORY…
# It runs in .venv/checkov, which is made from locks/checkov.txt on first use.
set -euo pipefail
cd "$(dirname "$0")/../.."

home=.venv/checkov
wanted=$(cat infra/local/checkov.sh locks/checkov.txt | cksum)
if [[ ! -f $home/.ready || $(<$home/.ready) != "$wanted" ]]; then
  rm -rf $home
  .venv/bin/python infra/uv.py venv --quiet --python .venv/bin/python $home
  .venv/bin/python infra/uv.py pip sync --quiet --python $home/bin/python --require-hashes locks/checkov.txt
  echo "$wanted" >$home/.ready
fi

exec $home/bin/checkov --config-file infra/checkov.yaml --file "$1" $(printf -- "--directory %s " "${@:2}")
