// Attention with a pattern of another dialect, alone and composed, on pseudo-random data.
func.func private @printMemrefF32(memref<*xf32>) attributes {llvm.emit_c_interface}

func.func @fill(%buffer: memref<1x1x41x8xf32>, %seed: i32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %rows = arith.constant 41 : index
  %columns = arith.constant 8 : index
  %multiplier = arith.constant 1664525 : i32
  %increment = arith.constant 1013904223 : i32
  %unit = arith.constant 4.656612873e-10 : f32
  %last = scf.for %row = %c0 to %rows step %c1 iter_args(%outer = %seed) -> (i32) {
    %end = scf.for %column = %c0 to %columns step %c1 iter_args(%state = %outer) -> (i32) {
      %product = arith.muli %state, %multiplier : i32
      %next = arith.addi %product, %increment : i32
      %float = arith.sitofp %next : i32 to f32
      %value = arith.mulf %float, %unit : f32
      memref.store %value, %buffer[%c0, %c0, %row, %column] : memref<1x1x41x8xf32>
      scf.yield %next : i32
    }
    scf.yield %end : i32
  }
  return
}

func.func @main() {
  %q = memref.alloc() : memref<1x1x41x8xf32>
  %k = memref.alloc() : memref<1x1x41x8xf32>
  %v = memref.alloc() : memref<1x1x41x8xf32>
  %o = memref.alloc() : memref<1x1x41x8xf32>
  %seed1 = arith.constant 1 : i32
  %seed2 = arith.constant 22 : i32
  %seed3 = arith.constant 333 : i32
  func.call @fill(%q, %seed1) : (memref<1x1x41x8xf32>, i32) -> ()
  func.call @fill(%k, %seed2) : (memref<1x1x41x8xf32>, i32) -> ()
  func.call @fill(%v, %seed3) : (memref<1x1x41x8xf32>, i32) -> ()
  %unranked = memref.cast %o : memref<1x1x41x8xf32> to memref<*xf32>
  sattn.attention ins(%q, %k, %v : memref<1x1x41x8xf32>, memref<1x1x41x8xf32>, memref<1x1x41x8xf32>)
    outs(%o : memref<1x1x41x8xf32>) pattern(#test_pattern.stripes<width = 5>)
  func.call @printMemrefF32(%unranked) : (memref<*xf32>) -> ()
  sattn.attention ins(%q, %k, %v : memref<1x1x41x8xf32>, memref<1x1x41x8xf32>, memref<1x1x41x8xf32>)
    outs(%o : memref<1x1x41x8xf32>)
    pattern(causal and not #test_pattern.stripes<width = 5> or global<first = 1>)
  func.call @printMemrefF32(%unranked) : (memref<*xf32>) -> ()
  return
}
