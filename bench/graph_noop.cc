// A plan that finds nothing to do, offline, against ninja's no-op on as many edges.
//   graph_noop compare [N…]      both in one run, alternately; prints the best of 15 and the ratio
//   graph_noop fill N FOLDER     makes the cache of N targets that are up to date
//   graph_noop plan N FOLDER     one such plan, as a process of its own; GRAPH_NOOP_TIMES=1 says where its time goes
// The graph is shaped like migrate's own: for each table eight targets, the schema and data of the table it joins among
// their needs. ninja gets the same edges, with outputs that exist and a log that fits, so that it too has everything to
// check and nothing to do.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "cache/cache.h"
#include "graph/build.h"
#include "graph/graph.h"
#include "graph/plan.h"

namespace migrate {
namespace {

using Clock = std::chrono::steady_clock;

class NoopRule : public Rule {
 public:
  NoopRule(std::string kind, bool pure) : kind_(std::move(kind)), pure_(pure), setting_(digest_of("setting", kind_)) {}
  std::string_view kind() const override { return kind_; }
  int version() const override { return 1; }
  bool pure() const override { return pure_; }
  std::vector<Leaf> leaves(const std::string& name) override {
    return {{"text", digest_of("text", name), {}}, {"setting", setting_, {}}};
  }
  Result<Observation> observe(const std::string& name, const Record*) override {
    return Observation::seen(digest_of("seen", name), "as it was left");
  }
  Result<Made> make(const std::string& name, MakeContext&) override {
    Made made;
    made.output = digest_of("output", name);
    made.observation = Observation::seen(digest_of("seen", name), "as it was left");
    made.facts = "{\"items\": 1234, \"bytes\": 567890}";
    return made;
  }
  Result<void> remove(const std::string&, MakeContext&) override { return {}; }

 private:
  std::string kind_;
  bool pure_;
  Digest setting_;  // of the project file: the same for all targets of a kind
};

struct Edge {
  std::string id;
  NoopRule* rule;
  std::vector<std::string> needs;
};

std::vector<Edge> edges(size_t n) {
  static NoopRule schema("schema", true), data("data", true), mapping("mapping", true), sql("view-sql", true),
      view("view", false), table("table", false), run("run", false), check("check", false);
  std::vector<Edge> list;
  for (size_t t = 0; list.size() < n; ++t) {
    std::string name = "Table" + std::to_string(t), other = "Table" + std::to_string(t / 2);
    list.push_back({"schema:" + name, &schema, {}});
    list.push_back({"data:" + name, &data, {}});
    list.push_back({"mapping:" + name, &mapping, {}});
    std::vector<std::string> schemas{"mapping:" + name, "schema:" + name},
        reads{"view:" + name, "table:" + name, "data:" + name};
    if (other != name) {
      schemas.push_back("schema:" + other);
      reads.push_back("data:" + other);
    }
    list.push_back({"view-sql:" + name, &sql, schemas});
    list.push_back({"view:" + name, &view, {"view-sql:" + name}});
    list.push_back({"table:" + name, &table, {"mapping:" + name}});
    list.push_back({"run:" + name, &run, reads});
    list.push_back({"check:" + name, &check, {"run:" + name}});
  }
  list.resize(n);
  return list;
}

// Exits with what is wrong: this is a program to measure with.
void must(bool holds, const std::string& what) {
  if (holds) return;
  std::fprintf(stderr, "graph_noop: %s\n", what.c_str());
  std::_Exit(1);
}

void make_graph(Graph& graph, size_t n) {
  for (Edge& edge : edges(n)) graph.add(std::move(edge.id), edge.rule, std::move(edge.needs));
  Diagnostics diagnostics;
  graph.finish(diagnostics);
  must(!diagnostics.has_errors(), describe(diagnostics));
}

void fill_cache(size_t n, const std::string& folder) {
  auto cache = Cache::open(folder, "bench");
  must(cache.ok(), cache ? "" : describe(cache.error()));
  Graph graph;
  make_graph(graph, n);
  PlanOptions look;
  look.threads = 1;
  auto plan = scan_and_plan(graph, *(*cache)->records(), look);
  must(plan.ok(), "no plan");
  BuildOptions options;
  options.threads = 1;
  options.run = "2026-01-01T00:00:00Z-1";
  auto summary = build(*plan, **cache, options);
  must(summary && summary->ok(), "no build");
}

int plan_offline(size_t n, const std::string& folder) {
  bool verbose = std::getenv("GRAPH_NOOP_TIMES") != nullptr;
  auto at = Clock::now();
  auto lap = [&](const char* what) {
    auto now = Clock::now();
    struct rusage used {};
    ::getrusage(RUSAGE_SELF, &used);
    if (verbose) {
      std::printf("%-8s %7.2f ms, %ld page faults so far\n", what,
                  std::chrono::duration<double, std::milli>(now - at).count(), used.ru_minflt);
    }
    at = Clock::now();
  };
  auto cache = Cache::open_read_only(folder, "bench");
  must(cache.ok(), cache ? "" : describe(cache.error()));
  lap("open");
  auto records = (*cache)->records();
  must(records.ok(), records ? "" : describe(records.error()));
  lap("records");
  Graph graph;
  make_graph(graph, n);
  lap("graph");
  PlanOptions options;
  options.offline = true;
  auto plan = scan_and_plan(graph, std::move(*records), options);
  must(plan && plan->counts.clean == n && !plan->changes(), "there is something to do");
  lap("scan");
  std::fflush(stdout);
  std::_Exit(0);
}

// As ninja's log has it; https://github.com/ninja-build/ninja/blob/v1.11.1/src/build_log.cc
uint64_t murmur_hash_64a(std::string_view key) {
  constexpr uint64_t m = 0xc6a4a7935bd1e995ULL;
  constexpr int r = 47;
  uint64_t h = 0xdecafbaddecafbadULL ^ (key.size() * m);
  size_t whole = key.size() / 8 * 8;
  for (size_t i = 0; i < whole; i += 8) {
    uint64_t k;
    std::memcpy(&k, key.data() + i, 8);
    k *= m;
    k ^= k >> r;
    k *= m;
    h ^= k;
    h *= m;
  }
  for (size_t i = key.size(); i > whole; --i)
    h ^= uint64_t{static_cast<unsigned char>(key[i - 1])} << (8 * (i - 1 - whole));
  if (key.size() > whole) h *= m;
  h ^= h >> r;
  h *= m;
  h ^= h >> r;
  return h;
}

void write_ninja(size_t n, const std::string& folder) {
  std::filesystem::create_directories(folder);
  auto file_of = [](const std::string& id) {
    std::string file = id;
    std::replace(file.begin(), file.end(), ':', '/');
    return file;
  };
  struct timespec when[2] = {{1700000000, 0}, {1700000000, 0}};
  std::string build = "rule r\n  command = make-one $out\n", log = "# ninja log v5\n";
  for (const Edge& edge : edges(n)) {
    std::string file = file_of(edge.id);
    std::filesystem::create_directories(folder + "/" + folder_of(file));
    int fd = ::open((folder + "/" + file).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    must(fd >= 0 && ::futimens(fd, when) == 0, "cannot write " + file);
    ::close(fd);
    build += "build " + file + ": r";
    for (const std::string& need : edge.needs) build += " " + file_of(need);
    build += "\n";
    char line[400];
    std::snprintf(line, sizeof line, "0\t1\t1700000000000000000\t%s\t%llx\n", file.c_str(),
                  static_cast<unsigned long long>(murmur_hash_64a("make-one " + file)));
    log += line;
  }
  must(write_file(folder + "/build.ninja", build).ok() && write_file(folder + "/.ninja_log", log).ok(),
       "cannot write build.ninja");
}

struct Took {
  double wall = 0;
  double processor = 0;  // user and system, which other programs on the machine disturb less
};

Took took(const std::vector<std::string>& command) {
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  auto begun = Clock::now();
  int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);  // ninja says that there is nothing to do
  pid_t child = ::fork();
  if (child == 0) {
    ::dup2(nowhere, 1);
    ::execvp(argv[0], argv.data());
    ::_exit(127);
  }
  int status = 0;
  struct rusage used {};
  ::wait4(child, &status, 0, &used);
  ::close(nowhere);
  Took result;
  result.wall = std::chrono::duration<double>(Clock::now() - begun).count();
  for (const timeval& time : {used.ru_utime, used.ru_stime}) {
    result.processor += static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  }
  must(WIFEXITED(status) && WEXITSTATUS(status) == 0, command[0] + " failed, or had something to do");
  return result;
}

double best(std::vector<Took> runs, double Took::*what) {
  return (*std::min_element(runs.begin(), runs.end(),
                            [&](const Took& a, const Took& b) { return a.*what < b.*what; })).*
         what;
}

void compare(size_t n, const std::string& self) {
  std::string folder = (std::filesystem::temp_directory_path() / "graph-noop-XXXXXX").string();
  must(::mkdtemp(folder.data()) != nullptr, "cannot make a folder");
  write_ninja(n, folder + "/ninja");
  fill_cache(n, folder + "/state");
  std::vector<std::string> ninja{"ninja", "--quiet", "-C", folder + "/ninja"};
  std::vector<std::string> ours{self, "plan", std::to_string(n), folder + "/state"};
  took(ninja);
  took(ours);
  std::vector<Took> theirs, mine;
  for (int i = 0; i < 15; ++i) {
    theirs.push_back(took(ninja));
    mine.push_back(took(ours));
  }
  std::printf("%7zu targets", n);
  for (auto [name, what] : {std::pair("wall", &Took::wall), std::pair("processor", &Took::processor)}) {
    double a = best(theirs, what) * 1e3, b = best(mine, what) * 1e3;
    std::printf("   %s: ninja %.1f ms, plan --offline %.1f ms, ratio %.2f", name, a, b, b / a);
  }
  std::printf("\n");
  std::fflush(stdout);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace migrate

int main(int argc, char** argv) {
  std::string what = argc > 1 ? argv[1] : "compare";
  if (what == "plan" && argc == 4) return migrate::plan_offline(std::strtoull(argv[2], nullptr, 10), argv[3]);
  if (what == "fill" && argc == 4) {
    migrate::fill_cache(std::strtoull(argv[2], nullptr, 10), argv[3]);
    return 0;
  }
  if (what != "compare") {
    std::fprintf(stderr, "usage: graph_noop compare [N…] | graph_noop fill|plan N FOLDER\n");
    return 1;
  }
  std::vector<size_t> sizes;
  for (int i = 2; i < argc; ++i) sizes.push_back(std::strtoull(argv[i], nullptr, 10));
  if (sizes.empty()) sizes = {1000, 10000, 100000};
  for (size_t n : sizes) migrate::compare(n, std::filesystem::canonical("/proc/self/exe").string());
}
