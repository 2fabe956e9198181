## Requests on paper (the bank's back office)

M-BO-12 = We could not log you in. Check your staff ID, login password and one-time password, and log in again with the next one-time password. Repeated failures will lock you out.
M-BO-13 = { $n ->
    [one] This is locked because of repeated failures. Try again in { $n } minute.
   *[other] This is locked because of repeated failures. Try again in { $n } minutes.
}
M-BO-14 = The login password is incorrect. Nothing has been decided. Enter your own login password.
M-BO-15 = { $n ->
    [one] { $n } more incorrect entry will lock it.
   *[other] { $n } more incorrect entries will lock it.
}
M-BO-16 = There is no request with this number. Check the number.
M-BO-17 = You approved this request and cannot print its notice. Another clerk who registers requests has to print it.
M-BO-18 = This request is not approved.
M-BO-19 = This request has no certificate retrieval password to send in a notice.
M-BO-20 = Somebody else is printing this notice. If it does not become printed within 10 minutes, print it again.
M-BO-21 = The notice of this request has not been printed yet.
M-BO-22 = “{ $matter }” has not been carried out yet. Try again later.
M-BO-23 = Returned for correction. The reason is shown to the person who registered it.
M-BO-24 = The request has been cancelled.
M-BO-25 = Recorded as undelivered. The certificate retrieval password that was sent no longer works.
M-BO-26 = Recorded as undelivered. A certificate was already retrieved with the password that was sent. Find out who did it.
M-BO-27 = Recorded as completed.
M-F-26 = Enter your staff ID.
M-F-27 = Staff ID must use only letters and numbers.
M-F-28 = Choose the edition printed on the form. A form of another edition than the contract has cannot be accepted.
M-F-29 = Only form 3 is handled here.
M-F-30 = There is no contract with this number.
M-F-31 = This contract has no user with this ID.
M-F-32 = The user name can have at most 128 characters.
M-F-33 = Select what is asked for.
M-F-34 = What is asked for is not known.
M-F-35 = “{ $matter }” is not available.
M-F-36 = Enter a day of receipt that is not in the future.
M-F-37 = Enter where the picture of the form is kept, with at most 128 characters.
M-F-38 = Enter the number of the new card, with at most 128 characters.
paper-check-seal = Seal check
paper-check-identity = Identity check
paper-check-registered-address = Registered address check
paper-state-draft = Draft
paper-state-pending = Waiting for approval
paper-state-returned = Returned for correction
paper-state-rejected = Rejected
paper-state-approved = Approved
paper-state-printing = Being printed (to be confirmed)
paper-state-reprint = Reprint to be approved
paper-state-issued = Notice printed
paper-state-posted = Posted
paper-state-undeliverable = Undelivered
paper-state-completed = Completed
paper-state-expired = Expired
paper-state-cancelled = Cancelled
paper-matter-reissue-retrieval-password = Reissue of the certificate retrieval password
paper-matter-unlock-login = Unlocking of the login password
paper-matter-unlock-transaction = Unlocking of the transaction password
paper-matter-unlock-otp = Unlocking of the one-time password
paper-matter-rebind-otp = Binding of another one-time password card
paper-matter-lift-freeze = Lifting of a freeze
M-BO-28 = Request { $id } saved as a draft.
M-BO-29 = The notice has been written. It can be printed only once.
M-BO-30 = The notice has been made. On the page of the request, press “It is printed” if it is on paper, or report that it is not.
M-BO-31 = You printed this notice, or asked for a new one. Another person has to decide on the reprint.
M-BO-32 = Posting recorded.
M-BO-33 = Approval of the reprint asked for.
paper-number = Reception number
paper-received-on = Received on
paper-matters = Asked for
paper-state = State
paper-registered-by = Registered by
paper-due = Due
paper-version = Version
paper-company = Company
paper-scan = Scan reference
paper-when = When
paper-who = Who
paper-what = What
paper-why = Why
paper-none = There is no such request.
notice-on-screen = The certificate retrieval password shows only in print.
terminal-notice-file = Delete the file of the notice when it has been printed. Show it to nobody until it is in its envelope.
