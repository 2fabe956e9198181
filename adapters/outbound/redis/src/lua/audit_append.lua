-- audit_append
-- KEYS: log, last line of each chain, then what lines are found by.
-- ARGV: chain, number of the first line, then for each line: text, and twice what it is found by, as
-- its place among the keys or nothing.
local first, count = tonumber(ARGV[2]), (argument_count - 2) / 3
local last = tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or '0')
if count == 0 and first - 1 <= last then
  return { ANSWER_KEPT }
end
if count > 0 and first + count - 1 <= last then
  -- Written again so that waiting for the replicas has something to wait for.
  redis.call('HSET', KEYS[2], ARGV[1], text(last))
  return { ANSWER_KEPT }
end
if first ~= last + 1 then
  return { ANSWER_BEHIND, text(last) }
end
for index = 3, argument_count, 3 do
  local place = redis.call('XADD', KEYS[1], '*', 'line', ARGV[index])
  for offset = 1, 2 do
    local key = tonumber(ARGV[index + offset])
    if key then
      redis.call('XADD', KEYS[key], place, 'line', '')
    end
  end
end
redis.call('HSET', KEYS[2], ARGV[1], text(first + count - 1))
return { ANSWER_KEPT }
