#!/bin/bash
# The C libraries that Fyne is built with (OpenGL, X11, Wayland). Quiet where they are there already.
set -eu
packages="gcc libc6-dev pkg-config libgl1-mesa-dev libx11-dev libxcursor-dev libxrandr-dev libxinerama-dev libxi-dev libxxf86vm-dev libxkbcommon-dev libwayland-dev"
complete() {
  command -v gcc >/dev/null && command -v pkg-config >/dev/null &&
    echo '#include <pthread.h>' | gcc -E - >/dev/null 2>&1 && # gcc alone brings no C library's headers
    pkg-config --exists gl x11 xcursor xrandr xinerama xi xxf86vm xkbcommon wayland-client
}
case $(uname -s) in
  Linux) ;;
  *) exit 0 ;; # Windows and macOS bring what Fyne needs with their compilers
esac
complete && exit 0
if ! command -v apt-get >/dev/null; then
  echo "traybell's desktop is built with C libraries that are missing here: OpenGL, X11 (cursor, randr, inerama, i, xf86vm), xkbcommon and Wayland, with their headers, gcc and pkg-config." >&2
  echo "On Debian and Ubuntu they are installed by themselves; here, please install them first: https://docs.fyne.io/started/ lists the packages per system." >&2
  exit 1
fi
sudo=
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || { echo "Please install these packages as root, then run this again: $packages" >&2; exit 1; }
  sudo=sudo
fi
echo "Installing the C libraries that the desktop is built with (apt): $packages"
log=$(mktemp)
if ! { $sudo apt-get -o DPkg::Lock::Timeout=300 update -q && $sudo env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -qy --no-install-recommends $packages; } >"$log" 2>&1; then
  tail -n 20 "$log" >&2
  echo "The packages could not be installed; the whole log is in $log." >&2
  exit 1
fi
rm -f "$log"
