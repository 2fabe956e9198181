-- KEYS: contract, users, users in order. ARGV: write or preview, contract, lengths of codes, then
-- for each user the name, a digest of all that is imported, and the body.
-- A user is kept as digest, a space and body.
local summary = { added = 0, changed = 0, unchanged = 0 }
local given, different = {}, {}
for index = 4, argument_count, 3 do
  local name, digest = ARGV[index], ARGV[index + 1]
  local before = redis.call('HGET', KEYS[2], name)
  local kind = 'unchanged'
  if not before then
    kind = 'added'
  elseif string.sub(before, 1, DIGEST_LENGTH) ~= digest then
    kind = 'changed'
  end
  summary[kind] = summary[kind] + 1
  given[name] = true
  if kind ~= 'unchanged' then
    different[#different + 1] = index
  end
end
local gone = {}
for _, name in ipairs(redis.call('HKEYS', KEYS[2])) do
  if not given[name] then
    gone[#gone + 1] = name
  end
end
if ARGV[1] == IMPORT_WRITE then
  redis.call('HSET', KEYS[1], 'body', ARGV[2], 'lengths', ARGV[3])
  for _, index in ipairs(different) do
    redis.call('HSET', KEYS[2], ARGV[index], ARGV[index + 1] .. ' ' .. ARGV[index + 2])
    redis.call('ZADD', KEYS[3], 0, ARGV[index])
  end
  for _, name in ipairs(gone) do
    redis.call('HDEL', KEYS[2], name)
    redis.call('ZREM', KEYS[3], name)
  end
end
return { text(summary.added), text(summary.changed), text(#gone), text(summary.unchanged) }
