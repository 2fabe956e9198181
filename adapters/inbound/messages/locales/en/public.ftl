### Pages before the login.

home-title = Home
home-full-title = { $service } home
home-warning = Beware of suspicious calls and emails
home-lead = For corporate customers of { $bank }: get your digital certificate, and reissue certificate retrieval passwords.
home-log-in = Log in
home-log-in-text = For service administrators and others who reissue users’ certificate retrieval passwords
home-retrieve = Get your certificate
home-retrieve-text = To get a certificate or get one again, or to reissue your own certificate retrieval password
home-forms = Forms
home-forms-text = When nobody in your company can reissue the certificate retrieval password
home-forms-of = Forms – { $edition }
home-help = Guidance
home-help-reissue = About reissuing a certificate retrieval password
home-help-login = If you cannot log in

login-title = Log in
login-self-title = Get your certificate – log in
login-button = Log in
login-trouble = If you cannot log in
login-conditions = What you need
login-conditions-lead = To reissue your own certificate retrieval password, check the following.
login-condition-1 = Your login password is not locked
login-condition-2 = The one-time password card that you use now is in working order
login-condition-3 = You are a user with the right to reissue certificate retrieval passwords, such as a service administrator
login-without-certificate = If you have no certificate, because it has expired or you have a new computer, go on here:
login-ended = You are no longer logged in. This happens after { $idle } without activity, { $absolute } after logging in, or when the login was ended elsewhere. Log in again.
login-warning = Beware

self-step-1 = Log in
self-step-2 = One-time password
self-step-3 = Show the password
self-step-4 = Get the certificate

demo-title = Accounts to try
demo-lead = In this demonstration everything is kept in memory and gone when it ends. Certificates come from a throw-away certificate authority.
demo-accounts = Accounts
demo-role = Role
demo-card-none = None
demo-transaction-none = None
demo-code = Current one-time password
demo-seconds = { $n ->
    [one] 1 second left
   *[other] { $n } seconds left
}
demo-refresh = Show the newest one-time passwords
demo-try = Try it
demo-try-other = Reissue another user’s certificate retrieval password
demo-try-other-1 = Under “Log in”, log in as the service administrator.
demo-try-other-2 = Go to “User registration” under “Settings”, then to “Reissue certificate retrieval password”.
demo-try-other-3 = Press “Select” beside a user, enter the transaction password of the person doing this and press “Reissue”.
demo-try-own = Reissue your own certificate retrieval password and get a certificate
demo-try-own-1 = Under “Get your certificate”, log in as a user with the reissue right and a card.
demo-try-own-2 = Select “Reissue your certificate retrieval password” and enter the one-time password shown on this page.
demo-try-own-3 = Press “Show the certificate retrieval password”, enter the password shown and press “Get certificate”.
demo-certificate = Get a new certificate after being refused with an expired one
demo-certificate-text = At a bank, administrators come in with a certificate. This demonstration does not ask for one, but after pressing the button this browser is refused at the administrators’ entry like somebody whose certificate has expired.
demo-certificate-expire = Have an expired certificate
demo-certificate-now = This browser is taken to have an expired certificate.
demo-certificate-renew = Have imported a new certificate
