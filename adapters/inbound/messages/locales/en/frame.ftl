### What every page has.

frame-title = { $screen } – { $service }
frame-title-failed = Error: { $screen } – { $service }
frame-skip = Skip to main content
frame-user = { $company }, { $name }
frame-previous-login = Last login
frame-previous-login-none = This is your first login
frame-log-out = Log out
frame-menu = Main menu
frame-menu-top = Top page
frame-menu-users = User registration
frame-menu-reissues = Recent reissues
frame-menu-audit = Operation history
frame-menu-retrieve = Get your certificate
frame-menu-own-reissues = Reissue history
frame-steps = Steps
frame-step-position = Step { $current } of { $total }
frame-help = Help desk
frame-idle = Time limit: you are logged out after { $idle } without activity, and { $absolute } after logging in even if you are active
frame-notes = Security notes
frame-accessibility = Accessibility
frame-home = Home
frame-demo = This is a demonstration, not the service of a real bank.
frame-demo-link = Accounts and one-time passwords to try
frame-session-title = You will soon be logged out
frame-session-continue = Continue
frame-session-absolute = It will be { $absolute } since you logged in, so you will be logged out in { $left }. This time cannot be extended. To go on, log in again.
frame-session-left = { $m } min { $s } s
span-minutes = { $m ->
    [one] 1 minute
   *[other] { $m } minutes
}
span-hours = { $h ->
    [one] 1 hour
   *[other] { $h } hours
}
span-both = { $h } h { $m } min
moment-today = today at { $time }
place-in-words = “{ $place }” (open it at the address you were given)

sessions-heading = Where you are logged in
sessions-text = If you left yourself logged in on a lost or shared computer, you can log out everywhere but here.
sessions-end-others = Log out everywhere else

form-required = (required)
form-show = Show
form-hide = Hide
form-show-named = Show { $field }
form-hide-named = Hide { $field }
form-back = Back
form-search = Search
form-notice = Notice
form-done = Done
form-caution = Caution

label-contract-number = Contract number
hint-contract-number = Digits. Spaces and hyphens do no harm
label-user-id = User ID
label-login-password = Login password
hint-login-password = Letters, digits and symbols. Capitals and small letters differ
label-transaction-password = Transaction password
hint-transaction-password = Enter the transaction password of the person doing this ({ $name }), not of the user whose password is reissued
hint-transaction-password-own = Enter the transaction password of the person doing this ({ $name })
label-otp = One-time password
hint-otp = The { $n } digits on your one-time password card. Spaces do no harm
label-retrieval-password = Certificate retrieval password
hint-retrieval-password = { $n } groups of 4 characters (hyphens can be left out). Capitals and small letters are the same
label-passphrase = Passphrase for the file
hint-passphrase = At least 8 characters. If you leave it empty we make one and show it on the next page
label-csr = Certificate request (CSR)
hint-csr = PEM. Paste the part that begins with “-----BEGIN CERTIFICATE REQUEST-----”
label-csr-file = Certificate request (CSR) file
hint-csr-file = A PEM file. Choose none if you have pasted a request

error-title-refused = Nothing was done
error-title-not-found = Page not found
error-title-not-permitted = You cannot do this
error-title-locked = Locked
error-title-done = Already complete
error-title-unavailable = Not available at the moment
error-title-unexpected = There is a problem with the service
fact-not-eligible = You cannot reissue it yourself.
fact-transaction-locked = Your transaction password is locked. Nothing has been reissued.
fact-otp-locked = Your one-time password is locked after repeated failures.
fact-retrieval-locked = The certificate retrieval password is locked. You cannot get a certificate until it is reissued.
error-reference = Reference
error-next = You can go on from here
error-to-users = Back to user selection
error-to-forms = Paper procedure (forms)
error-to-help = About reissuing a certificate retrieval password
error-try-again = Start again
