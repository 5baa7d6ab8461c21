// What is wrong with a project file, and what each message says. Every line is `line:column message -> hint`.
#include "unit/contract/project_vocabulary.h"

namespace migrate {
namespace {

using BadProject = ProjectFile;

TEST_F(BadProject, IsYaml) {
  EXPECT_EQ(messages(""), "1:1 the project file is empty -> `migrate init` writes one from a live database\n");
  EXPECT_EQ(messages("- a\n- b\n"),
            "1:1 the project file is a list, not a map of keys and values -> it begins with 'version: 1'\n");
  EXPECT_EQ(messages("version: 1\nsource:\n\tdatabase: shop\n"),
            "3:1 a tab indents this line, which YAML does not allow -> use spaces\n");
  EXPECT_EQ(messages(GOOD + "---\nversion: 1\n"),
            "10:1 the file goes on after its end, as if it held several YAML documents -> keep one, without '---' "
            "lines; check the indentation\n");
  EXPECT_EQ(messages(GOOD + "name: x\n"),
            "10:1 the key 'name' is given twice, first in line 2 -> keep one of the two\n");
  EXPECT_EQ(messages("a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c "
                     "[*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e "
                     "[*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: &g "
                     "[*f,*f,*f,*f,*f,*f,*f,*f,*f,*f]\n"),
            "4:29 the file holds more than 10,000 values, aliases written out\n");
  EXPECT_EQ(messages(GOOD + "mask: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n"),
            "10:38 values are nested more than 32 deep here\n");
  EXPECT_EQ(messages("a: &a [*a]\n"), "1:8 an alias stands inside what it names\n");
  EXPECT_EQ(messages(GOOD + "mask: [a.b\n"), "11:1 the YAML cannot be read here: end of sequence flow not found\n");
  EXPECT_EQ(messages(GOOD + "check: sample: 5\n"),
            "10:14 the YAML cannot be read here: illegal map value -> one 'key: value' a line; a value that holds ': ' "
            "needs quotes; check the indentation\n");
  EXPECT_EQ(messages(GOOD + "views: {prefix: ${PREFIX_X:-v}, apply: never}\n"),
            "10:18 the YAML cannot be read here: end of map flow not found -> inside { } and [ ] a value with ${…} "
            "needs quotes: \"${NAME}\"\n");
}

TEST_F(BadProject, HasTheKeysItNeeds) {
  EXPECT_EQ(messages(GOOD + "limit: {connections: 2}\nfoo: 1\n"),
            "10:1 unknown key 'limit' -> did you mean 'limits'?\n"
            "11:1 unknown key 'foo' -> known here: version, name, contract, source, views, target, engine, limits, "
            "check, mask, tables, out, state\n");
  EXPECT_EQ(messages("version: 1\n"),
            "1:1 'name' is missing -> add 'name: …'\n"
            "1:1 'contract' is missing -> it names the file of the mapping\n"
            "1:1 'source' is missing -> it says which database to read\n"
            "1:1 'target' is missing -> it says where the tables are\n");
  EXPECT_EQ(messages(good_but("version: 1", "version: 2")),
            "1:10 this migrate reads version 1 of the project file -> use a newer migrate\n");
  EXPECT_EQ(messages(good_but("name: shop", "name: my shop")),
            "2:7 'name' has characters that names of jobs and metrics refuse, or more than 60 -> use letters, digits, "
            "'_' and '-'\n");
  EXPECT_EQ(messages(good_but("contract: contract.json", "contract: []")), "3:11 'contract' is an empty list\n");
  EXPECT_EQ(messages(good_but("contract: contract.json", "contract: [a.json, a.json, {x: 1}]")),
            "3:20 'contract' names the same file twice -> take one out\n"
            "3:28 'contract' holds something that is not a text\n");
}

TEST_F(BadProject, Source) {
  EXPECT_EQ(messages(good_but("  database: shop",
                              "  databse: shop\n  port: 99999\n  socket: /x\n  host: h\n  kind: postgresql\n  "
                              "time_zone: Berlin!\n  flavor: oracle")),
            "5:3 unknown key 'source.databse' -> did you mean 'database'?\n"
            "5:3 'source.database' is missing -> add 'database: …'\n"
            "6:9 'source.port' must be a whole number from 1 to 65,535\n"
            "6:9 'source.port' and 'source.socket' are both given -> keep the socket, or host and port\n"
            "8:9 'source.host' and 'source.socket' are both given -> keep the socket, or host and port\n"
            "9:9 'postgresql' is not in this version of migrate: it comes later -> use 'source.kind: mysql'\n"
            "10:14 'source.time_zone' is not a time zone -> write an offset from -13:59 to +14:00, such as \"+02:00\", "
            "or a name that the server knows, such as Europe/Berlin\n"
            "11:11 'source.flavor' has a value that is not known -> it is one of: mysql, mariadb\n");
  EXPECT_EQ(messages(good_but("target:", "  tls: {mode: verify, cert: c.pem}\ntarget:")),
            "7:15 'source.tls.mode' has a value that is not known -> it is one of: disabled, preferred, required, "
            "verify-ca, verify-identity\n"
            "7:29 'source.tls.cert' and 'source.tls.key' belong together -> give both, or none\n");
  EXPECT_EQ(messages(good_but("target:", "  tls: {mode: disabled, ca: c.pem}\n  time_zone: '+15:00'\ntarget:")),
            "7:29 'source.tls.ca' is given, but 'source.tls.mode' is disabled -> use mode verify-ca or "
            "verify-identity, or take the key out\n"
            "8:14 'source.time_zone' is not a time zone -> write an offset from -13:59 to +14:00, such as \"+02:00\", "
            "or a name that the server knows, such as Europe/Berlin\n");
  EXPECT_EQ(messages(good_but("target:", "  password: hunter2\n  password_file: x\n  pasword: hunter3\ntarget:")),
            "8:18 'source.password' and 'source.password_file' are both given -> keep one of them\n"
            "9:3 unknown key 'source.pasword' -> did you mean 'password'?\n");
  EXPECT_EQ(messages(good_but("target:", "  password_file: nosuch\ntarget:")),
            "7:18 'source.password_file': cannot open 'nosuch': No such file or directory\n");
  EXPECT_EQ(messages(good_but("target:", "  password_command: echo hunter2; echo hunter2 >&2; exit 3\ntarget:")),
            "7:21 the command of 'source.password_command' ended with exit code 3 -> run it by hand: it must print the "
            "password and nothing else\n");
  EXPECT_EQ(messages(good_but("target:", "  password: [hunter2]\ntarget:")),
            "7:13 'source.password' is not a single value\n");
  EXPECT_EQ(messages(good_but("target:", "  password_command: 'true'\ntarget:")),
            "7:21 the command of 'source.password_command' printed nothing -> run it by hand: it must print the "
            "password and nothing else\n");
}

TEST_F(BadProject, Variables) {
  EXPECT_EQ(
      messages(good_but("  user: reader", "  user: ${MIGRATE_NO_SUCH}\n  password: ${also no}\n  host: ${X")),
      "6:9 the variable MIGRATE_NO_SUCH is not set -> set it, or write ${MIGRATE_NO_SUCH:-default}\n"
      "7:13 'source.password' has a '${' that is not followed by the name of a variable -> write ${NAME} or "
      "${NAME:-default}\n"
      "8:9 'source.host' has a '${' that is never closed -> write ${NAME}, or $${ for the characters themselves\n");
}

TEST_F(BadProject, TargetAndEngine) {
  EXPECT_EQ(
      messages(good_but("  region: us-east-1",
                        "  region: us east\n  endpoint: localhost:8000\n  table_prefix: a/b\n  create_tables: yes")),
      "9:11 'target.region' is not the name of a region\n"
      "10:13 'target.endpoint' is not a URL -> it begins with http:// or https://\n"
      "11:17 'target.table_prefix' has characters that DynamoDB refuses -> use letters, digits, '_', '-' and '.'\n"
      "12:18 'target.create_tables' must be true or false\n");
  EXPECT_EQ(messages(good_but("  kind: dynamodb", "  kind: dynamo")),
            "8:9 'target.kind' has a value that is not known -> did you mean 'dynamodb'?\n");
  EXPECT_EQ(messages(GOOD + "engine: spark\n"),
            "10:9 'spark' is not in this version of migrate: it comes later -> use 'engine: native'\n");
  EXPECT_EQ(messages(GOOD + "engine: {kind: glue, role: x}\n"),
            "10:16 'glue' is not in this version of migrate: it comes later -> use 'engine.kind: native'\n");
  EXPECT_EQ(messages(GOOD + "engine: natve\n"),
            "10:9 'engine' has a value that is not known -> did you mean 'native'?\n");
  EXPECT_EQ(messages(GOOD + "engine: {kind: native, workers: 3}\n"),
            "10:33 'engine.workers' is for engine glue, and the engine is native -> take the key out\n");
}

TEST_F(BadProject, LimitsAndTheRest) {
  EXPECT_EQ(messages(GOOD +
                     "limits: {connections: 0, write_rate: fast, memory_mb: 1.5, snapshot_minutes: -1, deletes: 10}\n"),
            "10:23 'limits.connections' must be a whole number from 1 to 64\n"
            "10:38 'limits.write_rate' must be a number from 1 to 10,000,000\n"
            "10:55 'limits.memory_mb' must be a whole number from 32 to 1,000,000\n"
            "10:78 'limits.snapshot_minutes' must be a number from 1 to 1,440\n"
            "10:91 'limits.deletes' is a share of a table's items such as 10%, or unlimited -> write 'deletes: 10%'\n");
  EXPECT_EQ(messages(GOOD + "limits: {deletes: 101%}\n"),
            "10:19 'limits.deletes' is a share of a table's items such as 10%, or unlimited -> write 'deletes: 10%'\n");
  EXPECT_EQ(messages(GOOD + "limits: {deletes: unlimited}\ntables: {Orders: {deletes: propagate}}\n"), "");
  EXPECT_EQ(messages(GOOD + "limits: {deletes: 0.5%}\n"), "");
  EXPECT_EQ(
      messages(GOOD + "tables: {Orders: {deletes: propagate, write: overwrite}}\n"),
      "10:28 'tables.Orders.deletes: propagate' does not go with 'write: overwrite' -> overwriting keeps no record "
      "of what was written: take one of the two out\n");
  EXPECT_EQ(messages(GOOD + "check: {sample: 0}\nmask: [email]\n"),
            "10:17 'check.sample' must be a whole number from 1 to 1,000,000,000\n"
            "11:8 'mask' names columns as table.column -> write customers.email\n");
  EXPECT_EQ(messages(GOOD + "check: sample\nmask: x.y\n"),
            "10:8 'check' does not say how many items to sample -> write {sample: 1000}\n"
            "11:7 'mask' is a single value, not a list\n");
  EXPECT_EQ(messages(GOOD + "check: ful\n"), "10:8 'check' has a value that is not known -> did you mean 'full'?\n");
  EXPECT_EQ(messages(GOOD + "out: x\nstate: x\n"),
            "11:8 'out' and 'state' are one folder -> people look into 'out' and may empty it; the state must stay\n");
  EXPECT_EQ(messages(GOOD + "limits:\nout:\n"),
            "10:1 'limits' is empty, not a map of keys and values -> give it a value, or take the key out\n"
            "11:1 'out' is empty, not a single value -> give it a value, or take the key out\n");
  EXPECT_EQ(messages(GOOD + "views: {prefix: '', apply: maybe, security: x}\n"),
            "10:17 'views.prefix' is empty -> give it a value, or take the key out\n"
            "10:28 'views.apply' has a value that is not known -> it is one of: auto, never\n"
            "10:45 'views.security' has a value that is not known -> it is one of: invoker, definer\n");
}

TEST_F(BadProject, Tables) {
  EXPECT_EQ(messages(GOOD + "tables:\n  Orders:\n    wher: x\n    write: overwrite\n    on_conflict: keep\n    "
                            "deletes: yes\n    data_version: watermark\n    zero_dates: nil\n    soft_deletes: "
                            "exclud\n    billing: {read: 5}\n    warm_throughput: 5\n    pitr: maybe\n    tags: "
                            "{aws:x: y}\n    where: ''\n    entities: {U: x}\n  Users:\n  List: [a]\n"),
            "12:5 unknown key 'tables.Orders.wher' -> did you mean 'where'?\n"
            "14:18 'tables.Orders.on_conflict' has no meaning beside 'write: overwrite' -> overwriting looks at no "
            "item: take one of the two out\n"
            "15:14 'tables.Orders.deletes' has a value that is not known -> it is one of: propagate, keep\n"
            "16:19 'tables.Orders.data_version' does not name the watermark's column -> write {watermark: updated_at}\n"
            "17:17 'tables.Orders.zero_dates' has a value that is not known -> it is one of: dead, null, text\n"
            "18:19 'tables.Orders.soft_deletes' has a value that is not known -> did you mean 'exclude'?\n"
            "19:14 'tables.Orders.billing.write' is missing -> give both, read and write\n"
            "20:22 'tables.Orders.warm_throughput' is a single value, not a map of keys and values\n"
            "21:11 'tables.Orders.pitr' must be true or false\n"
            "22:12 'tables.Orders.tags.aws:x' is not a tag that AWS takes -> keys have 128 characters at most and do "
            "not begin with 'aws:', values have 256 at most\n"
            "23:12 'tables.Orders.where' is empty -> give it a value, or take the key out\n"
            "24:19 'tables.Orders.entities.U' is a single value, not a map of keys and values\n"
            "26:9 'tables.List' is a list, not a map of keys and values\n");
}

TEST_F(BadProject, IsShownWithLineCaretAndHint) {
  EXPECT_EQ(problems(good_but("kind: dynamodb", "kind: dynamo")),
            "migrate.yaml:8:9: error: 'target.kind' has a value that is not known\n"
            "      kind: dynamo\n"
            "            ^\n"
            "  hint: did you mean 'dynamodb'?\n");
}

// The fuzzer found it: yaml-cpp's LoadAll() gives empty documents for ever, and takes all memory.
TEST_F(BadProject, BeginsWithAComma) {
  EXPECT_EQ(
      messages(",a: b\n"),
      "1:1 the file goes on after its end, as if it held several YAML documents -> keep one, without '---' lines; "
      "check the indentation\n");
}

TEST_F(BadProject, IsUtf8) {
  EXPECT_EQ(messages(good_but("shop", "sh\xFFp")).substr(0, 26), "2:9 byte 0xff is not UTF-8");
}

TEST_F(BadProject, IsThere) {
  Diagnostics diagnostics;
  EXPECT_FALSE(read_project(folder_ + "/nothing.yaml", diagnostics));
  EXPECT_EQ(replace_all(describe(diagnostics), folder_, "F"),
            "error: the project file cannot be read: cannot open 'F/nothing.yaml': No such file or directory\n"
            "  hint: `migrate init` writes one from a live database; -f FILE names another\n");
}

// Whatever is wrong in a line that holds a password, the message shows neither the line nor what a command printed.
TEST_F(BadProject, ShowsNoPassword) {
  for (const char* line : {"password: [hunter2]", "pasword: hunter2", "paswsord: hunter2",
                           "password: hunter2\n  password_file: x", "password: ${NO hunter2}", "password: \"hunter2",
                           "tls: hunter2 password", "password_command: echo hunter2; echo hunter2 >&2; false"}) {
    EXPECT_EQ(problems(good_but("user: reader", "user: reader\n  " + std::string(line))).find("hunter2"),
              std::string::npos)
        << line;
  }
}

TEST_F(ProjectFile, ExpandsVariables) {
  setenv("MIGRATE_TEST_A", "a b", 1);
  setenv("MIGRATE_TEST_EMPTY", "", 1);
  Project p = project(good_but(
      "user: reader", "user: \"<${MIGRATE_TEST_A}|${MIGRATE_TEST_EMPTY:-d}|${MIGRATE_NO_SUCH:-}|$${x}|$$|$1>\""));
  EXPECT_EQ(p.source.user, "<a b|d||${x}|$$|$1>");
}

TEST_F(ProjectFile, AsksACommandForThePassword) {
  Project p = project(good_but("user: reader", "user: reader\n  password_command: printf 'a b\\n\\n'"));
  EXPECT_EQ(p.source.password.reveal(), "a b\n");
}

}  // namespace
}  // namespace migrate
