// Padding of keys and rows, with dynamic sizes.
!t = tensor<?x?x?x16xf32>
func.func @padded(%q: !t, %k: !t, %v: !t, %keys: tensor<?xi64>, %out: !t, %rows: tensor<?xi32>) -> !t {
  %0 = sattn.attention ins(%q, %k, %v : !t, !t, !t) outs(%out : !t)
    pattern(causal and padding(%keys, %rows) : tensor<?xi64>, tensor<?xi32>)
  return %0 : !t
}
