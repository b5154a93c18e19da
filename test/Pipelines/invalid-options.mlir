// A mistake in the options is one error, and no output.
// RUN: not sattn-opt %s -sattn-to-llvm=cpu=i8086 2>&1 | FileCheck %s --check-prefix=CPU
// RUN: not sattn-opt %s -sattn-to-llvm=target-schedule=i8087 2>&1 | FileCheck %s --check-prefix=SCHEDULE
// RUN: not sattn-opt %s -sattn-to-llvm="cpu=haswell features=avx2" 2>&1 | FileCheck %s --check-prefix=FEATURES
// RUN: not sattn-opt %s -sattn-to-llvm=threads=-1 2>&1 | FileCheck %s --check-prefix=THREADS
// RUN: not sattn-opt %s -sattn-to-llvm=query-tile=-8 2>&1 | FileCheck %s --check-prefix=QUERY
// RUN: not sattn-opt %s -sattn-to-llvm=key-tile=-8 2>&1 | FileCheck %s --check-prefix=KEY
// RUN: not sattn-opt %s -sattn-to-llvm=vector-width=3 2>&1 | FileCheck %s --check-prefix=WIDTH

// CPU: error: sattn-to-llvm: unknown processor 'i8086'
// CPU-NOT: {{.}}
// SCHEDULE: error: sattn-to-llvm: unknown processor 'i8087'
// FEATURES: error: sattn-to-llvm: expected features to start with '+' or '-', but got 'avx2'
// THREADS: error: sattn-to-llvm: expected 'threads' to be at least 0, but got -1
// QUERY: error: sattn-to-llvm: expected 'query-tile' to be at least 0, but got -8
// KEY: error: sattn-to-llvm: expected 'key-tile' to be at least 0, but got -8
// WIDTH: error: sattn-to-llvm: expected 'vector-width' to be 4, 8 or 16, but got 3

