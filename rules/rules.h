// One rule for each kind of target; each lives in the file of its name. chain.cc says how they hang together.
#pragma once

#include <memory>

#include "graph/rule.h"
#include "rules/world.h"

namespace migrate {

std::unique_ptr<Rule> mapping_rule(World& world);   // mapping:T       what the contract and the settings say of T
std::unique_ptr<Rule> schema_rule(World& world);    // schema:S        columns, keys and foreign keys of S, as observed
std::unique_ptr<Rule> view_sql_rule(World& world);  // view-sql:T      the statements of T's views
std::unique_ptr<Rule> views_file_rule(World& world);  // file:views.sql  all of them, for people
std::unique_ptr<Rule> view_rule(World& world);        // view:T          T's views as the server has them
std::unique_ptr<Rule> table_rule(World& world);       // table:T         the DynamoDB table and its indexes
std::unique_ptr<Rule> data_rule(World& world);        // data:S          the data version of S, as observed
std::unique_ptr<Rule> run_rule(World& world);         // run:T           rows became items
std::unique_ptr<Rule> check_rule(World& world);       // check:T         source and target compared
std::unique_ptr<Rule> report_rule(World& world);      // report:html     out/report

}  // namespace migrate
