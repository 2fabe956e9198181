-- KEYS: users of a contract in order, users. ARGV: after whom, or empty; how many.
local from = ARGV[1] == '' and '-' or '(' .. ARGV[1]
local names = redis.call('ZRANGEBYLEX', KEYS[1], from, '+', 'LIMIT', 0, tonumber(ARGV[2]))
local found = {}
for index, name in ipairs(names) do
  found[index] = string.sub(redis.call('HGET', KEYS[2], name), DIGEST_LENGTH + 2)
end
return found
