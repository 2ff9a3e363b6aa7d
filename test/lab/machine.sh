#!/bin/bash
# A minimal Debian with a real systemd, for packages.
#
#   machine.sh install        create it
#   machine.sh boot FOLDER    boot a fresh copy in FOLDER, in new namespaces without a network;
#                             it ends with this script. FOLDER/root has its files
#
# LAB_ROOT (default /var/tmp/traybell-lab) is the folder of the chroots, MIRROR a Debian mirror.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/common.sh"

cmd=${1:-} folder=${2:-}
base=$LAB_ROOT/machine
case $cmd in
install)
  as_root "$@"
  system trixie "$base" main
  [ -x "$base/usr/lib/systemd/systemd" ] || DEBIAN_FRONTEND=noninteractive chroot "$base" apt-get install -qy systemd
  [ -x "$base/usr/bin/rpm" ] || DEBIAN_FRONTEND=noninteractive chroot "$base" apt-get install -qy --no-install-recommends rpm
  mkdir -p "$base/etc/systemd/system/service.d"
  printf '[Service]\nPrivateUsers=no\nPrivateDevices=no\n' >"$base/etc/systemd/system/service.d/lab.conf" # not in namespaces
  rm -f "$base/usr/sbin/policy-rc.d" # packages start their services here
  ;;
boot)
  [ -n "$folder" ] || die "boot needs a folder"
  as_root "$@"
  mkdir -p "$folder"/{root,upper,work}
  exec unshare --pid --fork --kill-child --mount --uts --ipc --cgroup --net bash -euc '
    base=$1 folder=$2 root=$2/root
    mount -t overlay overlay -o "lowerdir=$base,upperdir=$folder/upper,workdir=$folder/work" "$root" ||
      { cp -a "$base/." "$root" && mount --bind "$root" "$root"; }
    mount -t proc proc "$root/proc"
    mount -t sysfs -o ro sysfs "$root/sys"
    mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
    mount -t tmpfs -o mode=755 tmpfs "$root/run"
    mount -t tmpfs -o mode=755 tmpfs "$root/dev"
    for node in "null 1 3" "zero 1 5" "full 1 7" "random 1 8" "urandom 1 9" "tty 5 0"; do
      set -- $node
      mknod -m 666 "$root/dev/$1" c "$2" "$3"
    done
    ln -s null "$root/dev/console" # systemd would wait for ever at a fifo
    ln -s /proc/self/fd "$root/dev/fd"
    mkdir -p "$root/dev/shm" "$root/dev/pts"
    mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 devpts "$root/dev/pts"
    ln -s pts/ptmx "$root/dev/ptmx"
    ip link set lo up
    exec env -i container=lab PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "$root" /usr/lib/systemd/systemd --log-target=null
  ' boot "$base" "$(readlink -f "$folder")"
  ;;
*) sed -n 2,9p "$0" >&2; exit 2 ;;
esac
