!t = memref<1x2x40x8xf32>
func.func @up(%q: !t, %k: !t, %v: !t, %o: !t) {
  %far = arith.constant 4611686018427387864 : index
  sattn.attention ins(%q, %k, %v : !t, !t, !t) outs(%o : !t)
      pattern(random<block = 4, per_row = 2> or window<left = 3>) offset(%far)
  return
}
func.func @down(%q: !t, %k: !t, %v: !t, %o: !t) {
  %far = arith.constant -4611686018427387904 : index
  sattn.attention ins(%q, %k, %v : !t, !t, !t) outs(%o : !t)
      pattern(not causal or random<block = 4, per_row = 2>) offset(%far)
  return
}
