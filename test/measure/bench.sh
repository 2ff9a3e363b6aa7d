#!/bin/bash
# The benchmarks, as tables: task bench. What is measured in a virtual display needs Xvfb. Absolute figures belong to the machine; compare ratios of one run.
set -euo pipefail
cd "$(dirname "$0")/../.."
tags=no_emoji,no_metadata,migrated_fynedo
title() { printf '\n== %s\n' "$*"; }
bench() { go test -tags $tags -run '^$' "$@" | grep -vE '^(goos|goarch|pkg|cpu|PASS|ok)'; }

title "AMI: a working day over loopback, skipping what nobody asked for, next to net/textproto and to discarding"
bench -bench . ./hub/ami
title "Calls: the tracker"
bench -bench . ./hub/calls
title "Who is calling: reading a number, finding it among 1,000,000 customers, also while they are read again"
bench -bench . ./shared/phone ./hub/directory
title "Earlier calls among 1,000,000; a call's first frame with records and traces and without"
bench -bench History -benchtime 5x ./hub/store
bench -bench FirstFrame -benchtime 1000x ./hub/desk
title "A connected desktop's memory on the hub"
bench -bench Desktops -benchtime 1000x ./hub/agents
title "From the PBX to the agent's WebSocket"
go run ./test/measure latency
title "From the frame to the popup on the screen"
if command -v Xvfb >/dev/null; then bench -bench FrameToScreen ./desktop/ui/screen; else echo "not measured: Xvfb is not installed"; fi
title "At rest"
if command -v Xvfb >/dev/null; then
  coproc X { exec Xvfb -displayfd 1 -screen 0 1280x800x24 -nolisten tcp 2>/dev/null; }
  trap 'kill "$X_PID"' EXIT
  read -r -u "${X[0]}" display
  DISPLAY=:$display go run ./test/measure rest
  title "The desktop's weight over a thousand popups"
  DISPLAY=:$display go run ./test/measure soak
else
  go run ./test/measure rest
fi
