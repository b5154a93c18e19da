// The loop over key tiles of f32 as tf32: 64x64 tiles have 128 products with D = 64, and 64x32 ones as many with D = 128. 288 and
// 240 other instructions round: three for each number that a thread has copied, and for each weight.
// REQUIRES: ptxas
// RUN: sattn-run %s --emit=cubin --chip sm_80 --allow-tf32 --output-file %t.cubin
// RUN: %python %source_root/utils/gpu-loops.py --loop shortest %t.cubin --function 64 \
// RUN:   --check 'registers<=168,spills=0,stack=0,instructions<=810,share>=15,select=0,local=0,longer<=8'
// RUN: %python %source_root/utils/gpu-loops.py --loop shortest %t.cubin --function 128 \
// RUN:   --check 'registers<=168,spills=0,stack=0,instructions<=720,share>=17,select=0,local=0,longer<=8'

!q64 = memref<1x4x?x64xf32>
!k64 = memref<1x2x?x64xf32>
func.func @d64(%q: !q64, %k: !k64, %v: !k64, %out: !q64) {
  sattn.attention ins(%q, %k, %v : !q64, !k64, !k64) outs(%out : !q64) pattern(causal)
  return
}

!q128 = memref<1x4x?x128xf32>
!k128 = memref<1x2x?x128xf32>
func.func @d128(%q: !q128, %k: !k128, %v: !k128, %out: !q128) {
  sattn.attention ins(%q, %k, %v : !q128, !k128, !k128) outs(%out : !q128) pattern(causal)
  return
}
