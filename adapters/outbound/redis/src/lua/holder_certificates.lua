-- KEYS: certificates of a user.
return redis.call('HGETALL', KEYS[1])
