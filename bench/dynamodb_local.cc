// One load of ITEMS items into a fresh table of a DynamoDB at ENDPOINT, by the engine or by a bare client that only
// posts the same requests, prepared before the clock starts. Prints seconds. bench/dynamodb_local.sh compares them in
// turns. Usage: bench_dynamodb_local ENDPOINT put-if-absent|overwrite engine|bare ITEMS
#include <cstdlib>
#include <cstring>

#include "bench/load.h"

namespace migrate {
namespace {

int fail(const Error& error) {
  std::fputs((describe(error) + "\n").c_str(), stderr);
  return 1;
}

int run(const std::string& endpoint, WriteMode write, bool engine, uint64_t items) {
  TargetSettings target;
  target.endpoint = endpoint;
  target.region = "us-east-1";
  auto service = open_dynamodb(target);
  if (!service) return fail(service.error());
  const std::string table = "bench_" + std::to_string(::getpid());
  NativeJob job = bench::job_into(table);
  job.write = write;
  auto client = connect_dynamodb(*service, job.tuning.connections);
  if (auto created = bench::create_table(*client, table); !created) return fail(created.error());

  double seconds = 0;
  auto timed = [&](auto work) {
    const auto began = std::chrono::steady_clock::now();
    work();
    seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  };
  if (engine) {
    bench::Rows rows(items);
    NativeHooks hooks;
    Result<TableRun> result = TableRun();
    timed([&] { result = run_native(job, rows, *client, hooks); });
    ::unlink(job.dead_letters.c_str());
    if (!result) return fail(result.error());
    if (result->written != items) return fail(Error(ErrorKind::internal, "not every item was written"));
  } else {
    const std::vector<AwsRequest> requests = bench::prepared(table, items, write);
    uint64_t failed = 0;
    timed([&] { failed = bench::post_all(endpoint, requests, 1, job.tuning.connections); });
    if (failed > 0) return fail(Error(ErrorKind::internal, std::to_string(failed) + " requests failed"));
  }
  if (auto dropped = bench::drop_table(*client, table); !dropped) return fail(dropped.error());
  std::printf("%.3f\n", seconds);
  return 0;
}

}  // namespace
}  // namespace migrate

int main(int argc, char** argv) {
  if (argc != 5) return std::fputs("usage: ENDPOINT put-if-absent|overwrite engine|bare ITEMS\n", stderr), 2;
  const auto write =
      std::strcmp(argv[2], "overwrite") == 0 ? migrate::WriteMode::overwrite : migrate::WriteMode::put_if_absent;
  return migrate::run(argv[1], write, std::strcmp(argv[3], "engine") == 0, std::strtoull(argv[4], nullptr, 10));
}
