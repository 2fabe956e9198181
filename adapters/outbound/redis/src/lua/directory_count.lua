-- KEYS: users of a contract in order.
return { text(redis.call('ZCARD', KEYS[1])) }
