#!/bin/bash
# mingw's gcc without slow suggestions. To find the kind of a name, cgo compiles thousands of lines with
# unknown names (__cgo_undefined__2), and for each gcc searches all names in windows.h for a similar one:
# six minutes for the OpenGL package alone. Names with two letters make that search fast; cgo only reads
# the positions of errors.
input=
for a in "$@"; do
  case $a in *cgo-gcc-input-*.c) input=$a ;; esac
done
[ -n "$input" ] && sed -i 's/__cgo_undefined__\([0-9]\)/q\1/g' "$input"
exec x86_64-w64-mingw32-gcc "$@"
