"""What the pages of the Board show: each module prepares one page, or a part that several share."""
