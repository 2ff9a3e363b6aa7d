#!/bin/bash
# The C compiler of the cross-build for Windows: mingw's gcc, spared a search. To learn what a name is, cgo lets the compiler fail on thousands of lines
# that each have an unknown name (__cgo_undefined__2), and for each gcc looks through everything that windows.h declares for a name that may have been
# meant: six minutes for the OpenGL package alone. For a name of two letters next to nothing is alike, and the search costs nothing. cgo reads only where errors are.
input=
for a in "$@"; do
  case $a in *cgo-gcc-input-*.c) input=$a ;; esac
done
[ -n "$input" ] && sed -i 's/__cgo_undefined__\([0-9]\)/q\1/g' "$input"
exec x86_64-w64-mingw32-gcc "$@"
