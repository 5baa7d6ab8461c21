// The check of one table, for check:T and for `migrate check`.
#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "engine/check_result.h"
#include "rules/world.h"

namespace migrate {

CheckSetting check_setting(const Project& project, const std::string& table);
// `progress`: rows and items looked at, how many are expected (0: unknown), how many are wrong.
Result<CheckResult> run_check(World& world, const std::string& table, const CheckSetting& setting,
                              const std::atomic<bool>& cancelled,
                              const std::function<void(uint64_t, uint64_t, uint64_t)>& progress);

}  // namespace migrate
