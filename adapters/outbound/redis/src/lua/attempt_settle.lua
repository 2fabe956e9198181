-- KEYS: counter, leases. ARGV: limits (4), token, verdict.
local counter = attempts(KEYS[1], KEYS[2], 1, ARGV[5])
local answer = counter.settle(ARGV[6])
if answer[1] == ANSWER_ACCEPTED then
  counter.forget_failures()
  counter.forget_unanswered()
end
counter.save()
return answer
