#!/usr/bin/env bash
# Build pyscard, hash-pinned, into the environment of PYTHON; exit 3 with the reason where that cannot be.
# Usage: card_library.sh PYTHON LOCK_FILE.  PyPI has no wheel of pyscard for Linux.
set -euo pipefail
python=$1 lock=$2
lacking=()
command -v cc >/dev/null || lacking+=("a C compiler (Debian: gcc libc6-dev)")
command -v swig >/dev/null || lacking+=("swig (Debian: swig)")
headers=$("$python" -c 'import sysconfig; print(sysconfig.get_paths()["include"])')
[ -e "$headers/Python.h" ] || lacking+=("Python.h (Debian: python3-dev)")
[ -e /usr/include/PCSC/winscard.h ] || lacking+=("PCSC/winscard.h (Debian: libpcsclite-dev)")
if [ ${#lacking[@]} -gt 0 ]; then
  printf 'card readers are left out: pyscard cannot be built here without\n' >&2
  printf '  %s\n' "${lacking[@]}" >&2
  exit 3
fi
# No build isolation: it would fetch build tools that nothing pins; setuptools is in our lock file.
exec "$python" -m pip install --disable-pip-version-check --quiet --no-build-isolation \
  --no-binary pyscard --require-hashes -r "$lock"
