// What a launch depends on: nothing, sizes, what an earlier launch leaves, and values of an array.

func.func @fixed(%q: memref<1x2x70x64xf16>, %k: memref<1x1x70x64xf16>, %v: memref<1x1x70x64xf16>,
                 %out: memref<1x2x70x64xf16>) {
  sattn.attention ins(%q, %k, %v : memref<1x2x70x64xf16>, memref<1x1x70x64xf16>, memref<1x1x70x64xf16>)
    outs(%out : memref<1x2x70x64xf16>) pattern(causal)
  return
}

!queries = memref<?x4x?x64xf16>
!keys = memref<?x2x?x64xf16>

func.func @sized(%q: !queries, %k: !keys, %v: !keys, %out: !queries) {
  sattn.attention ins(%q, %k, %v : !queries, !keys, !keys) outs(%out : !queries) pattern(causal)
  return
}

!row = memref<1x4x1x64xf16>
!cache = memref<1x2x?x64xf16>

func.func @row(%q: !row, %k: !cache, %v: !cache, %out: !row) {
  sattn.attention ins(%q, %k, %v : !row, !cache, !cache) outs(%out : !row) pattern(dense)
  return
}

func.func @padded(%q: !queries, %k: !keys, %v: !keys, %out: !queries, %lengths: memref<?xi32>) {
  sattn.attention ins(%q, %k, %v : !queries, !keys, !keys) outs(%out : !queries)
    pattern(padding(%lengths) : memref<?xi32>)
  return
}
