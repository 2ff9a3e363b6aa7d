#!/bin/bash
# Measures the time from a command to the first popup on a virtual display, and again with what the
# first start has built. Rounds alternate between the commits, so that all see the same load.
#   start.sh [COMMIT COMMAND]...    such as: start.sh HEAD 'go run ./demo' v1.0 'go run ./demo'
# ROUNDS (1): number of rounds. EMPTY_MODULES=1: download the modules each time, too.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || set -- HEAD "go run ./demo"
[ -n "${EMPTY_MODULES:-}" ] || { GOMODCACHE=$(go env GOMODCACHE); export GOMODCACHE; }
unset DISPLAY WAYLAND_DISPLAY
work=$(mktemp -d)
marked() { grep -lsz "^STARTED_BY=$work\$" /proc/[0-9]*/environ | cut -d/ -f3 || true; }
# shellcheck disable=SC2046
trap 'kill -KILL $(marked) 2>/dev/null || true; chmod -R u+w "$work"; rm -rf "$work"' EXIT
set -m # a process group for each start

# start prints the seconds to the popup, the CPU time to the end, and the programs left running.
start() { # commit command log
  local began=$EPOCHREALTIME group shown left
  (
    trap : INT # a handler, as an ignored signal would be ignored by the command, too
    TIMEFORMAT='CPU %U %S'
    cd "$work/$1"
    time env STARTED_BY="$work" bash -c "$2"
  ) </dev/null >"$3" 2>&1 &
  group=$!
  until grep -q "Screenshot:" "$3"; do
    kill -0 "$group" 2>/dev/null || { tail -n 20 "$3" >&2; return 1; }
    sleep 0.1
  done
  shown=$EPOCHREALTIME
  kill -INT -- "-$group"
  wait "$group" || true
  sleep 3
  left=$(marked | wc -l)
  # shellcheck disable=SC2046
  kill -KILL $(marked) 2>/dev/null || true
  awk -v began="$began" -v shown="$shown" -v left="$left" \
    '/^CPU/ { cpu = $2 + $3 } END { printf "%8.1f s %8.1f s %6d", shown - began, cpu, left }' "$3"
}

printf '%-8s %-60s %10s %10s %6s   %s\n' start command "to popup" "CPU" left "load"
for _ in $(seq "${ROUNDS:-1}"); do
  for ((i = 1; i < $#; i += 2)); do
    commit=${!i} j=$((i + 1)) command=${!j} folder=$i
    rm -rf "${work:?}/cache" "${work:?}/$folder"
    [ -z "${EMPTY_MODULES:-}" ] || { export GOMODCACHE=$work/cache/modules; chmod -R u+w "$work"; }
    export GOCACHE=$work/cache/build HOME=$work/cache/home
    mkdir -p "$HOME"
    git clone -q . "$work/$folder" && git -C "$work/$folder" checkout -q "$commit"
    for n in first second; do
      printf '%-8s %-60s' "$n" "$(git -C "$work/$folder" rev-parse --short HEAD) $command"
      start "$folder" "$command" "$work/log"
      printf '   %s\n' "$(cut -d' ' -f1-3 /proc/loadavg)"
    done
  done
done
