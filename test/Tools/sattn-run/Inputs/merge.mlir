!q = memref<4x8x16x32xf32>
!k = memref<4x2x144x32xf32>
!l = memref<4x8x16xf32>

func.func @three(%q: !q, %k: !k, %v: !k, %o: !q, %l: !l) {
  %a = memref.alloc() : !q
  %b = memref.alloc() : !q
  %c = memref.alloc() : !q
  %la = memref.alloc() : !l
  %lb = memref.alloc() : !l
  %lc = memref.alloc() : !l
  sattn.attention ins(%q, %k, %v : !q, !k, !k) outs(%a, %la : !q, !l)
    pattern(window<left = 40, right = 3> and strided<stride = 3>)
  sattn.attention ins(%q, %k, %v : !q, !k, !k) outs(%b, %lb : !q, !l)
    pattern(window<left = 40, right = 3> and not strided<stride = 3> and causal)
  sattn.attention ins(%q, %k, %v : !q, !k, !k) outs(%c, %lc : !q, !l)
    pattern(window<left = 40, right = 3> and not strided<stride = 3> and not causal)
  sattn.merge ins(%a, %b, %c : !q, !q, !q) lse(%la, %lb, %lc : !l, !l, !l) outs(%o, %l : !q, !l)
  memref.dealloc %a : !q
  memref.dealloc %b : !q
  memref.dealloc %c : !q
  memref.dealloc %la : !l
  memref.dealloc %lb : !l
  memref.dealloc %lc : !l
  return
}

// Rows see nothing: the destination, a part here, may hold anything.
func.func @unseen(%q: !q, %k: !k, %v: !k, %o: !q, %l: !l) {
  %nan = arith.constant 0x7fc00000 : f32
  %dead = arith.constant 0xff800000 : f32
  %a = memref.alloc() : !q
  %la = memref.alloc() : !l
  linalg.fill ins(%nan : f32) outs(%a : !q)
  linalg.fill ins(%dead : f32) outs(%la : !l)
  sattn.attention ins(%q, %k, %v : !q, !k, !k) outs(%o, %l : !q, !l)
    pattern(window<left = 40> and causal and not prefix<len = 30>)
  sattn.merge ins(%a, %o : !q, !q) lse(%la, %l : !l, !l) outs(%o, %l : !q, !l)
  memref.dealloc %a : !q
  memref.dealloc %la : !l
  return
}
