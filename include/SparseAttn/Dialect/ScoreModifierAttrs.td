// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The named score modifiers. s is a score after its scale, b a batch, h a query head,
/// i a query row, j a key; p is the position of the query.
#ifndef SPARSEATTN_DIALECT_SCOREMODIFIERATTRS_TD
#define SPARSEATTN_DIALECT_SCOREMODIFIERATTRS_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "SparseAttn/Dialect/SparseAttnDialect.td"
include "SparseAttn/Dialect/Parameters.td"
include "SparseAttn/Dialect/ScoreModifierInterface.td"

class SparseAttn_Modifier<string cppName, string keyword,
                          list<string> overrides = []>
    : AttrDef<SparseAttn_Dialect, cppName,
              [DeclareAttrInterfaceMethods<ScoreModifierAttrInterface,
                                           overrides>]> {
  let mnemonic = keyword;
}

def SparseAttn_SoftcapAttr : SparseAttn_Modifier<"Softcap", "softcap"> {
  let summary = "cap * tanh(s / cap)";
  let description = [{
    Scores stay within (-cap, cap). Gemma-2 has cap = 50 after the scale and before its
    mask.
  }];
  let parameters = (ins "::mlir::sattn::Real":$cap);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

class SparseAttn_OperandModifier<string cppName, string keyword,
                                 list<string> overrides = []>
    : SparseAttn_Modifier<cppName, keyword,
                          ["getNumOperands", "getOperandDims"] # overrides>;

def SparseAttn_BiasAttr : SparseAttn_OperandModifier<"Bias", "bias"> {
  let summary = "s + bias[b, h, i, j]";
  let description = [{
    The operand is [B, H, M, N] or has fewer dimensions, the last of these; a dimension of
    size 1 is the same for all.
  }];
}

def SparseAttn_LogitScaleAttr
    : SparseAttn_OperandModifier<"LogitScale", "logit_scale"> {
  let summary = "s * scale[h]";
  let description = [{
    The operand is [H]. Cosine attention (Swin v2) gives exp of its clamped parameter.
  }];
}

def SparseAttn_SlopeOrder
    : I32EnumAttr<"SlopeOrder", "slopes of ALiBi, by the number of heads", [
        I32EnumAttrCase<"Geometric", 0, "geometric">,
        I32EnumAttrCase<"Press", 1, "press">,
        I32EnumAttrCase<"MPT", 2, "mpt">]> {
  let cppNamespace = "::mlir::sattn";
  let genSpecializedAttr = 0;
}

def SparseAttn_AlibiAttr
    : SparseAttn_Modifier<"Alibi", "alibi", ["verifyOperands", "forHeadsOf"]> {
  let summary = "s + slope[h] * (j - p)";
  let description = [{
    Slopes of H heads: `geometric`, 2^(-max_bias (h + 1) / H) for every H. `press` is that
    for a power of 2; otherwise the slopes of the power n below, then every other one of
    2n, as Press et al. and BLOOM have them. `mpt` takes the slopes of the power n above:
    every other one from the second on, then from the first on. `heads` is H where the
    operation has only some of the heads. With `symmetric`, s - slope[h] * |j - p|.
  }];
  let parameters = (ins
    SparseAttn_OptionalInteger<"number of heads, H">:$heads,
    DefaultValuedParameter<"::mlir::sattn::Real", "::mlir::sattn::Real{8.0f}">:$max_bias,
    DefaultValuedParameter<"::mlir::sattn::SlopeOrder",
                           "::mlir::sattn::SlopeOrder::Geometric">:$order,
    DefaultValuedParameter<"bool", "false">:$symmetric);
  let assemblyFormat = "(`<` struct(params)^ `>`)?";
  let genVerifyDecl = 1;
}

def SparseAttn_AlibiSlopesAttr
    : SparseAttn_OperandModifier<"AlibiSlopes", "alibi_slopes"> {
  let summary = "s + slope[h] * (j - p), with given slopes";
  let description = [{
    The operand is [H], or [B, H]. With `symmetric`, s - slope[h] * |j - p|.
  }];
  let parameters = (ins DefaultValuedParameter<"bool", "false">:$symmetric);
  let assemblyFormat = "(`<` struct(params)^ `>`)?";
}

def SparseAttn_T5BiasAttr
    : SparseAttn_OperandModifier<"T5Bias", "t5_bias", ["verifyOperands"]> {
  let summary = "s + table[h, bucket(j - p)]";
  let description = [{
    The operand is [H, buckets], the transpose of Hugging Face's weight. Of n buckets of a
    direction the first n / 2 are distances, exactly; a distance d from there on is in
    bucket n/2 + floor(log(d / (n/2)) / log(max_distance / (n/2)) * n/2), at most n - 1.
    `bidirectional`: the lower half of the buckets is for keys up to the query, the upper
    one for those behind it. Otherwise keys behind the query have distance 0.
  }];
  let parameters = (ins
    SparseAttn_IntegerOr<"128">:$max_distance,
    DefaultValuedParameter<"bool", "false">:$bidirectional);
  let assemblyFormat = "(`<` struct(params)^ `>`)?";
  let genVerifyDecl = 1;
}

def SparseAttn_RelativeBiasAttr
    : SparseAttn_OperandModifier<"RelativeBias", "relative_bias",
                                 ["verifyOperands"]> {
  let summary = "s + table[b, h, i, clamp(j - p + center)]";
  let description = [{
    The operand is [B, H, M, R], or the last of these dimensions; the index is clamped to
    [0, R - 1]. `center` is the index of distance 0, (R - 1) / 2 if R is odd. A table
    [H, 1, R] is a bias by distance. Shaw's relative keys are a table [B, H, M, R] of
    scale * dot(query[b, h, i], relative_key[r]).
  }];
  let parameters = (ins
    SparseAttn_OptionalInteger<"index of distance 0">:$center);
  let assemblyFormat = "(`<` struct(params)^ `>`)?";
}

#endif // SPARSEATTN_DIALECT_SCOREMODIFIERATTRS_TD
