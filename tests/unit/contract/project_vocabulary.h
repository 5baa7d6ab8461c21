// The vocabulary of the project file's tests: a text in, the settings or the described problems out.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "base/text.h"
#include "contract/project.h"

namespace migrate {

// Each test has a folder of its own, in which the project file is `migrate.yaml`.
class ProjectFile : public testing::Test {
 protected:
  ProjectFile() {
    char name[] = "/tmp/migrate-project-XXXXXX";
    folder_ = mkdtemp(name);
  }
  ~ProjectFile() override { std::filesystem::remove_all(folder_); }

  void file(const std::string& name, std::string_view content) {
    std::ofstream(folder_ + "/" + name, std::ios::binary) << content;  // not write_file: it syncs
  }

  std::optional<Project> read(const std::string& text, Diagnostics& diagnostics) {
    file("migrate.yaml", text);
    return read_project(folder_ + "/migrate.yaml", diagnostics);
  }

  // The settings, which must be right.
  Project project(const std::string& text) {
    Diagnostics diagnostics;
    auto read_one = read(text, diagnostics);
    EXPECT_TRUE(read_one) << describe(diagnostics);
    return read_one ? *read_one : Project{};
  }

  // Every problem as people see it, with the folder left out of the paths.
  std::string problems(const std::string& text) {
    Diagnostics diagnostics;
    auto read_one = read(text, diagnostics);
    EXPECT_EQ(read_one.has_value(), !diagnostics.has_errors());
    return replace_all(describe(diagnostics), folder_ + "/", "");
  }

  // "line:column message -> hint", a line each.
  std::string messages(const std::string& text) {
    Diagnostics diagnostics;
    auto read_one = read(text, diagnostics);
    EXPECT_EQ(read_one.has_value(), !diagnostics.has_errors());
    std::string out;
    for (const Error& e : diagnostics.list) {
      out += std::to_string(e.place.line) + ":" + std::to_string(e.place.column) + " " + e.message +
             (e.hint.empty() ? "" : " -> " + e.hint) + "\n";
    }
    return replace_all(out, folder_ + "/", "");
  }

  std::string folder_;
};

// A right project file of nine lines; tests append to it or put a line in the place of another.
inline const std::string GOOD = R"(version: 1
name: shop
contract: contract.json
source:
  database: shop
  user: reader
target:
  kind: dynamodb
  region: us-east-1
)";

inline std::string good_but(std::string_view from, std::string_view to) { return replace_all(GOOD, from, to); }

}  // namespace migrate
