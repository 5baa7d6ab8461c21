// Items as requests and as dead letters: RequestBuilder.
#include "engine/requests.h"

#include <simdjson.h>

#include <cstring>

#include "base/text.h"
#include "engine/collection.h"
#include "engine/writer.h"

namespace migrate {
namespace {

// The text of {"S":"x"}, {"N":"1"} or {"B":"AQ=="}.
std::string plain_text(std::string_view typed) {
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(typed.data(), typed.size()).get_object().get(object)) return "";
  for (simdjson::dom::key_value_pair field : object) {
    std::string_view text;
    if (!field.value.get_string().get(text)) return std::string(text);
  }
  return "";
}

}  // namespace

RequestBuilder::RequestBuilder(const NativeJob& job) : job_(job), attributes_(attribute_names(job.views)) {
  for (const EntityView& view : job.views.entities) {
    Shapes shapes;
    for (size_t i = 0; i < view.columns.size(); ++i) {
      shapes.attributes.push_back(view.columns[i].name);
      if (view.columns[i].name == job.views.pk) shapes.pk = static_cast<int>(i);
      if (!job.views.sk.empty() && view.columns[i].name == job.views.sk) shapes.sk = static_cast<int>(i);
    }
    entities_.push_back(std::move(shapes));
  }
}

const std::string& RequestBuilder::statement(const ItemRef& item) {
  Shapes& shapes = entities_[item.entry().entity];
  const Block::Entry& e = item.entry();
  shape_.clear();
  for (uint32_t i = e.part; i < e.parts_end; ++i) {
    const auto column = static_cast<uint16_t>(item.block->parts[i].column);
    shape_ += static_cast<char>(column >> 8);
    shape_ += static_cast<char>(column & 255);
  }
  if (shapes.newest_statement != nullptr && shapes.newest == shape_) return *shapes.newest_statement;
  auto [found, fresh] = shapes.known.try_emplace(shape_);
  if (fresh) {
    std::vector<std::string_view> names;
    for (uint32_t i = e.part; i < e.parts_end; ++i) {
      names.emplace_back(shapes.attributes[item.block->parts[i].column]);
    }
    found->second = insert_statement(job_.target_table, names);
  }
  shapes.newest = shape_;
  shapes.newest_statement = &found->second;
  return found->second;
}

bool RequestBuilder::fits_statement(const ItemRef& item) {
  return statement(item).size() <= max_statement_length && item.entry().size <= 64 << 10;
}

AwsRequest RequestBuilder::insert(const std::vector<ItemRef>& items) {
  std::string parameters;
  size_t size = 0;
  for (const ItemRef& item : items) size += item.json().size();
  parameters.reserve(size + 64);
  std::vector<Statement> statements;
  statements.reserve(items.size());
  for (const ItemRef& item : items) {
    const Block::Entry& e = item.entry();
    const std::string_view json = item.json();
    const size_t begin = parameters.size();
    for (uint32_t i = e.part; i < e.parts_end; ++i) {
      const Item::Part& part = item.block->parts[i];
      if (i > e.part) parameters += ',';
      parameters += json.substr(part.begin, part.end - part.begin);
    }
    statements.push_back({statement(item), std::string_view(parameters.data() + begin, parameters.size() - begin)});
  }
  AwsRequest out = batch_statements(statements, true);
  out.timeout_seconds = job_.tuning.request_timeout_seconds;
  return out;
}

AwsRequest RequestBuilder::put(const ItemRef& item) const {
  AwsRequest out = put_if_absent(job_.target_table, job_.views.pk, item.json());
  out.timeout_seconds = job_.tuning.request_timeout_seconds;
  return out;
}

AwsRequest RequestBuilder::replace(const std::vector<ItemRef>& items) const {
  std::vector<std::string_view> bodies;
  for (const ItemRef& item : items) bodies.push_back(item.json());
  AwsRequest out = batch_write(job_.target_table, bodies);
  out.timeout_seconds = job_.tuning.request_timeout_seconds;
  return out;
}

AwsRequest RequestBuilder::read_back(const std::vector<ItemRef>& items) const {
  std::vector<std::string> keys;
  for (const ItemRef& item : items) keys.push_back(key_json(item));
  AwsRequest out = batch_get(job_.target_table, std::vector<std::string_view>(keys.begin(), keys.end()));
  out.timeout_seconds = job_.tuning.request_timeout_seconds;
  return out;
}

AwsRequest RequestBuilder::put_back(const Intended& removed) const {
  AwsRequest out = put_if_absent(job_.target_table, job_.views.pk, removed.seen.json);
  out.timeout_seconds = job_.tuning.request_timeout_seconds;
  return out;
}

std::string_view RequestBuilder::value(const ItemRef& item, int column) const {
  const Block::Entry& e = item.entry();
  for (uint32_t i = e.part; i < e.parts_end; ++i) {
    const Item::Part& part = item.block->parts[i];
    if (static_cast<int>(part.column) == column) return item.json().substr(part.begin, part.end - part.begin);
  }
  return {};
}

std::string RequestBuilder::key_json(const ItemRef& item) const {
  const Shapes& shapes = entities_[item.entry().entity];
  std::string out = "{";
  append_escaped(out, job_.views.pk);
  out.append(":").append(value(item, shapes.pk));
  if (shapes.sk >= 0) {
    out += ',';
    append_escaped(out, job_.views.sk);
    out.append(":").append(value(item, shapes.sk));
  }
  return out + "}";
}

DeadLetter RequestBuilder::dead_letter(const ItemRef& item, DeadLetterCode code, std::string reason) const {
  const EntityView& view = job_.views.entities[item.entry().entity];
  const Shapes& shapes = entities_[item.entry().entity];
  DeadLetter out;
  out.table = job_.views.table;
  out.entity = view.entity;
  out.code = code;
  out.reason = std::move(reason);
  std::string_view rest = item.block->source_key(item.entry());
  for (const RowKeyColumn& column : view.row_key) {
    if (rest.empty()) break;  // the row is gone
    uint32_t length = 0;
    std::memcpy(&length, rest.data(), sizeof length);
    const std::string_view text = rest.substr(sizeof length, length);
    rest.remove_prefix(sizeof length + length);
    out.source_key.emplace_back(column.column, column.binary ? "0x" + to_hex(text) : printable(text));
  }
  out.key.emplace_back(job_.views.pk, plain_text(value(item, shapes.pk)));
  if (shapes.sk >= 0) out.key.emplace_back(job_.views.sk, plain_text(value(item, shapes.sk)));
  return out;
}

std::optional<Digest> RequestBuilder::content(std::string_view existing) const {
  auto digest = item_digest(existing, &attributes_);
  if (!digest) return std::nullopt;
  return *digest;
}

std::vector<NamedValue> RequestBuilder::attributes(const ItemRef& item) const {
  std::vector<NamedValue> out;
  const Block::Entry& e = item.entry();
  for (uint32_t i = e.part; i < e.parts_end; ++i) {
    const Item::Part& part = item.block->parts[i];
    out.push_back({entities_[e.entity].attributes[part.column], item.json().substr(part.begin, part.end - part.begin)});
  }
  return out;
}

bool RequestBuilder::fits_statement(const ConditionalWrite& write) const {
  return conditional_statement(job_.target_table, write).has_value();
}

bool RequestBuilder::fits_alone(const ConditionalWrite& write) const {
  return conditional_request(job_.target_table, write).has_value();
}

AwsRequest RequestBuilder::change(const std::vector<std::shared_ptr<const Intended>>& intended) const {
  std::vector<std::string> texts, parameters;
  for (const auto& one : intended) {
    texts.push_back(*conditional_statement(job_.target_table, one->write));
    parameters.push_back(conditional_parameters(one->write));
  }
  std::vector<Statement> statements;
  for (size_t i = 0; i < intended.size(); ++i) statements.push_back({texts[i], parameters[i]});
  AwsRequest out = batch_statements(statements, true);
  out.timeout_seconds = job_.tuning.request_timeout_seconds;
  return out;
}

AwsRequest RequestBuilder::change_alone(const Intended& intended) const {
  AwsRequest out = conditional_request(job_.target_table, intended.write)->request;
  out.timeout_seconds = job_.tuning.request_timeout_seconds;
  return out;
}

}  // namespace migrate
