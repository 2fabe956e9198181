-- KEYS: last step. ARGV: step, in twenty digits, so that text compares as numbers do.
local last = redis.call('GET', KEYS[1])
if last and last >= ARGV[1] then
  return { '0' }
end
redis.call('SET', KEYS[1], ARGV[1])
return { '1' }
