// A file's bytes in memory: see image.h.
#include "cache/image.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

namespace migrate {

std::optional<FileImage> FileImage::read(const std::string& path) {
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  FileImage image;
  struct stat status {};
  if (::fstat(fd, &status) == 0 && status.st_size > 0) {
    auto size = static_cast<size_t>(status.st_size);
    void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory != MAP_FAILED) {
      image.data_ = static_cast<unsigned char*>(memory);
      image.size_ = size;
    }
  }
  size_t got = 0;
  while (got < image.size_) {
    ssize_t n = ::pread(fd, image.data_ + got, image.size_ - got, static_cast<off_t>(got));
    if (n <= 0) break;
    got += static_cast<size_t>(n);
  }
  ::close(fd);
  if (image.data_ == nullptr || got != image.size_) return std::nullopt;
  return image;
}

FileImage::FileImage(FileImage&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

FileImage& FileImage::operator=(FileImage&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

FileImage::~FileImage() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

}  // namespace migrate
