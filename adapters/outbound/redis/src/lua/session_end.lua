-- KEYS: session.
return { text(redis.call('DEL', KEYS[1])) }
