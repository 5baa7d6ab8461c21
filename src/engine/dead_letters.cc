// Dead letters as lines of JSON: dead_letter_line(), read_letter_key(), DeadLetterFile.
#include "engine/dead_letters.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/digest.h"
#include "base/file.h"
#include "base/json.h"
#include "base/json_write.h"

namespace migrate {
namespace {

bool among(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Error file_error(const std::string& path) {
  return Error(ErrorKind::io, "cannot write the dead letters '" + path + "': " + std::strerror(errno));
}

}  // namespace

bool Masking::hides_column(std::string_view column) const { return among(columns, column); }
bool Masking::hides_attribute(std::string_view attribute) const { return among(attributes, attribute); }

std::string Masking::mask(std::string_view value) const {
  return "masked:" + DigestBuilder("mask", 1).text("salt", salt).text("value", value).finish().brief();
}

std::string dead_letter_line(const DeadLetter& letter, const Masking& masking) {
  JsonObject source_key, key;
  for (const auto& [column, value] : letter.source_key) {
    source_key.add(column, masking.hides_column(column) ? masking.mask(value) : value);
  }
  for (const auto& [attribute, value] : letter.key) {
    key.add(attribute, masking.hides_attribute(attribute) ? masking.mask(value) : value);
  }
  std::string reason = letter.reason;
  if (!letter.value.empty()) {
    const bool hidden = masking.hides_attribute(letter.attribute);
    reason += hidden ? " (" + masking.mask(letter.value) + ")" : ": '" + letter.value + "'";
  }
  return JsonObject()
             .add("table", letter.table)
             .add("entity", letter.entity)
             .raw("source_key", source_key.str())
             .raw("key", key.str())
             .add("attribute", letter.attribute)
             .add("code", dead_letter_code(letter.code))
             .add("reason", reason)
             .str() +
         "\n";
}

std::optional<LetterKey> read_letter_key(const std::string& line, const TableViews& views) {
  Diagnostics diagnostics;
  const auto document = parse_json({line, "a dead letter"}, diagnostics);
  if (!document) return std::nullopt;
  const JsonValue root = document->root();
  const auto code = root.find("code"), key = root.find("key");
  if (!code || !key) return std::nullopt;
  LetterKey letter{std::string(code->text()), {}, {}};
  if (const auto pk = key->find(views.pk)) letter.pk = pk->text();
  if (const auto sk = key->find(views.sk)) letter.sk = sk->text();
  return letter;
}

DeadLetterFile::DeadLetterFile(std::string path, std::FILE* file) : path_(std::move(path)), file_(file) {}

DeadLetterFile::DeadLetterFile(DeadLetterFile&& other) noexcept
    : path_(std::move(other.path_)), file_(std::exchange(other.file_, nullptr)) {}

DeadLetterFile::~DeadLetterFile() {
  if (file_ == nullptr) return;
  const bool empty = std::ftell(file_) == 0;
  std::fclose(file_);
  if (empty) ::unlink(unfinished(path_).c_str());
}

std::string DeadLetterFile::unfinished(const std::string& path) { return path + ".unfinished"; }

Result<DeadLetterFile> DeadLetterFile::create(const std::string& path) {
  CHECK_OK(make_folders(folder_of(path)));
  std::FILE* file = std::fopen(unfinished(path).c_str(), "we");
  if (file == nullptr) return file_error(path);
  return DeadLetterFile(path, file);
}

Result<void> DeadLetterFile::append(std::string_view lines) {
  if (std::fwrite(lines.data(), 1, lines.size(), file_) != lines.size()) return file_error(path_);
  return {};
}

Result<void> DeadLetterFile::finish() {
  std::FILE* file = std::exchange(file_, nullptr);
  const bool flushed = std::fflush(file) == 0 && ::fsync(::fileno(file)) == 0;
  const bool closed = std::fclose(file) == 0;
  if (!flushed || !closed || ::rename(unfinished(path_).c_str(), path_.c_str()) != 0) return file_error(path_);
  return {};
}

}  // namespace migrate
