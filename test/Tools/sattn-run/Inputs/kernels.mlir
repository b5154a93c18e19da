// Kernels as a user may write them beside attention: twice the queries, and three mistakes.

!array = memref<1x2x?x8xf32>

func.func @doubled(%q: !array, %k: !array, %v: !array, %out: !array) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c8 = arith.constant 8 : index
  %rows = memref.dim %q, %c2 : !array
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %rows, %gy = %c2, %gz = %c1)
      threads(%tx, %ty, %tz) in (%sx = %c8, %sy = %c1, %sz = %c1) {
    %x = memref.load %q[%c0, %by, %bx, %tx] : !array
    %y = arith.addf %x, %x : f32
    memref.store %y, %out[%c0, %by, %bx, %tx] : !array
    gpu.terminator
  }
  return
}

func.func @beyond(%q: !array, %k: !array, %v: !array, %out: !array) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c8 = arith.constant 8 : index
  %rows = memref.dim %q, %c2 : !array
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %rows, %gy = %c2, %gz = %c1)
      threads(%tx, %ty, %tz) in (%sx = %c8, %sy = %c1, %sz = %c1) {
    %x = memref.load %q[%c0, %by, %bx, %tx] : !array
    memref.store %x, %out[%c1, %by, %bx, %tx] : !array
    gpu.terminator
  }
  return
}

func.func @overwritten(%q: !array, %k: !array, %v: !array, %out: !array) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %one = arith.constant 1.0 : f32
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
      threads(%tx, %ty, %tz) in (%sx = %c1, %sy = %c1, %sz = %c1) {
    memref.store %one, %q[%c0, %bx, %bx, %tx] : !array
    gpu.terminator
  }
  return
}

func.func @large(%q: !array, %k: !array, %v: !array, %out: !array) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2000 = arith.constant 2000 : index
  %one = arith.constant 1.0 : f32
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
      threads(%tx, %ty, %tz) in (%sx = %c2000, %sy = %c1, %sz = %c1) {
    memref.store %one, %out[%c0, %c0, %c0, %c0] : !array
    gpu.terminator
  }
  return
}
