// Keys that several sequences share, a prompt, are attended to once for all of them, and each
// sequence's own keys apart; the two results are merged to that over all keys. The last own key
// stands at the last query row.
//
//   sattn-run examples/merged.mlir --inputs Q.npy K.npy V.npy --output O.npy --lse L.npy
//
// with arrays of the function's shapes; test/Tools/sattn-run/merge.test does so.
!q = tensor<4x8x16x32xf32>
!prompt = tensor<1x2x96x32xf32>
!own = tensor<4x2x48x32xf32>
!rows = tensor<4x8x16xf32>

func.func @merged(%q: !q, %k: tensor<4x2x144x32xf32>, %v: tensor<4x2x144x32xf32>) -> (!q, !rows) {
  // The prompt is the first 96 keys, here taken from batch 0; all batches hold the same.
  %kp = tensor.extract_slice %k[0, 0, 0, 0] [1, 2, 96, 32] [1, 1, 1, 1] : tensor<4x2x144x32xf32> to !prompt
  %vp = tensor.extract_slice %v[0, 0, 0, 0] [1, 2, 96, 32] [1, 1, 1, 1] : tensor<4x2x144x32xf32> to !prompt
  %ko = tensor.extract_slice %k[0, 0, 96, 0] [4, 2, 48, 32] [1, 1, 1, 1] : tensor<4x2x144x32xf32> to !own
  %vo = tensor.extract_slice %v[0, 0, 96, 0] [4, 2, 48, 32] [1, 1, 1, 1] : tensor<4x2x144x32xf32> to !own

  // One attention over the prompt for the rows of all batches: [4, 8, 16, 32] is seen as
  // [1, 8, 64, 32] by copying rows of a head together.
  %qe = tensor.empty() : tensor<1x8x64x32xf32>
  %q1 = tensor.empty() : tensor<8x4x16x32xf32>
  %qt = linalg.transpose ins(%q : !q) outs(%q1 : tensor<8x4x16x32xf32>) permutation = [1, 0, 2, 3]
  %qc = tensor.collapse_shape %qt [[0], [1, 2], [3]] : tensor<8x4x16x32xf32> into tensor<8x64x32xf32>
  %qp = tensor.expand_shape %qc [[0, 1], [2], [3]] output_shape [1, 8, 64, 32] : tensor<8x64x32xf32> into tensor<1x8x64x32xf32>
  %le = tensor.empty() : tensor<1x8x64xf32>
  %p:2 = sattn.attention ins(%qp, %kp, %vp : tensor<1x8x64x32xf32>, !prompt, !prompt)
    outs(%qe, %le : tensor<1x8x64x32xf32>, tensor<1x8x64xf32>) pattern(dense)
  %oc = tensor.collapse_shape %p#0 [[0, 1], [2], [3]] : tensor<1x8x64x32xf32> into tensor<8x64x32xf32>
  %ox = tensor.expand_shape %oc [[0], [1, 2], [3]] output_shape [8, 4, 16, 32] : tensor<8x64x32xf32> into tensor<8x4x16x32xf32>
  %oe = tensor.empty() : !q
  %op = linalg.transpose ins(%ox : tensor<8x4x16x32xf32>) outs(%oe : !q) permutation = [1, 0, 2, 3]
  %lc = tensor.collapse_shape %p#1 [[0, 1], [2]] : tensor<1x8x64xf32> into tensor<8x64xf32>
  %lx = tensor.expand_shape %lc [[0], [1, 2]] output_shape [8, 4, 16] : tensor<8x64xf32> into tensor<8x4x16xf32>
  %lt = tensor.empty() : !rows
  %lp = linalg.transpose ins(%lx : tensor<8x4x16xf32>) outs(%lt : !rows) permutation = [1, 0, 2]

  %o:2 = sattn.attention ins(%q, %ko, %vo : !q, !own, !own) outs(%oe, %lt : !q, !rows)
    pattern(causal) align(bottom_right)
  %m:2 = sattn.merge ins(%op, %o#0 : !q, !q) lse(%lp, %o#1 : !rows, !rows) outs(%oe, %lt : !q, !rows)
  return %m#0, %m#1 : !q, !rows
}
