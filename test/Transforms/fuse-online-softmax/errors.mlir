// A negative number of keys is an error, and so are rows of several heads.
// RUN: not sattn-opt %s -sattn-fuse-online-softmax=key-tile=-1 2>&1 | FileCheck %s
// RUN: not sattn-opt %s -sattn-tile-to-block-sparse="gpu query-tile=0" -sattn-fuse-online-softmax 2>&1 | FileCheck %s --check-prefix=ROWS
// CHECK: error: expected 'key-tile' to be positive, or 0 to choose it, but got -1
// ROWS: error: expected no 'rows_per_head' on a CPU: tile without 'gpu'

!q = memref<1x8x5x64xf16>
!k = memref<1x2x?x64xf16>
func.func @few_rows(%q: !q, %k: !k, %out: !q) {
  sattn.attention ins(%q, %k, %k : !q, !k, !k) outs(%out : !q) pattern(causal)
  return
}
