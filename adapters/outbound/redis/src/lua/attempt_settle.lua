-- KEYS: counter, leases. ARGV: limits (4), those of the lane (3), token, verdict.
local counter = attempts(KEYS[1], KEYS[2], 1, ARGV[8], 5)
local answer = counter.settle(ARGV[9])
if answer[1] == ANSWER_ACCEPTED then
  counter.accepted()
end
counter.save()
return answer
