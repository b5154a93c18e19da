// The mask of a partial block asks the region, with the rows that exist.
// RUN: sattn-opt %s -sattn-tile-to-block-sparse=query-tile=16 -sattn-fuse-online-softmax -canonicalize -cse | FileCheck %s
// RUN: sattn-opt %s -sattn-tile-to-block-sparse=query-tile=16 -sattn-fuse-online-softmax -sattn-outline-tile-kernels | FileCheck %s --check-prefix=KERNEL

!t = memref<1x2x256x16xf32>

// CHECK-LABEL: func @window
// CHECK: %[[ROWS:.*]] = memref.dim %{{.*}}, %c0
// CHECK: sattn.pair_mask
// CHECK: ^bb0(%{{.*}}: index, %{{.*}}: index, %{{.*}}: i1):
// CHECK: } asks rows %[[ROWS]] {
// CHECK-NEXT: ^bb0(%{{.*}}: index, %{{.*}}: index):
// CHECK-NEXT: memref.load
// CHECK: sattn.softmax_update
// CHECK-SAME: mask(

// It is a kernel of its own.
// KERNEL-LABEL: func @window
// KERNEL: call @sattn_pair_mask(
// KERNEL: func private @sattn_pair_mask(
func.func @window(%q: !t, %of: memref<256xindex>, %out: !t) {
  sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%out : !t)
    pattern(window<left = 8, right = 8> and region) mask {
    ^bb0(%b: index, %h: index, %i: index, %j: index):
      %x = memref.load %of[%j] : memref<256xindex>
      %near = arith.cmpi sle, %x, %i : index
      sattn.yield %near
    }
  return
}
