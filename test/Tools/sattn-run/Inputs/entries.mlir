//--- two.mlir
func.func @f(%a: i32) { return }
func.func @g(%a: i32) { return }
//--- types.mlir
!t = memref<1x2x8x16xf32>
!narrow = memref<1x2x8x8xf32>
!strided = memref<1x2x8x16xf32, strided<[256, 16, 32, 1]>>
!dynamic = tensor<1x2x?x16xf32>
func.func @narrow(%q: !narrow, %k: !t, %v: !t, %o: !t) { return }
func.func @strided(%q: !strided, %k: !t, %v: !t, %o: !t) { return }
func.func @extra(%q: !t, %k: !t, %v: !t, %o: memref<4xf32>) { return }
func.func @returned(%q: !t, %k: !t, %v: !t) -> f32 {
  %zero = arith.constant 0.0 : f32
  return %zero : f32
}
func.func @space(%q: !t, %k: !t, %v: !t) -> memref<1x2x8x16xf32, 3> {
  %o = memref.alloc() : memref<1x2x8x16xf32, 3>
  return %o : memref<1x2x8x16xf32, 3>
}
func.func @nothing(%q: !t, %k: !t, %v: !t) { return }
func.func @short(%q: !dynamic, %k: !dynamic, %v: !dynamic) -> !dynamic {
  %0 = tensor.extract_slice %q[0, 0, 0, 0] [1, 2, 4, 16] [1, 1, 1, 1] : !dynamic to tensor<1x2x4x16xf32>
  %1 = tensor.cast %0 : tensor<1x2x4x16xf32> to !dynamic
  return %1 : !dynamic
}
//--- facts.mlir
!t = memref<1x2x8x16xf32>
func.func @twice(%q: !t, %k: !t, %v: !t, %o: !t) {
  sattn.attention ins(%q, %k, %v : !t, !t, !t) outs(%o : !t) pattern(dense)
  sattn.attention ins(%o, %k, %v : !t, !t, !t) outs(%o : !t) pattern(dense)
  return
}
func.func @swapped(%q: !t, %k: !t, %v: !t, %o: !t) {
  sattn.attention ins(%k, %q, %v : !t, !t, !t) outs(%o : !t) pattern(dense)
  return
}
func.func @computed(%q: !t, %k: !t, %v: !t, %o: !t) {
  %zero = arith.constant 0 : index
  %rows = memref.dim %q, %zero : !t
  %some = arith.muli %rows, %rows : index
  sattn.attention ins(%q, %k, %v : !t, !t, !t) outs(%o : !t) pattern(causal) offset(%some)
  return
}
// Not what the attention in it says.
func.func @doubled(%q: !t, %k: !t, %v: !t, %o: !t) {
  sattn.attention ins(%q, %k, %v : !t, !t, !t) outs(%o : !t) pattern(none)
  %one = arith.constant 1.0 : f32
  linalg.fill ins(%one : f32) outs(%o : !t)
  return
}
