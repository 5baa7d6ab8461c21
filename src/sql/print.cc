// Trees as SQL text: print() of print.h.
#include "sql/print.h"

#include "base/text.h"

namespace migrate {
namespace {

bool plain_ascii(std::string_view text) {
  for (char c : text) {
    if (c < 0x20 || c == 0x7F || c == '\\') return false;  // bytes above 0x7F are negative
  }
  return true;
}

// What needs no parentheses as an operand.
bool atomic(const Expr& e) {
  switch (e.kind) {
    case ExprKind::number:
      return e.text.empty() || e.text[0] != '-';
    case ExprKind::infix:
    case ExprKind::prefix:
    case ExprKind::postfix:
    case ExprKind::between:
    case ExprKind::in_list:
    case ExprKind::like:
    case ExprKind::collate:
      return false;
    default:
      return true;
  }
}

bool comparison(const Expr& e) {
  if (e.kind == ExprKind::postfix || e.kind == ExprKind::in_list || e.kind == ExprKind::like) return true;
  if (e.kind != ExprKind::infix) return false;
  const std::string& t = e.text;
  return t == "=" || t == "<" || t == ">" || t == "<=" || t == ">=" || t == "<>" || t == "<=>";
}

class Printer {
 public:
  Printer(Flavor flavor, int indent, Indexes indexes) : flavor_(flavor), indent_(indent), indexes_(indexes) {}

  std::string out;

  void expr(const Expr& e);
  void select(const SelectTree& s);

 private:
  void line() {
    out += '\n';
    out.append(static_cast<size_t>(indent_), ' ');
  }
  void operand(const Expr& e, bool bare) {
    if (bare) return expr(e);
    out += '(';
    expr(e);
    out += ')';
  }
  void operand(const Expr& e) { operand(e, atomic(e)); }
  void list(const std::vector<ExprPtr>& args, size_t from = 0) {
    for (size_t i = from; i < args.size(); ++i) {
      if (i > from) out += ", ";
      expr(*args[i]);
    }
  }
  void infix(const Expr& e);
  void operation(const Expr& e);
  void around(std::string_view before, const Expr& e, std::string_view after);
  void group_concat(const Expr& e);
  void case_when(const Expr& e);
  void nested(const SelectTree& s);
  void table(const TableRef& t);
  void order_by(const std::vector<OrderTerm>& terms);
  void one_select(const SelectTree& s);

  Flavor flavor_;
  int indent_;
  Indexes indexes_;
};

void Printer::infix(const Expr& e) {
  bool logical = e.text == "AND" || e.text == "OR";
  for (size_t i = 0; i < e.args.size(); ++i) {
    if (i > 0) out += " " + e.text + " ";
    operand(*e.args[i], atomic(*e.args[i]) || (logical && comparison(*e.args[i])));
  }
}

void Printer::case_when(const Expr& e) {
  out += "CASE";
  size_t i = 0;
  for (; i + 1 < e.args.size(); i += 2) {
    out += " WHEN ";
    expr(*e.args[i]);
    out += " THEN ";
    expr(*e.args[i + 1]);
  }
  if (i < e.args.size()) {
    out += " ELSE ";
    expr(*e.args[i]);
  }
  out += " END";
}

void Printer::nested(const SelectTree& s) {
  out += '(';
  indent_ += 4;
  line();
  select(s);
  indent_ -= 4;
  out += ')';
}

void Printer::group_concat(const Expr& e) {
  out += e.distinct ? "GROUP_CONCAT(DISTINCT " : "GROUP_CONCAT(";
  expr(*e.args[0]);
  if (!e.order_by.empty()) out += ' ';
  order_by(e.order_by);
  out += " SEPARATOR '" + replace_all(e.text, "'", "''") + "'";
  if (e.limit) out += " LIMIT " + std::to_string(*e.limit);
  out += ')';
}

// "CAST(", " AS CHAR)": what stands around one expression that needs no parentheses of its own.
void Printer::around(std::string_view before, const Expr& e, std::string_view after) {
  out += before;
  expr(e);
  out += after;
}

// Operators: their operands are put into parentheses unless they are atomic.
void Printer::operation(const Expr& e) {
  switch (e.kind) {
    case ExprKind::infix:
      return infix(e);
    case ExprKind::prefix:
      out += e.text + " ";
      return operand(*e.args[0]);
    case ExprKind::interval:
      out += "INTERVAL ";
      break;
    default:
      break;
  }
  operand(*e.args[0]);
  out += e.kind == ExprKind::collate ? " COLLATE " : " ";
  out += e.text;
  if (e.kind == ExprKind::in_list) {
    out += " (";
    list(e.args, 1);
    out += ')';
    return;
  }
  const char* second = e.kind == ExprKind::between ? " AND " : " ESCAPE ";
  for (size_t i = 1; i < e.args.size(); ++i) {
    out += i == 1 ? " " : second;
    operand(*e.args[i]);
  }
}

void Printer::expr(const Expr& e) {
  const bool mysql = flavor_ == Flavor::mysql;
  switch (e.kind) {
    case ExprKind::column:
      if (!e.qualifier.empty()) out += quote_name(e.qualifier) + ".";
      out += quote_name(e.text);
      return;
    case ExprKind::text:
      out += text_literal(e.text);
      return;
    case ExprKind::bytes:
      out += bytes_literal(e.text);
      return;
    case ExprKind::number:
    case ExprKind::keyword:
      out += e.text;
      return;
    case ExprKind::call:
      out += e.text;
      out += e.distinct ? "(DISTINCT " : "(";
      list(e.args);
      out += ')';
      return;
    case ExprKind::case_when:
      return case_when(e);
    case ExprKind::cast:
      return around("CAST(", *e.args[0], " AS " + e.text + ")");
    case ExprKind::charset:
      return around("CONVERT(", *e.args[0], " USING " + e.text + ")");
    case ExprKind::json:
      return around(mysql ? "CAST(" : "JSON_EXTRACT(", *e.args[0], mysql ? " AS JSON)" : ", '$')");
    case ExprKind::group_concat:
      return group_concat(e);
    case ExprKind::exists:
      out += "EXISTS ";
      return nested(*e.select);
    case ExprKind::subquery:
      return nested(*e.select);
    case ExprKind::infix:
    case ExprKind::prefix:
    case ExprKind::postfix:
    case ExprKind::between:
    case ExprKind::in_list:
    case ExprKind::like:
    case ExprKind::collate:
    case ExprKind::interval:
      return operation(e);
  }
}

void Printer::table(const TableRef& t) {
  if (t.select) {
    if (t.lateral) out += "LATERAL ";
    nested(*t.select);
  } else {
    if (!t.database.empty()) out += quote_name(t.database) + ".";
    out += quote_name(t.table);
  }
  if (!t.alias.empty() && t.alias != t.table) out += " AS " + quote_name(t.alias);
  const std::string& index = indexes_ == Indexes::forced && t.force_index.empty() ? t.lookup_index : t.force_index;
  if (!index.empty()) out += " FORCE INDEX (" + quote_name(index) + ")";
}

void Printer::order_by(const std::vector<OrderTerm>& terms) {
  for (size_t i = 0; i < terms.size(); ++i) {
    out += i == 0 ? "ORDER BY " : ", ";
    expr(*terms[i].value);
    if (terms[i].descending) out += " DESC";
  }
}

void Printer::one_select(const SelectTree& s) {
  out += s.distinct ? "SELECT DISTINCT" : "SELECT";
  indent_ += 2;
  bool short_list = s.columns.size() == 1;
  for (size_t i = 0; i < s.columns.size(); ++i) {
    if (i > 0) out += ',';
    if (short_list) {
      out += ' ';
    } else {
      line();
    }
    expr(*s.columns[i].value);
    if (!s.columns[i].name.empty()) out += " AS " + quote_name(s.columns[i].name);
  }
  indent_ -= 2;
  if (s.from) {
    line();
    out += "FROM ";
    table(*s.from);
  }
  for (const LeftJoin& j : s.joins) {
    line();
    out += "LEFT JOIN ";
    table(j.table);
    out += " ON ";
    expr(*j.on);
  }
  if (s.where) {
    line();
    out += "WHERE ";
    expr(*s.where);
  }
  for (size_t i = 0; i < s.group_by.size(); ++i) {
    if (i == 0) line();
    out += i == 0 ? "GROUP BY " : ", ";
    expr(*s.group_by[i]);
  }
  if (s.having) {
    line();
    out += "HAVING ";
    expr(*s.having);
  }
}

void Printer::select(const SelectTree& s) {
  one_select(s);
  for (const SelectPtr& other : s.union_all) {
    line();
    out += "UNION ALL";
    line();
    one_select(*other);
  }
  if (!s.order_by.empty()) {
    line();
    order_by(s.order_by);
  }
  if (s.limit) {
    line();
    out += "LIMIT " + std::to_string(*s.limit);
    if (s.offset) out += " OFFSET " + std::to_string(*s.offset);
  }
}

}  // namespace

std::string quote_name(std::string_view name) {
  std::string out = "`";
  for (char c : name) {
    if (c == '`') out += '`';
    out += c;
  }
  return out + "`";
}

std::string text_literal(std::string_view text) {
  if (!plain_ascii(text)) return "_utf8mb4 X'" + to_hex(text) + "'";
  std::string out = "_utf8mb4'";
  for (char c : text) {
    if (c == '\'') out += '\'';
    out += c;
  }
  return out + "'";
}

std::string bytes_literal(std::string_view bytes) { return "X'" + to_hex(bytes) + "'"; }

std::string print(const Expr& expr, Flavor flavor) {
  Printer p(flavor, 0, Indexes::chosen_by_server);
  p.expr(expr);
  return std::move(p.out);
}

std::string print(const SelectTree& select, Flavor flavor, int indent, Indexes indexes) {
  Printer p(flavor, indent, indexes);
  p.select(select);
  return std::move(p.out);
}

}  // namespace migrate
