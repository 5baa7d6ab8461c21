// Files piece by piece: see open_file.h.
#include "engine/open_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/file.h"

namespace migrate {
namespace {

constexpr const char* more_room = "make room there, or set `state:` to a folder on a larger disk";
constexpr const char* more_room_or_memory =
    "make room there, or set `state:` to a folder on a larger disk; a larger `limits.memory_mb` spills less";

Error failed_to(const char* doing, const std::string& path, bool temporary) {
  const int cause = errno;
  const std::string what = temporary ? "a temporary file in '" + path + "'" : "'" + path + "'";
  const bool full = cause == ENOSPC || cause == EDQUOT || cause == EFBIG;
  return Error(ErrorKind::io, std::string("cannot ") + doing + " " + what + ": " + std::strerror(cause),
               !full       ? ""
               : temporary ? more_room_or_memory
                           : more_room);
}

}  // namespace

OpenFile::OpenFile(OpenFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)), temporary_(other.temporary_) {}

OpenFile& OpenFile::operator=(OpenFile&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  std::swap(temporary_, other.temporary_);
  return *this;
}

OpenFile::~OpenFile() {
  if (fd_ >= 0) ::close(fd_);
}

Error OpenFile::failed(const char* doing) const { return failed_to(doing, path_, temporary_); }

Result<OpenFile> OpenFile::read_only(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return failed_to("open", path, false);
  return OpenFile(fd, path, false);
}

Result<OpenFile> OpenFile::anew(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return failed_to("create", path, false);
  return OpenFile(fd, path, false);
}

Result<OpenFile> OpenFile::unnamed(const std::string& folder) {
  CHECK_OK(make_folders(folder));
  std::string path = folder + "/sort-XXXXXX";
  const int fd = ::mkostemp(path.data(), O_CLOEXEC);
  if (fd < 0) return failed_to("make", folder, true);
  ::unlink(path.c_str());
  return OpenFile(fd, folder, true);
}

Result<void> OpenFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed("write");
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return {};
}

Result<size_t> OpenFile::read(uint64_t offset, char* into, size_t size) const {
  size_t done = 0;
  while (done < size) {
    const ssize_t n = ::pread(fd_, into + done, size - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed("read");
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  return done;
}

Result<uint64_t> OpenFile::size() const {
  struct stat status {};
  if (::fstat(fd_, &status) != 0) return failed("read");
  return static_cast<uint64_t>(status.st_size);
}

Result<void> OpenFile::sync() {
  if (::fsync(fd_) != 0) return failed("sync");
  return {};
}

Result<void> sync_folder(const std::string& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return failed_to("open", folder, false);
  const int synced = ::fsync(fd);
  const int cause = errno;
  ::close(fd);
  errno = cause;
  // Some file systems (SMB, FUSE) have no sync of a folder: their names last or not, there is nothing more to be done.
  if (synced != 0 && cause != EINVAL && cause != ENOTSUP) return failed_to("sync", folder, false);
  return {};
}

}  // namespace migrate
