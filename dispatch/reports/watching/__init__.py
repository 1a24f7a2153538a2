"""What managers are told without asking: alerts on a limit, and views that they keep, some sent by mail on a schedule.

In: kept numbers of months and days, accounts as they are now. Out: alerts with their reason, notices with a link that
asks its reader to sign in: what a mail shows is what the account may see when it is read.
"""
