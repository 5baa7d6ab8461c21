// A project in a scratch folder, over a scratch database and tables of its own in DynamoDB, and the program run on it.
//
//   Project shop(db);
//   shop.contract = R"(...)";
//   EXPECT_EQ(shop.migrate("build").code, 0);
//   EXPECT_EQ(shop.items("Users"), "id=1 name='Ada'\n");
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "support/servers.h"

namespace migrate {
class AwsClient;
}

namespace migrate::test {

struct Ran {
  int code = 0;  // 128 + signal when one ended it
  std::string out, err;
  double seconds = 0;
  bool says(const std::string& text) const { return out.find(text) != out.npos || err.find(text) != err.npos; }
  std::string all() const { return "exit code " + std::to_string(code) + "\n" + out + err; }
};

class Project {
 public:
  explicit Project(const ScratchDatabase& db);
  ~Project();  // its tables go, and its folder
  Project(const Project&) = delete;
  Project& operator=(const Project&) = delete;

  std::string contract;                                       // contract.json
  std::map<std::string, std::string> source, target, limits;  // what migrate.yaml says; change what the test is about
  std::string more;                                           // further lines of migrate.yaml
  std::map<std::string, std::string> env;                     // of the program; AWS credentials are set
  uid_t user = 0;                                             // whom root becomes to run the program; 0: stays root
  std::string prefix;                                         // of its tables, ends with '-'

  Ran migrate(const std::string& arguments);  // "build -k run:Users"; stdin is empty

  // Runs beside the test.
  class Running {
   public:
    Running(pid_t pid, std::string folder);
    ~Running();  // ends what still runs
    Running(Running&&) noexcept;
    pid_t pid() const { return pid_; }
    void signal(int number) const;
    bool runs() const;  // false once it has ended
    Ran wait();

   private:
    pid_t pid_;
    std::string folder_;  // of its output
    double began_;
  };
  Running start(const std::string& arguments);

  // All items of a table, sorted, as `name=value` sorted by name: id='1' n=2 list=[1, 'a'] map={k: true}.
  std::string items(const std::string& table);
  size_t count(const std::string& table);
  void put(const std::string& table, const std::string& attribute_map);
  void request(const std::string& operation, const std::string& body);  // any other; {"TableName": …} is yours to say
  bool has_table(const std::string& table);

  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  std::string file(const std::string& name) const;  // its text; "" when there is none
  // The name ("folder/…") of the one file in a folder that ends so; throws where there is none, or more.
  std::string only_file(const std::string& folder, const std::string& ending) const;
  void write(const std::string& name, const std::string& text) const;
  void remove(const std::string& name) const;  // a file, or a folder with all in it
  // Every file below the folder that holds the text: there to find passwords. Not those below `except`.
  std::string files_with(const std::string& text, const std::string& except = "") const;

 private:
  void write_project() const;
  AwsClient& client();

  std::string folder_;
  int runs_ = 0;
  std::unique_ptr<AwsClient> client_;
};

}  // namespace migrate::test
