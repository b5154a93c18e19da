// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Integers as parameters of attributes. MLIR's own parser takes truth values for integers.
#ifndef SPARSEATTN_DIALECT_PARAMETERS_TD
#define SPARSEATTN_DIALECT_PARAMETERS_TD

include "mlir/IR/AttrTypeBase.td"

def SparseAttn_Integer : AttrParameter<"int64_t", ""> {
  let parser = "::mlir::sattn::detail::parseIntegerParameter($_parser)";
}

/// That may be left out.
class SparseAttn_IntegerOr<string default, string desc = "">
    : DefaultValuedParameter<"int64_t", default, desc> {
  let parser = "::mlir::sattn::detail::parseIntegerParameter($_parser)";
}

/// That may be left out, but has a value where it is named.
class SparseAttn_OptionalInteger<string desc>
    : OptionalParameter<"std::optional<int64_t>", desc> {
  let parser = [{
    [&]() -> ::mlir::FailureOr<std::optional<int64_t>> {
      ::mlir::FailureOr<int64_t> value =
          ::mlir::sattn::detail::parseIntegerParameter($_parser);
      if (::mlir::failed(value))
        return ::mlir::failure();
      return std::optional<int64_t>(*value);
    }()
  }];
}

#endif // SPARSEATTN_DIALECT_PARAMETERS_TD
