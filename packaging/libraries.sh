#!/bin/bash
# Installs the C libraries for Fyne (OpenGL, X11, Wayland). No output if nothing is missing.
set -eu
packages="gcc libc6-dev pkg-config libgl1-mesa-dev libx11-dev libxcursor-dev libxrandr-dev libxinerama-dev libxi-dev libxxf86vm-dev libxkbcommon-dev libwayland-dev"
complete() {
  command -v gcc >/dev/null && command -v pkg-config >/dev/null &&
    echo '#include <pthread.h>' | gcc -E - >/dev/null 2>&1 && # gcc alone has no libc headers
    pkg-config --exists gl x11 xcursor xrandr xinerama xi xxf86vm xkbcommon wayland-client
}
case $(uname -s) in
  Linux) ;;
  *) exit 0 ;; # part of the compilers on Windows and macOS
esac
complete && exit 0
if ! command -v apt-get >/dev/null; then
  echo "The desktop needs gcc, pkg-config and the headers of OpenGL, X11 (cursor, randr, inerama, i, xf86vm), xkbcommon and Wayland." >&2
  echo "This script installs them only on Debian and Ubuntu. See https://docs.fyne.io/started/ for the packages of your system." >&2
  exit 1
fi
sudo=
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || { echo "Install these packages as root, then try again: $packages" >&2; exit 1; }
  sudo=sudo
fi
echo "Installing C libraries for the desktop (apt): $packages"
log=$(mktemp)
if ! { $sudo apt-get -o DPkg::Lock::Timeout=300 update -q && $sudo env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -qy --no-install-recommends $packages; } >"$log" 2>&1; then
  tail -n 20 "$log" >&2
  echo "Installation failed. Log: $log" >&2
  exit 1
fi
rm -f "$log"
