// A file's bytes in memory that the kernel gave at once: most of the time of reading a cache of many records would else
// go into touching its pages one by one.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace migrate {

class FileImage {
 public:
  // Nothing where the file cannot be read whole.
  static std::optional<FileImage> read(const std::string& path);
  FileImage() = default;
  FileImage(FileImage&& other) noexcept;
  FileImage& operator=(FileImage&& other) noexcept;
  ~FileImage();

  unsigned char* data() { return data_; }
  size_t size() const { return size_; }

 private:
  unsigned char* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace migrate
