### Pages of a user who gets a certificate.

retrieve-title = Get your certificate
retrieve-lead = Enter the certificate retrieval password and press “Get certificate”.
retrieve-button = Get certificate
retrieve-reissue = Reissue your certificate retrieval password
retrieve-options = If you bring your own passphrase or key
retrieve-options-text = Normally not needed. With a certificate request (CSR) the certificate is issued for a key that you made yourself.

otp-title = One-time password check
otp-button = Check one-time password
otp-no-card = If you cannot use your one-time password card
otp-lead = Enter the one-time password and press “Check one-time password”.

ready-title = Show your certificate retrieval password
ready-text = You have been authenticated. The next button shows a new certificate retrieval password in a separate window. From that moment the earlier password can no longer be used.
ready-show = Show the certificate retrieval password
ready-show-window = (opens in a new window)
ready-show-here = Show on this page
ready-next = When the separate window shows the password, enter it at certificate retrieval.
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
retrieved-passphrase-text = You need it to open the downloaded file. Keep it until the file has been imported.
retrieved-passphrase-own = You need the passphrase that you entered to open the downloaded file.
retrieved-valid = It is valid until { $date }.
retrieved-saved-heading = Have you saved the file?
retrieved-kept = If the download fails, reload this page or open “Get your certificate” to download it again, until { $time } or until you log out. When you have saved the file and the passphrase, press “I have saved it”: the file and the passphrase kept for you are then erased.
retrieved-not-kept = The service is busy and cannot keep this file for you. Once you close this page you cannot download it again, so save the file and the passphrase first.
retrieved-saved = I have saved it
retrieved-next = Next steps
retrieved-next-1 = Press “Download the certificate” and save the file ({ $file }). Then import it to your computer.
retrieved-windows = On Windows
retrieved-windows-picture = Picture of the steps: open the saved file, enter the passphrase in the Certificate Import Wizard, and it says that it has finished.
retrieved-windows-1 = Double-click the saved file. The Certificate Import Wizard opens.
retrieved-windows-2 = Leave the store location at “Current User” and press “Next”; press “Next” on the page with the file name too.
retrieved-windows-3 = Enter the passphrase for the file under “Password” and press “Next”.
retrieved-windows-4 = Leave “Automatically select the certificate store based on the type of certificate”, press “Next” and then “Finish”. If you are asked whether to install the certificate of the issuer, check the name of the issuer and press “Yes”. You have finished when it says “The import was successful.”
retrieved-mac = On a Mac (macOS)
retrieved-mac-picture = Picture of the steps: open the saved file, enter the passphrase in Keychain Access, and the certificate is in the list.
retrieved-mac-1 = Double-click the saved file. Keychain Access opens.
retrieved-mac-2 = If you are asked for a keychain, choose “login” and press “Add”.
retrieved-mac-3 = Enter the passphrase for the file and press “OK”.
retrieved-mac-4 = You have finished when the certificate is shown under “My Certificates” of the keychain “login”.
retrieved-firefox = Firefox keeps certificates of its own. To use the certificate there, import the same file with the same passphrase in the settings of Firefox under “View Certificates”.
retrieved-imported = When it has been imported
retrieved-next-3 = Close all browser windows, then log in again.
retrieved-next-4 = Delete the saved file and the passphrase that you noted.
retrieved-next-client-1 = Press “Download the certificate” and save the certificate with those of its issuers.
retrieved-next-client-2 = Import it into the software that made the certificate request (CSR).
retrieved-done = When you have finished, log out.
retrieved-before = Your certificate has already been retrieved
retrieved-before-here = The file with your certificate can be shown again.
retrieved-show-again = Show the retrieved certificate
retrieved-unconfirmed-title = Waiting for the certificate

saved-title = Thank you for saving the file
saved-text = The file and the passphrase kept for you are erased. If you have not imported the file yet, open the saved file and import it. When you have finished, log out.
