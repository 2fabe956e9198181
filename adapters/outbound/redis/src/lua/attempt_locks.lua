-- KEYS: counter and leases of one counter after the other. ARGV: limits (4) and those of the lane (3) of
-- each.
local answer = {}
for index = 1, #KEYS / 2 do
  local at = 7 * index - 6
  local counter = attempts(KEYS[2 * index - 1], KEYS[2 * index], at, nil, at + 4)
  answer[index] = counter.is_locked() and '1' or '0'
end
return answer
