// A mask that compares keys with bounds of a row becomes bits for all keys of a lane, one word for both of its rows;
// bits of any other one are asked for in a loop that stays one, two keys of two rows at a time.
// RUN: sattn-opt %s -convert-sattn-to-gpu=key-tile=32 -canonicalize -cse | FileCheck %s

// CHECK-DAG: #[[$UNROLL:.*]] = #llvm.loop_unroll<disable = true>
// CHECK-DAG: #[[$ROLLED:.*]] = #llvm.loop_annotation<unroll = #[[$UNROLL]]>
// CHECK-DAG: #[[$FOUR:.*]] = #llvm.loop_unroll<count = 4 : i32>
// CHECK-DAG: #[[$IN_FOURS:.*]] = #llvm.loop_annotation<unroll = #[[$FOUR]]>

!rows = memref<16x16xf16>
!keys = memref<?x16xf16>
gpu.module @kernels {
  gpu.func @window(%q: !rows, %k: !keys, %v: !keys, %out: !rows, %first: index, %end: index,
                   %live: i1, %full: i1) kernel {
    %c-7 = arith.constant -7 : index
    %c0 = arith.constant 0 : index
    sattn.tile_attention ins(%q, %k, %v : !rows, !keys, !keys) outs(%out : !rows)
      at %first step 2 rows 16 segments {
    ^bb0(%key: index):
      sattn.segment live(%live) full(%full) end(%end)
    } mask {
    ^bb0(%i: index, %j: index):
      %distance = arith.subi %j, %i : index
      %near = arith.cmpi sge, %distance, %c-7 : index
      %past = arith.cmpi sle, %distance, %c0 : index
      %both = arith.andi %near, %past : i1
      sattn.yield %both
    } {scale = 0.25 : f64}
    gpu.return
  }
// Keys up to the position, and keys up to the one before the window: numbers of steps, and bits from there on.
// CHECK-LABEL: gpu.func @window(
// CHECK: nvvm.cp.async.commit.group
// CHECK: scf.if %{{[^ ]*}} -> (f32{{(, f32)+}}) {
// CHECK: } else {
// CHECK: %[[BEFORE:.*]] = arith.shrsi %{{.*}}, %c1_i32
// CHECK-NEXT: %[[FIRST:.*]] = arith.maxsi %[[BEFORE]], %c0_i32
// CHECK-NEXT: %[[FROM:.*]] = llvm.inline_asm {{.*}} "bmsk.clamp.b32 $0, $1, $2;", "=r,r,r" %[[FIRST]], %c32_i32
// CHECK-NEXT: %[[UPTO:.*]] = arith.shrsi %{{.*}}, %c1_i32
// CHECK-NEXT: %[[LAST:.*]] = arith.maxsi %[[UPTO]], %c0_i32
// CHECK-NEXT: %[[ABOVE:.*]] = llvm.inline_asm {{.*}} "bmsk.clamp.b32 $0, $1, $2;", "=r,r,r" %[[LAST]], %c32_i32
// CHECK-NEXT: %[[BELOW:.*]] = arith.xori %[[ABOVE]], %c-1_i32
// CHECK-NEXT: arith.andi %[[FROM]], %[[BELOW]]
// CHECK-NOT: arith.shrsi
// CHECK: nvvm.vote.sync any
// CHECK-NEXT: scf.if

// Where bounds are farther apart than a word is wide, one of them is beyond it: the bits between them are one
// instruction, from the lower bound on, as many as the upper one says.
  gpu.func @wide(%q: !rows, %k: !keys, %v: !keys, %out: !rows, %first: index, %end: index,
                 %live: i1, %full: i1) kernel {
    %c-64 = arith.constant -64 : index
    %c0 = arith.constant 0 : index
    %c4 = arith.constant 4 : index
    sattn.tile_attention ins(%q, %k, %v : !rows, !keys, !keys) outs(%out : !rows)
      at %first step 2 rows 16 segments {
    ^bb0(%key: index):
      sattn.segment live(%live) full(%full) end(%end)
    } mask {
    ^bb0(%i: index, %j: index):
      %distance = arith.subi %j, %i : index
      %near = arith.cmpi sge, %distance, %c-64 : index
      %past = arith.cmpi sle, %distance, %c0 : index
      %both = arith.andi %near, %past : i1
      %sink = arith.cmpi slt, %j, %c4 : index
      %row = arith.cmpi slt, %i, %c4 : index
      %some = arith.ori %sink, %row : i1
      %any = arith.ori %both, %some : i1
      sattn.yield %any
    } {scale = 0.25 : f64}
    gpu.return
  }
// CHECK-LABEL: gpu.func @wide(
// CHECK: nvvm.cp.async.commit.group
// CHECK: scf.if %{{[^ ]*}} -> (f32{{(, f32)+}}) {
// CHECK: } else {
// CHECK-DAG: %[[FIRST:.*]] = arith.maxsi %{{.*}}, %c0_i32
// CHECK-DAG: %[[LAST:.*]] = arith.maxsi %{{.*}}, %c0_i32
// CHECK: %[[BAND:.*]] = llvm.inline_asm {{.*}} "bmsk.clamp.b32 $0, $1, $2;", "=r,r,r" %[[FIRST]], %[[LAST]]
// CHECK: %[[NEAR:.*]] = nvvm.prmt <default> %c4129_i32, %[[BAND]], %[[BAND]] : i32
// CHECK: llvm.inline_asm {{.*}} "lop3.b32 $0, $1, $2, $3, 0xfe;", "=r,r,r,r" %[[NEAR]],
// CHECK: nvvm.vote.sync any

// Parts of a mask: bits of distances are those of 24 keys, of which each row has 16 (0x1021); bits of keys alone are the
// same for both rows (0x5410), and a bound close to the first key is a shift without a limit; what rows and keys have to
// do with each other otherwise is a word for each row.
  gpu.func @parts(%q: !rows, %k: !keys, %v: !keys, %out: !rows, %first: index, %end: index,
                  %live: i1, %full: i1) kernel {
    %c4 = arith.constant 4 : index
    sattn.tile_attention ins(%q, %k, %v : !rows, !keys, !keys) outs(%out : !rows)
      at %first step 1 rows 16 segments {
    ^bb0(%key: index):
      sattn.segment live(%live) full(%full) end(%end)
    } mask {
    ^bb0(%i: index, %j: index):
      %past = arith.cmpi sle, %j, %i : index
      %sink = arith.cmpi slt, %j, %c4 : index
      %sum = arith.addi %i, %j : index
      %mirrored = arith.cmpi slt, %sum, %end : index
      %row = arith.cmpi slt, %i, %c4 : index
      %near = arith.ori %past, %sink : i1
      %other = arith.andi %mirrored, %near : i1
      %all = arith.ori %row, %other : i1
      sattn.yield %all
    } {scale = 0.25 : f64}
    gpu.return
  }
// CHECK-LABEL: gpu.func @parts(
// CHECK: nvvm.cp.async.commit.group
// CHECK: scf.if %{{[^ ]*}} -> (f32{{(, f32)+}}) {
// CHECK: } else {
// CHECK: %[[ROWS:.*]] = nvvm.prmt <default> %c21520_i32, %{{.*}}, %{{.*}} : i32
// CHECK: %[[A:.*]] = llvm.inline_asm {{.*}} "bmsk.clamp.b32 $0, $1, $2;"
// CHECK: %[[B:.*]] = llvm.inline_asm {{.*}} "bmsk.clamp.b32 $0, $1, $2;"
// CHECK: %[[MIRRORED:.*]] = nvvm.prmt <default> %c21520_i32, %[[A]], %[[B]] : i32
// CHECK: %[[NOT_PAST:.*]] = llvm.inline_asm {{.*}} "bmsk.clamp.b32 $0, $1, $2;"
// CHECK: nvvm.prmt <default> %c4129_i32, %[[NOT_PAST]], %[[NOT_PAST]] : i32
// CHECK-NOT: arith.maxsi
// CHECK: %[[SINK:.*]] = llvm.inline_asm {{.*}} "shr.u32 $0, $1, $2;"
// CHECK: nvvm.prmt <default> %c21520_i32, %[[SINK]], %[[SINK]] : i32
// CHECK: nvvm.vote.sync any
// CHECK-NEXT: scf.if

  gpu.func @product(%q: !rows, %k: !keys, %v: !keys, %out: !rows, %first: index, %end: index,
                    %live: i1, %full: i1) kernel {
    sattn.tile_attention ins(%q, %k, %v : !rows, !keys, !keys) outs(%out : !rows)
      at %first step 1 rows 16 segments {
    ^bb0(%key: index):
      sattn.segment live(%live) full(%full) end(%end)
    } mask {
    ^bb0(%i: index, %j: index):
      %square = arith.muli %j, %j : index
      %small = arith.cmpi sle, %square, %i : index
      sattn.yield %small
    } {scale = 0.25 : f64}
    gpu.return
  }
// CHECK-LABEL: gpu.func @product(
// CHECK: nvvm.cp.async.commit.group
// CHECK: scf.if %{{[^ ]*}} -> (f32{{(, f32)+}}) {
// CHECK: } else {
// CHECK: scf.for %[[PRODUCT:[^ ]*]] = %c0_i32 to %c4_i32 step %c1_i32 iter_args(%[[FIRST:.*]] = %c0_i32)
// CHECK: %[[SQUARE:.*]] = arith.muli %[[KEY:.*]], %[[KEY]] : index
// CHECK: %[[SMALL:.*]] = arith.cmpi sle, %[[SQUARE]]
// CHECK: %[[LIVE:.*]] = arith.extui %[[SMALL]] : i1 to i32
// CHECK: %[[BIT:.*]] = arith.shli %[[LIVE]], %[[PRODUCT]]
// CHECK: arith.ori %[[FIRST]], %[[BIT]]
// CHECK-COUNT-3: arith.cmpi sle
// CHECK-NOT: arith.cmpi sle
// CHECK: } {loop_annotation = #[[$ROLLED]]}
// CHECK: nvvm.vote.sync any
// CHECK-NEXT: scf.if
// CHECK: nvvm.mma.sync

  // Loops of more than 8 iterations stay loops.
  gpu.func @drawn(%q: !rows, %k: !keys, %v: !keys, %out: !rows, %first: index, %end: index,
                  %live: i1, %full: i1, %few: memref<8xi32>, %many: memref<64xi32>) kernel {
    %false = arith.constant false
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c8 = arith.constant 8 : index
    %c64 = arith.constant 64 : index
    sattn.tile_attention ins(%q, %k, %v : !rows, !keys, !keys) outs(%out : !rows)
      at %first step 1 rows 16 segments {
    ^bb0(%key: index):
      sattn.segment live(%live) full(%full) end(%end)
    } mask {
    ^bb0(%i: index, %j: index):
      %near = scf.for %n = %c0 to %c8 step %c1 iter_args(%any = %false) -> (i1) {
        %drawn = memref.load %few[%n] : memref<8xi32>
        %at = arith.index_cast %drawn : i32 to index
        %same = arith.cmpi eq, %at, %j : index
        %next = arith.ori %any, %same : i1
        scf.yield %next : i1
      }
      %far = scf.for %n = %c0 to %c64 step %c1 iter_args(%any = %near) -> (i1) {
        %drawn = memref.load %many[%n] : memref<64xi32>
        %at = arith.index_cast %drawn : i32 to index
        %same = arith.cmpi eq, %at, %j : index
        %next = arith.ori %any, %same : i1
        scf.yield %next : i1
      }
      sattn.yield %far
    } {scale = 0.25 : f64}
    gpu.return
  }
// CHECK-LABEL: gpu.func @drawn(
// CHECK: memref.load %{{.*}} : memref<8xi32>
// CHECK: scf.yield
// CHECK-NEXT: }
// CHECK-NOT: loop_annotation
// CHECK: memref.load %{{.*}} : memref<64xi32>
// CHECK: scf.yield
// CHECK-NEXT: } {loop_annotation = #[[$IN_FOURS]]}

  // All pairs of a live segment are live, whatever the segment says: there is one way, without a mask.
  gpu.func @dense(%q: !rows, %k: !keys, %v: !keys, %out: !rows, %first: index, %end: index,
                  %live: i1, %full: i1) kernel {
    %true = arith.constant true
    sattn.tile_attention ins(%q, %k, %v : !rows, !keys, !keys) outs(%out : !rows)
      at %first step 1 rows 16 segments {
    ^bb0(%key: index):
      sattn.segment live(%live) full(%full) end(%end)
    } mask {
    ^bb0(%i: index, %j: index):
      sattn.yield %true
    } {scale = 0.25 : f64}
    gpu.return
  }
// CHECK-LABEL: gpu.func @dense(
// CHECK: scf.for {{.*}} iter_args
// CHECK: nvvm.cp.async.commit.group
// CHECK-NOT: scf.if
// CHECK: nvvm.ldmatrix
// CHECK: nvvm.vote.sync any
// CHECK-NEXT: scf.if
}
