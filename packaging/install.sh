#!/bin/bash
# Installs programs with apt.
#   install.sh PACKAGE...
set -eu
if ! command -v apt-get >/dev/null; then
  echo "Missing: $*. This script installs programs only on Debian and Ubuntu, by these names." >&2
  exit 1
fi
sudo=
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || { printf 'Run as root, then try again:\n  apt-get install %s\n' "$*" >&2; exit 1; }
  sudo=sudo
fi
echo "Installing with apt: $*"
log=$(mktemp)
if ! { $sudo apt-get -o DPkg::Lock::Timeout=300 update -q && $sudo env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -qy --no-install-recommends "$@"; } >"$log" 2>&1; then
  tail -n 20 "$log" >&2
  echo "Installation failed. Log: $log" >&2
  exit 1
fi
rm -f "$log"
