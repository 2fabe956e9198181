### Pages of the administrators.

top-title = Top page
top-notices = Important notices
top-no-notices = There are no notices at present.
top-certificate-ends = { $days ->
    [one] Your digital certificate ends on { $date } (1 day left)
   *[other] Your digital certificate ends on { $date } ({ $days } days left)
}
top-certificate-ends-soon = Your digital certificate ends on { $date } (less than a day left)
top-certificate-ended = Your digital certificate ended on { $date }. Go to “Get your certificate” on the home page.
top-expired = { $n ->
    [one] 1 certificate expired
   *[other] { $n } certificates expired
 }
top-expiring = { $n ->
    [one] 1 certificate ending soon
   *[other] { $n } certificates ending soon
 }
top-locked = { $n ->
    [one] 1 user locked
   *[other] { $n } users locked
 }
top-unused-passwords = { $n ->
    [one] 1 retrieval password not used yet
   *[other] { $n } retrieval passwords not used yet
 }
top-settings = Settings
top-users = User registration
top-users-text = Reissue certificate retrieval passwords, clear locks
top-history = History
top-reissues-text = Look through recent reissues and cancel them
top-audit-text = What was done within your contract
top-no-right = There is nothing here that you may do as an administrator. To get a certificate, go to “Get your certificate” on the home page.

users-title = User registration
users-reissue = Reissue certificate retrieval password
users-reissue-text = For a user who will get a new certificate
users-reissues-text = Look through recent reissues and cancel them if need be
users-unlock = Clear a lock
users-unlock-text = Select a locked user and clear the lock

select-title = Reissue certificate retrieval password – select a user
select-step-1 = Select a user
select-step-2 = Check and reissue
select-step-3 = Done
select-lead = Press “Select” beside the user whose certificate retrieval password is to be reissued.
select-query = User ID or name
select-status = Status
select-status-all = All
select-status-valid = Certificate valid
select-status-expiring = Ending soon
select-status-expired = Expired
select-status-none = Not yet retrieved
select-status-revoked = Revoked
select-status-locked = Locked
select-status-unused-password = Password not used yet
select-size = Rows per page
select-size-of = { $n } rows
select-count = Showing { $from } to { $to } of { $total }
select-none = No user matches. Change the search.
select-caption = Users
select-column-name = Name
select-column-right = Rights
select-column-certificate = Certificate
select-column-end = Valid until
select-column-password = Certificate retrieval password
select-column-state = State
select-column-action = Action
select-locks = What is locked
select-button = Select
select-button-named = Select { $name } ({ $id })
select-barred-disabled = Suspended: nothing can be reissued.
select-barred-oneself = You do not reissue your own here. Go on here:
select-unlock = Clear lock
select-end-sessions = Log out
select-end-sessions-named = Log out { $name } ({ $id }) everywhere
select-unlock-named = Clear lock of { $name } ({ $id })
select-previous = Previous { $n }
select-next = Next { $n }
select-page = Page { $n }
select-paging = Pages
select-sorted-up = ascending
select-sorted-down = descending
right-administrator = Service administrator
right-reissue = May reissue
right-none = Ordinary user
certificate-none = Not yet retrieved
certificate-valid = Valid
certificate-expiring = { $n ->
    [one] Ending soon (1 day left)
   *[other] Ending soon ({ $n } days left)
}
certificate-expired = Expired
certificate-revoked = Revoked
password-none = None issued
password-issued = Issued (not used, until { $until })
password-redeemed = Used
password-expired = Expired
password-cancelled = Cancelled
password-locked = Locked
state-usable = Usable
state-locked = Locked
state-disabled = Suspended
state-login = Login password locked
state-transaction = Transaction password locked
state-otp = One-time password locked
state-retrieval = Certificate retrieval password locked
lock-lane-stranger = Locked for: devices not used before
lock-lane-known-browser = Locked for: a device used before
lock-lane-certificate = Locked for: logins with a certificate

confirm-title = Reissue certificate retrieval password
confirm-lead = Check the details, enter the transaction password of the person doing this and press “Reissue”.
confirm-summary = User
confirm-certificate-end = Certificate valid until
confirm-password-state = Current certificate retrieval password
confirm-certificate-none = None
confirm-choose-again = Choose another user
confirm-void = Once reissued, the earlier certificate retrieval password can no longer be used.
confirm-box = I confirm I am not doing this because of a phone call, automated voice, email or text message
confirm-button = Reissue

issued-title = Reissue certificate retrieval password – done
issued-for = { $name }
issued-details = What was reissued
issued-until = Valid until
issued-from = Usable from
issued-at = Issued at
issued-by = Issued by
issued-tell = Tell the user who will get a new certificate.
issued-print = Print this page
issued-to-selection = Back to user selection
issued-to-top = Top page
issued-once = Once you close this page the password cannot be shown again. If you closed it without noting the password, reissue it again.

secret-heading = Certificate retrieval password
secret-copy = Copy
secret-reading = How to read it out
secret-reading-caption = Characters and the words for them
secret-reading-character = Character
secret-reading-words = Say
secret-capitals = All letters are capitals. Characters that are easily confused, such as 0, O, 1 and I, are never used.

sheet-title = Your certificate retrieval password
sheet-to = { $name }
sheet-user = User ID (last 3 only)
sheet-issued-at = Issued at ({ $zone })
sheet-note-1 = If you enter the certificate retrieval password incorrectly several times it will be locked. Enter it carefully.
sheet-note-2 = Keep the certificate retrieval password safe and let nobody else know it.
sheet-note-3 = Nobody from the bank will ever ask for this password by phone or email.
sheet-hand-over = Hand this sheet to the user in person. Shred it after use.

hand-over-title = Note that a certificate retrieval password was handed over
reissues-hand-over = Note hand-over
reissues-hand-over-named = Note hand-over of the reissue for { $user } of { $at }
hand-over-heading = Handed over
hand-over-text = When you have given the password to the user, press how. It is recorded in the operation history and shown in the list of users and the recent reissues until the password is used. Do not send it by email or chat.
hand-over-in-person = Handed over (in person)
hand-over-telephone = Handed over (call to a registered number)
handed-over-in-person = Handed over (in person)
handed-over-telephone = Handed over (by telephone)

reissues-title = Recent reissues
reissues-own-title = Reissue history
reissues-lead = Cancel a reissue that you do not recognise, or that went to the wrong person, before it is used to get a certificate.
reissues-caption = Reissues
reissues-none = There are no recent reissues.
reissues-column-user = User
reissues-column-by = Issued by
reissues-by-office = The bank’s office
reissues-column-route = How
reissues-cancel = Cancel
reissues-cancel-named = Cancel the reissue for { $user } of { $at }
reissues-route-administrator = By an administrator
reissues-route-self = By the user
reissues-route-paper = On paper
reissues-state-issued = Not used
reissues-state-redeemed = Used
reissues-state-expired = Expired
reissues-state-cancelled = Cancelled
reissues-state-superseded = Replaced by a newer reissue
reissues-state-locked = Locked

unlock-title = Clear a lock
unlock-lead = Tick the locks to clear (as many as you like), enter your own transaction password and press “Clear the locks”.
unlock-user = The user whose locks are cleared
unlock-which = Locks to clear
unlock-login = Login password
unlock-transaction = Transaction password
unlock-otp = One-time password
unlock-button = Clear the locks
unlock-none = This user has no lock that can be cleared here.
unlock-retrieval = A locked certificate retrieval password is unlocked by reissuing it.
unlock-to-reissue = Reissue certificate retrieval password
unlock-caution = Make sure that the request really comes from the user: call them back yourself.
