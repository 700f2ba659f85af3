"""The secretariat's pages about the platform itself: mails, jobs, the audit trail (¶30)."""
