/**
 * Appends runs, each to the hash of its channel: `epoch`, `from`, `to`, and an event under each seq from..to.
 *
 * KEYS: one a run. ARGV: how many events are kept, for how many seconds; then for each run its epoch, the seq of its first event,
 * the number of events, and the events.
 */
export const APPEND_SCRIPT = `
local maxEvents, ttlSeconds = tonumber(ARGV[1]), tonumber(ARGV[2])
local at = 3

-- A call in Lua takes some thousands of arguments at most.
local function inParts(command, key, items)
  for i = 1, #items, 1000 do
    redis.call(command, key, unpack(items, i, math.min(i + 999, #items)))
  end
end

local function append(key, epoch, first, last, events)
  local kept = redis.call('HMGET', key, 'epoch', 'from', 'to')
  local isSameEpoch = kept[1] == epoch
  local from, to = tonumber(kept[2]), tonumber(kept[3])
  if isSameEpoch and last <= to then return end
  if not isSameEpoch or first > to + 1 then
    redis.call('DEL', key)
    from, to = math.max(first, last - maxEvents + 1), math.max(first, last - maxEvents + 1) - 1
  end
  local added = {}
  for seq = to + 1, last do
    added[#added + 1] = string.format('%d', seq)
    added[#added + 1] = ARGV[events + seq - first]
  end
  inParts('HSET', key, added)
  local dropped, newFrom = {}, math.max(from, last - maxEvents + 1)
  for seq = from, newFrom - 1 do dropped[#dropped + 1] = string.format('%d', seq) end
  if #dropped > 0 then inParts('HDEL', key, dropped) end
  redis.call('HSET', key, 'epoch', epoch, 'from', string.format('%d', newFrom), 'to', string.format('%d', last))
end

for _, key in ipairs(KEYS) do
  local epoch, first, count = ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  append(key, epoch, first, first + count - 1, at + 3)
  redis.call('EXPIRE', key, ttlSeconds)
  at = at + 3 + count
end
`
