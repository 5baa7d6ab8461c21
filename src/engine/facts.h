// Adding up what happened, for reports.
#pragma once

#include "engine/chunks.h"
#include "engine/native.h"
#include "engine/reader.h"

namespace migrate {

// Keeps the first lines of each code.
void add_samples(TableRun& facts, const std::string& lines);
void add_tally(TableRun& facts, const ChunkTally& tally);
void add_reader(TableRun& facts, const ReaderFacts& reader, const NativeJob& job);

}  // namespace migrate
