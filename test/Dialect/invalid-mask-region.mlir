// Each rule about mask regions of docs/Semantics.md has its message.
// RUN: sattn-opt %s -split-input-file -verify-diagnostics

!t = tensor<2x4x8x16xf32>
func.func @not_there(%q: !t, %out: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%out : !t)
      pattern(causal and region)
  // expected-error @below {{expected a region 'mask' after a pattern with 'region'}}
  return %0 : !t
}

// -----

!t = tensor<2x4x8x16xf32>
func.func @not_asked(%q: !t, %out: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%out : !t)
      // expected-error @below {{expected 'region' in the pattern before a region 'mask'}}
      pattern(causal) mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %yes = arith.constant true
        sattn.yield %yes
      }
  return %0 : !t
}

// -----

!t = tensor<2x4x8x16xf32>
func.func @operands(%q: !t, %out: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%out : !t)
      // expected-error @below {{expected no operands after 'region'}}
      pattern(region(%q) : !t)
  return %0 : !t
}

// -----

!t = tensor<2x4x8x16xf32>
func.func @attention_m8(%q: !t, %out: !t) -> !t {
  // expected-error @below {{expected at most one region 'score', but got 2}}
  %0 = "sattn.attention"(%q, %q, %q, %out) <{pattern = #sattn.region, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>}> ({
  ^bb0(%b: index, %h: index, %i: index, %j: index):
    %yes = arith.constant true
    sattn.yield %yes
  }, {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    sattn.yield %s : f32
  }, {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    sattn.yield %s : f32
  }) : (!t, !t, !t, !t) -> !t
  return %0 : !t
}

// -----

!t = memref<2x4x8x16xf32>
func.func @attention_m9(%q: !t, %seen: memref<8xi32>, %out: !t) {
  %one = arith.constant 1 : i32
  sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%out : !t)
      pattern(region) mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        // expected-error @below {{expected operations in 'mask' of sattn.attention to be free of side effects; only loads may read}}
        memref.store %one, %seen[%i] : memref<8xi32>
        %yes = arith.constant true
        sattn.yield %yes
      }
  return
}

// -----

!t = tensor<2x4x8x16xf32>
func.func @attention_m10(%q: !t, %x: f64, %out: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%out : !t)
      pattern(region) mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        // expected-error @below {{expected operations in 'mask' of sattn.attention to compute f32, index or integers of at most 64 bits, but got 'f64'}}
        %y = arith.addf %x, %x : f64
        %near = arith.cmpf olt, %x, %y : f64
        sattn.yield %near
      }
  return %0 : !t
}

// -----

!t = tensor<2x4x8x16xf32>
func.func @attention_m12(%q: !t, %out: !t) -> !t {
  // expected-error @below {{expected a region 'mask' with a 'pattern' that has 'region'}}
  %0 = "sattn.attention"(%q, %q, %q, %out) <{pattern = #sattn.region, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>}> : (!t, !t, !t, !t) -> !t
  return %0 : !t
}

// -----

!t = tensor<2x4x8x16xf32>
func.func @attention_m13(%q: !t, %out: !t) -> !t {
  // expected-error @below {{expected 'mask' to have the arguments (index, index, index, index)}}
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%out : !t)
      pattern(region) mask {
      ^bb0(%b: index, %h: index, %j: index):
        %yes = arith.constant true
        sattn.yield %yes
      }
  return %0 : !t
}

// -----

!t = tensor<2x4x8x16xf32>
func.func @attention_m13_yield(%q: !t, %x: f32, %out: !t) -> !t {
  // expected-error @below {{expected 'mask' to end in 'sattn.yield' of an i1}}
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%out : !t)
      pattern(region) mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        sattn.yield %x : f32
      }
  return %0 : !t
}

// -----

func.func @pair_mask_rows(%keys: memref<96xindex>, %n: index, %mask: memref<96x16xi32>) {
  // expected-error @below {{expected region 'predicate' to have 2 index arguments and an i1}}
  sattn.pair_mask keys(%keys, %n : memref<96xindex>) outs(%mask : memref<96x16xi32>) at %n step 1 {
    ^bb0(%i: index, %j: index):
      %live = arith.cmpi sle, %j, %i : index
      sattn.yield %live
    } asks rows %n {
    ^bb0(%i: index, %j: index):
      %live = arith.cmpi sle, %j, %i : index
      sattn.yield %live
    }
  return
}

// -----

func.func @pair_mask_without_rows(%keys: memref<96xindex>, %n: index, %mask: memref<96x16xi32>) {
  // expected-error @below {{expected 'asks' to come with 'rows'}}
  "sattn.pair_mask"(%keys, %n, %mask, %n) <{step = 1 : i64}> ({
    ^bb0(%i: index, %j: index, %says: i1):
      sattn.yield %says
    }, {
    ^bb0(%i: index, %j: index):
      %live = arith.cmpi sle, %j, %i : index
      sattn.yield %live
    }) : (memref<96xindex>, index, memref<96x16xi32>, index) -> ()
  return
}

// -----

func.func @grouped(%q: memref<4x16xf32>, %k: memref<8x16xf32>, %n: index) {
  // expected-error @below {{expected a tile with 'asks' not to be 'grouped'}}
  sattn.tile_attention ins(%q, %k, %k : memref<4x16xf32>, memref<8x16xf32>, memref<8x16xf32>) outs(%q : memref<4x16xf32>) at %n step 1 rows 4 segments {
    ^bb0(%j: index):
      %yes = arith.constant true
      %end = arith.constant 8 : index
      sattn.segment live(%yes) full(%yes) end(%end)
    } mask {
    ^bb0(%i: index, %j: index, %says: i1):
      sattn.yield %says
    } asks {
    ^bb0(%i: index, %j: index):
      %live = arith.cmpi sle, %j, %i : index
      sattn.yield %live
    } {grouped, scale = 1.0 : f64}
  return
}
