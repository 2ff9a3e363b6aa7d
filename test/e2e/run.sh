#!/bin/bash
# Runs the tests with real servers: Asterisk 22 and 16, Znuny. Installs what they need (Debian, Ubuntu).
#   run.sh [arguments of go test, such as -run TestCallToTicket]
# TRAYBELL_SCREENSHOTS (bin/screenshots): folder for screenshots. LAB_ROOT: folder of the servers.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ "$(id -u)" = 0 ] || { echo "test:e2e needs root for chroots. Run it with sudo." >&2; exit 1; }
export LAB_ROOT=${LAB_ROOT:-/var/tmp/traybell-lab} TRAYBELL_SCREENSHOTS=${TRAYBELL_SCREENSHOTS:-$PWD/bin/screenshots} TRAYBELL_BIN=$PWD/bin
mkdir -p "$TRAYBELL_SCREENSHOTS"
tags=e2e,no_emoji,no_metadata,migrated_fynedo

missing=()
have() { command -v "$1" >/dev/null || missing+=("$2"); }
have Xvfb xvfb; have openbox openbox; have xdotool xdotool; have xterm xterm; have xsetroot x11-xserver-utils; have import imagemagick; have picom picom; have lxqt-panel lxqt-panel
have dbus-run-session dbus; have ip iproute2; have gnome-keyring-daemon gnome-keyring; have chromium chromium; have debootstrap debootstrap; have curl curl
have sway sway; have Xwayland xwayland; have grim grim; have mako mako-notifier; have foot foot; have wtype wtype; have dunst dunst
have clang clang; [ -d /usr/include/GNUstep/AppKit ] || missing+=(libgnustep-gui-dev)
have xdg-open xdg-utils; have gio libglib2.0-bin; have desktop-file-validate desktop-file-utils
have wine wine; have wine wine64; have x86_64-w64-mingw32-gcc gcc-mingw-w64-x86-64
have mariadbd mariadb-server-core; have my_print_defaults mariadb-client-core; have slapd slapd
compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || missing+=(postgresql)
if [ ${#missing[@]} -gt 0 ]; then
  echo "Installing: ${missing[*]}"
  log=$(mktemp)
  { apt-get -o DPkg::Lock::Timeout=300 update -q && DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -qy --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 || { tail -n 20 "$log" >&2; exit 1; }
fi

id traybell-sway >/dev/null 2>&1 || useradd --system --shell /usr/sbin/nologin --home-dir /nonexistent traybell-sway # sway refuses to run as root

echo "Installing missing servers (Znuny, Asterisk 22 and 16)"
began=$SECONDS
for lab in "asterisk.sh install 22" "asterisk.sh install 16" "znuny.sh up"; do
  log=$(mktemp)
  # shellcheck disable=SC2086
  bash test/lab/$lab >"$log" 2>&1 || { tail -n 40 "$log" >&2; exit 1; }
  echo "  $lab: after $((SECONDS - began)) s"
done

export TRAYBELL_ZNUNY=http://127.0.0.1:18080/otrs
go test -tags $tags -count=1 -timeout 40m -p 1 -v "$@" ./hub/helpdesk/... ./test/e2e/... 2>&1 | grep -vE '^(=== (RUN|PAUSE|CONT|NAME)|\s+--- PASS)' 
