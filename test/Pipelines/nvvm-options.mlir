// A mistake in the options of `sattn-to-nvvm` is one error, and no output.
// RUN: not sattn-opt %s -sattn-to-nvvm=chip=sm_70 2>&1 | FileCheck %s --check-prefix=CHIP
// RUN: not sattn-opt %s -sattn-to-nvvm=chip=gfx90a 2>&1 | FileCheck %s --check-prefix=NAME
// RUN: not sattn-opt %s -sattn-to-nvvm=features=sm_80 2>&1 | FileCheck %s --check-prefix=FEATURES
// RUN: not sattn-opt %s -sattn-to-nvvm=format=elf 2>&1 | FileCheck %s --check-prefix=FORMAT
// RUN: not sattn-opt %s -sattn-to-nvvm="chip=sm_90 features=+ptx70" 2>&1 | FileCheck %s --check-prefix=VERSION

// CHIP: error: sattn-to-nvvm: expected a GPU that LLVM knows, sm_80 or later, but got 'sm_70'
// CHIP-NOT: {{.}}
// NAME: error: sattn-to-nvvm: expected a GPU that LLVM knows, sm_80 or later, but got 'gfx90a'
// FEATURES: error: sattn-to-nvvm: expected features to start with '+' or '-', but got 'sm_80'
// FORMAT: error: sattn-to-nvvm: expected 'format' to be none, isa, bin or fatbin, but got 'elf'
// VERSION: error: sattn-to-nvvm: expected '+ptx78' or later for sm_90, but got '+ptx70'

func.func @f() {
  return
}
