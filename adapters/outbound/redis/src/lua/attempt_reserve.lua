-- KEYS: counter, leases, hashes. ARGV: limits (4), those of the lane (3), token, purpose of the hash.
local counter = attempts(KEYS[1], KEYS[2], 1, ARGV[8], 5)
local hash = redis.call('HGET', KEYS[3], ARGV[9])
local answer = counter.reserve()
counter.save()
if answer[1] == ANSWER_GRANTED then
  answer[3] = hash or ''
end
return answer
