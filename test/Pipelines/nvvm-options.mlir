// A mistake in the options of `sattn-to-nvvm` is one error, and no output.
// RUN: not sattn-opt %s -sattn-to-nvvm=chip=sm_70 2>&1 | FileCheck %s --check-prefix=CHIP
// RUN: not sattn-opt %s -sattn-to-nvvm=chip=gfx90a 2>&1 | FileCheck %s --check-prefix=NAME
// RUN: not sattn-opt %s -sattn-to-nvvm=features=sm_80 2>&1 | FileCheck %s --check-prefix=FEATURES
// RUN: not sattn-opt %s -sattn-to-nvvm=format=elf 2>&1 | FileCheck %s --check-prefix=FORMAT
// RUN: not sattn-opt %s -sattn-to-nvvm="chip=sm_90 features=+ptx70" 2>&1 | FileCheck %s --check-prefix=VERSION
// RUN: not sattn-opt %s -sattn-to-nvvm=query-tile=20 2>&1 | FileCheck %s --check-prefix=QUERY
// RUN: not sattn-opt %s -sattn-to-nvvm=key-tile=512 2>&1 | FileCheck %s --check-prefix=KEY
// RUN: not sattn-opt %s -sattn-to-nvvm=warps=9 2>&1 | FileCheck %s --check-prefix=WARPS
// RUN: not sattn-opt %s -sattn-to-nvvm=stages=-1 2>&1 | FileCheck %s --check-prefix=STAGES
// RUN: not sattn-opt %s -sattn-to-nvvm=split-keys=2000000 2>&1 | FileCheck %s --check-prefix=SPLIT
// RUN: not env -u CUDA_ROOT -u CUDA_HOME -u CUDA_PATH PATH= %build_root/bin/sattn-opt %s -sattn-to-nvvm=format=bin 2>&1 | FileCheck %s --check-prefix=PTXAS

// CHIP: error: sattn-to-nvvm: expected a GPU that LLVM knows, sm_80 or later, but got 'sm_70'
// CHIP-NOT: {{.}}
// NAME: error: sattn-to-nvvm: expected a GPU that LLVM knows, sm_80 or later, but got 'gfx90a'
// FEATURES: error: sattn-to-nvvm: expected features to start with '+' or '-', but got 'sm_80'
// FORMAT: error: sattn-to-nvvm: expected 'format' to be none, isa, bin or fatbin, but got 'elf'
// VERSION: error: sattn-to-nvvm: expected '+ptx78' or later for sm_90, but got '+ptx70'
// QUERY: error: sattn-to-nvvm: expected 'query-tile' to be a multiple of 16 up to 256, but got 20
// KEY: error: sattn-to-nvvm: expected 'key-tile' to be a multiple of 16 up to 256, but got 512
// WARPS: error: sattn-to-nvvm: expected 'warps' to be between 0 and 8, but got 9
// STAGES: error: sattn-to-nvvm: expected 'stages' to be between 0 and 4, but got -1
// SPLIT: error: sattn-to-nvvm: expected 'split-keys' to be between 0 and 1048576, but got 2000000
// PTXAS: error: sattn-to-nvvm: expected NVIDIA's ptxas for format 'bin', on PATH or in the CUDA Toolkit that CUDA_HOME names, but there is none
// PTXAS-NOT: {{.}}

func.func @f() {
  return
}
