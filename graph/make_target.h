// Makes one target of a plan, or reviews its open problems; build.cc says when. No thread waits here for another.
#pragma once

#include <functional>
#include <optional>

#include "graph/build.h"

namespace migrate {

// How it ended.
struct Ended {
  TargetResult result;
  Digest output;
  std::optional<Record> record;  // still to be saved
  std::function<void()> when_recorded;
  std::optional<Error> cache_error;  // the target failed with it, and so does the build
};

// `progress` may be called from any thread.
Ended make_target(const Plan& plan, TargetIndex index, Cache& cache, const BuildOptions& options,
                  std::function<void(uint64_t done, uint64_t expected, uint64_t errors)> progress);
Ended cache_failed(const Error& error);

Record make_record(const Target& target, const Made& made, double seconds, const std::string& run);
Outcome made_or_unchanged(const Record* before, const Digest& output);

}  // namespace migrate
