### What people are told. The numbers are the same on the pages, in the API and at the terminal.

## Forms

M-UI-00 = There is a problem
M-UI-01 = Error:
M-UI-02 = Copied. Clear your clipboard history when you have finished.
M-UI-03 = Could not copy. Select the password and copy it yourself.
M-UI-04 = Password hidden. Select Show to see it again.
M-UI-05 = To print, use your browser’s print function (Ctrl+P or ⌘P).
M-F-01 = Enter your contract number.
M-F-02 = Contract number must be { $n } digits.
M-F-03 = Enter your user ID.
M-F-04 = User ID must use only letters and numbers.
M-F-05 = Enter your login password.
M-F-06 = { $field } contains full-width characters. Switch to half-width input. (This does not count as a failed attempt.)
M-F-07 = Enter your transaction password.
M-F-08 = Tick the box to confirm that nobody told you to do this by phone or message.
M-F-09 = Enter the one-time password.
M-F-10 = The one-time password must be { $n } digits.
M-F-11 = Enter the certificate retrieval password.
M-F-12 = The certificate retrieval password is { $n } characters. Check the number of characters.
M-F-13 = This contains characters that are never used in a certificate retrieval password. Check for 0, 1, O or I misread from another character.
M-F-14 = Enter the reason for rejecting.
M-F-15 = Select approve or reject.
M-F-16 = End date must be the same as or after the start date.
M-F-17 = Give either a certificate request (CSR) or a passphrase for the file, and not both.
M-F-18 = The passphrase for the file must be 8 to 128 characters. Emoji and rare characters of that kind cannot be used.
M-F-19 = Select a lock that can be cleared.
M-F-20 = The number of entries must be from 1 to 100.
M-F-21 = That status is not known.
M-F-22 = That date is not valid.
M-F-23 = That kind of operation is not known.
M-F-24 = { $field } is too long or contains characters that cannot be used. Enter it again. (This does not count as a failed attempt.)
M-F-25 = At most { $n } users can be reissued for at once.

## Login, lock, session

M-AUTH-01 = We could not log you in. Check your contract number, user ID and login password, then try again. Repeated failures will lock you out.
M-AUTH-02 = { $n ->
    [one] Login is locked because of repeated failures. Try again in 1 minute. If it is urgent, or you still cannot log in, contact your service administrator or the help desk.
   *[other] Login is locked because of repeated failures. Try again in { $n } minutes. If it is urgent, or you still cannot log in, contact your service administrator or the help desk.
}
M-AUTH-04 = The service is closed now. Hours: { $from } to { $to }.
M-AUTH-05 = We could not confirm your digital certificate. If it has expired, go to “Get your certificate”.
M-SES-01 = You will be logged out in { $left } because there has been no activity.
M-SES-02 = You were logged out because there was no activity. Log in again.
M-SES-03 = You have logged out. On a shared computer, close all browser windows.
M-SES-04 = You need to log in first. Log in and try again.
M-SES-05 = The page expired or the steps were out of order, so nothing was done. No password was reissued. Start again.
M-SES-06 = You are logged out everywhere else.
M-SES-07 = The user is logged out everywhere, and has to log in again to go on.

## Reissue by an administrator

M-RI-OK = The certificate retrieval password has been reissued. Give it to the user who will get a new certificate.
M-RI-01 = The transaction password is incorrect. Enter your own transaction password. Nothing has been reissued.
M-RI-02 = { $n ->
    [one] 1 more incorrect entry will lock it.
   *[other] { $n } more incorrect entries will lock it.
}
M-RI-03 = That user cannot be selected. Choose again from the list.
M-RI-04 = Your transaction password is locked. Nothing has been reissued. Another service administrator, or the paper procedure, can unlock it.
M-RI-05 = You do not have the right to do this. Ask someone who can reissue certificate retrieval passwords.
M-RI-06 = { $n ->
    [one] This user’s password has been reissued several times in a short period. Try again in 1 minute.
   *[other] This user’s password has been reissued several times in a short period. Try again in { $n } minutes.
}
M-RI-07 = This user is suspended. Lift the suspension first.
M-RI-08 = This reissue is already complete. Reloading neither reissues nor shows it again. If you did not note the password, reissue it again.
M-RI-09 = You cannot reissue your own certificate retrieval password here. Use “Get your certificate” on the home page.
M-RI-10 = That reissue cannot be found. Choose again from the list.
M-RI-11 = This certificate retrieval password has already been used to get a certificate, so it cannot be cancelled.
M-RI-12 = The certificate retrieval password has been cancelled. No certificate can be retrieved with it.
M-RI-13 = The lock has been cleared.
M-RI-15 = This certificate retrieval password has been used or can no longer be used, so it was not noted as handed over. Look at the recent reissues.
M-RI-14 = That contract cannot be found. Check the number.
M-BK-01 = { $n ->
    [one] 1 reissue accepted. You can follow progress here.
   *[other] { $n } reissues accepted. You can follow progress here.
}
M-BK-02 = { $s } of { $n } reissued. { $f } could not be reissued. Check the details.
M-BK-03 = A bulk reissue needs the approval of a second person who can reissue and is not the operator.

## Self-service and retrieval

M-OTP-01 = The one-time password is incorrect or has expired. Enter the { $n } digits now shown.
M-OTP-02 = The one-time password is locked because of repeated failures. Contact your service administrator or the help desk. If nobody can reissue, use the paper procedure.
M-OTP-03 = One-time passwords cannot be checked at the moment. This did not count as a failed attempt. Try again later.
M-SS-01 = You cannot reissue it yourself. Ask your service administrator (or a user with the right). If there is no such user, use the paper procedure.
M-SS-02 = One-time password accepted.
M-SS-03 = Your certificate retrieval password has been reissued. In the first window select “Back to certificate retrieval” and enter it.
M-SS-04 = Complete the one-time password check first.
M-SS-05 = If no new window opens, select “Show on this page”.
M-SS-06 = The password is already shown. Look for the separate window. If you cannot find it, start again with a one-time password.
M-CR-00 = If you enter the certificate retrieval password incorrectly several times it will be locked and you will not be able to use the service. Enter it carefully.
M-CR-01 = The certificate retrieval password is incorrect or has expired. Check that you have the most recent one.
M-CR-02 = { $n ->
    [one] 1 more incorrect entry will lock it.
   *[other] { $n } more incorrect entries will lock it.
}
M-CR-03 = The certificate retrieval password is locked. You cannot get a certificate until it is reissued. Ask your service administrator.
M-CR-04 = The certificate could not be issued. Your password has not been used up. Try again later.
M-CR-05 = { $n ->
    [one] The certificate retrieval password cannot be used yet. Try again in 1 minute.
   *[other] The certificate retrieval password cannot be used yet. Try again in { $n } minutes.
}
M-CR-06 = The certificate request (CSR) cannot be read. Give exactly one PKCS#10 request in PEM. Your password has not been used up.
M-CR-07 = The signature of the certificate request (CSR) cannot be verified. Create the request again. Your password has not been used up.
M-CR-08 = The key of the certificate request (CSR) is not accepted. Create the request with an EC P-256 or P-384, RSA (2048 to 4096 bits) or Ed25519 key. Your password has not been used up.
M-CR-09 = The signature algorithm of the certificate request (CSR) is too weak. Create the request with SHA-256 or better. Your password has not been used up.
M-CR-11 = The key of the certificate request (CSR) proves nothing, because others can work it out. Make a new key with an up-to-date program and create the request again. Your password has not been used up.
M-CR-12 = Your certificate has already been retrieved.
M-CR-13 = Your certificate has already been retrieved (it has been issued), but its file cannot be shown again here. Reloading the page may show it. If it does not, and you cannot find the saved file, have the certificate retrieval password reissued and get the certificate again.
M-CR-14 = Your request for a certificate was accepted, but it cannot be confirmed yet. Wait a moment and reload this page. If nothing changes, enter the same certificate retrieval password once more at certificate retrieval.
M-CR-OK = You have retrieved your certificate. It is valid until { $date }.

## Security notes

M-SEC-01 = Beware of phone calls, automated voices, emails and texts claiming to be from the bank. We never ask for your passwords, or ask you to renew or get a certificate again, by phone or email.
M-SEC-02 = Keep the certificate retrieval password safe and let nobody but the user know it. If you print it, handle the printout with great care.
M-SEC-03 = Hand this sheet to the user in person. Shred it after use. Do not send it by email or chat.

## Back office

M-BO-01 = Request { $id } registered and sent for approval.
M-BO-02 = You created this request and cannot approve it.
M-BO-03 = You edited this request and cannot approve it.
M-BO-04 = This request has already been handled ({ $state }, { $name }, { $time }).
M-BO-05 = This request has expired and cannot be approved or rejected. Register it again.
M-BO-06 = The request changed while you were viewing it. Check the latest version before deciding.
M-BO-07 = “{ $check }” is not done, so approval cannot be requested.
M-BO-08 = Approved. You can now print the notice.
M-BO-09 = Rejected. The reason is shown to the person who registered it.
M-BO-10 = The notice has already been printed. If it is no good, or came back, ask for a reprint on the page of the request.
M-BO-11 = You do not have the right to do this.

## System

M-SYS-400 = We could not read what was sent. Go back to the previous page and try again.
M-SYS-403 = We could not confirm where this was sent from, so nothing was done. Open this page’s address again and start from the beginning.
M-SYS-404 = Page not found. Check the address or start from the top page.
M-SYS-405 = This cannot be done here. Start from the top page.
M-SYS-408 = The connection took too long, so nothing was done. Try again.
M-SYS-413 = What was sent is too large.
M-SYS-415 = What was sent is in a form that is not accepted.
M-SYS-429 = { $n ->
    [one] Too many requests. Try again in 1 second.
   *[other] Too many requests. Try again in { $n } seconds.
}
M-SYS-500 = Sorry, there is a problem with the service. Try again later. Check the operation history to see whether a reissue was completed. (Reference { $ref })
M-SYS-503 = The service is closed. Expected to reopen: { $time }
M-SYS-BUSY = Another entry is being checked, so this one was not. It did not count as a failed attempt. Wait a moment and try again.
M-SYS-OVERLOADED = The service is busy. Nothing was done. Wait a moment and try again.
M-SYS-UNAVAILABLE = The service is not available at the moment. Try again later. Check the operation history to see whether a reissue was completed.
M-SYS-CURSOR = That is not a position this service gave out. Start again from the first page.
M-SYS-IDEMPOTENCY = Idempotency-Key must be 1 to 128 ASCII characters without spaces.
