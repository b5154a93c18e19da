/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * \file
 * Messages about runtime values of patterns.
 */
#include "SparseAttn/Support/OperandError.h"

#include <inttypes.h>
#include <stdio.h>

const char *sattn_operand_role_name(int64_t role) {
  switch (role) {
  case SATTN_KEY_LENGTHS:
    return "key lengths of 'padding'";
  case SATTN_QUERY_LENGTHS:
    return "query lengths of 'padding'";
  case SATTN_ENDS:
    return "ends of 'documents'";
  case SATTN_ROW_ENDS:
    return "ends of rows of 'documents'";
  case SATTN_KEY_ENDS:
    return "ends of keys of 'documents'";
  case SATTN_IDS:
    return "ids of 'segments'";
  case SATTN_ROW_IDS:
    return "ids of rows of 'segments'";
  case SATTN_KEY_IDS:
    return "ids of keys of 'segments'";
  case SATTN_ROW_POINTERS:
    return "row pointers of 'block_list'";
  case SATTN_COLUMNS:
    return "columns of 'block_list'";
  case SATTN_FIRST_ROWS:
    return "first rows of 'key_rows'";
  case SATTN_END_ROWS:
    return "end rows of 'key_rows'";
  case SATTN_MASK:
    return "truth values of 'mask'";
  case SATTN_OFFSETS:
    return "offsets";
  case SATTN_BLOCK_TABLE:
    return "pages of 'block_table'";
  default:
    return "values of a pattern";
  }
}

int sattn_format_operand_error(char *text, size_t size, int64_t role,
                               int64_t rule, int64_t at, int64_t got,
                               int64_t limit) {
  const char *name = sattn_operand_role_name(role);
  switch (rule) {
  case SATTN_RULE_SIZE:
    return snprintf(text, size,
                    "expected dimension %" PRId64 " of the %s to be %" PRId64
                    ", but got %" PRId64,
                    at, name, limit, got);
  case SATTN_RULE_SIZE_OR_ONE:
    return snprintf(text, size,
                    "expected dimension %" PRId64 " of the %s to be %" PRId64
                    " or 1, but got %" PRId64,
                    at, name, limit, got);
  case SATTN_RULE_LEAST_SIZE:
    return snprintf(text, size,
                    "expected dimension %" PRId64
                    " of the %s to be at least %" PRId64 ", but got %" PRId64,
                    at, name, limit, got);
  case SATTN_RULE_RANGE:
    return snprintf(text, size,
                    "expected the %s to be between 0 and %" PRId64
                    ", but got %" PRId64 " at element %" PRId64,
                    name, limit, got, at);
  case SATTN_RULE_MAGNITUDE:
    return snprintf(text, size,
                    "expected the %s to be at most %" PRId64
                    " either way, but got %" PRId64 " at element %" PRId64,
                    name, limit, got, at);
  case SATTN_RULE_TIMES:
    return snprintf(text, size,
                    "expected the %s to hold %" PRId64 " at most %" PRId64
                    " times in a row, but got one more at element %" PRId64,
                    name, got, limit, at);
  case SATTN_RULE_BELOW:
    return snprintf(text, size,
                    "expected the %s to be below %" PRId64 ", but got %" PRId64
                    " at element %" PRId64,
                    name, limit, got, at);
  default:
    return snprintf(text, size,
                    "expected the %s to ascend, but got %" PRId64
                    " after %" PRId64 " at element %" PRId64,
                    name, got, limit, at);
  }
}
