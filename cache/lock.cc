// The lock on the state folder: see lock.h. `.migrate/lock` holds one JSON object that says who has it; the lock itself
// is the kernel's, on the open file, so what the file says is only believed while somebody holds it.
#include "cache/lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

#include "base/file.h"
#include "base/json_write.h"
#include "base/text.h"

namespace migrate {
namespace {

std::string host_name() {
  char name[256] = {};
  ::gethostname(name, sizeof name - 1);
  return name;
}

std::string utc_now() {
  std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

// {"pid":1,"host":"a","since":"…"} → "pid 1 on a since …". The file is ours and flat; whatever else it holds is shown
// as it is.
std::string holder(int fd) {
  char buffer[512];
  ssize_t n = ::pread(fd, buffer, sizeof buffer, 0);
  std::string said(buffer, n > 0 ? static_cast<size_t>(n) : 0);
  auto field = [&](const std::string& name) {
    size_t at = said.find('"' + name + "\":");
    if (at == std::string::npos) return std::string("?");
    at += name.size() + 3;
    size_t end = said.find_first_of(",}", at);
    return replace_all(said.substr(at, end - at), "\"", "");
  };
  if (said.empty()) return "a process that has not written its name yet";
  return printable("pid " + field("pid") + " on " + field("host") + " since " + field("since"));
}

Result<void> sign(int fd, const std::string& path) {
  std::string text = JsonObject()
                         .add("pid", static_cast<long long>(::getpid()))
                         .add("host", host_name())
                         .add("since", utc_now())
                         .str() +
                     "\n";
  if (::ftruncate(fd, 0) == 0 && ::pwrite(fd, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size())) {
    return {};
  }
  return Error(ErrorKind::cache_io, "cannot write '" + path + "': " + std::strerror(errno));
}

}  // namespace

Result<StateLock> StateLock::take(const std::string& folder) {
  if (auto made = make_folders(folder); !made) {
    return Error(ErrorKind::cache_io, made.error().message,
                 "make the folder, or set `state:` to one that can be made and written");
  }
  std::string path = folder + "/lock";
  int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0) {
    return Error(ErrorKind::cache_io, "cannot open '" + path + "': " + std::strerror(errno),
                 "give the user that runs migrate write rights to the state folder, or set `state:` to another");
  }
  StateLock lock(fd);
  // flock is on the open file, not on the process: two locks in one process exclude each other too, and Linux carries
  // it over NFS (flock(2)).
  while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) {
      return Error(ErrorKind::cache_io, "cannot lock '" + path + "': " + std::strerror(errno),
                   "set `state:` to a folder on a file system that has locks");
    }
    return Error(ErrorKind::locked, "the state folder '" + folder + "' is in use by " + holder(fd),
                 "wait for that process to end, or stop it: its lock dies with it");
  }
  CHECK_OK(sign(fd, path));
  return lock;
}

StateLock::StateLock(StateLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

StateLock& StateLock::operator=(StateLock&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

StateLock::~StateLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace migrate
