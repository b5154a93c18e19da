!t = memref<1x1x8x4xf32>
func.func @padded(%q: !t, %length: memref<1xi32>, %out: !t) {
  sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%out : !t)
    pattern(padding(%length) : memref<1xi32>)
  return
}
