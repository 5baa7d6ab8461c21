// One entity on its way from the contract to a SELECT: the state that the stages of build_views() share. Private to the
// folder; each method's file is named beside it.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sql/convert.h"
#include "sql/resolve.h"
#include "sql/tree.h"
#include "sql/view.h"

namespace migrate {

// Tables that one or several attributes read by the same conditions. Steps that can match one row at most are LEFT
// JOINs of the entity's SELECT; from the first that cannot on, all stand inside a subquery (`framed`), so that no row
// is ever multiplied.
struct JoinUse {
  std::string attribute;  // the first that reads it
  std::vector<Instance> steps;
  std::vector<ExprPtr> on;
  size_t framed = 0;       // index of the first step inside the subquery; steps.size(): none
  bool outer = false;      // the subquery gives a row also when none matches
  bool aggregate = false;  // the subquery groups
  ExprPtr matched;         // holds when the last step has matched

  bool has_frame() const { return framed < steps.size(); }
};

// What a key's text is made of, to tell whether it can be taken apart again.
struct KeyPart {
  std::string literal;             // when `column` is null
  const Column* column = nullptr;  // of the row at hand
  ValueKind kind = ValueKind::text;
};

// The value of an attribute before it is converted: branches of a CASE; one without `when` is a plain value or the
// ELSE.
struct Branch {
  ExprPtr when;
  Typed value;
  ExprPtr error;            // a code, before conversion; null: none
  bool literal = false;     // a null_value or else_value as written
  bool has_floats = false;  // text that was put together with marked FLOATs inside
};
struct Value {
  std::vector<Branch> branches;
  const JoinUse* join = nullptr;              // when it stands inside a subquery
  std::optional<Converted> finished;          // a JSON collection: nothing is left to convert
  std::optional<std::vector<KeyPart>> parts;  // when known
};

class EntityBuilder {
 public:
  EntityBuilder(const Contract& contract, const Table& table, const Entity& entity, const Schema& schema,
                const Project& project, Diagnostics& diagnostics);

  // nullopt when there was an error. `keys` are the table's key and index attributes: pk, sk, then the indexes'.
  std::optional<EntityView> build(const std::string& view_name);
  // Of pk and sk, what each is made of; nullopt where that is not known.
  std::vector<std::optional<std::vector<KeyPart>>> keys;

 private:
  struct Output {
    std::string name;
    AttributeType type = AttributeType::S;
    Converted converted;
    std::optional<std::vector<KeyPart>> parts;
    bool key = false;
    bool sort_key = false;
  };

  // entity_builder.cc
  bool open_row();
  bool filter_row();
  bool add_attribute(const Attribute& attribute);
  bool add_keys();
  bool add_key(const Text& key, const std::optional<Text>& pattern, bool of_table, bool sorts);
  bool add_filter(const std::string& sql, const std::string& setting);
  void finish(EntityView& view);
  bool unique_key() const;
  Output* output(std::string_view name);
  ExprPtr alive(const Instance& instance, const Text& at);
  void note_error(const std::string& attribute, const ExprPtr& code);

  // attribute_value.cc
  const Value* value_of(const Attribute& attribute);
  std::optional<Value> base_value(const Attribute& attribute);
  std::optional<Value> join_value(const Attribute& attribute);
  std::optional<Value> chain_value(const Attribute& attribute, JoinUse& use);
  std::optional<Value> conditional_value(const Attribute& attribute, JoinUse& use);
  std::optional<Branch> else_branch(const Join& join, const Scope& scope);
  std::optional<Value> calculated_value(const Attribute& attribute);
  std::optional<Value> transformed(const Attribute& attribute, Value value);
  std::optional<Branch> transform_branch(const Attribute& attribute, const Branch& branch);
  std::optional<Branch> formatted(const Text& format, const Attribute& attribute, const Branch* value);
  std::optional<Converted> converted(const Attribute& attribute, const Value& value);
  std::optional<Converted> converted_branch(const Attribute& attribute, const Branch& branch);
  Converted text_form(const Value& value);
  Converted in_frame(const Value& value, Converted inside) const;

  // joins.cc
  JoinUse* use_join(const std::vector<JoinStep>& steps, JoinKind kind, const Text& at, std::string_view attribute);
  const JoinUse* use_many(const Text& target, const std::vector<Text>& conditions, const Text& at,
                          std::string_view attribute, Scope& scope);
  const SourceTable* joined_table(const JoinStep& step, JoinKind kind, const Text& at);
  std::optional<ExprPtr> join_condition(const JoinStep& step, Scope& scope);
  std::string deduced_target(const JoinStep& step);
  bool single_match(const Scope& scope, const ExprPtr& on, const Text& at, std::string_view attribute, bool one_meant);
  void warn_no_index(const SourceTable& table, const std::vector<std::string>& compared, const Text& at,
                     std::string_view attribute);
  Scope join_scope(const JoinUse& use, bool bare_is_joined) const;
  std::string unused_alias(std::string_view wanted);
  const SourceTable* find_table(const Text& name);
  LeftJoin frame_join(const Instance& joined, const ExprPtr& on) const;
  FramedJoin framed_join(const JoinUse& use) const;
  SelectTree frame_select(const JoinUse& use) const;
  ExprPtr several(const JoinUse& use) const;  // more than one row matches
  ExprPtr framed(const JoinUse& use, const ExprPtr& value) const;

  // collection.cc
  std::optional<Value> aggregate_value(const Attribute& attribute);
  std::optional<Value> collection_value(const Attribute& attribute);
  struct Members {
    ExprPtr object;
    ExprPtr error;
  };
  std::optional<Members> members(const Construction& construction, const Scope& scope);
  std::optional<std::vector<OrderTerm>> member_order(const Construction& construction, const Scope& scope);
  Converted list_of(const JoinUse& use, const Members& one, const std::vector<OrderTerm>& order,
                    const Join& join) const;

  // key_template.cc
  struct KeyValue {
    Converted text;
    std::optional<std::vector<KeyPart>> parts;
  };
  std::optional<KeyValue> templated(const Text& pattern);
  std::optional<KeyValue> composite(const Text& key);
  KeyValue joined_texts(const std::vector<KeyValue>& texts) const;
  std::optional<KeyValue> named_text(const Text& text, std::string_view name, size_t offset);

  Origin origin(const Text& text) const { return Origin{&contract_, text, std::nullopt}; }
  Place at(const Text& text) const { return contract_.place(text); }
  TableRef table_ref(const Instance& instance) const;
  ConvertOptions options() const;
  const Attribute* attribute_named(std::string_view name) const;

  const Contract& contract_;
  const Table& table_;
  const Entity& entity_;
  const Schema& schema_;
  const Project& project_;
  const TableSettings& settings_;
  Diagnostics& diagnostics_;
  SqlNotes notes_;

  Instance row_;
  ExprPtr where_;
  std::vector<Output> outputs_;
  std::vector<LeftJoin> joins_;
  std::map<std::string, JoinUse> uses_;       // by target, name and conditions; addresses stay
  std::map<const Attribute*, Value> values_;  // so that templates and keys share them
  // In lower case. The first two are of tables inside subqueries, which would hide a table at hand of that name.
  std::set<std::string> aliases_{"one", "rows"};
  std::map<std::string, std::string> lookup_indexes_;  // of joined tables, by alias
  std::set<std::string> reads_;
  std::vector<ExprPtr> errors_;  // JSON texts or NULL
  bool soft_deletes_excluded_ = false;
};

// Whether the parts, joined, can be taken apart again in one way only.
bool decodable(const std::vector<KeyPart>& parts);
// The constant text that every such key starts with.
std::string constant_prefix(const std::vector<KeyPart>& parts);

}  // namespace migrate
