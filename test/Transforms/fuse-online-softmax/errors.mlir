// A key tile without keys is an error.
// RUN: not sattn-opt %s -sattn-fuse-online-softmax=key-tile=0 2>&1 | FileCheck %s
// CHECK: error: expected 'key-tile' to be positive, but got 0
module {}
