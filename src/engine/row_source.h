// Where the native engine's rows come from: one table's views, as of one moment, over several connections. The edge to
// the source: one real, over sql/snapshot.h, and fakes in tests.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/item.h"
#include "sql/connection.h"
#include "sql/view.h"

namespace migrate {

// Two or more rows with one target key.
struct DuplicateRow {
  std::string key;  // as Item::key
  NamedTexts source_key;
};

class RowSource {
 public:
  virtual ~RowSource() = default;
  virtual size_t readers() const = 0;
  // Begins a consistent view of the data, in place of the one before if there is one; no reader may be at work.
  virtual Result<void> begin() = 0;
  // The rows whose target keys meet, and perhaps some more; rows of one key close together. On the first reader's
  // connection. An error of `each` ends it.
  virtual Result<void> duplicates(const std::function<Result<void>(DuplicateRow& row)>& each) = 0;
  // The key of the row that ends a chunk of `rows` rows after `after`; nullopt: fewer are left.
  virtual Result<std::optional<std::vector<KeyLiteral>>> boundary(size_t reader, size_t entity,
                                                                  const std::vector<KeyLiteral>& after,
                                                                  uint64_t rows) = 0;
  // Streams the rows of a range to `row` while it returns true. Different readers may read at the same time.
  virtual Result<void> read(size_t reader, size_t entity, const KeyRange& range,
                            const std::function<bool(const RowView&)>& row) = 0;
  // Ends what the readers are doing, from another thread. Best effort.
  virtual void cancel() = 0;
};

}  // namespace migrate
