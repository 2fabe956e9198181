-- KEYS: certificates of a user. ARGV: serial.
redis.call('HSET', KEYS[1], '!' .. ARGV[1], '1')
return { 'ok' }
