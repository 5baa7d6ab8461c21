// The check of one table, for check:T and for `migrate check`.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>

#include "engine/check_result.h"
#include "rules/world.h"

namespace migrate {

struct CheckRequest {
  CheckSetting setting;
  std::optional<uint64_t> seed;  // of a sample; a random one where none is given
};
CheckSetting check_setting(const Project& project, const std::string& table);
// `progress`: rows and items looked at, how many are expected (0: unknown), how many are wrong.
Result<CheckResult> run_check(World& world, const std::string& table, const CheckRequest& request,
                              const std::atomic<bool>& cancelled,
                              const std::function<void(uint64_t, uint64_t, uint64_t)>& progress);

}  // namespace migrate
