#!/bin/bash
# Redmine 6 (Puma, SQLite) on 127.0.0.1 from Debian trixie's packages, in a chroot.
#
#   redmine.sh up            install and start it
#   redmine.sh start|stop|status
#   redmine.sh kill          kill it; start restarts it
#   redmine.sh key LOGIN     print the API key of traybell or admin
#   redmine.sh root          print the chroot
#   redmine.sh down          stop it and remove the chroot
#
# LAB_ROOT (default /var/tmp/traybell-lab) is the folder of the chroot, MIRROR a Debian mirror.
#
# Web: http://127.0.0.1:18082, admin/adminpw12 and agent anna/annapw1234; REST user traybell.
# Projects raw and support, custom fields CallUniqueID, CallerNumber and Customer of issues, Phone of
# users. Customers: ivanov (+7 (495) 123-45-67), petrova ((495) 123-45-67 ext. 12; 84951234568).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/common.sh"

cmd=${1:-}
case $cmd in up|start|stop|kill|status|key|root|down) shift ;; *) sed -n 2,11p "$0" >&2; exit 2 ;; esac
root=$LAB_ROOT/redmine port=18082 log=$LAB_ROOT/redmine.log
base=http://127.0.0.1:$port
if [ "$cmd" = root ]; then echo "$root"; exit 0; fi
as_root "$cmd" "$@"
name_log

# Bundler needs a home that it can write to.
as_www() { in_root su www-data -s /bin/sh -c "cd /usr/share/redmine; export HOME=/tmp REDMINE_INSTANCE=default RAILS_ENV=production; $*"; }
answers() { curl -fs -o /dev/null "$base/login"; }

packages() {
  export DEBIAN_FRONTEND=noninteractive
  system trixie "$root" main
  enter "$root"
  in_root debconf-set-selections <<'ANSWERS'
redmine redmine/instances/default/dbconfig-install boolean true
redmine redmine/instances/default/database-type select sqlite3
redmine redmine/instances/default/default-language select en
ANSWERS
  in_root apt-get install -qy redmine-sqlite redmine
  install -m 644 "$here/redmine/seed.rb" "$root/tmp/seed.rb"
  as_www bundle exec rails runner /tmp/seed.rb
  touch "$root/.installed"
}

start() { serve "cd /usr/share/redmine; HOME=/tmp REDMINE_INSTANCE=default RAILS_ENV=production exec puma -b tcp://127.0.0.1:$port -t 1:4"; }

case $cmd in
  key) sed -n "s/^$1=//p" "$root/tmp/keys" ;;
  *) run Redmine ;;
esac
