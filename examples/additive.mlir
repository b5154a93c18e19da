// Bahdanau's additive score, sum_d w_d tanh(q_d + k_d), as a region: the dot product has scale 0.
//
//   sattn-run examples/additive.mlir --inputs Q.npy K.npy V.npy --score-array W.npy --output O.npy
!q = memref<1x2x?x8xf32>
func.func @additive(%q: !q, %k: !q, %v: !q, %w: memref<8xf32>, %o: !q) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  sattn.attention ins(%q, %k, %v : !q, !q, !q) outs(%o : !q) pattern(causal) score {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    %sum = scf.for %d = %c0 to %c8 step %c1 iter_args(%acc = %s) -> f32 {
      %x = memref.load %q[%b, %h, %i, %d] : !q
      %y = memref.load %k[%b, %h, %j, %d] : !q
      %wd = memref.load %w[%d] : memref<8xf32>
      %z = arith.addf %x, %y : f32
      %t = math.tanh %z : f32
      %n = math.fma %t, %wd, %acc : f32
      scf.yield %n : f32
    }
    sattn.yield %sum : f32
  } {scale = 0.0 : f32}
  return
}
