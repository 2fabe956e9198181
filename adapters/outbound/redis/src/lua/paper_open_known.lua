-- KEYS: whether all are listed.
redis.call('SET', KEYS[1], 'yes')
return { 'ok' }
