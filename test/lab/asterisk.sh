#!/bin/bash
# Asterisk on 127.0.0.1 from Debian's packages, in a chroot.
#
#   asterisk.sh up [22|16]            install and start it (22: Debian sid, 16: Debian bullseye)
#   asterisk.sh install|start|stop|kill|pause|resume|status [22|16]
#   asterisk.sh cli [22|16] "core show channels"
#   asterisk.sh root [22|16]          print the chroot
#   asterisk.sh down [22|16]          stop it and remove the chroot
#
# Both use the same ports, so only one can run. With SECOND=1 a version runs in addition to the other,
# with AMI at 127.0.0.1:5048, SIP at 127.0.0.2:5060, and phones and trunk at 127.0.2.….
# With NO_TIMES=1 the manager interface does not say when events happened.
# LAB_ROOT (default /var/tmp/traybell-lab) is the folder of the chroots, MIRROR a Debian mirror.
#
# AMI is 127.0.0.1:5038, users `otrs` (the rights that the hub needs) and `full`, secret SomePassword.
# SIP is 127.0.0.1:5060/udp. The phones 101 to 104 are 127.0.1.101 to 104, port 5060, identified by
# address; 104 has a second one, 127.0.1.105. The trunk is 127.0.1.50:5060. Numbers from the trunk:
#   74950000001  the phone 101             74950000004  queue q2: 101, 102 through Local/…/n
#   74950000002  101, 102 and 103 at once  74950000005  queue q3: 101, 102 through Local/…, which is optimised away
#   74950000003  queue q1: 101, 102        74950000006  both phones of 104
#   74950000007  101 for two seconds, then its announcement
#   74950000008  queue q5: who joins         74950000009  joining and leaving with a mobile
# All others, and callers in AstDB's blacklist, are rejected. 9… dials out, *8 picks up, 70 parks.
#
# A second office has a dialplan in FreePBX's shape (extensions_freepbx.conf): the phones 201 to 203 are
# 127.0.1.201 to 203, 99201 is 127.0.1.191, and the trunk 127.0.1.60. 7… and 8… dial out. Its numbers:
#   74950000201  201; with AMPUSER/201/device = 201&99201 in AstDB both phones
#   74950000203  203 for two seconds, then its announcement
#   74950000211  follow me: 201 and a cell   74950000601  ring group of 201, 202 and a cell that press 1
#   7495000072…  recorded: extensions_recordings.conf   7495000073…  menus: extensions_calldata.conf
# The phones 301 to 348 are 127.0.1.1 to 48: calls in bulk. 74951000301 is 301 and so on, 74951001301 a
# ring group of 301 and 302, 74951002301 a queue of both. Package lab reads the CDR, the CEL and queue_log.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/common.sh"

cmd=${1:-} v=${2:-22}
case $cmd in up|install|start|stop|kill|pause|resume|status|cli|root|down) ;; *) sed -n 2,12p "$0" >&2; exit 2 ;; esac
case $v in 22) suite=sid other=16 ;; 16) suite=bullseye other=22 ;; *) die "unknown version $v; use 22 or 16" ;; esac
root=$LAB_ROOT/asterisk-$v
if [ "$cmd" = root ]; then echo "$root"; exit 0; fi
as_root "$@"

# pid prints the process id of a running version. It compares the chroot, since the file may be stale.
pid() {
  local file=$LAB_ROOT/asterisk-$1/run/lab.pid p
  [ -s "$file" ] || return 1
  p=$(cat "$file")
  [ "$(readlink "/proc/$p/root" 2>/dev/null)" = "$(readlink -f "$LAB_ROOT/asterisk-$1")" ] || return 1
  echo "$p"
}

install_() {
  [ -x "$root/usr/sbin/asterisk" ] && return 0
  system "$suite" "$root" main
  DEBIAN_FRONTEND=noninteractive chroot "$root" apt-get install -qy asterisk
}

# bulk writes the phones 301 to 348 and a queue for each two of them. The members of queues are phones,
# and Local channels that are kept and that are optimised away, in turn.
bulk() {
  local n host
  for n in {301..348}; do
    host=127.0.1.$((n - 300))
    printf '[%s](phone)\ncontext = from-internal-additional\naors = %s\ncallerid = "Agent %s" <%s>\n' $n $n $n $n
    printf '[%s]\ntype = aor\ncontact = sip:%s@%s:5060\n' $n $n $host
    printf '[%s-id]\ntype = identify\nendpoint = %s\nmatch = %s\n' $n $n $host
  done >"$root/etc/asterisk/pjsip_bulk.conf"
  for n in {301..347..2}; do
    printf '[q%s](ringall)\n' $n
    for member in $n $((n + 1)); do
      case $((n / 2 % 3)) in
        0) echo "member => PJSIP/$member,0,$member" ;;
        1) echo "member => Local/$member@from-queue/n,0,$member,PJSIP/$member" ;;
        2) echo "member => Local/$member@from-queue,0,$member,PJSIP/$member" ;;
      esac
    done
  done >"$root/etc/asterisk/queues_bulk.conf"
}

start() {
  local p
  pid "$v" >/dev/null && return 0
  local port=5038
  if [ -n "${SECOND:-}" ]; then
    port=5048
  else
    p=$(pid "$other") && die "asterisk $other (process $p) uses the ports; first: $0 stop $other"
  fi
  (exec 3<>/dev/tcp/127.0.0.1/$port) 2>/dev/null && die "another program listens on 127.0.0.1:$port"
  [ -x "$root/usr/sbin/asterisk" ] || die "asterisk $v is not installed; first: $0 up $v"
  cp "$here"/asterisk/*.conf "$root/etc/asterisk/"
  mkdir -p "$root/etc/asterisk/traybell"
  cp "$here"/../../packaging/asterisk/*.conf "$root/etc/asterisk/traybell/"
  bulk
  if [ -n "${NO_TIMES:-}" ]; then sed -i 's/^timestampevents = yes/timestampevents = no/' "$root/etc/asterisk/manager.conf"; fi
  if [ -n "${SECOND:-}" ]; then
    sed -i 's/^port = 5038/port = 5048/; s/^bind = 127\.0\.0\.1:/bind = 127.0.0.2:/; s/127\.0\.1\./127.0.2./g' "$root"/etc/asterisk/{manager,pjsip,pjsip_bulk,extensions}.conf
  fi
  chroot "$root" sh -c 'mkdir -p /var/log/asterisk/cdr-custom /var/log/asterisk/cel-custom; for d in /run /var/lib /var/log /var/spool; do mkdir -p $d/asterisk; chown -R asterisk: $d/asterisk; done'
  # Asterisk looks up its host name, which must work without DNS
  printf '127.0.0.1 localhost %s\n' "$(hostname)" >"$root/etc/hosts"
  : >"$root/etc/resolv.conf"
  # remove files of the last run
  rm -f "$root/run/lab.pid" "$root/run/lab.log"
  setsid chroot "$root" sh -c 'echo $$ >/run/lab.pid; cd /; exec asterisk -f -C /etc/asterisk/asterisk.conf' >"$root/run/lab.log" 2>&1 </dev/null &
  for _ in $(seq 150); do
    # the manager answers before the modules are loaded
    if chroot "$root" asterisk -rx 'core waitfullybooted' 2>/dev/null | grep -q 'fully booted'; then
      echo "asterisk $v is up"
      return 0
    fi
    sleep 0.2
  done
  tail -5 "$root/run/lab.log" >&2
  die "asterisk $v did not start within 30 s"
}

# forget removes what an earlier Asterisk said of its calls.
forget() {
  pid "$v" >/dev/null && return 0
  rm -f "$root"/var/log/asterisk/{cdr-custom/*,cel-custom/*,queue_log}
}

halt() {
  local p
  p=$(pid "$v") || { rm -f "$root/run/lab.pid"; return 0; }
  kill "-$1" "$p"
  for _ in $(seq 50); do [ -e "/proc/$p" ] || break; sleep 0.2; done
  if [ -e "/proc/$p" ]; then kill -KILL "$p"; fi
  rm -f "$root/run/lab.pid"
}

signal() {
  local p
  p=$(pid "$v") || die "asterisk $v does not run"
  kill "-$1" "$p"
}

case $cmd in
  up) install_; forget; start ;;
  install) install_ ;;
  start) start ;;
  stop) halt TERM ;;
  kill) halt KILL ;;
  pause) signal STOP ;;
  resume) signal CONT ;;
  status) if p=$(pid "$v"); then echo "asterisk $v runs, process $p"; else echo "asterisk $v does not run"; exit 1; fi ;;
  cli) chroot "$root" asterisk -rx "${3:?the command}" ;;
  down) halt TERM; rm -rf --one-file-system "$root" ;;
esac
