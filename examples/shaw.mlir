// Relative keys and values of Shaw et al.: with d = clamp(j - i, -4, 4),
//
//   s_ij = scale * q_i . (k_j + rk[d]),   out_i = sum_j softmax_j(s_ij) (v_j + rv[d])
//
// Scores take a table of q . rk by distance. For values, the weight of each distance is needed. Near
// keys, |j - i| < 4, are seen by an attention whose value rows say which residue modulo 7 a key
// has: its columns are the weights of the single distances, relative to those keys. What lse
// says of near keys and of all makes them relative to all keys; the far keys on the left are one
// more part, and those on the right are what is left.
//
//   sattn-run examples/shaw.mlir --inputs Q.npy K.npy V.npy --score-array RK.npy
//     --score-array RV.npy --output O.npy
!t = tensor<1x2x64x16xf32>
!rows = tensor<1x2x64xf32>
!table = tensor<9x16xf32>
!near = tensor<1x2x64x7xf32>
!far = tensor<1x2x64x1xf32>
!by_distance = tensor<1x2x64x9xf32>

func.func @shaw(%q: !t, %k: !t, %v: !t, %rk: !table, %rv: !table) -> !t {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %scale = arith.constant 0.25 : f32
  // bias[b, h, i, r] = scale * q_i . rk[r]
  %b0 = tensor.empty() : !by_distance
  %b1 = linalg.fill ins(%zero : f32) outs(%b0 : !by_distance) -> !by_distance
  %bias = linalg.generic {
      indexing_maps = [affine_map<(b, h, i, r, d) -> (b, h, i, d)>,
                       affine_map<(b, h, i, r, d) -> (r, d)>,
                       affine_map<(b, h, i, r, d) -> (b, h, i, r)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %rk : !t, !table) outs(%b1 : !by_distance) {
  ^bb0(%x: f32, %y: f32, %sum: f32):
    %xs = arith.mulf %x, %scale : f32
    %xy = arith.mulf %xs, %y : f32
    %next = arith.addf %sum, %xy : f32
    linalg.yield %next : f32
  } -> !by_distance

  %o0 = tensor.empty() : !t
  %l0 = tensor.empty() : !rows
  %all:2 = sattn.attention ins(%q, %k, %v : !t, !t, !t) outs(%o0, %l0 : !t, !rows)
    modify(relative_bias<center = 4>(%bias : !by_distance)) pattern(dense) {scale = 0.25 : f32}

  // Which residue modulo 7 a key has.
  %c7 = arith.constant 7 : index
  %residue = tensor.generate {
  ^bb0(%b: index, %h: index, %j: index, %c: index):
    %r = arith.remui %j, %c7 : index
    %is = arith.cmpi eq, %r, %c : index
    %x = arith.select %is, %one, %zero : f32
    tensor.yield %x : f32
  } : !near
  %n0 = tensor.empty() : !near
  %nl0 = tensor.empty() : !rows
  %near:2 = sattn.attention ins(%q, %k, %residue : !t, !t, !near) outs(%n0, %nl0 : !near, !rows)
    modify(relative_bias<center = 4>(%bias : !by_distance))
    pattern(window<left = 3, right = 3>) {scale = 0.25 : f32}
  // Of keys on the left, only their lse is asked for.
  %f0 = tensor.empty() : !far
  %nothing = linalg.fill ins(%zero : f32) outs(%f0 : !far) -> !far
  %f1 = tensor.empty() : !far
  %fl0 = tensor.empty() : !rows
  %left:2 = sattn.attention ins(%q, %k, %nothing : !t, !t, !far) outs(%f1, %fl0 : !far, !rows)
    modify(relative_bias<center = 4>(%bias : !by_distance))
    pattern(not window<left = 3>) {scale = 0.25 : f32}

  // weight[b, h, i, r] of the keys at each distance.
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  %c8 = arith.constant 8 : index
  %c70 = arith.constant 70 : index
  %weight = tensor.generate {
  ^bb0(%b: index, %h: index, %i: index, %r: index):
    %la = tensor.extract %all#1[%b, %h, %i] : !rows
    %ln = tensor.extract %near#1[%b, %h, %i] : !rows
    %lf = tensor.extract %left#1[%b, %h, %i] : !rows
    %dn = arith.subf %ln, %la : f32
    %df = arith.subf %lf, %la : f32
    %wn = math.exp %dn : f32
    %wf = math.exp %df : f32
    // (i + r - 4) mod 7, where i + r - 4 + 70 is not negative.
    %p = arith.addi %i, %r : index
    %p70 = arith.addi %p, %c70 : index
    %j = arith.subi %p70, %c4 : index
    %c = arith.remui %j, %c7 : index
    %x = tensor.extract %near#0[%b, %h, %i, %c] : !near
    %single = arith.mulf %x, %wn : f32
    %rest = arith.addf %wn, %wf : f32
    %right = arith.subf %one, %rest : f32
    %is_left = arith.cmpi eq, %r, %c0 : index
    %is_right = arith.cmpi eq, %r, %c8 : index
    %a = arith.select %is_left, %wf, %single : f32
    %w = arith.select %is_right, %right, %a : f32
    tensor.yield %w : f32
  } : !by_distance

  // out += weight . rv
  %out = linalg.generic {
      indexing_maps = [affine_map<(b, h, i, d, r) -> (b, h, i, r)>,
                       affine_map<(b, h, i, d, r) -> (r, d)>,
                       affine_map<(b, h, i, d, r) -> (b, h, i, d)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%weight, %rv : !by_distance, !table) outs(%all#0 : !t) {
  ^bb0(%x: f32, %y: f32, %sum: f32):
    %xy = arith.mulf %x, %y : f32
    %next = arith.addf %sum, %xy : f32
    linalg.yield %next : f32
  } -> !t
  return %out : !t
}
