// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Grouping heads by their resolved pattern.
#include "SparseAttn/Analysis/HeadGroups.h"

#include "SparseAttn/Dialect/PatternAttrs.h"
#include "SparseAttn/Dialect/SparseAttnDialect.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::sattn;

bool mlir::sattn::mayDependOnHead(PatternAttr pattern) {
  bool depends = false;
  Attribute(pattern).walk([&](PatternAttr part) {
    if (auto mask = dyn_cast<BlockMaskAttr>(part))
      depends |= mask.getNumHeads().has_value();
    else if (auto leaf = dyn_cast<RuntimePatternAttr>(Attribute(part)))
      depends |= leaf.dependsOnHead();
    else
      depends |= isa<RandomAttr>(part) ||
                 !isa<SparseAttnDialect>(Attribute(part).getDialect());
  });
  return depends;
}

SmallVector<HeadGroup> mlir::sattn::groupHeads(PatternAttr pattern,
                                               int64_t firstHead,
                                               int64_t numHeads) {
  PatternAttr simple = simplifyPattern(pattern);
  SmallVector<HeadGroup> groups;
  for (int64_t head = firstHead; head < firstHead + numHeads; ++head) {
    PatternAttr resolved = simplifyPattern(getPatternForHead(simple, head));
    HeadGroup *group = nullptr;
    if (!mayDependOnHead(resolved))
      group = llvm::find_if(groups, [&](const HeadGroup &candidate) {
        return candidate.pattern == resolved;
      });
    if (group && group != groups.end())
      group->heads.push_back(head);
    else
      groups.push_back({resolved, {head}});
  }
  return groups;
}

SmallVector<HeadRange> mlir::sattn::toHeadRanges(ArrayRef<int64_t> heads) {
  SmallVector<HeadRange> ranges;
  for (size_t i = 0; i < heads.size();) {
    HeadRange range{heads[i], 1, 1};
    size_t next = i + 1;
    if (next < heads.size())
      range.step = heads[next] - heads[i];
    while (next < heads.size() && heads[next] - heads[next - 1] == range.step) {
      ++*range.count;
      ++next;
    }
    ranges.push_back(range);
    i = next;
  }
  return ranges;
}
