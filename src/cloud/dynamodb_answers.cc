// Reading DynamoDB's answers without building items: read_page(), read_statements(), read_unprocessed(),
// read_batch_get(), read_item(), read_attributes(). simdjson's On-Demand parser walks the text once; an item is the
// slice of it.
#include <simdjson.h>

#include "cloud/dynamodb.h"

namespace migrate {
namespace {

namespace ondemand = simdjson::ondemand;

// simdjson throws; nothing leaves this file but a Result.
template <class T, class Walk>
Result<T> reading(std::string& body, const char* operation, Walk walk) {
  try {
    thread_local ondemand::parser parser;
    body.reserve(body.size() + simdjson::SIMDJSON_PADDING);
    ondemand::document document =
        parser.iterate(simdjson::padded_string_view(body.data(), body.size(), body.capacity()));
    T out;
    if (const char* missing = walk(document.get_object().value(), out)) {
      return Error(ErrorKind::aws_answer, std::string("an answer to ") + operation + " has no " + missing);
    }
    return out;
  } catch (const simdjson::simdjson_error& e) {
    return Error(ErrorKind::aws_answer, std::string("an answer to ") + operation + " cannot be read: " + e.what());
  }
}

std::string_view raw(ondemand::value value) { return simdjson::to_json_string(value).value(); }

std::vector<std::string_view> raw_items(ondemand::value array) {
  std::vector<std::string_view> out;
  for (ondemand::value item : array.get_array()) {
    if (item.type() != ondemand::json_type::object) throw simdjson::simdjson_error(simdjson::INCORRECT_TYPE);
    out.push_back(raw(item));
  }
  return out;
}

StatementOutcome statement_outcome(ondemand::object statement, bool writes) {
  StatementOutcome out;
  for (ondemand::field field : statement) {
    std::string_view key = field.unescaped_key();
    if (key == "Item") {
      out.item = raw(field.value());
    } else if (key == "Error") {
      out.error = AwsErrorClass::other;
      for (ondemand::field part : field.value().get_object()) {
        std::string_view name = part.unescaped_key();
        if (name == "Code")
          out.code = std::string(part.value().get_string().value());
        else if (name == "Message" && part.value().type() == ondemand::json_type::string)
          out.message = std::string(part.value().get_string().value());
        else if (name == "Item")
          out.item = raw(part.value());
      }
      out.error = classify_code(out.code, out.message, 200, writes);
    }
  }
  return out;
}

}  // namespace

Result<Page> read_page(std::string& body) {
  return reading<Page>(body, "Scan or Query", [](ondemand::object answer, Page& page) -> const char* {
    bool counted = false;
    for (ondemand::field field : answer) {
      std::string_view key = field.unescaped_key();
      if (key == "Items")
        page.items = raw_items(field.value());
      else if (key == "ScannedCount")
        page.scanned = field.value().get_uint64();
      else if (key == "LastEvaluatedKey")
        page.last_key = raw(field.value());
      else if (key == "Count") {
        page.count = field.value().get_uint64();
        counted = true;
      }
    }
    return counted ? nullptr : "Count";
  });
}

Result<std::vector<StatementOutcome>> read_statements(std::string& body, size_t expected, bool writes) {
  using Outcomes = std::vector<StatementOutcome>;
  return reading<Outcomes>(body, "BatchExecuteStatement", [&](ondemand::object answer, Outcomes& out) -> const char* {
    for (ondemand::field field : answer) {
      if (field.unescaped_key().value() != "Responses") continue;
      for (ondemand::value statement : field.value().get_array()) {
        out.push_back(statement_outcome(statement.get_object(), writes));
      }
    }
    return out.size() == expected ? nullptr : "response for each of its statements";
  });
}

Result<std::vector<std::string_view>> read_unprocessed(std::string& body, std::string_view table) {
  using Items = std::vector<std::string_view>;
  return reading<Items>(body, "BatchWriteItem", [&](ondemand::object answer, Items& out) -> const char* {
    bool found = false;
    for (ondemand::field field : answer) {
      if (field.unescaped_key().value() != "UnprocessedItems") continue;
      found = true;
      for (ondemand::field of_table : field.value().get_object()) {
        if (of_table.unescaped_key().value() != table) return "UnprocessedItems of its table alone";
        for (ondemand::value write : of_table.value().get_array()) {
          out.push_back(raw(write["PutRequest"]["Item"].value()));
        }
      }
    }
    return found ? nullptr : "UnprocessedItems";
  });
}

Result<BatchGot> read_batch_get(std::string& body, std::string_view table) {
  return reading<BatchGot>(body, "BatchGetItem", [&](ondemand::object answer, BatchGot& out) -> const char* {
    bool found = false;
    for (ondemand::field field : answer) {
      std::string_view key = field.unescaped_key();
      if (key == "Responses") {
        found = true;
        for (ondemand::field of_table : field.value().get_object()) {
          if (of_table.unescaped_key().value() == table) out.items = raw_items(of_table.value());
        }
      } else if (key == "UnprocessedKeys") {
        for (ondemand::field of_table : field.value().get_object()) {
          out.unprocessed_keys = raw_items(of_table.value()["Keys"].value());
        }
      }
    }
    return found ? nullptr : "Responses";
  });
}

Result<std::string_view> read_item(std::string& body) {
  return reading<std::string_view>(body, "GetItem", [](ondemand::object answer, std::string_view& out) -> const char* {
    for (ondemand::field field : answer) {
      const std::string_view key = field.unescaped_key();
      if (key == "Item" || key == "Attributes") out = raw(field.value());
    }
    return nullptr;
  });
}

Result<std::vector<ItemAttribute>> read_attributes(std::string& item) {
  using Attributes = std::vector<ItemAttribute>;
  return reading<Attributes>(item, "a request for an item", [](ondemand::object map, Attributes& out) -> const char* {
    for (ondemand::field field : map) {
      std::string name(field.unescaped_key().value());
      out.push_back({std::move(name), raw(field.value())});
    }
    return nullptr;
  });
}

}  // namespace migrate
