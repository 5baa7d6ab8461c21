#include "report/estimate.h"

#include <gtest/gtest.h>

namespace migrate {
namespace {

EstimateInput rows(uint64_t n) {
  EstimateInput in;
  in.rows = n;
  return in;
}

TEST(Estimate, CountsWholeWriteUnitsForItemsAndIndexes) {
  EstimateInput in = rows(1000);
  in.contract_item_bytes = 1025;  // two units
  in.indexes = 2;
  Estimate e = estimate_load(in);
  EXPECT_EQ(e.items, 1000u);
  EXPECT_EQ(e.write_units, 1000u * 2 * 3);
  EXPECT_NEAR(e.dollars, 6000 / 1e6 * DOLLARS_PER_MILLION_WRITE_UNITS, 1e-9);
  EXPECT_EQ(e.from, "the server's row estimate, item size of the contract, limits.write_rate");
}

TEST(Estimate, KnowsThatANewTableTakesFourThousandUnitsASecond) {
  EstimateInput in = rows(40000);
  in.contract_item_bytes = 100;
  in.new_on_demand_table = true;
  EXPECT_DOUBLE_EQ(estimate_load(in).seconds, 10);
  in.warm_write_units = 20000;
  EXPECT_DOUBLE_EQ(estimate_load(in).seconds, 2);
}

TEST(Estimate, PrefersWhatTheLastRunMeasured) {
  EstimateInput in = rows(100);
  in.contract_item_bytes = 4000;
  in.last_items = 90;
  in.last_item_bytes = 200;
  in.last_items_per_second = 50;
  Estimate e = estimate_load(in);
  EXPECT_EQ(e.write_units, 100u);
  EXPECT_DOUBLE_EQ(e.seconds, 2);
}

}  // namespace
}  // namespace migrate
