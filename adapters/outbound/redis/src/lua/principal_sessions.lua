-- KEYS: sessions of a principal by their end.
return redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. text(now), '+inf')
