#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Runs the demo: sparse attention on the queries, keys and values of real language models.
# Usage: examples/demo/run-demo.sh [BUILD]     BUILD is `build` unless given
set -eu

source_root=$(cd "$(dirname "$0")/../.." && pwd)
build=${1:-"$source_root/build"}

for tool in sattn-run sattn-explain; do
  if [ ! -x "$build/bin/$tool" ]; then
    echo "run-demo.sh: error: expected $build/bin/$tool; 'make demo' builds it" >&2
    exit 1
  fi
done

python=/usr/bin/python3
[ -x "$python" ] || python=python3
exec "$python" -B "$source_root/examples/demo/demo.py" "$source_root" "$build"
