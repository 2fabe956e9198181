-- KEYS: all by registration, undecided by end. ARGV: number, registered at, undecided until.
-- Before the request itself is kept, so that whatever is kept is listed.
redis.call('ZADD', KEYS[1], 'NX', ARGV[2], ARGV[1])
redis.call('ZADD', KEYS[2], 'NX', ARGV[3], ARGV[1])
return { 'ok' }
