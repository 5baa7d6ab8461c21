// A file that is written or read piece by piece; base/file.h has files that are read and written whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace migrate {

// Closed by its destructor. Errors of all functions: io, naming the path and what the system said.
class OpenFile {
 public:
  static Result<OpenFile> read_only(const std::string& path);
  // To be written from the start; what was there goes. Its owner alone can read it: it holds keys, and items.
  static Result<OpenFile> anew(const std::string& path);
  // To be written and read again, with no name from the start, so that nothing stays behind when the process is killed.
  // The folder is made.
  static Result<OpenFile> unnamed(const std::string& folder);

  OpenFile(OpenFile&& other) noexcept;
  OpenFile& operator=(OpenFile&& other) noexcept;
  ~OpenFile();

  Result<void> append(std::string_view bytes);
  // As many as there are: fewer than `size` only at the end of the file.
  Result<size_t> read(uint64_t offset, char* into, size_t size) const;
  Result<uint64_t> size() const;
  Result<void> sync();

 private:
  OpenFile(int fd, std::string path, bool temporary) : fd_(fd), path_(std::move(path)), temporary_(temporary) {}
  Error failed(const char* doing) const;
  int fd_;
  std::string path_;  // of an unnamed file: its folder
  bool temporary_;
};

// Makes the names in `folder` as lasting as the files that they name: a rename alone may not outlive a power cut.
Result<void> sync_folder(const std::string& folder);

}  // namespace migrate
