// Results in every kind of buffer that a function can return.

!queries = tensor<1x4x33x16xf32>
!keys = tensor<1x2x33x16xf32>

// New memory for each call.
func.func @allocated(%q: tensor<1x4x?x16xf32>, %k: !keys, %v: !keys) -> tensor<1x4x?x16xf32> {
  %rows = arith.constant 2 : index
  %m = tensor.dim %q, %rows : tensor<1x4x?x16xf32>
  %empty = tensor.empty(%m) : tensor<1x4x?x16xf32>
  %0 = sattn.attention ins(%q, %k, %v : tensor<1x4x?x16xf32>, !keys, !keys)
         outs(%empty : tensor<1x4x?x16xf32>) pattern(causal)
  return %0 : tensor<1x4x?x16xf32>
}

// Rows that are not next to each other.
func.func @strided(%q: memref<1x4x33x16xf32>, %k: memref<1x2x33x16xf32>, %v: memref<1x2x33x16xf32>)
    -> memref<1x4x33x16xf32, strided<[4224, 1056, 32, 1], offset: 16>> {
  %wide = memref.alloc() : memref<1x4x33x32xf32>
  %out = memref.subview %wide[0, 0, 0, 16] [1, 4, 33, 16] [1, 1, 1, 1]
    : memref<1x4x33x32xf32> to memref<1x4x33x16xf32, strided<[4224, 1056, 32, 1], offset: 16>>
  sattn.attention ins(%q, %k, %v : memref<1x4x33x16xf32>, memref<1x2x33x16xf32>, memref<1x2x33x16xf32>)
    outs(%out : memref<1x4x33x16xf32, strided<[4224, 1056, 32, 1], offset: 16>>) pattern(causal)
  return %out : memref<1x4x33x16xf32, strided<[4224, 1056, 32, 1], offset: 16>>
}

// Two attentions that fill one result, copied into it with strides.
func.func @inserted(%q: !queries, %k: !keys, %v: !keys, %out: !queries) -> !queries {
  %q0 = tensor.extract_slice %q[0, 0, 0, 0] [1, 4, 8, 16] [1, 1, 1, 1] : !queries to tensor<1x4x8x16xf32>
  %q1 = tensor.extract_slice %q[0, 0, 8, 0] [1, 4, 25, 16] [1, 1, 1, 1] : !queries to tensor<1x4x25x16xf32>
  %e0 = tensor.empty() : tensor<1x4x8x16xf32>
  %e1 = tensor.empty() : tensor<1x4x25x16xf32>
  %position = arith.constant 8 : index
  %0 = sattn.attention ins(%q0, %k, %v : tensor<1x4x8x16xf32>, !keys, !keys)
         outs(%e0 : tensor<1x4x8x16xf32>) pattern(causal)
  %1 = sattn.attention ins(%q1, %k, %v : tensor<1x4x25x16xf32>, !keys, !keys)
         outs(%e1 : tensor<1x4x25x16xf32>) pattern(causal) offset(%position)
  %2 = tensor.insert_slice %0 into %out[0, 0, 0, 0] [1, 4, 8, 16] [1, 1, 1, 1] : tensor<1x4x8x16xf32> into !queries
  %3 = tensor.insert_slice %1 into %2[0, 0, 8, 0] [1, 4, 25, 16] [1, 1, 1, 1] : tensor<1x4x25x16xf32> into !queries
  return %3 : !queries
}

// A value of its own that is copied to the output in two parts.
func.func @temporary(%q: !queries, %k: !keys, %v: !keys, %out: !queries) -> !queries {
  %empty = tensor.empty() : !queries
  %0 = sattn.attention ins(%q, %k, %v : !queries, !keys, !keys) outs(%empty : !queries)
         pattern(causal)
  %a = tensor.extract_slice %0[0, 0, 0, 0] [1, 4, 8, 16] [1, 1, 1, 1] : !queries to tensor<1x4x8x16xf32>
  %b = tensor.extract_slice %0[0, 0, 8, 0] [1, 4, 25, 16] [1, 1, 1, 1] : !queries to tensor<1x4x25x16xf32>
  %1 = tensor.insert_slice %a into %out[0, 0, 0, 0] [1, 4, 8, 16] [1, 1, 1, 1] : tensor<1x4x8x16xf32> into !queries
  %2 = tensor.insert_slice %b into %1[0, 0, 8, 0] [1, 4, 25, 16] [1, 1, 1, 1] : tensor<1x4x25x16xf32> into !queries
  return %2 : !queries
}

// An argument, as it came.
func.func @forwarded(%q: !queries, %k: !keys, %v: !keys) -> !queries {
  return %q : !queries
}
