// Opening a cache, or refusing it. Public entries: Cache::open, Cache::open_read_only.
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/file.h"
#include "base/text.h"
#include "cache/image.h"
#include "cache/schema.h"
#include "cache/state.h"

namespace migrate {
namespace {

std::string cache_path(const std::string& folder) { return folder + "/cache.db"; }

bool read_at_start(const std::string& path, unsigned char* bytes, size_t n) {
  std::FILE* file = std::fopen(path.c_str(), "rbe");
  if (file == nullptr) return false;
  size_t got = std::fread(bytes, 1, n, file);
  std::fclose(file);
  return got == n;
}

uint64_t size_of(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? static_cast<uint64_t>(status.st_size) : 0;
}

// SQLite takes an empty file for a new database and reads the missing end of a last page as zeros. A cache is made
// whole under another name, so neither is ever the trace of a killed process. Header:
// https://sqlite.org/fileformat2.html#the_database_header
Result<void> look_whole(const std::string& path) {
  constexpr size_t kHeader = 100;
  unsigned char header[kHeader];
  uint64_t size = size_of(path);
  if (size < kHeader) return corrupt_cache(path, "it has only " + plural(size, "byte"));
  if (!read_at_start(path, header, kHeader)) {
    return Error(ErrorKind::cache_io, "cannot read the cache '" + path + "': " + std::strerror(errno),
                 "give the user that runs migrate read and write rights to the file");
  }
  if (std::memcmp(header, "SQLite format 3", 16) != 0) return corrupt_cache(path, "it is not an SQLite file");
  uint64_t page = static_cast<uint64_t>(header[16]) << 8 | header[17];
  if (page == 1) page = 65536;
  if (page < 512 || size % page != 0) {
    // A process that was killed, or had no more room, while it moved pages from the log may leave half a page: the log
    // has it whole.
    if (size_of(path + "-wal") == 0) return corrupt_cache(path, "it is cut off within a page");
  }
  return {};
}

Result<void> check_project(Database& db, const std::string& project) {
  TRY(get, db.prepare("SELECT value FROM meta WHERE key = 'project'"));
  TRY(found, get.step());
  if (!found) return corrupt_cache(db.path(), "its meta table names no project");
  if (get.bytes_at(0) == project) return {};
  return Error(ErrorKind::cache_project,
               "the cache '" + db.path() + "' belongs to the project '" + printable(get.bytes_at(0)) +
                   "', and this is '" + printable(project) + "'",
               "set `state:` to a folder of its own; if the project was only renamed or moved, move '" + db.path() +
                   "' away and build again: what is right in the world is recognised by comparing");
}

Error not_writable(const std::string& folder) {
  return Error(ErrorKind::cache_io, "the state folder '" + folder + "' cannot be written: " + std::strerror(errno),
               "give the user that runs migrate write rights to it, or set `state:` to a folder that can be written");
}

// Made under another name and renamed: cache.db is whole whenever it exists.
Result<void> create(const std::string& folder, const std::string& project) {
  std::string path = cache_path(folder), fresh = path + ".new";
  for (const char* tail : {"", "-journal", "-wal", "-shm"}) ::unlink((fresh + tail).c_str());
  {
    TRY(db, Database::open(fresh, Database::Access::create));
    CHECK_OK(db.run("PRAGMA page_size = 4096; PRAGMA synchronous = FULL"));
    CHECK_OK(bring_forward(db, schema_steps()));
    TRY(put, db.prepare("INSERT INTO meta (key, value) VALUES ('project', ?)"));
    CHECK_OK(put.text(project).done());
  }
  // A log whose database was moved away would be played into the new one: it goes aside, for whoever moved the other.
  for (const char* tail : {"-journal", "-wal", "-shm"}) {
    if (file_exists(path + tail)) std::rename((path + tail).c_str(), (path + tail + ".stray").c_str());
  }
  if (std::rename(fresh.c_str(), path.c_str()) != 0) return not_writable(folder);
  return {};
}

bool on_shared_file_system(const std::string& folder) {
  struct statfs status {};
  return ::statfs(folder.c_str(), &status) == 0 && network_file_system(static_cast<long>(status.f_type));
}

Result<void> set_journal_mode(Database& db, bool shared) {
  // With a log, NORMAL loses nothing when a process is killed; begin_journal alone asks for more.
  if (shared) return db.run("PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL");
  return db.run("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
}

// Where the log is empty, as it is unless somebody builds or was killed, the file alone is the cache, and is read
// whole: SQLite would make the log and its index anew, which takes longer than reading and cannot be done in a folder
// that may not be written. Should a builder begin meanwhile, its log or its change of the file shows.
Result<Database> open_to_read(const std::string& path) {
  std::string log = path + "-wal", journal = path + "-journal";
  struct stat before {
  }, after{};
  if (size_of(log) == 0 && !file_exists(journal) && ::stat(path.c_str(), &before) == 0) {
    if (auto image = FileImage::read(path)) {
      bool same = ::stat(path.c_str(), &after) == 0 && before.st_ino == after.st_ino &&
                  before.st_size == after.st_size && before.st_mtim.tv_sec == after.st_mtim.tv_sec &&
                  before.st_mtim.tv_nsec == after.st_mtim.tv_nsec &&
                  image->size() == static_cast<size_t>(before.st_size);
      if (same && size_of(log) == 0) return Database::open_image(path, std::move(*image));
    }
  }
  return Database::open(path, Database::Access::read_only);
}

// An older cache is brought forward in memory: reading changes no file.
Result<Database> newest_schema(Database db) {
  TRY(version, schema_version(db));
  if (version == schema_steps().back().to) return db;
  if (version == 0) return corrupt_cache(db.path(), "it has no tables");
  TRY(copy, Database::open(db.path(), Database::Access::memory));
  CHECK_OK(copy.copy_from(db));
  CHECK_OK(bring_forward(copy, schema_steps()));
  CHECK_OK(copy.run("PRAGMA query_only = 1"));
  return copy;
}

}  // namespace

bool network_file_system(long statfs_magic) {
  // From statfs(2) and linux/magic.h: NFS, SMB, CIFS, SMB2, AFS, Coda, 9P, FUSE (sshfs, many cloud mounts), Ceph, GFS2,
  // Lustre, OCFS2, GPFS.
  constexpr unsigned kShared[] = {0x6969,     0x517b,     0xff534d42, 0xfe534d42, 0x5346414f, 0x73757245, 0x01021997,
                                  0x65735546, 0x00c36400, 0x01161970, 0x0bd00bd0, 0x7461636f, 0x47504653};
  return std::find(std::begin(kShared), std::end(kShared), static_cast<unsigned>(statfs_magic)) != std::end(kShared);
}

Cache::Cache() : state_(std::make_unique<State>()) {}
Cache::~Cache() = default;

Result<std::unique_ptr<Cache>> Cache::open(const std::string& folder, const std::string& project) {
  if (auto made = make_folders(folder); !made) {
    return Error(ErrorKind::cache_io, made.error().message,
                 "make the folder, or set `state:` to one that can be made and written");
  }
  std::string path = cache_path(folder);
  if (::access(folder.c_str(), W_OK | X_OK) != 0) return not_writable(folder);
  if (!file_exists(path)) CHECK_OK(create(folder, project));
  CHECK_OK(look_whole(path));
  TRY(db, Database::open(path, Database::Access::read_write));
  TRY(version, schema_version(db));
  if (version == 0) return corrupt_cache(path, "it has no tables");
  if (db.read_only()) {
    return Error(ErrorKind::cache_io, "the cache '" + path + "' cannot be written",
                 "give the user that runs migrate write rights to the file");
  }
  if (version <= schema_steps().back().to) CHECK_OK(check_project(db, project));
  CHECK_OK(bring_forward(db, schema_steps()));
  const bool shared = on_shared_file_system(folder);
  CHECK_OK(set_journal_mode(db, shared));
  // What a record no longer says is gone from the file too: it may be of a column that has been masked since.
  CHECK_OK(db.run("PRAGMA secure_delete = ON"));
  std::unique_ptr<Cache> cache(new Cache);
  cache->state_->db.emplace(std::move(db));
  cache->state_->may_write = true;
  cache->state_->always_synced = shared;
  return cache;
}

Result<std::unique_ptr<Cache>> Cache::open_read_only(const std::string& folder, const std::string& project) {
  std::unique_ptr<Cache> cache(new Cache);
  std::string path = cache_path(folder);
  if (!file_exists(path)) return cache;
  CHECK_OK(look_whole(path));
  TRY(opened, open_to_read(path));
  TRY(db, newest_schema(std::move(opened)));
  CHECK_OK(check_project(db, project));
  cache->state_->db.emplace(std::move(db));
  return cache;
}

}  // namespace migrate
