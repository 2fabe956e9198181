-- KEYS: all by registration.
return { tostring(redis.call('ZCARD', KEYS[1])) }
