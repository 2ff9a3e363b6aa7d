# Functions for the lab's scripts. Sourced, not run.
# shellcheck shell=bash

# LAB_ROOT is the folder of the chroots, outside of the source tree: they have hundreds of megabytes.
LAB_ROOT=${LAB_ROOT:-/var/tmp/traybell-lab}

die() { echo "${0##*/}: $*" >&2; exit 1; }

# as_root restarts the script as root for chroot.
as_root() {
  [ "$(id -u)" = 0 ] && return 0
  command -v sudo >/dev/null || die "needs root for chroot; run it as root"
  exec sudo --preserve-env=LAB_ROOT,MIRROR,HTTP,SQL,SECOND,NO_TIMES "$BASH" "$0" "$@"
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
    remove "$root"
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
Dpkg::Options {"--force-confdef";"--force-confold";"--force-unsafe-io";};
CONF
    cp /etc/resolv.conf /etc/hosts "$root/etc/"
    chroot "$root" apt-get update -q
    touch "$root/.made"
  fi
}

# enter prepares a chroot for programs.
enter() { # root
  mountpoint -q "$1/proc" || mount -t proc proc "$1/proc"
  [ -c "$1/dev/urandom" ] || mknod -m 666 "$1/dev/urandom" c 1 9
}

# remove removes a chroot, in which nothing runs.
remove() { # root
  ! mountpoint -q "$1/proc" || umount "$1/proc"
  rm -rf --one-file-system "$1"
}

# inside prints the processes in a chroot.
inside() { # root
  local p
  for p in /proc/[0-9]*; do
    [ "$(readlink "$p/root" 2>/dev/null)" != "$(readlink -f "$1")" ] || echo "${p#/proc/}"
  done
}

# end sends a signal to the processes in a chroot and waits for their end.
end() { # root signal
  local p
  for _ in $(seq 100); do
    p=$(inside "$1")
    [ -n "$p" ] || return 0
    # shellcheck disable=SC2086 # several
    kill "-$2" $p 2>/dev/null || true
    sleep 0.2
  done
  die "it does not end"
}

# The rest is for scripts of one server: $root is its chroot, $base its address, $log its log, and $cmd
# what to do. The function answers reports whether the server runs.

in_root() { chroot "$root" "$@"; }

# quietly writes output to the log.
quietly() { "$@" >>"$log" 2>&1; }

# name_log makes a failure of the script name the log.
name_log() { trap '[ $? = 0 ] || echo "${0##*/}: $cmd failed; see $log" >&2' EXIT; }

# serve starts the server, a command of www-data.
serve() { # command
  need curl
  answers && return 0
  enter "$root"
  (cd /; setsid nohup chroot "$root" su www-data -s /bin/sh -c "$1" >>"$log" 2>&1 </dev/null &)
  await
}

# await waits for the server's answer.
await() {
  for _ in $(seq 160); do answers && return 0; sleep 0.5; done
  die "no answer from $base; see $log"
}

# run does what $cmd says with a server that the functions packages and start install and start.
run() { # name
  case $cmd in
    up)
      mkdir -p "$LAB_ROOT"
      [ -e "$root/.installed" ] || quietly packages
      start
      echo "$1 is up at $base" ;;
    start) start ;;
    stop) end "$root" TERM ;;
    kill) end "$root" KILL ;;
    status) if answers; then echo "$1 runs at $base"; else echo "$1 does not run"; exit 1; fi ;;
    down) end "$root" TERM; remove "$root" ;;
  esac
}
