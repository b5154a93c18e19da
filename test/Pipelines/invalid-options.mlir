// A mistake in the options is one error, and no output.
// RUN: not sattn-opt %s -sattn-to-llvm=cpu=i8086 2>&1 | FileCheck %s --check-prefix=CPU
// RUN: not sattn-opt %s -sattn-to-llvm=target-schedule=i8087 2>&1 | FileCheck %s --check-prefix=SCHEDULE
// RUN: not sattn-opt %s -sattn-to-llvm="cpu=haswell features=avx2" 2>&1 | FileCheck %s --check-prefix=FEATURES
// RUN: not sattn-opt %s -sattn-to-llvm="cpu=haswell features=+nonsense" 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// RUN: not sattn-opt %s -sattn-to-llvm=threads=-1 2>&1 | FileCheck %s --check-prefix=THREADS
// RUN: not sattn-opt %s -sattn-to-llvm=threads=99999 2>&1 | FileCheck %s --check-prefix=MANY
// RUN: not sattn-opt %s -sattn-to-llvm=key-tile=100000000 2>&1 | FileCheck %s --check-prefix=LARGE
// RUN: not sattn-opt %s -sattn-to-llvm=split-keys=2000000 2>&1 | FileCheck %s --check-prefix=SPLIT
// RUN: not sattn-opt %s -sattn-to-llvm=query-tile=-8 2>&1 | FileCheck %s --check-prefix=QUERY
// RUN: not sattn-opt %s -sattn-to-llvm=key-tile=-8 2>&1 | FileCheck %s --check-prefix=KEY
// RUN: not sattn-opt %s -sattn-to-llvm=vector-width=3 2>&1 | FileCheck %s --check-prefix=WIDTH

// CPU: error: sattn-to-llvm: unknown processor 'i8086'
// CPU-NOT: {{.}}
// SCHEDULE: error: sattn-to-llvm: unknown processor 'i8087'
// FEATURES: error: sattn-to-llvm: expected features to start with '+' or '-', but got 'avx2'
// UNKNOWN: error: sattn-to-llvm: unknown target feature '+nonsense'
// THREADS: error: sattn-to-llvm: expected 'threads' to be between 0 and 1024, but got -1
// MANY: error: sattn-to-llvm: expected 'threads' to be between 0 and 1024, but got 99999
// LARGE: error: sattn-to-llvm: expected 'key-tile' to be between 0 and 65536, but got 100000000
// SPLIT: error: sattn-to-llvm: expected 'split-keys' to be between 0 and 1048576, but got 2000000
// QUERY: error: sattn-to-llvm: expected 'query-tile' to be between 0 and 4096, but got -8
// KEY: error: sattn-to-llvm: expected 'key-tile' to be between 0 and 65536, but got -8
// WIDTH: error: sattn-to-llvm: expected 'vector-width' to be 4, 8 or 16, but got 3

