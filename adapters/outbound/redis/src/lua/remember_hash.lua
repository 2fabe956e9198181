-- KEYS: hashes. ARGV: purpose, hash.
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return { 'ok' }
