#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Links an AArch64 object with driver.c: link-aarch64.sh OBJECT PROGRAM. Needs clang, lld and
# Debian's libc6-dev-arm64-cross, and no compiler runtime: neither the driver nor code of
# ours calls one.
set -eu
system=/usr/aarch64-linux-gnu
clang --target=aarch64-linux-gnu -O1 -isystem $system/include -c "$(dirname "$0")/driver.c" -o "$2.driver.o"
ld.lld -dynamic-linker /lib/ld-linux-aarch64.so.1 -L $system/lib $system/lib/crt1.o \
  $system/lib/crti.o "$2.driver.o" "$1" -lm -lc $system/lib/crtn.o -o "$2"
