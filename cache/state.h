// What a Cache holds; for the files of this folder only.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "cache/cache.h"
#include "cache/checksum.h"
#include "cache/sqlite.h"

namespace migrate {

struct Cache::State {
  std::mutex mutex;  // one connection; its statements and transactions are not to be mixed
  // None for a cache that is missing and was opened to read: it is empty.
  std::optional<Database> db;
  bool may_write = false;
  bool always_synced = false;  // every commit is: on a file system that several machines share
  // The plan whose chunks each target has: chunks of other plans are looked for once, not with each chunk.
  std::map<std::string, Digest, std::less<>> chunk_plans;

  // Runs `work` in a transaction, which is rolled back when it fails.
  template <class Work>
  Result<void> transaction(Work work) {
    std::lock_guard lock(mutex);
    CHECK_OK(writable());
    CHECK_OK(db->begin());
    Result<void> result = work(*db);
    if (result) result = db->commit();
    if (!result) db->rollback();
    return result;
  }
  Result<void> writable() const {
    if (may_write) return {};
    return Error(ErrorKind::internal, "a cache that was opened to read was asked to write");
  }
};

// Whether the file is on a file system that several machines share. WAL keeps an index in shared memory, which exists
// on one machine only: https://sqlite.org/wal.html
bool network_file_system(long statfs_magic);

}  // namespace migrate
