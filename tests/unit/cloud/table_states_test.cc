// Tables in states that DynamoDB Local never shows: being made, deleted, archived; indexes that take their time.
#include <gmock/gmock.h>

#include <ctime>

#include "base/log.h"
#include "base/text.h"
#include "cloud/table.h"
#include "unit/cloud/support.h"

namespace migrate::test {
namespace {

std::string described(const std::string& status, const std::string& more = "") {
  return R"({"Table":{"TableName":"Users","TableStatus":")" + status +
         R"(","TableArn":"arn:T","TableId":"1","AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"},)"
         R"({"AttributeName":"email","AttributeType":"S"}],"KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],)"
         R"("BillingModeSummary":{"BillingMode":"PAY_PER_REQUEST"})" +
         more + "}}";
}
std::string index(const std::string& status) {
  return R"(,"GlobalSecondaryIndexes":[{"IndexName":"by_email","IndexStatus":")" + status +
         R"(","KeySchema":[{"AttributeName":"email","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}])";
}
const char* gone = "gone";

struct States : testing::Test {
  // What DescribeTable says, one after the other; the last for ever.
  std::vector<std::string> states;
  size_t next = 0;
  std::vector<std::string> operations;         // other than DescribeTable
  std::map<std::string, HttpOutcome> refused;  // once
  std::map<std::string, std::string> answers;  // from then on; empty: ResourceInUse
  std::string noted;
  FakeNetwork network;
  std::shared_ptr<AwsService> service = std::make_shared<AwsService>();
  WaitOptions options;
  double waited = 0;
  std::vector<std::string> said;
  TableSpec spec;

  void SetUp() override {
    spec.name = "Users";
    spec.pk = {"id", 'S'};
    network.server = [this](const HttpRequest& request) {
      std::string operation = header_of(request, "x-amz-target");
      operation.erase(0, operation.find('.') + 1);
      if (operation == "DescribeTable") {
        const std::string& state = states.at(std::min(next++, states.size() - 1));
        return state == gone ? answer(400, R"({"__type":"ResourceNotFoundException"})") : answer(200, state);
      }
      operations.push_back(operation);
      auto refusal = refused.find(operation);
      if (refusal == refused.end()) return later(operation);
      HttpOutcome out = refusal->second;
      refused.erase(refusal);
      return out;
    };
    service->target_prefix = "DynamoDB_20120810";
    service->endpoint = {"https://ddb", "the region's own", "us-east-1", "AWS_REGION", true};
    CredentialsContext context;
    context.config = *load_aws_config("", env_of({{"AWS_ACCESS_KEY_ID", "a"}, {"AWS_SECRET_ACCESS_KEY", "b"}}));
    context.now = [] { return 1e9; };
    service->credentials = std::make_shared<CredentialsProvider>(context);
    options.policy.sleep = [this](double seconds) { waited += seconds; };
    options.say = [this](const std::string& line) { said.push_back(line); };
  }
  HttpOutcome later(const std::string& operation) {
    auto told = answers.find(operation);
    if (told == answers.end()) return answer(200, "{}");
    return told->second.empty() ? answer(400, R"({"__type":"ResourceInUseException"})") : answer(200, told->second);
  }
  void note(const std::string& what) { noted += (noted.empty() ? "" : "; ") + what; }
  // "created", "found", or the error; what was said, and what was noted of a creation.
  std::string ensured(TableRights rights = {}) {
    AwsClient client(service, std::make_unique<FakeHttpClient>(network));
    noted.clear();
    CreationLog log;
    log.asking = [&](const CreationWindow& w) {
      note("asking");
      EXPECT_LT(w.from, w.until);
      EXPECT_EQ(CreationWindow::parse(w.str())->str(), w.str());
      return Result<void>();
    };
    log.accepted = [&](const TableDescription& t) {
      note("accepted " + t.name);
      return Result<void>();
    };
    log.refused = [&] {
      note("refused");
      return Result<void>();
    };
    auto out = ensure_table(client, spec, rights, options, log);
    return out ? (out->created ? "created" : "found") : describe(out.error());
  }
  std::string deleted() {
    AwsClient client(service, std::make_unique<FakeHttpClient>(network));
    auto out = delete_table(client, "Users", options);
    return out ? "deleted" : describe(out.error());
  }
};

std::string created(int seconds_from_now) {
  return ",\"CreationDateTime\":" + std::to_string(time(nullptr) + seconds_from_now) + ".5";
}

TEST_F(States, CreatingIsWaitedFor) {
  states = {described("CREATING"), described("CREATING"), described("ACTIVE")};
  EXPECT_EQ(ensured(), "found");
  EXPECT_THAT(said, testing::ElementsAre("waiting for table 'Users': CREATING"));
  EXPECT_THAT(operations, testing::IsEmpty());
}

TEST_F(States, CreatingForEverEndsAndSaysSo) {
  states = {described("CREATING")};
  options.at_most_seconds = 60;
  EXPECT_THAT(ensured(),
              testing::MatchesRegex("error: table 'Users' is still CREATING after .*\n.*wait until it is ACTIVE .*\n"));
  EXPECT_LT(waited, 70);
}

TEST_F(States, DeletingIsWaitedForAndThenMadeAnew) {
  states = {described("DELETING"), described("DELETING"), gone, described("CREATING"), described("ACTIVE")};
  EXPECT_EQ(ensured(), "created");
  EXPECT_THAT(operations, testing::ElementsAre("CreateTable"));
}

TEST_F(States, DeletingIsNotMadeAnewUnasked) {
  states = {described("DELETING"), gone};
  TableRights look_only;
  look_only.create = false;
  EXPECT_THAT(ensured(look_only),
              testing::StartsWith("error: table 'Users' is not at us-east-1 (AWS_REGION), https://ddb"));
  EXPECT_THAT(operations, testing::IsEmpty());
}

// Another order is no other table: nothing that depends on it is made again.
TEST_F(States, IndexesComeInTheOrderOfTheirNames) {
  states = {
      described("ACTIVE", R"(,"GlobalSecondaryIndexes":[{"IndexName":"z"},{"IndexName":"a"},{"IndexName":"k"}])")};
  AwsClient client(service, std::make_unique<FakeHttpClient>(network));
  const auto table = describe_table(client, "Users");
  ASSERT_TRUE(table && *table);
  std::vector<std::string> names;
  for (const auto& i : (*table)->indexes) names.push_back(i.name);
  EXPECT_THAT(names, testing::ElementsAre("a", "k", "z"));
}

TEST_F(States, ArchivedIsAnError) {
  states = {described("ARCHIVED")};
  EXPECT_EQ(
      ensured(),
      "error: table 'Users' is ARCHIVED\n  hint: DynamoDB archived the table because its KMS key could not be used "
      "for days: restore it from its backup, or delete it and let migrate make it anew\n");
}

TEST_F(States, SomebodyElsesCreationIsNotOurs) {
  states = {gone, described("CREATING"), described("ACTIVE")};
  refused["CreateTable"] = answer(400, R"({"__type":"ResourceInUseException"})");
  EXPECT_EQ(ensured(), "found");
}

TEST_F(States, TooManyCreationsAreWaitedFor) {
  states = {gone, gone, described("ACTIVE")};
  refused["CreateTable"] = answer(400, R"({"__type":"LimitExceededException"})");
  EXPECT_EQ(ensured(), "created");
  EXPECT_THAT(operations, testing::ElementsAre("CreateTable", "CreateTable"));
}

TEST_F(States, ACreationIsNotedAsSoonAsItIsAccepted) {
  options.at_most_seconds = 5;
  answers["CreateTable"] = replace_all(described("CREATING"), "\"Table\":", "\"TableDescription\":");
  states = {gone, described("CREATING")};
  EXPECT_THAT(ensured(), testing::HasSubstr("is still CREATING"));
  EXPECT_EQ(noted, "asking; accepted Users");
}

TEST_F(States, ACreationWhoseAnswerWasLostIsOurs) {
  states = {gone, described("CREATING", created(0)), described("ACTIVE", created(0))};
  refused["CreateTable"] = no_answer(true);
  answers["CreateTable"] = "";
  EXPECT_EQ(ensured(), "created");
  EXPECT_EQ(noted, "asking; asking; accepted Users");
}

TEST_F(States, ACreationOfLongAgoIsNotOurs) {
  states = {gone, described("ACTIVE", created(-3600))};
  refused["CreateTable"] = no_answer(true);
  answers["CreateTable"] = "";
  EXPECT_EQ(ensured(), "found");
  EXPECT_EQ(noted, "asking; asking; refused");
}

TEST_F(States, ACreationThatIsDeniedIsNoted) {
  states = {gone};
  refused["CreateTable"] = answer(400, R"({"__type":"AccessDeniedException"})");
  EXPECT_THAT(ensured(), testing::HasSubstr("AccessDenied"));
  EXPECT_EQ(noted, "asking; refused");
}

// As every other request: each attempt in the request log, and pauses that many processes do not make together.
TEST_F(States, EveryAttemptAtACreationIsLogged) {
  TempFolder folder;
  LogOptions logging;
  logging.folder = folder.path();
  start_log(logging);
  states = {gone, described("ACTIVE")};
  refused["CreateTable"] = answer(500, R"({"__type":"InternalServerError"})", {{"x-amzn-requestid", "R1"}});
  EXPECT_EQ(ensured(), "created");
  stop_log();
  const std::string log = *read_file(folder.path() + "/migrate.log");
  const std::string line = R"("message":"request","doing":"CreateTable of 'Users'","attempt":)";
  EXPECT_THAT(log,
              testing::HasSubstr(line + R"(1,"operation":"CreateTable","status":500,"request_id":"R1","latency_ms")"));
  EXPECT_THAT(log, testing::HasSubstr(line + R"(2,"operation":"CreateTable","status":200)"));
  EXPECT_LT(waited, options.policy.base_seconds);
}

TEST_F(States, ADeletionWhoseAnswerWasLostIsWaitedFor) {
  states = {described("ACTIVE"), described("DELETING"), described("DELETING"), gone};
  refused["DeleteTable"] = no_answer(true);
  answers["DeleteTable"] = "";
  EXPECT_EQ(deleted(), "deleted");
  states = {described("ACTIVE"), described("UPDATING")};
  next = 0;
  EXPECT_THAT(deleted(), testing::HasSubstr("ResourceInUse")) << "it is only being changed";
}

TEST_F(States, AnUpdatingTableCanBeUsed) {
  states = {described("UPDATING")};
  EXPECT_EQ(ensured(), "found");
}

TEST_F(States, ANewIndexIsWaitedFor) {
  IndexSpec wanted;
  wanted.name = "by_email";
  wanted.pk = {"email", 'S'};
  spec.indexes = {wanted};
  states = {described("ACTIVE"), described("ACTIVE"), described("UPDATING", index("CREATING")),
            described("ACTIVE", index("CREATING")), described("ACTIVE", index("ACTIVE"))};
  EXPECT_EQ(ensured(), "found");
  EXPECT_THAT(operations, testing::ElementsAre("UpdateTable"));
  EXPECT_EQ(said.back(), "waiting for table 'Users': index 'by_email' is CREATING");
}

TEST_F(States, WaitingCanBeInterrupted) {
  states = {described("CREATING")};
  int asked = 0;
  options.policy.cancelled = [&] { return ++asked > 20; };
  EXPECT_THAT(ensured(), testing::HasSubstr("interrupted"));
}

TEST_F(States, AnAnswerThatIsNoTableIsAnError) {
  states = {"{}"};
  EXPECT_EQ(ensured(),
            "error: a table's description has no name, status or key\n"
            "  hint: the endpoint does not answer as DynamoDB does: check `target.endpoint`\n");
}

}  // namespace
}  // namespace migrate::test
