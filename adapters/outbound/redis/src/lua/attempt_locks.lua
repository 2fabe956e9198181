-- KEYS: counter and leases of one purpose after the other. ARGV: limits (4) of each.
local answer = {}
for index = 1, #KEYS / 2 do
  local counter = attempts(KEYS[2 * index - 1], KEYS[2 * index], 4 * index - 3)
  answer[index] = counter.is_locked() and '1' or '0'
end
return answer
