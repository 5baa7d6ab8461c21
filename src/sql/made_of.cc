// made_of(): see made_of.h. The tree of the view is asked, not the contract's text: it has resolved every name.
#include "sql/made_of.h"

#include "base/text.h"

namespace migrate {
namespace {

// The SELECTs around an expression, innermost first: an alias means the table of the first that has it.
struct Around {
  const SelectTree& select;
  const Around* outer;
};

struct Found {
  const TableRef* table;
  const Around* in;
};

Found table_called(const std::string& alias, const Around* around) {
  for (; around != nullptr; around = around->outer) {
    if (around->select.from && around->select.from->alias == alias) return {&*around->select.from, around};
    for (const LeftJoin& join : around->select.joins) {
      if (join.table.alias == alias) return {&join.table, around};
    }
  }
  return {nullptr, nullptr};
}

class Search {
 public:
  Search(std::string_view table, std::string_view column) : table_(table), column_(column) {}

  bool in(const Expr& value, const Around* around) const {
    if (value.kind == ExprKind::column) return is_meant(value, around);
    for (const ExprPtr& arg : value.args) {
      if (in(*arg, around)) return true;
    }
    if (value.select == nullptr) return false;
    const Around inside{*value.select, around};
    for (const SelectColumn& column : value.select->columns) {
      if (in(*column.value, &inside)) return true;
    }
    return false;
  }

 private:
  bool is_meant(const Expr& name, const Around* around) const {
    const Found found = table_called(name.qualifier, around);
    if (found.table == nullptr) return equal_ignoring_case(name.text, column_);
    if (found.table->select == nullptr)
      return equal_ignoring_case(found.table->table, table_) && equal_ignoring_case(name.text, column_);
    const Around inside{*found.table->select, found.in};
    for (const SelectColumn& column : found.table->select->columns) {
      if (column.name == name.text && in(*column.value, &inside)) return true;
    }
    return false;
  }

  std::string_view table_, column_;
};

}  // namespace

bool made_of(const SelectTree& select, const Expr& value, std::string_view table, std::string_view column) {
  const Around outermost{select, nullptr};
  return Search(table, column).in(value, &outermost);
}

}  // namespace migrate
