### 電子証明書を取得する利用者の画面。

retrieve-title = 電子証明書取得
retrieve-lead = 証明書取得用パスワードを入力し、[取得]ボタンを押して電子証明書の取得に進みます。
retrieve-button = 取得
retrieve-reissue = 証明書取得用パスワードの再発行はこちら
retrieve-question = 証明書取得用パスワードをお持ちですか
retrieve-yes = はい、いま入力します
retrieve-no = いいえ、ワンタイムパスワードで再発行します
retrieve-no-text = 再発行の権限とワンタイムパスワードカードをお持ちの方は、ご自身で再発行できます。再発行すると、これまでのパスワードは使えなくなります。
own-certificate = お持ちの電子証明書:
own-certificate-none = ありません。
own-certificate-valid = { $date }まで有効です。
own-certificate-expired = { $date }に有効期限が切れました。
own-certificate-revoked = 失効しています。
retrieve-options = ファイルのパスフレーズや鍵を自分で用意する場合
retrieve-options-text = 通常は入力不要です。署名要求(CSR)を指定すると、お客さまが作成した鍵に対して電子証明書を発行します。

otp-title = ワンタイムパスワード認証
otp-button = ワンタイムパスワード認証
otp-no-card = ワンタイムパスワードカードが使えないとき
no-card-title = ワンタイムパスワードカードが使えないとき
no-card-text = カードが手もとにない、故障した、表示が読めないなどの場合は、ご自身での再発行はできません。次の方法をご利用ください。
otp-lead = ワンタイムパスワードを入力し、[ワンタイムパスワード認証]ボタンを押してください。

ready-title = 証明書取得用パスワードの表示
ready-text = 認証が完了しました。次のボタンを押すと、新しい証明書取得用パスワードを別ウィンドウに表示します。表示した時点で、これまでのパスワードは使えなくなります。
ready-show = 証明書取得用パスワードを表示
ready-show-window = (別ウィンドウで開きます)
ready-show-here = この画面に表示する
ready-back = 電子証明書取得画面へ戻る

shown-title = 証明書取得用パスワード
shown-print = この画面を印刷する
shown-close = このウィンドウを閉じる

retrieved-title = 電子証明書取得(完了)
retrieved-download = 電子証明書をダウンロード
retrieved-details = 取得した電子証明書
retrieved-subject = 対象者
retrieved-serial = シリアル番号(下8桁)
retrieved-from = 有効期間の開始
retrieved-until = 有効期限
retrieved-passphrase = ファイルのパスフレーズ
retrieved-passphrase-text = ダウンロードしたファイルを開くときに必要です。この画面を閉じると再表示できません。
retrieved-passphrase-own = 入力されたパスフレーズは、ダウンロードしたファイルを開くときに必要です。
retrieved-next = 次の手順
retrieved-next-1 = [電子証明書をダウンロード]を押して、ファイルを保存します。この画面を閉じると、再度ダウンロードできません。
retrieved-next-2 = 保存したファイルを開き、パスフレーズを入力してパソコンに取り込みます。
retrieved-next-3 = ブラウザーをすべて閉じてから、ログインし直します。
retrieved-next-4 = 取り込みが終わったら、保存したファイルを削除します。
retrieved-next-client-1 = [電子証明書をダウンロード]を押して、電子証明書と発行元の証明書を保存します。
retrieved-next-client-2 = 署名要求(CSR)を作成したソフトウェアに取り込みます。
retrieved-done = 取得を終えたら、ログアウトしてください。
