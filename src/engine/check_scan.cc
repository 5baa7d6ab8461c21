// The target side of a check: parallel scans of the table and of its indexes. feed_items(), feed_entries(),
// count_items().
#include <algorithm>

#include "engine/check_work.h"

namespace migrate::checking {
namespace {

std::string doing(const Work& work, int index) {
  std::string what = "Scan of '" + work.job.target_table + "'";
  if (index >= 0) what += ", index '" + work.job.indexes[static_cast<size_t>(index)].name + "'";
  return what;
}

}  // namespace

ScanRequest scan_request(const Work& work, const Place& place) {
  ScanRequest request;
  request.table = work.job.target_table;
  if (place.index >= 0) {
    request.index = work.job.indexes[static_cast<size_t>(place.index)].name;
    request.consistent = false;  // DynamoDB has no consistent reads of global secondary indexes
  }
  request.segment = place.segment;
  request.segments = scan_segments;
  request.start_key = place.start_key;
  return request;
}

std::vector<std::string> projected_attributes(const Work& work, const IndexSpec& index) {
  if (index.projection == Projection::all) return work.attributes;
  std::vector<std::string> names = {work.job.views.pk, index.pk.name};
  if (!work.job.views.sk.empty()) names.push_back(work.job.views.sk);
  if (index.sk) names.push_back(index.sk->name);
  if (index.projection == Projection::include) {
    names.insert(names.end(), index.projected.begin(), index.projected.end());
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

Result<void> scan_segments_of(Work& work, SegmentDealer& dealer, int index, AwsClient& client,
                              const std::function<Result<void>(const Page&, uint32_t place)>& page) {
  for (uint32_t segment = dealer.next++; segment < scan_segments; segment = dealer.next++) {
    Place place{false, 0, {}, index, segment, {}};
    do {
      if (work.stop) return {};
      const uint32_t number = work.add_place(place);
      TRY(body, call(client, scan(scan_request(work, place)), doing(work, index), work.policy()));
      TRY(answer, read_page(body));
      CHECK_OK(page(answer, number));
      place.start_key = std::string(answer.last_key);
    } while (!place.start_key.empty());
  }
  return {};
}

Result<void> feed_items(Work& work, SegmentDealer& dealer, AwsClient& client, ExternalSort::Feeder& feeder) {
  const TableViews& views = work.job.views;
  std::vector<std::vector<std::string>> projected;
  for (const IndexSpec& i : work.job.indexes) projected.push_back(projected_attributes(work, i));
  return scan_segments_of(work, dealer, -1, client, [&](const Page& page, uint32_t place) -> Result<void> {
    for (const std::string_view json : page.items) {
      TRY(key, item_key(json, views.pk, views.sk));
      bool others = false;
      TRY(content, item_digest(json, &work.attributes, &others));
      if (others) ++work.enriched;
      SortRecord record{key_digest(key), content, place, Kind::item, 0, 0};
      CHECK_OK(feeder.add(record));
      const uint32_t indexes = holding_indexes(json, work.job.indexes);
      record.kind = Kind::index_expected;
      for (size_t i = 0; i < work.job.indexes.size(); ++i) {
        if ((indexes >> i & 1) == 0) continue;
        record.index = static_cast<uint8_t>(i);
        if (work.job.indexes[i].projection != Projection::all) {
          TRY(part, item_digest(json, &projected[i]));
          record.content = part;
        } else {
          record.content = content;
        }
        CHECK_OK(feeder.add(record));
      }
    }
    work.items += page.items.size();
    return {};
  });
}

Result<void> feed_entries(Work& work, SegmentDealer& dealer, int index, AwsClient& client,
                          ExternalSort::Feeder& feeder) {
  const TableViews& views = work.job.views;
  const auto projected = projected_attributes(work, work.job.indexes[static_cast<size_t>(index)]);
  return scan_segments_of(work, dealer, index, client, [&](const Page& page, uint32_t place) -> Result<void> {
    for (const std::string_view json : page.items) {
      TRY(key, item_key(json, views.pk, views.sk));
      TRY(content, item_digest(json, &projected));
      CHECK_OK(feeder.add({key_digest(key), content, place, Kind::index_found, static_cast<uint8_t>(index), 0}));
    }
    work.entries += page.items.size();
    return {};
  });
}

Result<uint64_t> count_items(Work& work, AwsClient& client, int index) {
  uint64_t count = 0;
  for (uint32_t segment = 0; segment < scan_segments; ++segment) {
    ScanRequest request = scan_request(work, {false, 0, {}, index, segment, {}});
    request.count_only = true;
    do {
      if (work.stop) return Error(ErrorKind::interrupted, "the check was interrupted");
      TRY(body, call(client, scan(request), doing(work, index), work.policy()));
      TRY(answer, read_page(body));
      count += answer.count;
      work.items = count;
      request.start_key = std::string(answer.last_key);
    } while (!request.start_key.empty());
  }
  return count;
}

}  // namespace migrate::checking
