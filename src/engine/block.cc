// Blocks, their queue and their memory: see block.h.
#include "engine/block.h"

namespace migrate {

bool MemoryBudget::acquire(uint64_t bytes) {
  std::unique_lock lock(mutex_);
  room_.wait(lock, [&] { return stopped_ || used_ == 0 || used_ + bytes <= limit_; });
  if (stopped_) return false;
  used_ += bytes;
  return true;
}

void MemoryBudget::release(uint64_t bytes) {
  {
    std::lock_guard lock(mutex_);
    used_ -= bytes;
  }
  room_.notify_all();
}

void MemoryBudget::stop() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  room_.notify_all();
}

uint64_t Block::memory() const {
  uint64_t letters = 0;
  for (const DeadLetter& d : dead) letters += sizeof d + d.reason.size() + d.value.size() + 200;
  for (const DeadKey& d : dead_keys) letters += sizeof d + d.key.size();
  return sizeof *this + bytes.capacity() + entries.capacity() * sizeof(Entry) + parts.capacity() * sizeof(Item::Part) +
         letters;
}

Block::~Block() {
  if (budget) budget->release(charged);
}

void BlockQueue::push(std::shared_ptr<Block> block) {
  std::lock_guard lock(mutex_);
  blocks_.push_back(std::move(block));
}

std::shared_ptr<Block> BlockQueue::pop() {
  std::lock_guard lock(mutex_);
  if (blocks_.empty()) return nullptr;
  std::shared_ptr<Block> block = std::move(blocks_.front());
  blocks_.pop_front();
  return block;
}

}  // namespace migrate
