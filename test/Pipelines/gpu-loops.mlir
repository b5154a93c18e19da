// The loop over key tiles keeps the limits that FlashAttention-2, compiled for sm_80, sets: registers, instructions
// of a warp for a full key tile, and the tensor cores' share of them. A full tile selects nothing, and nothing is
// spilled. A partial tile is at most 15 % longer where `longer` is asked for, for every warp that has a live pair in it:
// all of them go through the same code, however many pairs are dead. docs/Performance.md names those that are not.
// REQUIRES: ptxas
// DEFINE: %{count} = %python %source_root/utils/gpu-loops.py --loop shortest

// 64 query rows and 64 keys, head sizes 64 and 128:
// RUN: sattn-run %s --emit=cubin --chip sm_80 --output-file %t-64.cubin
// RUN: %{count} %t-64.cubin --function '^(d|window)64_' \
// RUN:   --check 'registers<=128,spills=0,stack=0,instructions<=300,share>=20,select=0,local=0,longer<=15'
// RUN: %{count} %t-64.cubin --function '^(d|window)128_' \
// RUN:   --check 'registers<=168,spills=0,stack=0,instructions<=415,share>=28,select=0,local=0,longer<=15'

// Longformer asks how far a key is from a position, and besides for both alone:
// RUN: %{count} %t-64.cubin --function '^long64_' --check 'spills=0,stack=0,instructions<=300,select=0,local=0,longer<=15'
// RUN: %{count} %t-64.cubin --function '^long128_' \
// RUN:   --check 'registers<=168,spills=0,stack=0,instructions<=415,select=0,local=0,longer<=15'

// 128 query rows; FlashAttention-2 spills 156 bytes.
// RUN: sattn-run %s --emit=cubin --chip sm_80 --query-tile 128 --warps 4 --output-file %t-128.cubin
// RUN: %{count} %t-128.cubin --function '^(d|window)64_' \
// RUN:   --check 'spills=0,stack=0,instructions<=520,share>=24,select=0,local=0,longer<=15'
// RUN: %{count} %t-128.cubin --function '^(d|window)128_' \
// RUN:   --check 'spills=0,stack=0,instructions<=710,share>=30,select=0,local=0,longer<=15'
// RUN: %{count} %t-128.cubin --function '^long128_' \
// RUN:   --check 'instructions<=710,share>=30,select=0,local=0,longer<=15'

// All of it: two products of matrices, one exponential for each pair, no rescaling.
// RUN: %{count} %t-64.cubin --function '^d' | FileCheck %s
// CHECK: d128_kernel (sm_80)
// CHECK-NEXT: instructions HMMA LDSM LDGSTS MUFU FFMA FMUL FADD FMNMX SHFL BAR
// CHECK-NEXT: full tile {{[0-9]+}} 128 72 16 32 {{[0-9]+}} 0 32 {{[0-9]+}} 0 1
// CHECK: d64_kernel (sm_80)
// CHECK-NEXT: instructions
// CHECK-NEXT: full tile {{[0-9]+}} 64 32 8 32 {{[0-9]+}} 0 32 {{[0-9]+}} 0 1

!q64 = memref<1x4x?x64xbf16>
!k64 = memref<1x2x?x64xbf16>
func.func @d64(%q: !q64, %k: !k64, %v: !k64, %out: !q64) {
  sattn.attention ins(%q, %k, %v : !q64, !k64, !k64) outs(%out : !q64) pattern(causal)
  return
}

func.func @window64(%q: !q64, %k: !k64, %v: !k64, %out: !q64) {
  sattn.attention ins(%q, %k, %v : !q64, !k64, !k64) outs(%out : !q64)
    pattern(causal and window<left = 1023>)
  return
}

!q128 = memref<1x4x?x128xbf16>
!k128 = memref<1x2x?x128xbf16>
func.func @d128(%q: !q128, %k: !k128, %v: !k128, %out: !q128) {
  sattn.attention ins(%q, %k, %v : !q128, !k128, !k128) outs(%out : !q128) pattern(causal)
  return
}

func.func @window128(%q: !q128, %k: !k128, %v: !k128, %out: !q128) {
  sattn.attention ins(%q, %k, %v : !q128, !k128, !k128) outs(%out : !q128)
    pattern(causal and window<left = 1023>)
  return
}

func.func @long64(%q: !q64, %k: !k64, %v: !k64, %out: !q64) {
  sattn.attention ins(%q, %k, %v : !q64, !k64, !k64) outs(%out : !q64) pattern(longformer<window = 512, global = 1>)
  return
}

func.func @long128(%q: !q128, %k: !k128, %v: !k128, %out: !q128) {
  sattn.attention ins(%q, %k, %v : !q128, !k128, !k128) outs(%out : !q128)
    pattern(longformer<window = 512, global = 1>)
  return
}
