#!/bin/bash
# Runs the benchmarks (task bench). Some need Xvfb. Compare only figures of the same machine and run.
set -euo pipefail
cd "$(dirname "$0")/../.."
tags=$(cat packaging/build/tags.txt)
title() { printf '\n== %s\n' "$*"; }
bench() { go test -tags $tags -run '^$' "$@" | grep -vE '^(goos|goarch|pkg|cpu|PASS|ok)'; }

title "AMI: a working day over loopback, skipping unused events, compared with net/textproto and discarding"
bench -bench . ./hub/ami
title "Calls: the tracker"
bench -bench . ./hub/calls
title "Lookup: read a number, find it among 1,000,000 customers, also during a refresh"
bench -bench . ./shared/phone ./hub/directory
title "History of 1,000,000 calls; first frame of a call with and without records and traces"
bench -bench History -benchtime 5x ./hub/store/records
bench -bench FirstFrame -benchtime 1000x ./hub/desk
title "Memory per connected desktop on the hub"
bench -bench Desktops -benchtime 1000x ./hub/agents
title "From the PBX to the agent's WebSocket"
go run ./test/measure latency
title "The same with open pages, and with webhooks"
go run ./test/measure pages -browsers="$(command -v chromium >/dev/null && echo true || echo false)"
go run ./test/measure webhooks
title "All desktops back after the hub was killed"
go run ./test/measure back
title "Presses of agents until a phone of a real Asterisk does it (as root)"
if [ -x "$(bash test/lab/asterisk.sh root 22)/usr/sbin/asterisk" ]; then
  go build -tags $tags -o "${TMPDIR:-/tmp}/traybell-hub-measured" ./hub
  bash test/lab/asterisk.sh up 22
  go run ./test/measure press -hub "${TMPDIR:-/tmp}/traybell-hub-measured"
  bash test/lab/asterisk.sh stop 22
else echo "skipped: the lab has no Asterisk"; fi
title "From the frame to the popup on the screen"
if command -v Xvfb >/dev/null; then bench -bench FrameToScreen ./desktop/ui/screen; else echo "skipped: Xvfb is not installed"; fi
title "At rest"
if command -v Xvfb >/dev/null; then
  coproc X { exec Xvfb -displayfd 1 -screen 0 1280x800x24 -nolisten tcp 2>/dev/null; }
  trap 'kill "$X_PID"' EXIT
  read -r -u "${X[0]}" display
  DISPLAY=:$display go run ./test/measure rest
  title "Memory of the desktop over 1,000 popups"
  DISPLAY=:$display go run ./test/measure soak
else
  go run ./test/measure rest
fi
