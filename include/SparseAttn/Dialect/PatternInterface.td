// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the compiler knows about a pattern: this interface and nothing else.
#ifndef SPARSEATTN_DIALECT_PATTERNINTERFACE_TD
#define SPARSEATTN_DIALECT_PATTERNINTERFACE_TD

include "mlir/IR/OpBase.td"

def SparsityPatternAttrInterface : AttrInterface<"SparsityPatternAttrInterface"> {
  let cppNamespace = "::mlir::sattn";
  let description = [{
    A set of live (query, key) pairs. An attribute of any dialect that implements
    `buildPredicate` and `nextSegment` is a pattern: it can stand wherever the
    dialect's own patterns can, composes with them, and is tiled and compiled by the
    same passes. The promises that an implementation makes (truth, progress,
    exactness) are written in PatternAlgebra.h.
  }];

  let methods = [
    InterfaceMethod<[{
      Whether the query at position `query` sees the key at position `key`: constants
      in, constant out; otherwise scalar IR. This is the definition of the pattern; it
      is evaluated by the oracle for all pairs and by kernels in partial segments.
      Called with 0 <= key < numKeys; `query` is any position, also a negative one.
    }], "::mlir::sattn::IndexExpr", "buildPredicate",
        (ins "const ::mlir::sattn::PatternScope &":$scope,
             "::mlir::sattn::IndexExpr":$query, "::mlir::sattn::IndexExpr":$key)>,

    InterfaceMethod<[{
      The class of `key` for the tile, and up to which key it holds.
    }], "::mlir::sattn::KeySegment", "nextSegment",
        (ins "const ::mlir::sattn::QueryTile &":$tile,
             "::mlir::sattn::IndexExpr":$key)>,

    InterfaceMethod<[{
      s > 1 if every live pair has key = query modulo s. Tiles are then asked for with
      this step (or one that it divides).
    }], "int64_t", "getLattice", (ins), [{}], [{ return 1; }]>,

    InterfaceMethod<[{
      The pattern of query head `head`; itself unless heads differ by name.
    }], "::mlir::Attribute", "forHead", (ins "int64_t":$head), [{}],
        [{ (void)head; return $_attr; }]>,

    InterfaceMethod<[{
      The number of query heads that the pattern names, if it names any.
    }], "std::optional<int64_t>", "getNumHeads", (ins), [{}],
        [{ return std::nullopt; }]>,

    InterfaceMethod<[{
      The smallest number of positions (rows or keys) that the pattern's explicit
      tables describe, if it has any: longer sequences are refused.
    }], "std::optional<int64_t>", "getMaxPositions",
        (ins "bool":$keys), [{}], [{ (void)keys; return std::nullopt; }]>,

    InterfaceMethod<[{
      Simpler pattern with the same pairs, or itself. Named compositions expand here.
    }], "::mlir::Attribute", "simplifyPattern", (ins), [{}],
        [{ return $_attr; }]>,

    InterfaceMethod<[{
      For patterns that are lists: emits the tables, once per kernel, sized per block
      of the rows that exist (never per pair). They reach `buildPredicate` and
      `nextSegment` as `scope.tables`, under this attribute.
    }], "::llvm::SmallVector<::mlir::Value>", "buildTables",
        (ins "::mlir::ImplicitLocOpBuilder &":$builder,
             "const ::mlir::sattn::TableExtent &":$extent), [{}],
        [{ (void)builder; (void)extent; return {}; }]>,

    InterfaceMethod<[{
      Releases what `buildTables` allocated.
    }], "void", "releaseTables",
        (ins "::mlir::ImplicitLocOpBuilder &":$builder,
             "::mlir::ValueRange":$tables), [{}],
        [{ (void)builder; (void)tables; }]>
  ];
}

#endif // SPARSEATTN_DIALECT_PATTERNINTERFACE_TD
