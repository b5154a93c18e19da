// The result of one attention is the query of another.
!t = tensor<1x2x?x32xf16>
func.func @chain(%q: !t, %k: !t, %v: !t, %out: !t) -> !t {
  %c2 = arith.constant 2 : index
  %rows = tensor.dim %q, %c2 : !t
  %empty = tensor.empty(%rows) : !t
  %first = sattn.attention ins(%q, %k, %v : !t, !t, !t) outs(%empty : !t) pattern(causal)
  %second = sattn.attention ins(%first, %k, %v : !t, !t, !t) outs(%out : !t) pattern(dense)
  return %second : !t
}
