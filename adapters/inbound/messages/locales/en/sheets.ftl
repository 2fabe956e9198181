### Sheets of paper.

sheet3-fill-in = Fill in the boxes, put your registered seal on the form and post it to the address below.
sheet3-year = year
sheet3-month = month
sheet3-day = day

notice-to = { $company }
notice-reference = Reference number
notice-date = Date
notice-greeting = Thank you for banking with us.
notice-what = As you asked for on paper, the certificate retrieval password of the user below has been reissued. Please hand this letter to the user in person.
notice-phone = Telephone { $phone }
notice-use = How to use this sheet
notice-use-1 = Open “Get the certificate” on the home page of the service, and log in with contract number, user ID and login password.
notice-use-1-at = Open { $address } and log in with contract number, user ID and login password.
notice-use-2 = Enter the certificate retrieval password above and select “Get”. You may leave the hyphens out.
notice-use-3 = Once you have the certificate, shred this sheet. After the date above the password can no longer be used.
notice-opened = If the envelope had been opened, or if you know of no such request, do not use this password and call the help desk below.

sheet-bank = Bank
sheet-company = Company
