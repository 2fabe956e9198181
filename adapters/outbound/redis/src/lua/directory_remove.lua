-- KEYS: contract, users, users in order.
return { text(redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])) }
