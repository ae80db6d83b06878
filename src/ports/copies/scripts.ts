/**
 * The steps that Redis does in one piece. A copy is stored as `<account id>|<epoch>|<version>|<text>`: the account's id
 * comes first, so that the step that reads it can look at the account's version in the same round trip.
 */

/** Length of an account's id, by which the script finds it. */
export const ACCOUNT_ID_LENGTH = 30

/** KEYS: copies. ARGV: prefix of versions. Gives each copy and its account's version, or nothing and nothing. */
export const READ = `
local found = {}
for i, key in ipairs(KEYS) do
  local copy = redis.call('GET', key)
  found[2 * i - 1] = copy
  found[2 * i] = copy and redis.call('GET', ARGV[1] .. string.sub(copy, 1, ${ACCOUNT_ID_LENGTH}))
end
return found`

/**
 * KEYS: copy, version, epoch. ARGV: epoch, version, value, seconds to keep the copy, seconds to keep the version.
 * Refused under another epoch (an emptied store has none) and under a version that has been passed.
 */
export const WRITE = `
local epoch = redis.call('GET', KEYS[3])
if epoch ~= ARGV[1] then return epoch or '' end
if tonumber(redis.call('GET', KEYS[2]) or '0') > tonumber(ARGV[2]) then return 'passed' end
redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[5])
redis.call('SET', KEYS[1], ARGV[3], 'EX', ARGV[4])
return 'kept'`

/** KEYS: versions. ARGV: seconds to keep them, then the version of each. Never goes back. */
export const RAISE = `
for i, key in ipairs(KEYS) do
  local version = ARGV[i + 1]
  if tonumber(redis.call('GET', key) or '0') < tonumber(version) then redis.call('SET', key, version, 'EX', ARGV[1]) end
end`

/**
 * KEYS: epoch. ARGV: epoch, whether it has just begun. Never goes back. An emptied store takes only one that has just
 * begun: under one that other nodes are in already, a slow writer of theirs would not learn that the versions are gone.
 */
export const ADOPT = `
local epoch = redis.call('GET', KEYS[1])
if not epoch and ARGV[2] ~= 'begun' then return '' end
if tonumber(epoch or '0') < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[1]) end
return redis.call('GET', KEYS[1])`
