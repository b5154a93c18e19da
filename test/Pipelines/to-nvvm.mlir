// Attention becomes kernels of the NVVM dialect in one module, and host functions that launch them;
// with `format` PTX inside of LLVM dialect.
// RUN: sattn-opt %s -sattn-to-nvvm | FileCheck %s
// RUN: sattn-opt %s -sattn-to-nvvm="chip=sm_90 format=isa" | FileCheck %s --check-prefix=ISA

!t = tensor<1x2x?x64xbf16>
!m = memref<1x2x?x64xbf16>

func.func @tensors(%q: !t, %k: !t, %v: !t, %out: !t) -> !t {
  %0 = sattn.attention ins(%q, %k, %v : !t, !t, !t) outs(%out : !t) pattern(causal)
  return %0 : !t
}
// CHECK: gpu.container_module
// CHECK-LABEL: func.func @tensors(
// CHECK-NOT: sattn.
// CHECK: gpu.launch_func @sattn_kernels::@tensors_kernel blocks in ({{.*}}) threads in (%c128, %c1, %c1) dynamic_shared_memory_size
// CHECK: return

// CHECK-LABEL: gpu.module @sattn_kernels
// CHECK-NOT: sattn.
// CHECK-NOT: scf.
// CHECK-NOT: unrealized_conversion_cast
// CHECK: llvm.mlir.global external @sattn_shared_memory
// CHECK: llvm.func @tensors_kernel(
// CHECK-SAME: gpu.kernel
// CHECK-SAME: nvvm.kernel
// CHECK-SAME: nvvm.maxnreg = 128 : i32
// CHECK: llvm.func @phases_kernel(
// CHECK: llvm.func @phases_kernel_0(
// CHECK: llvm.func @padding_kernel(

// Whoever compiles PTX is asked for all optimizations.
// ISA: llvm.func @tensors(
// ISA-NOT: llvm.call @mgpuMemcpy
// ISA: gpu.launch_func {{.*}} @sattn_kernels::@tensors_kernel
// ISA: llvm.func @_mlir_ciface_tensors(
// ISA: gpu.binary @sattn_kernels [#gpu.object<#nvvm.target<O = 3, chip = "sm_90", features = "+ptx78">, properties = {{{.*}}O = 3 : i32},
// ISA-SAME: .visible .entry tensors_kernel(
// ISA: llvm.call @mgpuMemcpy

// Each phase of a pattern is a kernel.
func.func @phases(%q: !m, %k: !m, %v: !m, %out: !m) {
  sattn.attention ins(%q, %k, %v : !m, !m, !m) outs(%out : !m)
    pattern(window<left = 5> or strided<stride = 16>)
  return
}
// CHECK-LABEL: func.func @phases(
// CHECK: gpu.launch_func @sattn_kernels::@phases_kernel
// CHECK: gpu.launch_func @sattn_kernels::@phases_kernel_0
// CHECK-NOT: gpu.launch_func
// CHECK: return

// The lengths are checked on the host, before anything is launched.
func.func @padding(%q: !m, %k: !m, %v: !m, %out: !m, %lengths: memref<1xi32>) {
  sattn.attention ins(%q, %k, %v : !m, !m, !m) outs(%out : !m)
    pattern(padding(%lengths) : memref<1xi32>)
  return
}
// CHECK-LABEL: func.func @padding(
// CHECK: gpu.memcpy
// CHECK: call @sattn_report_operand_error
// CHECK: gpu.launch_func @sattn_kernels::@padding_kernel
