#!/bin/bash
# Builds the desktop for macOS, on a Mac with Xcode's command line tools and Go:
#   build.sh VERSION [FOLDER]     build for arm64 and amd64, sign, notarise, staple; FOLDER (dist) gets
#                                 traybell_VERSION_macos_universal.zip, .dmg and .pkg
#   build.sh bundle PROGRAM VERSION FOLDER
#                                 only make FOLDER/traybell.app of a program; on any system
# VERSION is that of packages: 1.2.3, 1.2.3~rc1.
# MACOS_IDENTITY    "Developer ID Application: …" in the keychain. Without it the app is signed ad hoc:
#                   it runs on this Mac only
# MACOS_INSTALLER   "Developer ID Installer: …", for .pkg. Without it .pkg is not signed
# MACOS_NOTARY      profile of xcrun notarytool store-credentials. Without it nothing is notarised, and
#                   Gatekeeper warns
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)

# bundle makes traybell.app.
bundle() { # program version folder
  local contents=$3/traybell.app/Contents numbers
  numbers=$(sed -E 's/^([0-9]+\.[0-9]+\.[0-9]+).*/\1/' <<<"$2") # all that macOS compares
  rm -rf "$3/traybell.app"
  mkdir -p "$contents/MacOS" "$contents/Resources"
  sed "s/<string>0\.0\.0</<string>$numbers</" "$here/Info.plist" >"$contents/Info.plist"
  printf 'APPL????' >"$contents/PkgInfo"
  install -m 755 "$1" "$contents/MacOS/traybell"
  install -m 644 "$root/assets/icons/app.icns" "$contents/Resources/traybell.icns"
}

# program builds the program of both architectures.
program() { # version file
  local arch flags
  flags="-s -w -X main.version=$1"
  [ -z "${TRAYBELL_TRUSTED_KEYS:-}" ] || flags="$flags -X traybell/shared/release.trusted=$TRAYBELL_TRUSTED_KEYS"
  for arch in arm64 amd64; do
    echo "Building for $arch"
    (cd "$root" && CGO_ENABLED=1 GOOS=darwin GOARCH=$arch MACOSX_DEPLOYMENT_TARGET=12.0 go build -buildvcs=false -trimpath \
      -tags "$(cat packaging/build/tags.txt),nethttpomithttp2" -ldflags "$flags" -o "$2-$arch" ./desktop)
  done
  lipo -create -output "$2" "$2-arm64" "$2-amd64"
}

# notarise has Apple check a file, and fastens the result to another one, or to itself.
notarise() { # file [stapled]
  [ -n "${MACOS_NOTARY:-}" ] || return 0
  xcrun notarytool submit "$1" --keychain-profile "$MACOS_NOTARY" --wait
  xcrun stapler staple "${2:-$1}"
}

build() { # version folder
  local stage name app
  stage=$(mktemp -d)
  # shellcheck disable=SC2064 # now
  trap "rm -rf '$stage'" EXIT
  mkdir -p "$2"
  name=$(cd "$2" && pwd)/traybell_$1_macos_universal
  program "v${1/\~/-}" "$stage/program"
  bundle "$stage/program" "$1" "$stage/image"
  app=$stage/image/traybell.app

  if [ -n "${MACOS_IDENTITY:-}" ]; then
    codesign --force --options runtime --timestamp --sign "$MACOS_IDENTITY" "$app"
  else
    codesign --force --sign - "$app"
  fi
  codesign --verify --strict --verbose=2 "$app"
  ditto -c -k --keepParent "$app" "$stage/app.zip"
  notarise "$stage/app.zip" "$app"
  ditto -c -k --keepParent "$app" "$name.zip"

  ln -s /Applications "$stage/image/Applications"
  hdiutil create -volname traybell -srcfolder "$stage/image" -format UDZO -ov "$name.dmg"
  if [ -n "${MACOS_IDENTITY:-}" ]; then codesign --timestamp --sign "$MACOS_IDENTITY" "$name.dmg"; fi
  notarise "$name.dmg"

  pkgbuild --component "$app" --install-location /Applications ${MACOS_INSTALLER:+--sign "$MACOS_INSTALLER"} "$name.pkg"
  if [ -n "${MACOS_INSTALLER:-}" ]; then notarise "$name.pkg"; fi
  (cd "$2" && shasum -a 256 "$(basename "$name")".*)
}

case ${1:-} in
  bundle) [ $# = 4 ] || { sed -n 2,12p "$0" >&2; exit 2; }; bundle "$2" "$3" "$4" ;;
  [0-9]*.[0-9]*.[0-9]*)
    [ "$(uname)" = Darwin ] || { echo "Run this on a Mac. Elsewhere only: $0 bundle PROGRAM VERSION FOLDER" >&2; exit 1; }
    build "$1" "${2:-dist}"
    ;;
  *) sed -n 2,12p "$0" >&2; exit 2 ;;
esac
