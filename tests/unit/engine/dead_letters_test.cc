// Dead letters are read again: by the check that leaves their keys out, by the build that closes conflicts.
#include "engine/dead_letters.h"

#include <gtest/gtest.h>

#include <cstdio>

#include "base/file.h"
#include "engine/check_work.h"

namespace migrate::test {
namespace {

// The keys of refused rows, as a check knows them from the file.
std::vector<Digest> refused_keys(const TableViews& views, const DeadLetter& letter) {
  const std::string path = testing::TempDir() + "/dead-letters-" + std::to_string(getpid()) + ".jsonl";
  EXPECT_TRUE(write_file(path, dead_letter_line(letter, {})));
  CheckJob job;
  job.views = views;
  job.dead_letters = path;
  std::vector<Digest> found;
  std::vector<std::string> notes;
  auto read = checking::read_known(job, notes, [&](checking::Kind, const Digest& key) -> Result<void> {
    found.push_back(key);
    return {};
  });
  EXPECT_TRUE(read) << describe(read.error());
  std::remove(path.c_str());
  return found;
}

// Binary keys and texts with a tab or an escape were looked for as they are shown: a refused row counted as missing.
TEST(DeadLetters, tell_whose_they_are_whatever_the_key_holds) {
  TableViews views;
  views.table = "T";
  views.pk = "id";
  views.sk = "at";
  views.pk_type = AttributeType::B;
  views.sk_type = AttributeType::S;
  EntityView entity;
  entity.columns = {{.name = "id", .type = AttributeType::B, .key = true}, {.name = "at", .key = true}};
  views.entities = {entity};
  const std::string binary("\xff\x00\x01", 3), text = "a\tb\x1b[1m";
  const RowView row = {binary, text, std::nullopt, std::nullopt};
  DeadLetter letter;
  letter.table = "T";
  letter.code = DeadLetterCode::refused;
  letter.key = ItemMaker(views, views.entities[0]).target_key(row);
  const std::string key = canonical_key(AttributeType::B, binary, &views.sk_type, text);
  EXPECT_EQ(refused_keys(views, letter), std::vector<Digest>{checking::key_digest(key)});
}

}  // namespace
}  // namespace migrate::test
