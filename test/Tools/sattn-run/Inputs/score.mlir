// A bias that is read in the region, with rows counted from the offset.
func.func @bias(%q: tensor<1x2x?x16xf32>, %k: tensor<1x2x?x16xf32>, %v: tensor<1x2x?x16xf32>,
                %bias: tensor<?x?xf16>, %out: tensor<1x2x?x16xf32>) -> tensor<1x2x?x16xf32> {
  %offset = arith.constant 3 : index
  %0 = sattn.attention ins(%q, %k, %v : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>)
      outs(%out : tensor<1x2x?x16xf32>) modify(softcap<cap = 2.0>) pattern(causal) offset(%offset) score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
        %row = arith.subi %i, %offset : index
        %e = tensor.extract %bias[%row, %j] : tensor<?x?xf16>
        %x = arith.extf %e : f16 to f32
        %y = arith.addf %s, %x : f32
        sattn.yield %y : f32
      }
  return %0 : tensor<1x2x?x16xf32>
}

// The oracle reads arrays of the function, not what it computes.
func.func @computed(%q: tensor<1x2x?x16xf32>, %k: tensor<1x2x?x16xf32>, %v: tensor<1x2x?x16xf32>,
                    %bias: tensor<?x?xf16>, %out: tensor<1x2x?x16xf32>) -> tensor<1x2x?x16xf32> {
  %zero = arith.constant 0 : index
  %one = arith.constant 1.0 : f16
  %changed = tensor.insert %one into %bias[%zero, %zero] : tensor<?x?xf16>
  %0 = sattn.attention ins(%q, %k, %v : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>)
      outs(%out : tensor<1x2x?x16xf32>) pattern(causal) score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
        %e = tensor.extract %changed[%i, %j] : tensor<?x?xf16>
        %x = arith.extf %e : f16 to f32
        sattn.yield %x : f32
      }
  return %0 : tensor<1x2x?x16xf32>
}
