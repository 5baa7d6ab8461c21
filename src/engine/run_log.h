// What a run leaves in the log's file: a line for each request, each retry and each finished chunk. Items are told by
// their chunk, "entity:number", never by what they hold.
#pragma once

#include "cloud/aws.h"
#include "engine/chunks.h"
#include "engine/native.h"

namespace migrate {

struct WriteRequest;

void log_request(const NativeJob& job, const WriteRequest& request, const AwsOutcome& outcome);
void log_retry(const NativeJob& job, const WriteRequest& request, const AwsOutcome& cause, double wait_seconds);
void log_chunk(const NativeJob& job, const ChunkAttempt& chunk);
// Of the source: lost, refused.
void log_lost(const TableViews& views, const Error& error, uint64_t failures);

}  // namespace migrate
