// What a GPU cannot do is one error, at the operation or at the function whose argument it is.
// RUN: sattn-opt %s -sattn-map-tiles-to-gpu -split-input-file -verify-diagnostics

!q = memref<16x272xf16>
func.func @head_size(%q: !q, %out: !q, %one: index, %live: i1) {
  scf.forall (%tile) in (4) {
    // expected-error @below {{expected 'query' to have at most 256 columns on a GPU, but got 272}}
    sattn.tile_attention ins(%q, %q, %q : !q, !q, !q) outs(%out : !q) at %one step 1 rows 16 segments {
    ^bb0(%key: index):
      sattn.segment live(%live) full(%live) end(%one)
    } mask {
    ^bb0(%i: index, %j: index):
      sattn.yield %live
    } {scale = 0.125 : f64}
  }
  return
}

// -----

!q = memref<16x64xf16>
!v = memref<16x320xf16>
func.func @value_size(%q: !q, %v: !v, %out: !v, %one: index, %live: i1) {
  scf.forall (%tile) in (4) {
    // expected-error @below {{expected 'value' to have at most 256 columns on a GPU, but got 320}}
    sattn.tile_attention ins(%q, %q, %v : !q, !q, !v) outs(%out : !v) at %one step 1 rows 16 segments {
    ^bb0(%key: index):
      sattn.segment live(%live) full(%live) end(%one)
    } mask {
    ^bb0(%i: index, %j: index):
      sattn.yield %live
    } {scale = 0.125 : f64}
  }
  return
}

// -----

!q = memref<16x64xf16>
!k = memref<16x64xbf16>
func.func @mixed_types(%q: !q, %k: !k, %out: !q, %one: index, %live: i1) {
  scf.forall (%tile) in (4) {
    // expected-error @below {{expected 'key' to have the query's element type on a GPU ('f16'), but got 'bf16'}}
    sattn.tile_attention ins(%q, %k, %q : !q, !k, !q) outs(%out : !q) at %one step 1 rows 16 segments {
    ^bb0(%key: index):
      sattn.segment live(%live) full(%live) end(%one)
    } mask {
    ^bb0(%i: index, %j: index):
      sattn.yield %live
    } {scale = 0.125 : f64}
  }
  return
}

// -----

!q = memref<16x64xf64>
func.func @element_type(%q: !q, %out: !q, %one: index, %live: i1) {
  scf.forall (%tile) in (4) {
    // expected-error @below {{expected 'query' to have elements of f32, f16 or bf16 on a GPU, but got 'f64'}}
    sattn.tile_attention ins(%q, %q, %q : !q, !q, !q) outs(%out : !q) at %one step 1 rows 16 segments {
    ^bb0(%key: index):
      sattn.segment live(%live) full(%live) end(%one)
    } mask {
    ^bb0(%i: index, %j: index):
      sattn.yield %live
    } {scale = 0.125 : f64}
  }
  return
}

// -----

!q = memref<256x256xf16>
func.func @shared_memory(%q: !q, %out: !q, %one: index, %live: i1) {
  scf.forall (%tile) in (4) {
    // expected-error @below {{expected a tile to need at most 101376 bytes of shared memory, but 256 query rows, key tiles of 16 in 1 stages need 147584}}
    sattn.tile_attention ins(%q, %q, %q : !q, !q, !q) outs(%out : !q) at %one step 1 rows 256 segments {
    ^bb0(%key: index):
      sattn.segment live(%live) full(%live) end(%one)
    } mask {
    ^bb0(%i: index, %j: index):
      sattn.yield %live
    } {scale = 0.125 : f64}
  }
  return
}

// -----

func.func @unbounded_buffer(%size: index, %x: f32) {
  %c0 = arith.constant 0 : index
  scf.forall (%tile) in (4) {
    // expected-error @below {{expected a buffer of a tile to have a known largest size on a GPU}}
    %sums = memref.alloc(%size) : memref<?xf32>
    memref.store %x, %sums[%c0] : memref<?xf32>
    memref.dealloc %sums : memref<?xf32>
  }
  return
}

// -----

func.func @host_store(%out: memref<4xf32>, %x: f32) {
  %c0 = arith.constant 0 : index
  // expected-error @below {{'memref.store' outside of attention cannot access memory of a GPU}}
  memref.store %x, %out[%c0] : memref<4xf32>
  return
}

// -----

func.func @host_store_in_view(%out: memref<4xf32>, %x: f32) {
  %c0 = arith.constant 0 : index
  %part = memref.subview %out[1] [2] [1] : memref<4xf32> to memref<2xf32, strided<[1], offset: 1>>
  // expected-error @below {{'memref.store' outside of attention cannot access memory of a GPU}}
  memref.store %x, %part[%c0] : memref<2xf32, strided<[1], offset: 1>>
  return
}

// -----

func.func private @callee(memref<4xf32>)
func.func @host_call(%out: memref<4xf32>) {
  // expected-error @below {{'func.call' outside of attention cannot access memory of a GPU}}
  call @callee(%out) : (memref<4xf32>) -> ()
  return
}

// -----

// expected-error @below {{expected argument #0 to be contiguous, as the host reads it, but got 'memref<4xf32, strided<[2]>>'}}
func.func @strided_read(%lengths: memref<4xf32, strided<[2]>>) -> f32 {
  %c0 = arith.constant 0 : index
  %x = memref.load %lengths[%c0] : memref<4xf32, strided<[2]>>
  return %x : f32
}
