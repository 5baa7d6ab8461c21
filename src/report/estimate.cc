// What a load will take: estimate_load().
#include "report/estimate.h"

#include <algorithm>
#include <cmath>

namespace migrate {
namespace {

// "A write unit is one write of up to 1 KB": whole units, at least one (DynamoDB developer guide, read and write
// units).
double units_per_item(double bytes) { return std::max(1.0, std::ceil(bytes / 1024)); }

double sustained_units(const EstimateInput& in) {
  double units = in.write_rate;
  if (in.provisioned_write_units > 0) return std::min(units, in.provisioned_write_units);
  if (in.new_on_demand_table) units = std::min(units, std::max(NEW_TABLE_WRITE_UNITS, in.warm_write_units));
  return units;
}

}  // namespace

Estimate estimate_load(const EstimateInput& in) {
  Estimate out;
  double item_bytes = 0;
  std::string size_from;
  if (in.last_item_bytes > 0) {
    item_bytes = in.last_item_bytes;
    size_from = "item size of the last run";
  } else if (in.contract_item_bytes > 0) {
    item_bytes = in.contract_item_bytes;
    size_from = "item size of the contract";
  } else {
    item_bytes = std::max(in.row_bytes, 50.0);
    size_from = "mean row length";
  }
  out.items = in.rows > 0 || in.last_items == 0 ? in.rows : in.last_items;
  out.from = "the server's row estimate, " + size_from;
  double units = units_per_item(item_bytes) * static_cast<double>(1 + in.indexes);
  out.bytes = static_cast<uint64_t>(static_cast<double>(out.items) * item_bytes);
  out.write_units = static_cast<uint64_t>(static_cast<double>(out.items) * units);
  out.dollars = static_cast<double>(out.write_units) / 1e6 * DOLLARS_PER_MILLION_WRITE_UNITS;
  if (in.last_items_per_second > 0) {
    out.seconds = static_cast<double>(out.items) / in.last_items_per_second;
    out.from += ", speed of the last run";
  } else {
    // The limit is on the table's own units: indexes take theirs beside it.
    out.seconds = static_cast<double>(out.items) * units_per_item(item_bytes) / sustained_units(in);
    out.from += in.new_on_demand_table ? ", what a new table takes" : ", limits.write_rate";
  }
  return out;
}

}  // namespace migrate
