// Entries of `mask` that name nothing in the source.
#include "contract/check_mask.h"

#include "project_vocabulary.h"

namespace migrate::test {
namespace {

class Mask : public ProjectFile {
 protected:
  Mask() {
    for (const char* table : {"customers", "Orders"}) {
      SourceTable t;
      t.name = table;
      for (const char* column : {"id", "email", "name"}) {
        t.columns.emplace_back();
        t.columns.back().name = column;
      }
      schema_.tables.push_back(std::move(t));
    }
  }
  std::string checked(const std::string& mask) {
    Diagnostics diagnostics;
    check_mask(project(GOOD + "mask: " + mask + "\n"), schema_, diagnostics);
    std::string out;
    for (const Error& e : diagnostics.list) {
      out += std::to_string(e.place.line) + ":" + std::to_string(e.place.column) + " " + e.message + " -> " + e.hint +
             "\n";
    }
    return out;
  }
  Schema schema_;
};

TEST_F(Mask, NamesColumnsInAnyCase) { EXPECT_EQ(checked("[customers.email, orders.NAME]"), ""); }

TEST_F(Mask, NamesThatAreNoneAreErrorsAllInOneGo) {
  EXPECT_EQ(
      checked("[customers.emial, customers.email, costumers.name, orders.xyzzy]"),
      "10:8 'mask' names 'customers.emial', and the table has no column 'emial' -> did you mean 'customers.email'?\n"
      "10:42 'mask' names 'costumers.name', and the source has no table 'costumers' -> did you mean 'customers.name'?\n"
      "10:58 'mask' names 'orders.xyzzy', and the table has no column 'xyzzy' -> name columns as table.column: an "
      "entry that names none hides nothing\n");
}

}  // namespace
}  // namespace migrate::test
