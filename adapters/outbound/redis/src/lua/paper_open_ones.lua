-- KEYS: open by version, whether all are listed. First whether, then the numbers.
local numbers = redis.call('ZRANGE', KEYS[1], 0, -1)
table.insert(numbers, 1, redis.call('GET', KEYS[2]) or '')
return numbers
