"""Home: what needs the signed-in person, by urgency and by role (house idea 7, ux 1.1)."""
