!q = memref<2x4x70x16xf32>
!k = memref<2x2x90x16xf32>

func.func @constant(%q: !q, %k: !k, %v: !k, %out: !q) {
  %seed = arith.constant -3 : i64
  sattn.attention ins(%q, %k, %v : !q, !k, !k) outs(%out : !q) dropout(0.5, %seed)
    pattern(causal)
  return
}

func.func @computed(%q: !q, %k: !k, %v: !k, %out: !q) {
  %zero = arith.constant 0 : index
  %first = memref.load %q[%zero, %zero, %zero, %zero] : !q
  %bits = arith.bitcast %first : f32 to i32
  %seed = arith.extui %bits : i32 to i64
  sattn.attention ins(%q, %k, %v : !q, !k, !k) outs(%out : !q) dropout(0.5, %seed)
    pattern(causal)
  return
}
