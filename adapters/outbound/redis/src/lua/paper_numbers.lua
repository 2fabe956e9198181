-- KEYS: all by registration. ARGV: newest, from which on, how many. Newest first.
return redis.call('ZRANGE', KEYS[1], ARGV[1], '-inf', 'BYSCORE', 'REV', 'LIMIT', ARGV[2], ARGV[3])
