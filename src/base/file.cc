// Files, whole: see file.h.
#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace migrate {
namespace {

Error io_error(const std::string& what, const std::string& path) {
  return Error(ErrorKind::io, what + " '" + path + "': " + std::strerror(errno));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

Result<void> write_all(int fd, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    ssize_t n = ::write(fd, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return io_error("cannot write", path);
    content.remove_prefix(static_cast<size_t>(n));
  }
  return {};
}

}  // namespace

Result<std::string> read_file(const std::string& path, uint64_t limit) {
  Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) return io_error("cannot open", path);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return io_error("cannot read", path);
  if (S_ISDIR(status.st_mode)) return Error(ErrorKind::io, "'" + path + "' is a folder, not a file");
  if (static_cast<uint64_t>(status.st_size) > limit) {
    return Error(ErrorKind::io, "'" + path + "' has " + std::to_string(status.st_size) +
                                    " bytes, more than the limit of " + std::to_string(limit));
  }
  std::string content;
  char buffer[65536];
  for (;;) {
    ssize_t n = ::read(fd.get(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return io_error("cannot read", path);
    if (n == 0) return content;
    content.append(buffer, static_cast<size_t>(n));
    if (content.size() > limit)
      return Error(ErrorKind::io, "'" + path + "' is longer than the limit of " + std::to_string(limit) + " bytes");
  }
}

Result<void> write_file(const std::string& path, std::string_view content) {
  // A name per call, not per process: two targets may write one file at once, and each must rename what it wrote
  // itself.
  static std::atomic<unsigned> calls = 0;
  std::string beside = path + ".tmp." + std::to_string(::getpid()) + "." + std::to_string(++calls);
  Descriptor fd(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (fd.get() < 0) return io_error("cannot create", beside);
  auto fail = [&](Error error) {
    ::unlink(beside.c_str());
    return error;
  };
  if (auto written = write_all(fd.get(), content, beside); !written) return fail(written.error());
  if (::fsync(fd.get()) != 0) return fail(io_error("cannot sync", beside));
  if (::close(fd.release()) != 0) return fail(io_error("cannot close", beside));
  if (::rename(beside.c_str(), path.c_str()) != 0) return fail(io_error("cannot replace", path));
  return {};
}

Result<void> make_folders(const std::string& path) {
  std::error_code code;
  std::filesystem::create_directories(path, code);
  if (code) return Error(ErrorKind::io, "cannot create the folder '" + path + "': " + code.message());
  return {};
}

bool file_exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

std::string resolve_path(const std::string& folder, const std::string& path) {
  if (path.empty() || path.front() == '/' || folder.empty() || folder == ".") return path;
  return folder + "/" + path;
}

std::string folder_of(const std::string& path) {
  size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace migrate
