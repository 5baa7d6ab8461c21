// Reads the files of a contract, in any of the forms of docs/contract.md, into the one model.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "contract/model.h"

namespace migrate {

// All errors in one go, at their places: contract_syntax (not JSON), contract_value (JSON, but not a contract), io.
// Warnings too. Several files make one contract. nullopt when there is any error.
std::optional<Contract> read_contract(const std::vector<std::string>& paths, Diagnostics& diagnostics);

// The same for files that are in memory already.
std::optional<Contract> parse_contract(std::vector<std::shared_ptr<const Source>> sources, Diagnostics& diagnostics);

}  // namespace migrate
