-- KEYS: identity. ARGV: mode (read, create, replace or upgrade), then pairs of field and value.
-- `create` writes only where there is no epoch yet, `upgrade` only what is a higher number than before.
-- Answers with what is there afterwards.
local exists = redis.call('HEXISTS', KEYS[1], FIELD_EPOCH) == 1
if ARGV[1] == OPENING_REPLACE or (ARGV[1] == OPENING_CREATE and not exists) then
  for index = 2, argument_count, 2 do
    redis.call('HSET', KEYS[1], ARGV[index], ARGV[index + 1])
  end
end
if ARGV[1] == OPENING_UPGRADE and exists then
  for index = 2, argument_count, 2 do
    local before = tonumber(redis.call('HGET', KEYS[1], ARGV[index]) or nil) or 0
    if tonumber(ARGV[index + 1]) > before then
      redis.call('HSET', KEYS[1], ARGV[index], ARGV[index + 1])
    end
  end
end
local answer = redis.call('HMGET', KEYS[1], FIELD_EPOCH, FIELD_INDEX_KEY,
  FIELD_INDEX_KEY_CHECK, FIELD_COMPLETE, FIELD_SUCCEEDS, FIELD_FORMAT,
  FIELD_READABLE_BY)
for index = 1, 7 do
  answer[index] = answer[index] or ''
end
return answer
