// Each rule about merges of docs/Semantics.md has its message.
// RUN: sattn-opt %s -split-input-file -verify-diagnostics

!t = memref<1x2x8x16xf32>
!l = memref<1x2x8xf32>

func.func @merge_g1(%a: !t, %l: !l) {
  // expected-error @below {{expected at least one part}}
  "sattn.merge"(%a, %l) : (!t, !l) -> ()
  return
}

// -----

!t = memref<1x2x8x16xf32>
!l = memref<1x2x8xf32>

func.func @merge_g2(%a: !t, %b: tensor<1x2x8x16xf32>, %l: !l) {
  // expected-error @below {{expected part 1 to be a strided memref, but got 'tensor<1x2x8x16xf32>'}}
  sattn.merge ins(%a, %b : !t, tensor<1x2x8x16xf32>) lse(%l, %l : !l, !l) outs(%a, %l : !t, !l)
  return
}

// -----

!t = memref<1x2x8x16xf32>
!l = memref<1x2x8xf32>

func.func @merge_g3(%a: !t, %l: !l) {
  // expected-error @below {{expected the lse of part 0 to have rank 3, but got rank 4}}
  sattn.merge ins(%a : !t) lse(%a : !t) outs(%a, %l : !t, !l)
  return
}

// -----

!t = memref<1x2x8x16xf32>
!l = memref<1x2x8xf32>

func.func @merge_g4(%a: !t, %l: memref<1x2x8xf16>, %m: !l) {
  // expected-error @below {{expected the lse of part 0 to have elements of type f32, but got 'f16'}}
  sattn.merge ins(%a : !t) lse(%l : memref<1x2x8xf16>) outs(%a, %m : !t, !l)
  return
}

// -----

!t = memref<1x2x8x16xf64>
!l = memref<1x2x8xf32>

func.func @merge_g4_out(%a: !t, %l: !l) {
  // expected-error @below {{expected out to have elements of type f32, f16 or bf16, but got 'f64'}}
  sattn.merge ins(%a : !t) lse(%l : !l) outs(%a, %l : !t, !l)
  return
}

// -----

!t = memref<1x2x8x16xf32>
!l = memref<1x2x8xf32>

func.func @merge_g5(%a: !t, %b: memref<1x2x9x16xf32>, %l: !l) {
  // expected-error @below {{expected part 0 to have row count 8 like out, but got 9}}
  sattn.merge ins(%b : memref<1x2x9x16xf32>) lse(%l : !l) outs(%a, %l : !t, !l)
  return
}

// -----

!t = memref<1x2x8x16xf32>
!l = memref<1x2x8xf32>

func.func @numbers(%a: !t, %l: !l) {
  // expected-error @below {{expected 2 or more operands, but found 0}}
  "sattn.merge"() : () -> ()
  return
}

// -----

!t = memref<1x2x8x16xf32>
!l = memref<1x2x8xf32>

func.func @pairs(%a: !t, %l: !l) {
  // expected-error @below {{expected as many lses as parts}}
  "sattn.merge"(%a, %a, %l) : (!t, !t, !l) -> ()
  return
}
