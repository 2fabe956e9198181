-- KEYS: serial.
return { redis.call('HGET', KEYS[1], 'revoked') or '0' }
