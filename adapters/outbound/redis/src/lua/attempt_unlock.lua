-- KEYS: counter, leases. ARGV: limits (4).
local counter = attempts(KEYS[1], KEYS[2], 1)
local answer = counter.unlock()
counter.save()
return answer
