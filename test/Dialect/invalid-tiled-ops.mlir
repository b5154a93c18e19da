// Tiles that no pass would make are refused.
// RUN: sattn-opt %s -split-input-file -verify-diagnostics

!q = memref<16x8xf32>
!row = memref<16xf32>

func.func @tile_step(%q: !q, %o: !q, %row: !row, %first: index) {
  // expected-error @below {{expected positive 'step' and 'rows'}}
  sattn.tile_attention ins(%q, %q, %q : !q, !q, !q) outs(%o : !q)
    at %first step 0 rows 16 segments {
  ^bb0(%key: index):
    %true = arith.constant true
    %end = arith.constant 16 : index
    sattn.segment live(%true) full(%true) end(%end)
  } mask {
  ^bb0(%i: index, %j: index):
    %true = arith.constant true
    sattn.yield %true
  } {scale = 1.0 : f64}
  return
}

// -----

!q = memref<16x8xf32>
!row = memref<16xf32>

func.func @tile_outputs(%q: !q, %o: !q, %row: !row, %first: index) {
  // expected-error @below {{expected either 'outs' (out, lse and row_max) or 'save'}}
  sattn.tile_attention ins(%q, %q, %q : !q, !q, !q) outs(%o : !q) save(%q, %row, %row : !q, !row, !row)
    at %first step 1 rows 16 segments {
  ^bb0(%key: index):
    %true = arith.constant true
    %end = arith.constant 16 : index
    sattn.segment live(%true) full(%true) end(%end)
  } mask {
  ^bb0(%i: index, %j: index):
    %true = arith.constant true
    sattn.yield %true
  } {scale = 1.0 : f64}
  return
}

// -----

!q = memref<16x8xf32>
!row = memref<16xf32>

func.func @tile_row_major(%q: !q, %o: !q, %row: !row, %first: index) {
  // expected-error @below {{expected a tile with 'row_major' to be 'grouped', without 'resume'}}
  sattn.tile_attention ins(%q, %q, %q : !q, !q, !q) outs(%o : !q)
    at %first step 1 rows 16 segments {
  ^bb0(%key: index):
    %true = arith.constant true
    %end = arith.constant 16 : index
    sattn.segment live(%true) full(%true) end(%end)
  } mask {
  ^bb0(%i: index, %j: index):
    %true = arith.constant true
    sattn.yield %true
  } {scale = 1.0 : f64, row_major}
  return
}

// -----

!q = memref<16x8xf32>
!row = memref<16xf32>

func.func @tile_rows_per_head(%q: !q, %o: !q, %row: !row, %first: index) {
  // expected-error @below {{expected 'rows_per_head' to be positive and to divide 'rows' (16), of a tile that is not 'grouped'}}
  sattn.tile_attention ins(%q, %q, %q : !q, !q, !q) outs(%o : !q)
    at %first step 1 rows 16 segments {
  ^bb0(%key: index):
    %true = arith.constant true
    %end = arith.constant 16 : index
    sattn.segment live(%true) full(%true) end(%end)
  } mask {
  ^bb0(%i: index, %j: index):
    %true = arith.constant true
    sattn.yield %true
  } {grouped, rows_per_head = 4 : i64, scale = 1.0 : f64}
  return
}

// -----

!q = memref<16x8xf32>
!row = memref<16xf32>

func.func @tile_rows_per_head_zero(%q: !q, %o: !q, %row: !row, %first: index) {
  // expected-error @below {{expected 'rows_per_head' to be positive and to divide 'rows' (16), of a tile that is not 'grouped'}}
  sattn.tile_attention ins(%q, %q, %q : !q, !q, !q) outs(%o : !q)
    at %first step 1 rows 16 segments {
  ^bb0(%key: index):
    %true = arith.constant true
    %end = arith.constant 16 : index
    sattn.segment live(%true) full(%true) end(%end)
  } mask {
  ^bb0(%i: index, %j: index):
    %true = arith.constant true
    sattn.yield %true
  } {rows_per_head = 0 : i64, scale = 1.0 : f64}
  return
}

// -----

!q = memref<16x8xf32>
!row = memref<16xf32>

func.func @tile_rows_per_head_negative(%q: !q, %o: !q, %row: !row, %first: index) {
  // expected-error @below {{expected 'rows_per_head' to be positive and to divide 'rows' (16), of a tile that is not 'grouped'}}
  sattn.tile_attention ins(%q, %q, %q : !q, !q, !q) outs(%o : !q)
    at %first step 1 rows 16 segments {
  ^bb0(%key: index):
    %true = arith.constant true
    %end = arith.constant 16 : index
    sattn.segment live(%true) full(%true) end(%end)
  } mask {
  ^bb0(%i: index, %j: index):
    %true = arith.constant true
    sattn.yield %true
  } {rows_per_head = -1 : i64, scale = 1.0 : f64}
  return
}

// -----

!q = memref<16x8xf32>
!row = memref<16xf32>

func.func @tile_rows_per_head_unequal(%q: !q, %o: !q, %row: !row, %first: index) {
  // expected-error @below {{expected 'rows_per_head' to be positive and to divide 'rows' (16), of a tile that is not 'grouped'}}
  sattn.tile_attention ins(%q, %q, %q : !q, !q, !q) outs(%o : !q)
    at %first step 1 rows 16 segments {
  ^bb0(%key: index):
    %true = arith.constant true
    %end = arith.constant 16 : index
    sattn.segment live(%true) full(%true) end(%end)
  } mask {
  ^bb0(%i: index, %j: index):
    %true = arith.constant true
    sattn.yield %true
  } {rows_per_head = 5 : i64, scale = 1.0 : f64}
  return
}

// -----

!q = memref<16x8xf32>

func.func @tile_candidates(%q: !q, %o: !q, %drawn: memref<?xi32>, %first: index) {
  // expected-error @below {{expected a tile with 'candidates' to be 'grouped', of all keys and with step 1}}
  sattn.tile_attention ins(%q, %q, %q : !q, !q, !q) outs(%o : !q)
    candidates(%drawn from %first to %first : memref<?xi32>) at %first step 1 rows 16 segments {
  ^bb0(%key: index):
    %true = arith.constant true
    %end = arith.constant 16 : index
    sattn.segment live(%true) full(%true) end(%end)
  } mask {
  ^bb0(%i: index, %j: index):
    %true = arith.constant true
    sattn.yield %true
  } {scale = 1.0 : f64, candidate_block = 1 : i64}
  return
}

// -----

!q = memref<16x8xf32>

func.func @tile_candidate_type(%q: !q, %o: !q, %drawn: memref<?xi64>, %first: index) {
  // expected-error @below {{expected 'candidates' to be a memref of one dimension and of i32, with a 'candidate_block' between 1 and 2^20}}
  sattn.tile_attention ins(%q, %q, %q : !q, !q, !q) outs(%o : !q)
    candidates(%drawn from %first to %first : memref<?xi64>) at %first step 1 rows 16 segments {
  ^bb0(%key: index):
    %true = arith.constant true
    %end = arith.constant 16 : index
    sattn.segment live(%true) full(%true) end(%end)
  } mask {
  ^bb0(%i: index, %j: index):
    %true = arith.constant true
    sattn.yield %true
  } {scale = 1.0 : f64, candidate_block = 1 : i64, grouped}
  return
}

// -----

!q = memref<16x8xf32>

func.func @tile_no_candidate_block(%q: !q, %o: !q, %drawn: memref<?xi32>, %first: index) {
  // expected-error @below {{expected 'candidates' to be a memref of one dimension and of i32, with a 'candidate_block' between 1 and 2^20}}
  sattn.tile_attention ins(%q, %q, %q : !q, !q, !q) outs(%o : !q)
    candidates(%drawn from %first to %first : memref<?xi32>) at %first step 1 rows 16 segments {
  ^bb0(%key: index):
    %true = arith.constant true
    %end = arith.constant 16 : index
    sattn.segment live(%true) full(%true) end(%end)
  } mask {
  ^bb0(%i: index, %j: index):
    %true = arith.constant true
    sattn.yield %true
  } {scale = 1.0 : f64, grouped}
  return
}

// -----

!q = memref<16x8xf32>

func.func @tile_large_candidate_block(%q: !q, %o: !q, %drawn: memref<?xi32>, %first: index) {
  // expected-error @below {{expected 'candidates' to be a memref of one dimension and of i32, with a 'candidate_block' between 1 and 2^20}}
  sattn.tile_attention ins(%q, %q, %q : !q, !q, !q) outs(%o : !q)
    candidates(%drawn from %first to %first : memref<?xi32>) at %first step 1 rows 16 segments {
  ^bb0(%key: index):
    %true = arith.constant true
    %end = arith.constant 16 : index
    sattn.segment live(%true) full(%true) end(%end)
  } mask {
  ^bb0(%i: index, %j: index):
    %true = arith.constant true
    sattn.yield %true
  } {scale = 1.0 : f64, candidate_block = 1048577 : i64, grouped}
  return
}

// -----

!q = memref<16x8xf32>

func.func @tile_candidate_block_alone(%q: !q, %o: !q, %drawn: memref<?xi32>, %first: index) {
  // expected-error @below {{expected 'candidates' to be a memref of one dimension and of i32, with a 'candidate_block' between 1 and 2^20}}
  sattn.tile_attention ins(%q, %q, %q : !q, !q, !q) outs(%o : !q)
    at %first step 1 rows 16 segments {
  ^bb0(%key: index):
    %true = arith.constant true
    %end = arith.constant 16 : index
    sattn.segment live(%true) full(%true) end(%end)
  } mask {
  ^bb0(%i: index, %j: index):
    %true = arith.constant true
    sattn.yield %true
  } {scale = 1.0 : f64, candidate_block = 2 : i64, grouped}
  return
}

// -----

!q = memref<16x8xf32>

func.func @tile_candidates_step(%q: !q, %o: !q, %drawn: memref<?xi32>, %first: index) {
  // expected-error @below {{expected a tile with 'candidates' to be 'grouped', of all keys and with step 1}}
  sattn.tile_attention ins(%q, %q, %q : !q, !q, !q) outs(%o : !q)
    candidates(%drawn from %first to %first : memref<?xi32>) at %first step 2 rows 16 segments {
  ^bb0(%key: index):
    %true = arith.constant true
    %end = arith.constant 16 : index
    sattn.segment live(%true) full(%true) end(%end)
  } mask {
  ^bb0(%i: index, %j: index):
    %true = arith.constant true
    sattn.yield %true
  } {scale = 1.0 : f64, candidate_block = 2 : i64, grouped}
  return
}

// -----

!q = memref<16x8xf32>

func.func @tile_row_major_rows(%q: !q, %o: !q, %drawn: memref<?xi32>, %first: index) {
  // expected-error @below {{expected a tile with 'row_major' to have a query with as many rows as 'rows' says (4), but got 'memref<16x8xf32>'}}
  sattn.tile_attention ins(%q, %q, %q : !q, !q, !q) outs(%o : !q)
    at %first step 1 rows 4 segments {
  ^bb0(%key: index):
    %true = arith.constant true
    %end = arith.constant 16 : index
    sattn.segment live(%true) full(%true) end(%end)
  } mask {
  ^bb0(%i: index, %j: index):
    %true = arith.constant true
    sattn.yield %true
  } {scale = 1.0 : f64, grouped, row_major}
  return
}

// -----

!q = memref<16x8xf32>
!row = memref<16xf32>

func.func @tile_state(%q: !q, %o: !q, %row: !row, %first: index) {
  // expected-error @below {{expected 'save' to be accumulator, maximum and sum}}
  sattn.tile_attention ins(%q, %q, %q : !q, !q, !q) save(%q : !q)
    at %first step 1 rows 16 segments {
  ^bb0(%key: index):
    %true = arith.constant true
    %end = arith.constant 16 : index
    sattn.segment live(%true) full(%true) end(%end)
  } mask {
  ^bb0(%i: index, %j: index):
    %true = arith.constant true
    sattn.yield %true
  } {scale = 1.0 : f64}
  return
}

// -----

!q = memref<16x8xf32>
!row = memref<16xf32>

func.func @tile_segment_arguments(%q: !q, %o: !q, %row: !row, %first: index) {
  // expected-error @below {{expected region 'segments' to have 1 index arguments}}
  sattn.tile_attention ins(%q, %q, %q : !q, !q, !q) outs(%o : !q)
    at %first step 1 rows 16 segments {
  ^bb0(%key: index, %other: index):
    %true = arith.constant true
    %end = arith.constant 16 : index
    sattn.segment live(%true) full(%true) end(%end)
  } mask {
  ^bb0(%i: index, %j: index):
    %true = arith.constant true
    sattn.yield %true
  } {scale = 1.0 : f64}
  return
}

// -----

!q = memref<16x8xf32>
!row = memref<16xf32>

func.func @tile_segment_end(%q: !q, %o: !q, %row: !row, %first: index) {
  // expected-error @below {{expected region 'segments' to end in 'sattn.segment'}}
  sattn.tile_attention ins(%q, %q, %q : !q, !q, !q) outs(%o : !q)
    at %first step 1 rows 16 segments {
  ^bb0(%key: index):
    %true = arith.constant true
    %end = arith.constant 16 : index
    sattn.yield %true
  } mask {
  ^bb0(%i: index, %j: index):
    %true = arith.constant true
    sattn.yield %true
  } {scale = 1.0 : f64}
  return
}

// -----

!q = memref<16x8xf32>
!row = memref<16xf32>

func.func @tile_mask_arguments(%q: !q, %o: !q, %row: !row, %first: index) {
  // expected-error @below {{expected region 'mask' to have 2 index arguments}}
  sattn.tile_attention ins(%q, %q, %q : !q, !q, !q) outs(%o : !q)
    at %first step 1 rows 16 segments {
  ^bb0(%key: index):
    %true = arith.constant true
    %end = arith.constant 16 : index
    sattn.segment live(%true) full(%true) end(%end)
  } mask {
  ^bb0(%i: index):
    %true = arith.constant true
    sattn.yield %true
  } {scale = 1.0 : f64}
  return
}

// -----

!q = memref<16x8xf32>

func.func @tile_dropout(%q: !q, %o: !q, %first: index, %seed: i64) {
  // expected-error @below {{expected dropout to come with a rate and the place of the tile, and without 'row_major'}}
  sattn.tile_attention ins(%q, %q, %q : !q, !q, !q) outs(%o : !q)
    at %first step 1 rows 16 dropout(0.5, %seed, %first) segments {
  ^bb0(%key: index):
    %true = arith.constant true
    %end = arith.constant 16 : index
    sattn.segment live(%true) full(%true) end(%end)
  } mask {
  ^bb0(%i: index, %j: index):
    %true = arith.constant true
    sattn.yield %true
  } {scale = 1.0 : f64}
  return
}

// -----

!q = memref<16x8xf32>

func.func @tile_pages(%q: !q, %o: !q, %first: index, %table: memref<4xi32>) {
  // expected-error @below {{expected 'pages' to come with a positive 'page_size'}}
  sattn.tile_attention ins(%q, %q, %q : !q, !q, !q) outs(%o : !q) pages(%table, %first : memref<4xi32>)
    at %first step 1 rows 16 segments {
  ^bb0(%key: index):
    %true = arith.constant true
    %end = arith.constant 16 : index
    sattn.segment live(%true) full(%true) end(%end)
  } mask {
  ^bb0(%i: index, %j: index):
    %true = arith.constant true
    sattn.yield %true
  } {scale = 1.0 : f64}
  return
}

// -----

!q = memref<16x8xf32>
!row = memref<16xf32>

func.func @update_factors(%q: !q, %keys: memref<32xindex>, %count: index, %factors: memref<32x16xf32>,
                          %row: !row) {
  // expected-error @below {{expected 'kept' without 'row_major'}}
  sattn.softmax_update ins(%q, %q, %q : !q, !q, !q) keys(%keys, %count : memref<32xindex>)
    kept(%factors : memref<32x16xf32>)
    outs(%row, %row, %q : !row, !row, !q) {scale = 1.0 : f64, row_major}
  return
}

// -----

!acc = memref<8x16xf32>
!row = memref<16xf32>
func.func @resume_without_row_max(%acc: !acc, %row: !row) {
  // expected-error @below {{expected 'resume' to have what 'outs' has}}
  sattn.softmax_init outs(%row, %row, %acc, %row : !row, !row, !acc, !row)
    resume(%acc, %row, %row : !acc, !row, !row)
  return
}

// -----

!acc = memref<8x16xf32>
!row = memref<16xf32>
func.func @save_without_row_max(%acc: !acc, %row: !row) {
  // expected-error @below {{expected row_max to be saved if it is there}}
  sattn.softmax_save ins(%row, %row, %acc, %row : !row, !row, !acc, !row)
    outs(%acc, %row, %row : !acc, !row, !row)
  return
}

// -----

!acc = memref<8x16xf32>
!row = memref<16xf32>
func.func @finish_without_row_max(%acc: !acc, %row: !row) {
  // expected-error @below {{expected row_max to be a result if it is there}}
  sattn.softmax_finish ins(%row, %row, %acc, %row : !row, !row, !acc, !row)
    outs(%acc, %row : !acc, !row) {scale = 1.0 : f64}
  return
}

// -----

!acc = memref<?x8x16xf32>
!row = memref<?x8xf32>
!out = memref<8x16xf16>
func.func @combine_without_row_max(%acc: !acc, %row: !row, %out: !out, %lse: memref<8xf32>) {
  // expected-error @below {{expected 'outs' to be out and lse, and row_max if it is there}}
  sattn.softmax_combine ins(%acc, %row, %row, %row : !acc, !row, !row, !row)
    outs(%out, %lse : !out, memref<8xf32>) {scale = 1.0 : f64}
  return
}

// -----

!acc = memref<?x?x16xf32>
!row = memref<?x?xf32>
!out = memref<?x16xf16>
func.func @combine_dynamic_rows(%acc: !acc, %row: !row, %out: !out) {
  // expected-error @below {{expected the accumulators of parts, rows and columns, with static rows and columns, but got 'memref<?x?x16xf32>'}}
  sattn.softmax_combine ins(%acc, %row, %row : !acc, !row, !row) outs(%out : !out) {scale = 1.0 : f64}
  return
}
