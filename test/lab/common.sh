# What the labs share: root, tools and where Debian's mirror is. Sourced, not run.
# shellcheck shell=bash

# LAB_ROOT is where the chroots go: outside of the source tree, as they are some hundred megabytes each.
LAB_ROOT=${LAB_ROOT:-/var/tmp/traybell-lab}

die() { echo "${0##*/}: $*" >&2; exit 1; }

# as_root runs the script again as root, because chroot needs it.
as_root() {
  [ "$(id -u)" = 0 ] && return 0
  command -v sudo >/dev/null || die "needs root for chroot, and there is no sudo here; run it as root"
  exec sudo --preserve-env=LAB_ROOT,MIRROR,HTTP,SQL,BESIDE "$BASH" "$0" "$@"
}

# need installs tools that are missing: need debootstrap curl
need() {
  local missing=()
  for tool in "$@"; do command -v "$tool" >/dev/null || missing+=("$tool"); done
  [ ${#missing[@]} = 0 ] && return 0
  command -v apt-get >/dev/null || die "needs ${missing[*]}, and can install them with apt only; install them by hand, then try again"
  DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${missing[@]}" >&2 ||
    { apt-get update -q >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${missing[@]}" >&2; } ||
    die "apt cannot install ${missing[*]}"
}

# debian_mirror prints a mirror of Debian: MIRROR, or this machine's own where it runs Debian.
debian_mirror() {
  if [ -n "${MIRROR:-}" ]; then echo "$MIRROR"; return; fi
  local own=
  if grep -qs '^ID=debian' /etc/os-release; then
    own=$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | grep -v security | head -1 || true)
  fi
  [ -n "$own" ] || die "this machine's apt names no mirror of Debian; say which: MIRROR=https://… $0"
  echo "$own"
}

# system makes a minimal Debian of that suite in a folder. A half-made one, left by an interrupted run, is made again.
system() { # suite root components
  local root=$2 mirror
  if [ ! -e "$root/.made" ]; then
    need debootstrap
    mirror=$(debian_mirror)
    [ -d "$root" ] && { mountpoint -q "$root/proc" && umount "$root/proc"; rm -rf --one-file-system "$root"; }
    mkdir -p "$root"
    # Elsewhere debootstrap cannot tell whether a mirror is Debian's without this; it would go on, and say so.
    if ! grep -qs '^ID=debian' /etc/os-release; then apt-get install -qy debian-archive-keyring >&2 || true; fi
    debootstrap --variant=minbase "$1" "$root" "$mirror"
    # No package may start a service: the lab does that.
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod +x "$root/usr/sbin/policy-rc.d"
    echo "deb $mirror $1 $3" >"$root/etc/apt/sources.list"
    # A mirror may be older than the clock likes; translations and recommended packages are of no use here.
    cat >"$root/etc/apt/apt.conf.d/99lab" <<'CONF'
Acquire::Check-Valid-Until "false"; Acquire::Languages "none"; APT::Install-Recommends "false";
Dpkg::Options {"--force-confdef";"--force-confold";};
CONF
    cp /etc/resolv.conf /etc/hosts "$root/etc/"
    chroot "$root" apt-get update -q
    touch "$root/.made"
  fi
}
