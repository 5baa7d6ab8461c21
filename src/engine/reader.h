// A reader's thread: chunks of rows become blocks of items.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/block.h"
#include "engine/chunks.h"
#include "engine/duplicates.h"
#include "engine/load_log.h"
#include "engine/native.h"

namespace migrate {

struct ReaderContext {
  const NativeJob& job;
  RowSource& rows;
  ChunkPlan& plan;
  std::shared_ptr<MemoryBudget> budget;
  BlockQueue& queue;
  const DuplicateKeys& duplicates;
  std::function<void()> wake_writer;
  LoadLog* log = nullptr;  // of what is about to be written
};

// What one reader saw, for the report.
struct ReaderFacts {
  double reading_seconds = 0, converting_seconds = 0, waiting_seconds = 0;
  std::vector<std::pair<std::string, uint64_t>> largest;  // key, size
  std::unordered_map<std::string, uint64_t> hot;          // partition key → items seen, estimated
};

// Reads until the plan has no more. An error has stopped the plan already.
Result<void> run_reader(ReaderContext& context, size_t reader, ReaderFacts& facts);

}  // namespace migrate
