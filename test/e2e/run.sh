#!/bin/bash
# Runs the tests with real servers: Asterisk 22 and 16, Znuny, Request Tracker, Redmine. Installs what they need (Debian, Ubuntu).
#   run.sh [arguments of go test, such as -run TestCallToTicket]
# TRAYBELL_SCREENSHOTS (bin/screenshots): folder for screenshots. LAB_ROOT: folder of the servers.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ "$(id -u)" = 0 ] || { echo "These tests need root for chroots. Run them with sudo." >&2; exit 1; }
export LAB_ROOT=${LAB_ROOT:-/var/tmp/traybell-lab} TRAYBELL_SCREENSHOTS=${TRAYBELL_SCREENSHOTS:-$PWD/bin/screenshots} TRAYBELL_BIN=$PWD/bin
mkdir -p "$TRAYBELL_SCREENSHOTS"
tags=e2e,$(cat packaging/build/tags.txt)

missing=()
have() { command -v "$1" >/dev/null || missing+=("$2"); }
have Xvfb xvfb; have openbox openbox; have xdotool xdotool; have xterm xterm; have xsetroot x11-xserver-utils; have import imagemagick; have picom picom; have lxqt-panel lxqt-panel
have dbus-run-session dbus; have ip iproute2; have gnome-keyring-daemon gnome-keyring; have chromium chromium; have npm npm; have debootstrap debootstrap; have curl curl
have sway sway; have Xwayland xwayland; have grim grim; have mako mako-notifier; have foot foot; have wtype wtype; have dunst dunst
have lintian lintian
have clang clang; [ -d /usr/include/GNUstep/AppKit ] || missing+=(libgnustep-gui-dev)
have xdg-open xdg-utils; have gio libglib2.0-bin; have desktop-file-validate desktop-file-utils
have makensis nsis; have wixl wixl; have msibuild msitools; have faketime faketime; have osslsigncode osslsigncode; have shellcheck shellcheck
have wine wine; have wine wine64; have x86_64-w64-mingw32-gcc gcc-mingw-w64-x86-64
[ -x /lib/systemd/systemd ] || missing+=(systemd)
have mariadbd mariadb-server-core; have my_print_defaults mariadb-client-core; have slapd slapd; have radicale radicale; have sox sox
compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || missing+=(postgresql)
if [ ${#missing[@]} -gt 0 ]; then
  echo "Installing: ${missing[*]}"
  log=$(mktemp)
  { apt-get -o DPkg::Lock::Timeout=300 update -q && DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -qy --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 || { tail -n 20 "$log" >&2; exit 1; }
fi

if ! command -v promtool >/dev/null && [ ! -x "$LAB_ROOT/bin/promtool" ]; then # the package would start a server
  mkdir -p "$LAB_ROOT/bin"
  (cd "$LAB_ROOT/bin" && apt-get -o DPkg::Lock::Timeout=300 update -qq && apt-get download -qq prometheus && dpkg-deb --fsys-tarfile prometheus_*.deb | tar x --strip-components=3 ./usr/bin/promtool && rm prometheus_*.deb)
fi
export PATH=$PATH:$LAB_ROOT/bin
if [ ! -f "$LAB_ROOT/axe-core/axe.min.js" ]; then # test/e2e/pages checks its sum
  mkdir -p "$LAB_ROOT/axe-core"
  (cd "$LAB_ROOT/axe-core" && npm pack --silent axe-core@4.14.1 && tar xzf axe-core-4.14.1.tgz --strip-components=1 package/axe.min.js package/LICENSE && rm axe-core-4.14.1.tgz)
fi

id traybell-sway >/dev/null 2>&1 || useradd --system --shell /usr/sbin/nologin --home-dir /nonexistent traybell-sway # sway refuses to run as root

echo "Installing missing servers (Znuny, Asterisk 22 and 16, Request Tracker, Redmine)"
began=$SECONDS
# set_up runs a script of the lab, quietly unless it fails.
set_up() {
  local log
  log=$(mktemp)
  # shellcheck disable=SC2086
  bash test/lab/$1 >"$log" 2>&1 || { tail -n 40 "$log" >&2; return 1; }
  echo "  $1: after $((SECONDS - began)) s"
}
# These two mostly wait for downloads, the others compile.
(set_up "rt.sh up" && set_up "redmine.sh up") &
more=$!
for lab in "machine.sh install" "asterisk.sh install 22" "asterisk.sh install 16" "znuny.sh up"; do set_up "$lab"; done
wait "$more"

export TRAYBELL_ZNUNY=http://127.0.0.1:18080/otrs TRAYBELL_RT=http://127.0.0.1:18081 TRAYBELL_REDMINE=http://127.0.0.1:18082
TRAYBELL_RT_TOKEN=$(bash test/lab/rt.sh token) TRAYBELL_REDMINE_KEY=$(bash test/lab/redmine.sh key admin)
export TRAYBELL_RT_TOKEN TRAYBELL_REDMINE_KEY
# the presses need no real server
go run ./test/retry -tags $tags -count=1 -timeout 40m -p 1 -v -skip '^TestPresses$' "$@" ./hub/helpdesk/{znuny,rt,redmine} ./test/e2e/... 2>&1 | grep -vE '^(=== (RUN|PAUSE|CONT|NAME)|\s+--- PASS)' 
