-- KEYS: users of a contract in order, users. ARGV: how many to skip; how many.
local first = tonumber(ARGV[1])
local names = redis.call('ZRANGE', KEYS[1], first, first + tonumber(ARGV[2]) - 1)
local found = {}
for index, name in ipairs(names) do
  found[index] = string.sub(redis.call('HGET', KEYS[2], name), 66)
end
return found
