### 端末のプログラムの引数: ヘルプの見出しと、誤りの文言。

arguments-example = 例:
arguments-usage = 使い方:
arguments-usage-options = [オプション]
arguments-usage-command = コマンド
arguments-commands = コマンド:
arguments-positional = 引数:
arguments-options = オプション:
arguments-default = [既定値: { $value }]
arguments-possible = [指定できる値: { $values }]
arguments-possible-list = 指定できる値:
arguments-between = 、
arguments-help = ヘルプを表示する(-h は短く、--help は詳しく)
arguments-version = バージョンを表示する
arguments-exit-codes = 終了コード: 0 完了 · 1 想定外 · 2 使い方の誤り · 3 パスワードの誤り · 4 ロック中、または時間をおく必要がある · 5 権限なし · 6 見つからない、または選べない · 7 すでに行われているものなどとの衝突 · 8 取りやめ · 9 接続先またはサーバーを利用できない · 10 一部のみ完了 · 78 設定の誤り · 130 中断

arguments-unknown = { $given } という引数はありません。
arguments-unknown-command = { $given } というコマンドはありません。
arguments-similar = ヒント: { $similar } ではありませんか。
arguments-conflict = { $given } と { $other } は同時に指定できません。
arguments-conflict-any = { $given } は、指定された他の引数と同時に使えません。
arguments-repeated = { $given } は1回だけ指定してください。
arguments-missing = 次の指定が必要です: { $missing }
arguments-missing-command = { $given } には、続けてコマンドを指定してください(指定できるコマンド: { $known })。
arguments-no-value = { $argument } に値を指定してください。
arguments-wrong-value = { $argument } に { $given } は指定できません。{ $reason }
arguments-superfluous = { $argument } に値 { $given } は指定できません。
arguments-not-text = 文字として読み取れない引数があります。UTF-8で入力してください。
arguments-unreadable = 引数を読み取れません。
arguments-more = 詳しくは --help をご覧ください。

value-language = ja または en を指定してください。
value-setting = 項目名.項目名=値 の形で書いてください(例: policy.otp.max_failures=3)。
value-duration = 28d または 12h のように書いてください。
value-moment = 2026-12-31T00:00:00Z のように書いてください。
value-seconds = 1から3600までの数字で書いてください。
value-number = 数字で書いてください。
value-one-of = 指定できる値は { $values } です。
