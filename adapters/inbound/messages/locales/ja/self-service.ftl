### 電子証明書を取得する利用者の画面。

retrieve-title = 電子証明書取得
retrieve-lead = 証明書取得用パスワードを入力し、[取得]ボタンを押して電子証明書の取得に進みます。
retrieve-button = 取得
retrieve-reissue = 証明書取得用パスワードの再発行はこちら
retrieve-options = ファイルのパスフレーズや鍵を自分で用意する場合
retrieve-options-text = 通常は入力不要です。署名要求(CSR)を指定すると、お客さまが作成した鍵に対して電子証明書を発行します。

otp-title = ワンタイムパスワード認証
otp-button = ワンタイムパスワード認証
otp-no-card = ワンタイムパスワードカードが使えないとき
otp-lead = ワンタイムパスワードを入力し、[ワンタイムパスワード認証]ボタンを押してください。

ready-title = 証明書取得用パスワードの表示
ready-text = 認証が完了しました。次のボタンを押すと、新しい証明書取得用パスワードを別ウィンドウに表示します。表示した時点で、これまでのパスワードは使えなくなります。
ready-show = 証明書取得用パスワードを表示
ready-show-window = (別ウィンドウで開きます)
ready-show-here = この画面に表示する
ready-next = 別ウィンドウにパスワードが表示されたら、電子証明書取得画面に入力してください。
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
retrieved-passphrase-text = ダウンロードしたファイルを開くときに必要です。ファイルの取り込みが終わるまで、控えておいてください。
retrieved-passphrase-own = 入力されたパスフレーズは、ダウンロードしたファイルを開くときに必要です。
retrieved-valid = 有効期限は{ $date }です。
retrieved-saved-heading = ファイルの保存の確認
retrieved-kept = ダウンロードがうまくいかないときは、{ $time }まで(ログアウトした場合はその時点まで)、この画面を再読み込みするか「電子証明書取得」を開くと、もう一度ダウンロードできます。ファイルとパスフレーズを保存したら、[保存しました]を押してください。お預かりしているファイルとパスフレーズを消去します。
retrieved-not-kept = ただいま混み合っているため、このファイルはお預かりできません。この画面を閉じると再度ダウンロードできませんので、先にファイルとパスフレーズを保存してください。
retrieved-saved = 保存しました
retrieved-next = 次の手順
retrieved-next-1 = [電子証明書をダウンロード]を押して、ファイル({ $file })を保存します。続けて、お使いのパソコンに取り込みます。
retrieved-windows = Windowsの場合
retrieved-windows-picture = 手順の図。保存したファイルを開き、証明書のインポート ウィザードにパスフレーズを入力すると、完了の画面になります。
retrieved-windows-1 = 保存したファイルをダブルクリックします。「証明書のインポート ウィザード」が開きます。
retrieved-windows-2 = 保存場所は「現在のユーザー」のまま[次へ]を押し、ファイル名の画面もそのまま[次へ]を押します。
retrieved-windows-3 = 「パスワード」にファイルのパスフレーズを入力し、[次へ]を押します。
retrieved-windows-4 = 「証明書の種類に基づいて、自動的に証明書ストアを選択する」のまま[次へ]を押し、[完了]を押します。発行元の証明書の登録を確認する画面が表示されたら、発行者の名前をご確認のうえ[はい]を押します。「正しくインポートされました。」と表示されたら終わりです。
retrieved-mac = Mac(macOS)の場合
retrieved-mac-picture = 手順の図。保存したファイルを開き、キーチェーンアクセスにパスフレーズを入力すると、証明書の一覧に加わります。
retrieved-mac-1 = 保存したファイルをダブルクリックします。「キーチェーンアクセス」が開きます。
retrieved-mac-2 = 追加先のキーチェーンを選ぶ画面が表示されたら、「ログイン」を選んで[追加]を押します。
retrieved-mac-3 = ファイルのパスフレーズを入力し、[OK]を押します。
retrieved-mac-4 = キーチェーン「ログイン」の「自分の証明書」に、取得した電子証明書が表示されたら終わりです。
retrieved-firefox = Firefoxは、パソコンとは別に電子証明書を管理しています。Firefoxでご利用になる場合は、Firefoxの設定の「証明書を表示」から、同じファイルとパスフレーズで取り込んでください。
retrieved-imported = 取り込みが終わったら
retrieved-next-3 = ブラウザーをすべて閉じてから、ログインし直します。
retrieved-next-4 = 保存したファイルと、控えたパスフレーズを削除します。
retrieved-next-client-1 = [電子証明書をダウンロード]を押して、電子証明書と発行元の証明書を保存します。
retrieved-next-client-2 = 署名要求(CSR)を作成したソフトウェアに取り込みます。
retrieved-done = 取得を終えたら、ログアウトしてください。
retrieved-before = 電子証明書は取得済みです
retrieved-before-here = 取得した電子証明書のファイルを、もう一度表示できます。
retrieved-show-again = 取得した電子証明書を表示する
retrieved-unconfirmed-title = 取得の完了を確認しています

saved-title = 保存の確認を受け付けました
saved-text = お預かりしていたファイルとパスフレーズは消去します。ファイルの取り込みがまだの場合は、保存したファイルを開いて取り込んでください。手続きを終えたら、ログアウトしてください。
