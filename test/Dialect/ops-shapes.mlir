// The shapes, element types and layouts that attention accepts.
// RUN: sattn-opt %s | sattn-opt | FileCheck %s
// RUN: sattn-opt %s -mlir-print-op-generic | sattn-opt | FileCheck %s

!t = tensor<2x4x8x16xf32>
!m = memref<2x4x8x16xf32>

// CHECK-LABEL: func @all_dynamic
func.func @all_dynamic(%q: tensor<?x?x?x64xbf16>, %k: tensor<?x?x?x64xbf16>,
                       %v: tensor<?x?x?x32xbf16>, %out: tensor<?x?x?x32xf32>,
                       %lse: tensor<?x?x?xf32>) -> tensor<?x?x?x32xf32> {
  // CHECK: sattn.attention
  // CHECK-SAME: outs(%{{.*}}, %{{.*}} : tensor<?x?x?x32xf32>, tensor<?x?x?xf32>)
  %0:2 = sattn.attention ins(%q, %k, %v : tensor<?x?x?x64xbf16>,
                             tensor<?x?x?x64xbf16>, tensor<?x?x?x32xbf16>)
      outs(%out, %lse : tensor<?x?x?x32xf32>, tensor<?x?x?xf32>) pattern(causal)
  return %0#0 : tensor<?x?x?x32xf32>
}

// CHECK-LABEL: func @grouped_heads_cross_attention
func.func @grouped_heads_cross_attention(
    %q: tensor<2x8x3x64xf16>, %k: tensor<2x2x?x64xf16>, %v: tensor<2x2x77x64xf16>,
    %out: tensor<2x8x3x64xf16>) -> tensor<2x8x3x64xf16> {
  // CHECK: sattn.attention {{.*}} align(bottom_right)
  %0 = sattn.attention ins(%q, %k, %v : tensor<2x8x3x64xf16>,
                           tensor<2x2x?x64xf16>, tensor<2x2x77x64xf16>)
      outs(%out : tensor<2x8x3x64xf16>) pattern(causal) align(bottom_right)
  return %0 : tensor<2x8x3x64xf16>
}

// CHECK-LABEL: func @no_rows_and_no_keys
func.func @no_rows_and_no_keys(%q: tensor<0x4x0x16xf32>, %out: tensor<0x4x0x16xf32>)
    -> tensor<0x4x0x16xf32> {
  // CHECK: sattn.attention
  %0 = sattn.attention ins(%q, %q, %q : tensor<0x4x0x16xf32>,
                           tensor<0x4x0x16xf32>, tensor<0x4x0x16xf32>)
      outs(%out : tensor<0x4x0x16xf32>) pattern(dense)
  return %0 : tensor<0x4x0x16xf32>
}

// CHECK-LABEL: func @no_heads
func.func @no_heads(%q: tensor<1x0x8x16xf32>, %out: tensor<1x0x8x16xf32>) {
  // CHECK: sattn.attention
  %0 = sattn.attention ins(%q, %q, %q : tensor<1x0x8x16xf32>,
                           tensor<1x0x8x16xf32>, tensor<1x0x8x16xf32>)
      outs(%out : tensor<1x0x8x16xf32>) pattern(dense)
  return
}

// CHECK-LABEL: func @smallest_and_largest_head_size
func.func @smallest_and_largest_head_size(
    %q: tensor<1x1x1x1xf32>, %v: tensor<1x1x1x4096xf32>) {
  // CHECK: sattn.attention
  %0 = sattn.attention ins(%q, %q, %v : tensor<1x1x1x1xf32>,
                           tensor<1x1x1x1xf32>, tensor<1x1x1x4096xf32>)
      outs(%v : tensor<1x1x1x4096xf32>) pattern(dense)
  return
}

// CHECK-LABEL: func @memrefs
func.func @memrefs(%q: !m, %out: !m, %lse: memref<2x4x8xf32>) {
  // CHECK-NEXT: sattn.attention
  // CHECK-SAME: outs(%{{.*}}, %{{.*}} : memref<2x4x8x16xf32>, memref<2x4x8xf32>)
  sattn.attention ins(%q, %q, %q : !m, !m, !m)
      outs(%out, %lse : !m, memref<2x4x8xf32>) pattern(causal)
  return
}

// [B, M, H, D] storage seen as [B, H, M, D].
!strided = memref<2x4x8x16xf32, strided<[512, 16, 64, 1], offset: ?>>
// CHECK-LABEL: func @strided_memrefs
func.func @strided_memrefs(%q: !strided, %out: !strided,
                           %lse: memref<2x4x8xf32, strided<[?, ?, 4]>>) {
  // CHECK-NEXT: sattn.attention
  // CHECK-SAME: strided<[512, 16, 64, 1], offset: ?>
  sattn.attention ins(%q, %q, %q : !strided, !strided, !strided)
      outs(%out, %lse : !strided, memref<2x4x8xf32, strided<[?, ?, 4]>>)
      pattern(causal)
  return
}

// A table that ends before positions that are only known at run time.
// CHECK-LABEL: func @table_with_dynamic_sizes
func.func @table_with_dynamic_sizes(%q: tensor<1x4x?x16xf32>, %o: index) {
  // CHECK: sattn.attention
  %0 = sattn.attention ins(%q, %q, %q : tensor<1x4x?x16xf32>,
                           tensor<1x4x?x16xf32>, tensor<1x4x?x16xf32>)
      outs(%q : tensor<1x4x?x16xf32>)
      pattern(block_mask<block = [4, 4], layout = dense<1> : tensor<2x2xi1>>)
      align(bottom_right) offset(%o)
  return
}
