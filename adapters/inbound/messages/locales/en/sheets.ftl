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
notice-how = Enter this password on the certificate retrieval page. The hyphens may be left out. It cannot be used after the date above.
notice-opened = If the envelope had been opened, or if you know of no such request, do not use this password and call the help desk below.
