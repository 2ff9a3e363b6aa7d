# Functions for the lab's scripts. Sourced, not run.
# shellcheck shell=bash

# LAB_ROOT is the folder of the chroots, outside of the source tree: they have hundreds of megabytes.
LAB_ROOT=${LAB_ROOT:-/var/tmp/traybell-lab}

die() { echo "${0##*/}: $*" >&2; exit 1; }

# as_root restarts the script as root for chroot.
as_root() {
  [ "$(id -u)" = 0 ] && return 0
  command -v sudo >/dev/null || die "needs root for chroot; run it as root"
  exec sudo --preserve-env=LAB_ROOT,MIRROR,HTTP,SQL,SECOND "$BASH" "$0" "$@"
}

# need installs missing tools: need debootstrap curl
need() {
  local missing=()
  for tool in "$@"; do command -v "$tool" >/dev/null || missing+=("$tool"); done
  [ ${#missing[@]} = 0 ] && return 0
  command -v apt-get >/dev/null || die "install ${missing[*]} and try again"
  DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${missing[@]}" >&2 ||
    { apt-get update -q >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${missing[@]}" >&2; } ||
    die "apt cannot install ${missing[*]}"
}

# debian_mirror prints the Debian mirror: MIRROR, or the one of this machine.
debian_mirror() {
  if [ -n "${MIRROR:-}" ]; then echo "$MIRROR"; return; fi
  local own=
  if grep -qs '^ID=debian' /etc/os-release; then
    own=$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | grep -v security | head -1 || true)
  fi
  [ -n "$own" ] || die "no Debian mirror found; set it: MIRROR=https://… $0"
  echo "$own"
}

# system creates a minimal Debian in a folder, again after an interrupted run.
system() { # suite root components
  local root=$2 mirror
  if [ ! -e "$root/.made" ]; then
    need debootstrap
    mirror=$(debian_mirror)
    [ -d "$root" ] && { mountpoint -q "$root/proc" && umount "$root/proc"; rm -rf --one-file-system "$root"; }
    mkdir -p "$root"
    # for debootstrap to verify the mirror on other systems
    if ! grep -qs '^ID=debian' /etc/os-release; then apt-get install -qy debian-archive-keyring >&2 || true; fi
    debootstrap --variant=minbase "$1" "$root" "$mirror"
    # packages must not start services: the lab does
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod +x "$root/usr/sbin/policy-rc.d"
    echo "deb $mirror $1 $3" >"$root/etc/apt/sources.list"
    # accept old mirrors, skip translations and recommended packages
    cat >"$root/etc/apt/apt.conf.d/99lab" <<'CONF'
Acquire::Check-Valid-Until "false"; Acquire::Languages "none"; APT::Install-Recommends "false";
Dpkg::Options {"--force-confdef";"--force-confold";};
CONF
    cp /etc/resolv.conf /etc/hosts "$root/etc/"
    chroot "$root" apt-get update -q
    touch "$root/.made"
  fi
}
