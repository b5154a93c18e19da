// A tile in a kernel that a GPU cannot compute is one error at the operation.
// RUN: sattn-opt %s -convert-sattn-to-gpu -split-input-file -verify-diagnostics

!rows = memref<16x288xf16>
gpu.module @kernels {
  gpu.func @head_size(%q: !rows, %out: !rows, %first: index, %end: index, %live: i1) kernel {
    // expected-error @below {{expected 'query' to have at most 256 columns on a GPU, but got 288}}
    sattn.tile_attention ins(%q, %q, %q : !rows, !rows, !rows) outs(%out : !rows)
      at %first step 1 rows 16 segments {
    ^bb0(%key: index):
      sattn.segment live(%live) full(%live) end(%end)
    } mask {
    ^bb0(%i: index, %j: index):
      sattn.yield %live
    } {scale = 0.25 : f64}
    gpu.return
  }
}

// -----

!rows = memref<16x64xf32>
!values = memref<16x64xbf16>
gpu.module @kernels {
  gpu.func @mixed_types(%q: !rows, %v: !values, %out: !rows, %first: index, %end: index,
                        %live: i1) kernel {
    // expected-error @below {{expected 'value' to have the query's element type on a GPU ('f32'), but got 'bf16'}}
    sattn.tile_attention ins(%q, %q, %v : !rows, !rows, !values) outs(%out : !rows)
      at %first step 1 rows 16 segments {
    ^bb0(%key: index):
      sattn.segment live(%live) full(%live) end(%end)
    } mask {
    ^bb0(%i: index, %j: index):
      sattn.yield %live
    } {scale = 0.25 : f64}
    gpu.return
  }
}

// -----

!rows = memref<16x64xf16>
!shared = memref<16x64xf16, 3>
gpu.module @kernels {
  gpu.func @memory_space(%q: !rows, %v: !shared, %out: !rows, %first: index, %end: index,
                         %live: i1) kernel {
    // expected-error @below {{expected 'value' to be in the default memory space on a GPU, but got 3 : i64}}
    sattn.tile_attention ins(%q, %q, %v : !rows, !rows, !shared) outs(%out : !rows)
      at %first step 1 rows 16 segments {
    ^bb0(%key: index):
      sattn.segment live(%live) full(%live) end(%end)
    } mask {
    ^bb0(%i: index, %j: index):
      sattn.yield %live
    } {scale = 0.25 : f64}
    gpu.return
  }
}

// -----

!rows = memref<16x64xf16>
!shared = memref<16x64xf16, 3>
gpu.module @kernels {
  gpu.func @memory_space_of_result(%q: !rows, %v: !rows, %out: !shared, %first: index, %end: index,
                         %live: i1) kernel {
    // expected-error @below {{expected 'outs' to be in the default memory space on a GPU, but got 3 : i64}}
    sattn.tile_attention ins(%q, %q, %v : !rows, !rows, !rows) outs(%out : !shared)
      at %first step 1 rows 16 segments {
    ^bb0(%key: index):
      sattn.segment live(%live) full(%live) end(%end)
    } mask {
    ^bb0(%i: index, %j: index):
      sattn.yield %live
    } {scale = 0.25 : f64}
    gpu.return
  }
}

// -----

!row = memref<1x64xf16>
gpu.module @kernels {
  gpu.func @candidates(%q: !row, %out: !row, %drawn: memref<?xi32>, %first: index, %end: index,
                       %live: i1) kernel {
    // expected-error @below {{expected no 'candidates' on a GPU: tile with 'gpu'}}
    sattn.tile_attention ins(%q, %q, %q : !row, !row, !row) outs(%out : !row)
      candidates(%drawn from %first to %end : memref<?xi32>) at %first step 1 rows 1 segments {
    ^bb0(%key: index):
      sattn.segment live(%live) full(%live) end(%end)
    } mask {
    ^bb0(%i: index, %j: index):
      sattn.yield %live
    } {scale = 0.25 : f64, candidate_block = 1 : i64, grouped}
    gpu.return
  }
}
