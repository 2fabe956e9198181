-- KEYS: open by version. ARGV: number, version.
-- Before the request itself is kept, so that whatever is open is listed.
redis.call('ZADD', KEYS[1], 'GT', ARGV[2], ARGV[1])
return { 'ok' }
