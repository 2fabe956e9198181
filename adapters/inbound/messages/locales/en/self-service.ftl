### Pages of a user who gets a certificate.

retrieve-title = Get your certificate
retrieve-lead = Enter the certificate retrieval password and press “Get certificate”.
retrieve-button = Get certificate
retrieve-reissue = Reissue your certificate retrieval password
retrieve-question = Do you have a certificate retrieval password?
retrieve-yes = Yes, I enter it now
retrieve-no = No, I have it reissued with a one-time password
retrieve-no-text = If you have the right to reissue and a one-time password card, you can reissue it yourself. The earlier password then no longer works.
own-certificate = Your digital certificate:
own-certificate-none = you have none.
own-certificate-valid = valid until { $date }.
own-certificate-expired = expired { $date }.
own-certificate-revoked = revoked.
retrieve-options = If you bring your own passphrase or key
retrieve-options-text = Normally not needed. With a certificate request (CSR) the certificate is issued for a key that you made yourself.

otp-title = One-time password check
otp-button = Check one-time password
otp-no-card = If you cannot use your one-time password card
no-card-title = If you cannot use your one-time password card
no-card-text = If the card is not at hand, broken or unreadable, you cannot reissue the password yourself. These ways are open to you.
otp-lead = Enter the one-time password and press “Check one-time password”.

ready-title = Show your certificate retrieval password
ready-text = You have been authenticated. The next button shows a new certificate retrieval password in a separate window. From that moment the earlier password can no longer be used.
ready-show = Show the certificate retrieval password
ready-show-window = (opens in a new window)
ready-show-here = Show on this page
ready-back = Back to certificate retrieval

shown-title = Certificate retrieval password
shown-print = Print this page
shown-close = Close this window

retrieved-title = Certificate retrieved
retrieved-download = Download the certificate
retrieved-details = Your certificate
retrieved-subject = Issued to
retrieved-serial = Serial number (last 8)
retrieved-from = Valid from
retrieved-until = Valid until
retrieved-passphrase = Passphrase for the file
retrieved-passphrase-text = You need it to open the downloaded file. It cannot be shown again once you close this page.
retrieved-passphrase-own = You need the passphrase that you entered to open the downloaded file.
retrieved-next = Next steps
retrieved-next-1 = Press “Download the certificate” and save the file. Once you close this page you cannot download it again.
retrieved-next-2 = Open the saved file and enter the passphrase to import it to your computer.
retrieved-next-3 = Close all browser windows, then log in again.
retrieved-next-4 = When it has been imported, delete the saved file.
retrieved-next-client-1 = Press “Download the certificate” and save the certificate with those of its issuers.
retrieved-next-client-2 = Import it into the software that made the certificate request (CSR).
retrieved-done = When you have finished, log out.
