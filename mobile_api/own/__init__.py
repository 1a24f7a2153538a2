"""What a technician may know and decide of themselves: positions and consent, the calendar feed."""
