-- KEYS: identity. Refused before it runs where the server may not write.
return { redis.call('HGET', KEYS[1], FIELD_EPOCH) or '' }
