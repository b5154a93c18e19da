// Tiles of heads that do not fit the grouping, or the pattern, are refused with the reason.
// RUN: not sattn-opt %s -split-input-file -transform-interpreter 2>&1 | FileCheck %s

!q = tensor<1x2x64x16xf32>

func.func @named_heads(%q: !q, %out: !q) -> !q {
  // CHECK: error: 'sattn.attention' op expected heads to stay untiled, because 'pattern' names them
  %0 = sattn.attention ins(%q, %q, %q : !q, !q, !q) outs(%out : !q)
      pattern(per_head<[dense, causal]>)
  return %0 : !q
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["sattn.attention"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %loop = transform.structured.tile_using_forall %op tile_sizes [0, 1, 0]
        : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

!q = tensor<1x12x64x16xf32>
!k = tensor<1x3x64x16xf32>

func.func @across_groups(%q: !q, %k: !k, %out: !q) -> !q {
  // CHECK: error: 'sattn.attention' op expected a head tile that divides or is a multiple of the group of 4 heads, but got 3
  %0 = sattn.attention ins(%q, %k, %k : !q, !k, !k) outs(%out : !q) pattern(dense)
  return %0 : !q
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["sattn.attention"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %loop = transform.structured.tile_using_forall %op tile_sizes [0, 3, 0]
        : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

!q = tensor<1x12x64x16xf32>
!k = tensor<1x3x64x16xf32>

func.func @uneven_tiles(%q: !q, %k: !k, %out: !q) -> !q {
  // CHECK: error: 'sattn.attention' op expected a static head tile and static head counts, or a head tile of 1, to tile grouped heads
  %0 = sattn.attention ins(%q, %k, %k : !q, !k, !k) outs(%out : !q) pattern(dense)
  return %0 : !q
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["sattn.attention"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %loop = transform.structured.tile_using_forall %op tile_sizes [0, 8, 0]
        : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

!q = tensor<1x?x64x16xf32>

func.func @dynamic_heads(%q: !q, %k: !q, %out: !q) -> !q {
  // CHECK: error: 'sattn.attention' op expected a static head tile and static head counts, or a head tile of 1, to tile grouped heads
  %0 = sattn.attention ins(%q, %k, %k : !q, !q, !q) outs(%out : !q) pattern(dense)
  return %0 : !q
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["sattn.attention"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %loop = transform.structured.tile_using_forall %op tile_sizes [0, 4, 0]
        : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}
