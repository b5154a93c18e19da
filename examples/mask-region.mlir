// Documents by id in a mask region, and attention sinks in closed form beside it.
!q = tensor<1x8x1024x64xf32>
func.func @documents(%q: !q, %k: !q, %v: !q, %ids: tensor<1x1024xi32>, %out: !q) -> !q {
  %0 = sattn.attention ins(%q, %k, %v : !q, !q, !q) outs(%out : !q)
      pattern(causal and (region or global<first = 4, columns>)) mask {
  ^bb0(%b: index, %h: index, %i: index, %j: index):
    %x = tensor.extract %ids[%b, %i] : tensor<1x1024xi32>
    %y = tensor.extract %ids[%b, %j] : tensor<1x1024xi32>
    %same = arith.cmpi eq, %x, %y : i32
    sattn.yield %same
  }
  return %0 : !q
}
