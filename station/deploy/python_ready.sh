#!/usr/bin/env bash
# Check that Python 3.11+ can make a virtual environment; on Debian as root, install what is missing.
set -euo pipefail
python=$1
if ! "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))'; then
  echo "Python 3.11 to 3.13 is needed; '$python' is $("$python" --version 2>&1)." >&2
  echo "Install python3.11 or call: make PYTHON=/usr/bin/python3.11 ..." >&2
  exit 2
fi
"$python" -c 'import ensurepip, venv' 2>/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv
else
  echo "Python's venv module is missing. As root: apt-get install python3-venv; then call make again." >&2
  exit 2
fi
