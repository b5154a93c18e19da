#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Installs what the build needs on Debian 12, saying what and how much before it starts.
# When nothing is missing it says nothing and takes a moment.
#
#   utils/setup.sh            install what is missing
#   utils/setup.sh --check    only say what is missing (exit code 1 if anything is)
#
# SPARSEATTN_SKIP_SETUP=1 trusts that LLVM and MLIR 22 are there by other means.
set -eu

packages='make cmake ninja-build python3 python3-numpy libstdc++-12-dev libpng-dev
libgtest-dev llvm-22-dev libmlir-22-dev mlir-22-tools llvm-22-tools clang-22
libclang-rt-22-dev lld-22 libomp-22-dev'

# For tests that run code for other processors; where AArch64 is not the machine itself.
emulation='qemu-user libc6-dev-arm64-cross'

[ "${SPARSEATTN_SKIP_SETUP:-0}" = 1 ] && exit 0

fail() {
  echo "setup: $*" >&2
  exit 1
}

missing_packages() {
  present=$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' $packages 2>/dev/null |
    sed -n 's/ installed$//p') || true
  for package in $packages; do
    case "
$present
" in
    *"
$package
"*) ;;
    *) echo "$package" ;;
    esac
  done
}

needs='LLVM and MLIR 22 as shared libraries, clang-22, lld-22, lit, GoogleTest, libpng, libomp, CMake 3.25, Ninja and Python 3 with NumPy'
command -v dpkg-query >/dev/null ||
  fail "needs Debian 12; elsewhere install $needs, and set SPARSEATTN_SKIP_SETUP=1"
[ "$(dpkg --print-architecture)" = amd64 ] && packages="$packages $emulation"
missing=$(missing_packages | tr '\n' ' ')
[ -z "$missing" ] && exit 0

system=$(. /etc/os-release 2>/dev/null && echo "${ID:-} ${VERSION_ID:-}") || system=
[ "$system" = 'debian 12' ] ||
  fail "needs Debian 12 (this is ${system:-unknown}); elsewhere install $needs, and set SPARSEATTN_SKIP_SETUP=1"

echo "setup: missing: $missing"
[ "${1:-}" = --check ] && exit 1

as_root=
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null ||
    fail "needs root or sudo to run: apt-get install $missing"
  as_root=sudo
  # Without a terminal nobody can type a password.
  [ -t 0 ] || as_root='sudo -n'
fi

apt() {
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q \
    -o Acquire::Retries=3 -o DPkg::Lock::Timeout=120 "$@" </dev/null
}

# What apt would do: prints the size of the download, and what it would remove.
announce() {
  plan=$(LC_ALL=C apt-get install -y --no-install-recommends --print-uris $missing \
    2>/dev/null) || return 1
  echo "$plan" | awk '
    /^Need to get / { sub(/^Need to get /, ""); sub(/ of archives\.$/, "")
                      print "setup: to download: " $0; next }
    /^After this operation, / { sub(/^After this operation, /, "")
                      print "setup: on disk: " $0; next }
    /REMOVED:$/ { removing = 1; next }
    removing && /^  / { print "setup: replaces:" $0; next }
    { removing = 0 }'
}

if ! announce; then
  echo 'setup: fetching the package lists'
  apt update || fail 'apt-get update failed'
  announce ||
    fail "not offered by this system's package sources (is bookworm-security enabled?): $missing"
fi
install() { apt install -y --no-install-recommends $missing; }
# Lists that are out of date name files that are gone.
install || {
  echo 'setup: fetching newer package lists'
  apt update && install
} || fail "apt-get install failed: $missing"

missing=$(missing_packages | tr '\n' ' ')
[ -z "$missing" ] || fail "still missing: $missing"
