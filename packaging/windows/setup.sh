#!/bin/bash
# Builds the setup programs of the desktop for Windows, on Linux, from traybell.exe:
#   setup.sh PROGRAM VERSION OUT    OUT_setup.exe (NSIS), OUT.msi for all users, OUT_user.msi for one
# VERSION is that of packages: 1.2.3, 1.2.3~rc1. With SIGN, a command that signs the file that it is
# given, such as packaging/windows/sign.sh, everything is signed: program, uninstaller, setups.
# A second run builds the same bytes, unless they are signed. SOURCE_DATE_EPOCH is the time in them.
# Needs the packages nsis, wixl, msitools and faketime.
set -euo pipefail
[ $# = 3 ] || { sed -n 2,7p "$0" >&2; exit 2; }
program=$(realpath "$1") version=$2 out=$(realpath -m "$3")
here=$(cd "$(dirname "$0")" && pwd)
sign=${SIGN:+$(realpath "$SIGN")}
missing=()
command -v makensis >/dev/null || missing+=(nsis)
command -v wixl >/dev/null || missing+=(wixl)
command -v msibuild >/dev/null || missing+=(msitools)
command -v faketime >/dev/null || missing+=(faketime)
[ ${#missing[@]} = 0 ] || bash "$here/../install.sh" "${missing[@]}"

numbers=$(sed -E 's/^([0-9]+\.[0-9]+\.[0-9]+).*/\1/' <<<"$version") # all that Windows compares
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
cp "$program" "$stage/traybell.exe"
cp "$here/traybell.wxs" "$here/../../assets/icons/app.ico" "$stage"
[ -z "$sign" ] || "$sign" "$stage/traybell.exe"

time=$(date -u -d "@${SOURCE_DATE_EPOCH:-$(date +%s)}" '+%F %T')
find "$stage" -type f -exec touch -d "$time UTC" {} +

makensis -V2 -WX ${sign:+"-DSIGN=$sign"} "-DVERSION=$version" "-DNUMBERS=$numbers.0" "-DPROGRAM=$stage/traybell.exe" \
  "-DOUT=${out}_setup.exe" "$here/traybell.nsi"

# uuid is the same for the same text.
uuid() {
  sha256sum <<<"$1" | tr a-f A-F | sed -E 's/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*/\1-\2-4\3-8\4-\5/'
}

# package builds one .msi. wixl knows no conditions of components, no other secure properties and no
# code of a package.
package() { # scope root file
  (
    cd "$stage"
    export TZ=UTC
    content=$(cat traybell.exe traybell.wxs | sha256sum)
    faketime -f "$time" wixl -a x64 -D "NUMBERS=$numbers" -D "VERSION=$version" -D "SCOPE=$1" -D "ROOT=$2" \
      -D "PRODUCT=$(uuid "product $1 $version $content")" -o "$3" traybell.wxs
    faketime -f "$time" msibuild "$3" -s "traybell $version" traybell 'x64;1033' "{$(uuid "package $1 $version $content")}"
    for condition in 'Hub|HUB' 'Fingerprint|FINGERPRINT' 'Autostart|AUTOSTART="1"'; do
      msibuild "$3" -q "UPDATE \`Component\` SET \`Condition\`='${condition#*|}' WHERE \`Component\`='${condition%|*}'"
    done
    msibuild "$3" -q "UPDATE \`Property\` SET \`Value\`='FORMER;HUB;FINGERPRINT;AUTOSTART' WHERE \`Property\`='SecureCustomProperties'"
  )
}
package perMachine HKLM "$out.msi"
package perUser HKCU "${out}_user.msi"
if [ -n "$sign" ]; then
  for file in "${out}_setup.exe" "$out.msi" "${out}_user.msi"; do "$sign" "$file"; done
fi
