### ログイン前の画面。

home-title = ホームページ
home-full-title = { $service } ホームページ
home-warning = 不審な電話・メールにご注意ください
home-lead = { $bank }の法人のお客さま向けに、電子証明書の取得と証明書取得用パスワードの再発行を行うページです。
home-log-in = ログイン
home-log-in-text = サービス管理責任者など、利用者の証明書取得用パスワードを再発行する方
home-retrieve = 電子証明書取得
home-retrieve-text = 電子証明書を取得・再取得する方、ご自身の証明書取得用パスワードを再発行する方
home-forms = 書式集
home-forms-text = 証明書取得用パスワードの再発行を行える利用者がいない場合
home-forms-of = { $edition } 書式集
home-help = ご案内
home-help-reissue = 証明書取得用パスワードの再発行について
home-help-login = ログインできないとき

login-title = ログイン
login-self-title = 電子証明書取得(ログイン)
login-button = ログイン
login-trouble = ログインできないとき
login-conditions = ご利用いただくための条件
login-conditions-lead = ご自身で証明書取得用パスワードの再発行を行う場合は、次の条件をご確認ください。
login-condition-1 = ログインパスワードにロックがかかっていないこと
login-condition-2 = ご利用中のワンタイムパスワードカードが使用できる状態にあること
login-condition-3 = サービス管理責任者等「証明書取得用パスワードの再発行権限」が付与されている利用者であること
login-without-certificate = 電子証明書の有効期限が切れた方、パソコンを替えた方など、電子証明書をお持ちでない方はこちらからお手続きください。
login-ended = ログインが終了しています。操作がないまま{ $idle }たったとき、ログインから{ $absolute }たったとき、ほかの画面でログインを終了したときに、このようになります。もう一度ログインしてください。
login-warning = ご注意ください

self-step-1 = ログイン
self-step-2 = ワンタイムパスワード認証
self-step-3 = パスワードの表示
self-step-4 = 電子証明書の取得

demo-title = 体験用の利用者
demo-lead = この体験版では、すべてがメモリー上にあり、終了すると消えます。電子証明書は使い捨ての認証局が発行します。
demo-accounts = 体験できる利用者
demo-role = 役割
demo-card-none = なし
demo-transaction-none = なし
demo-code = いまのワンタイムパスワード
demo-seconds = あと{ $n }秒
demo-refresh = 新しいワンタイムパスワードを表示
demo-try = 試してみる
demo-try-other = 他の利用者の証明書取得用パスワードを再発行する
demo-try-other-1 = 「ログイン」から、サービス管理責任者としてログインします。
demo-try-other-2 = 「各種設定」の「利用者登録」、「証明書取得用パスワード再発行」の順に押します。
demo-try-other-3 = 利用者の[選択]を押し、操作している方の取引実行パスワードを入力して[再発行]を押します。
demo-try-own = ご自身の証明書取得用パスワードを再発行し、電子証明書を取得する
demo-try-own-1 = 「電子証明書取得」から、再発行の権限とカードのある利用者としてログインします。
demo-try-own-2 = 「証明書取得用パスワードの再発行はこちら」を押し、この画面に表示されるワンタイムパスワードを入力します。
demo-try-own-3 = 「証明書取得用パスワードを表示」を押し、表示されたパスワードを入力して[取得]を押します。
demo-certificate = 期限切れの電子証明書で断られたところから、電子証明書を取得し直す
demo-certificate-text = 銀行では、管理者の入口で電子証明書を確認します。この体験版では省いていますが、ボタンを押すと、期限切れの電子証明書を持つ方と同じように、このブラウザーは管理者の入口で断られます。
demo-certificate-expire = 期限切れの電子証明書を持っていることにする
demo-certificate-now = このブラウザーは、期限切れの電子証明書を持っていることになっています。
demo-certificate-renew = 新しい電子証明書を取り込んだことにする
