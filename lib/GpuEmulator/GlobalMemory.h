// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The global memory that a kernel may reach: spans of the host's.
#ifndef SPARSEATTN_LIB_GPUEMULATOR_GLOBALMEMORY_H
#define SPARSEATTN_LIB_GPUEMULATOR_GLOBALMEMORY_H

#include <cstddef>
#include <vector>

namespace mlir::sattn::emulator {

struct GlobalSpan {
  const char *data = nullptr;
  size_t size = 0;
  bool writable = true;

  bool contains(const char *address, size_t bytes) const {
    auto offset = static_cast<size_t>(address - data);
    return offset < size && bytes <= size - offset;
  }
};

class GlobalMemory {
public:
  void add(GlobalSpan span) { spans.push_back(span); }
  /// Forgets a span that was added.
  void remove(const char *data) {
    for (size_t i = 0; i < spans.size(); ++i)
      if (spans[i].data == data) {
        spans.erase(spans.begin() + i);
        break;
      }
    last = 0;
  }
  size_t count() const { return spans.size(); }
  /// Forgets all spans but the first `count`.
  void truncate(size_t count) {
    spans.resize(count);
    last = 0;
  }

  /// The span that holds all of these bytes and may be written if need be; null
  /// if there is none.
  const GlobalSpan *find(const char *address, size_t bytes, bool write) {
    auto fits = [&](const GlobalSpan &span) {
      return span.contains(address, bytes) && (span.writable || !write);
    };
    if (last < spans.size() && fits(spans[last]))
      return &spans[last];
    for (size_t i = 0; i < spans.size(); ++i)
      if (fits(spans[i])) {
        last = i;
        return &spans[i];
      }
    return nullptr;
  }
  /// The span that `address` lies in, or the one that ends nearest below it;
  /// null if all begin above it.
  const GlobalSpan *findNearest(const char *address) const {
    const GlobalSpan *nearest = nullptr;
    for (const GlobalSpan &span : spans)
      if (span.data <= address && (!nearest || span.data > nearest->data))
        nearest = &span;
    return nearest;
  }

private:
  std::vector<GlobalSpan> spans;
  /// Where the last access was; the next one is often near.
  size_t last = 0;
};

} // namespace mlir::sattn::emulator

#endif // SPARSEATTN_LIB_GPUEMULATOR_GLOBALMEMORY_H
