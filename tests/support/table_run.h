// What a run of the native engine did, in one line.
#pragma once

#include <string>

#include "engine/native.h"

namespace migrate::test {

// "read 5, written 3, present 1, conflicts 1, dead 0"
inline std::string in_words(const TableRun& run) {
  return "read " + std::to_string(run.rows_read) + ", written " + std::to_string(run.written) + ", present " +
         std::to_string(run.present) + ", conflicts " + std::to_string(run.conflicts) + ", dead " +
         std::to_string(run.dead_rows);
}

}  // namespace migrate::test
