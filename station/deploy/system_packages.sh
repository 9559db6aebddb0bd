#!/usr/bin/env bash
# Install the Debian packages that the tests use as judges: a browser, USB replay, UPS daemon, age,
# smart-card service.
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
  pcscd vsmartcard-vpcd                        # a real smart-card service, a reader for virtual cards
  libpcsclite-dev swig gcc libc6-dev python3-dev  # what pyscard is built with
)
has() { dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }
missing=()
for package in "${packages[@]}"; do
  has "$package" || missing+=("$package")
done
# A tool that stands elsewhere than in Debian's package serves as well.
command -v node >/dev/null && missing=("${missing[@]/#%nodejs/}")
command -v cc >/dev/null && missing=("${missing[@]/#%gcc/}")
if [ -e "$("${PYTHON:-python3}" -c 'import sysconfig; print(sysconfig.get_paths()["include"])')/Python.h" ]; then
  missing=("${missing[@]/#%python3-dev/}")
fi
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
had_pcscd=no; has pcscd && had_pcscd=yes
had_vpcd=no; has vsmartcard-vpcd && had_vpcd=yes
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
# Nor after the next boot: a virtual reader waits for cards on every network interface, and who had
# no smart-card service needs none for the tests.
[ "$had_vpcd" = yes ] || rm -f /etc/reader.conf.d/vpcd
if [ "$had_pcscd" = no ] && command -v systemctl >/dev/null; then
  now=(); [ -d /run/systemd/system ] && now=(--now)
  systemctl disable --quiet "${now[@]}" pcscd.socket
fi
