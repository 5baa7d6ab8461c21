// The vocabulary of the contract's tests: a text in, the model or the described problems out.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "contract/model.h"
#include "contract/read_contract.h"

namespace migrate {

inline std::optional<Contract> parse(std::string text, Diagnostics& diagnostics) {
  return parse_contract({std::make_shared<const Source>(Source{"c.json", std::move(text)})}, diagnostics);
}

// The contract, which must be right.
inline Contract contract_of(std::string text) {
  Diagnostics diagnostics;
  auto contract = parse(std::move(text), diagnostics);
  EXPECT_TRUE(contract) << describe(diagnostics);
  return contract ? *contract : Contract{};
}

// Every error and warning of a contract, as people see them.
inline std::string problems(std::string text) {
  Diagnostics diagnostics;
  auto contract = parse(std::move(text), diagnostics);
  EXPECT_EQ(contract.has_value(), !diagnostics.has_errors());
  return describe(diagnostics);
}

// Only the messages, a line each, without place, excerpt and hint.
inline std::string messages(std::string text) {
  Diagnostics diagnostics;
  auto contract = parse(std::move(text), diagnostics);
  EXPECT_EQ(contract.has_value(), !diagnostics.has_errors());
  std::string out;
  for (const Error& e : diagnostics.list) {
    out += (e.warning ? "warning: " : "") + e.message + (e.hint.empty() ? "" : " -> " + e.hint) + "\n";
  }
  return out;
}

}  // namespace migrate
