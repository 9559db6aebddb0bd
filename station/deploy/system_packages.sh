#!/usr/bin/env bash
# Install the Debian packages that the tests use as judges: a browser, USB replay, UPS daemon, age.
set -euo pipefail
packages=(
  chromium fonts-dejavu-core                   # the panel, driven by a test
  umockdev libusb-1.0-0                        # recorded USB traffic under the real driver
  gir1.2-umockdev-1.0 python3-gi               # a live USB emulator
  gir1.2-fprint-2.0 libfprint-2-2              # libfprint judges that emulator
  nut-server nut-client                        # a real UPS daemon
  age                                          # opens our packages independently
  smartmontools poppler-utils                  # disk report, PDF pages as pictures
  nodejs                                       # decoders written in another language
)
missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
# A tool that stands elsewhere than in Debian's package serves as well.
command -v node >/dev/null && missing=("${missing[@]/#%nodejs/}")
read -r -a missing <<<"${missing[*]:-}"
if [ ${#missing[@]} -eq 0 ]; then echo "all present"; exit 0; fi
echo "installing: ${missing[*]}"
if [ "$(id -u)" != 0 ]; then
  echo "These need root. Run once: sudo apt-get install ${missing[*]}" >&2
  echo "The tests that use them will skip, with the reason." >&2
  exit 0
fi
apt-get update -qq
# Services must not start by themselves: the tests start their own, on loopback.
policy=/usr/sbin/policy-rc.d; made_policy=no
if [ ! -e "$policy" ]; then printf '#!/bin/sh\nexit 101\n' >"$policy"; chmod +x "$policy"; made_policy=yes; fi
trap '[ "$made_policy" = yes ] && rm -f "$policy"' EXIT
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
