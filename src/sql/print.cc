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

void Printer::expr(const Expr& e) {
  switch (e.kind) {
    case ExprKind::column:
      if (!e.qualifier.empty()) out += quote_name(e.qualifier) + ".";
      out += quote_name(e.text);
      break;
    case ExprKind::text:
      out += text_literal(e.text);
      break;
    case ExprKind::bytes:
      out += bytes_literal(e.text);
      break;
    case ExprKind::number:
    case ExprKind::keyword:
      out += e.text;
      break;
    case ExprKind::call:
      out += e.text;
      out += e.distinct ? "(DISTINCT " : "(";
      list(e.args);
      out += ')';
      break;
    case ExprKind::infix:
      infix(e);
      break;
    case ExprKind::prefix:
      out += e.text + " ";
      operand(*e.args[0]);
      break;
    case ExprKind::postfix:
      operand(*e.args[0]);
      out += " " + e.text;
      break;
    case ExprKind::between:
      operand(*e.args[0]);
      out += " " + e.text + " ";
      operand(*e.args[1]);
      out += " AND ";
      operand(*e.args[2]);
      break;
    case ExprKind::in_list:
      operand(*e.args[0]);
      out += " " + e.text + " (";
      list(e.args, 1);
      out += ')';
      break;
    case ExprKind::like:
      operand(*e.args[0]);
      out += " " + e.text + " ";
      operand(*e.args[1]);
      if (e.args.size() > 2) {
        out += " ESCAPE ";
        operand(*e.args[2]);
      }
      break;
    case ExprKind::case_when:
      case_when(e);
      break;
    case ExprKind::cast:
      out += "CAST(";
      expr(*e.args[0]);
      out += " AS " + e.text + ")";
      break;
    case ExprKind::charset:
      out += "CONVERT(";
      expr(*e.args[0]);
      out += " USING " + e.text + ")";
      break;
    case ExprKind::collate:
      operand(*e.args[0]);
      out += " COLLATE " + e.text;
      break;
    case ExprKind::interval:
      out += "INTERVAL ";
      operand(*e.args[0]);
      out += " " + e.text;
      break;
    case ExprKind::json:
      out += flavor_ == Flavor::mysql ? "CAST(" : "JSON_EXTRACT(";
      expr(*e.args[0]);
      out += flavor_ == Flavor::mysql ? " AS JSON)" : ", '$')";
      break;
    case ExprKind::group_concat:
      out += e.distinct ? "GROUP_CONCAT(DISTINCT " : "GROUP_CONCAT(";
      expr(*e.args[0]);
      if (!e.order_by.empty()) out += ' ';
      order_by(e.order_by);
      out += " SEPARATOR '" + replace_all(e.text, "'", "''") + "'";
      if (e.limit) out += " LIMIT " + std::to_string(*e.limit);
      out += ')';
      break;
    case ExprKind::subquery:
      nested(*e.select);
      break;
    case ExprKind::exists:
      out += "EXISTS ";
      nested(*e.select);
      break;
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
