// Tables in states that DynamoDB Local never shows: being made, deleted, archived; indexes that take their time.
#include <gmock/gmock.h>

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
  std::vector<std::string> operations;  // other than DescribeTable
  std::map<std::string, HttpOutcome> refused;
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
      if (refusal == refused.end()) return answer(200, "{}");
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
  // "created", "found", or the error; and what was said.
  std::string ensured(TableRights rights = {}) {
    AwsClient client(service, std::make_unique<FakeHttpClient>(network));
    auto out = ensure_table(client, spec, rights, options);
    return out ? (out->created ? "created" : "found") : describe(out.error());
  }
};

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
