// report_totals(), report_verdict(), check_lines() and the small forms of figures.
#include "report/findings.h"

#include <cmath>
#include <cstdio>

#include "base/json.h"
#include "base/text.h"
#include "report/estimate.h"

namespace migrate {

std::string count_text(uint64_t n) { return with_thousands(n); }

namespace {

std::string decimals(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

double dollars_of(double write_units) { return write_units / 1e6 * DOLLARS_PER_MILLION_WRITE_UNITS; }

}  // namespace

std::string dollar_text(double dollars) {
  if (dollars <= 0) return "$0";
  return dollars < 0.01 ? "less than $0.01" : "$" + decimals(dollars, 2);
}

std::string share_text(double share) { return decimals(share * 100, share < 0.1 ? 1 : 0) + "%"; }

std::string milliseconds_text(double seconds) {
  const double ms = seconds * 1000;
  return decimals(ms, ms < 10 ? 1 : 0) + " ms";
}

std::string resumed_text(const TableRun& run) {
  if (run.chunks_skipped == 0) return "";
  return " (an earlier attempt finished " + count_text(run.chunks_skipped) + " of " + plural(run.chunks, "chunk") + ")";
}

std::string time_text(const std::string& iso) {
  if (iso.size() < 17 || iso[10] != 'T') return iso;
  return iso.substr(0, 10) + " " + iso.substr(11, 5) + " UTC";
}

double ReportTotals::dollars() const { return dollars_of(write_units); }

double table_write_units(const ReportTable& table) {
  return table.run ? table.run->write_units * static_cast<double>(1 + table.indexes) : 0;
}

ReportTotals report_totals(const ReportData& data) {
  ReportTotals t;
  t.tables = data.tables.size();
  for (const ReportTable& table : data.tables) {
    const Health health = table_health(table);
    if (health == Health::good) {
      const CheckMode mode = table.check->mode;
      ++(mode == CheckMode::full ? t.right : mode == CheckMode::sample ? t.sampled : t.counted);
    }
    t.open += health == Health::attention ? 1 : 0;
    t.failed += health == Health::failed ? 1 : 0;
    t.not_run += table.run ? 0 : 1;
    t.write_units += table_write_units(table);
    if (const auto& r = table.run) {
      t.written += r->written;
      t.present += r->present;
      t.conflicts += r->conflicts;
      t.dead_rows += r->dead_rows;
      t.item_bytes += r->item_bytes;
      t.retries += r->retries;
      t.throttles += r->throttles;
      t.requests += r->requests;
      t.seconds += r->seconds;
    }
    if (const auto& c = table.check) {
      ++t.checked_tables;
      t.missing += c->missing;
      t.different += c->different;
      t.extra += c->extra;
      t.unreported_duplicates += c->unreported_duplicates;
      t.checked += c->checked();
      t.wrong += c->wrong();
      for (const ReferenceCheck& r : c->references) t.orphans += r.orphans;
      for (const IndexCheck& i : c->indexes) t.index_entries += i.wrong();
      for (const PatternCheck& p : c->patterns) t.patterns += p.outcome == PatternCheck::Outcome::fails ? 1 : 0;
      t.lookups += c->lookup && !c->lookup->holds ? 1 : 0;
    }
  }
  t.items = t.written + t.present;
  return t;
}

Health table_health(const ReportTable& table) {
  if (!table.problem.empty()) return Health::failed;
  if ((table.run && table.run->open_problems() > 0) || (table.check && !table.check->passed())) {
    return Health::attention;
  }
  return table.check ? Health::good : Health::unknown;
}

std::string_view health_word(Health health) {
  switch (health) {
    case Health::good:
      return "right";
    case Health::attention:
      return "attention";
    case Health::failed:
      return "failed";
    case Health::unknown:
      break;
  }
  return "not checked";
}

std::string_view passed_word(CheckMode mode) {
  return mode == CheckMode::full ? "right" : mode == CheckMode::sample ? "sampled" : "counted";
}

std::string_view table_word(const ReportTable& table) {
  const Health health = table_health(table);
  return health == Health::good ? passed_word(table.check->mode) : health_word(health);
}

namespace {

// Of a report in which nothing is known to be wrong: what was looked at.
std::string good_verdict(const ReportTotals& t) {
  const std::string items = plural(t.items, "item");
  const std::string who = t.tables == 1 ? "The table is" : "All " + std::to_string(t.tables) + " tables are";
  if (t.right == t.tables) return who + " migrated and checked: " + items + ", and nothing is wrong.";
  if (t.counted == t.tables) {
    return who + " migrated: " + items + ". Only the counts were compared, and they agree.";
  }
  if (t.sampled == t.tables) {
    return who + " migrated: " + items + ". Only samples were compared, and nothing in them is wrong.";
  }
  std::vector<std::string> parts;
  if (t.right > 0) parts.push_back(std::to_string(t.right) + " compared row by row");
  if (t.sampled > 0) parts.push_back(std::to_string(t.sampled) + " by a sample");
  if (t.counted > 0) parts.push_back(std::to_string(t.counted) + " by count alone");
  return who + " migrated: " + items + ". Of the tables, " + join(parts, ", ") + ": nothing was found wrong.";
}

// An item that no row gives is no error, but nobody else is known to write to a table that migrate made.
std::string extra_warning(const ReportData& data) {
  uint64_t extra = 0;
  for (const ReportTable& t : data.tables) {
    if (t.check && t.check->own_table && t.check->mode == CheckMode::full) extra += t.check->extra;
  }
  if (extra == 0) return {};
  return " Warning: " + plural(extra, "item") + " that no row gives " + (extra == 1 ? "is" : "are") +
         " in tables that migrate made.";
}

}  // namespace

Health report_health(const ReportData& data) {
  Health worst = data.tables.empty() ? Health::unknown : Health::good;
  for (const ReportTable& t : data.tables) {
    const Health h = table_health(t);
    if (h == Health::failed) return h;
    if (h == Health::attention || worst == Health::good) worst = h;
  }
  return worst;
}

std::string report_verdict(const ReportData& data) {
  const ReportTotals t = report_totals(data);
  if (t.tables == 0) return "The contract names no tables.";
  std::string items = plural(t.items, "item");
  switch (report_health(data)) {
    case Health::good:
      return good_verdict(t) + extra_warning(data);
    case Health::unknown:
      return std::to_string(t.checked_tables) + " of " + plural(t.tables, "table") +
             (t.tables == 1 ? " is checked so far: " : " are checked so far: ") + items + ", and no problem is known.";
    default:
      break;
  }
  std::string text = std::to_string(t.open + t.failed) + " of " + plural(t.tables, "table") +
                     (t.open + t.failed == 1 && t.tables > 1 ? " needs" : " need") + " attention: ";
  if (t.tables == 1) text = "The table needs attention: ";
  std::vector<std::string> parts;
  if (t.failed > 0) parts.push_back(plural(t.failed, "table") + " failed");
  if (t.missing > 0) parts.push_back(plural(t.missing, "missing item"));
  if (t.different > 0)
    parts.push_back(plural(t.different, "item") + (t.different == 1 ? " that differs" : " that differ"));
  if (t.unreported_duplicates > 0)
    parts.push_back(plural(t.unreported_duplicates, "key") + " that rows share and the run did not report");
  if (t.dead_rows > 0) parts.push_back(plural(t.dead_rows, "row") + " that could not be migrated");
  if (t.conflicts > 0) parts.push_back(plural(t.conflicts, "conflict"));
  if (t.index_entries > 0) {
    parts.push_back((t.index_entries == 1 ? "1 wrong entry" : count_text(t.index_entries) + " wrong entries") +
                    " of indexes");
  }
  if (t.patterns > 0)
    parts.push_back(plural(t.patterns, "access pattern") + (t.patterns == 1 ? " that fails" : " that fail"));
  if (t.lookups > 0) parts.push_back(plural(t.lookups, "column") + " whose uniqueness does not hold");
  if (parts.empty()) parts.push_back("the numbers of rows and items differ");
  return text + join(parts, ", ") + ". " + items + (t.items == 1 ? " is" : " are") + " in place." + extra_warning(data);
}

std::string confidence_text(const CheckResult& check) {
  return "with 95% confidence at most " + share_text(check.error_bound()) + " of the rows are wrong";
}

LetterSample read_letter_sample(const std::string& line) {
  LetterSample s;
  Diagnostics diagnostics;
  const auto document = parse_json({line, "a dead letter"}, diagnostics);
  if (!document) {
    s.reason = printable(line);
    return s;
  }
  const JsonValue root = document->root();
  const auto text = [&](std::string_view key) {
    const auto v = root.find(key);
    return v ? std::string(v->text()) : std::string();
  };
  const auto pairs = [&](std::string_view key) {
    std::string out;
    if (const auto v = root.find(key)) {
      for (const JsonMember m : v->members()) {
        if (!out.empty()) out += ", ";
        out += std::string(m.key()) + "=" + std::string(m.value.text());
      }
    }
    return out;
  };
  s.source_key = pairs("source_key");
  s.key = pairs("key");
  s.attribute = text("attribute");
  s.code = text("code");
  s.reason = text("reason");
  return s;
}

std::vector<CheckLine> check_lines(const CheckResult& c) {
  std::vector<CheckLine> lines;
  if (c.extra > 0 && c.own_table && c.mode == CheckMode::full) {
    lines.push_back({Health::attention, "Items that no row gives",
                     plural(c.extra, "item") +
                         " in a table that migrate made: rows that are gone, keys of an earlier contract, or what an "
                         "application wrote"});
  }
  if (c.unreported_duplicates > 0) {
    lines.push_back({Health::failed, "Keys that rows share",
                     plural(c.unreported_duplicates, "key") +
                         " that the last run did not report: it wrote one of the rows, or their rows are newer; run "
                         "the table again"});
  }
  if (c.changed_meanwhile > 0) {
    lines.push_back({Health::good, "Changed meanwhile",
                     plural(c.changed_meanwhile, "item") + " differed at first and agreed when read again"});
  }
  for (const IndexCheck& i : c.indexes) {
    std::string finding = count_text(i.found) + " of " + count_text(i.expected) + " entries";
    if (i.wrong() > 0) {
      finding += ": " + count_text(i.missing) + " missing, " + count_text(i.extra) + " too many, " +
                 count_text(i.different) + " different";
    }
    if (i.late > 0) finding += "; " + count_text(i.late) + " differed at first and then agreed";
    lines.push_back({i.wrong() > 0 ? Health::attention : Health::good, "Index " + i.name, finding});
  }
  for (const ReferenceCheck& r : c.references) {
    lines.push_back(
        {r.orphans > 0 ? Health::attention : Health::good, "Reference " + r.attribute + " → " + r.joined_table,
         r.orphans > 0 ? plural(r.orphans, "orphan") + ": what they name in " + r.joined_table + " is not there"
                       : "every reference finds its row"});
  }
  if (c.lookup) {
    std::string finding = c.lookup->holds ? "each value has its one item" : "does not hold: items are missing or wrong";
    if (c.lookup->stale > 0) finding += "; " + plural(c.lookup->stale, "item") + " claim a value that no row has";
    lines.push_back({c.lookup->holds ? Health::good : Health::failed,
                     "Uniqueness of " + c.lookup->column + " (" + c.lookup->index + ")", finding});
  }
  for (const PatternCheck& p : c.patterns) {
    const std::string where = p.index.empty() ? "the table's key" : "index " + p.index;
    switch (p.outcome) {
      case PatternCheck::Outcome::works:
        lines.push_back({Health::good, "“" + p.pattern + "”", "answered by " + where});
        break;
      case PatternCheck::Outcome::fails:
        lines.push_back({Health::failed, "“" + p.pattern + "”", "fails on " + where + ": " + p.reason});
        break;
      case PatternCheck::Outcome::no_sample:
        lines.push_back({Health::unknown, "“" + p.pattern + "”", where + " is empty, so there was nothing to query"});
        break;
      case PatternCheck::Outcome::names_nothing:
        lines.push_back({Health::unknown, "“" + p.pattern + "”", "names no key and no index: not tried"});
    }
  }
  return lines;
}

}  // namespace migrate
