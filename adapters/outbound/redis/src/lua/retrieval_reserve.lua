-- KEYS: counter, leases, record. ARGV: limits (4), token.
local counter = attempts(KEYS[1], KEYS[2], 1, ARGV[5])
local record = redis.call('HMGET', KEYS[3], 'id', 'hash', 'route', 'operator', 'identity')
local answer = counter.reserve()
counter.save()
if answer[1] == ANSWER_GRANTED then
  return { ANSWER_GRANTED, record[1] or '', record[2] or '', record[3] or '', record[4] or '',
    record[5] or '' }
end
return answer
