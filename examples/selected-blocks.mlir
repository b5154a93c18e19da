// Sparsity that the data decides: each block of 32 queries sees its own block of keys, the first
// one, and of those before it the six whose mean is nearest to its own mean; the heads of a group
// choose together, as in native sparse attention. @recall gives, instead of lse, the share of
// dense attention's weight that each row keeps.
//
//   sattn-run examples/selected-blocks.mlir --entry recall --inputs examples/data/smollm2-q.npy
//     examples/data/smollm2-k.npy examples/data/smollm2-v.npy --output o.npy --lse share.npy
!q = tensor<1x3x2048x64xf16>
!k = tensor<1x1x2048x64xf16>
!rows = tensor<1x3x2048xf32>
!row_ptr = tensor<1x3x65xi32>
!cols = tensor<1536xi32>

func.func @selected(%q: !q, %k: !k, %v: !k) -> (!q, !rows) {
  %p0 = tensor.empty() : !row_ptr
  %c0 = tensor.empty() : !cols
  %p, %c = sattn.select_blocks ins(%q, %k : !q, !k) outs(%p0, %c0 : !row_ptr, !cols)
    blocks[32, 32] top_k(8) pool(mean) candidates(causal)
    always(window<left = 0, right = 0> or prefix<len = 1>) grouped
  %o = tensor.empty() : !q
  %l = tensor.empty() : !rows
  %r:2 = sattn.attention ins(%q, %k, %v : !q, !k, !k) outs(%o, %l : !q, !rows)
    pattern(causal and block_list<block = [32, 32]>(%p, %c) : !row_ptr, !cols)
  return %r#0, %r#1 : !q, !rows
}

func.func @recall(%q: !q, %k: !k, %v: !k) -> (!q, !rows) {
  %p0 = tensor.empty() : !row_ptr
  %c0 = tensor.empty() : !cols
  %p, %c = sattn.select_blocks ins(%q, %k : !q, !k) outs(%p0, %c0 : !row_ptr, !cols)
    blocks[32, 32] top_k(8) pool(mean) candidates(causal)
    always(window<left = 0, right = 0> or prefix<len = 1>) grouped
  %o = tensor.empty() : !q
  %l = tensor.empty() : !rows
  %some:2 = sattn.attention ins(%q, %k, %v : !q, !k, !k) outs(%o, %l : !q, !rows)
    pattern(causal and block_list<block = [32, 32]>(%p, %c) : !row_ptr, !cols)
  %od = tensor.empty() : !q
  %ld = tensor.empty() : !rows
  %all:2 = sattn.attention ins(%q, %k, %v : !q, !k, !k) outs(%od, %ld : !q, !rows) pattern(causal)
  %s = tensor.empty() : !rows
  %share = linalg.map ins(%some#1, %all#1 : !rows, !rows) outs(%s : !rows)
    (%x: f32, %y: f32, %init: f32) {
      %difference = arith.subf %x, %y : f32
      %weight = math.exp %difference : f32
      linalg.yield %weight : f32
    }
  return %some#0, %share : !q, !rows
}
