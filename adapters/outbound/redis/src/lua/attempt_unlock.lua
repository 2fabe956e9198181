-- KEYS: counter and leases of one counter after the other. ARGV: limits (4) and those of the lane (3) of
-- each. Tells whether any was locked.
local counters, was_locked = {}, '0'
for index = 1, #KEYS / 2 do
  local at = 7 * index - 6
  counters[index] = attempts(KEYS[2 * index - 1], KEYS[2 * index], at, nil, at + 4)
end
for _, counter in ipairs(counters) do
  if counter.unlock()[1] == '1' then
    was_locked = '1'
  end
  counter.save()
end
return { was_locked }
