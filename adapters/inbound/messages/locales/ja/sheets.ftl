### 印刷する書面。

sheet3-fill-in = 太枠の中をご記入のうえ、お届け印を押して、下記の郵送先へお送りください。
sheet3-year = 年
sheet3-month = 月
sheet3-day = 日

notice-to = { $company } 御中
notice-reference = 受付番号
notice-date = 発行日
notice-greeting = 平素は格別のお引き立てを賜り、厚く御礼申し上げます。
notice-what = 書面によるお届けに基づき、下記の利用者の証明書取得用パスワードを再発行いたしました。本紙を利用者ご本人にお渡しください。
notice-phone = 電話 { $phone }
notice-use = この用紙の使い方
notice-use-1 = サービスのホームページの「電子証明書取得」を開き、ご契約者番号・利用者ID・ログインパスワードでログインします。
notice-use-1-at = { $address } を開き、ご契約者番号・利用者ID・ログインパスワードでログインします。
notice-use-2 = 上の証明書取得用パスワードを入力して[取得]を押し、電子証明書を取得します。ハイフンの入力は省略できます。
notice-use-3 = 電子証明書を取得できたら、本紙を裁断します。有効期限を過ぎたパスワードは使えません。
notice-opened = 封筒に開封された跡があるとき、またはお届けに心当たりがないときは、このパスワードを使わずに、下記のお問い合わせ先へご連絡ください。

sheet-bank = 銀行
sheet-company = 会社名
