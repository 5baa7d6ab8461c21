// Dead letters as people and programs read them: one JSON object a line in out/dead-letters/<table>.jsonl.
//   {"table":…,"entity":…,"source_key":{…},"key":{…},"attribute":…,"code":…,"reason":…}
#pragma once

#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/item.h"

namespace migrate {

// What is never shown as it is: a salted digest stands in its place, so that equal values can be told from others.
struct Masking {
  std::vector<std::string> columns;     // source columns of the row key
  std::vector<std::string> attributes;  // of the target table
  std::string salt;
  bool hides_any() const { return !columns.empty() || !attributes.empty(); }
  bool hides_column(std::string_view column) const;
  bool hides_attribute(std::string_view attribute) const;
  std::string mask(std::string_view value) const;  // "masked:1f3870be27"
};

// One line, with the newline.
std::string dead_letter_line(const DeadLetter& letter, const Masking& masking);

// What tells whose a line is: its code, and the texts of the target's key, "" where it has none. Nothing when the line
// was cut, or is none of ours.
struct LetterKey {
  std::string code, pk, sk;
};
std::optional<LetterKey> read_letter_key(const std::string& line, const TableViews& views);

// The file of one run. Its lines stand in `<path>.unfinished`, which takes the place of the file of the last whole run
// with finish(). A run that fails, or is killed, leaves them there (no table's file is called so: those end in .jsonl);
// the next run starts it afresh, from the records of the chunks that are finished.
class DeadLetterFile {
 public:
  static Result<DeadLetterFile> create(const std::string& path);
  static std::string unfinished(const std::string& path);
  DeadLetterFile(DeadLetterFile&& other) noexcept;
  DeadLetterFile& operator=(DeadLetterFile&&) = delete;
  ~DeadLetterFile();  // removes what is unfinished when it is empty
  Result<void> append(std::string_view lines);
  Result<void> finish();

 private:
  DeadLetterFile(std::string path, std::FILE* file);
  std::string path_;
  std::FILE* file_;
};

}  // namespace migrate
