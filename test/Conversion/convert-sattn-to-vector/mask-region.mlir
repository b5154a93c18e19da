// A mask region is asked in two steps: the closed form first, for both answers, then the
// region for pairs that are open. What depends on the rows alone is read once, ahead of the
// loop over keys; nothing is read for rows or pairs that are not asked about.
// RUN: sattn-opt %s -convert-sattn-to-vector=vector-width=8 -canonicalize -cse | FileCheck %s

func.func @mask(%keys: memref<96xindex>, %count: index, %out: memref<96x16xi32>, %first: index,
                %rows: index, %ids: memref<64xi32>, %live: memref<64x64xi1>) {
  sattn.pair_mask keys(%keys, %count : memref<96xindex>) outs(%out : memref<96x16xi32>) at %first step 1 {
    ^bb0(%i: index, %j: index, %says: i1):
      %causal = arith.cmpi sle, %j, %i : index
      %both = arith.andi %causal, %says : i1
      sattn.yield %both
    } asks rows %rows {
    ^bb0(%i: index, %j: index):
      %x = memref.load %ids[%i] : memref<64xi32>
      %y = memref.load %ids[%j] : memref<64xi32>
      %same = arith.cmpi eq, %x, %y : i32
      %bit = memref.load %live[%i, %j] : memref<64x64xi1>
      %both = arith.andi %same, %bit : i1
      sattn.yield %both
    }
  return
}
// CHECK-LABEL: func.func @mask
// CHECK-SAME: %[[ROWS:[a-z0-9]*]]: index, %[[IDS:[a-z0-9]*]]: memref<64xi32>
// CHECK: scf.for %[[ROW:.*]] = %c0 to %c16 step %c8
// CHECK: %[[LEFT:.*]] = arith.subi %[[ROWS]], %[[ROW]]
// CHECK: %[[EXISTS:.*]] = vector.create_mask %[[LEFT]] : vector<8xi1>
// CHECK: %[[OPEN:.*]] = scf.for
// CHECK: %[[CAUSAL:.*]] = arith.cmpi sle
// CHECK: arith.andi %[[CAUSAL]], %[[EXISTS]] : vector<8xi1>
// CHECK: vector.store
// CHECK: %[[ASKED:.*]] = arith.cmpi slt, %[[OPEN]]
// CHECK: scf.if
// CHECK: %[[X:.*]] = vector.maskedload %{{.*}}, %[[ASKED]],
// CHECK: scf.for
// CHECK: %[[PAIRS:.*]] = arith.cmpi sgt
// CHECK: scf.if
// CHECK: %[[Y:.*]] = memref.load %[[IDS]]
// CHECK: arith.cmpi eq, %[[X]], %{{.*}} : vector<8xi32>
// CHECK: vector.gather %{{.*}}, %[[PAIRS]],
// CHECK-SAME: memref<?xi1, strided<[1]>>
// CHECK: vector.store
// CHECK-NOT: sattn.
