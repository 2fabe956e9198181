### コマンドと引数の説明。英語は各プログラムの arguments.rs にあります。
### 見出しはコマンドの並び、属性は引数の名前です。引数の説明は、そのコマンドになければ上位のコマンド、
### 最後に every から取ります。

every =
    .lang = 表示の言語: ja または en [既定値: WARIFU_LANG、システムの言語、ja の順]
    .no_input = 何もたずねない。足りない指定は使い方の誤りになる
    .no_color = 色を使わない。NO_COLOR と TERM=dumb も同じ
    .shell = シェルの名前
    .folder = フォルダー

warifu-admin = 銀行の担当者と管理者のための、端末のプログラム
    .config = 設定ファイル。複数指定でき、後のものが優先
    .set = 設定項目を1つ指定する(例: policy.hashing.time=3)。ファイルと環境変数より優先
    .check = 設定を確認し、すべての接続先に接続してみて終了する
    .print_config = 有効な設定をTOMLで表示して終了する(秘密は表示しない)
    .contract = ご契約者番号
    .operator = 操作する方の利用者ID
    .transaction_password_file = 操作する方の取引実行パスワードを書いたファイル(-: 標準入力)。指定しなければたずねる
    .not_instructed_by_others = 電話・自動音声・メール・SMSの指示による操作ではないことを確認した
    .sheet_format-html = ブラウザーで印刷するページ
    .sheet_format-pdf = PDF(フォントを含む。約40 KB)
    .sheet_format-both = 両方のファイル

warifu-admin-users = ご契約の利用者を確認する・出し入れする
    .user = 利用者ID

warifu-admin-users-list = 利用者の一覧を、電子証明書・パスワード・ロックの状態とともに表示する
    .query = 利用者IDまたは利用者名の一部
    .status = この状態の利用者だけ: none、valid、expiring、expired、revoked、locked
    .json = APIと同じ名前のJSONで表示する
    .plain = 1件1行、タブ区切りで表示する

warifu-admin-users-show = 利用者を1人表示する
    .json = APIと同じ名前のJSONで表示する
    .plain = 1件1行、タブ区切りで表示する

warifu-admin-users-import =
    利用者ファイルに利用者を取り込む

    取り込むのは、列 contract_number、user_id、name と、必要に応じて service_administrator、permissions、mail、disabled を持つCSVファイル、または別の利用者ファイル(TOML)です。ファイルに書かれていないことは、元のまま残ります。サーバーはSIGHUPで読み直します。

    設定の利用者情報をサーバーが共有する場合(redis)は、利用者ファイル(TOML)を指定します。ファイルにある契約は、それまでの内容と入れ替わります。
    .file = CSVまたはTOMLのファイル
    .into = 利用者ファイル [既定値: 設定にあるもの]
    .dry_run = 何が変わるかを表示するだけ
    .json = {"{"}"added": …, "changed": …, "unchanged": …{"}"} と表示する。共有の利用者情報では removed も

warifu-admin-users-export = ご契約の利用者を、users import で読み取れるCSVまたはTOMLで表示する
    .format = 形式
    .format-csv = 表計算ソフト用
    .format-toml = 利用者ファイル(パスワードとカードは含まない)

warifu-admin-reissue =
    他の利用者の証明書取得用パスワードを再発行する

    操作する方ご自身の取引実行パスワードをたずねます。新しいパスワードは新しいファイルに書き込むか、標準出力に表示します。これまでのパスワードは使えなくなります。
    .user = 再発行する利用者の利用者ID
    .output = パスワードを書き込む新しいファイル。- は表示する
    .sheet = 利用者に渡す書面の新しいファイル
    .sheet_format = 書面の形式 [既定値: FILE.pdf なら pdf、それ以外は html]。both は FILE.html と FILE.pdf を書き出す
    .yes = 続けるかどうかをたずねない
    .json = APIの応答をJSONで表示する(--output にファイルを指定すると、パスワードは含まない)

warifu-admin-bulk-reissue =
    多くの利用者にまとめて再発行する

    利用者ごとに、渡すための書面を1つ書き出します。中断できます。同じコマンドをもう一度実行すると続きから再発行します。利用者の一覧に誤りがあればすべて示し、再発行は行いません。
    .users_file = 対象: 1行目が user_id のCSVファイル
    .expiring_within = 対象: 電子証明書の有効期限がこの期間内に切れる全員(例: 28d)
    .sheets = 書面を書き出すフォルダー。1人につき1つの USERID.html または USERID.pdf
    .sheet_format = 書面の形式
    .journal = 中断の後に続けるための記録 [既定値: DIR.journal]
    .summary = 利用者ごとの結果を書き出す新しいCSVファイル(保管用)
    .confirm = 再発行する人数。指定しなければたずねる
    .dry_run = 再発行できる利用者と、できない利用者を表示するだけ
    .approver = 承認する2人目の方の利用者ID
    .approver_password_file = 承認する方の取引実行パスワードを書いたファイル(-: 標準入力)。指定しなければたずねる
    .json = 結果をJSONで表示する

warifu-admin-unlock =
    他の利用者のロックを解除する

    サービス管理責任者が行います。ご自身のロックは解除できません。証明書取得用パスワードのロックは、再発行によってだけ解除されます。
    .user = ロックを解除する利用者の利用者ID
    .purpose = 解除するロック
    .purpose-login = ログインパスワード
    .purpose-transaction = 取引実行パスワード
    .purpose-otp = ワンタイムパスワード
    .json = {"{"}"user_id": …, "purpose": …{"}"} と表示する

warifu-admin-sessions = 利用者のログインを終了する

warifu-admin-sessions-end =
    利用者のログインをすべて終了する

    すべての画面とサーバーでのログインを終了します。ロックとパスワードは変わりません。ログインパスワードを知っていれば、もう一度ログインできます。
    .contract = ご契約者番号
    .user = ログインを終了する利用者の利用者ID
    .json = {"{"}"user_id": …{"}"} と表示する

warifu-admin-hash-password =
    利用者ファイルに書くための、パスワードのハッシュを表示する

    端末ではパスワードを2回たずねます。それ以外では標準入力から1行を読み取ります。

warifu-admin-audit = 操作履歴を確認する
    .signing_key_file = 署名に使う鍵: Ed25519、PEM形式のPKCS#8
    .from = この日時以後(RFC 3339)
    .to = この日時より前(RFC 3339)

warifu-admin-audit-verify =
    記録の変更・削除・入れ替えがないことを確認する

    操作履歴は、そのファイルすべてです。閉じたファイルは書き込み中のファイルと同じ場所にあり、一緒に確認します。audit extract が作成したフォルダーでは、銀行が署名したものであることを確認します。
    .files = 操作履歴のファイルかフォルダー、または抜粋のフォルダー。指定がなければ設定にある操作履歴
    .checkpoint = 別の場所に保管したチェックポイント(1行に1つ)。末尾が切り取られた場合も見つかる
    .earlier_elsewhere = 途中のファイルから始まる操作履歴を確認する。前のファイルは別の場所に保管している
    .public_key_file = チェックポイントまたは抜粋に署名した銀行の公開鍵(PEM)

warifu-admin-audit-list = ご契約の操作履歴を新しい順に表示する
    .actor = 操作した利用者
    .target = 操作の対象となった利用者
    .event = この種類の操作(例: login.refused)
    .limit = 最大の件数
    .json = APIと同じ名前のJSONで表示する
    .plain = 1件1行、タブ区切りで表示する

warifu-admin-audit-extract =
    お客さまに、ご契約の記録を署名して渡す

    はじめに操作履歴の全体を確認します。お客さまは、公開されている鍵でフォルダーを確認します: warifu-admin audit verify DIR --public-key-file KEY
    .out = 新しいフォルダー

warifu-admin-audit-rotate =
    操作履歴のファイルを閉じ、新しいファイルに切り替える。サーバーの稼働中でも行える

    閉じたファイルは、番号と日時の付いた名前で同じフォルダーに残ります。新しいファイルは、それまでに何が書かれていたかの記録から始まります。
    .json = 閉じたファイルをJSONで表示する

warifu-admin-audit-export = 設定にある操作履歴を、別の場所に保管できるようファイルに書き写す
    .out = 新しいファイル

warifu-admin-audit-checkpoint =
    操作履歴がどこまで書かれているかに署名し、別の場所に保管できるようにする

    audit verify --checkpoint に指定すると、操作履歴の末尾が切り取られた場合も見つかります。
    .out = 新しいファイル

warifu-admin-store = パスワードの保存先を扱う

warifu-admin-store-adopt =
    保存先の内容が失われたこと、古い複製であること、以前と別の保存先または認証局であることを承認する

    データを元に戻せない場合に使います。失われたロックは解除され、失われた証明書取得用パスワードは使えなくなります。古い複製の場合は、操作履歴の方が新しい証明書取得用パスワードを取り消します。この保存先を使うプログラムはすべて再起動してください。問題のない保存先には何もしません。

warifu-admin-bench-hash =
    このコンピューターが1秒間に確認できるパスワードの数を測る

    設定されたハッシュの計算だけを、設定されたすべてのスレッドで行います。コンピューターを選ぶときの目安になります。
    .seconds = 測る秒数
    .json = {"{"}"per_second": …{"}"} とJSONで表示する

warifu-admin-completions = シェルの補完スクリプトを表示する

warifu-admin-man = マニュアルページをフォルダーに書き出す

warifu-admin-requests =
    書面によるお手続きを、2名の職員の確認で扱う

    どのコマンドも、事務センターの画面と同じように、操作する職員のログインパスワードとワンタイムパスワードをたずねます。
    .number = 受付番号
    .staff = 操作する職員の職員ID
    .login_password_file = 職員のログインパスワードを書いたファイル(-: 標準入力)。指定しなければたずねる
    .otp_file = 職員のワンタイムパスワードを書いたファイル(-: 標準入力)。指定しなければたずねる
    .version = 確認した更新番号。その後に変わっていれば受け付けない。指定しなければ現在のもの
    .reason = 理由。登録した職員に表示される
    .json = 依頼をJSONで表示する

warifu-admin-requests-list = 依頼を表示する(待っているものは古い順、ほかは新しい順)
    .tab = 一覧: to-decide(承認が必要)、returned(差戻し)、to-print(印刷待ち)、to-post(発送待ち)、undelivered(未着)、waiting(自分の依頼)、processed(処理済み)、all(すべて)
    .state = この状態のものだけ(例: pending、approved)
    .query = 受付番号・ご契約者番号・利用者ID・氏名の一部
    .json = APIと同じ名前のJSONで表示する
    .plain = 1件1行、タブ区切りで表示する

warifu-admin-requests-show = 1件の依頼を履歴とともに表示する
    .json = APIと同じ名前のJSONで表示する
    .plain = 1件1行、タブ区切りで表示する

warifu-admin-requests-register = [書式3]を受け付けて承認を依頼する
    .contract = 書式に書かれたご契約者番号
    .user = 書式に書かれた利用者ID
    .user_name = 書式に書かれた利用者名。指定しなければ登録されている氏名
    .edition = ご契約の種類(書式の種類)
    .matter = 届出内容。複数指定できる: reissue-retrieval-password、unlock-login、unlock-transaction、unlock-otp、rebind-otp
    .received_on = 受付日(例: 2026-03-31)
    .scan_reference = 書式の画像の保管場所
    .card_serial = 新しいカードの番号(rebind-otp のとき)
    .seal_checked = 届出印の照合が済んでいる
    .identity_checked = 本人確認が済んでいる
    .address_checked = 登録住所の確認が済んでいる
    .draft = 承認を依頼せず、下書きとして残す

warifu-admin-requests-approve = 他の職員が登録した依頼を承認する

warifu-admin-requests-reject = 依頼を却下する

warifu-admin-requests-return = 依頼を差し戻す

warifu-admin-requests-print =
    承認された依頼の封書の通知書を、1回だけ新しいファイルに書き出す

    承認していない登録担当の職員が行います。書き出すと、印刷したことになります。パスワードはファイルを印刷したときだけ現れます。印刷したらファイルを削除してください。
    .sheet = 通知書の新しいHTMLファイル
    .json = 依頼をJSONで表示する(パスワードは含まない)

warifu-admin-requests-reprint =
    印刷した通知書が使えないこと(紙づまりなど)を届け出て、再印刷の承認を依頼する

    登録も印刷もしていない職員が決定します。そのとき、先の通知書のパスワードは使えなくなります。

warifu-admin-requests-posted = 通知書を発送したことを記録する

warifu-admin-requests-undelivered = 通知書が届かずに戻ったこと(未着)を記録し、パスワードを使えなくする

warifu-admin-requests-complete = すべて済んだことを記録する

warifu-admin-requests-cancel = 依頼を取り消す

warifu-admin-freeze = ご契約を停止する(このバージョンではまだ使えません)

warifu-admin-forecast = 再発行できる方がいなくなるご契約を予測する(このバージョンではまだ使えません)

warifu-self-service = ご自身の電子証明書のための、端末のプログラム: 証明書取得用パスワードの再発行と、電子証明書の取得
    .server = 銀行のサーバー。http:// はこのコンピューター内だけ [既定値: 前回のもの]
    .ca_file = サーバーの証明書を発行した認証局(PEM)。指定するとシステムの認証局は使わない
    .config = 開発用: サーバーの代わりに、この設定ファイルをこのプログラムの中で使う
    .set = 開発用: 設定項目を1つ指定する(例: policy.otp.max_failures=3)
    .check = サービスが応答することを確認して終了する
    .print_config = --config の有効な設定をTOMLで表示して終了する(秘密は表示しない)
    .contract = ご契約者番号 [既定値: 前回のもの]
    .user = 利用者ID [既定値: 前回のもの]
    .login_password_file = ログインパスワードを書いたファイル(-: 標準入力)。指定しなければたずねる
    .otp_file = ワンタイムパスワードを書いたファイル(-: 標準入力)。指定しなければたずねる
    .out = 鍵と電子証明書を書き込む、PKCS#12の新しいファイル
    .key_out = 鍵を書き込む新しいファイル(PEM、暗号化しない)
    .cert_out = 電子証明書と認証局の証明書を書き込む新しいファイル(PEM)
    .passphrase_file = PKCS#12のファイルのパスフレーズを書いたファイル(-: 標準入力)。指定しなければたずねる
    .json = {"{"}"serial": …, "not_after": …{"}"} と表示する

warifu-self-service-reissue =
    ご自身の証明書取得用パスワードを再発行する

    ログインパスワードとワンタイムパスワードをたずねます。これまでの証明書取得用パスワードは使えなくなります。
    .output = パスワードを書き込む新しいファイル。- は表示する
    .json = APIの応答をJSONで表示する(--output にファイルを指定すると、パスワードは含まない)

warifu-self-service-retrieve =
    証明書取得用パスワードで電子証明書を取得する

    鍵はこのコンピューターで作成し、外には出しません。接続が切れたときは、同じコマンドをもう一度実行してください。鍵は電子証明書を取得するまで残ります。
    .retrieval_password_file = 証明書取得用パスワードを書いたファイル(-: 標準入力)。指定しなければたずねる

warifu-self-service-renew =
    再発行と取得を続けて行う

    ログインパスワードとワンタイムパスワードをたずねます。証明書取得用パスワードは表示しません。

warifu-self-service-forget = 前回の接続先・ご契約者番号・利用者IDと、この端末の識別情報を削除する

warifu-self-service-completions = シェルの補完スクリプトを表示する

warifu-self-service-man = マニュアルページをフォルダーに書き出す
