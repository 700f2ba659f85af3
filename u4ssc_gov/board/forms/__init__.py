"""What people of the Board type: the forms, and how a draft is read from them."""
