// Writing JSON by appending to a string: for reports, logs and, in the hot path, requests.
#pragma once

#include <string>
#include <string_view>

namespace migrate {

// "text" with quotes, escaped as RFC 8259 asks. Invalid UTF-8 becomes U+FFFD, so the result is always valid JSON.
void append_json_string(std::string& out, std::string_view text);
std::string json_string(std::string_view text);

// {"a": 1, "b": "x"} on one line, without thinking of commas:  JsonObject().add("a", 1).add("b", "x").str()
class JsonObject {
 public:
  JsonObject& add(std::string_view key, std::string_view text);
  JsonObject& add(std::string_view key, const char* text) { return add(key, std::string_view(text)); }
  JsonObject& add(std::string_view key, long long number);
  JsonObject& add(std::string_view key, unsigned long long number);
  JsonObject& add(std::string_view key, long number) { return add(key, static_cast<long long>(number)); }
  JsonObject& add(std::string_view key, unsigned long number) {
    return add(key, static_cast<unsigned long long>(number));
  }
  JsonObject& add(std::string_view key, int number) { return add(key, static_cast<long long>(number)); }
  JsonObject& add(std::string_view key, unsigned number) { return add(key, static_cast<unsigned long long>(number)); }
  JsonObject& add(std::string_view key, double number);  // shortest text that reads back; not finite: null
  JsonObject& add(std::string_view key, bool value);
  JsonObject& raw(std::string_view key, std::string_view json);
  std::string str() const { return body_ + "}"; }

 private:
  void key(std::string_view k);
  std::string body_ = "{";
};

// [a,b] from values that are JSON already.
template <class Range>
std::string json_array(const Range& values) {
  std::string out = "[";
  for (const auto& v : values) {
    if (out.size() > 1) out += ',';
    out += v;
  }
  return out + "]";
}

}  // namespace migrate
