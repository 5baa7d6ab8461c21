// JSON text into DynamoDB's typed JSON: append_collection().
#include "engine/collection.h"

#include <simdjson.h>

#include <algorithm>
#include <unordered_set>
#include <vector>

#include "base/json_locate.h"
#include "base/text.h"
#include "engine/base64.h"
#include "engine/number.h"

namespace migrate {
namespace {

namespace od = simdjson::ondemand;

// simdjson reads past the end of its input, so the text is copied to where that is allowed.
struct CollectionParser {
  od::parser parser;
  std::string padded;
};

CollectionParser& collection_parser() {
  thread_local CollectionParser parser;
  return parser;
}

CollectionProblem problem_of(simdjson::error_code code) {
  return code == simdjson::DEPTH_ERROR ? CollectionProblem::too_deep : CollectionProblem::not_json;
}

CollectionProblem problem_of(NumberProblem problem) {
  if (problem == NumberProblem::none) return CollectionProblem::none;
  return problem == NumberProblem::out_of_range ? CollectionProblem::out_of_range : CollectionProblem::not_json;
}

// A name of a map that is being written, to find it again when it comes twice.
struct Field {
  std::string name;
  size_t begin, end;  // in `out`, with the comma before it
  uint64_t size;
};

class CollectionWriter {
 public:
  CollectionWriter(std::string& out, uint64_t& size) : out_(out), size_(size) {}

  CollectionProblem value(od::value v, int level) {
    od::json_type type;
    if (auto error = v.type().get(type)) return problem_of(error);
    switch (type) {
      case od::json_type::object: {
        od::object object;
        if (auto error = v.get_object().get(object)) return problem_of(error);
        return map(object, level + 1);
      }
      case od::json_type::array: {
        od::array array;
        if (auto error = v.get_array().get(array)) return problem_of(error);
        return list(array, level + 1);
      }
      case od::json_type::number:
        return number(v.raw_json_token());
      case od::json_type::string: {
        std::string_view text;
        if (auto error = v.get_string().get(text)) return problem_of(error);
        out_ += "{\"S\":";
        append_escaped(out_, text);
        out_ += '}';
        size_ += text.size();
        return CollectionProblem::none;
      }
      case od::json_type::boolean: {
        bool b = false;
        if (auto error = v.get_bool().get(b)) return problem_of(error);
        out_ += b ? "{\"BOOL\":true}" : "{\"BOOL\":false}";
        size_ += 1;
        return CollectionProblem::none;
      }
      case od::json_type::null: {
        bool is_null = false;
        if (auto error = v.is_null().get(is_null); error || !is_null) return CollectionProblem::not_json;
        out_ += "{\"NULL\":true}";
        size_ += 1;
        return CollectionProblem::none;
      }
    }
    return CollectionProblem::not_json;
  }

  CollectionProblem map(od::object object, int level) {
    if (level > max_levels) return CollectionProblem::too_deep;
    out_ += "{\"M\":{";
    const size_t start = out_.size();
    std::vector<Field> fields;
    std::unordered_set<std::string> names;
    size_ += 3;
    for (auto entry : object) {
      od::field field;
      if (auto error = std::move(entry).get(field)) return problem_of(error);
      std::string_view name;
      if (auto error = field.unescaped_key().get(name)) return problem_of(error);
      if (!names.emplace(name).second) drop_earlier(fields, name);
      Field next{std::string(name), out_.size(), 0, size_};
      if (out_.size() > start) out_ += ',';
      append_escaped(out_, name);
      out_ += ':';
      size_ += name.size() + 1;
      if (auto p = value(field.value(), level); p != CollectionProblem::none) return p;
      next.end = out_.size();
      next.size = size_ - next.size;
      fields.push_back(std::move(next));
    }
    out_ += "}}";
    return CollectionProblem::none;
  }

  CollectionProblem list(od::array array, int level) {
    if (level > max_levels) return CollectionProblem::too_deep;
    out_ += "{\"L\":[";
    const size_t start = out_.size();
    size_ += 3;
    for (auto entry : array) {
      od::value v;
      if (auto error = std::move(entry).get(v)) return problem_of(error);
      if (out_.size() > start) out_ += ',';
      size_ += 1;
      if (auto p = value(v, level); p != CollectionProblem::none) return p;
    }
    out_ += "]}";
    return CollectionProblem::none;
  }

 private:
  CollectionProblem number(std::string_view token) {
    token = trim(token);
    if (!is_json_number(token)) return CollectionProblem::not_json;
    out_ += "{\"N\":\"";
    if (auto p = problem_of(append_number(token, out_, size_)); p != CollectionProblem::none) return p;
    out_ += "\"}";
    return CollectionProblem::none;
  }

  void drop_earlier(std::vector<Field>& fields, std::string_view name) {
    auto twin = std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.name == name; });
    if (twin == fields.end()) return;
    const size_t begin = twin->begin;
    // The first field has no comma before it; the one after it gives its own away.
    const bool first = twin == fields.begin() && fields.size() > 1;
    const size_t length = twin->end - begin + (first ? 1 : 0);
    out_.erase(begin, length);
    size_ -= twin->size;
    for (auto later = fields.erase(twin); later != fields.end(); ++later) {
      later->begin -= length;
      later->end -= length;
    }
    if (first) fields.front().begin = begin;
  }

  std::string& out_;
  uint64_t& size_;
};

CollectionProblem set_member(AttributeType type, od::value v, std::string& member) {
  od::json_type kind;
  if (auto error = v.type().get(kind)) return problem_of(error);
  if (type == AttributeType::NS && kind == od::json_type::number) {
    const std::string_view token = trim(v.raw_json_token());
    uint64_t ignored = 0;
    if (!is_json_number(token)) return CollectionProblem::not_json;
    return problem_of(append_number(token, member, ignored));
  }
  if (kind != od::json_type::string) return CollectionProblem::bad_member;
  std::string_view text;
  if (auto error = v.get_string().get(text)) return problem_of(error);
  if (type == AttributeType::NS) {
    uint64_t ignored = 0;
    switch (append_number(text, member, ignored)) {
      case NumberProblem::none:
        return CollectionProblem::none;
      case NumberProblem::out_of_range:
        return CollectionProblem::out_of_range;
      case NumberProblem::not_a_number:
        return CollectionProblem::bad_member;
    }
  }
  member = text;
  return CollectionProblem::none;
}

CollectionProblem append_set(AttributeType type, od::array array, std::string& out, uint64_t& size, bool& absent) {
  std::vector<std::string> members;
  for (auto entry : array) {
    od::value v;
    if (auto error = std::move(entry).get(v)) return problem_of(error);
    members.emplace_back();
    if (auto p = set_member(type, v, members.back()); p != CollectionProblem::none) return p;
  }
  std::sort(members.begin(), members.end());
  members.erase(std::unique(members.begin(), members.end()), members.end());
  absent = members.empty();
  if (absent) return CollectionProblem::none;
  out.append("{\"").append(type_name(type)).append("\":[");
  for (size_t i = 0; i < members.size(); ++i) {
    if (i > 0) out += ',';
    if (type == AttributeType::NS) {
      std::string canonical;
      append_number(members[i], canonical, size);
      out.append("\"").append(canonical).append("\"");
    } else if (type == AttributeType::BS) {
      size += members[i].size();
      out += '"';
      append_base64(out, members[i]);
      out += '"';
    } else {
      size += members[i].size();
      append_escaped(out, members[i]);
    }
  }
  out += "]}";
  return CollectionProblem::none;
}

CollectionProblem append_document(AttributeType type, od::document& document, std::string& out, uint64_t& size,
                                  bool& absent) {
  od::json_type kind;
  if (auto error = document.type().get(kind)) return problem_of(error);
  if (kind == od::json_type::null) {
    bool is_null = false;
    if (auto error = document.is_null().get(is_null); error || !is_null) return CollectionProblem::not_json;
    absent = true;
    return CollectionProblem::none;
  }
  if (kind != (type == AttributeType::M ? od::json_type::object : od::json_type::array)) {
    return CollectionProblem::wrong_shape;
  }
  CollectionWriter writer(out, size);
  if (type == AttributeType::M) {
    od::object object;
    if (auto error = document.get_object().get(object)) return problem_of(error);
    return writer.map(object, 1);
  }
  od::array array;
  if (auto error = document.get_array().get(array)) return problem_of(error);
  return type == AttributeType::L ? writer.list(array, 1) : append_set(type, array, out, size, absent);
}

}  // namespace

CollectionProblem append_collection(AttributeType type, std::string_view json, std::string& out, uint64_t& size,
                                    bool& absent) {
  CollectionParser& p = collection_parser();
  const size_t start = out.size();
  const uint64_t size_before = size;
  absent = false;
  json = trim(json);
  p.padded.reserve(json.size() + simdjson::SIMDJSON_PADDING);
  p.padded.assign(json);
  od::document document;
  CollectionProblem problem = CollectionProblem::none;
  if (auto error = p.parser.iterate(simdjson::padded_string_view(p.padded)).get(document)) {
    problem = problem_of(error);
  } else {
    problem = append_document(type, document, out, size, absent);
    const bool at_end = document.current_location().error() == simdjson::OUT_OF_BOUNDS;
    if (problem == CollectionProblem::none && !at_end) problem = CollectionProblem::not_json;
  }
  if (problem != CollectionProblem::none || absent) {
    out.resize(start);
    size = size_before;
  }
  return problem;
}

void append_escaped(std::string& out, std::string_view utf8) {
  static const char digits[] = "0123456789abcdef";
  out += '"';
  size_t start = 0;
  for (size_t i = 0; i < utf8.size(); ++i) {
    const auto c = static_cast<unsigned char>(utf8[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(utf8, start, i - start);
    start = i + 1;
    out += '\\';
    if (c >= 0x20) {
      out += static_cast<char>(c);
    } else {
      out += "u00";
      out += digits[c >> 4];
      out += digits[c & 15];
    }
  }
  out.append(utf8, start, utf8.size() - start);
  out += '"';
}

}  // namespace migrate
