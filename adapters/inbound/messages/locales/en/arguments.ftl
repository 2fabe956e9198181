### Arguments of the programs at a terminal: headings of help, and what can be wrong.

arguments-example = Example:
arguments-usage = Usage:
arguments-usage-options = [OPTIONS]
arguments-usage-command = COMMAND
arguments-commands = Commands:
arguments-positional = Arguments:
arguments-options = Options:
arguments-default = [default: { $value }]
arguments-possible = [possible values: { $values }]
arguments-possible-list = Possible values:
arguments-between = ,{" "}
arguments-help = Print help (-h in short, --help in full)
arguments-version = Print the version
arguments-exit-codes = Exit codes: 0 done · 1 unexpected · 2 wrong usage · 3 a password was refused · 4 locked, or too early to try again · 5 not permitted · 6 not found or not selectable · 7 conflict · 8 cancelled · 9 a back end or the server is unavailable · 10 done in part · 78 bad configuration · 130 interrupted

arguments-unknown = There is no argument { $given }.
arguments-unknown-command = There is no command { $given }.
arguments-similar = Hint: did you mean { $similar }?
arguments-conflict = { $given } cannot be used with { $other }.
arguments-conflict-any = { $given } cannot be used with the other arguments given.
arguments-repeated = Give { $given } only once.
arguments-missing = This is needed, too: { $missing }
arguments-missing-command = Give a command after { $given } (there are: { $known }).
arguments-no-value = Give a value to { $argument }.
arguments-wrong-value = { $given } is no value for { $argument }. { $reason }
arguments-superfluous = { $argument } takes no value { $given }.
arguments-not-text = An argument cannot be read as text. Enter it in UTF-8.
arguments-unreadable = The arguments cannot be read.
arguments-more = For more, try --help.

value-language = There are ja and en.
value-setting = Write it as key.path=value, such as policy.otp.max_failures=3.
value-duration = Write it as 28d or 12h.
value-moment = Write it as 2026-12-31T00:00:00Z.
value-seconds = Write a number from 1 to 3600.
value-number = Write a number.
value-one-of = There are { $values }.
