/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * \file
 * What a program does about an error that it has no answer of its own for.
 */
#include "SparseAttn/Support/OperandError.h"

#include <stdio.h>
#include <stdlib.h>

void sattn_report_operand_error(int64_t role, int64_t rule, int64_t at,
                                int64_t got, int64_t limit) {
  char text[256];
  sattn_format_operand_error(text, sizeof text, role, rule, at, got, limit);
  fprintf(stderr, "sattn: error: %s\n", text);
  exit(1);
}
