// Files are replaced whole, whoever writes them at the same time.
#include "base/file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <thread>
#include <vector>

namespace migrate {
namespace {

std::string fresh_folder() {
  const std::string folder = testing::TempDir() + "file_test." + std::to_string(::getpid());
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder;
}

// A build once failed with "cannot replace 'out/views.sql'": two targets wrote it through one temporary name, and the
// second found its file renamed away.
TEST(WriteFile, by_several_threads_leaves_one_of_their_contents_whole_and_no_other_file) {
  const std::string folder = fresh_folder();
  const std::string path = folder + "/views.sql";
  std::vector<std::string> errors(4);
  std::vector<std::thread> writers;
  for (size_t writer = 0; writer < errors.size(); ++writer) {
    writers.emplace_back([&, writer] {
      const std::string content(100000, static_cast<char>('a' + writer));
      for (int round = 0; round < 50 && errors[writer].empty(); ++round)
        if (auto written = write_file(path, content); !written) errors[writer] = written.error().message;
    });
  }
  for (std::thread& writer : writers) writer.join();
  for (const std::string& error : errors) EXPECT_EQ(error, "");

  auto content = read_file(path);
  ASSERT_TRUE(content);
  EXPECT_EQ(*content, std::string(100000, content->at(0)));
  size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder)) ++files;
  EXPECT_EQ(files, 1u);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace migrate
