#!/bin/bash
# Request Tracker 5 (Starlet, SQLite) on 127.0.0.1 from Debian trixie's packages, in a chroot.
#
#   rt.sh up                 install and start it
#   rt.sh start|stop|status
#   rt.sh kill               kill it; start restarts it
#   rt.sh token              print the hub's token
#   rt.sh root               print the chroot
#   rt.sh down               stop it and remove the chroot
#
# LAB_ROOT (default /var/tmp/traybell-lab) is the folder of the chroot, MIRROR a Debian mirror.
#
# Web: http://127.0.0.1:18081, root/rootpw123 and agent anna/annapw123; REST user traybell.
# Queues Raw and Support, custom fields CallUniqueID and CallerNumber.
# Customers: ivanov (+7 (495) 123-45-67, mobile 8 916 765-43-21), petrova ((495) 123-45-67 ext. 12;
# 84951234568).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/common.sh"

cmd=${1:-}
case $cmd in up|start|stop|kill|status|token|root|down) ;; *) sed -n 2,11p "$0" >&2; exit 2 ;; esac
root=$LAB_ROOT/rt port=18081 log=$LAB_ROOT/rt.log
base=http://127.0.0.1:$port
if [ "$cmd" = root ]; then echo "$root"; exit 0; fi
as_root "$cmd"
name_log

as_www() { in_root su www-data -s /bin/sh -c "cd /; $*"; }
answers() { curl -fs -o /dev/null "$base/"; }

packages() {
  export DEBIAN_FRONTEND=noninteractive
  system trixie "$root" main
  enter "$root"
  in_root debconf-set-selections <<'ANSWERS'
request-tracker5 request-tracker5/rtname string lab
request-tracker5 request-tracker5/organization string rt.lab
request-tracker5 request-tracker5/correspondaddress string rt@rt.lab
request-tracker5 request-tracker5/commentaddress string rt-comment@rt.lab
request-tracker5 request-tracker5/handle-siteconfig-permissions boolean true
request-tracker5 request-tracker5/install-cronjobs boolean false
request-tracker5 request-tracker5/initial-root-password password rootpw123
request-tracker5 request-tracker5/initial-root-password-confirm password rootpw123
request-tracker5 request-tracker5/dbconfig-install boolean true
request-tracker5 request-tracker5/database-type select sqlite3
ANSWERS
  in_root apt-get install -qy w3m rt5-standalone rt5-db-sqlite request-tracker5
  # the package presets the path /rt; links from other sites to the form are refused unless allowed
  cat >"$root/etc/request-tracker5/RT_SiteConfig.d/90-lab.pm" <<CONF
Set(\$WebPath, ''); Set(\$WebDomain, '127.0.0.1'); Set(\$WebPort, $port); Set(\$WebBaseURL, '$base');
Set(\$WebSecureCookies, 0);
Set(%ReferrerComponents, '/Ticket/Create.html' => 1);
Set(\$BcryptCost, 5); # each request checks the token, for 0.4 s with the default of 12
1;
CONF
  # otherwise the server silently starts with defaults
  chgrp -R www-data "$root/etc/request-tracker5"
  chmod 640 "$root/etc/request-tracker5/RT_SiteConfig.pm" "$root"/etc/request-tracker5/RT_SiteConfig.d/*
  install -m 644 "$here/rt/seed.pl" "$root/tmp/seed.pl"
  as_www perl /tmp/seed.pl
  touch "$root/.installed"
}

start() { serve "cd /; exec /usr/share/request-tracker5/libexec/rt-server --server Starlet --max-workers 4 --host 127.0.0.1 --port $port"; }

case $cmd in
  token) cat "$root/tmp/token" ;;
  *) run "Request Tracker" ;;
esac
