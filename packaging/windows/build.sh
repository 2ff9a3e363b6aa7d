#!/bin/bash
# Builds bin/traybell.exe on Linux, including icon, manifest (per-monitor DPI) and version.
#   build.sh [VERSION]
set -eu
cd "$(dirname "$0")/../.."
version=${1:-$(git describe --tags --always --dirty 2>/dev/null || echo dev)}
mkdir -p bin
tags=$(cat packaging/build/tags.txt),nethttpomithttp2
flags="-s -w -H windowsgui -X main.version=$version"
[ -z "${TRAYBELL_TRUSTED_KEYS:-}" ] || flags="$flags -X traybell/shared/release.trusted=$TRAYBELL_TRUSTED_KEYS"
began=$SECONDS
# Windows versions have four numbers; a build between releases has the last release's.
numbers=$(printf '%s' "$version" | sed -nE 's/^v?([0-9]+(\.[0-9]+){0,3}).*/\1/p')
case $numbers in *.*) ;; *) numbers=0.0 ;; esac
(
  exec 9>bin/.windows.lock
  flock 9 # parallel builds would overwrite the resource
  go run github.com/tc-hib/go-winres@v0.3.3 make --in packaging/windows/winres.json --out desktop/rsrc --arch amd64 --file-version "$numbers" --product-version "$version"
  CGO_ENABLED=0 GOOS=windows GOARCH=amd64 \
    go build -buildvcs=false -tags "$tags" -trimpath -ldflags "$flags" -o bin/traybell.exe ./desktop
)
echo "bin/traybell.exe: $(stat -c %s bin/traybell.exe) bytes, built in $((SECONDS - began)) s"
