// Sliding-window attention over a cache of keys, for any batch and any numbers of queries and keys.

!queries = memref<?x8x?x64xbf16>
!keys = memref<?x2x?x64xbf16>

func.func @attention(%q: !queries, %k: !keys, %v: !keys, %out: !queries) {
  sattn.attention ins(%q, %k, %v : !queries, !keys, !keys) outs(%out : !queries)
    pattern(causal and window<left = 255>) align(bottom_right)
  return
}
