// A negative number of keys is an error.
// RUN: not sattn-opt %s -sattn-fuse-online-softmax=key-tile=-1 2>&1 | FileCheck %s
// CHECK: error: expected 'key-tile' to be positive, or 0 to choose it, but got -1
module {}
