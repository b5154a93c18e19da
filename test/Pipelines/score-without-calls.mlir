// Functions in a score region, or in a mask region, become polynomials: no call in the code, in tiles of many rows
// and in those of few.
// RUN: sattn-opt %s "-sattn-to-llvm=cpu=haswell threads=1" | mlir-translate --mlir-to-llvmir | FileCheck %s
// RUN: sattn-opt %s "-sattn-to-llvm=cpu=znver4 threads=1" | mlir-translate --mlir-to-llvmir | FileCheck %s
// RUN: sattn-opt %s "-sattn-to-llvm=cpu=haswell threads=1" | mlir-translate --mlir-to-llvmir | opt -O3 -S -mcpu=haswell | FileCheck %s

!q = memref<1x2x100x16xf32>
!decode = memref<1x2x1x16xf32>

func.func @rows(%q: !q, %k: !q, %v: !q, %out: !q) {
  sattn.attention ins(%q, %k, %v : !q, !q, !q) outs(%out : !q)
    modify(softcap<cap = 50.0>) pattern(causal) score {
    ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
      %0 = math.exp %s : f32
      %1 = math.log1p %0 : f32
      %2 = math.sin %1 : f32
      %3 = math.powf %1, %2 : f32
      %4 = math.exp2 %3 : f32
      sattn.yield %4 : f32
    }
  return
}

func.func @decode(%q: !decode, %k: !q, %v: !q, %out: !decode) {
  sattn.attention ins(%q, %k, %v : !decode, !q, !q) outs(%out : !decode)
    modify(softcap<cap = 50.0>) pattern(causal)
  return
}

func.func @mask(%q: !q, %k: !q, %v: !q, %of: memref<100xf32>, %out: !q) {
  sattn.attention ins(%q, %k, %v : !q, !q, !q) outs(%out : !q) pattern(causal and region) mask {
    ^bb0(%b: index, %h: index, %i: index, %j: index):
      %x = memref.load %of[%i] : memref<100xf32>
      %y = memref.load %of[%j] : memref<100xf32>
      %0 = math.tanh %x : f32
      %1 = math.exp %y : f32
      %2 = math.powf %0, %1 : f32
      %near = arith.cmpf olt, %2, %x : f32
      sattn.yield %near
    }
  return
}

func.func @mask_of_a_row(%q: !decode, %k: !q, %v: !q, %of: memref<100xf32>, %out: !decode) {
  sattn.attention ins(%q, %k, %v : !decode, !q, !q) outs(%out : !decode) pattern(region) mask {
    ^bb0(%b: index, %h: index, %i: index, %j: index):
      %x = memref.load %of[%j] : memref<100xf32>
      %0 = math.tanh %x : f32
      %near = arith.cmpf olt, %0, %x : f32
      sattn.yield %near
    }
  return
}
// CHECK-NOT: declare {{.*}}@{{(tanh|exp|exp2|log|log1p|sin|pow|ldexp)f?}}(
// CHECK-NOT: @llvm.{{(tanh|exp|exp2|log|sin|pow)}}.{{(v[0-9]+)?}}f32
