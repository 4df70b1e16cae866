"""An issue as a MIME message, and the ways it leaves: an SMTP relay or a Maildir."""
