/**
 * The steps that Redis does in one piece. A bucket is a sorted set: a member for each attempt, `o` (open) or `c` (counted)
 * before its id, and the moment of the attempt as its score. It expires by itself a window after the last one.
 */

/**
 * KEYS: buckets. ARGV: now, lease, member, then points and window of each; milliseconds.
 * Gives 0: taken; -1: busy; else the milliseconds until it is worth coming back.
 */
export const TAKE = `
local now, lease = tonumber(ARGV[1]), tonumber(ARGV[2])
local busy, full = false, 0
for i, key in ipairs(KEYS) do
  local points, window = tonumber(ARGV[2 * i + 2]), tonumber(ARGV[2 * i + 3])
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now - window)
  if redis.call('ZCARD', key) >= points then
    local open = false
    local entries = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
    for at = 1, #entries, 2 do
      if string.sub(entries[at], 1, 1) == 'o' and tonumber(entries[at + 1]) > now - lease then open = true end
    end
    if open then busy = true else full = math.max(full, tonumber(entries[2]) + window - now) end
  end
end
if full > 0 then return full end
if busy then return -1 end
for i, key in ipairs(KEYS) do
  redis.call('ZADD', key, now, ARGV[3])
  redis.call('PEXPIRE', key, ARGV[2 * i + 3])
end
return 0`

/**
 * KEYS: buckets. ARGV: now, lease, id, then act, points and window of each. Gives 0 or 1 for each.
 * What becomes counted is added before it is taken out: a set that is empty for a moment loses its time to live.
 */
export const SETTLE = `
local now, lease, id = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local answers = {}
local function counted(key)
  local found = {}
  local entries = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
  for at = 1, #entries, 2 do
    local open = string.sub(entries[at], 1, 1) == 'o' and tonumber(entries[at + 1]) > now - lease
    if not open then table.insert(found, entries[at]) end
  end
  return found
end
for i, key in ipairs(KEYS) do
  local act, points, window = ARGV[3 * i + 1], tonumber(ARGV[3 * i + 2]), tonumber(ARGV[3 * i + 3])
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now - window)
  answers[i] = 0
  if act == 'COUNT' then
    local score = redis.call('ZSCORE', key, 'o' .. id)
    if score then
      redis.call('ZADD', key, score, 'c' .. id)
      redis.call('ZREM', key, 'o' .. id)
      if #counted(key) == points then answers[i] = 1 end
    end
  else
    redis.call('ZREM', key, 'o' .. id, 'c' .. id)
    if act == 'FORGIVE' then
      local old = counted(key)
      if #old >= points then answers[i] = 1 end
      for _, member in ipairs(old) do redis.call('ZREM', key, member) end
    end
  end
end
return answers`
