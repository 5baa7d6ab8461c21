// What a load will take: items, bytes, write units, money, time, and what each figure was taken from.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace migrate {

struct EstimateInput {
  uint64_t rows = 0;           // the server's own estimate for the source tables of all entities
  uint64_t last_items = 0;     // of the last run; 0: there was none
  double last_item_bytes = 0;  // mean, of the last run
  double last_items_per_second = 0;
  double contract_item_bytes = 0;  // estimated_item_size_bytes
  double row_bytes = 0;            // the server's mean row length
  size_t indexes = 0;              // each holds the item once more
  double write_rate = 40000;       // limits.write_rate, units a second
  bool new_on_demand_table = false;
  double warm_write_units = 0;  // warm throughput asked for
  double provisioned_write_units = 0;
};

struct Estimate {
  uint64_t items = 0;
  uint64_t bytes = 0;
  uint64_t write_units = 0;  // WRU, indexes included
  double dollars = 0;
  double seconds = 0;
  std::string from;  // "last run", "row estimate × item size of the contract"
};

struct TableEstimate {
  std::string table;
  Estimate estimate;
};

Estimate estimate_load(const EstimateInput& input);

// US East (N. Virginia), on-demand standard writes. The price list's date is PRICE_DATE; other regions differ.
inline constexpr double DOLLARS_PER_MILLION_WRITE_UNITS = 0.625;
inline constexpr const char* PRICE_DATE = "2024-11-01";
// "a new on-demand table can sustain up to 4,000 writes per second" (DynamoDB developer guide, on-demand capacity
// mode).
inline constexpr double NEW_TABLE_WRITE_UNITS = 4000;

}  // namespace migrate
