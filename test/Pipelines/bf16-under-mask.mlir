// A bias that is read lane by lane in bf16, where the processor has no such numbers: LLVM would
// choose between what is read and zero by calls of a compiler's runtime, which nobody links.
// RUN: sattn-run %s --emit=asm --threads 1 --target-cpu x86-64-v3 | FileCheck %s
// RUN: sattn-run %s --emit=asm --threads 1 --target-cpu x86-64 | FileCheck %s
// RUN: sattn-run %s --emit=asm --threads 1 --target-cpu cascadelake | FileCheck %s
// CHECK-LABEL: attention:
// CHECK-NOT: {{call.*__(trunc|extend)}}

!t = memref<1x2x64x16xf32>

func.func @attention(%q: !t, %k: !t, %v: !t, %out: !t, %bias: memref<64x64xbf16>) {
  sattn.attention ins(%q, %k, %v : !t, !t, !t) outs(%out : !t)
    pattern(causal) score {
  ^bb0(%score: f32, %b: index, %h: index, %i: index, %j: index):
    %element = memref.load %bias[%j, %i] : memref<64x64xbf16>
    %added = arith.extf %element : bf16 to f32
    %sum = arith.addf %score, %added : f32
    sattn.yield %sum : f32
  }
  return
}
