#!/bin/bash
# Znuny 6.5 (Apache, mod_perl, MariaDB) on 127.0.0.1 from Debian sid's packages, in a chroot.
#
#   znuny.sh up              install and start it
#   znuny.sh start|stop|status
#   znuny.sh kill            kill Apache; start restarts it
#   znuny.sh smoke           create a ticket with the web service
#   znuny.sh console ARGS    otrs.Console.pl
#   znuny.sh sql "select …"  query its database
#   znuny.sh root            print the chroot
#   znuny.sh down            stop it and remove the chroot
#
# LAB_ROOT (default /var/tmp/traybell-lab) is the folder of the chroot, MIRROR a Debian mirror, HTTP and
# SQL are other ports.
#
# Web: http://127.0.0.1:18080/otrs/index.pl, agents root@localhost/rootpw and agent1/agentpw1.
# Web service: packaging/znuny/Traybell.yml, user traybell/traybellpw, at
# http://127.0.0.1:18080/otrs/nph-genericinterface.pl/Webservice/Traybell.
# MariaDB: 127.0.0.1:13306, database otrs2.
# Customers: ivanov (+7 (495) 123-45-67, mobile 8 916 765-43-21), petrova ((495) 123-45-67 ext. 12;
# 84951234568), and unknown for unknown callers.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/common.sh"

cmd=${1:-}
case $cmd in up|start|stop|kill|status|smoke|console|sql|root|down) shift ;; *) sed -n 2,11p "$0" >&2; exit 2 ;; esac
root=$LAB_ROOT/znuny http=${HTTP:-18080} sql=${SQL:-13306} log=$LAB_ROOT/znuny.log
service=$here/../../packaging/znuny/Traybell.yml
base=http://127.0.0.1:$http/otrs
if [ "$cmd" = root ]; then echo "$root"; exit 0; fi
as_root "$cmd" "$@"

name_log

# The console must run as its own user.
console() { in_root su otrs -s /bin/sh -c "/usr/share/otrs/bin/otrs.Console.pl $*"; }

# ours prints the processes with this name in this chroot.
ours() {
  local p
  for p in /proc/[0-9]*; do # by the file, since mod_perl renames a process to the script that it runs
    if [ "$(readlink "$p/root" 2>/dev/null)" = "$(readlink -f "$root")" ] && [ "$(readlink "$p/exe" 2>/dev/null)" = "$(readlink -f "$root/usr/sbin/$1")" ]; then echo "${p#/proc/}"; fi
  done
}

start_db() {
  enter "$root"
  [ -n "$(ours mariadbd)" ] && return 0
  # systemd would create the folder of the socket
  in_root install -d -o mysql -g mysql /run/mariadbd
  (cd /; setsid nohup chroot "$root" mariadbd --user=mysql >>"$log" 2>&1 </dev/null &)
  for _ in $(seq 60); do in_root mariadb-admin ping >/dev/null 2>&1 && return 0; sleep 0.5; done
  die "MariaDB does not start; see $log"
}

answers() { curl -fs -o /dev/null "$base/index.pl"; }

start_web() {
  need curl
  answers && return 0
  in_root apache2ctl start >>"$log" 2>&1 || die "Apache does not start; see $log"
  await
}

stop() {
  local p
  [ -x "$root/usr/sbin/apache2ctl" ] || return 0
  in_root apache2ctl stop >/dev/null 2>&1 || true
  for p in $(ours mariadbd) $(ours apache2); do kill "$p" 2>/dev/null || true; done # workers of a killed master do not get the stop
  for _ in $(seq 100); do
    if [ -z "$(ours mariadbd)$(ours apache2)" ]; then return 0; fi
    sleep 0.2
  done
  die "it does not stop"
}

kill_web() {
  local p
  for _ in $(seq 100); do
    p=$(ours apache2)
    if [ -z "$p" ]; then rm -f "$root/run/apache2/apache2.pid"; return 0; fi
    # shellcheck disable=SC2086 # several
    kill -9 $p 2>/dev/null || true
    sleep 0.1
  done
  die "it does not end"
}

packages() {
  export DEBIAN_FRONTEND=noninteractive
  system sid "$root" "main non-free"
  enter "$root"
  # dbconfig needs a running database to configure Znuny
  in_root apt-get install -qy mariadb-server mariadb-client apache2 libapache2-mod-perl2 dbconfig-mysql curl procps debconf-utils
  cat >"$root/etc/mysql/mariadb.conf.d/99-lab.cnf" <<CONF
[mariadbd]
bind-address=127.0.0.1
port=$sql
max_allowed_packet=64M
innodb_buffer_pool_size=256M
innodb_flush_log_at_trx_commit=2
CONF
  start_db
  in_root debconf-set-selections <<'ANSWERS'
otrs2 otrs2/dbconfig-install boolean true
otrs2 otrs2/database-type select mysql
otrs2 otrs2/mysql/method select Unix socket
otrs2 otrs2/mysql/app-pass password znunydbpw
otrs2 otrs2/app-password-confirm password znunydbpw
otrs2 otrs2/db/dbname string otrs2
otrs2 otrs2/db/app-user string otrs@localhost
otrs2 otrs2/mysql/admin-user string root
ANSWERS
  # apt would choose PostgreSQL's driver; the REST transport needs librest-client-perl, which no package
  # depends on: without it every call gets an empty reply
  in_root apt-get install -qy libdbd-mysql-perl librest-client-perl znuny
  sed -i "s/^Listen 80\$/Listen 127.0.0.1:$http/; /Listen 443/d" "$root/etc/apache2/ports.conf"
  sed -i "s/<VirtualHost \*:80>/<VirtualHost 127.0.0.1:$http>/" "$root/etc/apache2/sites-available/000-default.conf"
  echo 'ServerName znuny.lab' >"$root/etc/apache2/conf-enabled/servername.conf"
  in_root a2dismod -q mpm_event
  in_root a2enmod -q mpm_prefork # for mod_perl
  touch "$root/.installed"
}

# service_ imports or updates the web service.
service_() {
  [ -f "$service" ] || die "no $service"
  install -m 644 "$service" "$root/tmp/Traybell.yml"
  local id
  id=$(in_root mariadb -N otrs2 -e "select id from gi_webservice_config where name='Traybell'")
  if [ -n "$id" ]; then
    console Admin::WebService::Update --webservice-id "$id" --source-path /tmp/Traybell.yml
  else
    console Admin::WebService::Add --name Traybell --source-path /tmp/Traybell.yml
  fi
}

# add runs a console command that adds a user, unless a table already has the login.
add() { # table column login, then the command
  local n
  n=$(in_root mariadb -N otrs2 -e "select count(*) from $1 where $2='$3'")
  shift 3
  [ "$n" != 0 ] || console "$@"
}

people() {
  [ -e "$root/.people" ] && return 0
  console Admin::Config::Update --setting-name CheckMXRecord --value 0 # .lab has no DNS
  # hide the notification bar
  console Admin::Config::Update --setting-name "'Frontend::NotifyModule###8000-Daemon-Check'" --valid 0
  console Admin::User::SetPassword root@localhost rootpw
  add users login agent1 Admin::User::Add --user-name agent1 --first-name Anna --last-name Agent --email-address agent1@znuny.lab --password agentpw1 --group users
  # agents without a time zone get a notification bar
  in_root mariadb otrs2 -e "insert into user_preferences (user_id,preferences_key,preferences_value) select id,'UserTimeZone','UTC' from users where login='agent1'"
  add users login traybell Admin::User::Add --user-name traybell --first-name Tray --last-name Bell --email-address traybell@znuny.lab --password traybellpw --group users
  add customer_company customer_id ACME Admin::CustomerCompany::Add --customer-id ACME --name ACME
  add customer_user login ivanov Admin::CustomerUser::Add --user-name ivanov --first-name Ivan --last-name Ivanov --email-address ivanov@znuny.lab --customer-id ACME --password custpw1
  add customer_user login petrova Admin::CustomerUser::Add --user-name petrova --first-name Olga --last-name Petrova --email-address petrova@znuny.lab --customer-id ACME
  add customer_user login unknown Admin::CustomerUser::Add --user-name unknown --first-name Unknown --last-name Caller --email-address unknown@znuny.lab --customer-id UNKNOWN
  # the console cannot set phones; customers are cached for a day
  in_root mariadb otrs2 -e "update customer_user set phone='+7 (495) 123-45-67', mobile='8 916 765-43-21' where login='ivanov';
    update customer_user set phone='(495) 123-45-67 ext. 12; 84951234568' where login='petrova';"
  # nor dynamic fields
  in_root su otrs -s /bin/sh -c 'perl -I/usr/share/otrs -I/usr/share/otrs/Kernel/cpan-lib -' <"$here/../../packaging/znuny/fields.pl"
  console Maint::Cache::Delete
  touch "$root/.people"
}

smoke() {
  need curl
  curl -sS -w ' [%{http_code} %{time_total}s]\n' -X POST -H 'Content-Type: application/json' \
    "$base/nph-genericinterface.pl/Webservice/Traybell/Ticket" -d '{"UserLogin":"traybell","Password":"traybellpw",
   "Ticket":{"Title":"Call","Queue":"Raw","State":"new","Priority":"3 normal","CustomerUser":"ivanov"},
   "Article":{"CommunicationChannel":"Phone","SenderType":"customer","Subject":"Call","Body":"b","ContentType":"text/plain; charset=utf-8"},
   "DynamicField":[{"Name":"CallUniqueID","Value":"smoke:1700000000.42"}]}' | tee /dev/stderr | grep -q TicketNumber
}

up() {
  mkdir -p "$LAB_ROOT"
  [ -f "$service" ] || die "no $service"
  [ -e "$root/.installed" ] || quietly packages
  start_db
  quietly service_
  quietly people
  start_web
  echo "znuny is up at $base/index.pl"
}

case $cmd in
  up) up ;;
  start) start_db; start_web ;;
  stop) stop ;;
  kill) kill_web ;;
  status) if answers; then echo "znuny runs at $base/index.pl"; else echo "znuny does not run"; exit 1; fi ;;
  smoke) smoke ;;
  console) console "$@" ;;
  sql) in_root mariadb otrs2 -e "$1" ;;
  down) stop; remove "$root" ;;
esac
