// Runs a Plan: see build.h. Public entry: build.
//
// A target is settled when all it needs has ended: it is skipped, found up to date (early cutoff), or ready. Settling
// is done by whichever thread ended the last of its needs, and so is the making of pure targets: thousands of them cost
// no hand-over between threads. Ready targets that are not pure go to one queue, from which workers, the calling thread
// among them, take the first that its pool lets start.
#include "graph/build.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "graph/compare.h"
#include "graph/make_target.h"
#include "graph/queue.h"

namespace migrate {
namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point begun) { return std::chrono::duration<double>(Clock::now() - begun).count(); }

void log_failure(const std::string& target, const Error& error) {
  log_to_file(LogLevel::error, "a target failed",
              {{"target", target},
               {"code", std::string(error_code(error.kind))},
               {"error", error.message},
               {"hint", error.hint}});
}

class Builder {
 public:
  Builder(Plan& plan, Cache& cache, const BuildOptions& options)
      : plan_(plan),
        graph_(*plan.graph),
        cache_(cache),
        options_(options),
        queue_(graph_, chain_lengths(plan), options.pools),
        waiting_(plan.items.size()),
        results_(plan.items.size()) {}

  Result<BuildSummary> run() {
    auto begun = Clock::now();
    if (auto saved = save_planned(); !saved) return saved.error();
    std::vector<TargetIndex> pure = start();
    make_pure(std::move(pure));

    std::vector<std::thread> workers;
    auto wanted = std::min<size_t>(static_cast<size_t>(std::max(options_.threads, 1)), unfinished_);
    while (workers.size() + 1 < wanted) workers.emplace_back([this] { work(); });
    work();
    for (std::thread& worker : workers) worker.join();

    if (cache_error_) return *cache_error_;
    finish_rest();
    return summary(since(begun));
  }

 private:
  bool cancelled() const {
    return options_.cancelled != nullptr && options_.cancelled->load(std::memory_order_relaxed);
  }

  // Pure targets that were made while planning, all in one transaction.
  Result<void> save_planned() {
    std::vector<Record> records;
    for (TargetIndex i : plan_.order) {
      const PlanItem& item = plan_.items[i];
      if (!item.detail || !item.detail->made) continue;
      records.push_back(make_record(graph_.target(i), *item.detail->made, item.detail->seconds, options_.run));
      gather_inputs(graph_, graph_.target(i), item.detail->leaves, plan_.items, records.back().inputs);
    }
    if (records.empty()) return {};
    return cache_.save_all(records);
  }

  // Ends what planning has decided and settles what can start; gives the pure targets among them.
  std::vector<TargetIndex> start() {
    std::lock_guard lock(mutex_);
    std::vector<TargetIndex> pure, ready;
    for (TargetIndex i : plan_.order) {
      PlanItem& item = plan_.items[i];
      for (TargetIndex need : graph_.target(i).needs) {
        if (results_[need].outcome == Outcome::outside) ++waiting_[i];
      }
      switch (item.state) {
        case TargetState::clean:
          results_[i].outcome = Outcome::up_to_date;
          results_[i].open_problems = item.record->open_problems;
          if (item.record->open_problems > 0) {
            queue_.push(i);
            ++unfinished_;
          }
          break;
        case TargetState::failed:
          results_[i].error = item.detail->error;
          report(i, Outcome::failed);
          if (!options_.keep_going) stop_ = true;
          break;
        case TargetState::blocked:
          results_[i].because_of = item.detail->because_of;
          report(i, Outcome::skipped);
          break;
        default:
          if (item.detail->made) {
            results_[i].seconds = item.detail->seconds;
            results_[i].open_problems = item.detail->made->open_problems;
            report(i, made_or_unchanged(item.record, item.output));
            break;
          }
          ++unfinished_;
          // What a prediction said is not what it will be until it is made.
          if (waiting_[i] == 0) ready.push_back(i);
      }
    }
    for (TargetIndex i : ready) settle(i, pure);
    return pure;
  }

  // With the mutex held: what is to become of a target whose needs have all ended, and of those that then follow.
  void settle(TargetIndex first, std::vector<TargetIndex>& pure) {
    std::vector<TargetIndex> list{first};
    while (!list.empty()) {
      TargetIndex i = list.back();
      list.pop_back();
      const Target& target = graph_.target(i);
      if (const TargetIndex* culprit = failed_need(i)) {
        results_[i].because_of = *culprit;
        report(i, Outcome::skipped);
      } else if (needs_making(i)) {
        if (target.rule->pure()) {
          pure.push_back(i);
        } else {
          queue_.push(i);
        }
        continue;
      } else {
        plan_.items[i].output = plan_.items[i].record->output;
        plan_.items[i].output_known = true;
        results_[i].open_problems = plan_.items[i].record->open_problems;
        report(i, Outcome::up_to_date);
      }
      --unfinished_;
      release_users(i, list);
    }
  }

  const TargetIndex* failed_need(TargetIndex i) {
    for (const TargetIndex& need : graph_.target(i).needs) {
      if (results_[need].outcome == Outcome::failed) return &need;
      if (results_[need].outcome == Outcome::skipped) return &results_[need].because_of;
    }
    return nullptr;
  }

  // A `will` is made; a `may` where the world could not be seen, or an input has really changed.
  bool needs_making(TargetIndex i) {
    const PlanItem& item = plan_.items[i];
    if (item.state == TargetState::will) return true;
    if (item.detail->observation.kind == Observation::Kind::unknown) return true;
    gather_inputs(graph_, graph_.target(i), item.detail->leaves, plan_.items, scratch_);
    if (scratch_ == item.record->inputs) return false;
    return !compare_inputs(graph_, graph_.target(i), item.detail->leaves, plan_.items, *item.record).empty();
  }

  void release_users(TargetIndex i, std::vector<TargetIndex>& ready) {
    for (TargetIndex user : graph_.target(i).needed_by) {
      // Outside the plan, or clean because of what was predicted, or ended while planning.
      if (waiting_[user] == 0 || results_[user].outcome != Outcome::outside) continue;
      if (--waiting_[user] == 0) ready.push_back(user);
    }
  }

  // Pure targets that are ready, and pure ones that become so. Their records are saved together.
  void make_pure(std::vector<TargetIndex> ready) {
    if (ready.empty()) return;
    std::vector<Record> records;
    while (!ready.empty()) {
      TargetIndex i = ready.back();
      ready.pop_back();
      {
        std::lock_guard lock(mutex_);
        if (stop_ || cancelled()) break;
        tell_started(i);
      }
      Ended ended = run_one(i);
      if (ended.record) records.push_back(std::move(*ended.record));
      std::lock_guard lock(mutex_);
      finish(i, std::move(ended), ready);
    }
    if (records.empty()) return;
    if (auto saved = cache_.save_all(records); !saved) stop_with(saved.error());
  }

  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      TargetIndex i = 0;
      if (stop_ || cancelled() || unfinished_ == 0) break;
      if (!queue_.pop(i)) {
        if (active_ == 0) break;
        ++idle_;
        wake_.wait(lock);
        --idle_;
        continue;
      }
      ++active_;
      tell_started(i);
      lock.unlock();
      Ended ended = run_one(i);
      if (ended.record) {
        if (auto saved = cache_.save(*ended.record); saved) {
          if (ended.when_recorded) ended.when_recorded();
        } else {
          stop_with(saved.error());
          ended = cache_failed(saved.error());
        }
      }
      lock.lock();
      queue_.release(i);
      std::vector<TargetIndex> pure;
      finish(i, std::move(ended), pure);
      if (!pure.empty()) {
        wake(queue_.size());
        lock.unlock();
        make_pure(std::move(pure));
        lock.lock();
      }
      --active_;
      // This thread takes one of the ready ones itself.
      wake(queue_.size() > 0 ? queue_.size() - 1 : 0);
    }
    wake_.notify_all();
  }

  void wake(size_t ready) {
    for (size_t n = std::min(ready, idle_); n > 0; --n) wake_.notify_one();
  }

  void stop_with(const Error& error) {
    std::lock_guard lock(mutex_);
    if (!cache_error_) cache_error_ = error;
    stop_ = true;
  }

  // Without the mutex. What it reads of the plan has ended before this target became ready.
  Ended run_one(TargetIndex i) {
    Ended ended = make_target(plan_, i, cache_, options_, [this, i](uint64_t done, uint64_t expected, uint64_t errors) {
      if (options_.listener == nullptr) return;
      std::lock_guard lock(listener_mutex_);
      options_.listener->progress(graph_.target(i), done, expected, errors);
    });
    if (ended.cache_error) stop_with(*ended.cache_error);
    if (ended.result.error) log_failure(graph_.target(i).id, *ended.result.error);
    return ended;
  }

  // With the mutex held.
  void finish(TargetIndex i, Ended ended, std::vector<TargetIndex>& pure) {
    --unfinished_;
    bool review = plan_.items[i].state == TargetState::clean;
    results_[i] = std::move(ended.result);
    if (results_[i].outcome == Outcome::failed) {
      if (!options_.keep_going) stop_ = true;
    } else if (!review) {
      plan_.items[i].output = ended.output;
      plan_.items[i].output_known = true;
    }
    report(i, results_[i].outcome);
    if (review) return;
    std::vector<TargetIndex> ready;
    release_users(i, ready);
    for (TargetIndex user : ready) settle(user, pure);
  }

  void tell_started(TargetIndex i) {
    if (options_.listener == nullptr) return;
    std::lock_guard lock(listener_mutex_);
    options_.listener->started(graph_.target(i));
  }

  void report(TargetIndex i, Outcome outcome) {
    results_[i].outcome = outcome;
    if (options_.listener == nullptr) return;
    std::lock_guard lock(listener_mutex_);
    options_.listener->finished(graph_.target(i), results_[i]);
  }

  // What was never reached: behind a failure, or because the build stopped.
  void finish_rest() {
    for (TargetIndex i : plan_.order) {
      if (results_[i].outcome != Outcome::outside) continue;
      if (const TargetIndex* culprit = failed_need(i)) {
        results_[i].because_of = *culprit;
        report(i, Outcome::skipped);
      } else {
        results_[i].outcome = Outcome::not_started;
      }
    }
  }

  BuildSummary summary(double seconds) {
    BuildSummary all;
    for (TargetIndex i : plan_.order) {
      const TargetResult& result = results_[i];
      all.open_problems += result.open_problems;
      if (result.error && result.error->kind == ErrorKind::interrupted) all.interrupted = true;
      size_t* counters[] = {nullptr,     &all.up_to_date, &all.made,       &all.unchanged,
                            &all.failed, &all.skipped,    &all.not_started};
      if (size_t* counter = counters[static_cast<size_t>(result.outcome)]) ++*counter;
    }
    if (cancelled() && all.not_started > 0) all.interrupted = true;
    all.seconds = seconds;
    all.targets = std::move(results_);
    return all;
  }

  Plan& plan_;
  const Graph& graph_;
  Cache& cache_;
  const BuildOptions& options_;

  std::mutex mutex_;  // all below
  std::condition_variable wake_;
  ReadyQueue queue_;
  std::vector<uint32_t> waiting_;  // needs that have not ended, by target
  std::vector<TargetResult> results_;
  RecordInputs scratch_;
  size_t unfinished_ = 0;  // targets that are to be settled, made or reviewed
  size_t active_ = 0;      // workers that run one
  size_t idle_ = 0;
  bool stop_ = false;
  std::optional<Error> cache_error_;

  std::mutex listener_mutex_;  // taken after mutex_ where both are
};

}  // namespace

Result<BuildSummary> build(Plan& plan, Cache& cache, const BuildOptions& options) {
  return Builder(plan, cache, options).run();
}

}  // namespace migrate
