// The readers at work, one thread each: what loads and later runs begin with.
#pragma once

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

#include "engine/reader.h"

namespace migrate {

// Rows whose target keys meet. Before the first chunk, and nobody else looks at `cancelled` meanwhile: the source may
// count for minutes.
Result<DuplicateKeys> find_duplicates(const NativeJob& job, RowSource& rows, const std::function<bool()>& cancelled);

class ReaderThreads {
 public:
  explicit ReaderThreads(ReaderContext& context);
  ~ReaderThreads();
  bool done() const { return running_ == 0; }
  // They end soon; join() waits for it.
  void stop();
  void join();
  // After join().
  Result<void> result() const;
  const std::vector<ReaderFacts>& facts() const { return facts_; }

 private:
  ReaderContext& context_;
  std::vector<Result<void>> results_;
  std::vector<ReaderFacts> facts_;
  std::atomic<size_t> running_ = 0;
  std::vector<std::thread> threads_;
  std::thread canceller_;
};

}  // namespace migrate
